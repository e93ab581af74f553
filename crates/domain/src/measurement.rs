//! What was measured of one picture against one prompt, before any scenario is applied.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::distortion::{Distortion, DistortionKind};

/// A component of the score.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Component {
    /// The whole picture against the whole prompt.
    GlobalAlignment,
    /// Regions against the prompt's descriptors.
    LocalAlignment,
    /// The picture against the prompt's latent attributes.
    AttributeConsistency,
    /// No-reference technical quality.
    Fidelity,
    /// How pleasing it is.
    Aesthetics,
}

impl Component {
    /// All components, in the order of every array indexed by component.
    pub const ALL: [Self; 5] =
        [Self::GlobalAlignment, Self::LocalAlignment, Self::AttributeConsistency, Self::Fidelity, Self::Aesthetics];

    /// The component's name in JSON and configuration.
    pub const fn name(self) -> &'static str {
        match self {
            Self::GlobalAlignment => "global_alignment",
            Self::LocalAlignment => "local_alignment",
            Self::AttributeConsistency => "attribute_consistency",
            Self::Fidelity => "fidelity",
            Self::Aesthetics => "aesthetics",
        }
    }
}

/// Five optional component values, each [0, 1], larger is better; `None` was not measured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Components {
    /// s_g.
    pub global_alignment: Option<f64>,
    /// s_l.
    pub local_alignment: Option<f64>,
    /// s_a.
    pub attribute_consistency: Option<f64>,
    /// s_f.
    pub fidelity: Option<f64>,
    /// s_e.
    pub aesthetics: Option<f64>,
}

impl Components {
    /// The values in the order of [`Component::ALL`].
    pub fn to_array(self) -> [Option<f64>; 5] {
        [self.global_alignment, self.local_alignment, self.attribute_consistency, self.fidelity, self.aesthetics]
    }
}

impl From<[Option<f64>; 5]> for Components {
    fn from(
        [global_alignment, local_alignment, attribute_consistency, fidelity, aesthetics]: [Option<f64>; 5],
    ) -> Self {
        Self { global_alignment, local_alignment, attribute_consistency, fidelity, aesthetics }
    }
}

/// All that fusion needs; fusing it again under another scenario touches no model.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Measurements {
    /// The component values.
    pub components: Components,
    /// Severities of the types that were assessed, [0, 1], larger is worse.
    pub severities: BTreeMap<DistortionKind, f64>,
}

impl Measurements {
    /// Takes the severities out of a detector's answer; a type it does not name stays unassessed.
    pub fn severities_of(distortions: &[Distortion]) -> BTreeMap<DistortionKind, f64> {
        let assessed = |distortion: &Distortion| Some((distortion.kind.clone(), distortion.severity?.into()));
        distortions.iter().filter_map(assessed).collect()
    }
}
