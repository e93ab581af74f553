//! `cpaiqa status` and `cpaiqa health`

use domain::roles::{Call, RoleError};
use gateway::backends::{pool::Probe, remote::Remote};

use crate::{
    args::{Health, Status},
    error::CliError,
    output::{self, status as shown},
    scorer::remote_at,
    settings::Settings,
};

/// Prints what a gateway tells of the tenant's use, its shadows, and the backends.
pub async fn run(settings: Settings, args: Status) -> Result<(), CliError> {
    let (remote, call) = (remote_at(&settings, &args.endpoint)?, Call::default());
    let tenant = &settings.gateway.tenant;
    let mut text = shown::usage(&remote.usage(call, tenant).await?);
    text += &shown::drifts(&remote.drift(call, tenant).await?);
    match remote.backends(call, tenant).await {
        Ok(addresses) => text += &shown::backends(&addresses),
        // They are for operators; the rest is the tenant's own.
        Err(RoleError::Forbidden(_)) => {}
        Err(error) => return Err(error.into()),
    }
    output::print(&text)
}

/// Ends well when the server says that it serves.
pub async fn health(settings: Settings, args: Health) -> Result<(), CliError> {
    let endpoint = args.endpoint.unwrap_or_else(|| {
        // A server that listens on every address is asked on this machine's own.
        let mut listen = settings.server.listen;
        if listen.ip().is_unspecified() {
            listen.set_ip(std::net::Ipv4Addr::LOCALHOST.into());
        }
        let scheme = if settings.server.tls.is_some() { "https" } else { "http" };
        format!("{scheme}://{listen}")
    });
    let remote = Remote::new(&endpoint, &settings.tls, settings.server.max_message_bytes);
    let remote = remote.map_err(|error| CliError::Usage(error.to_string()))?;
    if remote.health(args.service.unwrap_or_default()).is_well().await {
        output::print("serving\n")
    } else {
        Err(CliError::Part(format!("{endpoint} does not say that it serves")))
    }
}
