//! The parameters of a call, read by name and type whatever encoding they came in.

use super::reply::ApiError;
use crate::state::Stamp;
use serde_json::{Map, Value};
use uuid::Uuid;

/// Named parameters. Names are compared without regard to case (1.4); null, absent and, for ids, the empty text are
/// the same. Values that came as form or query text are read as the type that is asked for.
#[derive(Debug, Clone, Default)]
pub(crate) struct Params(pub(crate) Map<String, Value>);

impl Params {
    /// The members of an object; JSON text is read too. Anything else has none.
    pub(crate) fn of(value: &Value) -> Self {
        match value {
            Value::Object(map) => Self(map.clone()),
            Value::String(text) => match serde_json::from_str(text) {
                Ok(Value::Object(map)) => Self(map),
                _ => Self::default(),
            },
            _ => Self::default(),
        }
    }

    /// The value as it came; null counts as absent.
    pub(crate) fn get(&self, name: &str) -> Option<&Value> {
        self.0
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
            .filter(|value| !value.is_null())
    }

    /// Text; numbers and booleans are written out.
    pub(crate) fn text(&self, name: &str) -> Option<String> {
        match self.get(name)? {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            Value::Bool(value) => Some(value.to_string()),
            _ => None,
        }
    }

    /// Text that must be there and not be blank.
    pub(crate) fn need_text(&self, name: &str) -> Result<String, ApiError> {
        self.text(name).filter(|text| !text.trim().is_empty()).ok_or_else(ApiError::invalid)
    }

    /// An id; the empty text is none.
    pub(crate) fn guid(&self, name: &str) -> Result<Option<Uuid>, ApiError> {
        match self.get(name) {
            None => Ok(None),
            Some(Value::String(text)) if text.trim().is_empty() || text == "null" => Ok(None),
            Some(Value::String(text)) => {
                let bare = text.trim().trim_matches('"');
                Uuid::parse_str(bare).map(Some).map_err(|_| ApiError::invalid())
            }
            Some(_) => Err(ApiError::invalid()),
        }
    }

    /// An id that must be there.
    pub(crate) fn need_guid(&self, name: &str) -> Result<Uuid, ApiError> {
        self.guid(name)?.ok_or_else(ApiError::invalid)
    }

    /// A location: none and the zero GUID both mean "Default".
    pub(crate) fn location(&self, name: &str) -> Result<Uuid, ApiError> {
        Ok(self.guid(name)?.unwrap_or_default())
    }

    /// A whole number.
    pub(crate) fn int(&self, name: &str) -> Result<Option<i64>, ApiError> {
        match self.get(name) {
            None => Ok(None),
            Some(Value::Number(number)) => number
                .as_i64()
                .or_else(|| number.as_f64().map(|number| number as i64))
                .map(Some)
                .ok_or_else(ApiError::invalid),
            Some(Value::String(text)) if text.trim().is_empty() || text == "null" => Ok(None),
            Some(Value::String(text)) => text.trim().parse().map(Some).map_err(|_| ApiError::invalid()),
            Some(_) => Err(ApiError::invalid()),
        }
    }

    /// A number.
    pub(crate) fn number(&self, name: &str) -> Result<Option<f64>, ApiError> {
        match self.get(name) {
            None => Ok(None),
            Some(Value::Number(number)) => Ok(number.as_f64()),
            Some(Value::String(text)) if text.trim().is_empty() || text == "null" => Ok(None),
            Some(Value::String(text)) => text.trim().parse().map(Some).map_err(|_| ApiError::invalid()),
            Some(_) => Err(ApiError::invalid()),
        }
    }

    /// A boolean; `True`, `true`, `1` and their opposites as text.
    pub(crate) fn boolean(&self, name: &str) -> Result<Option<bool>, ApiError> {
        match self.get(name) {
            None => Ok(None),
            Some(Value::Bool(value)) => Ok(Some(*value)),
            Some(Value::Number(number)) => Ok(Some(number.as_f64() != Some(0.0))),
            Some(Value::String(text)) => match text.trim().to_ascii_lowercase().as_str() {
                "" | "null" => Ok(None),
                "true" | "1" => Ok(Some(true)),
                "false" | "0" => Ok(Some(false)),
                _ => Err(ApiError::invalid()),
            },
            Some(_) => Err(ApiError::invalid()),
        }
    }

    /// A date.
    pub(crate) fn date(&self, name: &str) -> Result<Option<Stamp>, ApiError> {
        match self.get(name) {
            None => Ok(None),
            Some(Value::String(text)) if text.trim().is_empty() => Ok(None),
            Some(Value::String(text)) => Stamp::parse(text).map(Some).ok_or_else(ApiError::invalid),
            Some(_) => Err(ApiError::invalid()),
        }
    }

    /// A list; as text it must be JSON: repeated keys and commas are refused as live (1.4).
    pub(crate) fn list(&self, name: &str) -> Result<Option<Vec<Value>>, ApiError> {
        match self.get(name) {
            None => Ok(None),
            Some(Value::Array(rows)) => Ok(Some(rows.clone())),
            Some(Value::String(text)) if text.trim().is_empty() || text.trim() == "null" => Ok(None),
            Some(Value::String(text)) => match serde_json::from_str(text) {
                Ok(Value::Array(rows)) => Ok(Some(rows)),
                _ => Err(ApiError::plain(format!("Invalid parameter {name}"))),
            },
            Some(_) => Err(ApiError::plain(format!("Invalid parameter {name}"))),
        }
    }

    /// A list of ids.
    pub(crate) fn guids(&self, name: &str) -> Result<Option<Vec<Uuid>>, ApiError> {
        let Some(rows) = self.list(name)? else { return Ok(None) };
        let ids = rows
            .iter()
            .map(|row| row.as_str().and_then(|text| Uuid::parse_str(text.trim()).ok()).ok_or_else(ApiError::invalid));
        ids.collect::<Result<_, _>>().map(Some)
    }

    /// A list of ids that must be there.
    pub(crate) fn need_guids(&self, name: &str) -> Result<Vec<Uuid>, ApiError> {
        self.guids(name)?.ok_or_else(ApiError::invalid)
    }

    /// A list of texts.
    pub(crate) fn texts(&self, name: &str) -> Result<Option<Vec<String>>, ApiError> {
        let Some(rows) = self.list(name)? else { return Ok(None) };
        Ok(Some(rows.iter().map(|row| row.as_str().map_or_else(|| row.to_string(), str::to_owned)).collect()))
    }

    /// An object.
    pub(crate) fn object(&self, name: &str) -> Option<Self> {
        let value = self.get(name)?;
        let inner = Self::of(value);
        (value.is_object() || !inner.0.is_empty()).then_some(inner)
    }

    /// An object that must be there.
    pub(crate) fn need_object(&self, name: &str) -> Result<Self, ApiError> {
        self.object(name).ok_or_else(ApiError::invalid)
    }

    /// A list of objects.
    pub(crate) fn objects(&self, name: &str) -> Result<Option<Vec<Self>>, ApiError> {
        Ok(self.list(name)?.map(|rows| rows.iter().map(Self::of).collect()))
    }
}
