//! What the judge reports.

use std::fmt;

/// Which part of an exchange breaks the description.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// The method and path: the description has no such operation.
    Operation,
    /// The query string of the request.
    Query,
    /// The body of the request.
    RequestBody,
    /// The HTTP status of the response.
    Status,
    /// The body of the response.
    ResponseBody,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Place::Operation => "operation",
            Place::Query => "query",
            Place::RequestBody => "request body",
            Place::Status => "status",
            Place::ResponseBody => "response body",
        })
    }
}

/// One departure from the vendor's description. It names places and rules, never the values that were sent: those may
/// be secrets or personal data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// The part of the exchange.
    pub place: Place,
    /// JSON pointer into that part, for example `/Items/0/SKU`; empty for the part as a whole.
    pub pointer: String,
    /// The broken rule: a JSON Schema keyword (`type`, `format`, `enum`, `required`, `additionalProperties`, ...), or
    /// `path`, `method`, `syntax`, `encoding`, `body`, `status`.
    pub rule: String,
    /// What came and what the description expects.
    pub message: String,
}

impl Violation {
    pub(crate) fn new(place: Place, pointer: &str, rule: &str, message: impl Into<String>) -> Self {
        Violation { place, pointer: pointer.to_owned(), rule: rule.to_owned(), message: message.into() }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: {} ({})", self.place, self.pointer, self.message, self.rule)
    }
}
