//! A picture as it travels: encoded bytes, their digest, and what its header says.

use std::fmt;

use bytes::Bytes;

/// BLAKE3 digest of a picture's encoded bytes.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Digest(pub [u8; 32]);

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digest({self})")
    }
}

/// An identified picture: bounded and sniffed, not decoded. Cloning shares the bytes.
#[derive(Clone, Debug)]
pub struct Picture {
    /// The encoded file, as the caller sent it.
    pub bytes: Bytes,
    /// BLAKE3 of `bytes`.
    pub digest: Digest,
    /// The format's name: `png`, `jpeg`, `webp`, `gif`, `bmp` or `tiff`.
    pub format: &'static str,
    /// Width in pixels, after the EXIF orientation is applied.
    pub width: u32,
    /// Height in pixels, after the EXIF orientation is applied.
    pub height: u32,
    /// What will be converted before anything is measured, in words ("animated: only the first frame is judged").
    pub notes: Vec<String>,
}
