//! Virtual time: it stands still while anybody works, and goes on to the next instant that somebody waits for when nobody does.

use std::convert::Infallible;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use harness_capability::clock::VirtualClock;
use host_harness::platform::Platform;

use crate::source::Source;

/// How often it is looked whether everybody only waits.
const GLANCE: Duration = Duration::from_millis(1);

/// So many looks in a row have to find it so: what the host does between two calls is not seen.
const GLANCES: u32 = 4;

/// Carries `work` through. `busy` is set while somebody beside the host works.
pub(crate) async fn drive<T>(
    clock: &VirtualClock,
    source: &Source,
    platform: &Platform,
    busy: &AtomicBool,
    work: impl Future<Output = T>,
) -> anyhow::Result<T> {
    tokio::select! {
        done = work => Ok(done),
        failed = move_on(clock, source, platform, busy) => match failed {
            Err(error) => Err(error),
            Ok(never) => match never {},
        },
    }
}

async fn move_on(
    clock: &VirtualClock,
    source: &Source,
    platform: &Platform,
    busy: &AtomicBool,
) -> anyhow::Result<Infallible> {
    let mut quiet = 0;
    loop {
        tokio::time::sleep(GLANCE).await;
        let next = clock.next_waiter().filter(|_| !busy.load(Ordering::SeqCst) && platform.is_at_rest());
        quiet = if next.is_some() { quiet + 1 } else { 0 };
        if quiet >= GLANCES
            && let Some(next) = next
        {
            // The source first: what the host then sends meets the time that it was sent at.
            source.set_time(next).await?;
            clock.advance_to(next);
            quiet = 0;
        }
    }
}
