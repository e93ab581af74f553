//! The role itself: the pixel measures over decoded pictures.

use async_trait::async_trait;
use domain::{
    picture::Picture,
    roles::{Answer, Call, Detection, DistortionDetector, ModelInfo, Role},
};
use inference::work::blocking;
use picture::Decoder;

use crate::{Measured, Settings, measure};

/// Detects what pixels alone give away.
pub struct PixelDetector {
    decoder: Decoder,
    settings: Settings,
}

impl PixelDetector {
    /// A detector with these constants.
    pub const fn new(decoder: Decoder, settings: Settings) -> Self {
        Self { decoder, settings }
    }
}

#[async_trait]
impl DistortionDetector for PixelDetector {
    async fn detect(&self, call: Call, picture: &Picture, with_maps: bool) -> Answer<Detection> {
        let pixels = self.decoder.decode(picture).await?;
        let settings = self.settings.clone();
        let Measured { fidelity, mut distortions } = blocking(call, move |_| Ok(measure(&pixels, &settings))).await?;
        if !with_maps {
            distortions.iter_mut().for_each(|distortion| distortion.map = None);
        }
        let model = ModelInfo {
            role: Role::Distortion.name().into(),
            name: "pixel-measures".into(),
            version: env!("CARGO_PKG_VERSION").into(),
            sha256: String::new(),
        };
        Ok(Detection { fidelity: Some(fidelity), distortions, models: vec![model] })
    }
}
