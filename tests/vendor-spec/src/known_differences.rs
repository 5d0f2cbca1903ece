//! Where the live system is known to differ from its description.
//!
//! Each entry carries its evidence, and a test asserts that the evidence still breaks the description: an entry that is
//! no longer needed fails that test.

use crate::violation::{Place, Violation};

/// What shows that a difference is real.
#[derive(Debug)]
pub enum Evidence {
    /// A response of the live system in the vendor folder's `samples/`.
    Sample {
        /// File name.
        file: &'static str,
        /// JSON pointer to the response, empty for the whole file.
        pointer: &'static str,
    },
    /// A JSON body that the live system demands.
    Request(&'static str),
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
    /// JSON pointers, where `*` stands for one segment.
    pub pointers: &'static [&'static str],
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
            && self.pattern(violation).is_some()
    }

    /// The one of [`KnownDifference::pointers`] that a violation's pointer matches.
    pub fn pattern(&self, violation: &Violation) -> Option<&'static str> {
        self.pointers.iter().copied().find(|pattern| matches_pattern(pattern, &violation.pointer))
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

const WRAPPED: &str = "the live system wants the request inside a member `request`, without which it answers 400 \
                       \"'request' parameter is missing\"; the description shows it bare";
const WRAPPED_SOURCE: &str = "notes on live calls in josephgurney/linnworks-mcp";

const DIFFERENCES: &[KnownDifference] = &[
    KnownDifference {
        method: "POST",
        path: "/api/Auth/AuthorizeByApplication",
        place: Place::ResponseBody,
        pointers: &[
            "/MaxImagesPerStockItem",
            "/FullName",
            "/Company",
            "/DseName",
            "/ProductName",
            "/ExpirationDate",
            "/SessionUserId",
            "/IsAccountHolder",
        ],
        rule: "additionalProperties",
        why: "the session answer has members of the subscription and the user that the description leaves out",
        source: "a recorded answer of 2019 in the tests of the PHP client booni3/linnworks",
        evidence: Evidence::Sample { file: "auth-authorizebyapplication.booni3-2019.json", pointer: "" },
    },
    KnownDifference {
        method: "POST",
        path: "/api/OpenOrders/GetOrdersLowFidelity",
        place: Place::RequestBody,
        pointers: &["/request"],
        rule: "additionalProperties",
        why: WRAPPED,
        source: WRAPPED_SOURCE,
        evidence: Evidence::Request(r#"{"request":{"LocationId":"00000000-0000-0000-0000-000000000000"}}"#),
    },
    KnownDifference {
        method: "POST",
        path: "/api/OpenOrders/GetViewStats",
        place: Place::RequestBody,
        pointers: &["/request"],
        rule: "additionalProperties",
        why: WRAPPED,
        source: WRAPPED_SOURCE,
        evidence: Evidence::Request(r#"{"request":{"LocationId":"00000000-0000-0000-0000-000000000000"}}"#),
    },
];
