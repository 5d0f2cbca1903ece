//! One attack, carried out beside a neighbour, and what came of it.

use std::cell::Cell;
use std::time::Duration;

use anyhow::Context as _;
use serde::Serialize;

use crate::attacks::{Attack, Charge, NOTHING};
use crate::memory::Peak;
use crate::neighbour::Neighbour;
use crate::site::{Site, memory_bound};

/// Real time for one attack; one that waits for the clock, which stands still, never ends by itself.
const PATIENCE: Duration = Duration::from_secs(60);

/// What came of one attack.
#[derive(Debug, Clone, Serialize)]
pub struct Row {
    /// The attack, as a fact.
    pub attack: &'static str,
    /// The typed reason that it ended with.
    pub reason: String,
    /// What its tenant was charged; nothing where it was not let in.
    pub charged: Option<Charged>,
    /// Whether another client's connection gave the same outputs with the same calls and the same fuel meanwhile.
    pub neighbour_unaffected: bool,
    /// Runs of the neighbour that were compared.
    pub neighbour_runs: u32,
    /// Those of them that ended while the attack was under way.
    pub neighbour_runs_within: u32,
    /// Bytes by which the host's resident memory peaked above where it was.
    pub memory_grown: u64,
    /// What did not hold.
    pub broken: Vec<String>,
}

/// What a tenant was charged.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Charged {
    /// Invocations.
    pub invocations: i64,
    /// Processor time in the sandbox, in microseconds.
    pub cpu_us: i64,
    /// Calls at the source.
    pub calls: i64,
    /// Bytes there and back.
    pub bytes: i64,
}

impl Row {
    /// Whether all of it held.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.broken.is_empty()
    }

    fn nothing(attack: &Attack) -> Self {
        Self {
            attack: attack.fact,
            reason: String::new(),
            charged: None,
            neighbour_unaffected: false,
            neighbour_runs: 0,
            neighbour_runs_within: 0,
            memory_grown: 0,
            broken: Vec::new(),
        }
    }
}

/// Carries `attack` out.
#[must_use]
pub fn carry_out(attack: &Attack) -> Row {
    let mut row = Row::nothing(attack);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let done = runtime.map_err(anyhow::Error::from).and_then(|runtime| {
        runtime.block_on(async { tokio::time::timeout(PATIENCE, watch(attack, &mut row)).await })?
    });
    if let Err(error) = done {
        row.broken.push(format!("{error:#}"));
    }
    row
}

async fn watch(attack: &Attack, row: &mut Row) -> anyhow::Result<()> {
    let site = Site::open().await?;
    let neighbour = Neighbour::settle(&site).await?;
    let before = site.usage().await?;
    let over = Cell::new(false);
    let peak = Peak::begin()?;
    // The neighbour is in the middle of a run when the attack begins.
    let (beside, ended) = tokio::join!(neighbour.works_until(&site, &over), async {
        let ended = attack.carry_out(&site).await;
        over.set(true);
        ended
    });
    row.memory_grown = peak.grown()?;
    let after = site.usage().await?;

    match ended {
        Ok(reason) => {
            if reason != attack.reason {
                row.broken.push(format!("it ended with {reason}, not with {}", attack.reason));
            }
            row.reason = reason;
        }
        Err(error) => row.broken.push(format!("the attack: {error:#}")),
    }
    if row.memory_grown > memory_bound() {
        row.broken.push(format!("memory grew by {} bytes; {} are allowed", row.memory_grown, memory_bound()));
    }
    let own = (before.get(&site.neighbour.id), after.get(&site.neighbour.id));
    match (beside, own) {
        (Ok(beside), (Some(before), Some(after))) => {
            row.neighbour_runs = beside.runs;
            row.neighbour_runs_within = beside.within;
            let own_work = neighbour.was_charged_for(beside.runs, before, after);
            // What is not let in hardly runs, and the host compiles it on the neighbour's thread.
            let turns = if attack.charge.is_some() { beside.had_its_turns() } else { Ok(()) };
            let wrong = [beside.was_at_the_same_time(), turns, own_work].into_iter().filter_map(Result::err);
            let broken = row.broken.len();
            row.broken.extend(wrong.map(|error| format!("{error:#}")));
            row.neighbour_unaffected = row.broken.len() == broken;
        }
        (Err(error), _) => row.broken.push(format!("the neighbour: {error:#}")),
        (Ok(_), _) => row.broken.push("the neighbour was not charged for its own work".into()),
    }
    charge(attack, &site, &after, row)
}

fn charge(
    attack: &Attack,
    site: &Site,
    after: &std::collections::BTreeMap<i64, harness_wms::Usage>,
    row: &mut Row,
) -> anyhow::Result<()> {
    let charged = after.get(&site.hostile.id).map(|usage| Charged {
        invocations: usage.invocations,
        cpu_us: usage.cpu_us,
        calls: usage.calls,
        bytes: usage.bytes_out + usage.bytes_in,
    });
    row.charged = charged;
    let charge = match &attack.charge {
        None => {
            // Nobody has it yet, so nobody is charged.
            anyhow::ensure!(charged.is_none(), "it was not let in and the tenant was charged {charged:?}");
            return Ok(());
        }
        Some(charge) => charge,
    };
    let charged = charged.context("the tenant was not charged")?;
    if *charge == NOTHING {
        let all = [charged.invocations, charged.cpu_us, charged.calls, charged.bytes];
        anyhow::ensure!(all == [0; 4], "the tenant was charged {charged:?}; nothing was to be charged");
    }
    let Charge { invocations, cpu_us, calls } = charge;
    for (what, least, found) in [
        ("invocations", *invocations, charged.invocations),
        ("us of CPU time", *cpu_us, charged.cpu_us),
        ("calls", *calls, charged.calls),
    ] {
        anyhow::ensure!(found >= least, "the tenant was charged {found} {what}; it used {least} at least");
    }
    Ok(())
}
