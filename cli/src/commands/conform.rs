//! `cpaiqa conform`

use conformance::{Backend, Outcome};
use gateway::backends::remote;

use crate::{
    args::{Conform, Format},
    error::CliError,
    output::{self, conformance as shown, json},
    settings::Settings,
};

/// Asks a backend and prints what is wrong with it; an error when something that it must keep is.
pub async fn run(settings: Settings, args: Conform) -> Result<(), CliError> {
    let endpoint = remote::endpoint(&args.endpoint, &settings.tls);
    let endpoint = endpoint.map_err(|error| CliError::Usage(format!("--endpoint: {error}")))?;
    let backend = Backend::new(endpoint, settings.server.max_message_bytes, settings.gateway.tenant)
        .with_credential(settings.caller.credential);
    let report = conformance::check(&backend, args.role).await.map_err(CliError::part)?;
    match args.format {
        Format::Json => json::print(&report)?,
        Format::Text => output::print(&shown::report(&report))?,
    }
    if report.conforms() {
        return Ok(());
    }
    let (role, failed, all) = (report.role.name(), report.count(Outcome::Failed), report.checks.len());
    Err(CliError::Part(format!(
        "{} is no {role} backend to rely on yet: {failed} of {all} checks failed",
        report.endpoint
    )))
}
