//! Where things lie that scenarios need.

use std::path::{Path, PathBuf};

/// The workspace's root.
#[must_use]
pub fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap_or(here).to_path_buf()
}

/// The scenario files.
#[must_use]
pub fn cases() -> PathBuf {
    root().join("tests/scenarios/cases")
}

/// The table of requirements.
#[must_use]
pub fn requirements() -> PathBuf {
    root().join("tests/scenarios/requirements.toml")
}

/// The JSON Schema of the format.
#[must_use]
pub fn schema() -> PathBuf {
    root().join("tests/scenarios/schema.json")
}

/// The component `name`, as `cargo xtask build` leaves it.
#[must_use]
pub fn component(name: &str) -> PathBuf {
    root().join("target/plugin").join(name).with_extension("wasm")
}

/// Machine code of components, kept from one scenario to the next.
#[must_use]
pub fn compiled() -> PathBuf {
    root().join("target/scenarios/compiled")
}

/// Recordings that are kept, each beside the scenario that it was made of.
#[must_use]
pub fn recordings() -> PathBuf {
    root().join("tests/recordings")
}
