//! What a picture is, from its header alone: nothing is decoded before it is known to be bounded.

use std::io::Cursor;

use bytes::Bytes;
use domain::{
    picture::{Digest, Picture},
    roles::RoleError,
};
use image::{
    ExtendedColorType, ImageDecoder, ImageFormat, ImageReader, Limits as Limit,
    codecs::{png::PngDecoder, webp::WebPDecoder},
    metadata::Orientation,
};
use serde::{Deserialize, Serialize};

use crate::{gif, jpeg};

/// What a picture may be at most and must be at least.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Encoded bytes.
    pub max_bytes: usize,
    /// Width × height.
    pub max_pixels: u64,
    /// Pixels on either side.
    pub max_side: u32,
    /// Pixels on either side: below this there is nothing to judge.
    pub min_side: u32,
}

const FORMATS: &str = "PNG, JPEG, WebP, GIF, BMP or TIFF";

/// Bounds and names the picture in `bytes`; the error says what was expected, what came and what to do.
pub fn identify(bytes: Bytes, limits: &Limits) -> Result<Picture, RoleError> {
    if bytes.is_empty() {
        return Err(invalid(format!("expected a picture ({FORMATS}), got no bytes")));
    }
    if bytes.len() > limits.max_bytes {
        let (got, most) = (bytes.len(), limits.max_bytes);
        return Err(invalid(format!(
            "expected at most {most} bytes, got {got}; send a smaller or stronger compressed file"
        )));
    }
    let format = image::guess_format(&bytes)
        .ok()
        .and_then(|format| Some((format, name(format)?)))
        .ok_or_else(|| invalid(format!("expected a picture ({FORMATS}), got {}", describe(&bytes))))?;
    let header = Header::read(&bytes, format.0)
        .map_err(|error| invalid(format!("the {} header cannot be read: {error}", format.1)))?;
    header.check(limits)?;
    let animated = is_animated(&bytes, format.0);
    let (width, height) = header.oriented();
    Ok(Picture {
        digest: Digest(*blake3::hash(&bytes).as_bytes()),
        notes: header.notes(animated),
        bytes,
        format: format.1,
        width,
        height,
    })
}

pub(crate) fn invalid(message: String) -> RoleError {
    RoleError::invalid("picture", message)
}

fn name(format: ImageFormat) -> Option<&'static str> {
    Some(match format {
        ImageFormat::Png => "png",
        ImageFormat::Jpeg => "jpeg",
        ImageFormat::WebP => "webp",
        ImageFormat::Gif => "gif",
        ImageFormat::Bmp => "bmp",
        ImageFormat::Tiff => "tiff",
        _ => return None,
    })
}

/// What the bytes look like instead of a picture.
fn describe(bytes: &[u8]) -> String {
    let start = &bytes[..bytes.len().min(64)];
    let printable = |text: &str| text.chars().all(|c| !c.is_control() || c.is_whitespace());
    match std::str::from_utf8(start) {
        Ok(text) if printable(text) => {
            format!("text that starts with {:?}", text.chars().take(20).collect::<String>())
        }
        _ => format!("unknown bytes that start with {:02x?}", &start[..start.len().min(8)]),
    }
}

/// What the header says.
struct Header {
    width: u32,
    height: u32,
    orientation: Orientation,
    color: ExtendedColorType,
    cmyk: bool,
}

impl Header {
    fn read(bytes: &Bytes, format: ImageFormat) -> image::ImageResult<Self> {
        let mut decoder = ImageReader::with_format(Cursor::new(bytes), format).into_decoder()?;
        let (width, height) = decoder.dimensions();
        let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
        let cmyk = format == ImageFormat::Jpeg && jpeg::is_cmyk(bytes);
        Ok(Self { cmyk, width, height, orientation, color: decoder.original_color_type() })
    }

    fn check(&self, limits: &Limits) -> Result<(), RoleError> {
        let (width, height) = (self.width, self.height);
        let pixels = u64::from(width) * u64::from(height);
        if pixels > limits.max_pixels || width.max(height) > limits.max_side {
            let (most, side) = (limits.max_pixels, limits.max_side);
            return Err(invalid(format!(
                "expected at most {most} pixels and {side} on a side, got {width} × {height}; scale it down"
            )));
        }
        if width.min(height) < limits.min_side {
            let least = limits.min_side;
            return Err(invalid(format!(
                "expected at least {least} × {least} pixels, got {width} × {height}: too small to be judged"
            )));
        }
        Ok(())
    }

    fn oriented(&self) -> (u32, u32) {
        use Orientation::{Rotate90, Rotate90FlipH, Rotate270, Rotate270FlipH};
        match self.orientation {
            Rotate90 | Rotate270 | Rotate90FlipH | Rotate270FlipH => (self.height, self.width),
            _ => (self.width, self.height),
        }
    }

    fn notes(&self, animated: bool) -> Vec<String> {
        use ExtendedColorType as C;
        let mut notes = Vec::new();
        if animated {
            notes.push("picture: animated; only the first frame is judged".to_owned());
        }
        if self.orientation != Orientation::NoTransforms {
            notes.push("picture: turned upright by its EXIF orientation".to_owned());
        }
        if self.cmyk || matches!(self.color, C::Cmyk8 | C::Cmyk16) {
            notes.push("picture: converted from CMYK to RGB".to_owned());
        }
        if matches!(self.color, C::L16 | C::La16 | C::Rgb16 | C::Rgba16 | C::Cmyk16 | C::Rgb32F | C::Rgba32F) {
            notes.push("picture: converted from more than 8 bits a channel to 8".to_owned());
        }
        if matches!(self.color, C::A8 | C::La1 | C::La2 | C::La4 | C::La8 | C::La16 | C::Rgba8 | C::Rgba16 | C::Rgba32F)
        {
            notes.push("picture: has an alpha channel; laid on white".to_owned());
        }
        notes
    }
}

/// Whether there is more than one frame; a file too broken to tell counts as still and fails when it is decoded.
fn is_animated(bytes: &Bytes, format: ImageFormat) -> bool {
    let reader = Cursor::new(bytes);
    match format {
        // The default limits also bound what compressed text and colour profiles may unfold to.
        ImageFormat::Png => {
            PngDecoder::with_limits(reader, Limit::default()).and_then(|decoder| decoder.is_apng()).unwrap_or(false)
        }
        ImageFormat::WebP => WebPDecoder::new(reader).is_ok_and(|decoder| decoder.has_animation()),
        ImageFormat::Gif => gif::has_second_frame(bytes),
        _ => false,
    }
}
