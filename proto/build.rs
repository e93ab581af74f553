//! Compiles the protos without protoc, and keeps a descriptor set for reflection.

use std::{env, error::Error, fs, path::PathBuf};

use prost::Message;

const AREAS: [&str; 7] = ["alignment", "segmentation", "decomposition", "distortion", "scenario", "quality", "admin"];

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-changed=cpaiqa");
    let files = AREAS.map(|area| format!("cpaiqa/{area}/v1/{area}_service.proto"));
    let descriptors = protox::compile(&files, ["."])?;
    fs::write(PathBuf::from(env::var("OUT_DIR")?).join("descriptors.bin"), descriptors.encode_to_vec())?;
    tonic_prost_build::configure().bytes(".cpaiqa.common.v1.Picture").compile_fds(descriptors)?;
    Ok(())
}
