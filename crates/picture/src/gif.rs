//! How many pictures a GIF holds: the format has no count, so its blocks are walked. Nothing is decoded.

const EXTENSION: u8 = 0x21;
const IMAGE: u8 = 0x2c;

/// Whether a second image block follows the first.
pub fn has_second_frame(bytes: &[u8]) -> bool {
    images(bytes).nth(1).is_some()
}

/// The offset of each image block; ends at the first block that is cut off or unknown.
fn images(bytes: &[u8]) -> impl Iterator<Item = usize> {
    // Signature and logical screen take 13 bytes; the flags of the latter say whether a colour table follows.
    let mut at = bytes.get(10).map_or(bytes.len(), |flags| 13 + color_table(*flags));
    std::iter::from_fn(move || {
        loop {
            let start = at;
            match *bytes.get(start)? {
                EXTENSION => at = after_sub_blocks(bytes, start + 2)?,
                IMAGE => {
                    let flags = *bytes.get(start + 9)?;
                    // One byte, the code size, stands before the data.
                    at = after_sub_blocks(bytes, start + 10 + color_table(flags) + 1)?;
                    return Some(start);
                }
                _ => return None,
            }
        }
    })
}

/// Bytes of the colour table that these flags announce.
fn color_table(flags: u8) -> usize {
    if flags & 0x80 == 0 { 0 } else { 3 << ((flags & 7) + 1) }
}

/// Where the chain of sub-blocks that begins at `at` ends.
fn after_sub_blocks(bytes: &[u8], mut at: usize) -> Option<usize> {
    loop {
        let length = usize::from(*bytes.get(at)?);
        at += 1 + length;
        if length == 0 {
            return Some(at);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_counted_without_decoding_and_nonsense_ends_the_count() {
        let frame = [IMAGE, 0, 0, 0, 0, 1, 0, 1, 0, 0, 2, 2, 0x44, 0x01, 0];
        let screen = *b"GIF89a\xff\xff\xff\xff\0\0\0";
        let one = [&screen[..], &frame, &[0x3b]].concat();
        let two = [&screen[..], &frame, &[EXTENSION, 0xf9, 1, 0, 0], &frame, &[0x3b]].concat();
        assert!(!has_second_frame(&one) && has_second_frame(&two));
        for cut in 0..two.len() {
            has_second_frame(&two[..cut]);
        }
    }
}
