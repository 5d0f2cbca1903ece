//! What can go wrong with a call.

use std::fmt;

use serde_json::{Value, json};

use super::{EXCHANGE, Lasts};

/// A way to misbehave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// 429 with seconds to wait.
    Throttled,
    /// 429 without.
    ThrottledWithoutTime,
    /// 429 with no time to wait.
    ThrottledWithZero,
    /// 401.
    Unauthorised,
    /// 500, nothing done.
    FailedBefore,
    /// 500, and it is done.
    FailedAfter,
    /// Done, and the connection is cut off.
    CutOff,
    /// Done, and the answer takes its time. One that outlasts the time limit is cut off, as far as the host can see.
    Slow,
    /// Done, and half of the answer as if it were whole.
    Truncated,
    /// Done, and a web page.
    WebPage,
    /// Done, and an empty answer.
    Empty,
    /// A write that is answered and not done.
    NotDone,
    /// The first rows twice.
    Duplicated,
    /// A page after the first that begins earlier than it should.
    Shifted,
    /// Done, and a field of the answer has another type.
    WrongType(String),
}

impl Kind {
    /// All but the fields.
    pub const ALL: [Self; 14] = [
        Self::Throttled,
        Self::ThrottledWithoutTime,
        Self::ThrottledWithZero,
        Self::Unauthorised,
        Self::FailedBefore,
        Self::FailedAfter,
        Self::CutOff,
        Self::Slow,
        Self::Truncated,
        Self::WebPage,
        Self::Empty,
        Self::NotDone,
        Self::Duplicated,
        Self::Shifted,
    ];

    /// Its name, on the command line and over a column.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Throttled => "429",
            Self::ThrottledWithoutTime => "429-none",
            Self::ThrottledWithZero => "429-zero",
            Self::Unauthorised => "401",
            Self::FailedBefore => "500-before",
            Self::FailedAfter => "500-after",
            Self::CutOff => "cut-off",
            Self::Slow => "slow",
            Self::Truncated => "truncated",
            Self::WebPage => "html",
            Self::Empty => "empty",
            Self::NotDone => "no-op",
            Self::Duplicated => "duplicated",
            Self::Shifted => "shifted",
            Self::WrongType(_) => "wrong-type",
        }
    }

    /// In the simulator's words; one that strikes once strikes at the `nth` call.
    pub(super) fn fault(&self, endpoint: &str, lasts: Lasts, nth: u64) -> Value {
        let mut fault = match self {
            Self::Throttled => json!({ "do": "throttle", "retry_after": 12 }),
            Self::ThrottledWithoutTime => json!({ "do": "throttle", "retry_after": null }),
            Self::ThrottledWithZero => json!({ "do": "throttle", "retry_after": 0 }),
            // A session that ends is one; a login that is refused is another.
            Self::Unauthorised if endpoint == EXCHANGE || lasts == Lasts::AWhile => {
                json!({ "do": "status", "status": 401 })
            }
            Self::Unauthorised => json!({ "do": "expire_session" }),
            Self::FailedBefore => json!({ "do": "status", "status": 500 }),
            Self::FailedAfter => json!({ "do": "status_after", "status": 500 }),
            Self::CutOff => json!({ "do": "cut_after" }),
            Self::Slow => json!({ "do": "delay", "millis": 40 }),
            Self::Truncated => json!({ "do": "truncate" }),
            Self::WebPage => json!({ "do": "html" }),
            Self::Empty => json!({ "do": "empty" }),
            Self::NotDone => json!({ "do": "no_op" }),
            Self::Duplicated => json!({ "do": "duplicate_rows", "rows": 1 }),
            Self::Shifted => json!({ "do": "shift_rows", "rows": 1 }),
            Self::WrongType(field) => json!({ "do": "retype", "field": field }),
        };
        if let Some(members) = fault.as_object_mut() {
            members.insert("endpoint".into(), json!(endpoint));
            if lasts == Lasts::Once {
                members.insert("nth".into(), json!(nth));
            }
        }
        fault
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::WrongType(field) => write!(out, "wrong-type {field}"),
            other => out.write_str(other.name()),
        }
    }
}
