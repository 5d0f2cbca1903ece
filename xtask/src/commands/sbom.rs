//! `cargo xtask sbom`: what connector and host are made of, as bills of materials in the CycloneDX format, in `target/sbom`.
//!
//! Named is what is linked into the program: neither what only tests need, nor what runs while it is compiled. The connector's bill
//! holds the digest that an operator pins. The same sources give the same bytes: no date, no number made by chance.
//!
//! Asked is cargo itself, package by package, since only that knows which optional parts a program is built with. `cargo cyclonedx`
//! looks at the whole workspace at once, writes beside every manifest of it, and knows no digest of a component.

mod linked;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::build;
use crate::{guest, paths};
use linked::{Crate, Linked};

/// One program: its package, the target it is built for, the file name of its bill, and the built file whose digest is named.
struct Program {
    package: &'static str,
    target: &'static str,
    bill: &'static str,
    built: Option<&'static str>,
}

/// The host is built by each operator for himself, so that no digest could be named.
const PROGRAMS: [Program; 2] = [
    Program {
        package: "linnworks-component",
        target: guest::TARGET,
        bill: "linnworks.cdx.json",
        built: Some("linnworks.wasm"),
    },
    Program { package: "host-harness", target: "x86_64-unknown-linux-gnu", bill: "harness.cdx.json", built: None },
];

#[derive(clap::Args)]
pub(crate) struct Options {
    /// The folder to write into, of components that are built already
    #[arg(long, value_name = "FOLDER")]
    into: Option<PathBuf>,
}

pub(crate) fn run(options: &Options) -> Result<()> {
    if let Some(folder) = &options.into {
        return write_into(folder);
    }
    build::run()?;
    write()
}

/// Writes the bills. Expects that the components are built.
pub(crate) fn write() -> Result<()> {
    write_into(&paths::root().join("target/sbom"))
}

fn write_into(folder: &Path) -> Result<()> {
    fs::create_dir_all(folder).with_context(|| format!("could not create {}", folder.display()))?;
    for program in &PROGRAMS {
        let linked = Linked::of(program.package, program.target)?;
        let digest = program.built.map(|file| digest(&paths::components().join(file))).transpose()?;
        let file = folder.join(program.bill);
        write_bill(&file, &bill(program, &linked, digest.as_deref()))?;
        let shown = file.strip_prefix(paths::root()).unwrap_or(&file);
        let digest = digest.map(|digest| format!(", sha256:{digest}")).unwrap_or_default();
        eprintln!("{}: {} crates are linked into {}{digest}", shown.display(), linked.crates.len(), program.package);
    }
    Ok(())
}

fn write_bill(file: &PathBuf, bill: &Value) -> Result<()> {
    let text = serde_json::to_string_pretty(bill)? + "\n";
    fs::write(file, text).with_context(|| format!("could not write {}", file.display()))
}

fn digest(file: &Path) -> Result<String> {
    let bytes = fs::read(file)
        .with_context(|| format!("could not read {}; build it with `cargo xtask build`", file.display()))?;
    Ok(Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect())
}

fn bill(program: &Program, linked: &Linked, digest: Option<&str>) -> Value {
    let mut root = component(&linked.root);
    root.insert("type".into(), json!("application"));
    root.insert("properties".into(), json!([{ "name": "cargo:target", "value": program.target }]));
    if let Some(digest) = digest {
        root.insert("hashes".into(), json!([{ "alg": "SHA-256", "content": digest }]));
    }
    let crates: Vec<Map<String, Value>> = linked.crates.iter().map(component).collect();
    let edges = std::iter::once(&linked.root).chain(&linked.crates).map(|one| {
        let on: Vec<String> = linked.needs(one).map(Crate::purl).collect();
        json!({ "ref": one.purl(), "dependsOn": on })
    });
    json!({
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": { "component": root },
        "components": crates,
        "dependencies": edges.collect::<Vec<_>>(),
    })
}

fn component(one: &Crate) -> Map<String, Value> {
    let members = [
        ("type", Some(json!("library"))),
        ("bom-ref", Some(json!(one.purl()))),
        ("name", Some(json!(one.name))),
        ("version", Some(json!(one.version))),
        ("scope", Some(json!("required"))),
        ("purl", Some(json!(one.purl()))),
        ("licenses", one.license.as_ref().map(|license| json!([{ "expression": license }]))),
        ("hashes", one.checksum.as_ref().map(|checksum| json!([{ "alg": "SHA-256", "content": checksum }]))),
        ("externalReferences", one.repository.as_ref().map(|url| json!([{ "type": "vcs", "url": url }]))),
    ];
    members.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
}
