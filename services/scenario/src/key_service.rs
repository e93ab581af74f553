//! The keys that are kept beside the scenarios, over gRPC.

use std::sync::Arc;

use domain::roles::{KeyKeeper, RoleError};
use kit::{deadline::call_of, status::to_status, tenant::Tenancy};
use proto::keys::{
    AddKeyRequest, AddKeyResponse, EndKeyRequest, EndKeyResponse, FindKeyRequest, FindKeyResponse, ListKeysRequest,
    ListKeysResponse, key_service_server::KeyService,
};
use tonic::{Request, Response, Status};
use wire::keys::{from_stored, to_stored};

/// Serves a keeper of keys.
pub struct KeyServer {
    keys: Arc<dyn KeyKeeper>,
    tenancy: Tenancy,
}

impl KeyServer {
    /// Serves `keys` to gateways, which say whose they ask about as `tenancy` tells.
    pub const fn new(keys: Arc<dyn KeyKeeper>, tenancy: Tenancy) -> Self {
        Self { keys, tenancy }
    }

    fn tenant<T>(&self, request: &Request<T>) -> Result<String, Status> {
        self.tenancy.of(request).map_err(|error| to_status(&error))
    }
}

#[tonic::async_trait]
impl KeyService for KeyServer {
    async fn find_key(&self, request: Request<FindKeyRequest>) -> Result<Response<FindKeyResponse>, Status> {
        let found = self.keys.find(call_of(&request), &request.get_ref().id).await.map_err(|e| to_status(&e))?;
        Ok(Response::new(FindKeyResponse { key: found.map(to_stored) }))
    }

    async fn list_keys(&self, request: Request<ListKeysRequest>) -> Result<Response<ListKeysResponse>, Status> {
        let keys = self.keys.keys(call_of(&request), &self.tenant(&request)?).await.map_err(|e| to_status(&e))?;
        Ok(Response::new(ListKeysResponse { keys: keys.into_iter().map(to_stored).collect() }))
    }

    async fn add_key(&self, request: Request<AddKeyRequest>) -> Result<Response<AddKeyResponse>, Status> {
        let call = call_of(&request);
        let key = from_stored(request.into_inner().key)
            .map_err(|error| to_status(&RoleError::invalid(error.field, error.message)))?;
        self.keys.add(call, key).await.map_err(|error| to_status(&error))?;
        Ok(Response::new(AddKeyResponse {}))
    }

    async fn end_key(&self, request: Request<EndKeyRequest>) -> Result<Response<EndKeyResponse>, Status> {
        let (call, tenant) = (call_of(&request), self.tenant(&request)?);
        let EndKeyRequest { id, ends } = request.into_inner();
        let key = self.keys.end(call, &tenant, &id, ends).await.map_err(|error| to_status(&error))?;
        Ok(Response::new(EndKeyResponse { key: Some(to_stored(key)) }))
    }
}
