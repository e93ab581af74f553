//! Whose call it is.
//!
//! A tenant's name comes from the gateway, which knows it; behind the gateway it travels in a header.

use domain::{
    ownership::check_tenant,
    roles::{Answer, RoleError},
};
use tonic::metadata::{MetadataMap, MetadataValue};

/// The header in which a gateway tells a service behind it whose call it is.
pub const TENANT: &str = "cpaiqa-tenant";

/// Who calls, as a server's guard found out; an extension of the request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Whose call it is.
    pub tenant: String,
    /// What told it, for logs; no secret. Empty when nothing did.
    pub credential: String,
    /// Whether the caller may do what tenants may not.
    pub operator: bool,
}

impl Identity {
    /// Somebody who showed no credential, and was let in because none is required.
    pub const fn anonymous(tenant: String) -> Self {
        Self { tenant, credential: String::new(), operator: false }
    }

    /// Whether no credential was shown.
    pub const fn is_anonymous(&self) -> bool {
        self.credential.is_empty()
    }
}

/// Where a server learns whose call it is.
#[derive(Clone, Debug)]
pub enum Tenancy {
    /// All calls are one tenant's.
    Of(String),
    /// The gateway says it in the call's header; one tenant's name for calls without it.
    Told(String),
}

impl Tenancy {
    /// The tenant of `request`: the one that the server's guard found, where there is a guard.
    ///
    /// # Errors
    ///
    /// When the header holds no tenant's name.
    pub fn of<T>(&self, request: &tonic::Request<T>) -> Answer<String> {
        if let Some(identity) = request.extensions().get::<Identity>() {
            return Ok(identity.tenant.clone());
        }
        let default = match self {
            Self::Of(tenant) => return Ok(tenant.clone()),
            Self::Told(default) => default,
        };
        let Some(value) = request.metadata().get(TENANT) else { return Ok(default.clone()) };
        let name = value.to_str().unwrap_or_default();
        check_tenant(name).map_err(|why| RoleError::invalid(TENANT, why))?;
        Ok(name.to_owned())
    }
}

/// Tells a service behind the gateway whose call it is.
pub fn tell(metadata: &mut MetadataMap, tenant: &str) {
    // A checked name is plain ASCII; another one is not told.
    if let Ok(value) = MetadataValue::try_from(tenant) {
        metadata.insert(TENANT, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(tenant: &str) -> Answer<String> {
        let mut request = tonic::Request::new(());
        tell(request.metadata_mut(), tenant);
        Tenancy::Told("default".into()).of(&request)
    }

    #[test]
    fn a_told_tenant_is_checked_and_none_is_the_default() {
        assert_eq!(told("museum-1").unwrap(), "museum-1");
        assert!(told("Museum 1").unwrap_err().to_string().contains("got 'Museum 1'"));
        assert_eq!(Tenancy::Told("default".into()).of(&tonic::Request::new(())).unwrap(), "default");
    }

    #[test]
    fn where_all_calls_are_one_tenants_a_header_changes_nothing() {
        let mut request = tonic::Request::new(());
        tell(request.metadata_mut(), "other");
        assert_eq!(Tenancy::Of("mine".into()).of(&request).unwrap(), "mine");
    }
}
