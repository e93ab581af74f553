//! The twelve distortion types of generated pictures.

use serde::{Deserialize, Serialize};

use crate::{heat_map::HeatMap, measurement::Component};

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

/// One of the twelve types, or one beyond them that another detector reports, by its name.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(untagged)]
pub enum DistortionKind {
    /// One of the twelve.
    Known(DistortionType),
    /// Another: lower-case letters, digits and underscores.
    Other(String),
}

impl DistortionKind {
    /// The name, as it stands in JSON, configuration and protos.
    pub fn name(&self) -> &str {
        match self {
            Self::Known(kind) => kind.name(),
            Self::Other(name) => name,
        }
    }

    /// The kind of that name.
    ///
    /// # Errors
    ///
    /// When `name` could not stand in a rule or a table: it has other characters or more than 64 of them.
    pub fn from_name(name: &str) -> Result<Self, String> {
        if let Some(kind) = DistortionType::from_name(name) {
            return Ok(Self::Known(kind));
        }
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        if ["score", "interval_width"].contains(&name) || Component::ALL.iter().any(|other| other.name() == name) {
            return Err(format!("expected a distortion's name, got '{name}', which stands for something else"));
        }
        if name.starts_with(|c: char| c.is_ascii_lowercase()) && name.len() <= 64 && name.chars().all(plain) {
            return Ok(Self::Other(name.to_owned()));
        }
        Err(format!(
            "expected a distortion's name of at most 64 lower-case letters, digits and underscores that starts with a \
             letter, got '{}'",
            name.chars().take(64).collect::<String>()
        ))
    }
}

impl From<DistortionType> for DistortionKind {
    fn from(kind: DistortionType) -> Self {
        Self::Known(kind)
    }
}

/// What a detector says of one type.
#[derive(Clone, Debug, PartialEq)]
pub struct Distortion {
    /// The type.
    pub kind: DistortionKind,
    /// How bad it is, [0, 1], larger is worse; `None` when the detector did not assess this type.
    pub severity: Option<f32>,
    /// The worst spot, in fractions of the picture's width and height.
    pub peak: Option<(f32, f32)>,
    /// Where it is, when asked for.
    pub map: Option<HeatMap>,
}

impl Distortion {
    /// A type the detector cannot judge: never the same as a severity of 0.
    pub const fn not_assessed(kind: DistortionKind) -> Self {
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

    #[test]
    fn a_type_beyond_the_twelve_is_its_name() {
        let cracked = DistortionKind::from_name("cracked_glaze").unwrap();
        assert_eq!(serde_json::to_value(&cracked).unwrap(), "cracked_glaze");
        assert_eq!(serde_json::from_value::<DistortionKind>("cracked_glaze".into()).unwrap(), cracked);
        let blur = serde_json::from_value::<DistortionKind>("edge_blur".into()).unwrap();
        assert_eq!(blur, DistortionKind::Known(DistortionType::EdgeBlur));
        assert!(DistortionKind::from_name("Edge Blur").unwrap_err().contains("got 'Edge Blur'"));
    }
}
