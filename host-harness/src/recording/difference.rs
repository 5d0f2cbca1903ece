//! Where two documents part, and what each says there.

use serde_json::{Map, Value};
use similar::TextDiff;

/// Longest text of one side.
const SIDE: usize = 300;

/// The first place, in the order of `one`, at which two documents differ: a JSON pointer, and each side; nothing where a side
/// has nothing.
pub fn first(one: &Value, other: &Value) -> Option<(String, String, String)> {
    let mut place = String::new();
    let (one, other) = part(Some(one), Some(other), &mut place)?;
    Some((place, said(one), said(other)))
}

type Sides<'a> = (Option<&'a Value>, Option<&'a Value>);

fn part<'a>(one: Option<&'a Value>, other: Option<&'a Value>, place: &mut String) -> Option<Sides<'a>> {
    let before = place.len();
    match (one, other) {
        (Some(Value::Object(mine)), Some(Value::Object(theirs))) => {
            let names = mine.keys().chain(theirs.keys().filter(|name| !mine.contains_key(*name)));
            for name in names {
                place.push('/');
                place.push_str(name);
                if let Some(found) = part(mine.get(name), theirs.get(name), place) {
                    return Some(found);
                }
                place.truncate(before);
            }
            None
        }
        (Some(Value::Array(mine)), Some(Value::Array(theirs))) => {
            for at in 0..mine.len().max(theirs.len()) {
                place.push_str(&format!("/{at}"));
                if let Some(found) = part(mine.get(at), theirs.get(at), place) {
                    return Some(found);
                }
                place.truncate(before);
            }
            None
        }
        (one, other) => (one != other).then_some((one, other)),
    }
}

/// The first place at which two documents that are equal are written in two ways, nearly always with members in another
/// order: a JSON pointer, and each side.
pub fn written(one: &Value, other: &Value) -> Option<(String, String, String)> {
    let mut place = String::new();
    let (one, other) = writing(one, other, &mut place)?;
    Some((place, short(one), short(other)))
}

fn writing(one: &Value, other: &Value, place: &mut String) -> Option<(String, String)> {
    let before = place.len();
    let parts: Vec<(String, &Value, Option<&Value>)> = match (one, other) {
        (Value::Object(mine), Value::Object(theirs)) => {
            if !mine.keys().eq(theirs.keys()) {
                let names = |members: &Map<String, Value>| members.keys().cloned().collect::<Vec<_>>().join(", ");
                return Some((
                    format!("members in the order {}", names(mine)),
                    format!("members in another order: {}", names(theirs)),
                ));
            }
            mine.iter().map(|(name, value)| (name.clone(), value, theirs.get(name))).collect()
        }
        (Value::Array(mine), Value::Array(theirs)) => {
            mine.iter().enumerate().map(|(at, value)| (at.to_string(), value, theirs.get(at))).collect()
        }
        (one, other) => {
            let (one, other) = (one.to_string(), other.to_string());
            return (one != other).then_some((one, other));
        }
    };
    for (name, mine, theirs) in parts {
        place.push('/');
        place.push_str(&name);
        if let Some(found) = theirs.and_then(|theirs| writing(mine, theirs, place)) {
            return Some(found);
        }
        place.truncate(before);
    }
    None
}

/// One side, short enough for a line.
fn said(side: Option<&Value>) -> String {
    short(side.map_or_else(|| "nothing".to_owned(), Value::to_string))
}

fn short(text: String) -> String {
    match text.char_indices().nth(SIDE) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text,
    }
}

/// Both documents line by line, where they differ.
pub fn lines(one: &Value, other: &Value) -> String {
    let text = |value: &Value| serde_json::to_string_pretty(value).unwrap_or_default() + "\n";
    let (one, other) = (text(one), text(other));
    TextDiff::from_lines(&one, &other).unified_diff().context_radius(2).header("recorded", "now").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn equal_documents_that_are_written_in_two_ways_part_where_they_are() {
        let one = json!({"a": [1, {"b": 1, "c": 2}], "d": 0.0});
        for (other, expected) in [
            (
                json!({"a": [1, {"c": 2, "b": 1}], "d": 0.0}),
                Some(("/a/1", "members in the order b, c", "members in another order: c, b")),
            ),
            (json!({"a": [1, {"b": 1, "c": 2}], "d": -0.0}), Some(("/d", "0.0", "-0.0"))),
            (one.clone(), None),
        ] {
            assert_eq!(one, other);
            let found = written(&one, &other);
            let found = found.as_ref().map(|(place, one, other)| (place.as_str(), one.as_str(), other.as_str()));
            assert_eq!(found, expected);
        }
    }

    #[test]
    fn the_first_place_is_found_and_both_sides_are_said() {
        let one = json!({"a": [1, {"b": "x"}], "c": 1});
        for (other, expected) in [
            (json!({"a": [1, {"b": "y"}], "c": 2}), Some(("/a/1/b", "\"x\"", "\"y\""))),
            (json!({"a": [1], "c": 1}), Some(("/a/1", r#"{"b":"x"}"#, "nothing"))),
            (json!({"a": [1, {"b": "x"}], "c": 1, "d": null}), Some(("/d", "nothing", "null"))),
            (one.clone(), None),
        ] {
            let found = first(&one, &other);
            let found = found.as_ref().map(|(place, one, other)| (place.as_str(), one.as_str(), other.as_str()));
            assert_eq!(found, expected);
        }
        let diff = lines(&one, &json!({"a": [1, {"b": "y"}], "c": 1}));
        assert!(diff.contains("-      \"b\": \"x\"") && diff.contains("+      \"b\": \"y\""), "{diff}");
    }
}
