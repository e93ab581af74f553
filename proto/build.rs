//! Compiles the protos without protoc, and keeps a descriptor set for reflection.

use std::{env, error::Error, fs, path::PathBuf};

use prost::Message;

const AREAS: [&str; 8] =
    ["alignment", "segmentation", "decomposition", "distortion", "scenario", "keys", "quality", "admin"];

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-changed=cpaiqa");
    println!("cargo:rerun-if-changed=inference");
    let files = AREAS.map(|area| format!("cpaiqa/{area}/v1/{area}_service.proto"));
    let descriptors = protox::compile(&files, ["."])?;
    fs::write(PathBuf::from(env::var("OUT_DIR")?).join("descriptors.bin"), descriptors.encode_to_vec())?;
    tonic_prost_build::configure().bytes(".cpaiqa.common.v1.Picture").compile_fds(descriptors)?;
    // A foreign protocol that is called and not served: it stays out of what the server tells of itself.
    let foreign = protox::compile(["inference/grpc_service.proto"], ["."])?;
    tonic_prost_build::configure().bytes(".inference").compile_fds(foreign)?;
    Ok(())
}
