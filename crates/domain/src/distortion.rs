//! The twelve distortion types of generated pictures.

use serde::{Deserialize, Serialize};

use crate::heat_map::HeatMap;

macro_rules! taxonomy {
    ($($(#[$doc:meta])* $variant:ident = $id:literal, $name:literal;)*) => {
        /// A distortion type; its number and name are stable.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum DistortionType { $($(#[$doc])* $variant = $id,)* }

        impl DistortionType {
            /// All types, by number.
            pub const ALL: [Self; 12] = [$(Self::$variant,)*];

            /// The type's name, as it stands in JSON, configuration and protos.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// The type of that name.
            pub fn from_name(name: &str) -> Option<Self> {
                match name { $($name => Some(Self::$variant),)* _ => None }
            }
        }
    };
}

taxonomy! {
    /// Extra, missing, fused or malformed body parts.
    AnatomicalError = 1, "anatomical_error";
    /// Objects melted, bent or unable to work.
    StructuralDeformation = 2, "structural_deformation";
    /// Floating, interpenetrating or impossibly supported things.
    PhysicalViolation = 3, "physical_violation";
    /// Regions lit from different directions; missing or misplaced shadows.
    LightShadowContradiction = 4, "light_shadow_contradiction";
    /// Inconsistent vanishing or scale.
    PerspectiveError = 5, "perspective_error";
    /// Objects repeated or merged.
    DuplicationFusion = 6, "duplication_fusion";
    /// Unnatural periodic tiling.
    TextureRepetition = 7, "texture_repetition";
    /// Smeared boundaries where the rest is sharp.
    EdgeBlur = 8, "edge_blur";
    /// Waxy, over-smoothed surfaces.
    DetailLoss = 9, "detail_loss";
    /// Checkerboard, upsampling grid, residual noise.
    GenerativeNoise = 10, "generative_noise";
    /// Casts, clipping, banding, over-saturation.
    ColorToneAnomaly = 11, "color_tone_anomaly";
    /// Garbled letters, seals, motifs.
    TextSymbolCorruption = 12, "text_symbol_corruption";
}

/// What a detector says of one type.
#[derive(Clone, Debug, PartialEq)]
pub struct Distortion {
    /// The type.
    pub kind: DistortionType,
    /// How bad it is, [0, 1], larger is worse; `None` when the detector did not assess this type.
    pub severity: Option<f32>,
    /// The worst spot, in fractions of the picture's width and height.
    pub peak: Option<(f32, f32)>,
    /// Where it is, when asked for.
    pub map: Option<HeatMap>,
}

impl Distortion {
    /// A type the detector cannot judge: never the same as a severity of 0.
    pub const fn not_assessed(kind: DistortionType) -> Self {
        Self { kind, severity: None, peak: None, map: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_numbers_go_both_ways() {
        for (index, kind) in DistortionType::ALL.into_iter().enumerate() {
            assert_eq!(kind as usize, index + 1);
            assert_eq!(DistortionType::from_name(kind.name()), Some(kind));
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.name());
        }
        assert_eq!(DistortionType::from_name("blur"), None);
    }
}
