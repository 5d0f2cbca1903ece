//! What was before a step, as far as the step's expectations ask.

use serde_json::Value;

use crate::format::Expect;
use crate::world::World;

/// What was before a step.
pub(super) struct Before {
    /// Calls that Linnworks had received.
    pub(super) calls: usize,
    /// Length of the log.
    pub(super) log: usize,
    /// Mails that had been sent.
    pub(super) mails: usize,
    /// The newest run.
    pub(super) run: i64,
    /// Fingerprint of Linnworks.
    pub(super) hash: Option<String>,
    /// The warehouse in canonical form.
    pub(super) dump: Option<Value>,
}

impl Before {
    /// Before the first step, whose log begins at `log`.
    pub(super) fn start(log: usize) -> Self {
        Self { calls: 0, log, mails: 0, run: 0, hash: None, dump: None }
    }

    /// Looks.
    ///
    /// # Errors
    /// When the database fails.
    pub(super) async fn look(world: &World, expect: &Expect) -> anyhow::Result<Self> {
        Ok(Self {
            calls: world.sim.with(|sim| sim.calls().len()),
            log: world.log.len(),
            mails: world.mails().len(),
            run: match world.host() {
                Ok(host) => host.store.runs(None, 1).await?.first().map_or(0, |run| run.id),
                Err(_) => 0,
            },
            hash: expect.linnworks_unchanged.then(|| world.sim.hash()),
            dump: match expect.wms_unchanged {
                true => Some(world.host()?.store.canonical_dump().await?),
                false => None,
            },
        })
    }
}
