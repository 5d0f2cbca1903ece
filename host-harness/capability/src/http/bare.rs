//! For fuzzers alone: parts of the capability without a network around them. Nothing but `--cfg fuzzing`, which `cargo fuzz` sets,
//! compiles this.

use super::auth::{AuthFailure, Credentials};
use super::egress::Origin;
use super::table::OperationTable;
use super::transport::Answer;

/// What a session is, for all to see.
#[derive(Debug)]
pub struct Opened {
    /// The value of the header that carries it.
    pub header: Vec<u8>,
    /// Where operations of the session's base go.
    pub origin: Option<Origin>,
    /// What their paths are appended to.
    pub path: String,
    /// Whose it is.
    pub account: String,
}

/// Reads a session out of an answer to the exchange of `table`'s recipe.
///
/// # Errors
/// As in an invocation.
pub fn session(table: &OperationTable, status: u16, body: Vec<u8>) -> Result<Opened, AuthFailure> {
    let recipe = table.recipe.as_ref().ok_or_else(|| AuthFailure::Missing("there is no recipe".to_owned()))?;
    let answer = Answer { status, headers: Vec::new(), body };
    let session = recipe.session(answer, &Credentials::default(), &table.allow, 1)?;
    Ok(Opened {
        header: session.header.1.as_bytes().to_vec(),
        path: session.base.as_ref().map(|base| base.path.clone()).unwrap_or_default(),
        origin: session.base.map(|base| base.origin),
        account: session.account,
    })
}
