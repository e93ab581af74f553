//! `cpaiqa bench`: what docs/performance.md measures.

mod counted;
mod load;
mod mix;
mod repeat;
mod score;
mod stubs;

use bytes::{BufMut, Bytes, BytesMut};

use crate::{args::Bench, error::CliError, settings::Settings};

/// Measures.
pub async fn run(settings: Settings, args: Bench) -> Result<(), CliError> {
    match args {
        Bench::Score(args) => score::run(settings, args).await,
        Bench::Load(args) => load::run(&settings, *args).await,
        Bench::Repeat(args) => repeat::run(&settings, args).await,
        Bench::Stubs(args) => stubs::run(settings, args).await,
    }
}

/// The same picture in other bytes: what stands behind a picture's end is no part of it, but of its digest.
fn marked(picture: &Bytes, mark: u64) -> Bytes {
    let mut bytes = BytesMut::with_capacity(picture.len() + 16);
    bytes.put_slice(picture);
    bytes.put_u64(mark);
    bytes.freeze()
}

/// The value below which that share of `sorted` lies; 0 of none.
fn quantile(sorted: &[f64], share: f64) -> f64 {
    let last = sorted.len().saturating_sub(1);
    sorted.get((share * last as f64).round() as usize).copied().unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_values_that_were_seen() {
        assert_eq!([0.0, 0.5, 0.99, 1.0].map(|share| quantile(&[1.0, 2.0, 3.0], share)), [1.0, 2.0, 3.0, 3.0]);
        assert_eq!(quantile(&[], 0.5), 0.0);
    }

    #[test]
    fn a_marked_picture_is_the_same_picture_with_another_digest() {
        let bytes = Bytes::from_static(include_bytes!("../../../../examples/cat-on-throne.jpg"));
        let limits = picture::Limits { max_bytes: 1 << 20, max_pixels: 1 << 20, max_side: 1024, min_side: 1 };
        let [a, b] = [0, 1].map(|mark| picture::identify(marked(&bytes, mark), &limits).unwrap());
        assert_eq!((a.width, a.height), (b.width, b.height));
        assert_ne!(a.digest, b.digest);
    }
}
