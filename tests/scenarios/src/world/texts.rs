//! Instants and references as scenarios write them.

use anyhow::Context as _;
use chrono::{DateTime, NaiveDate};
use linnworks_sim::World as Simulated;
use serde_json::Value;

/// Unix milliseconds of `+15m` after `now`, of `2026-03-02T09:00:00Z`, or of a day's beginning.
pub(super) fn instant(text: &str, now: i64) -> anyhow::Result<i64> {
    if let Some(span) = text.strip_prefix('+') {
        let split = span.find(|c: char| !c.is_ascii_digit()).unwrap_or(span.len());
        let (number, unit) = span.split_at(split);
        let unit = match unit.trim() {
            "ms" => 1,
            "s" => 1_000,
            "m" => 60_000,
            "h" => 3_600_000,
            "d" => 86_400_000,
            other => anyhow::bail!("clock {text:?}: the unit is {other:?}; expected ms, s, m, h or d"),
        };
        let number: i64 = number.parse().with_context(|| format!("clock {text:?}: expected a number after +"))?;
        return Ok(now + number * unit);
    }
    if let Ok(moment) = DateTime::parse_from_rfc3339(text) {
        return Ok(moment.timestamp_millis());
    }
    NaiveDate::parse_from_str(text, "%Y-%m-%d")
        .ok()
        .and_then(|day| day.and_hms_opt(0, 0, 0))
        .map(|moment| moment.and_utc().timestamp_millis())
        .with_context(|| format!("{text:?} is no time; write +15m, 2026-03-02T09:00:00Z or 2026-03-02"))
}

/// Replaces `@location:NAME` and `@order:REFERENCE` in all texts of `value` by the ids they stand for.
pub(super) fn resolve(world: &Simulated, value: &mut Value) -> anyhow::Result<()> {
    match value {
        Value::String(text) => {
            let accounts = || world.accounts.iter();
            let id = if let Some(name) = text.strip_prefix("@location:") {
                let found = accounts().find_map(|account| account.location_by_key(name));
                found
                    .map(|location| location.stock_location_id)
                    .with_context(|| format!("no location is called {name:?}"))?
            } else if let Some(key) = text.strip_prefix("@order:") {
                let found = accounts().find_map(|account| account.order_by_key(key));
                found.map(|order| order.order_id).with_context(|| format!("no order is called {key:?}"))?
            } else {
                return Ok(());
            };
            *text = id.to_string();
            Ok(())
        }
        Value::Array(rows) => rows.iter_mut().try_for_each(|row| resolve(world, row)),
        Value::Object(map) => map.values_mut().try_for_each(|row| resolve(world, row)),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::instant;

    #[test]
    fn spans_are_counted_from_now_and_instants_are_not() {
        assert_eq!(instant("+15m", 1_000).unwrap(), 901_000);
        assert_eq!(instant("+2d", 0).unwrap(), 172_800_000);
        assert_eq!(instant("1970-01-01T00:00:01Z", 5).unwrap(), 1_000);
        assert_eq!(instant("1970-01-02", 5).unwrap(), 86_400_000);
        assert!(instant("+15", 0).is_err());
        assert!(instant("soon", 0).is_err());
    }
}
