//! A Valkey server of the tests' own, from a package that scripts/test.sh installs.

use std::{
    io::{BufRead, BufReader},
    net::{TcpListener, TcpStream},
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

/// A running server that keeps nothing on disk, killed when dropped or when the test process ends.
pub struct Valkey {
    shell: Child,
    /// The server's process.
    process: String,
    port: u16,
}

impl Valkey {
    /// A new and empty server.
    pub fn start() -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let (shell, process) = serve(port);
        Self { shell, process, port }
    }

    /// Kills the server; what it knew is lost.
    pub fn kill(&mut self) {
        drop(self.shell.stdin.take());
        self.shell.wait().unwrap();
    }

    /// Starts a killed server again, empty, at the same address.
    pub fn serve(&mut self) {
        (self.shell, self.process) = serve(self.port);
    }

    /// Lets the server hang: it takes connections and answers nothing.
    pub fn hang(&self) {
        self.signal("-STOP");
    }

    /// Lets a hanging server go on.
    pub fn go_on(&self) {
        self.signal("-CONT");
    }

    fn signal(&self, signal: &str) {
        assert!(Command::new("kill").args([signal, &self.process]).status().unwrap().success());
    }

    /// Host and port.
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// The server's address as a URL.
    pub fn url(&self) -> String {
        format!("redis://{}", self.address())
    }

    /// Asks the server past any meter.
    pub async fn ask<T: redis::FromRedisValue>(&self, words: &[&str]) -> T {
        let client = redis::Client::open(self.url()).unwrap();
        let mut connection = client.get_multiplexed_async_connection().await.unwrap();
        let mut command = redis::cmd(words[0]);
        words[1..].iter().for_each(|word| {
            command.arg(word);
        });
        command.query_async(&mut connection).await.unwrap()
    }
}

impl Drop for Valkey {
    fn drop(&mut self) {
        drop(self.shell.stdin.take());
        let _ = self.shell.wait();
    }
}

/// A shell watches over the server: when this test process ends, however it ends, the pipe to the shell closes and the server
/// is killed.
fn serve(port: u16) -> (Child, String) {
    let installed = std::env::var_os("CPAIQA_VALKEY_BIN").map(PathBuf::from).expect(
        "CPAIQA_VALKEY_BIN is not set: run scripts/test.sh, which installs Valkey, or name the folder that holds \
         valkey-server",
    );
    let mut shell = Command::new("sh");
    shell.args(["-c", r#""$@" > /dev/null & pid=$!; echo $pid; cat > /dev/null; kill -KILL $pid; wait $pid"#, "sh"]);
    shell.arg(installed.join("valkey-server")).args(["--port", &port.to_string(), "--bind", "127.0.0.1"]);
    shell.args(["--save", "", "--appendonly", "no"]);
    let mut shell = shell.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut process = String::new();
    BufReader::new(shell.stdout.take().unwrap()).read_line(&mut process).unwrap();
    let start = Instant::now();
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(start.elapsed() < Duration::from_secs(60), "Valkey does not answer");
        std::thread::sleep(Duration::from_millis(10));
    }
    (shell, process.trim().to_owned())
}
