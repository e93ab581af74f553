//! Roles at servers of the Open Inference Protocol: a real one with real models, and a double that answers right in every form
//! and wrong in every way.

mod double;
mod mlserver;
mod real_server;
mod right_answers;
mod settings;
mod statuses;
mod wrong_answers;
