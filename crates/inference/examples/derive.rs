//! Makes a derived file of the manifest and tells its size and checksum, which the manifest must name:
//! `cargo run --release -p cpaiqa-inference --example derive -- MANIFEST NAME ORIGIN RESULT`.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a tool of the project's own")]

use cpaiqa_inference::{
    graph::apply,
    store::{Manifest, Source},
};

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [manifest, name, origin, result] = arguments.as_slice() else {
        panic!("expected MANIFEST NAME ORIGIN RESULT, got {arguments:?}")
    };
    let manifest = Manifest::parse(&std::fs::read_to_string(manifest).unwrap()).unwrap();
    let file = manifest.find(name, "any").unwrap();
    let Source::Derived { changes, .. } = &file.source else { panic!("{name} is not derived") };
    let made = apply(&std::fs::read(origin).unwrap(), changes).unwrap_or_else(|error| panic!("{error}"));
    std::fs::write(result, &made).unwrap();
}
