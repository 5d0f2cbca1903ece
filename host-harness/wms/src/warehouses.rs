//! Warehouses, each with the time zone that its dates are in.

use crate::{Store, StoreError, StoreResult};
use chrono::{DateTime, Offset as _, TimeZone as _};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

/// A warehouse.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, sqlx::FromRow)]
pub struct Warehouse {
    /// Id.
    pub id: i64,
    /// Short, unique: `MAIN`.
    pub code: String,
    /// For people.
    pub name: String,
    /// IANA name: `Europe/London`.
    pub time_zone: String,
}

const COLUMNS: &str = "SELECT id, code, name, time_zone FROM warehouses";

impl Store {
    /// Adds a warehouse.
    ///
    /// # Errors
    /// [`StoreError::Invalid`] for a zone that is not in the IANA list, [`StoreError::Conflict`] when the code is taken.
    pub async fn add_warehouse(&self, code: &str, name: &str, time_zone: &str) -> StoreResult<Warehouse> {
        zone(time_zone)?;
        let mut tx = self.begin().await?;
        let id = self.next_ids("warehouse", 1, &mut tx).await?;
        sqlx::query("INSERT INTO warehouses (id, code, name, time_zone, active) VALUES ($1, $2, $3, $4, 1)")
            .bind(id)
            .bind(code)
            .bind(name)
            .bind(time_zone)
            .execute(&mut *tx)
            .await
            .map_err(|e| StoreError::taken(e, "warehouse", code))?;
        tx.commit().await?;
        Ok(Warehouse { id, code: code.into(), name: name.into(), time_zone: time_zone.into() })
    }

    /// All warehouses, by code.
    pub async fn warehouses(&self) -> StoreResult<Vec<Warehouse>> {
        let mut all: Vec<Warehouse> = sqlx::query_as(COLUMNS).fetch_all(self.reader()).await?;
        all.sort_by(|a, b| a.code.cmp(&b.code));
        Ok(all)
    }

    /// The warehouse of that code.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] with the codes that there are.
    pub async fn warehouse(&self, code: &str) -> StoreResult<Warehouse> {
        let all = self.warehouses().await?;
        let codes = all.iter().map(|w| w.code.as_str()).collect::<Vec<_>>().join(", ");
        all.into_iter()
            .find(|w| w.code == code)
            .ok_or_else(|| StoreError::not_found("warehouse", code, Some(format!("there are: {codes}"))))
    }
}

/// The zone of an IANA name.
pub(crate) fn zone(name: &str) -> StoreResult<Tz> {
    name.parse().map_err(|_| StoreError::Invalid {
        field: "time zone",
        found: name.into(),
        expected: "an IANA name such as Europe/London".into(),
    })
}

/// The date that a clock in `zone` shows at `instant`, as `YYYY-MM-DD`; none when the instant is beyond the calendar.
pub(crate) fn local_date(instant: i64, zone: Tz) -> Option<String> {
    let utc = DateTime::from_timestamp_millis(instant)?.naive_utc();
    // At either end of the calendar there is no local time any more.
    let local = utc.checked_add_offset(zone.offset_from_utc_datetime(&utc).fix())?;
    Some(local.date().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_at_the_end_of_the_calendar_has_no_local_date_and_stops_nobody() {
        for zone in [Tz::Europe__London, Tz::Pacific__Auckland, Tz::America__Los_Angeles] {
            for instant in [
                i64::MIN,
                i64::MAX,
                DateTime::<chrono::Utc>::MIN_UTC.timestamp_millis(),
                DateTime::<chrono::Utc>::MAX_UTC.timestamp_millis(),
            ] {
                assert!(local_date(instant, zone).is_none_or(|date| date.contains('-')), "{instant} in {zone}");
            }
        }
        assert_eq!(local_date(1_772_442_760_000, Tz::Europe__London).as_deref(), Some("2026-03-02"));
    }
}
