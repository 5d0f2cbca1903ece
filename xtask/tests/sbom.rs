//! The bills of materials: read back by a reader that is not ours, and compared with what the programs themselves say they are made
//! of.
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

use cyclonedx_bom::prelude::*;
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

fn read(name: &str) -> Bom {
    let text = std::fs::read(bills().join(name)).unwrap();
    Bom::parse_from_json_v1_5(text.as_slice()).unwrap()
}

/// Name and version of every crate that a bill lists.
fn listed(bom: &Bom) -> BTreeSet<(String, String)> {
    let components = bom.components.as_ref().unwrap();
    let key = |one: &cyclonedx_bom::models::component::Component| {
        (one.name.to_string(), one.version.as_ref().unwrap().to_string())
    };
    components.0.iter().map(key).collect()
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
fn both_bills_are_valid_to_another_reader_and_list_each_crate_once_with_its_licence() {
    for name in ["linnworks.cdx.json", "harness.cdx.json"] {
        let bom = read(name);
        let validated = bom.validate_version(SpecVersion::V1_5);
        assert!(validated.passed(), "{name}: {validated:?}");
        let components = &bom.components.as_ref().unwrap().0;
        assert_eq!(listed(&bom).len(), components.len(), "{name}");
        let without: Vec<String> =
            components.iter().filter(|one| one.licenses.is_none()).map(|one| one.name.to_string()).collect();
        assert_eq!(without, [""; 0], "{name}");
    }
}

#[test]
fn the_connectors_bill_holds_the_digest_that_an_operator_pins() {
    let component = std::fs::read(root().join("target/plugin/linnworks.wasm")).unwrap();
    let digest: String = Sha256::digest(component).iter().map(|byte| format!("{byte:02x}")).collect();
    let bom = read("linnworks.cdx.json");
    let hashes = bom.metadata.unwrap().component.unwrap().hashes.unwrap();
    assert_eq!(hashes.0[0].content.0, digest);
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
        for one in &read(bill).components.unwrap().0 {
            let (name, version) = (one.name.to_string(), one.version.as_ref().unwrap().to_string());
            let entry = format!("name = \"{name}\"\nversion = \"{version}\"\n");
            let entry = lock.split("[[package]]\n").find(|package| package.starts_with(&entry));
            let entry = entry.unwrap_or_else(|| panic!("{name} {version} is not in the lock file"));
            let hash = one.hashes.as_ref().map(|hashes| hashes.0[0].content.0.clone());
            assert_eq!(hash.is_some(), entry.contains("checksum = "), "{name}");
            assert!(hash.is_none_or(|hash| entry.contains(&hash)), "{name}");
        }
    }
}
