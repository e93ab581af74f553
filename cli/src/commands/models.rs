//! `cpaiqa models`

use inference::store::{Entry, Profile, State};

use crate::{
    args::Models,
    error::CliError,
    output::{progress::progress, table},
    parts::open_store,
    settings::Settings,
};

/// Lists, fetches or checks the model files.
pub async fn run(settings: &Settings, args: Models) -> Result<(), CliError> {
    let store = open_store(&settings.models)?;
    match args {
        Models::List => table::print_models(store.root(), &store.list()),
        Models::Pull { names, hub } => {
            let wanted: Vec<&str> = if names.is_empty() {
                store.names(if hub { Profile::Hub } else { Profile::Default })
            } else {
                names.iter().map(String::as_str).collect()
            };
            store.pull(&wanted, &progress()).await?;
            table::print_models(store.root(), &store.list())
        }
        Models::Verify => {
            let entries = store.verify(&progress()).await?;
            table::print_models(store.root(), &entries)?;
            let bad: Vec<&str> =
                entries.iter().filter(|entry| is_bad(entry)).map(|entry| entry.file.name.as_str()).collect();
            if bad.is_empty() {
                return Ok(());
            }
            let bad = bad.join(", ");
            Err(CliError::Part(format!(
                "not as the manifest says: {bad}; run `cpaiqa models pull` to fetch them again"
            )))
        }
    }
}

/// A missing file is nothing wrong: it is fetched when it is needed.
fn is_bad(entry: &Entry) -> bool {
    matches!(entry.state, State::Corrupt(_))
}
