//! Replaces what must not be kept, in the shape that it has.
//!
//! Length, script, case, digits and punctuation stay, and the same value always gets the same replacement within one
//! recording; so a mapping that cuts, sorts or matches behaves on the replacement as on the original. The replacement comes
//! from a keyed hash: without the key, which is never kept, it cannot be guessed back by trying values.
//!
//! A text is replaced unless it is known to be harmless (see `words.rs`): by the name of its field, by its shape (an id, a
//! date), or because the connection's own settings hold it. So a field that nobody thought of is replaced, too.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{Mutex, PoisonError};

use secrecy::{ExposeSecret, SecretString};
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};

use super::words::{Kind, fold, has_harmless_shape, is_date, is_harmless_header, is_id, kind};

/// Deeper than this nothing is looked at; what lies there is replaced as a whole.
const DEEPEST: usize = 100;

/// What stands for a text in an outline.
const BLANK: &str = "…";

/// The rules of one recording.
pub struct Redactor {
    key: [u8; 32],
    /// What the connection's settings hold, which is nobody's secret and what the source's names are compared with.
    settings: BTreeSet<String>,
    /// Personal texts that were seen, with their replacements.
    seen: Mutex<BTreeMap<String, String>>,
}

impl Default for Redactor {
    fn default() -> Self {
        Self::new(rand::random())
    }
}

impl fmt::Debug for Redactor {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Redactor(..)")
    }
}

/// What is made of a document.
#[derive(Clone, Copy, PartialEq)]
enum Making {
    /// The same with replacements.
    Replaced,
    /// The same with a blank for everything that could have been replaced: for comparing.
    Outline,
}

impl Redactor {
    /// One key gives one set of replacements.
    pub fn new(key: [u8; 32]) -> Self {
        Self { key, settings: BTreeSet::new(), seen: Mutex::default() }
    }

    /// Keeps every text that equals one of `words`, case and outer spaces apart, where the name of its field does not say that it
    /// is personal.
    #[must_use]
    pub fn keeping<'a>(mut self, words: impl IntoIterator<Item = &'a str>) -> Self {
        let parts = words.into_iter().flat_map(|word| std::iter::once(word).chain(word.split([',', ';', '|', '\n'])));
        self.settings.extend(parts.map(fold).filter(|word| word.len() > 1));
        self
    }

    /// Replaces every letter and digit of `text` by another of its kind.
    pub fn text(&self, text: &str) -> String {
        let mut stream = Stream::new(&self.key, text);
        text.chars().map(|character| stream.like(character)).collect()
    }

    /// `document` with replacements; `None` when it is no JSON. Numbers keep their digits as written, members their order.
    pub fn json(&self, document: &str) -> Option<String> {
        self.make(document, Making::Replaced)
    }

    /// `document` with a blank for every text that a recording replaces or that a source says in its own words. Two documents that
    /// differ only in these have the same outline. A form is outlined as an object; what is neither, as a blank.
    pub fn outline(&self, document: &str) -> String {
        if let Some(outline) = self.make(document, Making::Outline) {
            return outline;
        }
        if !document.contains('=') {
            return BLANK.into();
        }
        let pairs = url::form_urlencoded::parse(document.as_bytes());
        let pairs = pairs.map(|(name, value)| {
            let value = self.make(&value, Making::Outline).unwrap_or_else(|| BLANK.into());
            format!("{name}={value}")
        });
        pairs.collect::<Vec<_>>().join("&")
    }

    /// Settings: an operator entered them, and a connector goes by them, so only what is personal by its name or looks like an
    /// address for mail is replaced.
    pub fn settings(&self, settings: &str) -> String {
        let Ok(value) = serde_json::from_str(settings) else { return self.text(settings) };
        self.of_settings(value).to_string()
    }

    fn of_settings(&self, value: serde_json::Value) -> serde_json::Value {
        use serde_json::Value;
        match value {
            Value::String(text) => Value::String(self.without_addresses(&text)),
            Value::Array(items) => items.into_iter().map(|item| self.of_settings(item)).collect(),
            Value::Object(members) => members
                .into_iter()
                .map(|(name, value)| match value {
                    Value::String(text) if kind(&name) == Kind::Personal => (name, Value::String(self.personal(&text))),
                    value => (name, self.of_settings(value)),
                })
                .collect(),
            other => other,
        }
    }

    /// `text`, which is JSON, without the personal texts that were seen so far, wherever they stand in it.
    pub fn without_seen(&self, text: String) -> String {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let mut seen: Vec<(&String, &String)> = seen.iter().collect();
        // The longest first, so that none is cut by a shorter one within it.
        seen.sort_by_key(|(value, _)| std::cmp::Reverse(value.len()));
        let escaped = |text: &str| serde_json::to_string(text).unwrap_or_default().trim_matches('"').to_owned();
        seen.into_iter().fold(text, |text, (value, replacement)| {
            let value = escaped(value);
            if text.contains(&value) { text.replace(&value, &escaped(replacement)) } else { text }
        })
    }

    fn make(&self, document: &str, making: Making) -> Option<String> {
        let raw: &RawValue = serde_json::from_str(document).ok()?;
        let mut out = String::with_capacity(document.len());
        let place = Place { name: "", named: false, personal: false, depth: 0 };
        self.walk(raw.get(), place, making, &mut out);
        Some(out)
    }

    fn walk(&self, raw: &str, place: Place<'_>, making: Making, out: &mut String) {
        let literal = |text: &str| serde_json::to_string(text).unwrap_or_default();
        match raw.as_bytes().first() {
            _ if place.depth > DEEPEST => out.push_str(&literal(&self.text("too deep"))),
            Some(b'{') => {
                let Ok(Members(members)) = serde_json::from_str(raw) else { return };
                let named = members.iter().any(|(name, _)| ["value", "tag"].contains(&fold(name).as_str()));
                let personal = place.personal || kind(place.name) == Kind::Personal;
                out.push('{');
                for (at, (name, value)) in members.iter().enumerate() {
                    out.push_str(if at > 0 { "," } else { "" });
                    out.push_str(&literal(&self.without_addresses(name)));
                    out.push(':');
                    self.walk(value.get(), Place { name, named, personal, depth: place.depth + 1 }, making, out);
                }
                out.push('}');
            }
            Some(b'[') => {
                let items: Vec<&RawValue> = serde_json::from_str(raw).unwrap_or_default();
                out.push('[');
                for (at, item) in items.into_iter().enumerate() {
                    out.push_str(if at > 0 { "," } else { "" });
                    self.walk(item.get(), Place { depth: place.depth + 1, ..place }, making, out);
                }
                out.push(']');
            }
            Some(b'"') => {
                let text: String = serde_json::from_str(raw).unwrap_or_default();
                out.push_str(&literal(&self.string(&text, place, making)));
            }
            // 0 and 1 are switches, and nobody is known by them.
            Some(b'-' | b'0'..=b'9') if place.hides_numbers() && !["0", "1"].contains(&raw) => match making {
                Making::Outline => out.push_str(&literal(BLANK)),
                Making::Replaced => {
                    let replaced = self.text(raw);
                    // A number may not begin with a zero.
                    let valid = serde_json::from_str::<serde_json::Number>(&replaced).is_ok();
                    out.push_str(if valid { &replaced } else { "0" });
                }
            },
            _ => out.push_str(raw),
        }
    }

    fn string(&self, text: &str, place: Place<'_>, making: Making) -> String {
        let own = kind(place.name);
        if !text.trim_start().starts_with(['{', '[']) || own == Kind::Personal {
            return self.plain(text, place, own, making);
        }
        // Some endpoints take JSON inside of a text.
        self.make(text, making).unwrap_or_else(|| self.plain(text, place, own, making))
    }

    fn plain(&self, text: &str, place: Place<'_>, own: Kind, making: Making) -> String {
        let kept = match own {
            _ if text.trim().is_empty() => true,
            Kind::Personal => {
                let replaced = self.personal(text);
                return if making == Making::Outline { BLANK.into() } else { replaced };
            }
            Kind::Kept => true,
            Kind::KeptWithValue => place.named && !place.personal,
            Kind::Id => !text.contains(|c: char| c == '@' || c.is_whitespace()),
            Kind::Said if making == Making::Outline => false,
            Kind::Said => true,
            Kind::Unknown if place.personal => is_id(text) || is_date(text),
            Kind::Unknown => has_harmless_shape(text) || self.settings.contains(&fold(text)),
        };
        match making {
            _ if kept => self.without_addresses(text),
            Making::Replaced => self.text(text),
            Making::Outline => BLANK.into(),
        }
    }

    /// Replaces a text that is personal by its place, and remembers it, so that it is found where nobody expects it.
    fn personal(&self, text: &str) -> String {
        let replaced = self.text(text);
        let value = text.trim();
        let telling = value.contains(['@', ' ']) || value.chars().filter(char::is_ascii_digit).count() >= 7;
        if telling && value.chars().count() >= 6 && !self.settings.contains(&fold(value)) {
            let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
            seen.entry(value.to_owned()).or_insert_with(|| self.text(value));
        }
        replaced
    }

    /// `text` with every word replaced that looks like an address for mail.
    fn without_addresses(&self, text: &str) -> String {
        if !text.contains('@') {
            return text.to_owned();
        }
        let words = text.split_inclusive(char::is_whitespace);
        words.map(|word| if word.contains('@') { self.text(word) } else { word.to_owned() }).collect()
    }

    /// One named text, as in a query or a form.
    pub fn pair(&self, name: &str, value: &str) -> String {
        let place = Place { name, named: false, personal: false, depth: 0 };
        self.string(value, place, Making::Replaced)
    }

    /// A body. JSON and forms are replaced field by field; of anything else every letter and digit, since nobody knows what
    /// is in it. Every occurrence of one of `secrets` is replaced, wherever it stands.
    pub fn body(&self, body: &[u8], content_type: &str, secrets: &[SecretString]) -> String {
        let Ok(text) = std::str::from_utf8(body) else { return format!("({} bytes that are not text)", body.len()) };
        let text = self.without(text, secrets);
        if let Some(replaced) = self.json(&text) {
            return replaced;
        }
        if content_type.starts_with("application/x-www-form-urlencoded") {
            let mut form = url::form_urlencoded::Serializer::new(String::new());
            for (name, value) in url::form_urlencoded::parse(text.as_bytes()) {
                form.append_pair(&name, &self.pair(&name, &value));
            }
            return form.finish();
        }
        self.text(&text)
    }

    /// The value of a header of an answer.
    pub(crate) fn header(&self, name: &str, value: &str, secrets: &[SecretString]) -> String {
        let value = self.without(value, secrets);
        if is_harmless_header(name, &value) { value } else { self.pair(name, &value) }
    }

    /// `text` with every occurrence of a secret replaced, in whatever case its letters are.
    pub(crate) fn without(&self, text: &str, secrets: &[SecretString]) -> String {
        let mut text = text.to_owned();
        for secret in secrets.iter().map(ExposeSecret::expose_secret).filter(|secret| secret.len() >= 4) {
            // Both keep their length in bytes, so that what is found stands at the same place of `text`.
            let (secret, folded) = (secret.to_ascii_lowercase(), text.to_ascii_lowercase());
            if !folded.contains(&secret) {
                continue;
            }
            let mut out = String::with_capacity(text.len());
            let mut end = 0;
            for (at, _) in folded.match_indices(&secret) {
                out.push_str(text.get(end..at).unwrap_or_default());
                end = at + secret.len();
                out.push_str(&self.text(text.get(at..end).unwrap_or_default()));
            }
            out.push_str(text.get(end..).unwrap_or_default());
            text = out;
        }
        text
    }
}

/// Where a value stands.
#[derive(Clone, Copy)]
struct Place<'a> {
    /// Name of the field; that of the list for what is in a list.
    name: &'a str,
    /// Whether the object has a value or a tag beside its name.
    named: bool,
    /// Whether a personal field lies around it.
    personal: bool,
    depth: usize,
}

impl Place<'_> {
    fn hides_numbers(self) -> bool {
        match kind(self.name) {
            Kind::Personal => true,
            Kind::Unknown => self.personal,
            _ => false,
        }
    }
}

/// The members of an object in their order, those of one name included.
struct Members<'a>(Vec<(String, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct All;
        impl<'de> Visitor<'de> for All {
            type Value = Vec<(String, &'de RawValue)>;
            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(members)
            }
        }
        deserializer.deserialize_map(All).map(Members)
    }
}

/// Bytes without end from a key and a value.
struct Stream {
    seed: [u8; 32],
    block: u64,
    bytes: [u8; 32],
    used: usize,
}

impl Stream {
    fn new(key: &[u8; 32], value: &str) -> Self {
        let mut hash = Sha256::new();
        hash.update(key);
        hash.update(value.as_bytes());
        // Hashed again with the key behind, so that a value cannot be lengthened into another's stream.
        let seed = Sha256::new().chain_update(hash.finalize()).chain_update(key).finalize().into();
        Self { seed, block: 0, bytes: [0; 32], used: 32 }
    }

    fn next(&mut self) -> u8 {
        if self.used == self.bytes.len() {
            self.bytes = Sha256::new().chain_update(self.seed).chain_update(self.block.to_le_bytes()).finalize().into();
            self.block += 1;
            self.used = 0;
        }
        let byte = self.bytes.get(self.used).copied().unwrap_or_default();
        self.used += 1;
        byte
    }

    /// A character of the same script, case and kind, and another one: of the code points around it that are like it.
    fn like(&mut self, character: char) -> char {
        if !character.is_alphanumeric() {
            return character;
        }
        let kind = |c: char| (c.is_alphabetic(), c.is_uppercase(), c.is_lowercase(), c.is_ascii_digit(), c.len_utf8());
        let like_it = |size: u32| -> Vec<char> {
            let first = u32::from(character) / size * size;
            let around = (first..first + size).filter_map(char::from_u32);
            around.filter(|&c| c != character && kind(c) == kind(character)).collect()
        };
        // A few have none of their kind so near.
        let like = [32, 128].into_iter().map(like_it).find(|like| !like.is_empty()).unwrap_or_default();
        let index = usize::from(self.next()) % like.len().max(1);
        like.get(index).copied().unwrap_or(character)
    }
}

#[cfg(test)]
mod tests;
