//! Running the binary: once for a command, or as a server until it is dropped.

pub mod browser;
pub mod compose;
pub mod faults;
pub mod pictures;
pub mod place;

use std::{
    io::{BufRead, BufReader, Read},
    path::PathBuf,
    process::{Child, Command, Output, Stdio},
    sync::OnceLock,
};

use serde_json::Value;
use tonic::transport::Channel;

/// The repository's root.
pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// An example picture.
pub fn example(name: &str) -> String {
    root().join("examples").join(name).display().to_string()
}

pub const CAT: &str = "cat-on-throne.jpg";
pub const CAT_PROMPT: &str = "A cat with a crown lounging on a velvet throne";

/// `cpaiqa` with `args`.
pub fn command(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cpaiqa"));
    // What tenants own is the user's: tests that keep something say where.
    command.args(args).stdin(Stdio::null()).env("CPAIQA_SCENARIO__STORE__URL", "sqlite::memory:");
    command
}

/// What a finished command said.
pub struct Said {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl From<Output> for Said {
    fn from(output: Output) -> Self {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Self { code: output.status.code().unwrap_or(-1), out: text(output.stdout), err: text(output.stderr) }
    }
}

/// Runs `cpaiqa` with `args` to its end.
pub fn run(args: &[&str]) -> Said {
    command(args).output().unwrap().into()
}

/// Runs a command that must succeed and print one JSON object.
pub fn json(args: &[&str]) -> Value {
    let said = run(args);
    assert_eq!(said.code, 0, "{args:?}: {}", said.err);
    serde_json::from_str(&said.out).unwrap()
}

/// The JSON lines of a command that must succeed.
pub fn json_lines(args: &[&str]) -> Vec<Value> {
    let said = run(args);
    assert_eq!(said.code, 0, "{args:?}: {}", said.err);
    said.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// A running `cpaiqa serve`, stopped when dropped.
pub struct Server {
    child: Child,
    pub address: String,
}

impl Server {
    /// Starts `cpaiqa serve --role ROLE` on a free port with `environment` and waits until it answers.
    pub fn start(role: &str, environment: &[(&str, &str)]) -> Self {
        let mut command = command(&["serve", "--role", role]);
        command.env("CPAIQA_SERVER__LISTEN", "127.0.0.1:0").envs(environment.iter().copied());
        Self::spawn(command)
    }

    /// Starts a prepared command. A shell watches over it: when this test process ends, however it ends, the pipe to the
    /// shell closes and the server is killed.
    pub fn spawn(command: Command) -> Self {
        let mut watched = Command::new("sh");
        watched.args(["-c", r#""$@" & pid=$!; cat > /dev/null; kill -9 $pid"#, "sh"]);
        watched.arg(command.get_program()).args(command.get_args());
        watched.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
        watched
            .env("CPAIQA_TELEMETRY__JSON", "true")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped());
        let mut child = watched.spawn().unwrap();
        let mut log = BufReader::new(child.stderr.take().unwrap());
        let mut seen = String::new();
        let address = loop {
            let mut line = String::new();
            if log.read_line(&mut line).unwrap() == 0 {
                panic!("the server ended before it served: {seen}");
            }
            let event: Value = serde_json::from_str(&line).unwrap_or_default();
            if let Some(address) = event["fields"]["address"].as_str() {
                break address.to_owned();
            }
            seen.push_str(&line);
        };
        // A full pipe would stop the server at its next log line.
        std::thread::spawn(move || log.read_to_string(&mut String::new()));
        Self { child, address }
    }

    /// The server's URL.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Bytes of memory that the server has at the moment; Linux tells that.
    #[cfg(target_os = "linux")]
    pub fn resident(&self) -> u64 {
        let shell = self.child.id();
        let children = std::fs::read_to_string(format!("/proc/{shell}/task/{shell}/children")).unwrap();
        // The shell's first child is the server.
        let status = format!("/proc/{}/status", children.split_whitespace().next().unwrap());
        let status = std::fs::read_to_string(status).unwrap();
        let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        resident.trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1024
    }

    /// One server of every role, shared by the tests that change nothing in it.
    pub fn shared() -> &'static Self {
        static SERVER: OnceLock<Server> = OnceLock::new();
        SERVER.get_or_init(|| Self::start("all", &[]))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}

/// A connection to a server.
pub async fn channel(url: String) -> Channel {
    tonic::transport::Endpoint::from_shared(url).unwrap().connect().await.unwrap()
}

/// [`Server::start`] off this thread.
pub async fn started(role: &'static str, environment: Vec<(&'static str, String)>) -> Server {
    let start = move || {
        let environment: Vec<(&str, &str)> = environment.iter().map(|(name, value)| (*name, value.as_str())).collect();
        Server::start(role, &environment)
    };
    tokio::task::spawn_blocking(start).await.unwrap()
}

/// A connection to [`Server::shared`].
pub async fn shared() -> Channel {
    channel(tokio::task::spawn_blocking(Server::shared).await.unwrap().url()).await
}
