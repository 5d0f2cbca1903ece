//! Moving the clock while the host works.

use std::future::Future;
use std::time::Duration;

use chrono::DateTime;
use harness_capability::clock::VirtualClock;
use host_harness::platform::Platform;
use linnworks_sim::SimHandle;
use linnworks_sim::state::Stamp;

/// How often it is looked whether the host only waits.
const GLANCE: Duration = Duration::from_millis(1);

/// So many looks in a row have to find it so: what the host does between two calls is not seen.
const GLANCES: u32 = 4;

/// Carries `work` through, moving the clock to the next instant that somebody waits for whenever nothing else is going on.
/// `None` when the host died over it; then `work` is dropped where it stood.
pub(super) async fn drive<T>(
    sim: &SimHandle,
    clock: &VirtualClock,
    platform: &Platform,
    work: impl Future<Output = T>,
) -> Option<T> {
    drive_beside(sim, clock, platform, work, || false).await
}

/// The same, and the clock stands still while `busy`: for work of the scenario's own, which the host does not know of.
pub(super) async fn drive_beside<T>(
    sim: &SimHandle,
    clock: &VirtualClock,
    platform: &Platform,
    work: impl Future<Output = T>,
    busy: impl Fn() -> bool,
) -> Option<T> {
    tokio::pin!(work);
    loop {
        tokio::select! {
            biased;
            () = platform.faults.crashed() => return None,
            () = platform.points.died() => return None,
            result = &mut work => return Some(result),
            () = only_waiting(clock, platform, &busy) => {
                if let Some(next) = clock.next_waiter() {
                    advance(sim, clock, next);
                }
            }
        }
    }
}

async fn only_waiting(clock: &VirtualClock, platform: &Platform, busy: &impl Fn() -> bool) {
    let mut quiet = 0;
    while quiet < GLANCES {
        tokio::time::sleep(GLANCE).await;
        let waits = !busy() && clock.next_waiter().is_some() && platform.is_at_rest();
        quiet = if waits { quiet + 1 } else { 0 };
    }
}

/// Moves both clocks to `instant`, the simulator's first: what the host then sends meets the time that it was sent at.
pub(super) fn advance(sim: &SimHandle, clock: &VirtualClock, instant: i64) {
    if let Some(moment) = DateTime::from_timestamp_millis(instant) {
        sim.set_time(Stamp(moment));
    }
    clock.advance_to(instant);
}
