//! The role itself: the network and the pixel measures over decoded pictures, each for the types that it judges.

use async_trait::async_trait;
use domain::{
    distortion::{Distortion, DistortionType},
    heat_map::{GRID, HeatMap},
    picture::Picture,
    roles::{Answer, Call, Detection, DistortionDetector, ModelInfo, Role},
};
use inference::work::blocking;
use picture::Decoder;

use crate::{
    Judge, Settings, measure_some,
    network::{Network, Seen},
};

/// Detects distortions.
pub struct Detector {
    decoder: Decoder,
    network: Network,
    settings: Settings,
}

impl Detector {
    /// A detector with these constants.
    pub const fn new(decoder: Decoder, network: Network, settings: Settings) -> Self {
        Self { decoder, network, settings }
    }
}

#[async_trait]
impl DistortionDetector for Detector {
    async fn detect(&self, call: Call, picture: &Picture, with_maps: bool) -> Answer<Detection> {
        let pixels = self.decoder.decode(picture).await?;
        let (network, settings) = (self.network.clone(), self.settings.clone());
        let (seen, measured) = blocking(call, move |watch| {
            let seen = network.see(&pixels)?;
            watch.check()?;
            let by_measure = |kind| settings.judges.get(&kind) == Some(&Judge::Measure);
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
            sha256: String::new(),
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
    let judge = |distortion: Distortion| match settings.judges.get(&distortion.kind) {
        Some(Judge::Network) => by_network(distortion.kind),
        Some(Judge::Measure) => distortion,
        None => Distortion::not_assessed(distortion.kind),
    };
    measured.into_iter().map(judge).collect()
}

/// A severity with its map: the likeliest place has the severity itself.
fn shown(kind: DistortionType, severity: f32, places: &[f32]) -> Distortion {
    let severity = severity.clamp(0.0, 1.0);
    let most = places.iter().copied().fold(f32::MIN_POSITIVE, f32::max);
    let cells = places.iter().map(|place| severity * place / most).collect();
    let map = HeatMap::new(GRID, GRID, cells);
    Distortion { kind, severity: Some(severity), peak: map.as_ref().map(HeatMap::peak), map }
}
