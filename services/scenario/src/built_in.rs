//! The profiles that every tenant starts from.

use domain::scenario::Profile;

/// Profiles that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ProfileError {
    /// A file is not a profile.
    #[error("scenario file {file}: {message}")]
    Unreadable {
        /// The file's name.
        file: String,
        /// What is wrong.
        message: String,
    },
    /// Two files hold one name.
    #[error("scenario '{0}' is there twice; give one of them another name")]
    Twice(String),
    /// The default profile is missing.
    #[error("the default scenario '{0}' is not among the profiles")]
    NoDefault(String),
}

/// Reads one profile from TOML.
///
/// # Errors
///
/// When the text is no profile; the message names the line.
pub fn read_profile(text: &str) -> Result<Profile, String> {
    let profile: Profile = toml::from_str(text).map_err(|error| error.to_string().trim_end().to_owned())?;
    profile.check()?;
    Ok(profile)
}

/// Reads profiles from (file name, TOML) pairs; sorted by name, the one named `default` among them.
///
/// # Errors
///
/// When a file is no profile, a name is there twice, or the default is missing.
pub fn read_profiles<'a>(
    files: impl IntoIterator<Item = (&'a str, &'a str)>,
    default: &str,
) -> Result<Vec<Profile>, ProfileError> {
    let mut profiles: Vec<Profile> = Vec::new();
    for (file, text) in files {
        let failed = |message: String| ProfileError::Unreadable { file: file.to_owned(), message };
        let profile = read_profile(text).map_err(failed)?;
        if profiles.iter().any(|other| other.name == profile.name) {
            return Err(ProfileError::Twice(profile.name));
        }
        profiles.push(profile);
    }
    if !profiles.iter().any(|profile| profile.name == default) {
        return Err(ProfileError::NoDefault(default.to_owned()));
    }
    profiles.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(profiles)
}
