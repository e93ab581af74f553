//! Every constant of the detector, as `config/distortion.toml` gives them.

use std::collections::BTreeMap;

use domain::distortion::DistortionType;
use serde::Deserialize;

use crate::{edges::EdgeSettings, fidelity, measures, network};

/// Who judges a type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Judge {
    /// The network.
    Network,
    /// The measure of the type's name.
    Measure,
    /// Both: the worse of what the network and the measure say.
    Both,
}

/// The detector's constants.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Who judges each type; a type left out is not assessed.
    pub judges: BTreeMap<DistortionType, Judge>,
    /// Where both judge, severity over what the measure says: it takes little things for faults that the network knows better.
    pub measure_counts: Ramp,
    /// The network.
    pub network: network::Settings,
    /// Longest side on which all but the finest faults are measured, pixels.
    pub working_side: u32,
    /// Edge finding, for edge blur, detail loss and fidelity.
    pub edges: EdgeSettings,
    /// Type 7.
    pub texture_repetition: measures::texture_repetition::Settings,
    /// Type 8.
    pub edge_blur: measures::edge_blur::Settings,
    /// Type 9.
    pub detail_loss: measures::detail_loss::Settings,
    /// Type 10.
    pub generative_noise: measures::generative_noise::Settings,
    /// Type 11.
    pub color_tone: measures::color_tone::Settings,
    /// Low-level fidelity.
    pub fidelity: fidelity::Settings,
}

/// A straight line from 0 at the first value to 1 at the second, flat outside; the second may be the smaller one.
#[derive(Clone, Copy, Debug, Deserialize)]
pub struct Ramp(f32, f32);

impl Ramp {
    /// The ramp's height at `value`, [0, 1]; 0 where `value` is not a number.
    pub fn at(self, value: f32) -> f32 {
        let Self(zero, one) = self;
        if zero == one {
            return if value >= one { 1.0 } else { 0.0 };
        }
        let height = (value - zero) / (one - zero);
        if height.is_nan() { 0.0 } else { height.clamp(0.0, 1.0) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ramp_may_rise_fall_or_be_a_step() {
        assert_eq!([0.0, 1.5, 9.0].map(|x| Ramp(1.0, 2.0).at(x)), [0.0, 0.5, 1.0]);
        assert_eq!([0.0, 1.5, 9.0].map(|x| Ramp(2.0, 1.0).at(x)), [1.0, 0.5, 0.0]);
        assert_eq!([0.0, 1.0, f32::NAN].map(|x| Ramp(1.0, 1.0).at(x)), [0.0, 1.0, 0.0]);
    }

    #[test]
    fn an_unknown_constant_is_refused() {
        let text = include_str!("../../../config/distortion.toml");
        assert!(toml::from_str::<Settings>(text).is_ok());
        assert!(toml::from_str::<Settings>(&format!("surprise = 1\n{text}")).is_err());
    }
}
