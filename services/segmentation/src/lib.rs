//! Segmentation: region proposals by SAM. The picture is encoded once, each point of a grid is decoded to a mask, and
//! what is steady, sure, large enough and not a repetition is kept.

mod grid;
mod low_res;
mod sam;
mod segmenter;
mod service;
mod settings;

pub use sam::Sam;
pub use segmenter::SamSegmenter;
pub use service::SegmentationServer;
pub use settings::SegmentationSettings;
