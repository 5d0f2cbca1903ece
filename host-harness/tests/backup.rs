//! Backups: made while the host serves, found out when anything of them was changed, put back whole or not at all.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    unreachable_pub,
    reason = "a test says what went wrong by failing"
)]

mod common;

use std::path::{Path, PathBuf};

use common::desk::{Desk, TOKEN, simulator};
use serde_json::{Value, json};

/// A backup beside the data folder.
fn backup(desk: &Desk) -> PathBuf {
    let folder = desk.folder.path().join("backups/monday");
    let (made, code) = desk.json(&["backup", "create", folder.to_str().unwrap()], "");
    assert_eq!((made["database"]["orders"].as_u64(), code), (Some(1), 0), "{made}");
    folder
}

fn path(folder: &Path) -> &str {
    folder.to_str().unwrap()
}

fn refused(desk: &Desk, arguments: &[&str]) -> String {
    let (answer, code) = desk.json(arguments, "");
    assert_eq!(code, 3, "{answer}");
    answer["error"].as_str().unwrap().to_owned()
}

fn orders(desk: &Desk) -> Value {
    desk.json(&["wms", "order", "list"], "").0
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_made_while_the_host_serves_is_put_back_on_another_machine_with_its_key() {
    let simulator = simulator().await;
    let desk = Desk::new(&simulator.url());
    desk.import();
    let host = desk.serve();
    let made = backup(&desk);
    host.stop();

    let other = Desk::bare("sqlite", &simulator.url());
    let told = refused(&other, &["backup", "restore", path(&made)]);
    assert!(told.contains("there is no key here") && told.contains("--without-key"), "{told}");
    assert!(!other.data().join("harness.db").exists(), "nothing was put back");
    common::share_what_is_compiled(&other.data());
    let (restored, code) = other.json(&["backup", "restore", path(&made)], "");
    assert_eq!((&restored["switched_off"], code), (&json!(["acme"]), 0), "{restored}");

    assert_eq!(orders(&other), orders(&desk));
    let stopped = refused(&other, &["run", "acme"]);
    assert!(stopped.contains("acme is switched off"), "{stopped}");
    assert_eq!(other.json(&["connection", "activate", "acme"], "").0["state"], "active");
    let (run, code) = other.json(&["run", "acme"], "");
    assert_eq!(
        (run["imported"].as_u64(), code),
        (Some(0), 0),
        "what came in before the backup does not come again: {run}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_holds_neither_the_key_nor_a_secret_in_clear() {
    let simulator = simulator().await;
    let desk = Desk::new(&simulator.url());
    desk.import();
    let made = backup(&desk);
    let key = std::fs::read_to_string(desk.data().join("key")).unwrap();
    let mut names = Vec::new();
    for folder in [made.clone(), made.join("plugins")] {
        for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap).filter(|entry| entry.path().is_file()) {
            let bytes = std::fs::read(entry.path()).unwrap();
            for secret in [key.trim(), TOKEN] {
                assert!(!bytes.windows(secret.len()).any(|window| window == secret.as_bytes()), "{entry:?}");
            }
            names.push(entry.file_name());
        }
    }
    assert!(names.contains(&"harness.db".into()) && names.len() == 3, "{names:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_in_which_anything_was_changed_is_named_and_never_put_back() {
    let simulator = simulator().await;
    let desk = Desk::new(&simulator.url());
    desk.import();
    let made = backup(&desk);
    assert_eq!(desk.json(&["backup", "verify", path(&made)], "").1, 0);

    let database = made.join("harness.db");
    let whole = std::fs::read(&database).unwrap();
    let mut changed = whole.clone();
    let middle = changed.len() / 2;
    changed[middle] ^= 1;
    std::fs::write(&database, &changed).unwrap();
    for arguments in [&["backup", "verify", path(&made)][..], &["backup", "restore", path(&made), "--replace"]] {
        let told = refused(&desk, arguments);
        assert!(told.contains("harness.db was changed"), "{told}");
    }
    std::fs::write(&database, &whole[..middle]).unwrap();
    assert!(refused(&desk, &["backup", "verify", path(&made)]).contains("harness.db was changed"));
    std::fs::remove_file(&database).unwrap();
    assert!(refused(&desk, &["backup", "verify", path(&made)]).contains("harness.db is missing"));
    std::fs::write(&database, &whole).unwrap();
    std::fs::write(made.join("plugins/stranger.wasm"), "x").unwrap();
    assert!(refused(&desk, &["backup", "verify", path(&made)]).contains("stranger.wasm does not belong to it"));
    assert_eq!(orders(&desk).as_array().unwrap().len(), 1, "the host has what it had");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_is_damaged_is_found_out_when_it_is_backed_up() {
    let simulator = simulator().await;
    let desk = Desk::new(&simulator.url());
    desk.import();
    let made = backup(&desk);
    // The same database without its log, and the head of one page written over.
    let mut bytes = std::fs::read(made.join("harness.db")).unwrap();
    bytes[5 * 8192..5 * 8192 + 64].fill(0xff);
    for file in harness_wms::database_files(&desk.data().join("harness.db")) {
        let _ = std::fs::remove_file(file);
    }
    std::fs::write(desk.data().join("harness.db"), bytes).unwrap();
    let folder = desk.folder.path().join("backup");
    let told = refused(&desk, &["backup", "create", path(&folder)]);
    assert!(told.contains("malformed") || told.contains("cannot be relied on"), "{told}");
    assert!(!folder.exists(), "no backup of it is left behind");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_is_not_put_back_over_a_database_unasked_and_not_under_a_host_that_serves() {
    let simulator = simulator().await;
    let desk = Desk::new(&simulator.url());
    desk.import();
    let made = backup(&desk);
    assert!(refused(&desk, &["backup", "restore", path(&made)]).contains("--replace"));
    let host = desk.serve();
    let told = refused(&desk, &["backup", "restore", path(&made), "--replace"]);
    assert!(told.contains("in use by process"), "{told}");
    host.stop();
    assert!(refused(&desk, &["backup", "create", path(&made)]).contains("is there already"));

    let (_, code) = desk.json(&["wms", "client", "add", "LATER", "Later"], "");
    assert_eq!(code, 0);
    let (restored, code) = desk.json(&["backup", "restore", path(&made), "--replace", "--keep-active"], "");
    assert_eq!((&restored["switched_off"], code), (&json!([]), 0), "{restored}");
    let clients = desk.json(&["wms", "client", "list"], "").0;
    assert!(!clients.to_string().contains("LATER"), "{clients}");
    let aside = PathBuf::from(restored["moved_aside"].as_str().unwrap());
    assert!(desk.folder.path().join(aside).join("harness.db").exists(), "what there was lies aside");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restore_that_was_cut_off_lets_no_host_start_until_it_is_done_again() {
    let simulator = simulator().await;
    let desk = Desk::new(&simulator.url());
    desk.import();
    let made = backup(&desk);
    // Cut off after the old database had moved aside.
    std::fs::write(desk.data().join("restore-unfinished"), "").unwrap();
    std::fs::remove_file(desk.data().join("harness.db")).unwrap();
    for arguments in [&["wms", "order", "list"][..], &["serve", "--listen", "127.0.0.1:0"]] {
        let told = refused(&desk, arguments);
        assert!(told.contains("harness backup restore"), "{told}");
    }
    assert_eq!(desk.json(&["backup", "restore", path(&made)], "").1, 0);
    assert_eq!(orders(&desk).as_array().unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_its_key_a_backup_brings_the_orders_back_and_asks_for_the_secrets_again() {
    let simulator = simulator().await;
    let desk = Desk::new(&simulator.url());
    desk.import();
    let made = backup(&desk);
    let other = Desk::bare("sqlite", &simulator.url());
    assert_eq!(other.json(&["backup", "restore", path(&made), "--without-key"], "").1, 0);
    assert_eq!(orders(&other).as_array().unwrap().len(), 1);
    let told = refused(&other, &["run", "acme", "--dry-run"]);
    assert!(told.contains("enter every secret of it again"), "{told}");
}

#[test]
fn on_postgresql_its_own_tools_are_named_and_not_the_address() {
    let desk = Desk::on("postgres://someone:hidden@localhost/wms", "http://127.0.0.1:1");
    let told = refused(&desk, &["backup", "create", "there"]);
    assert!(told.contains("pg_dump") && !told.contains("hidden"), "{told}");
}
