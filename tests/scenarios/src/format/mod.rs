//! The format of a scenario file: what was *given*, the *steps*, what is *expected*.
//!
//! Everything that a file can say is a type in here; the JSON Schema is made from these types, and so is the refusal of
//! unknown fields, with their line. Records of Linnworks and of the warehouse are not repeated: they are written as the
//! simulator's seed and the host's own JSON have them.

mod despatch;
mod expect;
mod given;
mod goods;
mod life;
mod load;
mod returns;
mod step;

use schemars::JsonSchema;
use serde::Deserialize;

pub use despatch::{NamedParcel, OneParcel, Sent};
pub use expect::{Count, Expect, Log, Range, Texts};
pub use given::{Connected, Generated, Given, NamedProduct, Operation, Product, Simulated, Warehouse, Warehoused};
pub use goods::{AsnHands, Goods};
pub use life::{Backfill, Erasure, ErasureChosen, Orders, Removal};
pub use load::{files, load, read, schema};
pub use returns::{Action as ReturnAction, Comeback, Row as ReturnRow};
pub use step::{
    Activation, Added, Change, Chosen, Crash, CrashCall, CrashMoment, CrashPoint, Fetch, Flow, GoLive, Hand, HostFault,
    Import, Meanwhile, Migration, Named, Reference, Run, RunPoint, Step, Verb, Word,
};

/// One scenario.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(title = "Scenario")]
pub struct Case {
    /// What it shows, as a fact.
    pub title: String,
    /// Requirements that it would catch if they were broken: `[S29, A3]`.
    #[serde(default)]
    pub covers: Vec<String>,
    /// How things stand before the first step.
    #[serde(default)]
    pub given: Given,
    /// What happens, one thing after the other.
    pub steps: Vec<Step>,
    /// What holds at the end; calls are counted over all steps.
    #[serde(default)]
    pub expect: Option<Expect>,
}
