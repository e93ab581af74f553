use std::sync::LazyLock;

use bytes::Bytes;
use domain::roles::RoleError;
use picture::{Decoder, Limits, identify};
use tokio::runtime::{Builder, Runtime};

/// Larger pictures take a fuzzer's time.
const LIMITS: Limits = Limits { max_bytes: 1 << 20, max_pixels: 1 << 18, max_side: 2048, min_side: 1 };

static RUNTIME: LazyLock<Option<Runtime>> = LazyLock::new(|| Builder::new_current_thread().build().ok());

/// Identifies a picture and decodes it: its pixels are as many as its header said, and a fault is the picture's.
/// Whether it has pixels.
pub fn picture(bytes: &[u8]) -> bool {
    let Ok(identified) = identify(Bytes::copy_from_slice(bytes), &LIMITS) else { return false };
    let (width, height) = (identified.width, identified.height);
    assert!(width.min(height) >= LIMITS.min_side && width.max(height) <= LIMITS.max_side, "{width} × {height}");
    let Some(runtime) = &*RUNTIME else { return false };
    match runtime.block_on(Decoder::new(0).decode(&identified)) {
        Ok(pixels) => {
            assert_eq!(pixels.dimensions(), (width, height));
            true
        }
        Err(error) => {
            assert!(matches!(&error, RoleError::InvalidInput { field, .. } if field == "picture"), "{error}");
            false
        }
    }
}
