//! A client that others wrote, unmodified from PyPI, works against the simulator.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "what is not as expected ends the test"
)]

use linnworks_sim::generate::{GenerateOptions, generate};
use linnworks_sim::{SimOptions, Simulator};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use test_needs::{Need, skip};

const PACKAGE: &str = "linnworks-api-python==0.1.0";
const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/python_client/despatch_and_count.py");
const COUNTED_SKU: &str = "SKU-00001";
const COUNTED_LEVEL: i32 = 77;

/// Why there is no client to test with.
enum NoClient {
    /// The machine lacks what is named.
    Unavailable(Need, String),
    /// Anything else is a failure everywhere.
    Broken(String),
}

/// The interpreter of a virtual environment with the client, made once and kept beside the build's other files.
fn interpreter() -> Result<PathBuf, NoClient> {
    let home = Path::new(env!("CARGO_TARGET_TMPDIR")).join(PACKAGE.replace("==", "-"));
    let (python, installed) = (home.join("bin/python"), home.join("installed"));
    if installed.exists() {
        return Ok(python);
    }
    let venv = run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&home));
    let venv = venv.map_err(|error| NoClient::Unavailable(Need::Python, format!("python3 does not start: {error}")))?;
    if !venv.status.success() {
        return Err(NoClient::Unavailable(Need::Python, format!("python3 has no venv: {}", text(&venv))));
    }
    let pip = run(Command::new(&python).args(["-m", "pip", "install", "--quiet", "--retries", "1", PACKAGE]));
    let pip = pip.map_err(|error| NoClient::Broken(format!("pip does not start: {error}")))?;
    if !pip.status.success() {
        let said = text(&pip);
        let unreachable = said.contains("Retrying (") || said.contains("onnection");
        let reason = format!("pip cannot install {PACKAGE}: {said}");
        return Err(if unreachable {
            NoClient::Unavailable(Need::PackageRegistry, reason)
        } else {
            NoClient::Broken(reason)
        });
    }
    fs::write(&installed, PACKAGE).map_err(|error| NoClient::Broken(format!("{}: {error}", installed.display())))?;
    Ok(python)
}

fn run(command: &mut Command) -> std::io::Result<Output> {
    command.env("PIP_DISABLE_PIP_VERSION_CHECK", "1").output()
}

fn text(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

fn interpreter_or_skip() -> Option<PathBuf> {
    match interpreter() {
        Ok(python) => Some(python),
        Err(NoClient::Unavailable(need, reason)) => {
            skip(need, &reason);
            None
        }
        Err(NoClient::Broken(reason)) => panic!("{reason}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_public_python_client_logs_in_reads_despatches_and_counts() {
    let Some(python) = interpreter_or_skip() else { return };
    let sim = Simulator::start(SimOptions::default()).await.unwrap();
    let account = generate(&GenerateOptions { orders: 30, items: 20, clean: true, ..GenerateOptions::default() });
    let application = account.applications[0].clone();
    let open: Vec<(String, i32, usize)> =
        account.orders.iter().map(|o| (o.order_id.to_string(), o.num_order_id, o.items.len())).collect();
    sim.with(|world| *world.account_mut() = account);

    let mut command = Command::new(python);
    command
        .arg(SCRIPT)
        .env("LINNWORKS_URL", sim.url())
        .env("LINNWORKS_APPLICATION_ID", application.application_id.to_string())
        .env("LINNWORKS_APPLICATION_SECRET", application.application_secret.to_string())
        .env("LINNWORKS_TOKEN", application.token.to_string())
        .env("SKU_TO_COUNT", COUNTED_SKU)
        .env("LEVEL", COUNTED_LEVEL.to_string())
        .env("NO_PROXY", "127.0.0.1");
    let output = tokio::task::spawn_blocking(move || command.output()).await.unwrap().unwrap();
    assert!(output.status.success(), "{}", text(&output));
    let seen: Value = serde_json::from_slice(&output.stdout).unwrap();

    assert_eq!(seen["server"], sim.url());
    assert_eq!(seen["locations"], serde_json::json!(["Default", "Fulfilment Centre", "Warehouse 2"]));
    assert_eq!(seen["open_orders"], 30);
    let mut details: Vec<(String, i32, usize)> = seen["details"].as_array().unwrap().iter().map(detail).collect();
    details.sort_by_key(|(_, number, _)| *number);
    assert_eq!(details, open);
    assert_eq!(seen["processed"]["done"], true, "{}", seen["processed"]["error"]);
    assert_eq!(seen["levels"], serde_json::json!([{ "sku": COUNTED_SKU, "level": COUNTED_LEVEL }]));

    let processed = uuid::Uuid::parse_str(seen["processed"]["id"].as_str().unwrap()).unwrap();
    sim.with(|world| {
        let account = world.account();
        let despatched: Vec<_> = account.orders.iter().filter(|o| o.processed).map(|o| o.order_id).collect();
        assert_eq!(despatched, [processed]);
        let item = account.items.by_sku(COUNTED_SKU).unwrap();
        assert_eq!(item.level(uuid::Uuid::nil()).unwrap().level, COUNTED_LEVEL);
    });
    sim.stop().await;
}

fn detail(order: &Value) -> (String, i32, usize) {
    let number = |name: &str| order[name].as_i64().unwrap();
    (order["id"].as_str().unwrap().to_owned(), number("number") as i32, number("lines") as usize)
}
