//! A run beside which another flow of ours works.

use std::cell::Cell;
use std::sync::Arc;

use anyhow::{Context as _, bail};
use harness_contract::types::Mode;
use harness_wms::Connection;
use host_harness::flow::Flow;
use host_harness::flow::run::{Ran, Told};
use linnworks_sim::Mutation;

use super::{DIED, World, drive};
use crate::format::Meanwhile;

impl World {
    /// Runs a flow, and has another flow of ours do something at Linnworks while it is under way: the host counts such a call
    /// before it leaves and when it has ended.
    ///
    /// # Errors
    /// Those of the run; when what happens beside it is refused.
    pub async fn run_beside(
        &mut self,
        of: &Connection,
        flow: &Flow,
        meanwhile: &Meanwhile,
    ) -> anyhow::Result<Ran<Told>> {
        let host = self.host()?;
        let account = host.store.account_by_id(of.account_id.context("the connection has no account yet")?).await?;
        let account = account.context("the account is not there")?;
        let at = host.now() + meanwhile.after;
        let busy = Cell::new(false);
        let ours = async {
            host.clock.pass_by(at).await;
            busy.set(true);
            host.store.stock_moved(&account.source_system, &account.account).await?;
            for (endpoint, body) in &meanwhile.call {
                let (endpoint, body) = (endpoint.clone(), body.clone());
                self.sim.apply(Mutation::Call { endpoint, body, account: None })?;
            }
            host.store.stock_moved(&account.source_system, &account.account).await?;
            busy.set(false);
            anyhow::Ok(())
        };
        let run = async { anyhow::Ok(flow.run(host, of, Mode::Apply, Arc::default()).await?) };
        let both = async { tokio::try_join!(run, ours).map(|(ran, ())| ran) };
        match drive::drive_beside(&self.sim, &self.clock, host, both, || busy.get()).await {
            Some(ran) => ran,
            None => {
                self.stop().await;
                bail!(DIED)
            }
        }
    }
}
