//! JSON as the source wrote it: read member by member, numbers with all their digits, and everything that is missing or of
//! another kind told at once.
//!
//! What an accessor cannot read it notes as a *fault* of the record and answers with a placeholder (an empty text, `0`,
//! `false`, an empty list). So a mapping is written down straight, without a `?` on each line, and a person who has to mend the
//! record learns of every place at once. A record with faults never becomes an order: see [`crate::orders`].
//!
//! Amounts never pass through a binary float: `0.1` stays `0.1`.

use std::cell::{OnceCell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::rc::Rc;

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use crate::{instant, money};

/// A JSON value. Paths are names of members joined by `/`: `buyer/address/town`. A member that is `null` is absent.
#[derive(Clone)]
pub struct Json {
    raw: Box<RawValue>,
    /// The path to here from the record, for faults.
    place: String,
    /// Shared by all parts of a record.
    faults: Rc<RefCell<BTreeSet<String>>>,
    members: OnceCell<BTreeMap<String, Box<RawValue>>>,
}

impl Json {
    /// The value of a whole document.
    ///
    /// # Errors
    /// It is no JSON.
    pub fn of(document: &[u8]) -> Result<Self, serde_json::Error> {
        serde_json::from_slice(document)
    }

    fn root(raw: Box<RawValue>) -> Self {
        Json { raw, place: String::new(), faults: Rc::default(), members: OnceCell::new() }
    }

    fn part(&self, raw: &RawValue, place: String) -> Self {
        Json { raw: raw.to_owned(), place, faults: Rc::clone(&self.faults), members: OnceCell::new() }
    }

    /// Its text, as the source wrote it.
    pub fn source(&self) -> &str {
        self.raw.get()
    }

    /// Whether there is something at `path`.
    pub fn has(&self, path: &str) -> bool {
        self.find(path).is_some()
    }

    /// A text; a number is read as its text, since sources write ids both ways.
    pub fn text(&self, path: &str) -> String {
        self.required(path, "no text", as_text)
    }

    /// A text that may be absent.
    pub fn text_or(&self, path: &str, otherwise: &str) -> String {
        self.optional(path, "no text", as_text).unwrap_or_else(|| otherwise.to_owned())
    }

    /// An amount of money or a weight as the contract writes it; a number or the text of one.
    pub fn amount(&self, path: &str) -> String {
        self.decimal(path).to_string()
    }

    /// An amount that may be absent.
    pub fn amount_or(&self, path: &str, otherwise: &str) -> String {
        self.optional(path, "no amount", as_decimal).map_or_else(|| otherwise.to_owned(), |amount| amount.to_string())
    }

    /// An amount to reckon with; [`money::Currency`] rounds, splits and writes it.
    pub fn decimal(&self, path: &str) -> Decimal {
        self.required(path, "no amount", as_decimal)
    }

    /// A quantity: a whole number that is not negative. `2`, `2.0` and `"2"` are the same.
    pub fn whole(&self, path: &str) -> u32 {
        self.required(path, "no whole number", |text| as_decimal(text).filter(Decimal::is_integer)?.to_u32())
    }

    /// A switch.
    pub fn flag(&self, path: &str) -> bool {
        self.required(path, "neither true nor false", as_flag)
    }

    /// An instant in milliseconds UTC, from ISO 8601; `None` where it is absent.
    pub fn instant(&self, path: &str) -> Option<i64> {
        self.optional(path, "no instant", |text| instant::parse(&as_text(text)?))
    }

    /// The elements of a list.
    pub fn list(&self, path: &str) -> Vec<Json> {
        let read = |text: &str| serde_json::from_str::<Vec<Box<RawValue>>>(text).ok();
        let place = self.place_of(path);
        let elements = self.required(path, "no list", read);
        elements.iter().enumerate().map(|(at, raw)| self.part(raw, join(&place, &at.to_string()))).collect()
    }

    /// What each element of a list is turned into: `shop.each("items", |item| item.text("sku"))`.
    pub fn each<T>(&self, path: &str, turn: impl FnMut(&Json) -> T) -> Vec<T> {
        self.list(path).iter().map(turn).collect()
    }

    /// The part at `path`. Where there is none it is a value without members, whose faults are not told beside its own.
    pub fn object(&self, path: &str) -> Json {
        match self.find(path) {
            Some(raw) if raw.get().starts_with('{') => self.part(&raw, self.place_of(path)),
            found => {
                self.fault(path, if found.is_some() { "no object" } else { "missing" });
                Json::root(RawValue::NULL.to_owned())
            }
        }
    }

    /// All of it as a type of the connector's own, for those who prefer to write the source's types down. [`Amount`] is the
    /// type of an amount there.
    pub fn read<T: DeserializeOwned>(&self) -> Option<T> {
        let read = self.parse();
        read.inspect_err(|error| self.fault("", &describe(error))).ok()
    }

    /// Notes that something at `path` cannot be used: `quality` completes the sentence "`path` is …", without the value, which
    /// may be a person's.
    pub fn fault(&self, path: &str, quality: &str) {
        let place = self.place_of(path);
        let place = if place.is_empty() { "the record".to_owned() } else { format!("`{place}`") };
        self.faults.borrow_mut().insert(format!("{place} is {quality}"));
    }

    /// The faults so far, which it then has no more.
    pub(crate) fn take_faults(&self) -> BTreeSet<String> {
        std::mem::take(&mut self.faults.borrow_mut())
    }

    /// The elements of a list, each a record with faults of its own.
    pub(crate) fn records(&self, path: &str) -> Option<Vec<Json>> {
        serde_json::from_str(self.find(path)?.get()).ok()
    }

    pub(crate) fn parse<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        serde_json::from_str(self.raw.get())
    }

    /// What `read` makes of the value at `path`; a fault where there is none.
    fn required<T: Default>(&self, path: &str, otherwise: &str, read: impl Fn(&str) -> Option<T>) -> T {
        let found = self.find(path);
        if found.is_none() {
            self.fault(path, "missing");
        }
        self.turn(found, path, otherwise, read).unwrap_or_default()
    }

    /// What `read` makes of the value at `path`, if there is one.
    fn optional<T>(&self, path: &str, otherwise: &str, read: impl Fn(&str) -> Option<T>) -> Option<T> {
        self.turn(self.find(path), path, otherwise, read)
    }

    /// A fault where `read` makes nothing of what was found.
    fn turn<T>(
        &self,
        found: Option<Box<RawValue>>,
        path: &str,
        otherwise: &str,
        read: impl Fn(&str) -> Option<T>,
    ) -> Option<T> {
        let value = read(found?.get());
        if value.is_none() {
            self.fault(path, otherwise);
        }
        value
    }

    fn place_of(&self, path: &str) -> String {
        path.split('/').filter(|name| !name.is_empty()).fold(self.place.clone(), |place, name| join(&place, name))
    }

    fn find(&self, path: &str) -> Option<Box<RawValue>> {
        let mut names = path.split('/').filter(|name| !name.is_empty());
        let Some(first) = names.next() else { return present(&self.raw) };
        let known = self.members.get_or_init(|| members(&self.raw));
        let mut found = known.get(first)?.clone();
        for name in names {
            found = members(&found).remove(name)?;
        }
        present(&found)
    }
}

fn join(place: &str, name: &str) -> String {
    if place.is_empty() { name.to_owned() } else { format!("{place}/{name}") }
}

fn present(raw: &RawValue) -> Option<Box<RawValue>> {
    (raw.get() != "null").then(|| raw.to_owned())
}

/// The members of an object; of anything else there are none.
fn members(raw: &RawValue) -> BTreeMap<String, Box<RawValue>> {
    serde_json::from_str(raw.get()).unwrap_or_default()
}

fn as_text(text: &str) -> Option<String> {
    match text.as_bytes() {
        [b'"', ..] => serde_json::from_str(text).ok(),
        [b'-' | b'0'..=b'9', ..] => Some(text.to_owned()),
        _ => None,
    }
}

fn as_decimal(text: &str) -> Option<Decimal> {
    money::decimal(as_text(text)?.trim())
}

fn as_flag(text: &str) -> Option<bool> {
    match text {
        "true" | "\"true\"" => Some(true),
        "false" | "\"false\"" => Some(false),
        _ => None,
    }
}

/// What is wrong with a document, without a value of it: serde's own words may quote a buyer's name.
pub(crate) fn describe(error: &serde_json::Error) -> String {
    let what = match error.classify() {
        serde_json::error::Category::Eof => "JSON that ends too early",
        serde_json::error::Category::Data => "of another shape than expected",
        serde_json::error::Category::Syntax | serde_json::error::Category::Io => "no JSON",
    };
    let told = error.to_string();
    // The one message that names no value: "missing field `sku` at line 1 column 9".
    let missing = told.strip_prefix("missing field ").and_then(|rest| rest.split(" at line ").next());
    match missing {
        Some(name) => format!("without the member {name}"),
        None => format!("{what}, at line {} column {}", error.line(), error.column()),
    }
}

impl fmt::Debug for Json {
    /// Its place only: the value may be a person's.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Json").field(&self.place).finish()
    }
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Box::<RawValue>::deserialize(deserializer).map(Json::root)
    }
}

/// An amount in a type of the connector's own: a JSON number or the text of one, read from its own digits.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Amount(pub Decimal);

impl fmt::Display for Amount {
    /// As the contract writes it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        as_decimal(raw.get()).map(Amount).ok_or_else(|| serde::de::Error::custom("no amount"))
    }
}

#[cfg(test)]
mod tests;
