//! What Linnworks shall show of a despatch: one tracking number, and one postal service.
use crate::contract::despatch::{Despatch, Parcel};
use crate::settings::{CourierPair, ParcelJoinPolicy, same_name};

/// The tracking number that one field at Linnworks gets; empty when there is none.
pub(super) fn tracking_number(despatch: &Despatch, policy: ParcelJoinPolicy) -> String {
    let mut numbers: Vec<&str> = Vec::new();
    for number in despatch.parcels.iter().filter_map(number) {
        if !numbers.contains(&number) {
            numbers.push(number);
        }
    }
    match policy {
        ParcelJoinPolicy::First => numbers.first().map(|number| (*number).to_owned()).unwrap_or_default(),
        ParcelJoinPolicy::CommaJoined => numbers.join(","),
    }
}

/// The parcel's number. An address on the web is none: Linnworks has no field for it, and channels reject it as a number.
fn number(parcel: &Parcel) -> Option<&str> {
    let number = parcel.tracking_number.as_deref()?.trim();
    (!number.is_empty() && !is_address(number)).then_some(number)
}

/// Whether a text is an address on the web and no number.
pub(super) fn is_address(text: &str) -> bool {
    let text = text.trim().to_ascii_lowercase();
    text.contains("://") || text.starts_with("www.") || text.contains(".com/") || text.contains(".co.uk/")
}

/// Whether a parcel has an address where its number should be.
pub(super) fn has_address(despatch: &Despatch) -> bool {
    despatch.parcels.iter().any(|parcel| parcel.tracking_number.as_deref().is_some_and(is_address))
}

/// The postal service that the order shall have, where the mapping says that it is another one than `now`: read backwards, a
/// courier service may stand for several, and the order keeps its own when it is among them.
pub(super) fn service<'a>(despatch: &Despatch, mapping: &'a [CourierPair], now: &str) -> Option<&'a str> {
    let used = despatch.parcels.first()?.courier_service.trim();
    if used.is_empty() {
        return None;
    }
    let mut named =
        mapping.iter().filter(|pair| same_name(&pair.courier_service, used)).map(|pair| pair.linnworks.trim());
    let first = named.clone().next()?;
    if named.any(|name| same_name(name, now)) { None } else { Some(first) }
}
