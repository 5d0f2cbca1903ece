//! The program `harness` as an operator uses it, against a simulated Linnworks on loopback.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    unreachable_pub,
    reason = "a test says what went wrong by failing"
)]

mod common;

use std::path::Path;

use common::desk::{Desk, TOKEN, simulator};
use linnworks_sim::{Mutation, SimHandle, Which};
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_lets_a_connector_in_adds_a_connection_and_imports() {
    let simulator = simulator().await;
    operate(&simulator, &Desk::new(&simulator.url()));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_works_on_postgresql_as_on_sqlite() {
    let Some(server) = test_needs::postgres::Server::start() else { return };
    let simulator = simulator().await;
    operate(&simulator, &Desk::on(&server.database(), &simulator.url()));
}

/// From nothing to a host that serves.
fn operate(simulator: &SimHandle, desk: &Desk) {
    desk.set_up();
    let (saved, code) = desk.add(&["--secret-stdin", "--set", "OrderPrefix=UNL-"]);
    assert_eq!((saved["connection"]["state"].as_str(), code), (Some("draft"), 0), "{saved}");

    let address = "https://apps.linnworks.net/Authorization/Authorize/11111111-1111-4111-8111-111111111111";
    assert_eq!(saved["install_address"], address);

    let (early, code) = desk.json(&["run", "acme"], "");
    assert!(code == 3 && early["error"].as_str().unwrap().contains("has not gone live"), "{early}");
    let (refused, code) = desk.json(&["connection", "activate", "acme"], "");
    let refused = refused["error"].as_str().unwrap();
    assert_eq!(code, 3);
    for words in
        ["1 open orders would be imported", "1 with the warning order.already-tracked", "--from DATE, --all or --hold"]
    {
        assert!(refused.contains(words), "{words}: {refused}");
    }
    assert_eq!(desk.json(&["connection", "activate", "acme", "--all"], "").0["state"], "active");

    let (dry, _) = desk.json(&["run", "acme", "--dry-run"], "");
    assert_eq!((dry["imported"].as_u64(), dry["dry_run"].as_bool()), (Some(1), Some(true)));
    assert_eq!(desk.json(&["wms", "order", "list"], "").0, json!([]));

    let (run, code) = desk.json(&["run", "acme"], "");
    assert_eq!((run["imported"].as_u64(), code), (Some(1), 0), "{run}");
    let (orders, _) = desk.json(&["wms", "order", "list"], "");
    assert_eq!(orders[0]["OrderNumber"], "UNL-100001");

    let (why, _) = desk.json(&["why", "acme", "100002"], "");
    assert!(why["conclusion"].as_str().unwrap().contains("UNPAID"), "{why}");
    let (why, _) = desk.json(&["why", "acme", "UNL-100001"], "");
    assert!(why["conclusion"].as_str().unwrap().contains("imported as order"), "{why}");

    let (usage, _) = desk.json(&["usage"], "");
    assert!(usage[0]["calls"].as_u64().unwrap() >= 2, "{usage}");
    let (runs, _) = desk.json(&["runs"], "");
    assert_eq!(runs[0]["state"], "done");

    assert_eq!(desk.json(&["problems"], "").0, json!([]));
    order(simulator, json!({ "NumOrderId": 100_003, "Items": [{ "SKU": "UNKNOWN", "Quantity": 1 }] }));
    let (run, code) = desk.json(&["run", "acme"], "");
    assert_eq!((&run["refused"], code), (&json!({ "sku-unknown": 1 }), 1), "{run}");
    let (problems, _) = desk.json(&["problems"], "");
    assert_eq!((problems[0]["code"].as_str(), problems[0]["sku"].as_str()), (Some("sku-unknown"), Some("UNKNOWN")));

    order(simulator, json!({ "NumOrderId": 100_004, "Items": [{ "SKU": "MUG", "Quantity": 1 }] }));
    let last = desk.json(&["runs"], "").0[0]["id"].as_i64();
    let taken = |status: &Value| {
        let runs = status["runs"].as_array().unwrap();
        runs.iter().find(|run| run["id"].as_i64() > last && run["counts"]["imported"] == 1).cloned()
    };
    let served = serve_until(desk, |status| taken(status).is_some());
    assert_eq!(taken(&served).unwrap()["state"], "done-with-problems", "the unknown SKU still stands: {served}");
    assert_eq!(desk.json(&["wms", "order", "list"], "").0.as_array().unwrap().len(), 2);
}

fn order(simulator: &SimHandle, value: Value) {
    simulator.apply(Mutation::Add { to: Which::Orders, value, account: None }).unwrap();
}

/// Serves until the status is as wanted, then asks the host to stop, as a supervisor does. Gives the last status.
fn serve_until(desk: &Desk, wanted: impl Fn(&Value) -> bool) -> Value {
    let host = desk.serve();
    let status = host.until(&wanted);
    let rest = host.stop();
    assert!(wanted(&status), "{status}\n{rest}");
    status
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_without_a_token_is_refused_with_the_way_to_get_one() {
    let simulator = simulator().await;
    let desk = Desk::new(&simulator.url());
    desk.set_up();
    let (refused, code) = desk.add(&[]);
    let text = refused["error"].as_str().unwrap();
    assert_eq!(code, 3);
    assert!(text.contains("ApiToken") && text.contains("11111111-1111-4111-8111-111111111111"), "{text}");
    assert_eq!(desk.json(&["connection", "list"], "").0, json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_token_is_in_no_output_no_log_and_no_file_in_clear() {
    let simulator = simulator().await;
    let desk = Desk::new(&simulator.url());
    desk.set_up();
    let mut said = desk.add(&["--secret-stdin"]).0.to_string();
    for arguments in [
        &["connection", "show", "acme", "--json"][..],
        &["connection", "check", "acme", "-vv"],
        &["connection", "activate", "acme", "--all"],
        &["run", "acme", "-vv"],
        &["runs", "--json"],
    ] {
        let output = desk.harness(arguments, "");
        said.push_str(&String::from_utf8_lossy(&output.stdout));
        said.push_str(&String::from_utf8_lossy(&output.stderr));
    }
    let mut files = Vec::new();
    collect(desk.folder.path(), &mut files);
    assert!(files.len() > 3, "the database, its key and the component should be there");
    for secret in [TOKEN, "22222222-2222-4222-8222-222222222222"] {
        assert!(!said.contains(secret), "a secret was said");
        for file in &files {
            let bytes = std::fs::read(file).unwrap();
            let found = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
            assert!(!found, "{} holds a secret in clear", file.display());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_of_references_is_imported_one_by_one_with_the_fate_of_each() {
    let simulator = simulator().await;
    let desk = Desk::new(&simulator.url());
    desk.set_up();
    desk.add(&["--secret-stdin"]);
    desk.json(&["connection", "activate", "acme", "--all"], "");
    std::fs::write(desk.folder.path().join("refs"), "100002\r\n\n 100001 \n100001\nNOBODY\n").unwrap();

    let (dry, _) = desk.json(&["import", "acme", "--file", "refs", "--dry-run"], "");
    assert_eq!(dry[1]["report"]["imported"], 1, "{dry}");
    assert_eq!(desk.json(&["wms", "order", "list"], "").0, json!([]));

    let (asked, code) = desk.json(&["import", "acme", "--file", "refs"], "");
    assert_eq!((asked.as_array().unwrap().len(), code), (3, 1), "{asked}");
    assert_eq!((&asked[0]["reference"], &asked[0]["report"]["skipped"]["unpaid"]), (&json!("100002"), &json!(1)));
    assert_eq!((&asked[1]["reference"], &asked[1]["report"]["imported"]), (&json!("100001"), &json!(1)));
    assert!(asked[2]["problem"].as_str().unwrap().contains("no order \"NOBODY\" is known"), "{asked}");
    let again = desk.harness(&["import", "acme", "--file", "refs"], "");
    let table = String::from_utf8_lossy(&again.stdout).into_owned();
    for words in ["100002", "already imported as order", "NOBODY"] {
        assert!(table.contains(words), "{words}: {table}");
    }
    assert_eq!(desk.json(&["wms", "order", "list"], "").0.as_array().unwrap().len(), 1);
}

fn collect(folder: &Path, files: &mut Vec<std::path::PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { collect(&path, files) } else { files.push(path) }
    }
}

#[test]
fn wrong_usage_ends_with_2_and_an_unknown_configuration_key_is_named() {
    let desk = Desk::new("http://127.0.0.1:1");
    assert_eq!(desk.harness(&["run"], "").status.code(), Some(2));
    std::fs::write(desk.folder.path().join("harness.toml"), "[limits]\nmemory_byte = 1\n").unwrap();
    let output = desk.harness(&["runs"], "");
    assert_eq!(output.status.code(), Some(3));
    assert!(String::from_utf8_lossy(&output.stderr).contains("memory_byte"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_is_removed_only_when_nothing_waits_or_that_is_abandoned() {
    let simulator = simulator().await;
    let desk = Desk::new(&simulator.url());
    desk.import();
    desk.json(&["wms", "stock", "set", "ACME", "MAIN", "MUG", "10"], "");
    let number = desk.json(&["wms", "order", "list"], "").0[0]["OrderNumber"].as_str().unwrap().to_owned();
    let (despatched, code) = desk.json(&["wms", "order", "despatch", &number, "--tracking", "T-2"], "");
    assert_eq!(code, 0, "{despatched}");
    let waits = format!("{number} (push-despatch)");

    let (refused, code) = desk.json(&["connection", "remove", "acme"], "");
    let text = refused["error"].as_str().unwrap_or_else(|| panic!("{refused}"));
    assert_eq!(code, 3);
    assert!(text.contains(&waits) && text.contains("--abandon"), "{text}");
    assert_eq!(desk.json(&["connection", "list"], "").0.as_array().unwrap().len(), 1);

    let removed = desk.harness(&["connection", "remove", "acme", "--abandon", "--orders", "erase"], "");
    let told = String::from_utf8_lossy(&removed.stdout).into_owned();
    assert_eq!(removed.status.code(), Some(0), "{}", String::from_utf8_lossy(&removed.stderr));
    for words in ["acme is removed", "the buyers of 1 are erased", "never told to the source", &waits] {
        assert!(told.contains(words), "{words}: {told}");
    }
    assert_eq!(desk.json(&["connection", "list"], "").0, json!([]));
    assert_eq!(desk.json(&["queue", "list"], "").0, json!([]));
    assert_eq!(desk.json(&["wms", "order", "list"], "").0[0]["PIIRemoved"], true);
    let (unknown, code) = desk.json(&["connection", "remove", "acme"], "");
    assert!(code == 3 && unknown["error"].as_str().unwrap().contains("no connection acme"), "{unknown}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_buyer_is_erased_by_order_or_address_and_seen_before() {
    let simulator = simulator().await;
    let desk = Desk::new(&simulator.url());
    desk.import();
    let email = desk.json(&["wms", "order", "list"], "").0[0]["Email"].as_str().unwrap().to_owned();
    assert!(!email.is_empty());

    let (would, code) = desk.json(&["erase", "100001", "--dry-run"], "");
    assert_eq!((&would["dry_run"], &would["erased"][0]["order_number"], code), (&json!(true), &json!("100001"), 0));
    assert!(!would.to_string().contains(&email), "{would}");
    assert_eq!(desk.json(&["wms", "order", "list"], "").0[0]["PIIRemoved"], false);

    let (erased, _) = desk.json(&["erase", &email.to_uppercase()], "");
    assert_eq!(erased["erased"], would["erased"]);
    let order = desk.json(&["wms", "order", "list"], "").0[0].clone();
    assert_eq!((&order["PIIRemoved"], &order["Email"], &order["LastName"]), (&json!(true), &json!(""), &json!("")));
    assert!(desk.json(&["timeline", "100001"], "").0.to_string().contains("\"erased\""));

    let again = desk.harness(&["erase", "100001"], "");
    assert!(String::from_utf8_lossy(&again.stdout).contains("erased before"), "{again:?}");
    let (nobody, code) = desk.json(&["erase", &email], "");
    let text = nobody["error"].as_str().unwrap();
    assert!(code == 3 && text.contains("no order names a buyer") && !text.contains(&email), "{text}");

    let (days, _) = desk.json(&["wms", "client", "erase-after", "ACME"], "");
    assert_eq!(days, json!({ "client": "ACME", "days": 0, "as_host": true }));
    let (days, _) = desk.json(&["wms", "client", "erase-after", "ACME", "90"], "");
    assert_eq!(days, json!({ "client": "ACME", "days": 90, "as_host": false }));
    let (days, _) = desk.json(&["wms", "client", "erase-after", "ACME", "--as-host"], "");
    assert_eq!(days["as_host"], true);
}

#[tokio::test(flavor = "multi_thread")]
async fn orders_of_some_days_are_imported_whatever_the_start_date_says() {
    let simulator = simulator().await;
    let desk = Desk::new(&simulator.url());
    desk.set_up();
    desk.add(&["--secret-stdin"]);
    desk.json(&["connection", "activate", "acme", "--from", "2099-01-01"], "");
    assert_eq!(desk.json(&["run", "acme"], "").0["imported"], 0);
    let all = ["import", "acme", "--from", "2000-01-01", "--to", "2098-12-31"];
    let (dry, code) = desk.json(&[&all[..], &["--dry-run"]].concat(), "");
    assert_eq!((&dry["imported"], &dry["dry_run"], code), (&json!(1), &json!(true), 0), "{dry}");
    assert_eq!(desk.json(&["wms", "order", "list"], "").0, json!([]));
    let (other, _) = desk.json(&["import", "acme", "--from", "2000-01-01", "--to", "2000-01-02"], "");
    assert_eq!((&other["imported"], &other["skipped"]["another-day"]), (&json!(0), &json!(1)), "{other}");
    assert_eq!(desk.json(&all, "").0["imported"], 1);
    assert_eq!(desk.json(&all, "").0["imported"], 0);

    let backwards = desk.json(&["import", "acme", "--from", "2000-01-02", "--to", "2000-01-01"], "");
    assert!(backwards.1 == 3 && backwards.0["error"].as_str().unwrap().contains("earlier day first"), "{backwards:?}");
    for wrong in [
        &["--from", "2000-01-02"][..],
        &["--from", "01/02/2000", "--to", "2000-01-02"],
        &["100001", "--from", "2000-01-01", "--to", "2000-01-02"],
    ] {
        assert_eq!(desk.harness(&[&["import", "acme"], wrong].concat(), "").status.code(), Some(2), "{wrong:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_is_recorded_for_its_owner_only_and_replays_without_database_or_network() {
    use std::os::unix::fs::PermissionsExt as _;
    let simulator = simulator().await;
    simulator
        .apply(Mutation::Add {
            to: Which::Orders,
            value: json!({ "NumOrderId": 100_003, "FullName": "Quillon Marksman", "Items": [{ "SKU": "MUG" }] }),
            account: None,
        })
        .unwrap();
    let desk = Desk::new(&simulator.url());
    desk.set_up();
    desk.add(&["--secret-stdin"]);
    desk.json(&["connection", "activate", "acme", "--all"], "");
    let file = desk.folder.path().join("run.json");
    let (run, code) = desk.json(&["run", "acme", "--record", "run.json"], "");
    assert_eq!((run["imported"].as_u64(), code), (Some(2), 0), "{run}");
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let recorded = std::fs::read_to_string(&file).unwrap();
    for gone in ["Quillon", "Marksman", TOKEN, "22222222-2222-4222-8222-222222222222"] {
        assert!(!recorded.contains(gone), "{gone}");
    }
    let calls = simulator.calls().len();

    // Nobody's file is taken, and nothing is done before that is known.
    let (refused, code) = desk.json(&["run", "acme", "--record", "run.json"], "");
    assert!(code == 3 && refused["error"].as_str().unwrap().contains("--overwrite"), "{refused}");
    assert_eq!((std::fs::read_to_string(&file).unwrap(), simulator.calls().len()), (recorded.clone(), calls));

    // Only the component is left of the host, and its machine code.
    simulator.stop().await;
    let data = desk.folder.path().join("harness-data");
    let kept = ["compiled", "key", "plugins"];
    for gone in names(&data).into_iter().filter(|name| !kept.contains(&name.as_str())) {
        std::fs::remove_file(data.join(gone)).unwrap();
    }
    let (replayed, code) = desk.json(&["replay", "run.json"], "");
    assert_eq!((replayed["same"].as_bool(), code), (Some(true), 0), "{replayed}");
    assert!(replayed["invocations"].as_u64().unwrap() >= 2, "{replayed}");
    assert_eq!(names(&data), kept);

    // Something else in an answer: the invocation and the call are named, and both sides.
    let other = recorded.replacen("\"Status\": 1", "\"Status\": 0", 1);
    assert_ne!(other, recorded);
    std::fs::write(&file, other).unwrap();
    let parted = desk.harness(&["replay", "run.json"], "");
    let text = String::from_utf8(parted.stdout).unwrap();
    assert_eq!(parted.status.code(), Some(1), "{text}");
    for words in ["parted at invocation ", "import-orders.fetch", "  recorded  ", "  now       ", "@@"] {
        assert!(text.contains(words), "{words}: {text}");
    }

    let (refused, code) = desk.json(&["replay", "harness.toml"], "");
    assert!(code == 3 && refused["error"].as_str().unwrap().contains("harness-recording/1"), "{refused}");
}

fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}
