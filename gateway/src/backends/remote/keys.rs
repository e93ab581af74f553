//! Keys, kept by a scenario service at an endpoint.

use async_trait::async_trait;
use domain::{
    ownership::ApiKey,
    roles::{Answer, Call, KeyKeeper},
};
use proto::keys::{
    AddKeyRequest, EndKeyRequest, FindKeyRequest, ListKeysRequest, key_service_client::KeyServiceClient,
};
use wire::keys::{from_stored, to_stored};

use super::{Remote, client};

#[async_trait]
impl KeyKeeper for Remote {
    async fn find(&self, call: Call, id: &str) -> Answer<Option<ApiKey>> {
        let request = self.request(call, FindKeyRequest { id: id.to_owned() })?;
        let answer = self.answered(call, client!(self, KeyServiceClient).find_key(request).await)?;
        answer.key.map(|key| self.checked(from_stored(Some(key)))).transpose()
    }

    async fn keys(&self, call: Call, tenant: &str) -> Answer<Vec<ApiKey>> {
        let request = self.request_of(call, tenant, ListKeysRequest {})?;
        let answer = self.answered(call, client!(self, KeyServiceClient).list_keys(request).await)?;
        self.checked(answer.keys.into_iter().map(|key| from_stored(Some(key))).collect())
    }

    async fn add(&self, call: Call, key: ApiKey) -> Answer<()> {
        let request = self.request(call, AddKeyRequest { key: Some(to_stored(key)) })?;
        self.answered(call, client!(self, KeyServiceClient).add_key(request).await)?;
        Ok(())
    }

    async fn end(&self, call: Call, tenant: &str, id: &str, ends: i64) -> Answer<ApiKey> {
        let request = self.request_of(call, tenant, EndKeyRequest { id: id.to_owned(), ends })?;
        let answer = self.answered(call, client!(self, KeyServiceClient).end_key(request).await)?;
        self.checked(from_stored(answer.key))
    }
}
