//! A balancer of connections: each goes to the next server in turn.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use tokio::{
    io::copy_bidirectional,
    net::{TcpSocket, TcpStream},
};

/// A balancer that runs as long as the test.
pub struct Balancer {
    /// Where callers find it.
    pub url: String,
    /// Connections that each server got.
    connections: Arc<Vec<AtomicUsize>>,
}

impl Balancer {
    /// One before the servers at `addresses`.
    pub async fn start(addresses: Vec<String>) -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind(([127, 0, 0, 1], 0).into()).unwrap();
        let listener = socket.listen(1_024).unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let connections: Arc<Vec<_>> = Arc::new(addresses.iter().map(|_| AtomicUsize::new(0)).collect());
        let counted = Arc::clone(&connections);
        tokio::spawn(async move {
            for turn in (0..addresses.len()).cycle() {
                let Ok((mut caller, _)) = listener.accept().await else { return };
                counted[turn].fetch_add(1, Ordering::SeqCst);
                let address = addresses[turn].clone();
                tokio::spawn(async move {
                    let mut server = TcpStream::connect(address).await.unwrap();
                    // Either side may hang up as it likes.
                    let _ = copy_bidirectional(&mut caller, &mut server).await;
                });
            }
        });
        Self { url, connections }
    }

    /// Connections that each server got.
    pub fn connections(&self) -> Vec<usize> {
        self.connections.iter().map(|count| count.load(Ordering::SeqCst)).collect()
    }
}
