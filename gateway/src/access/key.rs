//! Keys: made of chance, shown once, kept as a digest.

use domain::{
    ownership::ApiKey,
    roles::{Answer, RoleError},
};

use super::now;

const PREFIX: &str = "cpaiqa";
const SEPARATOR: char = '_';
const ID_BYTES: usize = 6;
const SECRET_BYTES: usize = 32;
const LONGEST_COMMENT: usize = 200;

/// A new key and what its holder shows.
pub struct Issued {
    /// As it is kept.
    pub key: ApiKey,
    /// As it is shown: `cpaiqa_ID_SECRET`. Nothing keeps it.
    pub secret: String,
}

/// Makes a key for `tenant` that lives so many seconds, or without an end.
///
/// # Errors
///
/// When the comment is too long, the life has no length, or the system gives no randomness.
pub fn issue(tenant: &str, comment: &str, lives_seconds: Option<u64>) -> Answer<Issued> {
    if comment.len() > LONGEST_COMMENT {
        let got = comment.len();
        return Err(RoleError::invalid("comment", format!("expected at most {LONGEST_COMMENT} bytes, got {got}")));
    }
    if lives_seconds == Some(0) {
        return Err(RoleError::invalid(
            "lives_seconds",
            "expected at least 1 second, got 0; leave it out for a key without an end",
        ));
    }
    let mut bytes = [0; ID_BYTES + SECRET_BYTES];
    getrandom::fill(&mut bytes).map_err(|error| RoleError::Internal(format!("no randomness for a key: {error}")))?;
    let (id, secret) = bytes.split_at(ID_BYTES);
    let (id, secret) = (hex(id), hex(secret));
    let created = now();
    let key = ApiKey {
        tenant: tenant.to_owned(),
        hash: digest(&secret).to_hex().to_string(),
        comment: comment.to_owned(),
        created,
        ends: lives_seconds.map(|lives| created.saturating_add_unsigned(lives)),
        id,
    };
    let secret = format!("{PREFIX}{SEPARATOR}{}{SEPARATOR}{secret}", key.id);
    Ok(Issued { key, secret })
}

/// A key as a caller shows it.
pub struct Shown<'a> {
    pub id: &'a str,
    secret: &'a str,
}

impl<'a> Shown<'a> {
    /// `None` when it is not of a key's form.
    pub fn read(shown: &'a str) -> Option<Self> {
        let mut parts = shown.split(SEPARATOR);
        let (prefix, id, secret) = (parts.next()?, parts.next()?, parts.next()?);
        let is_hex = |text: &str, bytes: usize| text.len() == 2 * bytes && text.bytes().all(|b| b.is_ascii_hexdigit());
        let good = prefix == PREFIX && is_hex(id, ID_BYTES) && is_hex(secret, SECRET_BYTES) && parts.next().is_none();
        good.then_some(Self { id, secret })
    }

    /// Whether it is the secret of that digest. Takes as long for a wrong one as for the right one.
    pub fn matches(&self, hash: &str) -> bool {
        let kept = blake3::Hash::from_hex(hash).unwrap_or_else(|_| blake3::Hash::from_bytes([0; 32]));
        // Comparing two of them takes the same time whatever they hold.
        digest(self.secret) == kept
    }
}

/// The secret is 256 bits of chance, so a fast digest is enough: nobody can guess their way to it.
fn digest(secret: &str) -> blake3::Hash {
    #[cfg(test)]
    DIGESTS.set(DIGESTS.get() + 1);
    blake3::hash(secret.as_bytes())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
thread_local! {
    /// Digests that were computed on this thread.
    pub static DIGESTS: std::cell::Cell<u32> = const { std::cell::Cell::new(0) };
}
