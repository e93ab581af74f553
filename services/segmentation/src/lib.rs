//! Segmentation: region proposals by SAM. The picture is encoded once, the points of a grid are decoded to masks, and
//! what is steady, sure, large enough and not a repetition is kept.

mod grid;
mod low_res;
mod mask_decoder;
mod sam;
mod segmenter;
mod service;
mod settings;

pub use sam::Sam;
pub use segmenter::SamSegmenter;
pub use service::SegmentationServer;
pub use settings::SegmentationSettings;
