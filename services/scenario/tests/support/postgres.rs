//! A PostgreSQL server of the tests' own, from a package that scripts/test.sh installs.

use std::{
    net::{TcpListener, TcpStream},
    os::unix::{
        fs::{MetadataExt, PermissionsExt, chown},
        process::CommandExt,
    },
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

/// The database server refuses to run as root; this is everybody's `nobody`.
const NOBODY: u32 = 65_534;

/// A running server, stopped when dropped or when the test process ends.
pub struct Postgres {
    server: Child,
    folder: tempfile::TempDir,
    programs: PathBuf,
    root: bool,
    port: u16,
}

impl Postgres {
    /// A new server with no tables.
    pub fn start() -> Self {
        let installed = std::env::var_os("CPAIQA_POSTGRES_BIN").map(PathBuf::from).expect(
            "CPAIQA_POSTGRES_BIN is not set: run scripts/test.sh, which installs PostgreSQL, or name the folder that holds \
             initdb and postgres",
        );
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().metadata().unwrap().uid() == 0;
        let mut programs = installed.clone();
        if root {
            // Another user cannot reach into root's home: the programs come along, and the libraries that the package
            // keeps beside it.
            let (install, package) = (installed.parent().unwrap(), installed.ancestors().nth(2).unwrap());
            let copied = folder.path().join("package");
            std::fs::create_dir(&copied).unwrap();
            copy(install, &copied.join("install"));
            programs = copied.join("install/bin");
            let libraries = package.with_extension("libs");
            if libraries.is_dir() {
                copy(&libraries, &folder.path().join(libraries.file_name().unwrap()));
            }
            std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
        }
        let data = folder.path().join("data");
        std::fs::create_dir(&data).unwrap();
        if root {
            chown(&data, Some(NOBODY), Some(NOBODY)).unwrap();
        }
        let mut initdb = Command::new(programs.join("initdb"));
        initdb.args(["--username=cpaiqa", "--auth=trust", "--encoding=UTF8", "--no-sync", "-D"]).arg(&data);
        let made = as_nobody(&mut initdb, root).output().unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let server = serve(&programs, &data, port, root);
        Self { server, folder, programs, root, port }
    }

    /// Stops the server.
    pub fn stop(&mut self) {
        drop(self.server.stdin.take());
        self.server.wait().unwrap();
    }

    /// Starts a stopped server again on the same data.
    pub fn serve(&mut self) {
        self.server = serve(&self.programs, &self.folder.path().join("data"), self.port, self.root);
    }

    /// The URL of a database there.
    pub fn url(&self, database: &str) -> String {
        format!("postgres://cpaiqa@127.0.0.1:{}/{database}", self.port)
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        drop(self.server.stdin.take());
        let _ = self.server.wait();
    }
}

/// A shell watches over the server: when this test process ends, however it ends, the pipe to the shell closes and the server
/// is stopped.
fn serve(programs: &Path, data: &Path, port: u16, root: bool) -> Child {
    let mut shell = Command::new("sh");
    shell.args(["-c", r#""$@" & pid=$!; cat > /dev/null; kill -INT $pid; wait $pid"#, "sh"]);
    shell.arg(programs.join("postgres")).arg("-D").arg(data).args(["-p", &port.to_string()]);
    shell.args(["-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=", "-c", "fsync=off"]);
    // Many tests at once, with several services each.
    shell.args(["-c", "max_connections=400"]);
    shell.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    let child = as_nobody(&mut shell, root).spawn().unwrap();
    let start = Instant::now();
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(start.elapsed() < Duration::from_secs(60), "PostgreSQL does not answer");
        std::thread::sleep(Duration::from_millis(50));
    }
    child
}

fn as_nobody(command: &mut Command, root: bool) -> &mut Command {
    if root { command.uid(NOBODY).gid(NOBODY).current_dir("/") } else { command }
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir(to).unwrap();
    std::fs::set_permissions(to, std::fs::Permissions::from_mode(0o755)).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            // Follows links, and keeps what may be run.
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}
