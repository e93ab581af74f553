//! Alignment: pictures and texts in CLIP's joint space, compared as a whole, by region and by attribute.
//!
//! [`ImageTower`] embeds pixels, a [`TextEncoder`] embeds texts, [`JointSpace`] and [`Texts`] bring both
//! to where they can be compared, and [`ClipAligner`] answers the role.

mod aesthetics;
mod aligner;
mod crop;
pub mod evaluation;
mod joint_space;
mod model;
mod presence;
mod regions;
mod rendered;
mod service;
mod settings;
mod text_encoder;
mod text_tower;
mod texts;
mod tower;
mod typeset;

pub use aesthetics::AestheticHead;
pub use aligner::{ClipAligner, Heads};
pub use crop::whole as whole_view;
pub use joint_space::{JointSpace, Place};
pub use model::{
    AestheticSettings, AlignmentModel, Calibrations, Fit, ImageTowerSettings, Reads, RenderedTextSettings,
    TextEncoderSettings, TextTowerSettings,
};
pub use presence::PresenceHead;
pub use rendered::RenderedText;
pub use service::AlignmentServer;
pub use settings::{AlignmentSettings, RegionSettings, RegionWay};
pub use text_encoder::TextEncoder;
pub use text_tower::TextTower;
pub use texts::{PlacedEncoder, Texts};
pub use tower::ImageTower;
