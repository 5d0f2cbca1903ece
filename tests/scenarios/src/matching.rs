//! Whether what is there is what was expected, where expected says only part of it.
//!
//! Objects match when every expected member does. Lists match when the expected elements are found in that order, with
//! others between them. An object with one of these members alone says more: `exactly` (a list without others, a value as it
//! is), `contains` (a text within a text, an element within a list), `min` and `max`, `not`, `absent`.

use serde_json::{Map, Value};

/// Something that is not as expected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mismatch {
    /// Where, with dots.
    pub path: String,
    /// What was expected, in words or as JSON.
    pub expected: String,
    /// What is there.
    pub found: String,
}

impl Mismatch {
    /// A mismatch.
    pub fn new(path: impl Into<String>, expected: impl Into<String>, found: impl Into<String>) -> Self {
        Self { path: path.into(), expected: expected.into(), found: found.into() }
    }
}

impl std::fmt::Display for Mismatch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.expected.contains('\n') || self.found.contains('\n') {
            writeln!(f, "{}:", self.path)?;
            let diff = similar::TextDiff::from_lines(self.expected.as_str(), self.found.as_str());
            let shown = diff.unified_diff().context_radius(2).header("expected", "found").to_string();
            for line in shown.lines() {
                writeln!(f, "    {line}")?;
            }
            Ok(())
        } else {
            writeln!(f, "{}: expected {}, found {}", self.path, self.expected, self.found)
        }
    }
}

/// Matches `found` against `expected` and tells each difference.
#[must_use]
pub fn compare(path: &str, expected: &Value, found: &Value) -> Vec<Mismatch> {
    let mut mismatches = Vec::new();
    value(path, expected, Some(found), &mut mismatches);
    mismatches
}

/// Whether `found` matches `expected`.
#[must_use]
pub fn matches(expected: &Value, found: &Value) -> bool {
    compare("", expected, found).is_empty()
}

fn value(path: &str, expected: &Value, found: Option<&Value>, out: &mut Vec<Mismatch>) {
    if let Some(operators) = expected.as_object().filter(|map| is_operator(map)) {
        for (name, operand) in operators {
            operator(path, name, operand, found, out);
        }
        return;
    }
    let Some(found) = found else {
        out.push(Mismatch::new(path, shown(expected), "nothing"));
        return;
    };
    match (expected, found) {
        (Value::Object(expected), Value::Object(found)) => {
            for (name, expected) in expected {
                let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                value(&path, expected, found.get(name), out);
            }
        }
        (Value::Array(expected), Value::Array(found)) => list(path, expected, found, out),
        (expected, found) if same(expected, found) => {}
        (expected, found) => out.push(Mismatch::new(path, shown(expected), shown(found))),
    }
}

fn list(path: &str, expected: &[Value], found: &[Value], out: &mut Vec<Mismatch>) {
    let mut rest = found.iter();
    for (at, wanted) in expected.iter().enumerate() {
        if rest.any(|one| matches(wanted, one)) {
            continue;
        }
        // The likeliest one is shown member by member; everything else as a whole.
        match (expected.len() == found.len()).then(|| found.get(at)).flatten() {
            Some(candidate) => value(&format!("{path}[{at}]"), wanted, Some(candidate), out),
            None => {
                out.push(Mismatch::new(format!("{path}[{at}]"), pretty(wanted), pretty(&Value::Array(found.to_vec()))))
            }
        }
        if out.is_empty() {
            out.push(Mismatch::new(format!("{path}[{at}]"), shown(wanted), "it earlier in the list"));
        }
        return;
    }
}

fn is_operator(map: &Map<String, Value>) -> bool {
    !map.is_empty()
        && map.keys().all(|name| matches!(name.as_str(), "exactly" | "contains" | "min" | "max" | "not" | "absent"))
}

fn operator(path: &str, name: &str, operand: &Value, found: Option<&Value>, out: &mut Vec<Mismatch>) {
    if name == "absent" {
        let present = found.is_some_and(|found| !found.is_null());
        if present == (operand == &Value::Bool(true)) {
            let expected = if present { "nothing" } else { "something" };
            out.push(Mismatch::new(path, expected, found.map_or_else(|| "nothing".into(), shown)));
        }
        return;
    }
    let Some(found) = found else {
        out.push(Mismatch::new(path, format!("{name} {}", shown(operand)), "nothing"));
        return;
    };
    let holds = match (name, operand, found) {
        ("exactly", Value::Array(expected), Value::Array(found)) => {
            if expected.len() == found.len() {
                for (at, (expected, found)) in expected.iter().zip(found).enumerate() {
                    value(&format!("{path}[{at}]"), expected, Some(found), out);
                }
                return;
            }
            out.push(Mismatch::new(path, pretty(operand), pretty(&Value::Array(found.clone()))));
            return;
        }
        ("exactly", expected, found) => same(expected, found),
        ("contains", Value::String(part), Value::String(whole)) => whole.contains(part.as_str()),
        ("contains", Value::Array(parts), Value::String(whole)) => {
            parts.iter().all(|part| part.as_str().is_some_and(|part| whole.contains(part)))
        }
        ("contains", element, Value::Array(list)) => list.iter().any(|one| matches(element, one)),
        ("min", bound, found) => number(found).zip(number(bound)).is_some_and(|(found, bound)| found >= bound),
        ("max", bound, found) => number(found).zip(number(bound)).is_some_and(|(found, bound)| found <= bound),
        ("not", expected, found) => !matches(expected, found),
        _ => false,
    };
    if !holds {
        out.push(Mismatch::new(path, format!("{name} {}", shown(operand)), shown(found)));
    }
}

/// Equal, whole numbers and floating ones alike.
fn same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(_), Value::Number(_)) => number(one) == number(other),
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| same(one, other))
        }
        (Value::Object(one), Value::Object(other)) => {
            one.len() == other.len()
                && one.iter().all(|(name, value)| other.get(name).is_some_and(|other| same(value, other)))
        }
        _ => one == other,
    }
}

fn number(value: &Value) -> Option<f64> {
    value.as_f64()
}

fn shown(value: &Value) -> String {
    value.to_string()
}

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default() + "\n"
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_object_matches_one_that_has_more() {
        assert!(matches(&json!({"a": 1}), &json!({"a": 1.0, "b": 2})));
        assert!(!matches(&json!({"a": 1, "c": 3}), &json!({"a": 1, "b": 2})));
    }

    #[test]
    fn a_list_matches_one_with_others_between_and_keeps_its_order() {
        assert!(matches(&json!([1, 3]), &json!([1, 2, 3])));
        assert!(!matches(&json!([3, 1]), &json!([1, 2, 3])));
        assert!(!matches(&json!([1, 1]), &json!([1, 2])));
        assert!(!matches(&json!({"exactly": [1, 3]}), &json!([1, 2, 3])));
        assert!(matches(&json!({"exactly": [{"a": 1}]}), &json!([{"a": 1, "b": 2}])));
    }

    #[test]
    fn each_operator_can_fail() {
        for (expected, good, bad) in [
            (json!({"contains": "b"}), json!("abc"), json!("xyz")),
            (json!({"contains": ["a", "c"]}), json!("abc"), json!("ab")),
            (json!({"contains": {"a": 1}}), json!([{"a": 1, "b": 1}]), json!([{"a": 2}])),
            (json!({"min": 2}), json!(2), json!(1)),
            (json!({"max": 2}), json!(2), json!(3)),
            (json!({"min": 1, "max": 2}), json!(1), json!(3)),
            (json!({"not": 1}), json!(2), json!(1)),
            (json!({"exactly": {}}), json!({}), json!({"a": 1})),
        ] {
            assert!(matches(&expected, &good), "{expected} {good}");
            assert!(!matches(&expected, &bad), "{expected} {bad}");
        }
        assert!(matches(&json!({"a": {"absent": true}}), &json!({"a": null})));
        assert!(!matches(&json!({"a": {"absent": true}}), &json!({"a": 0})));
        assert!(!matches(&json!({"a": {"absent": false}}), &json!({})));
    }

    #[test]
    fn a_mismatch_names_the_place_and_both_values() {
        let found =
            compare("orders", &json!({"A": {"Items": [{"SKU": "X"}]}}), &json!({"A": {"Items": [{"SKU": "Y"}]}}));
        assert_eq!(found, [Mismatch::new("orders.A.Items[0].SKU", "\"X\"", "\"Y\"")]);
        let shown = Mismatch::new("p", "a\nb\n", "a\nc\n").to_string();
        assert!(shown.contains("-b") && shown.contains("+c"), "{shown}");
    }
}
