//! Changes a document as sources do that misbehave, and not as noise on a line would: a field missing, `null`, of another type, of an
//! extreme size, a row twice, rows in another order, a value of one field in another.

use libfuzzer_sys::fuzzer_mutate;
use rand::rngs::SmallRng;
use rand::{RngExt as _, SeedableRng as _};
use serde_json::{Map, Value, json};

use crate::document;

/// Texts that have broken programs before.
const TEXTS: [&str; 22] = [
    "",
    " ",
    "\u{0}",
    "a\u{0}b",
    "\u{1b}[2J",
    "\u{202e}",
    "\r\n",
    "null",
    "true",
    "-1",
    "1e309",
    "0x10",
    "9999999999999999999999999999",
    "0001-01-01T00:00:00",
    "9999-12-31T23:59:59.9999999Z",
    "+262142-12-31T23:59:59Z",
    "2026-02-30T25:61:61Z",
    "00000000-0000-0000-0000-000000000000",
    "ＡＢＣ",
    "İstanbul ß ﬁ",
    "💥",
    "a b@c.d",
];

/// Numbers that programs do not write, and some that they do.
const NUMBERS: [&str; 18] = [
    "0",
    "-0",
    "-1",
    "0.5",
    "2147483648",
    "4294967296",
    "9007199254740993",
    "9223372036854775807",
    "9223372036854775808",
    "-9223372036854775809",
    "79228162514264337593543950335",
    "79228162514264337593543950336",
    "1e28",
    "1E+400",
    "1e-400",
    "-1e27",
    "0.00000000000000000000000000001",
    "1.4210854715202004E-14",
];

/// Changes the document in `data[..size]`; at most `most` bytes come of it.
pub fn document(data: &mut [u8], size: usize, most: usize, seed: u32) -> usize {
    let mut rng = SmallRng::seed_from_u64(u64::from(seed));
    let Some(mut value) = document::read(&data[..size]) else {
        return fuzzer_mutate(data, size, most);
    };
    // Now and then as bytes, so that the reader of the document itself is tried as well.
    if rng.random_ratio(1, 40) {
        return fuzzer_mutate(data, size, most);
    }
    for _ in 0..rng.random_range(1..=4) {
        change(&mut value, &mut rng);
    }
    let Ok(changed) = serde_json::to_vec(&value) else { return size };
    if changed.is_empty() || changed.len() > most.min(data.len()) {
        return fuzzer_mutate(data, size, most);
    }
    data[..changed.len()].copy_from_slice(&changed);
    changed.len()
}

/// Changes one place of `root`.
fn change(root: &mut Value, rng: &mut SmallRng) {
    let mut places = 0;
    count(root, &mut places);
    let donor = rng.random_range(0..places);
    let donor = nth(root, &mut { donor }).cloned().unwrap_or(Value::Null);
    let at = rng.random_range(0..places);
    if let Some(place) = nth(root, &mut { at }) {
        change_here(place, donor, rng);
    }
}

fn count(value: &Value, places: &mut usize) {
    *places += 1;
    match value {
        Value::Array(items) => items.iter().for_each(|item| count(item, places)),
        Value::Object(fields) => fields.values().for_each(|field| count(field, places)),
        _ => {}
    }
}

/// The `left`th value within `value`, itself the first.
fn nth<'a>(value: &'a mut Value, left: &mut usize) -> Option<&'a mut Value> {
    if *left == 0 {
        return Some(value);
    }
    *left -= 1;
    match value {
        Value::Array(items) => items.iter_mut().find_map(|item| nth(item, left)),
        Value::Object(fields) => fields.values_mut().find_map(|field| nth(field, left)),
        _ => None,
    }
}

fn change_here(place: &mut Value, donor: Value, rng: &mut SmallRng) {
    match (rng.random_range(0..10_u8), &mut *place) {
        (0, _) => *place = Value::Null,
        (1, _) => *place = donor,
        (2, _) => *place = other_type(rng),
        (3.., Value::Array(items)) => change_rows(items, donor, rng),
        (3.., Value::Object(fields)) => change_fields(fields, donor, rng),
        (_, Value::String(text)) => *place = Value::String(change_text(text, rng)),
        (_, Value::Number(number)) => *place = change_number(number, rng),
        (_, Value::Bool(on)) => *on = !*on,
        (_, Value::Null) => *place = other_type(rng),
    }
}

fn other_type(rng: &mut SmallRng) -> Value {
    match rng.random_range(0..9_u8) {
        0 => json!([]),
        1 => json!({}),
        2 => json!(""),
        3 => json!(true),
        4 => json!(0),
        5 => json!({"$raw": ""}),
        6 => json!({"$raw": "<html><body>Maintenance</body></html>"}),
        7 => json!({"$hex": "fffe"}),
        _ => json!({"$raw": NUMBERS[rng.random_range(0..NUMBERS.len())]}),
    }
}

fn change_rows(items: &mut Vec<Value>, donor: Value, rng: &mut SmallRng) {
    let at = rng.random_range(0..=items.len());
    match (rng.random_range(0..5_u8), at < items.len()) {
        (0, true) => drop(items.remove(at)),
        (1, true) => items.insert(at, items[at].clone()),
        (2, true) => {
            let other = rng.random_range(0..items.len());
            items.swap(at, other);
        }
        (3, _) => items.truncate(at),
        _ => items.insert(at, donor),
    }
}

fn change_fields(fields: &mut Map<String, Value>, donor: Value, rng: &mut SmallRng) {
    let names: Vec<String> = fields.keys().cloned().collect();
    if names.is_empty() {
        fields.insert("x".into(), donor);
        return;
    }
    let name = &names[rng.random_range(0..names.len())];
    let other = &names[rng.random_range(0..names.len())];
    match rng.random_range(0..4_u8) {
        0 => drop(fields.shift_remove(name)),
        1 => drop(fields.insert(name.clone(), donor)),
        2 => {
            if let (Some(one), Some(two)) = (fields.get(name).cloned(), fields.get(other).cloned()) {
                fields.insert(name.clone(), two);
                fields.insert(other.clone(), one);
            }
        }
        _ => {
            if let Some(value) = fields.shift_remove(name) {
                fields.insert(change_text(name, rng), value);
            }
        }
    }
}

fn change_text(text: &str, rng: &mut SmallRng) -> String {
    let odd = TEXTS[rng.random_range(0..TEXTS.len())];
    match rng.random_range(0..7_u8) {
        0 => odd.to_owned(),
        1 => format!("{text}{odd}"),
        2 => format!("{odd}{text}"),
        3 => text.to_uppercase(),
        4 => text.chars().take(rng.random_range(0..=text.len())).collect(),
        5 => text.repeat(rng.random_range(2..20)),
        _ => {
            // What the program compares texts with, the fuzzer knows.
            let mut bytes = text.as_bytes().to_vec();
            let size = bytes.len();
            bytes.resize(size + 16, 0);
            let most = bytes.len();
            let size = fuzzer_mutate(&mut bytes, size, most);
            bytes.truncate(size);
            String::from_utf8_lossy(&bytes).into_owned()
        }
    }
}

fn change_number(number: &serde_json::Number, rng: &mut SmallRng) -> Value {
    let whole = number.as_i64().unwrap_or(1);
    match rng.random_range(0..8_u8) {
        0 => json!(whole.wrapping_add(1)),
        1 => json!(whole.wrapping_neg()),
        2 => json!(whole.wrapping_mul(1_000_000)),
        3 => json!(number.to_string()),
        4 => json!(number.as_f64().unwrap_or(0.0) / 3.0),
        _ => json!({"$raw": NUMBERS[rng.random_range(0..NUMBERS.len())]}),
    }
}
