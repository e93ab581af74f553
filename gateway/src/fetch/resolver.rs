//! Names to addresses, with the guard in between: what was checked is what is connected to, however often a name's
//! answer changes.

use std::{net::SocketAddr, sync::Arc};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::guard::reach;

/// The system's resolver.
pub struct System;

impl Resolve for System {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            // Port 0 stands for the URL's.
            let addresses = tokio::net::lookup_host((name.as_str(), 0)).await?;
            Ok(Box::new(addresses.collect::<Vec<_>>().into_iter()) as Addrs)
        })
    }
}

/// Gives only those of a resolver's addresses that pictures may be fetched from.
pub struct Guarded {
    pub inner: Arc<dyn Resolve>,
    pub private_too: bool,
}

impl Resolve for Guarded {
    fn resolve(&self, name: Name) -> Resolving {
        let (resolving, private_too) = (self.inner.resolve(name), self.private_too);
        Box::pin(async move {
            let allowed = |address: &SocketAddr| reach(address.ip()).is_allowed(private_too);
            let addresses: Vec<SocketAddr> = resolving.await?.filter(allowed).collect();
            if addresses.is_empty() {
                return Err("none of its addresses is allowed".into());
            }
            Ok(Box::new(addresses.into_iter()) as Addrs)
        })
    }
}
