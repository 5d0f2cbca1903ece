//! The file: one JSON document, described in `docs/recordings.md`.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use harness_contract::http::{HttpError, Request};
use harness_contract::types::{Context, Mode};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What stands first in every file of this form.
pub const FORMAT: &str = "harness-recording/1";

/// A recording.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recording {
    /// [`FORMAT`].
    pub format: String,
    /// What was asked of the host.
    pub asked: String,
    /// Who was recorded.
    pub component: Component,
    /// Each call of the component, in the order in which they began.
    pub invocations: Vec<Invocation>,
}

/// The component that was recorded.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Component {
    /// By its manifest.
    pub name: String,
    /// By its manifest.
    pub version: String,
    /// SHA-256 of the file. Left out of recordings that are kept to compare a newer build with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
}

/// One call of the component: what it was given, and what it did.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Invocation {
    /// Interface and function: `import-orders.fetch`.
    pub function: String,
    /// Its context.
    pub context: Given,
    /// Its further arguments.
    pub arguments: Value,
    /// Its store, as far as it looked into it.
    pub storage: Stored,
    /// From which of its reports on it was told to stop, counted from 0; never, where it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stop_at: Option<usize>,
    /// What it asked of the host, in the order in which it did, and what it was answered.
    pub calls: Vec<Call>,
    /// What came of it.
    pub result: Outcome,
    /// Where the redaction made it go another way than it had gone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parted: Option<String>,
}

/// `context` of the contract.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Given {
    /// `plan` or `apply`.
    pub mode: ModeName,
    /// The clock, in Unix milliseconds.
    pub now: i64,
    /// The connection's settings; secrets were never among them.
    pub settings: Value,
    /// Names of the client's channels.
    pub channels: Vec<String>,
    /// Name of the connection's channel.
    pub channel: String,
}

/// The mode.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ModeName {
    /// Nothing is written.
    Plan,
    /// It is.
    Apply,
}

impl From<Context> for Given {
    fn from(context: Context) -> Self {
        let Context { mode, now, settings, channels, channel } = context;
        let mode = match mode {
            Mode::Plan => ModeName::Plan,
            Mode::Apply => ModeName::Apply,
        };
        Self {
            mode,
            now,
            settings: serde_json::from_str(&settings).unwrap_or(Value::String(settings)),
            channels,
            channel,
        }
    }
}

impl From<&Given> for Context {
    fn from(given: &Given) -> Self {
        Self {
            mode: match given.mode {
                ModeName::Plan => Mode::Plan,
                ModeName::Apply => Mode::Apply,
            },
            now: given.now,
            settings: given.settings.to_string(),
            channels: given.channels.clone(),
            channel: given.channel.clone(),
        }
    }
}

/// A store.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stored {
    /// Bytes in it.
    pub used: u64,
    /// Bytes that it may hold.
    pub quota: u64,
    /// What was read of it; a key that is not here had no value.
    pub values: BTreeMap<String, Content>,
}

/// Bytes, as readable as they can be written without losing one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Content {
    /// JSON that is written without spaces.
    Json(Value),
    /// Any other text.
    Text(String),
    /// No text: in Base64.
    Bytes(String),
}

impl From<&[u8]> for Content {
    fn from(bytes: &[u8]) -> Self {
        let Ok(text) = std::str::from_utf8(bytes) else { return Self::Bytes(BASE64_STANDARD.encode(bytes)) };
        // Only what is written again as it came: bytes are kept, not meanings.
        let value = serde_json::from_str::<Value>(text).ok();
        let again = value.map(|value| (value.to_string(), value));
        match again {
            Some((written, value)) if written == text => Self::Json(value),
            _ => Self::Text(text.to_owned()),
        }
    }
}

impl Content {
    /// The bytes.
    pub fn bytes(&self) -> Vec<u8> {
        match self {
            Self::Json(value) => value.to_string().into_bytes(),
            Self::Text(text) => text.clone().into_bytes(),
            Self::Bytes(encoded) => BASE64_STANDARD.decode(encoded).unwrap_or_default(),
        }
    }
}

/// What a component asked of the host.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Call {
    /// A request to the source.
    Http {
        /// Of the manifest's table.
        operation: String,
        /// As it was given.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        query: Vec<(String, String)>,
        /// As it was given.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        body: Option<Content>,
        /// What came back; nothing where the tape had no answer.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        answer: Option<Answer>,
    },
    /// Keys of the store were read.
    Get(Vec<String>),
    /// Keys of the store were set.
    Set(BTreeMap<String, Content>),
    /// Keys of the store were removed.
    Delete(Vec<String>),
    /// A line of the log.
    Log {
        /// `trace` to `critical`.
        level: String,
        /// The component's own grouping.
        context: String,
        /// Its words.
        message: String,
    },
    /// How far it is.
    Report {
        /// Items done.
        done: u64,
        /// Items in all, where it said so.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        total: Option<u64>,
    },
}

impl Call {
    /// A request without its answer.
    pub fn request(request: &Request) -> Self {
        Self::Http {
            operation: request.operation.clone(),
            query: request.query.clone(),
            body: request.body.as_deref().map(Content::from),
            answer: None,
        }
    }

    /// What a person would call it.
    pub fn name(&self) -> String {
        match self {
            Self::Http { operation, .. } => operation.clone(),
            Self::Get(keys) => format!("reading {} keys of the store", keys.len()),
            Self::Set(entries) => format!("setting {} keys of the store", entries.len()),
            Self::Delete(keys) => format!("removing {} keys of the store", keys.len()),
            Self::Log { level, .. } => format!("a line of the log, {level}"),
            Self::Report { .. } => "a report of progress".into(),
        }
    }
}

/// What a request came to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// An answer.
    Given {
        /// 100 to 599.
        status: u16,
        /// Their values redacted.
        headers: Vec<(String, String)>,
        /// Redacted.
        body: Content,
    },
    /// None, and why.
    Missing(HttpError),
}

/// What came of an invocation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// It returned that.
    Returned(Value),
    /// It said that the call as a whole failed.
    Failed(Value),
    /// It did not return.
    Ended(String),
}

impl Recording {
    /// Reads a file's text.
    ///
    /// # Errors
    /// When it is no recording, or one of another form.
    pub fn read(text: &str) -> anyhow::Result<Self> {
        #[derive(Deserialize)]
        struct Head {
            format: String,
        }
        let expected = format!("expected a JSON document whose `format` is {FORMAT:?}");
        let head: Head =
            serde_json::from_str(text).map_err(|error| anyhow::anyhow!("it is no recording: {error}; {expected}"))?;
        anyhow::ensure!(
            head.format == FORMAT,
            "it is a recording of the form {:?}; {expected}: replay it with a host of the version that made it",
            head.format
        );
        serde_json::from_str(text).map_err(|error| anyhow::anyhow!("it is a broken recording: {error}"))
    }

    /// The file's text.
    ///
    /// # Errors
    /// None that is known.
    pub fn write(&self) -> anyhow::Result<String> {
        Ok(serde_json::to_string_pretty(self)? + "\n")
    }

    /// Calls of the host in all.
    pub fn calls(&self) -> usize {
        self.invocations.iter().map(|invocation| invocation.calls.len()).sum()
    }

    /// Which invocations went another way than they had gone, and where; counted from 1.
    pub fn parted(&self) -> impl Iterator<Item = (usize, &Invocation, &str)> {
        let parted = |(at, one): (usize, _)| {
            let one: &Invocation = one;
            Some((at + 1, one, one.parted.as_deref()?))
        };
        self.invocations.iter().enumerate().filter_map(parted)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_come_back_as_they_were_however_readable_they_are_written() {
        let all: [&[u8]; 6] =
            [br#"{"b":1,"a":[1.5,null]}"#, br#"{"a": 1}"#, br#"{"a":1.10}"#, b"", b"<html>", &[0xff, 0, 0xfe]];
        let kinds = all.map(|bytes| {
            let content = Content::from(bytes);
            assert_eq!(content.bytes(), bytes);
            let read: Content = serde_json::from_value(serde_json::to_value(&content).unwrap()).unwrap();
            assert_eq!(read, content);
            matches!(content, Content::Json(_))
        });
        assert_eq!(kinds, [true, false, false, false, false, false]);
    }

    #[test]
    fn a_file_of_another_form_is_refused_with_the_expected_one() {
        for (text, words) in [("{}", "no recording"), (r#"{"format":"harness-recording/9"}"#, "harness-recording/9")] {
            let error = Recording::read(text).unwrap_err().to_string();
            assert!(error.contains(words) && error.contains(FORMAT), "{error}");
        }
    }
}
