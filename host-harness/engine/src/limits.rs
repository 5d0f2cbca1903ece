//! What one invocation may use, and what it is told when it uses more.

use serde::{Deserialize, Serialize};

/// Limits of one invocation. Every field can be set in the configuration; a limit is never switched off.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Linear memory, in bytes. 64 MiB is twice what the largest invocation of the Linnworks connector needs.
    pub memory_bytes: usize,
    /// Elements of all tables together.
    pub table_elements: usize,
    /// Processor time of the guest, in milliseconds; waiting does not count.
    pub cpu_ms: u64,
    /// From call to return, in milliseconds, waiting for the rate limiter left out.
    pub wall_ms: u64,
    /// Bytes that the guest may hand to the host in one call.
    pub host_call_bytes: usize,
    /// Entries of the tables that the host keeps for the guest: calls under way, handles.
    pub host_table_entries: usize,
    /// HTTP calls.
    pub http_calls: u64,
    /// Bytes of all HTTP requests and answers together.
    pub http_bytes: u64,
    /// Calls of any import; each costs the host something.
    pub host_calls: u64,
    /// Bytes of log text.
    pub log_bytes: u64,
    /// Bytes that the connection's store may hold for one flow.
    pub storage_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            memory_bytes: 64 << 20,
            table_elements: 20_000,
            cpu_ms: 10_000,
            wall_ms: 300_000,
            host_call_bytes: 32 << 20,
            host_table_entries: 1_000,
            http_calls: 2_000,
            http_bytes: 512 << 20,
            host_calls: 100_000,
            log_bytes: 256 << 10,
            storage_bytes: 8 << 20,
        }
    }
}

/// The limit that an invocation ran into.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Limit {
    /// [`Limits::memory_bytes`]
    Memory,
    /// [`Limits::table_elements`]
    TableElements,
    /// [`Limits::cpu_ms`]
    CpuTime,
    /// [`Limits::wall_ms`]
    WallTime,
    /// [`Limits::host_call_bytes`]
    HostCallBytes,
    /// [`Limits::host_table_entries`]
    HostTableEntries,
    /// [`Limits::http_calls`]
    HttpCalls,
    /// [`Limits::http_bytes`]
    HttpBytes,
    /// [`Limits::host_calls`]
    HostCalls,
    /// [`Limits::log_bytes`]
    LogBytes,
    /// The guest's call stack, fixed at 512 KiB.
    Stack,
}

impl std::fmt::Display for Limit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Memory => "memory",
            Self::TableElements => "table elements",
            Self::CpuTime => "CPU time",
            Self::WallTime => "wall time",
            Self::HostCallBytes => "bytes of one host call",
            Self::HostTableEntries => "host table entries",
            Self::HttpCalls => "HTTP calls",
            Self::HttpBytes => "HTTP bytes",
            Self::HostCalls => "host calls",
            Self::LogBytes => "log bytes",
            Self::Stack => "call stack",
        })
    }
}

/// Raised by an import to end an invocation; carried through wasmtime as the cause of the trap.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Interrupt {
    /// A limit was passed.
    #[error("the invocation went over its limit of {0}")]
    Limit(Limit),
    /// The host itself could not do its part, for example read the database.
    #[error("{0}")]
    Host(String),
}

/// Why an invocation gave no result. Nothing that it staged is kept.
#[derive(Debug, Clone, thiserror::Error, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ended {
    /// It went over one of its limits.
    #[error(
        "the connector went over its limit of {0}; if the account has really grown that large, raise the limit in the configuration"
    )]
    Limit(Limit),
    /// It trapped: a panic or an illegal instruction. The text names the trap and the frames.
    #[error("the connector broke off: {0}")]
    Trap(String),
    /// The host was told to stop and the connector did not return in time.
    #[error("the connector was stopped by the host")]
    Stopped,
    /// The host could not do its part.
    #[error("the host could not do its part: {0}")]
    Host(String),
    /// The component lacks what was asked of it.
    #[error("the connector cannot do that: {0}")]
    Unsupported(String),
}
