//! Messages, clients and servers generated from the `.proto` files beside this crate; nothing else.
#![allow(missing_docs, reason = "the protos carry the documentation")]
#![allow(clippy::all, reason = "generated code")]

/// Packages, as the protos name them.
pub mod cpaiqa {
    pub mod common {
        pub mod v1 {
            tonic::include_proto!("cpaiqa.common.v1");
        }
    }
    pub mod alignment {
        pub mod v1 {
            tonic::include_proto!("cpaiqa.alignment.v1");
        }
    }
    pub mod segmentation {
        pub mod v1 {
            tonic::include_proto!("cpaiqa.segmentation.v1");
        }
    }
    pub mod decomposition {
        pub mod v1 {
            tonic::include_proto!("cpaiqa.decomposition.v1");
        }
    }
    pub mod distortion {
        pub mod v1 {
            tonic::include_proto!("cpaiqa.distortion.v1");
        }
    }
    pub mod scenario {
        pub mod v1 {
            tonic::include_proto!("cpaiqa.scenario.v1");
        }
    }
    pub mod keys {
        pub mod v1 {
            tonic::include_proto!("cpaiqa.keys.v1");
        }
    }
    pub mod quality {
        pub mod v1 {
            tonic::include_proto!("cpaiqa.quality.v1");
        }
    }
    pub mod admin {
        pub mod v1 {
            tonic::include_proto!("cpaiqa.admin.v1");
        }
    }
}

/// The Open Inference Protocol, as its authors name it.
pub mod inference {
    tonic::include_proto!("inference");
}

pub use cpaiqa::{
    admin::v1 as admin, alignment::v1 as alignment, common::v1 as common, decomposition::v1 as decomposition,
    distortion::v1 as distortion, keys::v1 as keys, quality::v1 as quality, scenario::v1 as scenario,
    segmentation::v1 as segmentation,
};

/// The compiled descriptor set, for server reflection.
pub const DESCRIPTORS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptors.bin"));
