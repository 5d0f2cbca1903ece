//! The limits of one invocation that belong to its imports.

use std::fmt;

/// What ran out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LimitKind {
    /// HTTP calls, repeats by the host and session exchanges included.
    HttpCalls,
    /// Bytes of request and response bodies.
    HttpBytes,
    /// Bytes of log messages.
    LogBytes,
}

impl fmt::Display for LimitKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::HttpCalls => "HTTP calls",
            Self::HttpBytes => "bytes of HTTP bodies",
            Self::LogBytes => "bytes of log messages",
        })
    }
}

/// An invocation used up something that it has only so much of. The run ends; nobody else notices.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error, serde::Serialize, serde::Deserialize)]
#[error(
    "the invocation wanted more than its {limit} {kind}; split the work into smaller invocations or raise the limit"
)]
pub struct LimitExceeded {
    /// What ran out.
    pub kind: LimitKind,
    /// How much there was.
    pub limit: u64,
}
