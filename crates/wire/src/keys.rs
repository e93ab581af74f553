//! Messages about keys.

use domain::ownership::ApiKey;
use proto::{admin, keys as pb};

use crate::{Checked, required};

/// Writes a key as it is kept.
pub fn to_stored(key: ApiKey) -> pb::StoredKey {
    let ApiKey { id, tenant, hash, comment, created, ends } = key;
    pb::StoredKey { id, tenant, hash, comment, created, ends }
}

/// Reads a key as it is kept.
pub fn from_stored(key: Option<pb::StoredKey>) -> Checked<ApiKey> {
    let pb::StoredKey { id, tenant, hash, comment, created, ends } = required(key, "key")?;
    Ok(ApiKey { id, tenant, hash, comment, created, ends })
}

/// Writes what a tenant sees of its key.
pub fn to_shown(key: ApiKey) -> admin::ApiKey {
    let ApiKey { id, comment, created, ends, .. } = key;
    admin::ApiKey { id, comment, created, ends }
}

/// Reads what a tenant sees of its key; tenant and hash stay empty.
pub fn from_shown(key: Option<admin::ApiKey>) -> Checked<ApiKey> {
    let admin::ApiKey { id, comment, created, ends } = required(key, "key")?;
    Ok(ApiKey { id, tenant: String::new(), hash: String::new(), comment, created, ends })
}
