//! Faults: what goes wrong, where and when.

use crate::control::Mutation;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

/// What a fault does to a call.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case", deny_unknown_fields)]
pub enum FaultAction {
    /// This status and body instead of running the endpoint.
    Status {
        /// HTTP status.
        status: u16,
        /// Body; by default a message in the API's shape.
        #[serde(default)]
        body: Option<String>,
    },
    /// The endpoint runs and commits, then this status and body are answered.
    StatusAfter {
        /// HTTP status.
        status: u16,
        /// Body; by default a message in the API's shape.
        #[serde(default)]
        body: Option<String>,
    },
    /// 429 without running the endpoint. `retry_after` null leaves the header out; 0 is sent as 0.
    Throttle {
        /// Seconds in the header.
        #[serde(default)]
        retry_after: Option<u64>,
    },
    /// Waits this many real milliseconds before answering.
    Delay {
        /// Milliseconds.
        millis: u64,
    },
    /// Closes the connection without running the endpoint.
    CutBefore,
    /// Runs the endpoint, then closes the connection without an answer.
    CutAfter,
    /// Runs the endpoint, sends the head and half of the body, then closes the connection.
    CutMidBody,
    /// Gives no answer now; the endpoint runs when the virtual clock is this much further.
    CommitLater {
        /// Virtual seconds.
        seconds: f64,
        /// Keep the connection open until the client gives up, instead of closing it.
        #[serde(default)]
        hang: bool,
    },
    /// Answers half of the body as if it were whole.
    Truncate,
    /// Answers a web page with status 200 (or the one given) after running the endpoint.
    Html {
        /// HTTP status.
        #[serde(default)]
        status: Option<u16>,
    },
    /// Answers an empty body with status 200 after running the endpoint.
    Empty,
    /// Answers as if the endpoint had run, but nothing is changed.
    NoOp,
    /// Ends the caller's session first, so that the answer is 401.
    ExpireSession,
    /// A page after the first begins this many rows earlier (negative: later) than it should: orders came or went while paging.
    ShiftRows {
        /// Rows.
        rows: i64,
    },
    /// The first rows of a list are sent twice: of the first list with any, down to two objects deep.
    DuplicateRows {
        /// Rows.
        rows: usize,
    },
    /// A field of the answer has another JSON type: a text becomes a number, a number a text, a switch a text, a list an object,
    /// an object a text, null a number. Where the answer has no such field, nothing happens.
    Retype {
        /// JSON pointer; `*` stands for every element of a list: `/*/GeneralInfo/Status`. Empty is the whole answer.
        field: String,
    },
    /// Changes the account before the endpoint runs, as a person in Linnworks would.
    Mutate {
        /// The changes, in this sequence.
        mutations: Vec<Mutation>,
    },
}

/// A fault: an action, an endpoint and when it strikes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Fault {
    /// Its number; given when it is added.
    #[serde(default)]
    pub id: u64,
    /// `Controller/Method`, `Controller/*` or `*`; any case.
    #[serde(default = "everywhere")]
    pub endpoint: String,
    /// Only the nth matching call since the fault was added (1 is the first).
    #[serde(default)]
    pub nth: Option<u64>,
    /// Every nth matching call.
    #[serde(default)]
    pub every: Option<u64>,
    /// With this probability, from 0 to 1. Drawn from the seed and what is called, so that calls which overlap draw the same in
    /// whatever sequence they arrive.
    #[serde(default)]
    pub probability: Option<f64>,
    /// Seed of the probability.
    #[serde(default)]
    pub seed: u64,
    /// At most this many times.
    #[serde(default)]
    pub times: Option<u64>,
    /// Only calls whose query or body holds this text, for example an order's id.
    #[serde(default)]
    pub containing: Option<String>,
    /// What happens.
    #[serde(flatten)]
    pub action: FaultAction,
    /// Matching calls so far.
    #[serde(default)]
    pub seen: u64,
    /// How often it struck.
    #[serde(default)]
    pub struck: u64,
}

fn everywhere() -> String {
    "*".to_owned()
}

/// All faults.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    pub(crate) list: Vec<Fault>,
    given: u64,
    /// How often the same call, with the same query and body, has come in while something struck by chance.
    same: HashMap<u64, u64>,
}

impl Faults {
    /// Adds a fault; returns its number.
    pub(crate) fn add(&mut self, mut fault: Fault) -> u64 {
        self.given += 1;
        fault.id = self.given;
        self.list.push(fault);
        self.given
    }

    /// Removes all.
    pub(crate) fn clear(&mut self) {
        self.list.clear();
        self.same.clear();
    }

    /// The faults that strike this call. Counts it for each that matches.
    pub(crate) fn striking(&mut self, endpoint: &str, query: &str, body: &[u8]) -> Vec<Fault> {
        let mut striking = Vec::new();
        let drawn = match self.list.iter().any(|fault| fault.probability.is_some()) {
            true => self.count(endpoint, query, body),
            false => (0, 0),
        };
        for fault in &mut self.list {
            if !fault.matches(endpoint) {
                continue;
            }
            if let Some(text) = &fault.containing
                && !query.contains(text.as_str())
                && !String::from_utf8_lossy(body).contains(text.as_str())
            {
                continue;
            }
            fault.seen += 1;
            let due = fault.nth.is_none_or(|nth| nth == fault.seen)
                && fault.every.is_none_or(|every| every != 0 && fault.seen.is_multiple_of(every))
                && fault.probability.is_none_or(|chance| draw(fault.seed ^ drawn.0, drawn.1) < chance)
                && fault.times.is_none_or(|times| fault.struck < times);
            if due {
                fault.struck += 1;
                striking.push(fault.clone());
            }
        }
        striking
    }

    /// What a call is known by, and how often it has come in so far.
    fn count(&mut self, endpoint: &str, query: &str, body: &[u8]) -> (u64, u64) {
        let mut hasher = DefaultHasher::new();
        (endpoint, query, body).hash(&mut hasher);
        let call = hasher.finish();
        let times = self.same.entry(call).or_default();
        *times += 1;
        (call, *times)
    }
}

impl Fault {
    /// Reads a fault.
    ///
    /// # Errors
    /// When the action is unknown, or a member has the wrong form or an unknown name.
    pub fn read(value: serde_json::Value) -> Result<Self, serde_json::Error> {
        const KNOWN: &[&str] = &[
            "do",
            "endpoint",
            "nth",
            "every",
            "probability",
            "seed",
            "times",
            "containing",
            "status",
            "body",
            "retry_after",
            "millis",
            "seconds",
            "hang",
            "rows",
            "field",
            "mutations",
            "id",
            "seen",
            "struck",
        ];
        let names = value.as_object().into_iter().flat_map(|members| members.keys());
        if let Some(name) = names.into_iter().find(|name| !KNOWN.contains(&name.as_str())) {
            let known = KNOWN.join(", ");
            return Err(serde::de::Error::custom(format!("`{name}` is not a member of a fault; there are {known}")));
        }
        serde_json::from_value(value)
    }

    fn matches(&self, endpoint: &str) -> bool {
        match self.endpoint.strip_suffix('*') {
            Some(prefix) => endpoint.to_ascii_lowercase().starts_with(&prefix.to_ascii_lowercase()),
            None => self.endpoint.eq_ignore_ascii_case(endpoint),
        }
    }
}

/// The nth number of a seed, from 0 to 1: the same in every run (splitmix64).
fn draw(seed: u64, nth: u64) -> f64 {
    let mut z = seed.wrapping_add(nth.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64
}
