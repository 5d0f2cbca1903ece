//! A moment in time as Linnworks writes it.

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, TimeDelta, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};
use std::fmt;

/// A UTC moment. Written as `yyyy-MM-ddTHH:mm:ss[.fff]Z`; the default is .NET's least date `0001-01-01T00:00:00Z`,
/// which Linnworks uses for "not set". Read leniently: RFC 3339, the same without zone (taken as UTC), a space in
/// place of the `T`, or a bare date.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Stamp(pub DateTime<Utc>);

impl Stamp {
    /// `0001-01-01T00:00:00Z`, "not set".
    pub fn unset() -> Self {
        let day = NaiveDate::from_ymd_opt(1, 1, 1).unwrap_or_default();
        Self(NaiveDateTime::from(day).and_utc())
    }

    /// Is this the "not set" date? True for every moment of year 1.
    pub fn is_unset(self) -> bool {
        self.0.year() <= 1
    }

    /// The moment read on the machine's clock.
    pub fn wall() -> Self {
        Self(Utc::now())
    }

    /// Reads any of the accepted spellings; `None` when the text is none of them.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if let Ok(moment) = DateTime::parse_from_rfc3339(text) {
            return Some(Self(moment.with_timezone(&Utc)));
        }
        for format in ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M"] {
            if let Ok(moment) = NaiveDateTime::parse_from_str(text.trim_end_matches('Z'), format) {
                return Some(Self(moment.and_utc()));
            }
        }
        NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().map(|day| Self(NaiveDateTime::from(day).and_utc()))
    }

    /// This moment plus a number of seconds (negative: minus); saturates at the calendar's ends.
    #[must_use]
    pub fn plus_seconds(self, seconds: f64) -> Self {
        let delta = TimeDelta::milliseconds((seconds * 1000.0) as i64);
        Self(self.0.checked_add_signed(delta).unwrap_or(self.0))
    }

    /// Seconds from `earlier` to this moment.
    pub fn seconds_since(self, earlier: Self) -> f64 {
        self.0.signed_duration_since(earlier.0).num_milliseconds() as f64 / 1000.0
    }
}

impl Default for Stamp {
    fn default() -> Self {
        Self::unset()
    }
}

impl fmt::Display for Stamp {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.0.format("%Y-%m-%dT%H:%M:%S%.fZ"))
    }
}

impl Serialize for Stamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Stamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Option::<String>::deserialize(deserializer)?.unwrap_or_default();
        if text.is_empty() {
            return Ok(Self::unset());
        }
        Self::parse(&text).ok_or_else(|| {
            D::Error::custom(format!("`{text}` is no date; write it as 2026-03-02T09:12:40Z or 2026-03-02"))
        })
    }
}
