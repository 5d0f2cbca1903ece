//! Where the live system is known to differ from its description.
//!
//! Each entry carries its evidence, and a test asserts that the evidence still breaks the description: an entry that is
//! no longer needed fails that test.

use crate::violation::{Place, Violation};

/// What shows that a difference is real.
#[derive(Debug)]
pub enum Evidence {
    /// A response of the live system in the vendor folder's `samples/`: the file and the pointer to the part that is the
    /// response.
    Sample {
        /// File name.
        file: &'static str,
        /// JSON pointer to the response, empty for the whole file.
        pointer: &'static str,
    },
    /// A request that working clients send.
    Request {
        /// Raw query string.
        query: &'static str,
        /// Content type, empty for none.
        content_type: &'static str,
        /// Raw body.
        body: &'static str,
    },
    /// A response that working clients receive.
    Response {
        /// HTTP status.
        status: u16,
        /// Raw body.
        body: &'static str,
    },
}

/// One known difference.
#[derive(Debug)]
pub struct KnownDifference {
    /// HTTP method as the client sends it.
    pub method: &'static str,
    /// Path of the operation.
    pub path: &'static str,
    /// The part of the exchange.
    pub place: Place,
    /// JSON pointer, where `*` stands for one segment.
    pub pointer: &'static str,
    /// The broken rule.
    pub rule: &'static str,
    /// What the live system does instead.
    pub why: &'static str,
    /// Who saw it.
    pub source: &'static str,
    /// The exchange that shows it.
    pub evidence: Evidence,
}

impl KnownDifference {
    /// Whether this difference explains a violation in an exchange with the given method and path.
    pub fn covers(&self, method: &str, path: &str, violation: &Violation) -> bool {
        self.method.eq_ignore_ascii_case(method)
            && self.path.eq_ignore_ascii_case(path)
            && self.place == violation.place
            && self.rule == violation.rule
            && matches_pattern(self.pointer, &violation.pointer)
    }
}

fn matches_pattern(pattern: &str, pointer: &str) -> bool {
    let (pattern, pointer): (Vec<_>, Vec<_>) = (pattern.split('/').collect(), pointer.split('/').collect());
    pattern.len() == pointer.len() && pattern.iter().zip(&pointer).all(|(p, s)| *p == "*" || p == s)
}

/// The whole list.
pub fn known_differences() -> &'static [KnownDifference] {
    DIFFERENCES
}

const DIFFERENCES: &[KnownDifference] = &[];
