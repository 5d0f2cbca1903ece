//! Open orders from before the start date, by the days on which they were placed.

use std::ops::Range;
use std::sync::Arc;

use anyhow::Context as _;
use chrono::{Days, NaiveDate};
use harness_capability::progress::Progress;
use harness_contract::types::Mode;
use harness_wms::Connection;

use super::FlowError;
use super::by_reference::asked_for;
use super::import_orders::{self, Report, Scope};
use super::run::Ran;
use crate::platform::Platform;

/// From the beginning of one day to the end of another, in UTC, as Unix milliseconds.
///
/// # Errors
/// When the second is before the first.
pub fn placed(from: NaiveDate, to: NaiveDate) -> anyhow::Result<Range<i64>> {
    anyhow::ensure!(
        from <= to,
        "--from {from} is after --to {to}; give the earlier day first, or the same day twice for one day"
    );
    let start = |day: NaiveDate| day.and_time(chrono::NaiveTime::MIN).and_utc().timestamp_millis();
    let end = to.checked_add_days(Days::new(1)).context("--to is beyond the calendar")?;
    Ok(start(from)..start(end))
}

/// Imports the open orders that were placed within `placed`. All checks hold but the earliest order date; orders of other days are
/// left as they are.
///
/// # Errors
/// As for [`import_orders::run`].
pub async fn import(
    platform: &Platform,
    connection: &Connection,
    placed: Range<i64>,
    mode: Mode,
    progress: Arc<Progress>,
) -> Result<Ran<Report>, FlowError> {
    import_orders::watched(platform, &asked_for(connection), mode, Scope::Placed(placed), progress).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_takes_both_days_in_and_is_not_backwards() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        let one = placed(day("2026-02-28"), day("2026-02-28")).unwrap();
        assert_eq!(one.end - one.start, 86_400_000);
        let error = placed(day("2026-03-01"), day("2026-02-28")).unwrap_err().to_string();
        assert!(error.contains("2026-03-01") && error.contains("earlier day first"), "{error}");
    }
}
