//! Why an endpoint gave no usable answer, in words that a degraded reply can carry.

use std::{path::PathBuf, time::Duration};

use async_openai::error::OpenAIError;

/// Why the settings cannot work.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// The base URL is none.
    #[error(
        "base_url: expected an http or https address such as http://localhost:11434/v1, without a user or password (a key stands in \
         api_key_env or api_key_file)"
    )]
    BaseUrl,
    /// The named environment variable is not set.
    #[error("api_key_env: the environment variable {0} is not set")]
    KeyMissing(String),
    /// The file with the key cannot be read.
    #[error("api_key_file: {path}: {source}")]
    KeyFile {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Two places are named for the one key.
    #[error("expected api_key_env or api_key_file, got both; leave one out")]
    TwoKeys,
    /// The key cannot stand in a header; it is not shown.
    #[error("the key in {0} is empty or holds characters that an HTTP header cannot carry")]
    KeyUnusable(String),
    /// The HTTP client could not be made.
    #[error("the HTTP client could not be set up: {0}")]
    Client(#[from] reqwest::Error),
}

/// Why an endpoint gave no usable answer. Its texts follow the words "decomposition endpoint".
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum EndpointError {
    /// No time was left to ask.
    #[error("was not asked: the deadline had passed")]
    NoTime,
    /// No answer came in time.
    #[error("gave no answer within {} ms", .0.as_millis())]
    TimedOut(Duration),
    /// No connection, or one that broke.
    #[error("could not be reached: {0}")]
    Unreachable(String),
    /// It answered with another status than success. Bodies are not repeated: some quote the key.
    #[error("answered with HTTP status {0}")]
    Status(u16),
    /// The answer is longer than any honest one.
    #[error("sent more than {0} bytes")]
    TooLong(usize),
    /// The model refused.
    #[error("refused to take the prompt apart")]
    Refused,
    /// The model ran into its token limit.
    #[error("was cut off at {0} tokens: raise endpoint.max_tokens")]
    Truncated(u32),
    /// The answer is not the JSON that was asked for.
    #[error("answered with something other than the JSON asked for: {0}")]
    Malformed(String),
    /// The prompt is not in English, and the answer has no translation that could be one.
    #[error("gave no translation of the prompt: {0}")]
    NotTranslated(&'static str),
    /// The answer speaks of other things than the prompt's words.
    #[error(
        "was not believed: its objects and the prompt's own agree to {agreement:.2}, and endpoint.min_agreement is {least}"
    )]
    Disagrees {
        /// How far both name the same objects, [0, 1].
        agreement: f64,
        /// The least that is believed.
        least: f64,
    },
    /// Nothing in the answer stood up to the checks.
    #[error("returned nothing usable: {empty} of {total} items empty or out of bounds, {ungrounded} not in the prompt")]
    NothingUsable {
        /// Items returned.
        total: usize,
        /// Items without text, with too much of it, or of no known kind.
        empty: usize,
        /// Descriptors the prompt does not speak of.
        ungrounded: usize,
    },
}

impl EndpointError {
    /// In one word of a few, for metrics.
    pub(super) const fn kind(&self) -> &'static str {
        match self {
            Self::NoTime | Self::TimedOut(_) => "timeout",
            Self::Unreachable(_) => "unreachable",
            Self::Status(400..=499) => "http_4xx",
            Self::Status(500..=599) => "http_5xx",
            Self::Status(_) => "http_other",
            Self::TooLong(_) => "too_long",
            Self::Refused => "refused",
            Self::Truncated(_) => "truncated",
            Self::Malformed(_) => "malformed",
            Self::NotTranslated(_) | Self::Disagrees { .. } | Self::NothingUsable { .. } => "unusable",
        }
    }
}

impl From<OpenAIError> for EndpointError {
    fn from(error: OpenAIError) -> Self {
        match error {
            OpenAIError::ApiError(response) => Self::Status(response.status_code.as_u16()),
            OpenAIError::JSONDeserialize(source, _) => Self::Malformed(source.to_string()),
            OpenAIError::Reqwest(source) => Self::Unreachable(root_cause(&source)),
            // The transport's own errors come through here.
            OpenAIError::Boxed(source) => match source.downcast::<Self>() {
                Ok(own) => *own,
                Err(other) => Self::Unreachable(root_cause(&*other)),
            },
            other => Self::Malformed(other.to_string()),
        }
    }
}

/// The innermost cause: "Connection refused" rather than "error sending request".
fn root_cause(error: &(dyn std::error::Error + 'static)) -> String {
    let mut cause = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}
