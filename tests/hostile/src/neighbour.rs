//! The connection of another client, which does the same work over and over and is to notice nothing.

use std::cell::Cell;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use harness_contract::types::Mode;
use harness_wms::Connection;
use linnworks_sim::state::Application;
use secrecy::SecretString;
use serde_json::{Value, json};

use crate::processor;
use crate::site::Site;

/// Runs of one attack, at most: the rate budget of a minute, in which the clock stands still, has room for so many.
const MOST_RUNS: u32 = 20;
/// Processor time of the thread that passes within one run of the neighbour, at most. Taking turns with a loop it is a third of
/// this; a loop that gives no turns takes the whole second that it has. The time of the clock would depend on the machine.
const MOST_WORK: Duration = Duration::from_millis(900);
/// Real time of one run, at most: less than what an attacker may wait, for the case that the host waits with it.
const MOST_TIME: Duration = Duration::from_secs(5);

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
    /// Those of them that began before the attack was over. The first of all begins before the attack does.
    pub overlapping: u32,
    /// Those of them that ended before the attack was over.
    pub within: u32,
    /// Processor time of the thread within one of them, at most; letting the attacker in is left out.
    pub most_work: Duration,
    /// Real time of one of them, at most; letting the attacker in is left out.
    pub most_time: Duration,
}

impl Beside {
    /// Whether the neighbour ran while the attack was under way.
    ///
    /// # Errors
    /// When it began afterwards.
    pub fn was_at_the_same_time(&self) -> anyhow::Result<()> {
        anyhow::ensure!(self.overlapping > 0, "the neighbour began when the attack was over");
        Ok(())
    }

    /// Whether the neighbour had its turns. As it runs without a pause and began before the attack did, one that had to stand
    /// still did so within a run.
    ///
    /// # Errors
    /// When it had to stand still.
    pub fn had_its_turns(&self) -> anyhow::Result<()> {
        anyhow::ensure!(
            self.most_work < MOST_WORK && self.most_time < MOST_TIME,
            "the neighbour stood still: within one run the thread worked for {:?} and {:?} passed; {MOST_WORK:?} and \
             {MOST_TIME:?} are allowed",
            self.most_work,
            self.most_time
        );
        Ok(())
    }
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
            beside.overlapping += u32::from(!over.get());
            let (began, worked, let_in) = (Instant::now(), processor::time()?, site.letting_in.get());
            let found = work(site, &self.connection).await?;
            let letting_in = site.letting_in.get().saturating_sub(let_in);
            beside.most_work = beside.most_work.max(processor::time()?.saturating_sub(worked + letting_in));
            beside.most_time = beside.most_time.max(began.elapsed().saturating_sub(letting_in));
            anyhow::ensure!(found == self.alone, "alone it was {:?}, beside the attack {found:?}", self.alone);
            beside.runs += 1;
            beside.within += u32::from(!over.get());
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
