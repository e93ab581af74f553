//! Writes `docs/api.md` from the protos and their comments:
//!
//!     cargo run --release -p cpaiqa-proto --example reference

mod page;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    std::fs::write(page::PATH, page::written()?)?;
    Ok(())
}
