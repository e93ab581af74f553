//! Small pictures of every format, and what damage does to them.

use std::{fs, io::Cursor, path::Path};

use bytes::Bytes;
use fastrand::Rng;
use image::{DynamicImage, ImageFormat, Rgba, RgbaImage};

/// Sides, lengths and offsets that a header should better not hold.
const EXTREMES: [u32; 12] = [0, 1, 31, 0x7f, 0xff, 0x7fff, 0xffff, 0x10000, 4096, 0x7fff_ffff, 0x8000_0000, u32::MAX];
/// A header, where most of what can go wrong is said.
const HEADER: usize = 96;

/// Pictures that can be judged.
pub struct Corpus {
    /// Each a whole file.
    pub pictures: Vec<Bytes>,
}

impl Corpus {
    /// What the image library writes, what it does not write (`fuzz/corpus/picture`), and a fixture.
    pub fn new() -> Self {
        let mut pictures: Vec<Bytes> = written();
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/corpus/picture");
        let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        files.sort();
        pictures.extend(files.iter().map(|file| Bytes::from(fs::read(file).unwrap())));
        pictures.push(Bytes::from_static(include_bytes!("../../../tests/fixtures/cmyk.jpg")));
        Self { pictures }
    }

    /// One of them.
    pub fn one(&self, rng: &mut Rng) -> Bytes {
        self.pictures[rng.usize(..self.pictures.len())].clone()
    }

    /// One of them, damaged.
    pub fn damaged(&self, rng: &mut Rng) -> Bytes {
        let mut bytes = self.one(rng).to_vec();
        for _ in 0..rng.usize(1..=3) {
            match rng.u8(..8) {
                0 => flip(&mut bytes, rng),
                1 => bytes.truncate(rng.usize(..=bytes.len())),
                2 => splice(&mut bytes, &self.one(rng), rng),
                3 => overwrite(&mut bytes, HEADER, rng),
                4 => overwrite(&mut bytes, usize::MAX, rng),
                5 => repeat(&mut bytes, rng),
                6 => remove(&mut bytes, rng),
                _ => wipe(&mut bytes, rng),
            }
        }
        // A decoder that stops at a wrong checksum never sees what is behind it.
        if rng.bool() {
            mend_checksums(&mut bytes);
        }
        bytes.into()
    }
}

fn written() -> Vec<Bytes> {
    let picture = DynamicImage::from(RgbaImage::from_fn(44, 36, |x, y| {
        Rgba([(x * 5) as u8, (y * 7) as u8, (x * y) as u8, if x > 10 { 255 } else { 90 }])
    }));
    let forms = [
        picture.to_rgb8().into(),
        picture.to_rgba8().into(),
        picture.to_luma8().into(),
        picture.to_luma_alpha8().into(),
        picture.to_rgb16().into(),
        picture.to_luma16().into(),
    ];
    let mut all = Vec::new();
    for form in &forms as &[DynamicImage] {
        for format in [
            ImageFormat::Png,
            ImageFormat::Jpeg,
            ImageFormat::WebP,
            ImageFormat::Gif,
            ImageFormat::Bmp,
            ImageFormat::Tiff,
        ] {
            let mut bytes = Vec::new();
            // Not every format has every form.
            if form.write_to(&mut Cursor::new(&mut bytes), format).is_ok() {
                all.push(bytes.into());
            }
        }
    }
    assert!(all.len() >= 18, "{} pictures", all.len());
    all
}

fn place(bytes: &[u8], rng: &mut Rng) -> usize {
    if bytes.is_empty() { 0 } else { rng.usize(..bytes.len()) }
}

/// Where a piece begins and ends.
fn piece(bytes: &[u8], rng: &mut Rng) -> (usize, usize) {
    let start = place(bytes, rng);
    (start, (start + rng.usize(1..=64)).min(bytes.len()))
}

fn flip(bytes: &mut [u8], rng: &mut Rng) {
    for _ in 0..rng.usize(1..=16) {
        let at = place(bytes, rng);
        if let Some(byte) = bytes.get_mut(at) {
            *byte ^= 1 << rng.u8(..8);
        }
    }
}

fn splice(bytes: &mut Vec<u8>, other: &[u8], rng: &mut Rng) {
    let (keep, from) = (place(bytes, rng), place(other, rng));
    bytes.truncate(keep);
    bytes.extend(&other[from..]);
}

/// Puts an extreme number of one to four bytes, of either order, among the first `within` bytes.
fn overwrite(bytes: &mut [u8], within: usize, rng: &mut Rng) {
    let extreme = EXTREMES[rng.usize(..EXTREMES.len())];
    let (little, big) = (extreme.to_le_bytes(), extreme.to_be_bytes());
    let length = [1, 2, 4][rng.usize(..3)];
    let number = if rng.bool() { &little[..length] } else { &big[4 - length..] };
    let room = bytes.len().min(within).saturating_sub(length);
    let at = rng.usize(..=room);
    if let Some(place) = bytes.get_mut(at..at + length) {
        place.copy_from_slice(number);
    }
}

fn repeat(bytes: &mut Vec<u8>, rng: &mut Rng) {
    let (start, end) = piece(bytes, rng);
    let copies = bytes[start..end].repeat(rng.usize(1..=40));
    bytes.splice(start..start, copies);
}

fn remove(bytes: &mut Vec<u8>, rng: &mut Rng) {
    let (start, end) = piece(bytes, rng);
    bytes.drain(start..end);
}

fn wipe(bytes: &mut [u8], rng: &mut Rng) {
    let (start, end) = piece(bytes, rng);
    bytes[start..end].fill([0, 0xff, b'A'][rng.usize(..3)]);
}

/// Gives each chunk of a PNG the checksum of what it holds by now.
fn mend_checksums(bytes: &mut [u8]) {
    if !bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
        return;
    }
    let mut at = 8;
    while let Some(length) = bytes.get(at..at + 4) {
        let length = u32::from_be_bytes(length.try_into().unwrap()) as usize;
        let (start, end) = (at + 4, at + 8 + length);
        if bytes.len() < end + 4 {
            return;
        }
        let checksum = crc32(&bytes[start..end]);
        bytes[end..end + 4].copy_from_slice(&checksum.to_be_bytes());
        at = end + 4;
    }
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| (crc >> 1) ^ (0xedb8_8320 & 0_u32.wrapping_sub(crc & 1)))
    })
}
