//! Every call at Linnworks against the vendor's description of its API: what our connector and host send, what the simulator
//! answers. Where the two are known to differ from the description is a list of `vendor-spec`.

use std::sync::OnceLock;

use anyhow::Context as _;
use linnworks_sim::Exchange;
use vendor_spec::{Loaded, VendorSpec};

use crate::matching::Mismatch;
use crate::world::World;

/// The description, read once in a process; or why it is absent.
///
/// # Errors
/// When it is there and cannot be read.
pub fn description() -> anyhow::Result<&'static Loaded> {
    static DESCRIPTION: OnceLock<Result<Loaded, String>> = OnceLock::new();
    let loaded = DESCRIPTION.get_or_init(|| VendorSpec::load().map_err(|error| error.to_string()));
    loaded.as_ref().map_err(|error| anyhow::anyhow!("{error}")).context("the vendor's description")
}

/// Judges the calls of one scenario, as far as they have come.
pub(super) struct Judge {
    spec: Option<&'static VendorSpec>,
    /// How many it has judged.
    pub(super) judged: usize,
}

impl Judge {
    /// A judge; one that finds nothing where the description is absent.
    ///
    /// # Errors
    /// As for [`description`].
    pub(super) fn new() -> anyhow::Result<Self> {
        let spec = match description()? {
            Loaded::Present(spec) => Some(spec.as_ref()),
            Loaded::Absent(_) => None,
        };
        Ok(Self { spec, judged: 0 })
    }

    /// Judges what came since the last look.
    pub(super) fn look(&mut self, world: &World) -> Vec<Mismatch> {
        let exchanges = world.sim.exchanges();
        let Some(spec) = self.spec else { return Vec::new() };
        self.judged += exchanges.len();
        exchanges.iter().flat_map(|exchange| judge(spec, exchange)).collect()
    }
}

fn judge(spec: &VendorSpec, exchange: &Exchange) -> Vec<Mismatch> {
    let Exchange { method, path, query, content_type, body, answer } = exchange;
    let mut found = spec.check_request(method, path, query, content_type.as_deref(), body);
    if let Some((status, answer)) = answer {
        found.extend(spec.check_response(method, path, *status, answer));
    }
    found
        .into_iter()
        .map(|violation| Mismatch::new(format!("{method} {path}"), "what the vendor describes", violation.to_string()))
        .collect()
}

#[cfg(test)]
mod tests {
    use linnworks_sim::{Fault, SimOptions, Simulator};
    use serde_json::json;

    use super::*;

    #[tokio::test]
    async fn a_request_that_the_vendor_does_not_describe_is_found_and_a_faults_answer_is_not_judged() {
        let Some(spec) = VendorSpec::load().unwrap().or_skip() else { return };
        let sim = Simulator::start(SimOptions::default()).await.unwrap();
        sim.exchanges();
        sim.fault(Fault::read(json!({"endpoint": "Orders/GetAvailableFolders", "do": "html"})).unwrap());
        let client = reqwest::Client::new();
        for (path, body) in [
            ("Orders/GetOrdersById", json!({"pkOrderIds": 5})),
            ("Orders/NoSuchThing", json!({})),
            ("Orders/GetAvailableFolders", json!({})),
        ] {
            client.post(format!("{}/api/{path}", sim.url())).json(&body).send().await.unwrap();
        }
        let exchanges = sim.exchanges();
        let found: Vec<usize> = exchanges.iter().map(|exchange| judge(&spec, exchange).len()).collect();
        assert_eq!(found.len(), 3);
        assert!(found[0] > 0 && found[1] > 0, "{found:?}");
        assert!(exchanges[2].answer.is_none());
    }
}
