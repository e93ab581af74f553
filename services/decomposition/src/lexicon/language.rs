//! Whether a prompt is in the language that the lists can read: nonsense is worse than no answer.

use domain::language::Language;

/// Why the prompt cannot be read, and what to do; `None` when it can.
pub(super) fn obstacle(prompt: &str) -> Option<String> {
    let language = Language::of(prompt);
    (!language.is_english()).then(|| {
        format!(
            "language: the prompt seems to be in {language}, and without a language model only English is read: \
             configure a chat endpoint (section endpoint of config/decomposition.toml), or give the prompt in English"
        )
    })
}
