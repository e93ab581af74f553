//! Distortions from severities and maps.

use std::sync::Arc;

use async_trait::async_trait;
use domain::{
    distortion::{Distortion, DistortionKind, DistortionType},
    heat_map::HeatMap,
    picture::Picture,
    roles::{Answer, Call, Detection, DistortionDetector, Role},
};
use picture::Decoder;

use crate::backends::pool::Probe;

use super::{
    input::View,
    server::{Model, Server},
    settings::{OipDistortion, OipError},
    tensor::Reply,
};

/// Detects distortions with a model on a server.
pub struct OipDetector {
    model: Model,
    decoder: Decoder,
    settings: OipDistortion,
    /// What the severities are of, in their order.
    kinds: Vec<DistortionKind>,
}

impl OipDetector {
    /// What asks whether its model is ready.
    pub fn probe(&self) -> Arc<dyn Probe> {
        Arc::new(self.model.clone())
    }

    /// A detector as `settings` say; messages up to `max_message_bytes` are sent and taken.
    ///
    /// # Errors
    ///
    /// When a setting cannot be right.
    pub fn new(settings: OipDistortion, decoder: Decoder, max_message_bytes: usize) -> Result<Self, OipError> {
        let kinds = settings.check()?;
        let server = Server::new(&settings.endpoint, max_message_bytes)?;
        let model = server.model(Role::Distortion, &settings.model, settings.version.as_deref());
        Ok(Self { model, decoder, settings, kinds })
    }

    /// A map a type, where the model gives maps.
    fn maps(&self, reply: &Reply) -> Answer<Vec<Option<HeatMap>>> {
        let types = self.kinds.len();
        let Some(name) = &self.settings.maps else { return Ok(vec![None; types]) };
        let maps = reply.units(name, &["k", "height", "width"])?;
        let (height, width) = (maps.shape[1], maps.shape[2]);
        if maps.shape[0] != types || height * width == 0 {
            let got = maps.shape;
            return Err(reply.wrong(name, format!("expected a map for each of {types} types, got {got:?}")));
        }
        Ok(maps.values.chunks(height * width).map(|cells| HeatMap::new(width, height, cells.to_vec())).collect())
    }
}

#[async_trait]
impl DistortionDetector for OipDetector {
    fn cache_key(&self) -> String {
        format!("open-inference/{:?}", self.settings)
    }

    async fn detect(&self, call: Call, picture: &Picture, with_maps: bool) -> Answer<Detection> {
        let OipDistortion { input, severities: name, maps, fidelity, .. } = &self.settings;
        let input = input.tensor(&self.decoder, picture, &[View::Whole]).await?;
        // Maps are asked for even when nobody wants to see them: they tell the worst spot.
        let outputs: Vec<&str> =
            [Some(name), maps.as_ref(), fidelity.as_ref()].into_iter().flatten().map(String::as_str).collect();
        let reply = self.model.infer(call, input, &outputs).await?;
        let severities = reply.units(name, &["k"])?.values;
        if severities.len() != self.kinds.len() {
            let (expected, got) = (self.kinds.len(), severities.len());
            return Err(reply.wrong(name, format!("expected a severity for each of {expected} types, got {got}")));
        }
        let maps = self.maps(&reply)?;
        let mut distortions: Vec<Distortion> = self
            .kinds
            .iter()
            .zip(severities)
            .zip(maps)
            .map(|((kind, severity), map)| Distortion {
                kind: kind.clone(),
                severity: Some(severity),
                peak: map.as_ref().map(HeatMap::peak),
                map: map.filter(|_| with_maps),
            })
            .collect();
        let unjudged =
            DistortionType::ALL.map(DistortionKind::Known).into_iter().filter(|kind| !self.kinds.contains(kind));
        distortions.extend(unjudged.map(Distortion::not_assessed));
        distortions.sort_by(|a, b| a.kind.cmp(&b.kind));
        let fidelity = match fidelity {
            None => None,
            Some(name) => match reply.units(name, &["1"])?.values[..] {
                [fidelity] => Some(f64::from(fidelity)),
                ref values => return Err(reply.wrong(name, format!("expected one value, got {}", values.len()))),
            },
        };
        Ok(Detection { fidelity, distortions, models: vec![reply.model] })
    }
}
