//! A word's features as numbers: what the embedding tables are looked up by.

use std::collections::HashMap;

use super::{SyntaxError, Word, tensors::Tensors};

/// Seed of the hash that turns strings into numbers.
const STRING_SEED: u64 = 1;
/// Longest word whose shape is spelt out.
const MAX_SHAPE: usize = 100;
/// Longest run of like characters in a shape.
const MAX_RUN: usize = 4;

/// Turns words into numbers.
#[derive(Debug)]
pub(super) struct Features {
    /// Strings whose numbers are fixed: names of grammar's own, which happen to be words and endings too.
    symbols: HashMap<String, u64>,
}

impl Features {
    pub fn read(tensors: &Tensors) -> Result<Self, SyntaxError> {
        let symbols = tensors.names("symbols")?.filter_map(|pair| {
            let (name, number) = pair.rsplit_once('=')?;
            Some((name.to_owned(), number.parse().ok()?))
        });
        Ok(Self { symbols: symbols.collect() })
    }

    /// Norm, first letter, last three letters, shape, whether a space follows, whether it is a space itself.
    pub fn of(&self, word: Word) -> [u64; 6] {
        let letters: Vec<char> = word.text.chars().collect();
        let prefix: String = letters.iter().take(1).collect();
        let suffix: String = letters.iter().skip(letters.len().saturating_sub(3)).collect();
        [
            self.number(&word.text.to_lowercase()),
            self.number(&prefix),
            self.number(&suffix),
            self.number(&shape(&letters)),
            u64::from(word.spaced),
            0,
        ]
    }

    fn number(&self, text: &str) -> u64 {
        if text.is_empty() {
            return 0;
        }
        self.symbols.get(text).copied().unwrap_or_else(|| murmur_64(text.as_bytes(), STRING_SEED))
    }
}

/// "Xxxx" for "Hello", "dd" for "12".
fn shape(letters: &[char]) -> String {
    if letters.len() >= MAX_SHAPE {
        return "LONG".to_owned();
    }
    let mut shape = String::new();
    let (mut last, mut run) = (None, 0);
    for letter in letters {
        let class = match letter {
            c if c.is_uppercase() => 'X',
            c if c.is_alphabetic() => 'x',
            c if c.is_numeric() => 'd',
            c => *c,
        };
        run = if last == Some(class) { run + 1 } else { 0 };
        last = Some(class);
        if run < MAX_RUN {
            shape.push(class);
        }
    }
    shape
}

/// MurmurHash64A.
fn murmur_64(bytes: &[u8], seed: u64) -> u64 {
    const M: u64 = 0xc6a4_a793_5bd1_e995;
    let mut hash = seed ^ (bytes.len() as u64).wrapping_mul(M);
    let (words, rest) = bytes.as_chunks::<8>();
    for word in words {
        let word = u64::from_le_bytes(*word).wrapping_mul(M);
        hash = (hash ^ (word ^ word >> 47).wrapping_mul(M)).wrapping_mul(M);
    }
    if !rest.is_empty() {
        let tail = rest.iter().rev().fold(0, |tail, byte| tail << 8 | u64::from(*byte));
        hash = (hash ^ tail).wrapping_mul(M);
    }
    hash = (hash ^ hash >> 47).wrapping_mul(M);
    hash ^ hash >> 47
}

/// The four rows that number `value` has in a table: the finishing steps of 128-bit MurmurHash3 on one word.
pub(super) fn rows(value: u64, seed: u32) -> [u32; 4] {
    let finish = |hash: u64| {
        let mut hash = hash;
        hash = (hash ^ hash >> 33).wrapping_mul(0xff51_afd7_ed55_8ccd);
        hash = (hash ^ hash >> 33).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
        hash ^ hash >> 33
    };
    let mixed = value.wrapping_mul(0x87c3_7b91_1142_53d5).rotate_left(31).wrapping_mul(0x4cf5_ad43_2745_937f);
    let mut low = mixed ^ u64::from(seed) ^ 8;
    let mut high = u64::from(seed) ^ 8;
    low = low.wrapping_add(high);
    high = high.wrapping_add(low);
    (low, high) = (finish(low), finish(high));
    low = low.wrapping_add(high);
    high = high.wrapping_add(low);
    [low as u32, (low >> 32) as u32, high as u32, (high >> 32) as u32]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_shorten_runs() {
        let shape = |text: &str| shape(&text.chars().collect::<Vec<_>>());
        assert_eq!([shape("Bench"), shape("8k"), shape("U.S.")], ["Xxxxx", "dx", "X.X."]);
    }
}
