//! The one formula: what Linnworks has to show of a SKU, from what the warehouse has. Pure.
use crate::contract::stock::StockLevel;
use crate::settings::{Settings, StockSyncValueType};

/// The level that Linnworks should have: the chosen value of the warehouse; more what was despatched here and is still held open
/// there, since Linnworks takes it off when it processes the order; less what was returned or received here and will be added
/// there by us; then the rules. Never negative, never more than Linnworks can hold.
pub fn target(settings: &Settings, level: &StockLevel, in_flight: i64) -> i32 {
    let chosen = match settings.stock_sync_value_type {
        StockSyncValueType::OnHand => level.on_hand,
        StockSyncValueType::StockLevel => level.on_hand.saturating_add(level.allocated),
    };
    let owned = chosen
        .saturating_add(in_flight)
        .saturating_sub(level.returned_unbooked)
        .saturating_sub(level.received_undelivered);
    rules(settings, owned)
}

/// Buffer, minimum, maximum, zero below, in this order: what is kept back is no stock, and a level too small to be offered is
/// none, whatever the minimum.
fn rules(settings: &Settings, owned: i64) -> i32 {
    let mut level = owned.saturating_sub(i64::from(settings.stock_buffer)).max(i64::from(settings.stock_minimum));
    if settings.stock_maximum > 0 {
        level = level.min(i64::from(settings.stock_maximum));
    }
    if level < i64::from(settings.stock_zero_below) {
        level = 0;
    }
    i32::try_from(level.max(0)).unwrap_or(i32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn level(on_hand: i64, allocated: i64) -> StockLevel {
        StockLevel { sku: "TEE".to_owned(), on_hand, allocated, returned_unbooked: 0, received_undelivered: 0 }
    }

    fn settings(buffer: u32, minimum: u32, maximum: u32, zero_below: u32) -> Settings {
        Settings {
            stock_buffer: buffer,
            stock_minimum: minimum,
            stock_maximum: maximum,
            stock_zero_below: zero_below,
            ..Settings::default()
        }
    }

    #[test]
    fn the_value_type_chooses_with_or_without_what_is_allocated() {
        assert_eq!(target(&Settings::default(), &level(7, 3), 0), 10);
        let on_hand = Settings { stock_sync_value_type: StockSyncValueType::OnHand, ..Settings::default() };
        assert_eq!(target(&on_hand, &level(7, 3), 0), 7);
    }

    #[test]
    fn what_is_in_flight_is_added_and_what_we_shall_add_there_is_taken_off() {
        let returned = StockLevel { returned_unbooked: 2, received_undelivered: 5, ..level(20, 0) };
        assert_eq!(target(&Settings::default(), &returned, 4), 17);
    }

    #[test]
    fn rules_apply_in_their_order() {
        for (rules, owned, expected) in [
            (settings(3, 0, 0, 0), 10, 7),
            (settings(3, 0, 0, 0), 2, 0),
            (settings(0, 5, 0, 0), 2, 5),
            (settings(0, 0, 8, 0), 20, 8),
            (settings(0, 0, 0, 4), 3, 0),
            (settings(0, 0, 0, 4), 4, 4),
            (settings(2, 0, 0, 4), 5, 0),
            (settings(2, 5, 4, 0), 1, 4),
            (settings(0, 3, 0, 4), 1, 0),
            (settings(0, 0, 0, 0), -6, 0),
            (settings(0, 0, 0, 0), i64::MAX, i32::MAX),
        ] {
            assert_eq!(target(&rules, &level(owned, 0), 0), expected, "{owned}");
        }
    }
}
