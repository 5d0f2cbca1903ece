//! Replaces what must not be kept, in the shape that it has.
//!
//! Length, script, case, digits and punctuation stay, and the same value always gets the same replacement within one
//! recording; so a mapping that cuts, sorts or matches behaves on the replacement as on the original. The replacement comes
//! from a keyed hash: without the key, which is never kept, it cannot be guessed back by trying values.

use std::collections::BTreeSet;

use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use sha2::{Digest, Sha256};

/// Names of fields that hold personal data, compared without case.
pub const PERSONAL: &[&str] = &[
    "address",
    "address1",
    "address2",
    "address3",
    "addressline1",
    "addressline2",
    "addressline3",
    "buyername",
    "buyerphonenumber",
    "cbuyername",
    "cemailaddress",
    "cfullname",
    "channelbuyername",
    "city",
    "company",
    "customername",
    "deliverynote",
    "deliverynotes",
    "email",
    "emailaddress",
    "firstname",
    "fullname",
    "lastname",
    "mobile",
    "note",
    "notes",
    "phone",
    "phonenumber",
    "postcode",
    "recipientname",
    "region",
    "surname",
    "telephone",
    "town",
    "username",
];

/// The rules of one recording.
pub struct Redactor {
    key: [u8; 32],
    personal: BTreeSet<String>,
}

impl Default for Redactor {
    fn default() -> Self {
        Self::new(PERSONAL.iter().copied())
    }
}

impl Redactor {
    /// Replaces the values of the fields named in `personal`, compared without case.
    pub fn new<'a>(personal: impl IntoIterator<Item = &'a str>) -> Self {
        Self { key: rand::random(), personal: personal.into_iter().map(str::to_lowercase).collect() }
    }

    /// Replaces every letter and digit of `text` by another of its kind.
    pub fn text(&self, text: &str) -> String {
        let mut stream = Stream::new(&self.key, text);
        text.chars().map(|character| stream.like(character)).collect()
    }

    /// `value`, with what lies in personal fields replaced.
    pub fn json(&self, value: Value) -> Value {
        self.walk(value, false)
    }

    fn walk(&self, value: Value, personal: bool) -> Value {
        match value {
            Value::String(text) if personal => Value::String(self.text(&text)),
            // Some endpoints take JSON inside of a text.
            Value::String(text) => Value::String(self.nested(text)),
            Value::Number(number) if personal => {
                let text = self.text(&number.to_string());
                serde_json::from_str(&text).unwrap_or_else(|_| Value::from(text.len()))
            }
            Value::Array(items) => Value::Array(items.into_iter().map(|item| self.walk(item, personal)).collect()),
            Value::Object(fields) => Value::Object(
                fields
                    .into_iter()
                    .map(|(name, value)| {
                        let personal = personal || self.is_personal(&name);
                        (name, self.walk(value, personal))
                    })
                    .collect(),
            ),
            other => other,
        }
    }

    fn nested(&self, text: String) -> String {
        match serde_json::from_str(&text) {
            Ok(value @ (Value::Object(_) | Value::Array(_))) => self.walk(value, false).to_string(),
            _ => text,
        }
    }

    fn is_personal(&self, name: &str) -> bool {
        self.personal.contains(&name.to_lowercase())
    }

    /// One named text, as in a query or a form.
    pub fn pair(&self, name: &str, value: &str) -> String {
        if self.is_personal(name) { self.text(value) } else { self.nested(value.to_owned()) }
    }

    /// A body. JSON and forms are replaced field by field; of anything else every letter and digit, since nobody knows what
    /// is in it. Every occurrence of one of `secrets` is replaced, wherever it stands.
    pub(crate) fn body(&self, body: &[u8], content_type: &str, secrets: &[SecretString]) -> String {
        let Ok(text) = std::str::from_utf8(body) else { return format!("({} bytes that are not text)", body.len()) };
        let text = self.without(text, secrets);
        if let Ok(value) = serde_json::from_str::<Value>(&text) {
            return match value {
                // A bare text has no field that would say what it is. An id has to stay, since others refer to it.
                Value::String(text) if text.chars().all(|c| c.is_ascii_hexdigit() || c == '-') => {
                    Value::String(text).to_string()
                }
                Value::String(text) => Value::String(self.text(&text)).to_string(),
                value => self.json(value).to_string(),
            };
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

    /// `text` with every occurrence of a secret replaced.
    pub(crate) fn without(&self, text: &str, secrets: &[SecretString]) -> String {
        let mut text = text.to_owned();
        for secret in secrets.iter().map(ExposeSecret::expose_secret).filter(|secret| secret.len() >= 4) {
            if text.contains(secret) {
                text = text.replace(secret, &self.text(secret));
            }
        }
        text
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

    /// A character of the same script, case and kind: one of the 32 code points around it that are like it.
    fn like(&mut self, character: char) -> char {
        if !character.is_alphanumeric() {
            return character;
        }
        let kind = |c: char| (c.is_alphabetic(), c.is_uppercase(), c.is_lowercase(), c.is_ascii_digit(), c.len_utf8());
        let first = u32::from(character) & !31;
        let like: Vec<char> =
            (first..first + 32).filter_map(char::from_u32).filter(|&c| kind(c) == kind(character)).collect();
        let index = usize::from(self.next()) % like.len().max(1);
        like.get(index).copied().unwrap_or(character)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_replacement_has_the_shape_of_the_original_and_is_the_same_each_time() {
        let redactor = Redactor::default();
        for text in [
            "Ada Lovelace",
            "ada@example.net",
            "SW1A 2AA",
            "+44 20 7946 0958",
            "Жанна д'Арк",
            "東京都",
            "Straße 7b",
            "",
        ] {
            let replaced = redactor.text(text);
            assert_eq!(replaced, redactor.text(text));
            assert_eq!(replaced.len(), text.len(), "{text} {replaced}");
            for (old, new) in text.chars().zip(replaced.chars()) {
                assert_eq!(old.is_alphabetic(), new.is_alphabetic(), "{text} {replaced}");
                assert_eq!(old.is_uppercase(), new.is_uppercase(), "{text} {replaced}");
                assert_eq!(old.is_ascii_digit(), new.is_ascii_digit(), "{text} {replaced}");
                assert!(old.is_alphanumeric() || old == new, "{text} {replaced}");
            }
        }
        assert_ne!(redactor.text("Ada Lovelace"), "Ada Lovelace");
        assert_ne!(
            redactor.text("Ada Lovelace"),
            Redactor::default().text("Ada Lovelace"),
            "every recording has its own key"
        );
    }

    #[test]
    fn personal_fields_are_replaced_at_any_depth_and_others_stay() {
        let redactor = Redactor::default();
        let order = json!({
            "OrderId": "A-17", "Items": [{"SKU": "S1", "Notes": "for Ada"}],
            "CustomerInfo": {"Address": {"FullName": "Ada Lovelace", "Lines": ["1 Low St"], "PhoneNumber": 20794609}},
        });
        let replaced = redactor.json(order.clone());
        assert_eq!(replaced["OrderId"], "A-17");
        assert_eq!(replaced["Items"][0]["SKU"], "S1");
        let text = replaced.to_string();
        for gone in ["Ada", "Lovelace", "Low St", "20794609"] {
            assert!(!text.contains(gone), "{text}");
        }
        assert_eq!(redactor.json(order), replaced);
    }

    #[test]
    fn bodies_of_every_kind_lose_personal_data_and_secrets() {
        let redactor = Redactor::default();
        let secrets = [SecretString::from("s3cr3t-token")];
        let json =
            redactor.body(br#"{"a":"x s3cr3t-token y","Email":"ada@example.net"}"#, "application/json", &secrets);
        let form = redactor.body(
            b"Email=ada%40example.net&request=%7B%22Email%22%3A%22ada%40example.net%22%7D&id=7",
            "application/x-www-form-urlencoded",
            &secrets,
        );
        let other = redactor.body(b"<b>ada s3cr3t-token</b>", "text/html", &secrets);
        let bare = redactor.body(b"\"ada@example.net\"", "application/json", &secrets);
        for text in [&json, &form, &other, &bare] {
            assert!(!text.contains("s3cr3t") && !text.contains("ada"), "{text}");
        }
        assert!(form.ends_with("id=7") && json.starts_with("{\"a\":\"x "));
        assert_eq!(redactor.body(&[0xff, 0xfe], "", &[]), "(2 bytes that are not text)");
    }
}
