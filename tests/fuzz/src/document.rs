//! Documents that answers are kept in: JSON, with room for what is not.
//!
//! `{"$raw": TEXT}` stands for that text as it is, `{"$hex": DIGITS}` for those bytes, wherever they stand: an answer that breaks off, a
//! web page, a number that no program writes.

use serde_json::Value;

/// The document in `data`, if it is one.
pub fn read(data: &[u8]) -> Option<Value> {
    serde_json::from_slice(data).ok()
}

/// What `value` is on the wire.
pub fn render(value: &Value) -> Vec<u8> {
    let mut out = Vec::new();
    write(value, &mut out);
    out
}

/// The bytes that a stand-in means.
fn verbatim(value: &Value) -> Option<Vec<u8>> {
    let object = value.as_object().filter(|object| object.len() == 1)?;
    if let Some(text) = object.get("$raw").and_then(Value::as_str) {
        return Some(text.as_bytes().to_vec());
    }
    let digits = object.get("$hex")?.as_str()?;
    let pairs = digits.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).ok());
    pairs.map(|pair| u8::from_str_radix(pair?, 16).ok()).collect()
}

fn write(value: &Value, out: &mut Vec<u8>) {
    if let Some(bytes) = verbatim(value) {
        return out.extend(bytes);
    }
    match value {
        Value::Array(items) => {
            out.push(b'[');
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    out.push(b',');
                }
                write(item, out);
            }
            out.push(b']');
        }
        Value::Object(fields) => {
            out.push(b'{');
            for (at, (name, value)) in fields.iter().enumerate() {
                if at > 0 {
                    out.push(b',');
                }
                out.extend(Value::from(name.as_str()).to_string().into_bytes());
                out.push(b':');
                write(value, out);
            }
            out.push(b'}');
        }
        plain => out.extend(plain.to_string().into_bytes()),
    }
}

/// Calls `see` with the name of the field and the value of every text and number in `value`, innermost names counting.
pub fn leaves<'a>(name: &'a str, value: &'a Value, see: &mut impl FnMut(&'a str, &'a Value)) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| leaves(name, item, see)),
        Value::Object(fields) => fields.iter().for_each(|(name, value)| leaves(name, value, see)),
        Value::String(_) | Value::Number(_) => see(name, value),
        Value::Null | Value::Bool(_) => {}
    }
}
