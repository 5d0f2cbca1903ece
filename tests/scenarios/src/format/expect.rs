//! What is expected. Whatever is not named is not looked at.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::goods::Goods;
use super::step::Flow;

/// What holds after a step, or at the end. Objects are matched as subsets, lists as ordered selections; `{exactly: ..}`,
/// `{contains: ..}`, `{min: .., max: ..}`, `{not: ..}` and `{absent: true}` say more.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Expect {
    /// The step fails, and this is in its error. Without this, a step that fails fails the scenario.
    pub error: Option<Texts>,
    /// What the step gave: the report of a run, the answer of `why`, the verdicts of `check`, the locations.
    pub result: Option<Value>,
    /// Orders that the run imported.
    pub imported: Option<Count>,
    /// Orders that were found to be in the warehouse already.
    pub already_imported: Option<Count>,
    /// Orders that the connector left out: reason to count, all of them.
    pub skipped: Option<BTreeMap<String, u64>>,
    /// Orders that the warehouse refused: cause to count, all of them.
    pub refused: Option<BTreeMap<String, u64>>,
    /// Reference to `import`, `skip`, `refuse`.
    pub fates: Option<BTreeMap<String, String>>,
    /// The run did to each order what the dry run before it said.
    pub as_planned: bool,
    /// Of `why` and `check`: check to whether it passed, or to more.
    pub verdicts: Option<BTreeMap<String, Value>>,
    /// Of `why`: in its one sentence.
    pub conclusion: Option<Texts>,
    /// Of `add-connection` and `edit`: in their warnings.
    pub warnings: Option<Texts>,
    /// Orders in the warehouse, by order number or the channel's reference.
    pub orders: Option<BTreeMap<String, Value>>,
    /// How many orders the warehouse has.
    pub order_count: Option<Count>,
    /// Orders that the warehouse does not have.
    pub absent: Vec<String>,
    /// Stock of the first client in the first warehouse, by SKU.
    pub stock: Option<BTreeMap<String, Value>>,
    /// Levels at Linnworks, by SKU: a number for the default location, or location to number.
    pub levels: Option<BTreeMap<String, Value>>,
    /// What others had changed at Linnworks and the connection set right, in any order; each names one of its own.
    pub drift: Option<Vec<Value>>,
    /// How many times that was.
    pub drift_count: Option<Count>,
    /// Plans that a guard holds back or a person has released, in any order; each names one of its own.
    pub held_plans: Option<Vec<Value>>,
    /// How many there are.
    pub held_plan_count: Option<Count>,
    /// Advance shipment notices, and products.
    pub goods: Option<Goods>,
    /// Returns in the warehouse, by reference (`RET-1`).
    pub returns: Option<BTreeMap<String, Value>>,
    /// Calls that Linnworks received, by endpoint, repeats included.
    pub calls: Option<BTreeMap<String, Count>>,
    /// All calls together, logging in left out.
    pub total_calls: Option<Count>,
    /// Problems that stand, in any order; each names one of its own.
    pub problems: Option<Vec<Value>>,
    /// How many problems stand.
    pub problem_count: Option<Count>,
    /// What waits to be told to the source, or was given up, in any order; each names one of its own.
    pub queue: Option<Vec<Value>>,
    /// Of the queue only what is of this flow.
    pub queue_flow: Option<Flow>,
    /// How much waits to be told or was given up.
    pub queue_count: Option<Count>,
    /// Orders at Linnworks, by number, reference or id; `null` for one that is not there.
    pub linnworks: Option<BTreeMap<String, Value>>,
    /// The step changed nothing at Linnworks.
    pub linnworks_unchanged: bool,
    /// The step changed nothing in the warehouse.
    pub wms_unchanged: bool,
    /// Mails that were sent in this step, in any order; each names one of its own: `{to, subject, body}`.
    pub mails: Option<Vec<Value>>,
    /// How many mails were sent in this step.
    pub mail_count: Option<Count>,
    /// Calls that the request log kept of the connection's runs in this step: `{operation, outcome, status}` among others.
    pub requests: Option<Vec<Value>>,
    /// How many calls it kept of them.
    pub request_count: Option<Count>,
    /// The connection as stored.
    pub stored: Option<Value>,
    /// Lines that the host logged during the step.
    pub log: Log,
}

/// How many.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Count {
    /// That many.
    Exactly(u64),
    /// A range.
    Range(Range),
}

/// A range.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Range {
    /// At least.
    #[serde(default)]
    pub min: Option<u64>,
    /// At most.
    #[serde(default)]
    pub max: Option<u64>,
}

impl Count {
    /// Whether `found` is that many.
    #[must_use]
    pub fn admits(self, found: u64) -> bool {
        match self {
            Self::Exactly(count) => count == found,
            Self::Range(Range { min, max }) => min.is_none_or(|min| min <= found) && max.is_none_or(|max| found <= max),
        }
    }
}

impl std::fmt::Display for Count {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Exactly(count) => write!(f, "{count}"),
            Self::Range(Range { min, max }) => {
                let min = min.map(|min| format!("at least {min}"));
                let max = max.map(|max| format!("at most {max}"));
                write!(f, "{}", [min, max].into_iter().flatten().collect::<Vec<_>>().join(" and "))
            }
        }
    }
}

/// One text or several.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Texts {
    /// One.
    One(String),
    /// Each of these.
    Several(Vec<String>),
}

impl Texts {
    /// As a list.
    #[must_use]
    pub fn all(&self) -> &[String] {
        match self {
            Self::One(text) => std::slice::from_ref(text),
            Self::Several(texts) => texts,
        }
    }
}

/// Of the log.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Log {
    /// Texts that are in it.
    pub contains: Vec<String>,
    /// Texts that are not.
    pub lacks: Vec<String>,
}
