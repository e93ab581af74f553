//! The caller's own keys, made and ended by a gateway at an endpoint.

use domain::{
    ownership::ApiKey,
    roles::{Answer, Call},
};
use proto::admin::{
    CreateKeyRequest, ListKeysRequest, RevokeKeyRequest, RotateKeyRequest, admin_service_client::AdminServiceClient,
};
use wire::keys::from_shown;

use super::{Remote, client};
use crate::access::Issued;

impl Remote {
    /// As [`crate::access::keyring::Keyring::create`].
    pub async fn create_key(
        &self,
        call: Call,
        tenant: &str,
        comment: &str,
        lives_seconds: Option<u64>,
    ) -> Answer<Issued> {
        let message = CreateKeyRequest { comment: comment.to_owned(), lives_seconds };
        let request = self.request_of(call, tenant, message)?;
        let answer = self.answered(call, client!(self, AdminServiceClient).create_key(request).await)?;
        Ok(Issued { key: self.checked(from_shown(answer.key))?, secret: answer.secret })
    }

    /// As [`crate::access::keyring::Keyring::list`].
    pub async fn list_keys(&self, call: Call, tenant: &str) -> Answer<Vec<ApiKey>> {
        let request = self.request_of(call, tenant, ListKeysRequest {})?;
        let answer = self.answered(call, client!(self, AdminServiceClient).list_keys(request).await)?;
        self.checked(answer.keys.into_iter().map(|key| from_shown(Some(key))).collect())
    }

    /// As [`crate::access::keyring::Keyring::rotate`].
    pub async fn rotate_key(
        &self,
        call: Call,
        tenant: &str,
        id: &str,
        overlap_seconds: Option<u64>,
        lives_seconds: Option<u64>,
    ) -> Answer<(Issued, ApiKey)> {
        let message = RotateKeyRequest { id: id.to_owned(), overlap_seconds, lives_seconds };
        let request = self.request_of(call, tenant, message)?;
        let answer = self.answered(call, client!(self, AdminServiceClient).rotate_key(request).await)?;
        let issued = Issued { key: self.checked(from_shown(answer.key))?, secret: answer.secret };
        Ok((issued, self.checked(from_shown(answer.old))?))
    }

    /// As [`crate::access::keyring::Keyring::revoke`].
    pub async fn revoke_key(&self, call: Call, tenant: &str, id: &str) -> Answer<ApiKey> {
        let request = self.request_of(call, tenant, RevokeKeyRequest { id: id.to_owned() })?;
        let answer = self.answered(call, client!(self, AdminServiceClient).revoke_key(request).await)?;
        self.checked(from_shown(answer.key))
    }
}
