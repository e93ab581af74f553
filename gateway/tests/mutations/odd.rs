//! Values that nobody should send.

use fastrand::Rng;
use proptest::{
    collection::vec,
    num::f64 as doubles,
    prelude::*,
    strategy::ValueTree,
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};

use crate::fields::write_varint;

/// A value of `strategy`, always the same for the same `rng`.
pub fn drawn<S: Strategy>(strategy: &S, rng: &mut Rng) -> S::Value {
    let mut seed = [0; 16];
    rng.fill(&mut seed);
    let mut runner = TestRunner::new_with_rng(Config::default(), TestRng::from_seed(RngAlgorithm::XorShift, &seed));
    strategy.new_tree(&mut runner).unwrap().current()
}

/// Counts, lengths, indices, enum values.
pub fn integer(rng: &mut Rng) -> u64 {
    let extremes = prop::sample::select(vec![
        0,
        1,
        99,
        i32::MAX as u64,
        i32::MIN as i64 as u64,
        u32::MAX.into(),
        1 << 32,
        i64::MAX as u64,
        1 << 63,
        u64::MAX,
    ]);
    drawn(&prop_oneof![3 => extremes, 1 => 0..300_u64, 1 => any::<u64>()], rng)
}

/// Scores, weights, sides: NaN of every kind, infinities, subnormal numbers among them.
pub fn double(rng: &mut Rng) -> f64 {
    let extremes = [f64::MAX, f64::MIN, f64::MIN_POSITIVE, f64::EPSILON, f64::NAN, f64::INFINITY, f64::NEG_INFINITY];
    let near = [-1.0, -1e-300, -0.0, 0.0, 1e-300, 0.5, 1.0, 1.000_001, 2.0, 100.0, 1e6, 1e38, 1e39];
    drawn(&prop_oneof![prop::sample::select([extremes.as_slice(), &near].concat()), doubles::ANY], rng)
}

/// Texts, most of them UTF-8.
pub fn text(rng: &mut Rng) -> Vec<u8> {
    match rng.u8(..12) {
        0 => Vec::new(),
        1 => b"\0".to_vec(),
        2 => vec![b'a'; [127, 128, 2_000, 9_000, 70_000, 1_100_000][rng.usize(..6)]],
        3 => "画".repeat(rng.usize(1..3_000)).into_bytes(),
        4 => format!("e{}", "\u{301}".repeat(rng.usize(1..2_000))).into_bytes(),
        5 => "\u{202e}gnikaeps\u{2066}👩‍👩‍👧‍👦\u{feff}\u{fffd}".into(),
        6 => "' OR 1=1; DROP TABLE measurements; --".into(),
        7 => "a red cat, and ".repeat(rng.usize(1..600)).into_bytes(),
        8 => "((((not score < < 60 or and >= 1e999".repeat(rng.usize(1..40)).into_bytes(),
        9 => drawn(&vec(any::<u8>(), 0..64), rng),
        _ => drawn(&vec(any::<char>(), 0..64), rng).into_iter().collect::<String>().into_bytes(),
    }
}

/// Numbers in a row, as runs of a mask and cells of a map are sent.
pub fn packed(rng: &mut Rng) -> Vec<u8> {
    let mut bytes = Vec::new();
    for _ in 0..rng.usize(..40) {
        write_varint(if rng.bool() { rng.u64(..2_000) } else { integer(rng) }, &mut bytes);
    }
    bytes
}
