//! MLServer with this project's models, from a package that scripts/test.sh installs.

use std::{
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use proto::inference::{ModelReadyRequest, grpc_inference_service_client::GrpcInferenceServiceClient};

/// A running server, stopped when dropped or when the test process ends.
pub struct MlServer {
    process: Child,
    pub address: String,
}

impl MlServer {
    /// A server of these files, which the names `clip-image` and `clip-text` stand for.
    pub async fn start(tower: &Path, texts: &Path, tokenizer: &Path) -> Self {
        let python = std::env::var_os("CPAIQA_MLSERVER_PYTHON").map(PathBuf::from).expect(
            "CPAIQA_MLSERVER_PYTHON is not set: run scripts/test.sh, which installs MLServer, or name a Python that has what \
             gateway/tests/oip/requirements.txt lists",
        );
        let [grpc, http] = [(), ()].map(|()| TcpListener::bind("127.0.0.1:0").unwrap());
        let ports = [grpc, http].map(|listener| listener.local_addr().unwrap().port().to_string());
        let mut command = Command::new(python);
        command.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/oip/server.py")).args(&ports);
        command.args([tower, texts, tokenizer]).stdin(Stdio::piped()).stdout(Stdio::null());
        let mut server = Self { process: command.spawn().unwrap(), address: format!("http://127.0.0.1:{}", ports[0]) };
        let start = Instant::now();
        while !server.is_ready().await {
            assert_eq!(server.process.try_wait().unwrap(), None, "MLServer ended");
            assert!(start.elapsed() < Duration::from_secs(120), "MLServer does not answer");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        server
    }

    async fn is_ready(&self) -> bool {
        let Ok(mut client) = GrpcInferenceServiceClient::connect(self.address.clone()).await else { return false };
        for name in ["clip-image", "clip-text"] {
            let asked = client.model_ready(ModelReadyRequest { name: name.into(), version: String::new() }).await;
            if !asked.is_ok_and(|answer| answer.get_ref().ready) {
                return false;
            }
        }
        true
    }
}

impl Drop for MlServer {
    fn drop(&mut self) {
        drop(self.process.stdin.take());
        let _ = self.process.wait();
    }
}
