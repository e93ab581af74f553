//! Pictures without end.

use bytes::Bytes;

/// A picture that differs from every other number's. The doubles never decode it: what follows a picture's end belongs to its
/// digest and to nothing else.
pub fn numbered(number: u64) -> Bytes {
    let mut bytes = include_bytes!("../../../tests/fixtures/canvas.jpg").to_vec();
    bytes.extend(number.to_le_bytes());
    bytes.into()
}
