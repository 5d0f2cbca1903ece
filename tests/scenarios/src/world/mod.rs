//! One scenario's world: a simulator, a host and a clock that both go by.
//!
//! Everything lives on one thread, so that the log of a scenario is its own and a run can be dropped at any point, as when
//! the host dies. The clock goes on by itself whenever the host does nothing but wait for it.

mod away;
mod beside;
mod changes;
mod drive;
mod goods;
mod returns;
mod setup;
mod texts;
mod warehouse;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use harness_capability::clock::{Clock as _, VirtualClock};
use harness_capability::http::Draw;
use harness_wms::{Connection, StoreError};
use host_harness::config::Config;
use host_harness::platform::Platform;
use host_harness::recording::Session;
use host_harness::schedule;
use linnworks_sim::SimHandle;
use mail_server::{Mail, MailServer};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::capture::Capture;
pub use setup::{MAIN, cache};

/// Key of recorded scenarios, whose buyers are nobody.
const RECORDING_KEY: [u8; 32] = [7; 32];

/// Said by a step in which the host died.
pub const DIED: &str = "the host died";

/// How long, on the machine's clock, what is left of a dead host may hold its database.
const DROPPED: Duration = Duration::from_secs(10);

/// How often it is looked whether it still does.
const GLANCE: Duration = Duration::from_millis(2);

fn is_held(error: &anyhow::Error) -> bool {
    matches!(error.downcast_ref(), Some(StoreError::Locked { .. }))
}

/// The world.
pub struct World {
    /// Linnworks.
    pub sim: SimHandle,
    /// What the host logged.
    pub log: Capture,
    /// What must never be seen: tokens and secrets.
    pub secrets: BTreeSet<String>,
    /// What the last dry run of a connection said of each order.
    pub planned: BTreeMap<String, Value>,
    /// Where clients are written to through; none where nobody is to be.
    post: Option<MailServer>,
    clock: Arc<VirtualClock>,
    platform: Option<Platform>,
    config: Config,
    /// The first client and warehouse, by code.
    home: (String, String),
    clients: Vec<String>,
    shelf: i64,
    counting_faults: bool,
    /// What decides about calls that no fault was asked for, in this host and in those after it.
    draw: Option<Draw>,
    /// What components are asked and do goes there, through restarts of the host.
    session: Option<Arc<Session>>,
    _folder: TempDir,
}

impl World {
    /// The host.
    ///
    /// # Errors
    /// When it is dead.
    pub fn host(&self) -> anyhow::Result<&Platform> {
        self.platform.as_ref().context("the host is dead; the scenario has to restart it: `do: restart`")
    }

    /// Code of the first client.
    #[must_use]
    pub fn client(&self) -> &str {
        &self.home.0
    }

    /// Mails that were sent so far.
    #[must_use]
    pub fn mails(&self) -> Vec<Mail> {
        self.post.as_ref().map(MailServer::taken).unwrap_or_default()
    }

    /// Lets the host do something, moving the clock on when it waits.
    ///
    /// # Errors
    /// Those of `job`; [`DIED`] when the host died over it.
    pub async fn with_host<T>(&mut self, job: impl AsyncFnOnce(&Platform) -> anyhow::Result<T>) -> anyhow::Result<T> {
        let platform = self.host()?;
        match drive::drive(&self.sim, &self.clock, platform, job(platform)).await {
            Some(result) => result,
            None => {
                self.stop().await;
                bail!(DIED)
            }
        }
    }

    /// A connection, by name.
    ///
    /// # Errors
    /// When there is none of that name.
    pub async fn connection(&self, name: &str) -> anyhow::Result<Connection> {
        Ok(self.host()?.store.connection(name).await?)
    }

    /// Ends the host and starts it again on the same data.
    ///
    /// # Errors
    /// When it does not start.
    pub async fn restart(&mut self) -> anyhow::Result<()> {
        self.stop().await;
        let began = Instant::now();
        let platform = loop {
            match Platform::open_with(self.config.clone(), self.clock.clone()).await {
                Ok(platform) => break platform,
                // A process that died holds nothing. What is left here of a host that did is dropped by the runtime in its own time.
                Err(error) if is_held(&error) && began.elapsed() < DROPPED => tokio::time::sleep(GLANCE).await,
                Err(error) => return Err(error),
            }
        };
        if let Some(session) = &self.session {
            platform.recordings.begin(session.clone());
        }
        self.platform = Some(platform);
        self.arm()
    }

    /// From now on everything that components are asked and do is recorded. The key is no secret, so that the same scenario is
    /// recorded the same each time.
    pub fn record(&mut self, asked: &str) -> Arc<Session> {
        let session = Session::with_key(asked, RECORDING_KEY);
        if let Some(platform) = &self.platform {
            platform.recordings.begin(session.clone());
        }
        self.session = Some(session.clone());
        session
    }

    /// Has the host serve until `time`, tells it to stop and starts it again. Gives the runs that began meanwhile.
    ///
    /// # Errors
    /// When the time is none, or the host died.
    pub async fn serve(&mut self, time: &str) -> anyhow::Result<Value> {
        let until = texts::instant(time, self.clock.now_ms())?;
        let before = self.host()?.store.runs(None, 1).await?.first().map_or(0, |run| run.id);
        self.ran();
        let runs = self
            .with_host(async move |host| {
                let stop = async {
                    host.clock.pass_by(until).await;
                    host.stop.ask();
                };
                let health = schedule::Health::default();
                tokio::join!(schedule::run(host, &health), stop);
                Ok(host.store.runs(None, 1_000).await?)
            })
            .await?;
        self.restart().await?;
        let mut runs: Vec<_> = runs.into_iter().filter(|run| run.id > before).collect();
        runs.sort_by_key(|run| run.id);
        Ok(json!({ "ran": runs.len(), "runs": runs }))
    }

    async fn stop(&mut self) {
        if let Some(platform) = self.platform.take() {
            let store = platform.store.clone();
            drop(platform);
            store.close().await;
        }
        self.counting_faults = false;
    }

    /// Lets time go by: `+15m`, or until an instant.
    ///
    /// # Errors
    /// When the text is neither.
    pub fn pass(&self, time: &str) -> anyhow::Result<()> {
        let until = texts::instant(time, self.clock.now_ms())?;
        drive::advance(&self.sim, &self.clock, until);
        Ok(())
    }

    /// From now on `draw` decides about each call for which no fault was asked, also of a host that is started again.
    ///
    /// # Errors
    /// When the host is dead.
    pub fn draw_faults(&mut self, draw: Draw) -> anyhow::Result<()> {
        self.draw = Some(draw);
        self.arm()
    }

    fn arm(&self) -> anyhow::Result<()> {
        if let Some(draw) = &self.draw {
            self.host()?.faults.draw(draw.clone());
        }
        Ok(())
    }

    /// Faults of the host: those of earlier steps are forgotten once something ran since.
    fn faults(&mut self) -> anyhow::Result<&harness_capability::http::Faults> {
        if !self.counting_faults {
            self.host()?.faults.clear();
            self.arm()?;
            self.counting_faults = true;
        }
        Ok(&self.host()?.faults)
    }

    /// Ends the host for good.
    pub async fn end(mut self) {
        self.stop().await;
    }

    /// Tells that something ran.
    pub fn ran(&mut self) {
        self.counting_faults = false;
    }
}
