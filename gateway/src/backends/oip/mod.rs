//! A role at a server of the Open Inference Protocol, version 2, over gRPC: Triton, KServe, MLServer, OpenVINO Model Server. What
//! its models' tensors are called and mean is told by configuration; what they answer is checked in every point.
//!
//! Pictures and texts travel as typed contents, which all of these servers take; answers are read in either form.

mod aligner;
mod decomposer;
mod detector;
mod input;
mod segmenter;
mod server;
mod settings;
mod tensor;

pub use aligner::OipAligner;
pub use decomposer::OipDecomposer;
pub use detector::OipDetector;
pub use input::{Fit, PictureInput};
pub use segmenter::OipSegmenter;
pub use settings::{
    Curve, OipAlignment, OipCalibrations, OipDecomposition, OipDistortion, OipError, OipSegmentation, TextModel,
};
