//! How far a return is at Linnworks, by what is booked there.
use std::collections::BTreeMap;

use super::matching::Wanted;
use crate::contract::returns::OrderReturn;
use crate::linnworks::rma::{Progress, Rma, RmaLine};

/// How far.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum State<'a> {
    /// Nothing of it is booked.
    Unbooked,
    /// Booked as it is; its stock has not moved.
    Booked(&'a Rma),
    /// Booked as it is, and its stock has moved.
    Actioned(&'a Rma),
    /// Booked, but not as the warehouse has it.
    Differs(&'a Rma),
    /// The booking that was made earlier is not there any more.
    Vanished(i64),
}

/// The state of a return among the bookings of its order. A booking is ours by the number that it got when we made it, else by
/// its reference, which is the warehouse's id of the return.
pub(super) fn of<'a>(ret: &OrderReturn, wanted: &[Wanted], booked: &'a [Rma]) -> State<'a> {
    let number: Option<i64> = ret.remote_id.as_deref().and_then(|id| id.trim().parse().ok());
    let ours = match number {
        Some(number) => booked.iter().find(|rma| rma.id == number),
        None => booked.iter().find(|rma| rma.reference == ret.id),
    };
    match (ours, number) {
        (None, Some(number)) => State::Vanished(number),
        (None, None) => State::Unbooked,
        (Some(rma), _) if !same(wanted, &rma.lines) => State::Differs(rma),
        (Some(rma), _) if rma.progress == Progress::Actioned => State::Actioned(rma),
        (Some(rma), _) => State::Booked(rma),
    }
}

/// How many units of each line the bookings of others hold: what a person booked by hand, or a channel.
pub(super) fn by_others(ret: &OrderReturn, booked: &[Rma]) -> BTreeMap<String, i64> {
    let mut units: BTreeMap<String, i64> = BTreeMap::new();
    for line in booked.iter().filter(|rma| rma.reference != ret.id).flat_map(|rma| &rma.lines) {
        *units.entry(line.row.clone()).or_default() += line.returned;
    }
    units
}

fn same(wanted: &[Wanted], lines: &[RmaLine]) -> bool {
    let mut booked: BTreeMap<&str, (i64, i64)> = BTreeMap::new();
    for line in lines {
        let entry = booked.entry(&line.row).or_default();
        entry.0 += line.returned;
        entry.1 += line.scrapped;
    }
    wanted.len() == booked.len()
        && wanted
            .iter()
            .all(|one| booked.get(one.row.as_str()) == Some(&(i64::from(one.units()), i64::from(one.scrapped))))
}
