//! How good an alignment model is, against pictures whose texts are known.
//!
//! [`Pairs`] reads which text belongs to which picture; from their [`Cosines`] come [`retrieval()`], [`presence()`] with the
//! calibration that fits best, and [`swaps()`], where a text that is wrong in one point stands against the right one.

mod pairs;
mod presence;
mod retrieval;
mod swaps;

pub use pairs::{Cosines, Kind, Pair, Pairs, PairsError, Swap};
pub use presence::{Bin, Presence, presence};
pub use retrieval::{Retrieval, retrieval};
pub use swaps::{SwapFigure, swaps};

#[cfg(test)]
mod tests;
