//! What is done once a day: what is old is forgotten.

use harness_wms::Whose;

use super::DAY;
use crate::platform::Platform;

/// Orders whose buyers are erased in one transaction, so that nobody waits long for it.
const AT_ONCE: u32 = 500;

/// Forgets old runs and requests, and the buyers of orders that left, or were cancelled, long enough ago.
///
/// # Errors
/// When the database fails; what was forgotten before stays forgotten.
pub(super) async fn forget(platform: &Platform) -> anyhow::Result<()> {
    let (keep, now) = (&platform.config.retention, platform.now());
    let before = |days: u32| now - i64::from(days) * DAY;
    platform.store.prune_logs(before(keep.requests_days), before(keep.runs_days)).await?;
    for client in platform.store.clients().await? {
        let days = platform.store.erase_after_days(client.id).await?;
        let days = days.unwrap_or_else(|| i64::from(keep.buyers_days));
        if days > 0 {
            forget_buyers(platform, client.id, days).await?;
        }
    }
    Ok(())
}

async fn forget_buyers(platform: &Platform, client: i64, days: i64) -> anyhow::Result<()> {
    let before = platform.now() - days * DAY;
    let because = format!("{days} days after it left or was cancelled");
    let (mut all, mut last) = (0, AT_ONCE as usize);
    while last == AT_ONCE as usize && !platform.stop.is_asked() {
        let whose = Whose::Finished { client, before, limit: AT_ONCE };
        last = platform.store.erase(&whose, &because, platform.now()).await?.len();
        all += last;
    }
    if all > 0 {
        tracing::info!(client, orders = all, "the buyers of old orders were erased");
    }
    Ok(())
}
