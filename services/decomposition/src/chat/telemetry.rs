//! What a question to the model tells of itself, by OpenTelemetry's conventions for generative models: a span, its time and
//! its tokens. What was asked and answered is in none of them.

use std::{sync::Arc, time::Instant};

use kit::metrics::{MODEL_DURATION, TOKEN_USAGE};
use metrics::histogram;
use tracing::{Span, field::Empty, info_span};

use super::{answer::Reply, error::EndpointError};
use crate::settings::EndpointSettings;

const OPERATION: &str = "chat";
/// Whose protocol is spoken; who answers is not known.
const PROVIDER: &str = "openai";
/// An endpoint says which model it took; so many characters of that are kept.
const MODEL_CHARS: usize = 100;

/// A question under way.
pub(super) struct Question {
    /// To be open while it is asked.
    pub span: Span,
    model: Arc<str>,
    start: Instant,
}

impl Question {
    /// A question to the endpoint that begins now.
    pub fn new(settings: &EndpointSettings) -> Self {
        let url = reqwest::Url::parse(&settings.base_url).ok();
        let span = info_span!(
            "chat",
            otel.name = format!("{OPERATION} {}", settings.model),
            otel.kind = "client",
            otel.status_code = Empty,
            gen_ai.operation.name = OPERATION,
            gen_ai.provider.name = PROVIDER,
            gen_ai.request.model = settings.model,
            gen_ai.request.max_tokens = settings.max_tokens.get(),
            gen_ai.response.model = Empty,
            gen_ai.usage.input_tokens = Empty,
            gen_ai.usage.output_tokens = Empty,
            server.address = url.as_ref().and_then(|url| url.host_str()),
            server.port = url.as_ref().and_then(reqwest::Url::port_or_known_default),
            error.type = Empty,
        );
        Self { span, model: settings.model.as_str().into(), start: Instant::now() }
    }

    /// A reply came; it may yet be useless.
    pub fn replied(&self, reply: &Reply) {
        if let Some(model) = reply.model() {
            self.span.record("gen_ai.response.model", model.chars().take(MODEL_CHARS).collect::<String>());
        }
        let used = [("input", "gen_ai.usage.input_tokens"), ("output", "gen_ai.usage.output_tokens")];
        for ((kind, field), tokens) in used.into_iter().zip(reply.tokens()) {
            let Some(tokens) = tokens else { continue };
            self.span.record(field, tokens);
            histogram!(
                TOKEN_USAGE,
                "gen_ai_operation_name" => OPERATION,
                "gen_ai_provider_name" => PROVIDER,
                "gen_ai_request_model" => Arc::clone(&self.model),
                "gen_ai_token_type" => kind
            )
            .record(tokens as f64);
        }
    }

    /// It is over.
    pub fn ended(self, error: Option<&EndpointError>) {
        let error = error.map_or("", EndpointError::kind);
        if !error.is_empty() {
            self.span.record("error.type", error);
            self.span.record("otel.status_code", "ERROR");
        }
        histogram!(
            MODEL_DURATION,
            "gen_ai_operation_name" => OPERATION,
            "gen_ai_provider_name" => PROVIDER,
            "gen_ai_request_model" => self.model,
            "error_type" => error
        )
        .record(self.start.elapsed().as_secs_f64());
    }
}
