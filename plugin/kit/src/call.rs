//! One request to the source, and its answer or the right failure.
//!
//! A source's own words are never repeated in a problem: what a source writes into an error may be anything, a buyer's
//! address among it. Status, operation and place are enough to act on.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::contract::{Attempt, Failure, HttpError, Problem, Request, Response, Retry};
use crate::host::Host;
use crate::instant;
use crate::json::{Json, describe};
use crate::problem::problem;

/// What the source answered to an operation: JSON.
#[derive(Debug)]
pub struct Answer {
    operation: String,
    json: Json,
}

/// Asks the source: `get(host, "orders", &[("page", "2")])`. Everything but a readable answer is the failure of the whole call.
///
/// # Errors
/// Why there is no usable answer.
pub async fn get(host: &impl Host, operation: &str, query: &[(&str, &str)]) -> Result<Answer, Failure> {
    call(host, operation, query, None::<&()>).await.map_err(|error| error.failure(operation))
}

/// Sends one request, with a JSON body where there is one, and tells what went wrong, for callers to whom a refusal is an answer.
/// The method is the operation's own, from the manifest.
///
/// # Errors
/// Why there is no usable answer.
pub async fn call(
    host: &impl Host,
    operation: &str,
    query: &[(&str, &str)],
    body: Option<&impl Serialize>,
) -> Result<Answer, CallError> {
    let query = query.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let body = body.map(serde_json::to_vec).transpose().map_err(|error| CallError::Denied(describe(&error)))?;
    match host.send(Request { operation: operation.to_owned(), query, body }).await {
        Ok(Response { status: 200..=299, body, .. }) => {
            // An empty answer is that of many writes.
            let text = if body.is_empty() { b"null".as_slice() } else { &body };
            let json = Json::of(text).map_err(|error| CallError::Unreadable(describe(&error)))?;
            Ok(Answer { operation: operation.to_owned(), json })
        }
        Ok(response) => Err(CallError::of_status(response.status)),
        Err(error) => Err(CallError::of_missing(error)),
    }
}

impl Answer {
    /// The answer's JSON.
    pub fn json(&self) -> &Json {
        &self.json
    }

    /// The records of the list at `path`, each on its own: what cannot be read in one of them is no fault of the others. An
    /// empty path is the answer itself.
    ///
    /// # Errors
    /// There is no list.
    pub fn records(&self, path: &str) -> Result<Vec<Json>, Failure> {
        self.json.records(path).ok_or_else(|| {
            let place = if path.is_empty() { "itself".to_owned() } else { format!("at `{path}`") };
            CallError::Unreadable(format!("the answer {place} is no list")).failure(&self.operation)
        })
    }

    /// The whole answer as a type of the connector's own.
    ///
    /// # Errors
    /// It has another shape.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, Failure> {
        self.json.parse().map_err(|error| CallError::Unreadable(describe(&error)).failure(&self.operation))
    }
}

/// Why a request has no usable answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CallError {
    /// 401: the session is not accepted although the host has just renewed it.
    Unauthorised,
    /// 403: the user behind the credentials may not do this.
    Forbidden,
    /// The quota is spent; the instant at which it is not, if that is known.
    Throttled(Option<i64>),
    /// It was not sent: a later attempt may do.
    Unavailable(String),
    /// The source has an error of its own, with this status: a later attempt may do, and a write may have happened.
    Broken(u16),
    /// The source understood and refuses, with this status.
    Refused(u16),
    /// The answer cannot be read.
    Unreadable(String),
    /// It was sent and its answer lost: a write may have happened.
    InDoubt(String),
    /// The host's policy refuses the request.
    Denied(String),
}

impl CallError {
    /// The error that a status other than 2xx stands for.
    fn of_status(status: u16) -> Self {
        match status {
            401 => CallError::Unauthorised,
            403 => CallError::Forbidden,
            429 => CallError::Throttled(None),
            400..=499 => CallError::Refused(status),
            _ => CallError::Broken(status),
        }
    }

    /// The error that a missing answer stands for.
    fn of_missing(error: HttpError) -> Self {
        match error {
            HttpError::Denied(why) => CallError::Denied(why),
            HttpError::NotSent(why) => CallError::Unavailable(why),
            HttpError::OutcomeUnknown(why) => CallError::InDoubt(why),
            HttpError::TooLarge(limit) => CallError::Unreadable(format!("larger than {limit} bytes")),
            HttpError::RateBudgetSpent(until) => CallError::Throttled(Some(until)),
        }
    }

    /// The failure of the whole call that it means when nothing else can be done.
    pub fn failure(&self, operation: &str) -> Failure {
        let problem = self.problem(operation);
        match self {
            CallError::Unauthorised | CallError::Forbidden => Failure::Unauthorised(problem),
            CallError::Throttled(_) => Failure::Throttled(problem),
            CallError::Unavailable(_) | CallError::Broken(_) | CallError::InDoubt(_) => Failure::Unavailable(problem),
            CallError::Refused(_) | CallError::Unreadable(_) | CallError::Denied(_) => {
                Failure::UnexpectedAnswer(problem)
            }
        }
    }

    /// What it means for the one item that the request was to write.
    pub fn attempt(&self, operation: &str) -> Attempt {
        let problem = self.problem(operation);
        match self {
            // An answer that says nothing about the write: it may have happened.
            CallError::InDoubt(_) | CallError::Unreadable(_) | CallError::Broken(_) => Attempt::InDoubt(problem),
            CallError::Refused(_) | CallError::Forbidden | CallError::Denied(_) => Attempt::Refused(problem),
            CallError::Unauthorised | CallError::Throttled(_) | CallError::Unavailable(_) => {
                Attempt::RetryLater(problem)
            }
        }
    }

    fn problem(&self, operation: &str) -> Problem {
        let (code, found, remedy, retry) = match self {
            CallError::Unauthorised => (
                "source.unauthorised",
                "the source does not accept the credentials".to_owned(),
                "Enter new credentials for the connection.",
                Retry::AfterAChange,
            ),
            CallError::Forbidden => (
                "source.forbidden",
                "the source forbids it to this user (HTTP 403)".to_owned(),
                "Give the user behind the connection's credentials the permission for this, or use another user's.",
                Retry::AfterAChange,
            ),
            CallError::Throttled(until) => (
                "source.throttled",
                match until {
                    Some(until) => format!("the quota of calls is spent until {}", instant::show(*until)),
                    None => "the quota of calls is spent".to_owned(),
                },
                "Nothing to do: the next run goes on. If it lasts, lower the connection's frequency.",
                Retry::Later,
            ),
            CallError::Unavailable(why) => (
                "source.unavailable",
                format!("the source is not available: {why}"),
                "Nothing to do: the next run tries again. If it lasts, look whether the source is up.",
                Retry::Later,
            ),
            CallError::Broken(status) => (
                "source.broken",
                format!("the source has an error of its own (HTTP {status})"),
                "Nothing to do: the next run tries again. If it lasts, look whether the source is up.",
                Retry::Later,
            ),
            CallError::Refused(status) => (
                "source.refused",
                format!("the source refuses it with HTTP {status}"),
                "Look at the source for what it does not accept. If nothing is wrong there, report it with the name of the operation.",
                Retry::Later,
            ),
            CallError::Unreadable(why) => (
                "source.unreadable",
                format!("the answer cannot be read: {why}"),
                "Nothing to do: the next run tries again. If it lasts, look whether the source is up; if it is, report the operation.",
                Retry::Later,
            ),
            CallError::InDoubt(why) => (
                "source.answer-lost",
                format!("it was sent and the answer was lost: {why}"),
                "Nothing to do: the state is read before anything is written again.",
                Retry::Later,
            ),
            CallError::Denied(why) => (
                "source.denied",
                format!("the host refuses the request: {why}"),
                "Review the connector's table of operations: it does not allow this, or not in a dry run.",
                Retry::Never,
            ),
        };
        problem(code, format!("{operation}: {found}."), remedy, retry)
    }
}

#[cfg(test)]
mod tests;
