//! What both sides hold once they are at rest, in a form that all ways to the same state have in common: without times, logs and run
//! rows, and with a label in the place of each id, since some are drawn anew.

use std::collections::BTreeMap;

use scenarios::world::World;
use scenarios::writes;
use serde_json::{Map, Value, json};
use similar::TextDiff;

/// Of an account at Linnworks: what tells how a state was come to, and not what it is.
const HISTORY: [&str; 3] = ["Audit", "StockChanges", "IdsGiven"];

/// Numbers that Linnworks draws in the order in which things happen.
const DRAWN: [&str; 6] =
    ["pkDeliveryRecordId", "RMAHeaderId", "RMARowId", "LastRmaHeader", "LastRmaRow", "LastRefundHeader"];

/// Both sides at rest.
#[derive(Debug, Clone, PartialEq)]
pub struct End {
    /// Business of the warehouse, queues, and the account at Linnworks.
    pub state: Value,
    /// What was told twice, or blindly again; none when all is well.
    pub complaints: Vec<String>,
}

impl End {
    /// Looks at both sides of a world.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn of(world: &World) -> anyhow::Result<Self> {
        let store = &world.host()?.store;
        let warehouse = store.canonical_dump().await?;
        let queue: Vec<Value> = store
            .queue(None, false)
            .await?
            .into_iter()
            .map(|item| json!({ "flow": item.flow, "reference": item.reference, "in_doubt": item.in_doubt }))
            .collect();
        let account = world.sim.with(|sim| serde_json::to_value(sim.account()))?;
        let mut labels = Labels::default();
        let mut account = without_history(account);
        labels.replace(&mut account);
        without_numbers(&mut account);
        sort(&mut account);
        let mut here = json!({ "warehouse": warehouse, "queue": queue });
        labels.replace(&mut here);
        sort(&mut here);
        let mut complaints = world.sim.with(|sim| writes::told_once(sim));
        complaints.extend(writes::no_more_than_received(world).await?);
        Ok(Self { state: json!({ "here": here, "linnworks": account }), complaints })
    }

    /// The same without what an order's invoice says of having been printed, where the order is processed: to mark it is a means of
    /// having the order processed, which is tried where a refusal names no cause.
    #[must_use]
    pub fn without_means(&self) -> Self {
        let mut end = self.clone();
        if let Some(account) = end.state.get_mut("linnworks") {
            without_means(account);
            sort(account);
        }
        end
    }

    /// What differs from `expected`, for a person; none when nothing does.
    #[must_use]
    pub fn difference(&self, expected: &Self) -> Option<String> {
        if self.state == expected.state {
            return None;
        }
        let text = |state: &Value| serde_json::to_string_pretty(state).unwrap_or_default();
        let (before, after) = (text(&expected.state), text(&self.state));
        let diff = TextDiff::from_lines(&before, &after);
        Some(diff.unified_diff().context_radius(6).header("uninterrupted", "here").to_string())
    }
}

fn without_means(account: &mut Value) {
    for order in account.get_mut("Orders").and_then(Value::as_array_mut).into_iter().flatten() {
        let processed = order.get("Processed") == Some(&Value::Bool(true));
        if let Some(general) = order.get_mut("GeneralInfo").and_then(Value::as_object_mut).filter(|_| processed) {
            general.remove("InvoicePrinted");
        }
    }
}

fn without_history(mut account: Value) -> Value {
    if let Some(members) = account.as_object_mut() {
        members.retain(|name, _| !HISTORY.contains(&name.as_str()));
    }
    for order in account.get_mut("PurchaseOrders").and_then(Value::as_array_mut).into_iter().flatten() {
        if let Some(members) = order.as_object_mut() {
            members.remove("Audit");
        }
    }
    account
}

fn without_numbers(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(without_numbers),
        Value::Object(members) => {
            members.retain(|name, _| !DRAWN.contains(&name.as_str()));
            members.values_mut().for_each(without_numbers);
        }
        _ => {}
    }
}

/// Sections of the warehouse are sorted by their text, which had the ids in it.
fn sort(value: &mut Value) {
    match value {
        Value::Array(items) => {
            items.iter_mut().for_each(sort);
            items.sort_by_key(ToString::to_string);
        }
        Value::Object(members) => members.values_mut().for_each(sort),
        _ => {}
    }
}

/// Labels in place of ids, in the order in which these are met.
#[derive(Default)]
struct Labels {
    known: BTreeMap<String, usize>,
}

impl Labels {
    fn replace(&mut self, value: &mut Value) {
        match value {
            Value::String(text) => *text = self.in_text(text),
            Value::Array(items) => items.iter_mut().for_each(|item| self.replace(item)),
            Value::Object(members) => {
                let labelled: Map<String, Value> = std::mem::take(members)
                    .into_iter()
                    .map(|(name, mut value)| {
                        let name = self.in_text(&name);
                        self.replace(&mut value);
                        (name, value)
                    })
                    .collect();
                *members = labelled;
            }
            _ => {}
        }
    }

    fn in_text(&mut self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            if let Some(id) = rest.get(..36).filter(|id| id.is_ascii() && uuid::Uuid::try_parse(id).is_ok()) {
                let next = self.known.len() + 1;
                let label = *self.known.entry(id.to_ascii_lowercase()).or_insert(next);
                out.push_str(&format!("<id {label}>"));
                rest = rest.get(36..).unwrap_or_default();
            } else if let Some(time) = time(rest) {
                out.push_str("<time>");
                rest = rest.get(time..).unwrap_or_default();
            } else {
                out.push(first);
                rest = rest.get(first.len_utf8()..).unwrap_or_default();
            }
        }
        out
    }
}

/// How long the time is that `text` begins with: `2026-03-02T09:12:40Z` and what follows the pattern; none without an hour.
fn time(text: &str) -> Option<usize> {
    let pattern = "dddd-dd-dd?dd:dd";
    let head = text.get(..pattern.len())?;
    let fits = head.chars().zip(pattern.chars()).all(|(c, p)| match p {
        'd' => c.is_ascii_digit(),
        '?' => matches!(c, 'T' | ' '),
        p => c == p,
    });
    let tail = text.get(pattern.len()..)?;
    let more = tail.find(|c: char| !(c.is_ascii_digit() || matches!(c, ':' | '.' | 'Z'))).unwrap_or(tail.len());
    fits.then_some(pattern.len() + more)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labelled(mut value: Value) -> Value {
        Labels::default().replace(&mut value);
        value
    }

    #[test]
    fn ids_and_times_are_labels_and_days_and_goods_are_not() {
        let one = "7b2f0000-0000-4000-8000-000000000001";
        let told = format!("order {one} at 2026-03-02T09:12:40.250Z, due 2026-03-04");
        let shown = labelled(json!([one, told, "7b2f0000-0000-4000-8000-000000000002", 3]));
        assert_eq!(shown, json!(["<id 1>", "order <id 1> at <time>, due 2026-03-04", "<id 2>", 3]));
    }

    #[test]
    fn a_unit_more_on_a_shelf_is_a_difference_that_is_shown() {
        let end = |units| End { state: json!({ "stock": [{ "sku": "TEE", "level": units }] }), complaints: vec![] };
        assert_eq!(end(4).difference(&end(4)), None);
        let shown = end(5).difference(&end(4)).unwrap();
        let has = |sign, units| shown.lines().any(|line| line.starts_with(sign) && line.ends_with(units));
        assert!(has('-', "\"level\": 4") && has('+', "\"level\": 5"), "{shown}");
    }
}
