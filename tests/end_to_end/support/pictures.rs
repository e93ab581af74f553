//! Small pictures in every odd form, made here.

use std::{fs, path::Path};

use image::{DynamicImage, ImageFormat, Rgb, RgbImage};

/// A picture with some structure.
pub fn pattern(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, y| {
        let inside = x > width / 4 && x < width / 2 && y > height / 4 && y < height / 2;
        if inside { Rgb([200, 30, 30]) } else { Rgb([(x % 97) as u8 * 2, (y % 89) as u8 * 2, 120]) }
    })
}

/// Writes `picture` into `folder` in the format that the name's ending says, and returns the path.
pub fn save(folder: &Path, name: &str, picture: impl Into<DynamicImage>) -> String {
    let path = folder.join(name);
    picture.into().save(&path).unwrap();
    path.display().to_string()
}

/// Writes raw bytes.
pub fn write(folder: &Path, name: &str, bytes: &[u8]) -> String {
    let path = folder.join(name);
    fs::write(&path, bytes).unwrap();
    path.display().to_string()
}

/// An encoded picture.
pub fn encoded(picture: &RgbImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    picture.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

/// A PNG header that claims `width` × `height`, with no pixels behind it.
pub fn png_header(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = encoded(&RgbImage::new(1, 1), ImageFormat::Png);
    bytes[16..20].copy_from_slice(&width.to_be_bytes());
    bytes[20..24].copy_from_slice(&height.to_be_bytes());
    let checksum = crc32(&bytes[12..29]);
    bytes[29..33].copy_from_slice(&checksum.to_be_bytes());
    bytes
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0u32, |crc, &byte| {
        (0..8).fold(crc ^ u32::from(byte), |crc, _| if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 })
    })
}

/// A JPEG that says by EXIF that it lies on its side (orientation 6: turn right).
pub fn jpeg_turned(picture: &RgbImage) -> Vec<u8> {
    let jpeg = encoded(picture, ImageFormat::Jpeg);
    // A TIFF with one entry: Orientation (0x0112), SHORT, one value, 6.
    let tiff = b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0";
    let mut bytes = jpeg[..2].to_vec();
    bytes.extend([0xff, 0xe1]);
    bytes.extend((tiff.len() as u16 + 2).to_be_bytes());
    bytes.extend(tiff);
    bytes.extend(&jpeg[2..]);
    bytes
}

/// A GIF of two frames.
pub fn gif_of_two_frames(first: &RgbImage, second: &RgbImage) -> Vec<u8> {
    use image::{Frame, codecs::gif::GifEncoder};
    let mut bytes = Vec::new();
    let mut encoder = GifEncoder::new(&mut bytes);
    for picture in [first, second] {
        encoder.encode_frame(Frame::new(DynamicImage::from(picture.clone()).into_rgba8())).unwrap();
    }
    drop(encoder);
    bytes
}
