//! What the settings ask for.

use crate::bindings::wms::connector::types::Context;
use serde_json::Value;

/// The settings of one invocation.
pub(crate) struct Wishes {
    settings: Value,
    /// The settings as they came.
    pub(crate) text: String,
}

impl Wishes {
    pub(crate) fn of(context: &Context) -> Self {
        Self { settings: serde_json::from_str(&context.settings).unwrap_or_default(), text: context.settings.clone() }
    }

    /// The misdeed's name; empty for none.
    pub(crate) fn misdeed(&self) -> &str {
        self.word("misbehave")
    }

    /// Whether `fetch` shall misbehave and `discover` not.
    pub(crate) fn in_fetch(&self) -> bool {
        self.word("in") == "fetch"
    }

    /// Whether `fetch` of these ids shall misbehave: all of them do unless the settings name one.
    pub(crate) fn in_fetch_of(&self, ids: &[String]) -> bool {
        let only = self.word("only");
        self.in_fetch() && (only.is_empty() || ids.iter().any(|id| id == only))
    }

    /// The operation to send; `read` unless the settings name one.
    pub(crate) fn operation(&self) -> &str {
        match self.word("operation") {
            "" => "read",
            name => name,
        }
    }

    /// How often.
    pub(crate) fn times(&self, otherwise: usize) -> usize {
        self.number("times", otherwise)
    }

    /// How many bytes.
    pub(crate) fn size(&self, otherwise: usize) -> usize {
        self.number("size", otherwise)
    }

    /// Texts.
    pub(crate) fn list(&self, field: &str) -> Vec<String> {
        let texts = self.value(field);
        texts.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
    }

    /// Whatever is there.
    pub(crate) fn value(&self, field: &str) -> Value {
        self.settings.get(field).cloned().unwrap_or_default()
    }

    /// A text; empty for none.
    pub(crate) fn word(&self, field: &str) -> &str {
        self.settings.get(field).and_then(Value::as_str).unwrap_or_default()
    }

    fn number(&self, field: &str, otherwise: usize) -> usize {
        self.settings
            .get(field)
            .and_then(Value::as_u64)
            .and_then(|number| usize::try_from(number).ok())
            .unwrap_or(otherwise)
    }
}
