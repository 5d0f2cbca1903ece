//! What a scenario did, in a form that can be compared with another run of it.

use linnworks_sim::CallRecord;
use serde_json::{Value, json};

use crate::world::{DIED, World};

/// What was seen so far.
#[derive(Default)]
pub(super) struct Trace {
    steps: Vec<Value>,
    died: bool,
    /// A step ended in an error: a call was refused, by the source or before it left the host.
    failed: bool,
}

impl Trace {
    /// Remembers what a step gave.
    pub(super) fn step(&mut self, result: &anyhow::Result<Value>) {
        let mut told = match result {
            Ok(value) => value.clone(),
            Err(error) if error.to_string() == DIED => {
                self.died = true;
                Value::Null
            }
            Err(error) => {
                self.failed = true;
                json!({ "error": format!("{error:#}") })
            }
        };
        forget_costs(&mut told);
        self.steps.push(told);
    }

    /// Everything, with what is there at the end. Batches are fetched side by side, so their calls may come in any order; which
    /// of them meets a refusal, or is still on its way when the host dies, is the network's choice, and with it which order is
    /// committed first and gets the last piece of stock. Then only which orders the warehouse holds in the end can be compared.
    ///
    /// # Errors
    /// When the database fails.
    pub(super) async fn end(self, world: &World) -> anyhow::Result<Value> {
        let warehouse = match world.host() {
            Ok(host) => host.store.canonical_dump().await?,
            Err(_) => Value::Null,
        };
        let calls = world.sim.calls();
        let well = |call: &&CallRecord| (200..300).contains(&call.status);
        let batches = calls.iter().filter(|call| call.endpoint == "Orders/GetOrdersById").count();
        let refused = !calls.iter().all(|call| well(&call));
        let answered = calls.iter().filter(well);
        let mut calls: Vec<String> = answered.map(|call| format!("{} {}", call.endpoint, call.digest)).collect();
        calls.sort();
        if refused {
            calls.dedup();
        }
        // The first batch goes alone.
        let side_by_side = batches > 2;
        if side_by_side && (refused || self.failed || self.died) {
            let orders = warehouse.get("orders").and_then(Value::as_array).into_iter().flatten();
            let mut orders: Vec<&Value> = orders.filter_map(|order| order.get("source_order_id")).collect();
            orders.sort_by_key(ToString::to_string);
            return Ok(json!({ "orders": orders }));
        }
        if self.died {
            calls.clear();
        }
        Ok(json!({ "steps": self.steps, "calls": calls, "warehouse": warehouse }))
    }
}

/// What a run used differs from run to run, wherever it is told.
fn forget_costs(told: &mut Value) {
    match told {
        Value::Object(members) => {
            members.remove("spent");
            members.values_mut().for_each(forget_costs);
        }
        Value::Array(items) => items.iter_mut().for_each(forget_costs),
        _ => {}
    }
}
