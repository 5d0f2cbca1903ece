//! Components that say another thing than their own manifest, and components that Rust does not make.

use anyhow::Context as _;
use serde_json::Value;

/// What the misbehaving connector keeps room behind; see its `disguise.rs`.
const MARK: &[u8] = br#"{"disguise":"none, 53a1b0ce"}"#;
/// How much room.
const ROOM: usize = 16 << 10;

/// The component `name`, as `cargo xtask build` leaves it.
///
/// # Errors
/// When it was not built.
pub fn component(name: &str) -> anyhow::Result<Vec<u8>> {
    let path = scenarios::places::component(name);
    std::fs::read(&path).with_context(|| format!("{} is missing; run `cargo xtask build`", path.display()))
}

/// The misbehaving connector with what `manifest` names in place of its own manifest's.
///
/// # Errors
/// When the component has no room for it.
pub fn misbehaving(manifest: &Value) -> anyhow::Result<Vec<u8>> {
    let mut bytes = component("misbehaving")?;
    if manifest.as_object().is_some_and(serde_json::Map::is_empty) {
        return Ok(bytes);
    }
    let text = manifest.to_string();
    anyhow::ensure!(text.len() <= ROOM, "a manifest of {} bytes does not fit into {ROOM}", text.len());
    let at = bytes.windows(MARK.len()).position(|window| window == MARK).context("the component has no room")?;
    let room = bytes.get_mut(at..at + ROOM).context("the room is cut off")?;
    room.fill(b' ');
    for (slot, byte) in room.iter_mut().zip(text.bytes()) {
        *slot = byte;
    }
    Ok(bytes)
}

/// A component that only asks for `import`, in the text form.
///
/// # Errors
/// When the text is wrong.
pub fn asking_for(import: &str) -> anyhow::Result<Vec<u8>> {
    Ok(wat::parse_str(format!("(component {import})"))?)
}

/// A connector of a text module whose `describe` has `body`; the rest traps.
///
/// # Errors
/// When the text is wrong.
pub fn describing(body: &str) -> anyhow::Result<Vec<u8>> {
    let context = "(param i32 i64 i32 i32 i32 i32 i32 i32)";
    let text = format!(
        r#"(module
            (memory (export "memory") 1)
            (table $functions 1 funcref)
            (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) unreachable)
            (func (export "wms:connector/manifest@0.1.0#describe") (result i32) {body})
            (func (export "wms:connector/setup@0.1.0#check") {context} (result i32) unreachable)
            (func (export "wms:connector/setup@0.1.0#list-locations") {context} (result i32) unreachable)
            (func (export "wms:connector/setup@0.1.0#migrate") (param i32 i32 i32) (result i32) unreachable))"#
    );
    let mut module = wat::parse_str(text)?;
    let mut contract = wit_parser::Resolve::default();
    let (package, _) = contract.push_dir(scenarios::places::root().join("wit"))?;
    let world = contract.select_world(&[package], Some("connector-base"))?;
    let encoding = wit_component::StringEncoding::UTF8;
    wit_component::embed_component_metadata(&mut module, &contract, world, encoding, false)?;
    wit_component::ComponentEncoder::default().module(&module)?.encode()
}
