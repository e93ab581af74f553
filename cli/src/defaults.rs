//! What the binary carries, so that it runs anywhere: configuration, scenarios, word lists and small weights.

/// Sections of the configuration, each a file of `config/`.
pub const SECTIONS: [(&str, &str); 7] = [
    ("", include_str!("../../config/cpaiqa.toml")),
    ("gateway", include_str!("../../config/gateway.toml")),
    ("alignment", include_str!("../../config/alignment.toml")),
    ("segmentation", include_str!("../../config/segmentation.toml")),
    ("decomposition", include_str!("../../config/decomposition.toml")),
    ("distortion", include_str!("../../config/distortion.toml")),
    ("scenario", include_str!("../../config/scenario.toml")),
];

/// The built-in scenario profiles.
pub const SCENARIOS: [(&str, &str); 9] = [
    ("general.toml", include_str!("../../config/scenarios/general.toml")),
    ("heritage-exhibit.toml", include_str!("../../config/scenarios/heritage-exhibit.toml")),
    ("ink-wash.toml", include_str!("../../config/scenarios/ink-wash.toml")),
    ("papercutting.toml", include_str!("../../config/scenarios/papercutting.toml")),
    ("embroidery.toml", include_str!("../../config/scenarios/embroidery.toml")),
    ("lion-dance.toml", include_str!("../../config/scenarios/lion-dance.toml")),
    ("education-poster.toml", include_str!("../../config/scenarios/education-poster.toml")),
    ("advertising.toml", include_str!("../../config/scenarios/advertising.toml")),
    ("social-media.toml", include_str!("../../config/scenarios/social-media.toml")),
];

/// The lexicon's word lists.
pub const LEXICON: [(&str, &str); 8] = [
    ("attributes.toml", include_str!("../../config/lexicon/attributes.toml")),
    ("colors.toml", include_str!("../../config/lexicon/colors.toml")),
    ("grammar.toml", include_str!("../../config/lexicon/grammar.toml")),
    ("inferences.toml", include_str!("../../config/lexicon/inferences.toml")),
    ("materials.toml", include_str!("../../config/lexicon/materials.toml")),
    ("nouns.toml", include_str!("../../config/lexicon/nouns.toml")),
    ("numbers.toml", include_str!("../../config/lexicon/numbers.toml")),
    ("relations.toml", include_str!("../../config/lexicon/relations.toml")),
];

/// The weights of the lexicon's tagger and parser.
pub const SYNTAX: &[u8] = include_bytes!("../../models/english-syntax.safetensors");

/// The model manifest.
pub const MANIFEST: &str = include_str!("../../config/models.toml");

/// Weights that the repository ships.
pub const WEIGHTS: &[(&str, &[u8])] = &[
    ("clip-text-minilm.onnx", include_bytes!("../../models/clip-text-minilm.onnx")),
    ("minilm-tokenizer.json", include_bytes!("../../models/minilm-tokenizer.json")),
    ("clip-vit-b-16-joint-space.safetensors", include_bytes!("../../models/clip-vit-b-16-joint-space.safetensors")),
    ("clip-vit-b-16-presence.safetensors", include_bytes!("../../models/clip-vit-b-16-presence.safetensors")),
    ("distortion-network.onnx", include_bytes!("../../models/distortion-network.onnx")),
    ("laion-aesthetics-vit-b-16.safetensors", include_bytes!("../../models/laion-aesthetics-vit-b-16.safetensors")),
];
