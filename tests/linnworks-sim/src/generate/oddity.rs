//! What is special about a small share of orders. An order has at most one oddity, so that counts can be foretold.

use super::{FULFILMENT_CENTRE, SECOND_LOCATION, dice::Dice};
use crate::state::Order;
use uuid::Uuid;

/// Why an order is not an ordinary one that can be imported at "Default".
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Oddity {
    /// Paid and parked.
    Parked,
    /// Unpaid, hence parked.
    Unpaid,
    /// Awaiting its payment's confirmation.
    Pending,
    /// Locked.
    Locked,
    /// A resend.
    Resend,
    /// Source `AMAZON FBA`: locked and parked, shipped by Amazon.
    FulfilledByAmazon,
    /// Paid, at the second location.
    OtherLocation,
    /// At the fulfilment centre, which parks and locks it.
    FulfilmentCentre,
    /// The last line is linked to no stock item.
    Unlinked,
    /// The delivery country is `UNKNOWN` and the postcode empty.
    UnknownCountry,
}

/// Every oddity with its share of a thousand orders.
const SHARES: [(Oddity, i32); 10] = [
    (Oddity::Parked, 20),
    (Oddity::Unpaid, 20),
    (Oddity::Pending, 5),
    (Oddity::Locked, 10),
    (Oddity::Resend, 10),
    (Oddity::FulfilledByAmazon, 15),
    (Oddity::OtherLocation, 30),
    (Oddity::FulfilmentCentre, 10),
    (Oddity::Unlinked, 10),
    (Oddity::UnknownCountry, 10),
];

/// The oddity of an order, mostly none.
pub(super) fn draw(dice: &mut Dice) -> Option<Oddity> {
    let mut left = dice.between(0, 999);
    SHARES.iter().find_map(|(oddity, share)| {
        left -= share;
        (left < 0).then_some(*oddity)
    })
}

/// Makes an ordinary order an odd one.
pub(super) fn apply(oddity: Oddity, order: &mut Order) {
    match oddity {
        Oddity::Parked => order.set_parked(true),
        Oddity::Unpaid => {
            order.general_info.status = 0;
            order.paid_date_time = None;
            order.set_parked(true);
        }
        Oddity::Pending => order.general_info.status = 3,
        Oddity::Locked => order.general_info.hold_or_cancel = true,
        Oddity::Resend => order.general_info.status = 4,
        Oddity::FulfilledByAmazon => {
            order.general_info.source = "AMAZON FBA".to_owned();
            order.general_info.hold_or_cancel = true;
            order.set_parked(true);
        }
        Oddity::OtherLocation => order.fulfilment_location_id = SECOND_LOCATION,
        Oddity::FulfilmentCentre => {
            order.fulfilment_location_id = FULFILMENT_CENTRE;
            order.general_info.hold_or_cancel = true;
            order.set_parked(true);
        }
        Oddity::Unlinked => {
            if let Some(line) = order.items.last_mut() {
                line.stock_item_id = Uuid::nil();
                line.stock_item_int_id = 0;
                line.composite_sub_items.clear();
                // As seen live: the price of one is gone, the cost of the line is there.
                line.price_per_unit = 0.0;
            }
        }
        Oddity::UnknownCountry => {
            let address = &mut order.customer_info.address;
            address.country = Some("UNKNOWN".to_owned());
            address.country_id = Uuid::nil();
            address.continent = None;
            address.post_code = Some(String::new());
        }
    }
}
