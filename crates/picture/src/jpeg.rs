//! What the decoder does not tell of a JPEG: whether it is CMYK, and whether it ends early (which the decoder fills with
//! grey).

const START_OF_SCAN: u8 = 0xda;
const END_OF_IMAGE: u8 = 0xd9;

/// Whether the frame has four channels.
pub fn is_cmyk(bytes: &[u8]) -> bool {
    let is_frame = |marker: u8| matches!(marker, 0xc0..=0xcf) && !matches!(marker, 0xc4 | 0xc8 | 0xcc);
    // A frame header is: precision, height (2), width (2), channels.
    segments(bytes).find(|(marker, _)| is_frame(*marker)).is_some_and(|(_, content)| content.get(5) == Some(&4))
}

/// Whether the end marker is missing: no scan may come after the last one. Markers cannot occur inside a scan's data,
/// where every 0xff is followed by a zero or a restart.
pub fn is_truncated(bytes: &[u8]) -> bool {
    let last = |marker: u8| bytes.windows(2).rposition(|pair| pair == [0xff, marker]);
    match (last(START_OF_SCAN), last(END_OF_IMAGE)) {
        (Some(scan), Some(end)) => end < scan,
        _ => true,
    }
}

/// The header's segments, up to the first scan: marker and content.
fn segments(bytes: &[u8]) -> impl Iterator<Item = (u8, &[u8])> {
    let mut at = 2;
    std::iter::from_fn(move || {
        let [0xff, marker, high, low] = *bytes.get(at..at + 4)? else { return None };
        let length = usize::from(u16::from_be_bytes([high, low]));
        let content = bytes.get(at + 4..at + 2 + length)?;
        at += 2 + length;
        (marker != START_OF_SCAN).then_some((marker, content))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nonsense_is_read_without_a_fault() {
        for bytes in
            [&[][..], &[0xff], &[0xff, 0xd8, 0xff, 0xc0, 0, 1], &[0xff; 40], &[0xff, 0xd8, 0xff, 0xc0, 0, 0, 8]]
        {
            assert!(!is_cmyk(bytes) && is_truncated(bytes));
        }
    }
}
