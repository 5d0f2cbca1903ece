//! What the state of an order means for its despatch, before anything is written.
use super::board::{Board, Item, key};
use super::{Flow, problems, wish};
use crate::contract::Attempt;
use crate::linnworks::locations::Location;
use crate::settings::OnDespatchParked;

/// Settles the despatches whose orders need nothing or take nothing, and notes what the others need.
pub(super) fn settle(flow: &Flow, board: &mut Board<'_>) {
    let location = board.location.clone();
    for item in board.open() {
        let fate = one(flow, item, &location);
        match fate {
            Some(fate) => item.end(fate),
            None => {
                let mapping = &flow.settings.courier_mapping;
                item.service =
                    wish::service(item.despatch, mapping, &item.standing.shipping.service).map(str::to_owned);
                item.unpark = item.standing.parked;
                item.split = item.despatch.partial && item.order == key(&item.despatch.order_id);
            }
        }
    }
}

fn one(flow: &Flow, item: &Item<'_>, location: &str) -> Option<Attempt> {
    if let Some(fate) = ended(item) {
        return Some(fate);
    }
    let standing = &item.standing;
    let from = item.imported_from(location);
    if !standing.location.eq_ignore_ascii_case(from.trim()) {
        return Some(Attempt::Refused(problems::moved(&standing.location, from)));
    }
    if standing.parked && !standing.is_paid() {
        // Unpaid orders are parked by Linnworks itself; to unpark one would be to ship it unpaid.
        return Some(Attempt::Refused(problems::unpaid(standing.status)));
    }
    if standing.parked && flow.settings.on_despatch_parked == OnDespatchParked::Hold {
        return Some(Attempt::Held(problems::parked_on_purpose()));
    }
    None
}

/// What can be said of an order that is not open, or locked.
pub(super) fn ended(item: &Item<'_>) -> Option<Attempt> {
    let standing = &item.standing;
    if standing.is_cancelled() {
        return Some(Attempt::Refused(problems::cancelled()));
    }
    if standing.processed {
        return Some(processed(item));
    }
    standing.is_locked().then(|| Attempt::Refused(problems::locked()))
}

/// An order that is processed is never processed again: that would send it to the channel a second time. What was told there is
/// compared, because a buyer without tracking number is somebody's concern.
fn processed(item: &Item<'_>) -> Attempt {
    let there = &item.standing.shipping.tracking_number;
    let same = |number: &str| there.split(',').any(|one| one.trim() == number.trim());
    if item.tracking.is_empty() || item.tracking.split(',').all(same) || *there == item.tracking {
        Attempt::AlreadyDone
    } else {
        Attempt::Refused(problems::already_processed(!there.is_empty()))
    }
}

/// Refuses the despatches whose location is a fulfilment centre.
pub(super) fn places(board: &mut Board<'_>, all: &[Location]) {
    for item in board.open() {
        let place = all.iter().find(|location| location.id.eq_ignore_ascii_case(&item.standing.location));
        if let Some(place) = place.filter(|location| location.fulfilment_centre) {
            item.end(Attempt::Refused(problems::fulfilment_centre(&place.name)));
        }
    }
}
