//! What the decoder does not tell of a JPEG: whether it is CMYK, and whether it ends early (which the decoder fills with
//! grey).

const START_OF_SCAN: u8 = 0xda;
const END_OF_IMAGE: u8 = 0xd9;

/// Whether the frame has four channels.
pub fn is_cmyk(bytes: &[u8]) -> bool {
    let is_frame = |marker: u8| matches!(marker, 0xc0..=0xcf) && !matches!(marker, 0xc4 | 0xc8 | 0xcc);
    // A frame header is: precision, height (2), width (2), channels.
    let frame = segments(bytes).find(|segment| is_frame(segment.marker));
    frame.is_some_and(|frame| frame.content.get(5) == Some(&4))
}

/// Whether no end marker follows the first scan. Markers cannot occur inside a scan's data, where every 0xff is followed
/// by a zero or a restart; what comes after the end is no part of the picture.
pub fn is_truncated(bytes: &[u8]) -> bool {
    let scan = segments(bytes).find(|segment| segment.marker == START_OF_SCAN);
    !scan.is_some_and(|scan| bytes[scan.end..].windows(2).any(|pair| pair == [0xff, END_OF_IMAGE]))
}

struct Segment<'a> {
    marker: u8,
    content: &'a [u8],
    /// Where the next segment, or the scan's data, begins.
    end: usize,
}

/// The header's segments up to and with the first scan's.
fn segments(bytes: &[u8]) -> impl Iterator<Item = Segment<'_>> {
    let mut at = 2;
    std::iter::from_fn(move || {
        // Any number of 0xff may stand before a marker.
        while bytes.get(at..at + 2) == Some(&[0xff, 0xff]) {
            at += 1;
        }
        let [0xff, marker, high, low] = *bytes.get(at..at + 4)? else { return None };
        let end = at + 2 + usize::from(u16::from_be_bytes([high, low]));
        let content = bytes.get(at + 4..end)?;
        at = if marker == START_OF_SCAN { bytes.len() } else { end };
        Some(Segment { marker, content, end })
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
