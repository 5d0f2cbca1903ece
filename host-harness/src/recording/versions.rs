//! Versions of orders that a review is given: digests that a connector made of what is replaced in a recording.
//!
//! A version that stayed as it was would be a digest of a buyer's name and address; one that is replaced like any text would make
//! every order look edited. So the component is asked what the versions of the redacted orders are, by a review that knows no
//! version, and each order is given one that stands to its new version as the recorded one stood to the old.

use std::collections::BTreeMap;

use harness_contract::review_orders::{Finding, ReviewResult};
use harness_engine::functions::{Function as _, ReviewOrders};
use harness_engine::{Limits, Plugin};
use serde_json::Value;

use super::document::{Invocation, Outcome};
use super::replay;
use super::tape::Matching;

/// Puts versions into the arguments of `invocation`, if it is a review, that do there what those of `asked` did where `returned`
/// came of it.
pub(super) async fn align(
    plugin: &Plugin,
    invocation: &mut Invocation,
    asked: &Value,
    returned: &Value,
    limits: &Limits,
) -> anyhow::Result<()> {
    if invocation.function != ReviewOrders::NAME {
        return Ok(());
    }
    let (Ok(asked), Ok(mut given)) = (read::<ReviewOrders>(asked), read::<ReviewOrders>(&invocation.arguments)) else {
        return Ok(());
    };
    let returned: Vec<ReviewResult> = read(returned).unwrap_or_default();
    given.orders.iter_mut().for_each(|order| order.version.clear());
    invocation.arguments = serde_json::to_value(&given)?;
    let (_, probed) = replay::again(plugin, invocation, Matching::OrRefused, limits).await?;
    let probed: Vec<ReviewResult> = match probed {
        Outcome::Returned(probed) => read(&probed).unwrap_or_default(),
        _ => Vec::new(),
    };
    let now: BTreeMap<&str, &str> = probed.iter().filter_map(edited).collect();
    let was: BTreeMap<&str, &Finding> = returned.iter().map(|one| (one.id.as_str(), &one.finding)).collect();
    for (order, asked) in given.orders.iter_mut().zip(&asked.orders) {
        let Some(now) = now.get(asked.id.as_str()).filter(|_| !asked.version.is_empty()) else { continue };
        order.version = match was.get(asked.id.as_str()) {
            Some(Finding::Unchanged) => (*now).to_owned(),
            Some(Finding::Edited((_, edited))) => apart(now, &asked.version, &edited.version),
            _ => apart(now, "", now),
        };
    }
    invocation.arguments = serde_json::to_value(&given)?;
    Ok(())
}

fn read<T: serde::de::DeserializeOwned>(value: &Value) -> serde_json::Result<T> {
    T::deserialize(value)
}

fn edited(result: &ReviewResult) -> Option<(&str, &str)> {
    match &result.finding {
        Finding::Edited((_, order)) => Some((&result.id, &order.version)),
        _ => None,
    }
}

/// A version that differs from `now` where `was` differed from `is`: connectors that tell which part of an order was edited have a
/// place in the version for each. Everywhere, where the two were of different makes.
fn apart(now: &str, was: &str, is: &str) -> String {
    let comparable =
        was.len() == is.len() && is.len() == now.len() && [now, was, is].iter().all(|text| text.is_ascii());
    let other = |c: char| match c {
        '0' => '1',
        c if c.is_ascii_alphanumeric() => '0',
        c => c,
    };
    let (was, is) = (was.as_bytes(), is.as_bytes());
    now.char_indices().map(|(at, c)| if comparable && was.get(at) == is.get(at) { c } else { other(c) }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_put_as_far_apart_as_the_recorded_one_was() {
        assert_eq!(apart("a0b1", "xyzz", "xyzz"), "a0b1");
        assert_eq!(apart("a0b1", "x1zz", "xyzz"), "a1b1");
        assert_eq!(apart("a0b1", "older", "xyzz"), "0100");
        assert_eq!(apart("a-b1", "", "a-b1"), "0-00");
    }
}
