//! A manifest made ready for enforcement: its operations by name, its hosts as an allow list, its recipe parsed.
//!
//! Made once per connector version. A request of a guest names an entry; everything that matters (address, effect, budget,
//! limits) comes from here, which is what the operator approved, and nothing from the guest.

use std::collections::BTreeMap;
use std::time::Duration;

use harness_contract::manifest::{Base, Description, Effect, Encoding, Method, Operation};

use super::auth::Recipe;
use super::egress::{AllowList, OperatorEgress, Target};

/// One operation, ready to be called.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) name: String,
    pub(crate) method: http::Method,
    /// `None` when the session names it.
    pub(crate) base: Option<Target>,
    pub(crate) path: String,
    pub(crate) effect: Effect,
    pub(crate) moves_stock: bool,
    pub(crate) content_type: &'static str,
    pub(crate) group: String,
    pub(crate) calls_per_minute: u32,
    pub(crate) time_limit: Duration,
    pub(crate) size_limit: u64,
}

impl Entry {
    pub(crate) fn reads(&self) -> bool {
        matches!(self.effect, Effect::Read)
    }
}

/// What one version of a connector may call.
#[derive(Debug)]
pub struct OperationTable {
    pub(crate) application: String,
    pub(crate) entries: BTreeMap<String, Entry>,
    pub(crate) allow: AllowList,
    pub(crate) recipe: Option<Recipe>,
}

impl OperationTable {
    /// Checks and prepares `description` under what the operator allows.
    ///
    /// # Errors
    /// Everything that cannot be enforced as it is written, each in one sentence.
    pub fn new(description: &Description, operator: &OperatorEgress) -> Result<Self, Vec<String>> {
        let allow = AllowList::new(&description.allowed_hosts, operator)?;
        let mut wrong = Vec::new();
        let mut entries = BTreeMap::new();
        for operation in &description.operations {
            match entry(operation, &allow) {
                Ok(entry) => {
                    if entries.insert(entry.name.clone(), entry).is_some() {
                        wrong.push(format!("operation {:?} is listed twice", operation.name));
                    }
                }
                Err(why) => {
                    wrong.push(format!("operation {}: {why}", crate::log::harmless(&operation.name, 80)));
                }
            }
        }
        let recipe = match description.authentication.as_ref().map(|recipe| Recipe::new(recipe, &allow)) {
            None => None,
            Some(Ok(recipe)) => Some(recipe),
            Some(Err(errors)) => {
                wrong.extend(errors.into_iter().map(|error| format!("authentication: {error}")));
                None
            }
        };
        if wrong.is_empty() {
            Ok(Self { application: description.name.clone(), entries, allow, recipe })
        } else {
            Err(wrong)
        }
    }

    /// The names of all operations, sorted.
    pub fn operations(&self) -> impl Iterator<Item = &str> {
        self.entries.keys().map(String::as_str)
    }

    /// The effect of an operation; `None` when it is not in the table.
    pub fn effect(&self, operation: &str) -> Option<Effect> {
        self.entries.get(operation).map(|entry| entry.effect)
    }
}

fn entry(operation: &Operation, allow: &AllowList) -> Result<Entry, String> {
    plain_path(&operation.path)?;
    let base = match &operation.base {
        Base::Fixed(address) => Some(allow.target(address).map_err(|refusal| refusal.to_string())?),
        Base::Session => None,
    };
    Ok(Entry {
        name: operation.name.clone(),
        method: method(operation.method),
        base,
        path: operation.path.clone(),
        effect: operation.effect,
        moves_stock: operation.moves_stock,
        content_type: content_type(operation.encoding),
        group: operation.rate_group.clone(),
        calls_per_minute: operation.calls_per_minute,
        time_limit: Duration::from_millis(u64::from(operation.time_limit)),
        size_limit: operation.size_limit,
    })
}

pub(crate) fn method(method: Method) -> http::Method {
    match method {
        Method::Get => http::Method::GET,
        Method::Post => http::Method::POST,
        Method::Put => http::Method::PUT,
        Method::Delete => http::Method::DELETE,
    }
}

pub(crate) fn content_type(encoding: Encoding) -> &'static str {
    match encoding {
        Encoding::Json => "application/json",
        Encoding::Form => "application/x-www-form-urlencoded",
    }
}

/// A path that no server reads in two ways.
fn plain_path(path: &str) -> Result<(), String> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_' | '~');
    let segments = path.strip_prefix('/').map(|rest| rest.split('/').collect::<Vec<_>>());
    match segments {
        Some(segments) if segments.iter().all(|s| !matches!(*s, "" | "." | "..") && s.chars().all(plain)) => Ok(()),
        _ => Err(format!(
            "its path is {:?}; expected / and segments of letters, digits, - . _ ~",
            crate::log::harmless(path, 80)
        )),
    }
}
