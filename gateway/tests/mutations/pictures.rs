//! Small pictures of every format, and what damage does to them.

use std::{fs, io::Cursor, path::Path};

use bytes::Bytes;
use fastrand::Rng;
use fuzzing::damage::damaged;
use image::{DynamicImage, ImageFormat, Rgba, RgbaImage};

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
        damaged(&self.one(rng), &self.one(rng), rng).into()
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
