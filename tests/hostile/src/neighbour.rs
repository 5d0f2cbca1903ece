//! The connection of another client, which does the same work over and over and is to notice nothing.

use std::cell::Cell;

use anyhow::Context as _;
use harness_contract::types::Mode;
use harness_wms::Connection;
use linnworks_sim::state::Application;
use secrecy::SecretString;
use serde_json::{Value, json};

use crate::site::Site;

/// Runs of one attack, at most: the rate budget of a minute, in which the clock stands still, has room for so many.
const MOST_RUNS: u32 = 20;

/// What one run of the neighbour is, seen from outside.
#[derive(Debug, Clone, PartialEq)]
pub struct Work {
    /// What it reports.
    report: Value,
    /// Its calls at the source, by operation.
    calls: Value,
    /// Bytes there and back.
    bytes: (u64, u64),
    /// Invocations.
    invocations: u64,
    /// Exact fuel.
    fuel: Option<u64>,
}

impl Work {
    fn all_calls(&self) -> i64 {
        self.calls.as_object().into_iter().flatten().filter_map(|(_, count)| count.as_i64()).sum()
    }
}

/// The neighbour's connection and what its work is when nobody disturbs it.
pub struct Neighbour {
    connection: Connection,
    alone: Work,
}

/// What was seen of the neighbour while somebody attacked.
#[derive(Debug, Clone, Copy, Default)]
pub struct Beside {
    /// Runs that ended.
    pub runs: u32,
}

impl Neighbour {
    /// Connects the neighbour and has it work alone.
    ///
    /// # Errors
    /// When it cannot work even then.
    pub async fn settle(site: &Site) -> anyhow::Result<Self> {
        let platform = &site.platform;
        platform.plugins.add(platform, &crate::disguise::component("linnworks")?, None).await?;
        let example = Application::example();
        for (name, value) in
            [("ApplicationId", example.application_id), ("ApplicationSecret", example.application_secret)]
        {
            platform.set_platform_secret("linnworks", name, &SecretString::from(value.to_string())).await?;
        }
        let settings = json!({ "ApiToken": example.token.to_string() });
        let connection = site.connect("neighbour", &site.neighbour, "linnworks", settings).await?;
        // The first one logs in, which the others need not.
        work(site, &connection).await.context("the neighbour's first run")?;
        let alone = work(site, &connection).await.context("the neighbour alone")?;
        anyhow::ensure!(alone.report["imported"] == 20, "the neighbour alone: {}", alone.report);
        anyhow::ensure!(alone.fuel.is_some_and(|fuel| fuel > 0), "the engine counts no fuel");
        Ok(Self { connection, alone })
    }

    /// Works until `over`, and compares each run with the one alone.
    ///
    /// # Errors
    /// The first difference.
    pub async fn works_until(&self, site: &Site, over: &Cell<bool>) -> anyhow::Result<Beside> {
        let mut beside = Beside::default();
        while beside.runs == 0 || (!over.get() && beside.runs < MOST_RUNS) {
            let found = work(site, &self.connection).await?;
            anyhow::ensure!(found == self.alone, "alone it was {:?}, beside the attack {found:?}", self.alone);
            beside.runs += 1;
        }
        Ok(beside)
    }

    /// Whether the neighbour was charged for its own `runs` and nothing else, from what it was `before`.
    ///
    /// # Errors
    /// What it was charged.
    pub fn was_charged_for(
        &self,
        runs: u32,
        before: &harness_wms::Usage,
        after: &harness_wms::Usage,
    ) -> anyhow::Result<()> {
        let runs = i64::from(runs);
        let bytes = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
        let own = (
            runs * bytes(self.alone.invocations),
            runs * self.alone.all_calls(),
            runs * bytes(self.alone.bytes.0),
            runs * bytes(self.alone.bytes.1),
        );
        let charged = (
            after.invocations - before.invocations,
            after.calls - before.calls,
            after.bytes_out - before.bytes_out,
            after.bytes_in - before.bytes_in,
        );
        anyhow::ensure!(own == charged, "the neighbour used {own:?} and was charged {charged:?}");
        Ok(())
    }
}

async fn work(site: &Site, connection: &Connection) -> anyhow::Result<Work> {
    let before = site.platform.now();
    let ran = site.run(connection, Mode::Plan).await?;
    anyhow::ensure!(ran.stopped.is_none(), "it was put off: {:?}", ran.stopped);
    anyhow::ensure!(site.platform.now() == before, "it queued for {} ms", site.platform.now() - before);
    Ok(Work {
        report: serde_json::to_value(&ran.report)?,
        calls: serde_json::to_value(&ran.spent.calls)?,
        bytes: (ran.spent.bytes_out, ran.spent.bytes_in),
        invocations: ran.spent.invocations,
        fuel: ran.spent.fuel,
    })
}
