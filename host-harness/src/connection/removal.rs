//! The end of a connection.

use anyhow::bail;
use harness_wms::{Removal, Removed};

use crate::platform::Platform;

/// Removes a connection with its secrets, sessions, queue, problems, request log and the connector's storage. Its orders stay in the
/// warehouse, with or without the names of their buyers, and are not imported again.
///
/// # Errors
/// When there is no such connection; with each thing that waits to be told through it, unless that is to be abandoned.
pub async fn remove(platform: &Platform, name: &str, how: Removal) -> anyhow::Result<Removed> {
    let stored = platform.store.connection(name).await?;
    let removed = platform.store.remove_connection(stored.id, how, platform.now()).await?;
    if !removed.removed {
        bail!(
            "connection {name} is not removed: the source has still to be told of\n{}\nLet that go out first (`harness run {name} \
             --flow FLOW`, `harness queue list {name}`), or say --abandon, and it is never told",
            waiting(&removed)
        );
    }
    platform.http.forget(&format!("client-{}", stored.client_id));
    Ok(removed)
}

/// What waits, or waited, to be told, a line each.
pub fn waiting(removed: &Removed) -> String {
    let lines: Vec<String> =
        removed.waiting.iter().map(|item| format!("- {} ({})", item.reference, item.flow)).collect();
    lines.join("\n")
}
