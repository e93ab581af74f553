//! `cpaiqa keys`

use domain::roles::Call;
use gateway::{
    access::{Issued, keyring::Keyring},
    backends::remote::Remote,
};

use crate::{
    args,
    error::CliError,
    output::{self, keys as shown},
    parts::Parts,
    scorer::remote_at,
    settings::Settings,
};

/// Makes, lists and ends keys.
pub async fn run(settings: Settings, command: args::Keys) -> Result<(), CliError> {
    let (call, tenant) = (Call::default(), settings.gateway.tenant.clone());
    match command {
        args::Keys::Create { comment, lives, at } => {
            let lives = lives.lives.map(|lives| lives.as_secs());
            let made = match Place::at(settings, at.endpoint)? {
                Place::Here(keys) => keys.create(call, &tenant, &comment, lives).await?,
                Place::There(remote) => remote.create_key(call, &tenant, &comment, lives).await?,
            };
            tell(&made)
        }
        args::Keys::List { at } => {
            let keys = match Place::at(settings, at.endpoint)? {
                Place::Here(keys) => keys.list(call, &tenant).await?,
                Place::There(remote) => remote.list_keys(call, &tenant).await?,
            };
            output::print(&shown::list(&keys))
        }
        args::Keys::Rotate { id, overlap, lives, at } => {
            let (overlap, lives) = (Some(overlap.as_secs()), lives.lives.map(|lives| lives.as_secs()));
            let (made, old) = match Place::at(settings, at.endpoint)? {
                Place::Here(keys) => keys.rotate(call, &tenant, &id, overlap, lives).await?,
                Place::There(remote) => remote.rotate_key(call, &tenant, &id, overlap, lives).await?,
            };
            tell(&made)?;
            output::note(&format!("the old key: {}", shown::line(&old)));
            Ok(())
        }
        args::Keys::Revoke { id, at } => {
            let key = match Place::at(settings, at.endpoint)? {
                Place::Here(keys) => keys.revoke(call, &tenant, &id).await?,
                Place::There(remote) => remote.revoke_key(call, &tenant, &id).await?,
            };
            output::print(&format!("{}\n", shown::line(&key)))
        }
    }
}

/// Where keys are kept.
enum Place {
    Here(Keyring),
    There(Box<Remote>),
}

impl Place {
    fn at(settings: Settings, endpoint: Option<String>) -> Result<Self, CliError> {
        match endpoint {
            Some(endpoint) => Ok(Self::There(Box::new(remote_at(&settings, &endpoint)?))),
            None => Ok(Self::Here(Keyring::new(Parts::new(settings)?.library()?))),
        }
    }
}

/// The secret alone goes to standard output, so that a script can take it.
fn tell(Issued { key, secret }: &Issued) -> Result<(), CliError> {
    output::print(&format!("{secret}\n"))?;
    output::note(&format!("{}; it is shown this once and kept nowhere", shown::line(key)));
    Ok(())
}
