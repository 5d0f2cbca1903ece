//! `cargo xtask build`: from Rust to components.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};
use wit_component::ComponentEncoder;

use crate::{guest, paths, shell};

/// Package, library and component of each guest.
const GUESTS: [(&str, &str, &str); 5] = [
    ("linnworks-component", "linnworks_component", "linnworks"),
    ("minimal-connector", "minimal_connector", "minimal"),
    ("misbehaving-connector", "misbehaving_connector", "misbehaving"),
    ("older-connector", "older_connector", "older"),
    ("two-flow-connector", "two_flow_connector", "two-flows"),
];

/// Packages of all guests.
pub(crate) fn packages() -> [&'static str; 5] {
    GUESTS.map(|(package, _, _)| package)
}

pub(crate) fn run() -> Result<()> {
    super::setup::guest_toolchain()?;
    components()
}

/// Builds every guest and makes a component of each. Expects that a guest toolchain is there.
pub(crate) fn components() -> Result<()> {
    let toolchain = guest::require()?;
    eprintln!("Guests are built by {}.", guest::compiler(toolchain));
    shell::run(&mut guest::command(toolchain, &packages(), &paths::root(), &paths::guest_target()))?;
    let folder = paths::components();
    fs::create_dir_all(&folder).with_context(|| format!("could not create {}", folder.display()))?;
    for (_, library, name) in GUESTS {
        let component = folder.join(format!("{name}.wasm"));
        componentise(&guest::module(library, &paths::guest_target()), &component)?;
    }
    Ok(())
}

/// Makes a component of the core module at `from`, writing `to` only when it changes: what was compiled from it stays fresh.
pub(crate) fn componentise(from: &Path, to: &Path) -> Result<()> {
    let module = fs::read(from).with_context(|| format!("could not read {}", from.display()))?;
    let component =
        ComponentEncoder::default().validate(true).module(&module).and_then(|encoder| encoder.encode()).with_context(
            || format!("{} does not make a component; does it export every function of its world?", from.display()),
        )?;
    let fresh = fs::read(to).is_ok_and(|old| old == component);
    if !fresh {
        // Renamed into place, so that nobody reads half a file.
        let part = to.with_extension("part");
        fs::write(&part, &component)
            .and_then(|()| fs::rename(&part, to))
            .with_context(|| format!("could not write {}", to.display()))?;
    }
    let digest: String = Sha256::digest(&component).iter().map(|byte| format!("{byte:02x}")).collect();
    let shown = to.strip_prefix(paths::root()).unwrap_or(to);
    let state = if fresh { "unchanged" } else { "written" };
    eprintln!("{:<32} {:>9} bytes  sha256:{digest}  {state}", shown.display(), component.len());
    Ok(())
}
