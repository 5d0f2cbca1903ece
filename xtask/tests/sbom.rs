//! The bills of materials: held against the schema of CycloneDX, and compared with what the programs themselves say they are made
//! of. The schemas in `cyclonedx/` are CycloneDX' own (github.com/CycloneDX/specification, Apache-2.0), unchanged.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test says what went wrong by failing"
)]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use serde_json::Value;
use sha2::{Digest, Sha256};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

/// Writes both, once for each process, and gives the folder.
fn bills() -> PathBuf {
    static WRITTEN: OnceLock<PathBuf> = OnceLock::new();
    WRITTEN
        .get_or_init(|| {
            let folder = tempfile::tempdir().unwrap().keep();
            let written =
                Command::new(env!("CARGO_BIN_EXE_xtask")).args(["sbom", "--into"]).arg(&folder).output().unwrap();
            assert!(written.status.success(), "{}", String::from_utf8_lossy(&written.stderr));
            folder
        })
        .clone()
}

fn read(name: &str) -> Value {
    serde_json::from_slice(&std::fs::read(bills().join(name)).unwrap()).unwrap()
}

fn components(bill: &Value) -> &Vec<Value> {
    bill["components"].as_array().unwrap()
}

fn text<'a>(component: &'a Value, field: &str) -> &'a str {
    component[field].as_str().unwrap()
}

/// Name and version of every crate that a bill lists.
fn listed(bill: &Value) -> BTreeSet<(String, String)> {
    components(bill).iter().map(|one| (text(one, "name").to_owned(), text(one, "version").to_owned())).collect()
}

/// The schemas that the schema of bills refers to.
struct Beside;

impl jsonschema::Retrieve for Beside {
    fn retrieve(&self, uri: &jsonschema::Uri<String>) -> Result<Value, Box<dyn std::error::Error + Send + Sync>> {
        schema(uri.as_str().rsplit('/').next().unwrap_or_default())
    }
}

fn schema(name: &str) -> Result<Value, Box<dyn std::error::Error + Send + Sync>> {
    let file = root().join("xtask/tests/cyclonedx").join(name);
    Ok(serde_json::from_slice(&std::fs::read(file)?)?)
}

/// Name and version of every crate of the registry whose sources a built program names: where it panics, among others.
fn named_in(program: &Path) -> BTreeSet<(String, String)> {
    let bytes = std::fs::read(program).unwrap();
    let text = String::from_utf8_lossy(&bytes);
    let folders = text.split("/registry/src/").skip(1).filter_map(|rest| rest.split('/').nth(1));
    let parted = folders.filter_map(|folder| {
        // A version begins at the first hyphen that a digit follows, with points in it.
        let at = folder.match_indices('-').map(|(at, _)| at).find(|at| {
            let version = &folder[at + 1..];
            version.starts_with(|c: char| c.is_ascii_digit()) && version.contains('.')
        })?;
        Some((folder[..at].to_owned(), folder[at + 1..].to_owned()))
    });
    parted.collect()
}

#[test]
fn both_bills_fit_the_schema_and_list_each_crate_once_with_its_licence() {
    let validator =
        jsonschema::options().with_retriever(Beside).build(&schema("bom-1.5.schema.json").unwrap()).unwrap();
    for name in ["linnworks.cdx.json", "harness.cdx.json"] {
        let bill = read(name);
        let wrong: Vec<String> = validator.iter_errors(&bill).map(|error| error.to_string()).collect();
        assert_eq!(wrong, [""; 0], "{name}");
        assert_eq!(listed(&bill).len(), components(&bill).len(), "{name}");
        let without: Vec<&str> =
            components(&bill).iter().filter(|one| one["licenses"].is_null()).map(|one| text(one, "name")).collect();
        assert_eq!(without, [""; 0], "{name}");
        // And the schema is one that can refuse.
        let mut broken = bill;
        broken["components"][0]["type"] = "crate".into();
        assert!(!validator.is_valid(&broken), "{name}");
    }
}

#[test]
fn the_connectors_bill_holds_the_digest_that_an_operator_pins() {
    let component = std::fs::read(root().join("target/plugin/linnworks.wasm")).unwrap();
    let digest: String = Sha256::digest(component).iter().map(|byte| format!("{byte:02x}")).collect();
    let bill = read("linnworks.cdx.json");
    assert_eq!(bill["metadata"]["component"]["hashes"][0]["content"], digest.as_str());
}

#[test]
fn every_crate_that_a_program_names_is_in_its_bill() {
    let built = Path::new(env!("CARGO_BIN_EXE_xtask")).parent().unwrap();
    for (bill, program, fewest) in [
        ("linnworks.cdx.json", root().join("target/plugin/linnworks.wasm"), 3),
        ("harness.cdx.json", built.join("harness"), 60),
    ] {
        let (named, listed) = (named_in(&program), listed(&read(bill)));
        assert!(named.len() >= fewest, "{} names {named:?}", program.display());
        let missing: Vec<_> = named.difference(&listed).collect();
        assert!(missing.is_empty(), "{bill} lacks {missing:?}");
    }
}

#[test]
fn nothing_that_only_tests_or_the_compiler_need_is_in_a_bill() {
    let host = listed(&read("harness.cdx.json"));
    let connector = listed(&read("linnworks.cdx.json"));
    let has = |bill: &BTreeSet<(String, String)>, name: &str| bill.iter().any(|(listed, _)| listed == name);
    for tests_own in ["insta", "proptest", "libtest-mimic", "linnworks-sim", "test-needs", "mail-server", "reqwest"] {
        assert!(!has(&host, tests_own) && !has(&connector, tests_own), "{tests_own}");
    }
    for compilers_own in ["serde_derive", "syn", "quote", "proc-macro2", "cc", "wit-bindgen-rust"] {
        assert!(!has(&connector, compilers_own), "{compilers_own}");
    }
    assert!(has(&host, "wasmtime") && has(&host, "sqlx") && has(&host, "rustls") && has(&host, "harness-capability"));
    assert!(has(&connector, "linnworks-connector") && has(&connector, "serde_json") && !has(&connector, "tokio"));
}

#[test]
fn a_bill_has_the_versions_and_checksums_of_the_lock_file() {
    let lock = std::fs::read_to_string(root().join("Cargo.lock")).unwrap();
    for bill in ["linnworks.cdx.json", "harness.cdx.json"] {
        for one in components(&read(bill)) {
            let (name, version) = (text(one, "name"), text(one, "version"));
            let entry = format!("name = \"{name}\"\nversion = \"{version}\"\n");
            let entry = lock.split("[[package]]\n").find(|package| package.starts_with(&entry));
            let entry = entry.unwrap_or_else(|| panic!("{name} {version} is not in the lock file"));
            let hash = one["hashes"][0]["content"].as_str();
            assert_eq!(hash.is_some(), entry.contains("checksum = "), "{name}");
            assert!(hash.is_none_or(|hash| entry.contains(hash)), "{name}");
        }
    }
}
