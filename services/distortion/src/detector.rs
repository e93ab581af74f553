//! The role itself: the network and the pixel measures over decoded pictures, each for the types that it judges.

use async_trait::async_trait;
use domain::{
    distortion::{Distortion, DistortionKind, DistortionType},
    heat_map::{GRID, HeatMap},
    picture::Picture,
    roles::{Answer, Call, Detection, DistortionDetector, ModelInfo, Role},
};
use inference::work::blocking;
use picture::Decoder;

use crate::{
    Judge, Settings, measure_some,
    network::{Network, Seen},
    settings::Ramp,
};

/// Detects distortions.
pub struct Detector {
    decoder: Decoder,
    network: Network,
    settings: Settings,
    cache_key: String,
}

impl Detector {
    /// A detector with these constants.
    pub fn new(decoder: Decoder, network: Network, settings: Settings) -> Self {
        let cache_key = format!("{:?} {settings:?}", network.info());
        Self { decoder, network, settings, cache_key }
    }
}

#[async_trait]
impl DistortionDetector for Detector {
    fn cache_key(&self) -> String {
        self.cache_key.clone()
    }

    async fn detect(&self, call: Call, picture: &Picture, with_maps: bool) -> Answer<Detection> {
        let pixels = self.decoder.decode(picture).await?;
        let (network, settings) = (self.network.clone(), self.settings.clone());
        let (seen, measured) = blocking(call, move |watch| {
            let seen = network.see(&pixels)?;
            watch.check()?;
            let by_measure = |kind| matches!(settings.judges.get(&kind), Some(Judge::Measure | Judge::Both));
            Ok((seen, measure_some(&pixels, &settings, by_measure)))
        })
        .await?;
        let mut distortions = judged(&seen, measured.distortions, &self.settings);
        if !with_maps {
            distortions.iter_mut().for_each(|distortion| distortion.map = None);
        }
        let measures = ModelInfo {
            role: Role::Distortion.name().into(),
            name: "pixel-measures".into(),
            version: env!("CARGO_PKG_VERSION").into(),
            ..ModelInfo::default()
        };
        let fidelity = self.settings.fidelity.joined(f64::from(seen.fidelity), measured.fidelity);
        let models = self.network.info().into_iter().chain([measures]).collect();
        Ok(Detection { fidelity: Some(fidelity), distortions, models })
    }
}

/// Each type by whom the settings let judge it.
fn judged(seen: &Seen, measured: Vec<Distortion>, settings: &Settings) -> Vec<Distortion> {
    let by_network = |kind: DistortionType| {
        let index = kind as usize - 1;
        shown(kind, seen.severities[index], &seen.places[index])
    };
    let judge = |distortion: Distortion| {
        let DistortionKind::Known(kind) = distortion.kind else { return distortion };
        match settings.judges.get(&kind) {
            Some(Judge::Network) => by_network(kind),
            Some(Judge::Measure) => distortion,
            Some(Judge::Both) => worse(by_network(kind), distortion, settings.measure_counts),
            None => Distortion::not_assessed(kind.into()),
        }
    };
    measured.into_iter().map(judge).collect()
}

/// A severity with its map: the likeliest place has the severity itself.
fn shown(kind: DistortionType, severity: f32, places: &[f32]) -> Distortion {
    let severity = severity.clamp(0.0, 1.0);
    let most = places.iter().copied().fold(f32::MIN_POSITIVE, f32::max);
    let cells = places.iter().map(|place| severity * place / most).collect();
    let map = HeatMap::new(GRID, GRID, cells);
    Distortion { kind: kind.into(), severity: Some(severity), peak: map.as_ref().map(HeatMap::peak), map }
}

/// What is worse of two, everywhere; `counts` is how much the measure's severities count.
fn worse(by_network: Distortion, by_measure: Distortion, counts: Ramp) -> Distortion {
    let (Some(network), Some(measure)) = (by_network.map, by_measure.map) else {
        return Distortion::not_assessed(by_network.kind);
    };
    let cells = network.cells.iter().zip(&measure.cells).map(|(network, measure)| network.max(counts.at(*measure)));
    let counted = by_measure.severity.map_or(0.0, |severity| counts.at(severity));
    let severity = by_network.severity.map(|severity| severity.max(counted));
    let map = HeatMap::new(GRID, GRID, cells.collect());
    Distortion { kind: by_network.kind, severity, peak: map.as_ref().map(HeatMap::peak), map }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(severity: f32, worst: usize) -> Distortion {
        let mut cells = vec![0.0; GRID * GRID];
        cells[worst] = severity;
        let map = HeatMap::new(GRID, GRID, cells).unwrap();
        let kind = DistortionType::EdgeBlur.into();
        Distortion { kind, severity: Some(severity), peak: Some(map.peak()), map: Some(map) }
    }

    #[test]
    fn of_two_judges_the_worse_counts_and_says_where() {
        let counts: Ramp = serde_from("a = [0.4, 1.0]");
        let (network, measure) = (found(0.2, 5), found(0.9, 70));
        let both = worse(network.clone(), measure, counts);
        assert!((both.severity.unwrap() - 0.5 / 0.6).abs() < 1e-6);
        assert_eq!(both.peak, found(0.9, 70).peak);
        assert!((both.map.unwrap().cells[5] - 0.2).abs() < 1e-6);
        let little = worse(network.clone(), found(0.4, 70), counts);
        assert_eq!((little.severity, little.peak), (network.severity, network.peak));
    }

    #[test]
    fn a_networks_map_has_its_severity_where_it_is_likeliest() {
        let mut places = vec![0.1; GRID * GRID];
        places[33] = 0.5;
        let shown = shown(DistortionType::DetailLoss, 0.4, &places);
        let map = shown.map.unwrap();
        assert_eq!((map.cells[33], map.pooled(0.0)), (0.4, 0.4));
        assert!((map.cells[0] - 0.08).abs() < 1e-6);
        assert_eq!(super::shown(DistortionType::DetailLoss, 0.0, &vec![0.0; GRID * GRID]).severity, Some(0.0));
    }

    fn serde_from(text: &str) -> Ramp {
        toml::from_str::<std::collections::BTreeMap<String, Ramp>>(text).unwrap()["a"]
    }
}
