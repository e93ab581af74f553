//! The headless browser of `tests/browser`, whose packages are installed when they are missing.

use std::{fs, path::PathBuf, process::Command, sync::OnceLock};

use super::root;

/// Where its scripts can be run.
pub fn browser() -> &'static PathBuf {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let folder = root().join("tests/browser");
        // What is installed is told by a copy of the lock file beside it.
        let lock = fs::read_to_string(folder.join("package-lock.json")).unwrap();
        let stamp = folder.join("node_modules/.cpaiqa-lock");
        if fs::read_to_string(&stamp).ok().as_ref() != Some(&lock) {
            run("npm", &["ci", "--ignore-scripts", "--no-audit", "--no-fund"], &[], &folder);
            fs::write(&stamp, &lock).unwrap();
        }
        folder
    })
}

/// What a program prints that must succeed there.
pub fn run_there(program: &str, args: &[&str], environment: &[(&str, &str)]) -> Vec<u8> {
    run(program, args, environment, browser())
}

fn run(program: &str, args: &[&str], environment: &[(&str, &str)], folder: &PathBuf) -> Vec<u8> {
    let mut command = Command::new(program);
    let output = command.args(args).envs(environment.iter().copied()).current_dir(folder).output();
    let output = output.expect("node and npm are needed to open a page");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(output.status.success(), "{command:?}: {}{}", text(&output.stdout), text(&output.stderr));
    output.stdout
}
