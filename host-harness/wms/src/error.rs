//! What can go wrong in the store, told so that somebody can act on it.

use std::path::PathBuf;

/// The store's result.
pub type StoreResult<T> = Result<T, StoreError>;

/// Why the store did not do what it was asked. When this is returned nothing of the call was written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// Another process has the SQLite file open.
    #[error("{} is in use by process {by_pid}: stop that process, or send it the command; two hosts at one time need PostgreSQL", path.display())]
    Locked {
        /// Process id as the other process wrote it into the lock file; `unknown` when it has not yet.
        by_pid: String,
        /// The database file.
        path: PathBuf,
    },
    /// The run lost its lease to another worker, which goes on with the work.
    #[error(
        "run {run} holds fence {given}, the flow is at fence {current}: another worker has taken over, drop this run's results"
    )]
    Fence {
        /// The run that asked.
        run: i64,
        /// Fence that the run was given.
        given: i64,
        /// Fence of the present holder.
        current: i64,
    },
    /// The connector's storage was written by somebody else since the invocation began.
    #[error(
        "storage of flow {flow} was read at generation {read_at} and is at {current}: drop the results and invoke again"
    )]
    StorageMoved {
        /// Flow whose namespace it is.
        flow: String,
        /// Generation when the invocation began.
        read_at: i64,
        /// Generation now.
        current: i64,
    },
    /// The connector's storage would grow beyond its quota.
    #[error("storage of flow {flow} would hold {bytes} bytes, its quota is {quota}: nothing was written")]
    StorageFull {
        /// Flow whose namespace it is.
        flow: String,
        /// Size that it would have.
        bytes: u64,
        /// Size that it may have.
        quota: u64,
    },
    /// The flow of this connection is being run by somebody else.
    #[error(
        "flow {flow} of connection {connection} is being run by {owner} until {until} (Unix ms): wait for it to end"
    )]
    Busy {
        /// Connection id.
        connection: i64,
        /// Flow.
        flow: String,
        /// Who runs it.
        owner: String,
        /// End of the lease, Unix milliseconds.
        until: i64,
    },
    /// The last run of the flow was broken off, and what it had sent may still take effect.
    #[error(
        "the last run of flow {flow} of connection {connection} was broken off with calls that may still take effect; the next \
         can begin at {until} (Unix ms): run it then"
    )]
    InDoubt {
        /// Connection id.
        connection: i64,
        /// Flow.
        flow: String,
        /// When the next run can begin, Unix milliseconds.
        until: i64,
    },
    /// There is no such thing.
    #[error("there is no {what} {id}{}", hint.as_ref().map(|h| format!("; {h}")).unwrap_or_default())]
    NotFound {
        /// Kind: `client`, `order`.
        what: &'static str,
        /// What was asked for.
        id: String,
        /// A near miss, or where to look.
        hint: Option<String>,
    },
    /// Something is in the way.
    #[error("{what}: {found}; {remedy}")]
    Conflict {
        /// What was to be done.
        what: String,
        /// What was found instead of what is needed.
        found: String,
        /// What to do.
        remedy: String,
    },
    /// An argument cannot be taken.
    #[error("{field} is {found}, expected {expected}")]
    Invalid {
        /// Name of the argument.
        field: &'static str,
        /// What came.
        found: String,
        /// What is accepted.
        expected: String,
    },
    /// The database's schema could not be brought up to date.
    #[error("the database's schema cannot be brought up to date: {0}; was it written by a newer version?")]
    Migrate(#[from] sqlx::migrate::MigrateError),
    /// A document in the database cannot be read.
    #[error("a stored document cannot be read: {0}")]
    Document(#[from] serde_json::Error),
    /// The lock file or the database's folder cannot be used.
    #[error("{} cannot be opened: {source}; check that the folder exists and is writable", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The database failed.
    #[error("database: {0}")]
    Database(#[from] sqlx::Error),
}

impl StoreError {
    pub(crate) fn not_found(what: &'static str, id: impl ToString, hint: Option<String>) -> Self {
        Self::NotFound { what, id: id.to_string(), hint }
    }

    /// Turns a broken unique key into a conflict that says what is taken.
    pub(crate) fn taken(error: sqlx::Error, what: &str, name: &str) -> Self {
        match &error {
            sqlx::Error::Database(e) if e.is_unique_violation() => Self::Conflict {
                what: format!("adding {what} {name}"),
                found: "one of that name exists".into(),
                remedy: "choose another name or use the one there is".into(),
            },
            _ => Self::Database(error),
        }
    }
}
