//! When flows run: due times as rows, claimed by lease, fair between clients, with back-off and a graceful stop.
//!
//! Each active connection has two beats, each with its own frequency and back-off: `orders`, and `stock` where its stock is synced.
//! Who claims a due row runs the flows of that beat one after the other and sets the next time. Several hosts on one PostgreSQL
//! share the rows; on SQLite there is only one host.

mod health;
mod upkeep;

use futures::StreamExt as _;
use futures::stream::FuturesUnordered;
use harness_contract::types::Mode;
use harness_wms::{Connection, Due, Lifecycle, RunState, StoreError};
use serde_json::Value;

use crate::connection::field;
use crate::flow::{Beat, FLOWS, Flow, FlowError, lease};
use crate::notify;
use crate::platform::Platform;
pub use health::Health;

const MINUTE: i64 = 60_000;

const DAY: i64 = 24 * 60 * MINUTE;

/// A failing connection is tried again after its frequency times two to the power of its failures, at most this.
const LONGEST_BACK_OFF: i64 = 60 * MINUTE;

/// How long nothing is asked of the database when nothing is due, or when it failed; also how soon an edit is noticed.
const GLANCE: i64 = 5_000;

/// How long runs that were told to stop are given, beyond the grace, to note that they did.
const NOTING: i64 = 5_000;

/// Runs what is due until the platform is told to stop, then waits for what is under way. Errors of the database are logged
/// and told to `health`; the work goes on once it answers again.
pub async fn run(platform: &Platform, health: &Health) {
    let mut running = FuturesUnordered::new();
    let mut rounds = Rounds::default();
    while !platform.stop.is_asked() {
        let free = platform.config.schedule.workers.saturating_sub(running.len());
        let looked = beside(&mut running, look(platform, free, &mut rounds)).await;
        let now = platform.now();
        health.looked(now, looked.as_ref().err());
        let next = match looked {
            Ok(due) => {
                running.extend(due.into_iter().map(|due| one(platform, due)));
                beside(&mut running, next_look(platform, now)).await
            }
            Err(error) => {
                tracing::error!(error = format!("{error:#}"), "the scheduler could not look for what is due");
                now + GLANCE
            }
        };
        // While runs work it is for them to say how fast a clock goes that somebody drives.
        let waited = match running.is_empty() {
            true => platform.clock.sleep_until(next),
            false => platform.clock.pass_by(next),
        };
        tokio::select! {
            () = waited => {}
            () = platform.stop.asked() => {}
            Some(result) = running.next() => report(result),
        }
    }
    let grace = i64::from(platform.config.schedule.grace_seconds) * 1_000;
    let rest = async {
        while let Some(result) = running.next().await {
            report(result)
        }
    };
    tokio::select! {
        biased;
        () = rest => {}
        () = platform.clock.pass_by(platform.now() + grace + NOTING) => {
            tracing::warn!("runs did not end in {} s and are dropped; the next start takes their work up again", grace / 1_000);
        }
    }
}

/// Carries `work` through while `running` goes on. A run may hold a connection of the database that `work` waits for; left alone
/// meanwhile, it would never give it back.
async fn beside<T>(
    running: &mut FuturesUnordered<impl Future<Output = anyhow::Result<()>>>,
    work: impl Future<Output = T>,
) -> T {
    tokio::pin!(work);
    loop {
        tokio::select! {
            done = &mut work => return done,
            Some(result) = running.next() => report(result),
        }
    }
}

/// When was last done what is not done at each look.
#[derive(Debug, Default)]
struct Rounds {
    pruned_at: Option<i64>,
    planned_at: Option<i64>,
}

/// What is due now, claimed. A look follows each run that ends, so what goes over all connections is done as often as an edit has
/// to be noticed; and once a day what is old is forgotten.
async fn look(platform: &Platform, free: usize, rounds: &mut Rounds) -> anyhow::Result<Vec<Due>> {
    let now = platform.now();
    if rounds.pruned_at.is_none_or(|at| now - at >= DAY) {
        upkeep::forget(platform).await?;
        rounds.pruned_at = Some(now);
    }
    if rounds.planned_at.is_none_or(|at| !(0..GLANCE).contains(&(now - at))) {
        platform.store.stay_present().await?;
        end_request_logging(platform).await?;
        plan(platform).await?;
        rounds.planned_at = Some(now);
    }
    claim(platform, free).await
}

/// Switches off what was switched on 48 hours ago, whichever host did that and however often it was restarted.
async fn end_request_logging(platform: &Platform) -> anyhow::Result<()> {
    for connection in platform.store.end_request_logging(platform.now()).await? {
        tracing::info!(connection = connection.name, "LogAPIRequests has been on for 48 hours and is switched off");
    }
    Ok(())
}

/// When to look again. Whatever the database says to this, what was claimed runs.
async fn next_look(platform: &Platform, now: i64) -> i64 {
    let next = platform.store.next_due().await.unwrap_or_else(|error| {
        tracing::error!(%error, "the next due time is not known");
        None
    });
    next.unwrap_or(now + GLANCE).clamp(now + 200, now + GLANCE)
}

fn report(result: anyhow::Result<()>) {
    if let Err(error) = result {
        tracing::error!(error = format!("{error:#}"), "a scheduled run could not be carried out");
    }
}

/// Runs everything that is due at the clock's now, one after the other; how many there were. For tests and for driving a
/// virtual clock.
///
/// # Errors
/// When the database fails.
pub async fn turn(platform: &Platform) -> anyhow::Result<usize> {
    end_request_logging(platform).await?;
    plan(platform).await?;
    let due = claim(platform, usize::MAX).await?;
    let count = due.len();
    for one_due in due {
        one(platform, one_due).await?;
    }
    Ok(count)
}

/// Gives each active connection its due times and takes them from the others; writes only where that changes something.
async fn plan(platform: &Platform) -> anyhow::Result<()> {
    let connections = platform.store.connections().await?;
    for beat in Beat::ALL {
        let scheduled = platform.store.scheduled(beat.name()).await?;
        for connection in &connections {
            let active = connection.state == Lifecycle::Active && flows(beat).any(|flow| flow.is_wanted(connection));
            if active && !scheduled.contains(&connection.id) {
                platform.store.set_due(connection.id, beat.name(), connection.client_id, platform.now()).await?;
            } else if !active && scheduled.contains(&connection.id) {
                platform.store.remove_due(connection.id, beat.name()).await?;
            }
        }
    }
    Ok(())
}

fn flows(beat: Beat) -> impl Iterator<Item = &'static Flow> {
    FLOWS.iter().filter(move |flow| flow.beat == beat)
}

async fn claim(platform: &Platform, free: usize) -> anyhow::Result<Vec<Due>> {
    if free == 0 {
        return Ok(Vec::new());
    }
    let now = platform.now();
    let limit = u32::try_from(free).unwrap_or(u32::MAX).min(1_000);
    Ok(platform.store.claim_due(&platform.owner, now, now + lease::length(platform), limit).await?)
}

async fn one(platform: &Platform, due: Due) -> anyhow::Result<()> {
    let connection = platform.store.connection_by_id(due.connection_id).await?;
    let renew = async |lease_until| match platform.store.renew_due(&due, lease_until).await {
        // Whether the run may go on is for its own lease to say.
        Err(StoreError::Fence { .. }) => Ok(()),
        other => other,
    };
    let beat = Beat::ALL.into_iter().find(|beat| beat.name() == due.beat).unwrap_or(Beat::Orders);
    let ended = lease::keeping(platform, renew, run_beat(platform, &connection, beat, due.due_at)).await?;
    if beat == Beat::Orders
        && let Err(error) = notify::after_run(platform, &connection).await
    {
        tracing::error!(connection = connection.name, error = format!("{error:#}"), "nobody could be written to");
    }
    let (next, failed) = next_time(platform, &connection, beat, &due, &ended);
    platform.store.finish_due(&due, next, failed).await?;
    Ok(())
}

/// How a beat ended.
#[derive(Debug, Default)]
struct Ended {
    /// None of its flows went through.
    failed: bool,
    /// A flow was put off until the host starts again.
    stopped: bool,
    /// When a flow that was put off can go on, the earliest.
    opens: Option<i64>,
}

/// Runs what the beat has for the connection. A flow that fails does not keep the others from their turn, unless nothing can be
/// asked of the source any more.
async fn run_beat(platform: &Platform, connection: &Connection, beat: Beat, due_at: i64) -> Ended {
    let plugin = platform.plugins.of(platform, connection).await.ok();
    let (mut ended, mut well, mut failed) = (Ended::default(), 0, 0);
    for flow in flows(beat) {
        // Without the plugin the run itself says what is wrong with it.
        let has = plugin.as_ref().is_none_or(|plugin| flow.is_of(&plugin.description));
        if !has || !flow.is_wanted(connection) || nothing_queued(platform, connection, flow).await {
            continue;
        }
        let now = platform.now();
        tracing::debug!(target: "schedule", connection = connection.id, flow = flow.name, now, late_ms = now - due_at, "begins");
        match flow.run(platform, connection, Mode::Apply, std::sync::Arc::default()).await {
            Ok(ran) => {
                well += 1;
                ended.stopped |= ran.state == RunState::Stopped;
                ended.opens = [ended.opens, ran.go_on_at].into_iter().flatten().min();
            }
            // Somebody runs it by hand.
            Err(FlowError::Store(StoreError::Busy { .. })) => well += 1,
            // The last start was told to stop, and broke it off.
            Err(FlowError::Store(StoreError::InDoubt { until, .. })) => {
                well += 1;
                ended.opens = [ended.opens, Some(until)].into_iter().flatten().min();
            }
            Err(error) => {
                tracing::warn!(connection = connection.name, flow = flow.name, %error, "the run failed");
                failed += 1;
                if plugin.is_none() || error.is_of_the_connection() {
                    ended.failed = true;
                    return ended;
                }
            }
        }
        if platform.stop.is_asked() {
            break;
        }
    }
    ended.failed = failed > 0 && well == 0;
    ended
}

/// Whether the flow would find its queue empty. When that cannot be told, the run itself says what is wrong.
async fn nothing_queued(platform: &Platform, connection: &Connection, flow: &Flow) -> bool {
    let due = platform.store.queue_due(connection.id, flow.name, platform.now(), 1);
    flow.queued && due.await.is_ok_and(|due| due.is_empty())
}

/// When the beat is due again, and whether that counts as a failure.
fn next_time(platform: &Platform, connection: &Connection, of: Beat, due: &Due, ended: &Ended) -> (i64, bool) {
    let now = platform.now();
    let (setting, usual) = match of {
        Beat::Orders => (field::FREQUENCY, 15),
        Beat::Stock => (field::STOCK_SYNC_FREQUENCY, 60),
    };
    let minutes = connection.settings.get(setting).and_then(Value::as_i64).unwrap_or(usual).max(1);
    let frequency = minutes * MINUTE;
    match ended {
        // Told to stop: whoever starts next goes on at once.
        Ended { stopped: true, .. } if platform.stop.is_asked() => (now, false),
        Ended { failed: false, opens: Some(opens), .. } => ((*opens).max(now + 1_000), false),
        Ended { failed: false, .. } => (next_beat(due.due_at, now, frequency), false),
        Ended { failed: true, .. } => {
            let doublings = u32::try_from(due.failures.clamp(0, 16)).unwrap_or(0);
            let pause = frequency.saturating_mul(1 << doublings).clamp(frequency, LONGEST_BACK_OFF.max(frequency));
            (now + pause, true)
        }
    }
}

/// The next beat after `now`, counted from when this one was due: a beat neither drifts nor, after hours in which nothing ran, is
/// made up for; and connections that were due apart stay so.
fn next_beat(due_at: i64, now: i64, frequency: i64) -> i64 {
    let missed = (now - due_at).max(0) / frequency;
    due_at + (missed + 1) * frequency
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::sync::Semaphore;

    #[tokio::test]
    async fn a_run_that_holds_what_the_scheduler_waits_for_goes_on_and_gives_it_back() {
        let writer = Semaphore::new(1);
        let mut running = FuturesUnordered::new();
        running.push(async {
            let held = writer.acquire().await?;
            tokio::task::yield_now().await;
            drop(held);
            anyhow::Ok(())
        });
        // It has begun, and holds it.
        assert!(futures::poll!(running.next()).is_pending());
        let taken = beside(&mut running, writer.acquire());
        assert!(tokio::time::timeout(std::time::Duration::from_secs(10), taken).await.is_ok());
    }

    #[test]
    fn a_beat_keeps_its_place_however_late_it_ran_and_is_not_made_up_for() {
        let quarter = 15 * MINUTE;
        assert_eq!(next_beat(1_000, 1_000, quarter), 1_000 + quarter);
        assert_eq!(next_beat(1_000, 1_000 + quarter - 1, quarter), 1_000 + quarter);
        assert_eq!(next_beat(1_000, 1_000 + quarter, quarter), 1_000 + 2 * quarter);
        assert_eq!(next_beat(1_000, 1_000 + 20 * quarter + 5, quarter), 1_000 + 21 * quarter);
        // The clock was set back.
        assert_eq!(next_beat(9_000_000, 1_000, quarter), 9_000_000 + quarter);
    }
}
