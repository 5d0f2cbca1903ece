//! Instants: from a source's texts to milliseconds UTC and back for people. Local time never occurs.
use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime};

/// Milliseconds since 1970 of an ISO 8601 text: with `Z`, with an offset, or without (then UTC), any number of digits of a
/// second. `None` for an empty text, one that is no date, .NET's `0001-01-01`, which means "not set", and years of more than four
/// digits, with which no calendar of a warehouse can do anything.
pub fn parse(text: &str) -> Option<i64> {
    let text = text.trim();
    if text.is_empty() || text.starts_with("0001-01-01") || text.starts_with(['+', '-']) {
        return None;
    }
    if let Ok(date) = DateTime::parse_from_rfc3339(text) {
        return Some(date.timestamp_millis());
    }
    for shape in ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f"] {
        if let Ok(date) = NaiveDateTime::parse_from_str(text, shape) {
            return Some(date.and_utc().timestamp_millis());
        }
    }
    day(text)
}

/// The first instant, in UTC, of a day written `2026-03-01`.
pub fn day(text: &str) -> Option<i64> {
    let date = NaiveDate::parse_from_str(text.trim(), "%Y-%m-%d").ok();
    let date = date.filter(|date| (2..=9_999).contains(&date.year()))?;
    Some(date.and_hms_opt(0, 0, 0)?.and_utc().timestamp_millis())
}

/// For people: `2026-03-01 09:12 UTC`.
pub fn show(instant: i64) -> String {
    DateTime::from_timestamp_millis(instant)
        .map_or_else(|| instant.to_string(), |date| date.format("%Y-%m-%d %H:%M UTC").to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_spellings_of_an_instant_are_the_same_instant() {
        let expected = Some(1_772_442_760_000);
        for text in [
            "2026-03-02T09:12:40Z",
            "2026-03-02T09:12:40.0000000Z",
            "2026-03-02T10:12:40+01:00",
            "2026-03-02T09:12:40",
            "2026-03-02 09:12:40",
        ] {
            assert_eq!(parse(text), expected, "{text}");
        }
        assert_eq!(expected.map(show).as_deref(), Some("2026-03-02 09:12 UTC"));
    }

    #[test]
    fn the_minimal_date_and_nonsense_are_no_date() {
        for text in [
            "",
            " ",
            "0001-01-01T00:00:00Z",
            "0001-01-01T00:00:00",
            "soon",
            "2026-13-40",
            "+262142-12-31T23:59:59",
            "-0044-03-15",
        ] {
            assert_eq!(parse(text), None, "{text:?}");
        }
    }
}
