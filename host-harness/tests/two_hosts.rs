//! Two hosts on one database by mistake: on SQLite the second is refused, on PostgreSQL both work and nothing is done twice.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    unreachable_pub,
    reason = "a test says what went wrong by failing"
)]

mod common;

use common::desk::{Desk, TOKEN, simulator};
use linnworks_sim::{Mutation, SimHandle, Which};
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread")]
async fn a_second_host_on_an_sqlite_file_is_refused_with_the_process_of_the_first() {
    let simulator = simulator().await;
    let desk = Desk::new(&simulator.url());
    desk.import();
    let first = desk.serve();
    let pid = first.child.id().to_string();
    for arguments in [&["serve", "--listen", "127.0.0.1:0"][..], &["run", "acme"], &["wms", "order", "list"]] {
        let (refused, code) = desk.json(arguments, "");
        let told = refused["error"].as_str().unwrap();
        assert!(code == 3 && told.contains(&format!("in use by process {pid}")), "{told}");
    }
    first.kill();
    let second = desk.serve();
    second.stop();
}

/// Connections of as many clients, so that two hosts have something to share.
const CONNECTIONS: usize = 6;

fn orders(simulator: &SimHandle, of: std::ops::Range<u32>) {
    for number in of {
        let order = json!({ "NumOrderId": 200_000 + number, "Items": [{ "SKU": "MUG", "Quantity": 1 }] });
        simulator.apply(Mutation::Add { to: Which::Orders, value: order, account: None }).unwrap();
    }
}

/// Runs that overlap another run of the same flow and connection, as the database tells.
fn overlapping(runs: &Value) -> Vec<String> {
    let runs = runs.as_array().unwrap();
    let span = |run: &Value| (run["started_at"].as_i64().unwrap(), run["ended_at"].as_i64().unwrap_or(i64::MAX));
    let mut found = Vec::new();
    for (at, one) in runs.iter().enumerate() {
        for other in &runs[at + 1..] {
            let same = one["connection_id"] == other["connection_id"] && one["flow"] == other["flow"];
            let ((begin, end), (other_begin, other_end)) = (span(one), span(other));
            if same && begin < other_end && other_begin < end {
                found.push(format!("{one} and {other}"));
            }
        }
    }
    found
}

/// Two hosts of one database, with one key and one set of components, and as many live connections.
fn two(database: &str, simulator: &str) -> (Desk, Desk) {
    let desk = Desk::on(database, simulator);
    desk.set_up();
    let other = Desk::on(database, simulator);
    std::os::unix::fs::symlink(desk.data().join("plugins"), other.data().join("plugins")).unwrap();
    for number in 0..CONNECTIONS {
        let (client, name) = (format!("C{number}"), format!("shop{number}"));
        desk.json(&["wms", "client", "add", &client, &client], "");
        desk.json(&["wms", "channel", "add", &client, "Linnworks"], "");
        desk.json(&["wms", "product", "add", &client, "MUG"], "");
        let client = format!("Client={client}");
        let settings = ["--set", &client, "--set", "Warehouse=MAIN", "--set", "Channel=Linnworks"];
        let location = ["--set", "Location=00000000-0000-0000-0000-000000000000", "--secret-stdin"];
        let (added, code) = desk.json(&[&["connection", "add", &name][..], &settings, &location].concat(), TOKEN);
        assert_eq!(code, 0, "{added}");
        assert_eq!(desk.json(&["connection", "activate", &name, "--all"], "").1, 0);
    }
    (desk, other)
}

fn imported(desk: &Desk) -> usize {
    desk.json(&["wms", "order", "list", "--limit", "1000"], "").0.as_array().unwrap().len()
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hosts_on_postgresql_share_the_work_and_nothing_is_done_twice() {
    let Some(server) = test_needs::postgres::Server::start() else { return };
    let simulator = simulator().await;
    let database = server.database();
    let (desk, other) = two(&database, &simulator.url());
    orders(&simulator, 0..20);
    // The connections' next turn has come on both clocks at once.
    for host in [&desk, &other] {
        host.configure(&database, &simulator.url(), 60);
        host.add_to_configuration("[schedule]\nworkers = 1\n");
    }
    // Whoever comes first is held up by its first connection, and leaves the others to the second.
    let slow = json!({ "endpoint": "Orders/GetOrdersById", "nth": 1, "do": "delay", "millis": 10_000 });
    simulator.fault(serde_json::from_value(slow).unwrap());
    let (one, two) = (desk.serve(), other.serve());
    one.until(|_| imported(&desk) >= 21 * CONNECTIONS);
    one.stop();
    two.stop();
    assert_eq!(imported(&desk), 21 * CONNECTIONS, "each order once for each client");
    let runs = desk.json(&["runs", "--limit", "1000"], "").0;
    assert_eq!(overlapping(&runs), [""; 0], "no flow of a connection ran twice at one time");
    let of_import = |run: &&Value| run["flow"] == "import-orders";
    let mut imports: Vec<&Value> = runs.as_array().unwrap().iter().filter(of_import).collect();
    imports.sort_by_key(|run| run["connection_id"].as_i64());
    assert_eq!(imports.len(), CONNECTIONS, "{runs}");
    imports.dedup_by_key(|run| run["connection_id"].as_i64());
    assert_eq!(imports.len(), CONNECTIONS, "each connection was run once, as one host would: {runs}");
    let span = |run: &Value| (run["started_at"].as_i64().unwrap(), run["ended_at"].as_i64().unwrap());
    let longest = imports.iter().map(|run| span(run)).max_by_key(|(begin, end)| end - begin).unwrap();
    let beside = imports.iter().filter(|run| longest.0 < span(run).0 && span(run).1 < longest.1).count();
    // One host alone does one after the other.
    assert!(beside > 0, "the second host did nothing: {runs}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_work_of_a_host_that_was_killed_is_taken_over_when_its_lease_has_run_out_and_not_before() {
    let Some(server) = test_needs::postgres::Server::start() else { return };
    let simulator = simulator().await;
    let database = server.database();
    let (desk, other) = two(&database, &simulator.url());
    orders(&simulator, 0..3);
    let stands_still = json!({ "endpoint": "Orders/GetOrdersById", "nth": 1, "do": "delay", "millis": 600_000 });
    simulator.fault(serde_json::from_value(stands_still).unwrap());
    let mut first = desk.start(&["run", "shop0"]);
    // Its run is under way, and stands still.
    for _ in 0..1_000 {
        if simulator.calls().iter().any(|call| call.endpoint == "Orders/GetOrdersById") {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    first.kill().unwrap();
    first.wait().unwrap();

    let (refused, code) = other.json(&["run", "shop0"], "");
    let told = refused["error"].as_str().unwrap();
    assert!(code == 3 && told.contains("is being run by"), "{told}");
    assert_eq!(imported(&other), 0);

    other.configure(&database, &simulator.url(), 10);
    let (run, code) = other.json(&["run", "shop0"], "");
    assert_eq!((run["imported"].as_u64(), code), (Some(4), 0), "{run}");
    assert_eq!(imported(&other), 4);
    let runs = other.json(&["runs", "--connection", "shop0"], "").0;
    let states: Vec<&str> = runs.as_array().unwrap().iter().filter_map(|run| run["state"].as_str()).collect();
    assert!(!states.contains(&"running"), "the dead host's run is closed: {states:?}");
}
