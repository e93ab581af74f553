//! A learned text encoder: tokens to one embedding.

use domain::roles::{Answer, ModelInfo, RoleError};
use inference::runtime::Session;
use tokenizers::{PaddingParams, PaddingStrategy, Tokenizer, TruncationParams};

use crate::{joint_space::normalise, model::TextTowerSettings, text_encoder::TextEncoder};

/// Values that a text tower may take, each `i64 [1, tokens]`.
#[derive(Clone, Copy, Debug)]
enum Input {
    /// The tokens' numbers.
    Ids,
    /// 1 for a token, 0 for padding.
    Mask,
    /// Which of two texts a token belongs to: always the first.
    Types,
}

impl Input {
    /// By the names that exporters agree on.
    fn named(name: &str) -> Option<Self> {
        match name {
            "input_ids" => Some(Self::Ids),
            "attention_mask" => Some(Self::Mask),
            "token_type_ids" => Some(Self::Types),
            _ => None,
        }
    }
}

/// A text tower: a tokenizer and a model from tokens to the joint space.
pub struct TextTower {
    session: Session,
    tokenizer: Tokenizer,
    lowercase: bool,
    inputs: Vec<Input>,
    width: usize,
}

impl TextTower {
    /// A tower over a session whose inputs are some of `input_ids`, `attention_mask` and `token_type_ids` and whose
    /// first output is `f32 [1, width]`, and a tokenizer in Hugging Face's JSON format.
    pub fn new(
        session: Session,
        tokenizer: &[u8],
        width: usize,
        settings: &TextTowerSettings,
    ) -> Result<Self, RoleError> {
        let known = |name: &String| Input::named(name).ok_or_else(|| unknown(name));
        let inputs = session.inputs().iter().map(known).collect::<Result<_, _>>()?;
        let tokenizer = prepared(tokenizer, settings)
            .map_err(|error| RoleError::Internal(format!("tokenizer {}: {error}", settings.tokenizer)))?;
        Ok(Self { session, tokenizer, lowercase: settings.lowercase, inputs, width })
    }
}

fn unknown(name: &str) -> RoleError {
    let known = "input_ids, attention_mask and token_type_ids";
    RoleError::Internal(format!("a text encoder takes {known}, but the model manifest lists the input '{name}'"))
}

/// The tokenizer, cutting and padding as `settings` say whatever its file says.
fn prepared(json: &[u8], settings: &TextTowerSettings) -> tokenizers::Result<Tokenizer> {
    let mut tokenizer = Tokenizer::from_bytes(json)?;
    let padding = match &settings.pad_with {
        None => None,
        Some(token) => Some(PaddingParams {
            strategy: PaddingStrategy::Fixed(settings.max_tokens),
            pad_id: tokenizer.token_to_id(token).ok_or_else(|| format!("it has no token '{token}' to pad with"))?,
            pad_token: token.clone(),
            ..PaddingParams::default()
        }),
    };
    tokenizer.with_padding(padding);
    // Truncating below the tokens that every text gets would be an overflow.
    let added = tokenizer.encode("", true)?.get_attention_mask().iter().filter(|&&real| real == 1).count();
    if settings.max_tokens <= added {
        return Err(format!("expected max_tokens above {added}, got {}", settings.max_tokens).into());
    }
    tokenizer.with_truncation(Some(TruncationParams { max_length: settings.max_tokens, ..Default::default() }))?;
    Ok(tokenizer)
}

impl TextEncoder for TextTower {
    fn encode(&self, text: &str) -> Answer<Vec<f32>> {
        let failed = |message: String| RoleError::Internal(format!("model {}: {message}", self.session.info().name));
        let lowered = self.lowercase.then(|| text.to_lowercase());
        let tokens = self
            .tokenizer
            .encode_fast(lowered.as_deref().unwrap_or(text), true)
            .map_err(|error| failed(format!("the text could not be tokenized: {error}")))?;
        let values = |input: Input| -> Vec<i64> {
            let numbers = match input {
                Input::Ids => tokens.get_ids(),
                Input::Mask => tokens.get_attention_mask(),
                Input::Types => tokens.get_type_ids(),
            };
            numbers.iter().map(|&number| i64::from(number)).collect()
        };
        let shape = [1, tokens.len()];
        let rows: Vec<Vec<i64>> = self.inputs.iter().map(|input| values(*input)).collect();
        let inputs: Vec<(&str, &[usize], &[i64])> = self
            .session
            .inputs()
            .iter()
            .zip(&rows)
            .map(|(name, row)| (name.as_str(), &shape[..], row.as_slice()))
            .collect();
        let output = self.session.run(&inputs, &[self.session.output(0)?])?;
        match output.into_iter().next() {
            Some(tensor) if tensor.shape == [1, self.width] => Ok(normalise(tensor.data)),
            Some(tensor) => {
                Err(failed(format!("expected an embedding of shape [1, {}], got {:?}", self.width, tensor.shape)))
            }
            None => Err(failed("no embedding".to_owned())),
        }
    }

    fn info(&self) -> ModelInfo {
        self.session.info().clone()
    }
}

#[cfg(test)]
mod tests;
