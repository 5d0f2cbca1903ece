//! Leases kept alive while the work under them goes on, however long it waits.

use harness_wms::{StoreError, StoreResult};

use crate::platform::Platform;

/// How long a lease lasts without being renewed, in milliseconds.
pub(crate) fn length(platform: &Platform) -> i64 {
    i64::from(platform.config.schedule.lease_seconds) * 1_000
}

/// Carries `work` through and has `renew` lengthen its lease to the instant that it is given, each time a third of the lease
/// has gone by: two renewals may fail before it runs out.
///
/// # Errors
/// [`StoreError::Fence`] from `renew`: somebody else has taken over, and `work` was dropped where it stood. Other errors of
/// `renew` are logged; whether the lease outlasted them, the fence of each commit decides.
pub(crate) async fn keeping<T>(
    platform: &Platform,
    renew: impl AsyncFn(i64) -> StoreResult<()>,
    work: impl Future<Output = T>,
) -> StoreResult<T> {
    let (clock, lease) = (&platform.clock, length(platform));
    let lost = async {
        loop {
            clock.pass_by(clock.now_ms() + lease / 3).await;
            match renew(clock.now_ms() + lease).await {
                Ok(()) => {}
                Err(lost @ StoreError::Fence { .. }) => return lost,
                Err(error) => tracing::warn!(%error, "a lease was not renewed; it is tried again"),
            }
        }
    };
    tokio::select! {
        biased;
        done = work => Ok(done),
        lost = lost => Err(lost),
    }
}
