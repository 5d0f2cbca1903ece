//! What goes wrong between the connector and Linnworks, and how it is told.
//!
//! Linnworks answers `{"Message"}` with or without a `Code`, sometimes HTML from the gateway, sometimes nothing; it reports a
//! spent quota as 429 but the same words have been seen on other statuses.
use serde::Deserialize;

use crate::contract::{Failure, HttpError, Retry};
use crate::instant;
use crate::problem::problem;

/// Why a call gave no usable answer.
#[derive(Debug, Clone, PartialEq)]
pub enum CallError {
    /// The session is not accepted although the host has just renewed it.
    Unauthorised,
    /// The user behind the token may not do this.
    Forbidden(String),
    /// The quota is spent; until when, if that is known.
    Throttled(Option<i64>),
    /// No answer, or one of Linnworks' own errors: a later attempt may do.
    Unavailable(String),
    /// Linnworks understood and refuses: status and message.
    Refused(u16, String),
    /// The answer cannot be read.
    Unreadable(String),
    /// The request was sent and no usable answer came, so it may have been done.
    InDoubt(String),
    /// The host's policy refuses the request.
    Denied(String),
}

/// `{"Message": ...}`, the shape of most errors.
#[derive(Deserialize)]
struct Told {
    #[serde(alias = "message")]
    #[serde(rename = "Message")]
    message: Option<String>,
}

const QUOTA: &[u8] = b"API calls quota exceeded";
const MESSAGE_LIMIT: usize = 200;

/// Whether a body is the quota message, whatever its status. Only short bodies can be, so that large answers cost nothing.
pub(super) fn is_throttle(body: &[u8]) -> bool {
    body.len() < 1024 && body.windows(QUOTA.len()).any(|window| window == QUOTA)
}

/// The error that a status other than 2xx stands for.
pub(super) fn of_status(status: u16, body: &[u8]) -> CallError {
    if status == 429 || is_throttle(body) {
        return CallError::Throttled(None);
    }
    match status {
        401 => CallError::Unauthorised,
        403 => CallError::Forbidden(told(body)),
        // Also what a wrong cluster answers; the session's own server makes that impossible, so it is the route.
        400..=499 => CallError::Refused(status, told(body)),
        _ => CallError::Unavailable(format!("HTTP {status}: {}", told(body))),
    }
}

/// The error that a missing answer stands for.
pub(super) fn of_lost(error: HttpError) -> CallError {
    match error {
        HttpError::Denied(why) => CallError::Denied(why),
        HttpError::NotSent(why) => CallError::Unavailable(why),
        HttpError::OutcomeUnknown(why) => CallError::InDoubt(why),
        HttpError::TooLarge(limit) => CallError::Unreadable(format!("larger than {limit} bytes")),
        HttpError::RateBudgetSpent(until) => CallError::Throttled(Some(until)),
    }
}

/// What a body says, in at most [`MESSAGE_LIMIT`] characters and without anything that looks like an e-mail address.
fn told(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    let text = text.trim();
    if text.is_empty() {
        return "an empty answer".to_owned();
    }
    if text.starts_with('<') {
        return "a web page instead of data".to_owned();
    }
    match serde_json::from_str::<Told>(text) {
        Ok(Told { message: Some(message) }) => tidy(&message),
        Ok(Told { message: None }) => "no message".to_owned(),
        // Text that is not JSON may be anything, so it is not repeated.
        Err(_) => format!("{} bytes that are no JSON", text.len()),
    }
}

pub(super) fn tidy(message: &str) -> String {
    let words = message.split_whitespace().map(|word| if word.contains('@') { "(address)" } else { word });
    words.collect::<Vec<_>>().join(" ").chars().take(MESSAGE_LIMIT).collect()
}

impl CallError {
    /// An answer that could not be read. Positions only: the text itself may hold personal data.
    pub fn unreadable(error: &serde_json::Error) -> Self {
        let what = match error.classify() {
            serde_json::error::Category::Eof => "ends too early",
            serde_json::error::Category::Data => "has another shape than expected",
            serde_json::error::Category::Syntax | serde_json::error::Category::Io => "is no JSON",
        };
        CallError::Unreadable(format!("the answer {what} at line {} column {}", error.line(), error.column()))
    }

    /// The same after a `write` that may have reached Linnworks: without a usable answer it may have been done.
    #[must_use]
    pub fn of_write(self) -> Self {
        match self {
            CallError::Unavailable(why) | CallError::Unreadable(why) => CallError::InDoubt(why),
            other => other,
        }
    }

    /// Whether it stands for a refusal of this one request, as against a state in which no request would do.
    pub fn is_refusal(&self) -> bool {
        matches!(self, CallError::Refused(..) | CallError::Forbidden(_) | CallError::Unreadable(_))
    }

    /// Whether Linnworks has answered that it does not do this, as against an answer that nobody can read, and which may be another
    /// next time.
    pub fn is_answered_no(&self) -> bool {
        matches!(self, CallError::Refused(..) | CallError::Forbidden(_))
    }

    /// In a few words, for verdicts and the log.
    pub fn describe(&self) -> String {
        match self {
            CallError::Unauthorised => "Linnworks does not accept the session".to_owned(),
            CallError::Forbidden(message) => format!("Linnworks forbids it: {message}"),
            CallError::Throttled(_) => "the quota of calls is spent".to_owned(),
            CallError::Unavailable(message) => format!("Linnworks is not available: {message}"),
            CallError::Refused(status, message) => format!("Linnworks refuses it with HTTP {status}: {message}"),
            CallError::Unreadable(message) => message.clone(),
            CallError::InDoubt(message) => format!("no usable answer came: {message}"),
            CallError::Denied(message) => format!("the host refuses it: {message}"),
        }
    }

    /// The failure of the whole call that this error means when nothing else can be done.
    pub fn failure(self, operation: &str) -> Failure {
        let said = format!("{operation}: {}.", self.describe());
        match self {
            CallError::Unauthorised => Failure::Unauthorised(problem(
                "linnworks.unauthorised",
                said,
                "Install the application in Linnworks again and paste the new token into ApiToken.",
                Retry::AfterAChange,
            )),
            CallError::Forbidden(_) => Failure::Unauthorised(problem(
                "linnworks.forbidden",
                said,
                "Give the Linnworks user who installed the application the permission for this call, or install it as another user.",
                Retry::AfterAChange,
            )),
            CallError::Throttled(until) => Failure::Throttled(problem(
                "linnworks.throttled",
                until.map_or_else(
                    || said.clone(),
                    |until| format!("{said} Calls are free again at {}.", instant::show(until)),
                ),
                "Nothing to do: the next run goes on. If it lasts, lower the frequency or look for other integrations of the account.",
                Retry::Later,
            )),
            CallError::Unavailable(_) | CallError::InDoubt(_) => Failure::Unavailable(problem(
                "linnworks.unavailable",
                said,
                "Nothing to do: the next run tries again. If it lasts, look at Linnworks' status page.",
                Retry::Later,
            )),
            CallError::Refused(..) => Failure::UnexpectedAnswer(problem(
                "linnworks.refused",
                said,
                "Run the connection check; it tells which setting or permission is at fault.",
                Retry::Later,
            )),
            CallError::Unreadable(_) => Failure::UnexpectedAnswer(problem(
                "linnworks.unreadable",
                said,
                "Nothing to do: the next run tries again. If it lasts, report it with the name of the operation.",
                Retry::Later,
            )),
            CallError::Denied(_) => Failure::UnexpectedAnswer(problem(
                "linnworks.denied",
                said,
                "Review the connector's operation table; this call is not allowed by it or not in a dry run.",
                Retry::Never,
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_quota_message_is_recognised_on_any_status() {
        let body = br#"{"Message":"API calls quota exceeded! Maximum admitted 150 per Minute."}"#;
        for status in [429, 400, 500] {
            assert_eq!(of_status(status, body), CallError::Throttled(None), "{status}");
        }
        assert!(is_throttle(body));
        assert_eq!(of_status(429, b"<html>"), CallError::Throttled(None));
    }

    #[test]
    fn every_shape_of_an_error_body_gives_a_short_message_without_personal_data() {
        let cases: [(&[u8], &str); 6] = [
            (br#"{"Code":"-","Message":"No items found with given filter."}"#, "No items found with given filter."),
            (br#"{"Code":null,"Message":"jane@example.test is wrong"}"#, "(address) is wrong"),
            (b"<html><body>Bad gateway</body></html>", "a web page instead of data"),
            (b"", "an empty answer"),
            (br#"{"Mess"#, "6 bytes that are no JSON"),
            (b"{}", "no message"),
        ];
        for (body, expected) in cases {
            assert_eq!(of_status(400, body), CallError::Refused(400, expected.to_owned()));
        }
    }

    #[test]
    fn a_failure_names_the_operation() {
        let Failure::Unavailable(problem) = of_status(502, b"").failure("Orders/GetOrdersById") else {
            panic!("502 is unavailable")
        };
        assert_eq!(problem.message, "Orders/GetOrdersById: Linnworks is not available: HTTP 502: an empty answer.");
    }
}
