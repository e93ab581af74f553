//! Asks a backend that somebody wrote themselves, as the gateway would and as a careless caller might, and tells its author
//! what is wrong: what was expected, what came, and what to do.
//!
//! [`check`] asks one role at one address and gives a [`Report`], a line for each rule. What an answer must be is what the
//! protos promise and what `wire` refuses; a role's own rules stand in `roles/`.

mod asking;
mod backend;
mod behaviour;
mod pictures;
mod question;
mod report;
mod roles;
mod rule;
mod serving;

pub use backend::Backend;
use domain::roles::Role;
pub use report::{Check, Outcome, Report};

use crate::{pictures::Pictures, rule::Findings};

/// Why nothing could be checked.
#[derive(Debug, thiserror::Error)]
pub enum KitError {
    /// One of the kit's own pictures could not be made.
    #[error("a picture to ask with could not be made: {0}")]
    Picture(#[from] image::ImageError),
}

/// Asks `backend` as `role`. A backend that cannot be reached, or answers nothing, is a report like any other.
///
/// # Errors
///
/// When the kit cannot make its questions.
pub async fn check(backend: &Backend, role: Role) -> Result<Report, KitError> {
    let pictures = Pictures::new()?;
    let mut found = Findings::default();
    if serving::look(backend, role, &mut found).await {
        let questions = roles::questions(backend, role, &pictures).await;
        let heard = asking::look(backend, &questions, &mut found).await;
        if let Some(heard) = heard {
            behaviour::look(backend, &heard, &mut found).await;
        }
    }
    let rules = serving::RULES.iter().chain(roles::rules(role)).chain(&asking::RULES).chain(&behaviour::RULES);
    Ok(Report { role, endpoint: backend.address(), checks: found.checks(rules) })
}
