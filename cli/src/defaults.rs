//! What the binary carries, so that it runs anywhere: configuration, packs, word lists and small weights.

use include_dir::{Dir, include_dir};

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

/// What the profile `edge` has otherwise; sections of its own.
pub const EDGE: &str = include_str!("../../config/profiles/edge.toml");

/// The packs, a folder each. A file that is added there is seen when this file is compiled again.
pub static PACKS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../config/packs");

/// The lexicon's word lists.
pub const LEXICON: [(&str, &str); 8] = [
    ("config/lexicon/attributes.toml", include_str!("../../config/lexicon/attributes.toml")),
    ("config/lexicon/colors.toml", include_str!("../../config/lexicon/colors.toml")),
    ("config/lexicon/grammar.toml", include_str!("../../config/lexicon/grammar.toml")),
    ("config/lexicon/inferences.toml", include_str!("../../config/lexicon/inferences.toml")),
    ("config/lexicon/materials.toml", include_str!("../../config/lexicon/materials.toml")),
    ("config/lexicon/nouns.toml", include_str!("../../config/lexicon/nouns.toml")),
    ("config/lexicon/numbers.toml", include_str!("../../config/lexicon/numbers.toml")),
    ("config/lexicon/relations.toml", include_str!("../../config/lexicon/relations.toml")),
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
