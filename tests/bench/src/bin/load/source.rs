//! The simulated Linnworks: one process with an account for each connection, told over its controls what happens there.

use anyhow::{Context as _, ensure};
use bench::lab::SimulatorProcess;
use chrono::DateTime;
use linnworks_sim::state::Application;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::shape::Size;

/// Products of each account.
pub(crate) const SKUS: usize = 500;

/// Units of each product in the beginning, on both sides.
pub(crate) const UNITS: i64 = 10_000;

/// When it begins: 2 March 2026, 06:00 UTC.
pub(crate) const BEGIN: i64 = 1_772_431_200_000;

/// The process, and the way to its controls.
pub(crate) struct Source {
    process: SimulatorProcess,
    client: reqwest::Client,
}

/// Name of a product.
pub(crate) fn sku(place: usize) -> String {
    format!("SKU-{place:03}")
}

/// The token of the account of a connection.
pub(crate) fn token(connection: usize) -> Uuid {
    Uuid::from_u128(0x70ce_0000_0000_4000_8000_0000_0000_0000 + connection as u128)
}

impl Source {
    /// Starts it, with all accounts, on a clock that stands at [`BEGIN`].
    pub(crate) async fn start(size: &Size) -> anyhow::Result<Self> {
        let source = Self { process: SimulatorProcess::start_as(&[])?, client: reqwest::Client::new() };
        let items: Vec<Value> = (0..SKUS).map(|place| json!({ "ItemNumber": sku(place), "Level": UNITS })).collect();
        let accounts: Vec<Value> = (0..size.connections())
            .map(|connection| {
                let application = Application { token: token(connection), ..Application::example() };
                json!({
                    "Id": Uuid::from_u128(0xacc0_0000_0000_4000_8000_0000_0000_0000 + connection as u128),
                    "Name": format!("Account {connection}"), "Applications": [application], "Items": items,
                })
            })
            .collect();
        let config = json!({ "log_bodies": false });
        source.post("seed", &json!({ "accounts": accounts, "config": config })).await?;
        source.set_time(BEGIN).await?;
        Ok(source)
    }

    pub(crate) fn url(&self) -> &str {
        &self.process.url
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> anyhow::Result<Value> {
        let request = self.client.post(format!("{}/_sim/{path}", self.process.url)).json(body);
        read(path, request.send().await?).await
    }

    pub(crate) async fn get(&self, path: &str) -> anyhow::Result<Value> {
        read(path, self.client.get(format!("{}/_sim/{path}", self.process.url)).send().await?).await
    }

    async fn delete(&self, path: &str) -> anyhow::Result<()> {
        read(path, self.client.delete(format!("{}/_sim/{path}", self.process.url)).send().await?).await.map(drop)
    }

    pub(crate) async fn set_time(&self, now: i64) -> anyhow::Result<()> {
        let moment = DateTime::from_timestamp_millis(now).context("the time is out of range")?;
        self.post("time", &json!({ "set": moment.to_rfc3339_opts(chrono::SecondsFormat::Millis, true) }))
            .await
            .map(drop)
    }

    /// Of a hundred calls, `percent` fail from now on.
    pub(crate) async fn begin_faults(&self, percent: u32) -> anyhow::Result<()> {
        let kinds = [
            (20, json!({ "do": "throttle", "retry_after": 20 })),
            (20, json!({ "do": "expire_session" })),
            (15, json!({ "do": "status", "status": 500 })),
            (10, json!({ "do": "status_after", "status": 500 })),
            (10, json!({ "do": "cut_before" })),
            (10, json!({ "do": "cut_after" })),
            (5, json!({ "do": "html" })),
            (5, json!({ "do": "empty" })),
            (5, json!({ "do": "truncate" })),
        ];
        let faults: Vec<Value> = kinds
            .into_iter()
            .enumerate()
            .map(|(seed, (share, mut fault))| {
                if let Some(fault) = fault.as_object_mut() {
                    fault.insert("probability".into(), json!(f64::from(percent * share) / 10_000.0));
                    fault.insert("seed".into(), json!(seed));
                }
                fault
            })
            .collect();
        self.post("faults", &json!(faults)).await.map(drop)
    }

    /// How many faults struck so far.
    pub(crate) async fn struck(&self) -> anyhow::Result<usize> {
        let faults = self.get("faults").await?;
        let counts = faults.as_array().into_iter().flatten().filter_map(|fault| fault.get("struck")?.as_u64());
        Ok(usize::try_from(counts.sum::<u64>()).unwrap_or(usize::MAX))
    }

    pub(crate) async fn clear_faults(&self) -> anyhow::Result<()> {
        self.delete("faults").await
    }

    /// How many calls there were since this was asked last.
    pub(crate) async fn take_calls(&self) -> anyhow::Result<usize> {
        let counts = self.get("calls/counts").await?;
        let counts = counts.as_object().into_iter().flat_map(|counts| counts.values()).filter_map(Value::as_u64);
        let sum = usize::try_from(counts.sum::<u64>()).unwrap_or(usize::MAX);
        self.delete("calls").await?;
        Ok(sum)
    }
}

async fn read(path: &str, answer: reqwest::Response) -> anyhow::Result<Value> {
    let status = answer.status();
    let text = answer.text().await?;
    ensure!(status.is_success(), "the simulator's control {path} answered {status}: {text}");
    Ok(serde_json::from_str(&text)?)
}
