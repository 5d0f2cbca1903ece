//! What changes at Linnworks, and what goes wrong.

use anyhow::Context as _;
use harness_capability::http::{CrashPoint, Fault as HostFaultKind, Rule};
use harness_wms::Point;
use linnworks_sim::{Config, Fault, Mutation, Which};
use serde_json::{Value, json};

use super::World;
use crate::format::{Change, Crash, CrashMoment, HostFault, RunPoint};

impl World {
    /// Carries out a change at Linnworks. Gives what the changes made.
    ///
    /// # Errors
    /// When one cannot be carried out.
    pub fn change(&self, change: &Change) -> anyhow::Result<Value> {
        let account = change.account.clone();
        let mut mutations = Vec::new();
        for (to, values) in [(Which::Items, &change.items), (Which::Orders, &change.place)] {
            mutations.extend(values.iter().map(|value| Mutation::Add {
                to,
                value: value.clone(),
                account: account.clone(),
            }));
        }
        let patches = [
            (Which::Orders, &change.edit),
            (Which::Items, &change.edit_items),
            (Which::Locations, &change.edit_locations),
        ];
        for (of, patches) in patches {
            for (key, with) in patches {
                let (key, with) = (json!(key), self.resolve(with)?);
                mutations.push(Mutation::Patch { of, key, with, account: account.clone() });
            }
        }
        if let Some(with) = &change.edit_account {
            mutations.push(Mutation::Patch {
                of: Which::Account,
                key: Value::Null,
                with: with.clone(),
                account: account.clone(),
            });
        }
        for (endpoint, body) in &change.call {
            mutations.push(Mutation::Call { endpoint: endpoint.clone(), body: body.clone(), account: account.clone() });
        }
        for key in &change.delete {
            mutations.push(Mutation::Remove { from: Which::Orders, key: json!(key), account: account.clone() });
        }
        for mutation in &change.mutations {
            mutations
                .push(serde_json::from_value(mutation.clone()).with_context(|| format!("linnworks.do: {mutation}"))?);
        }
        let made: Result<Vec<Value>, _> = mutations.into_iter().map(|mutation| self.sim.apply(mutation)).collect();
        if !change.config.is_empty() {
            self.switch(&Value::Object(change.config.clone()))?;
        }
        super::setup::together(self);
        Ok(Value::Array(made?))
    }

    /// Calls an endpoint of the simulator as a logged-in person would.
    ///
    /// # Errors
    /// When the endpoint refuses.
    pub fn call(&self, endpoint: &str, body: &Value) -> anyhow::Result<Value> {
        Ok(self.sim.apply(Mutation::Call { endpoint: endpoint.to_owned(), body: body.clone(), account: None })?)
    }

    fn switch(&self, patch: &Value) -> anyhow::Result<()> {
        self.sim.with(|world| {
            let mut whole = serde_json::to_value(&world.config)?;
            merge(&mut whole, patch);
            world.config = serde_json::from_value::<Config>(whole).context("linnworks.config")?;
            Ok(())
        })
    }

    /// From now on something goes wrong at Linnworks.
    ///
    /// # Errors
    /// When the fault cannot be read.
    pub fn fault(&self, fault: &Value) -> anyhow::Result<()> {
        let faults = match fault {
            Value::Array(faults) => faults.clone(),
            one => vec![one.clone()],
        };
        for fault in faults {
            let mut fault = Fault::read(fault.clone()).with_context(|| format!("fault: {fault}"))?;
            if let Some(text) = &fault.containing {
                fault.containing = self.resolve(&json!(text))?.as_str().map(str::to_owned);
            }
            self.sim.fault(fault);
        }
        Ok(())
    }

    /// From now on something goes wrong between the host and the wire.
    ///
    /// # Errors
    /// When the fault cannot be read.
    pub fn host_fault(&mut self, fault: &HostFault) -> anyhow::Result<()> {
        let kind: HostFaultKind =
            serde_json::from_value(fault.fault.clone()).with_context(|| format!("host-fault: {}", fault.fault))?;
        self.faults()?.add(Rule { operation: fault.operation.clone(), nth: fault.nth, fault: kind });
        Ok(())
    }

    /// The nth call from now on, of an operation or of all, goes wrong, whatever else was asked for.
    ///
    /// # Errors
    /// When the host is dead.
    pub fn strike(&self, operation: Option<&str>, nth: u64, fault: HostFaultKind) -> anyhow::Result<()> {
        let faults = &self.host()?.faults;
        let calls = faults.calls();
        let so_far = match operation {
            Some(operation) => calls.get(operation).copied().unwrap_or_default(),
            None => calls.values().sum(),
        };
        faults.add(Rule { operation: operation.map(str::to_owned), nth: Some(so_far + nth), fault });
        Ok(())
    }

    /// The host will die.
    ///
    /// # Errors
    /// When it is dead already.
    pub fn crash(&mut self, crash: &Crash) -> anyhow::Result<()> {
        match crash {
            Crash::Point(crash) => {
                let point = match crash.point {
                    RunPoint::BeforeCommit => Point::BeforeCommit,
                    RunPoint::AfterCommit => Point::AfterCommit,
                    RunPoint::BeforeAcknowledge => Point::BeforeAcknowledge,
                    RunPoint::BeforeTransaction => Point::BeforeTransaction,
                    RunPoint::AfterTransaction => Point::AfterTransaction,
                };
                self.host()?.points.die_at(point, crash.nth.unwrap_or(1));
            }
            Crash::Call(crash) => {
                let point = match crash.at {
                    CrashMoment::BeforeSending => CrashPoint::BeforeSending,
                    CrashMoment::AfterAnswer => CrashPoint::AfterAnswer,
                    CrashMoment::AnswerSeen => CrashPoint::AnswerSeen,
                };
                let fault = HostFaultKind::Crash(point);
                self.faults()?.add(Rule { operation: crash.operation.clone(), nth: crash.nth, fault });
            }
        }
        Ok(())
    }

    /// Nothing goes wrong any more.
    ///
    /// # Errors
    /// When the host is dead.
    pub fn clear_faults(&mut self) -> anyhow::Result<()> {
        self.draw = None;
        self.sim.clear_faults();
        self.host()?.faults.clear();
        Ok(())
    }
}

fn merge(target: &mut Value, patch: &Value) {
    match (target, patch) {
        (Value::Object(target), Value::Object(patch)) => {
            for (name, value) in patch {
                merge(target.entry(name.clone()).or_insert(Value::Null), value);
            }
        }
        (target, patch) => *target = patch.clone(),
    }
}
