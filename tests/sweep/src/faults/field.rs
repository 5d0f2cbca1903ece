//! The fields of an answer, as the simulator's `retype` names them.

use std::collections::BTreeSet;

use serde_json::Value;

/// Pointers to all fields of an answer, each once; `*` is every element of a list. The whole answer is one of them.
pub(super) fn of(answer: &Value) -> Vec<String> {
    let mut found = BTreeSet::new();
    walk(answer, "", &mut found);
    found.into_iter().collect()
}

fn walk(value: &Value, at: &str, found: &mut BTreeSet<String>) {
    found.insert(at.to_owned());
    match value {
        Value::Array(items) => items.iter().for_each(|item| walk(item, &format!("{at}/*"), found)),
        // A name with a slash in it would need another word for it; Linnworks has none.
        Value::Object(members) => members.iter().for_each(|(name, value)| walk(value, &format!("{at}/{name}"), found)),
        _ => {}
    }
}

/// So many of `fields`, drawn by `seed`.
pub(super) fn drawn(fields: &[String], many: Option<usize>, seed: u64) -> Vec<String> {
    let many = many.unwrap_or(fields.len()).min(fields.len());
    let mut left = fields.to_vec();
    let mut chance = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut drawn = Vec::with_capacity(many);
    while drawn.len() < many && many < fields.len() {
        chance = chance.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let at = usize::try_from(chance >> 33).unwrap_or_default() % left.len().max(1);
        drawn.push(left.swap_remove(at));
    }
    if many == fields.len() { left } else { drawn }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_field_of_each_row_is_one_field() {
        let answer = json!({ "Rows": [{ "Id": 1 }, { "Id": 2, "Name": null }] });
        assert_eq!(of(&answer), ["", "/Rows", "/Rows/*", "/Rows/*/Id", "/Rows/*/Name"]);
    }

    #[test]
    fn a_seed_draws_the_same_fields_each_once() {
        let fields: Vec<String> = (0..9).map(|at| format!("/{at}")).collect();
        let some = drawn(&fields, Some(3), 5);
        assert_eq!((some.len(), &some), (3, &drawn(&fields, Some(3), 5)));
        assert_eq!(some.iter().collect::<BTreeSet<_>>().len(), 3);
        assert_eq!(drawn(&fields, None, 5), fields);
    }
}
