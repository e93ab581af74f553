//! Bytes damaged by chance, as long as chance is the same always in the same way.

use fastrand::Rng;

/// Sides, lengths and offsets that a header should better not hold.
const EXTREMES: [u32; 12] = [0, 1, 31, 0x7f, 0xff, 0x7fff, 0xffff, 0x10000, 4096, 0x7fff_ffff, 0x8000_0000, u32::MAX];
/// A header, where most of what can go wrong is said.
const HEADER: usize = 96;

/// `bytes`, damaged in up to three ways; pieces of `other` may stand in their place.
pub fn damaged(bytes: &[u8], other: &[u8], rng: &mut Rng) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for _ in 0..rng.usize(1..=3) {
        match rng.u8(..8) {
            0 => flip(&mut bytes, rng),
            1 => bytes.truncate(rng.usize(..=bytes.len())),
            2 => splice(&mut bytes, other, rng),
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
    bytes
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
    bytes[start..end].fill([0, 0xff, b'A', b'9'][rng.usize(..4)]);
}

/// Gives each chunk of a PNG the checksum of what it holds by now; other bytes stay as they are.
fn mend_checksums(bytes: &mut [u8]) {
    if !bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
        return;
    }
    let mut at = 8;
    while let Some(&[a, b, c, d]) = bytes.get(at..at + 4) {
        let length = u32::from_be_bytes([a, b, c, d]) as usize;
        let (start, end) = (at + 4, at + 8 + length);
        let Some(content) = bytes.get(start..end) else { return };
        let checksum = crc32(content);
        let Some(place) = bytes.get_mut(end..end + 4) else { return };
        place.copy_from_slice(&checksum.to_be_bytes());
        at = end + 4;
    }
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| (crc >> 1) ^ (0xedb8_8320 & 0_u32.wrapping_sub(crc & 1)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn damage_is_always_the_same_and_a_checksum_is_the_formats_own() {
        let of = |seed| damaged(b"a picture of some length", b"another", &mut Rng::with_seed(seed));
        assert!((0..1_000).all(|seed| of(seed) == of(seed)) && (0..1_000).any(|seed| of(seed) != of(0)));
        assert_eq!(crc32(b"IEND"), 0xae42_6082);
    }
}
