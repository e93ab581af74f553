//! Figures that compare measures with people, and how sure they are. An item counts as often as its weight says, so that a
//! bootstrap draws by weighing.

mod bootstrap;
mod correlation;
mod logistic;
mod shares;

pub use bootstrap::{Interval, interval};
pub(crate) use bootstrap::{SEED, resampled};
pub use correlation::{kendall, spearman};
pub use logistic::LogisticFit;
pub use shares::{auc, quantile, share};
