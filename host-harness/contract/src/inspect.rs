//! What a component is, read from its bytes without running it.

use serde::Serialize;
use sha2::{Digest, Sha256};
use wit_component::DecodedWasm;

/// What a component file says about itself.
#[derive(Debug, Clone, Serialize, PartialEq, Eq)]
pub struct Inspection {
    /// SHA-256 of the file, lower-case hexadecimal: what an operator pins.
    pub digest: String,
    /// Size of the file in bytes.
    pub bytes: u64,
    /// Every interface that it asks of a host, sorted: its capabilities.
    pub imports: Vec<String>,
    /// Every interface that it offers, sorted.
    pub exports: Vec<String>,
}

/// Why a file is not a component.
#[derive(Debug, thiserror::Error)]
pub enum InspectError {
    /// The bytes are not WebAssembly, or are a core module.
    #[error("not a WebAssembly component: {0}; build it with `wit-component` (a core module alone is not enough)")]
    NotAComponent(String),
}

/// SHA-256 of `bytes` in lower-case hexadecimal.
pub fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Reads the imports and exports of the component in `bytes`.
///
/// # Errors
/// [`InspectError::NotAComponent`] when the bytes do not decode as a component.
pub fn inspect(bytes: &[u8]) -> Result<Inspection, InspectError> {
    if bytes.get(4..8) == Some(&[1, 0, 0, 0]) {
        return Err(InspectError::NotAComponent("it is a core module".into()));
    }
    let decoded = wit_component::decode(bytes).map_err(|error| InspectError::NotAComponent(format!("{error:#}")))?;
    let DecodedWasm::Component(resolve, world) = &decoded else {
        return Err(InspectError::NotAComponent("it is a WIT package".into()));
    };
    let world = resolve.worlds.get(*world).ok_or_else(|| InspectError::NotAComponent("it has no world".into()))?;
    let names = |items: &mut dyn Iterator<Item = &wit_parser::WorldKey>| {
        let mut names: Vec<String> = items.map(|key| resolve.name_world_key(key)).collect();
        names.sort();
        names
    };
    Ok(Inspection {
        digest: digest(bytes),
        bytes: bytes.len() as u64,
        imports: names(&mut world.imports.keys()),
        exports: names(&mut world.exports.keys()),
    })
}
