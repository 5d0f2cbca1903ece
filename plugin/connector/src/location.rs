//! The location that a connection points at: whether a connection may do anything with it.
use crate::contract::{Failure, Problem, Retry};
use crate::host::{Host, recall, remember};
use crate::linnworks::locations::{self, Location};
use crate::manifest::operations::GET_STOCK_LOCATIONS;
use crate::nearness::distance;
use crate::problem::{on_field, problem};

const KEY: &str = "location";

/// How long a location that was found sound is not looked at again.
const AGE: i64 = 60 * 60 * 1000;

/// Makes sure that the location is one of the account and no fulfilment centre, by a look at most once an hour while it is: a
/// location that was sound when the connection was activated can become one later, or be deleted.
///
/// # Errors
/// `invalid-settings` with what is wrong and what follows from it; no usable answer from Linnworks.
pub(crate) async fn require<H: Host>(host: &H, now: i64, wanted: &str) -> Result<(), Failure> {
    require_and(host, now, wanted, |_| None).await
}

/// As [`require`], for a flow that needs more of a location: `against` is what else stands against it. What was found sound is
/// kept for each flow apart.
///
/// # Errors
/// As for [`require`].
pub(crate) async fn require_and<H: Host>(
    host: &H,
    now: i64,
    wanted: &str,
    against: impl Fn(&Location) -> Option<Problem>,
) -> Result<(), Failure> {
    let seen: Option<(i64, String)> = recall(host, KEY).and_then(|bytes| serde_json::from_slice(&bytes).ok());
    if seen.is_some_and(|(at, location)| location == wanted && (0..AGE).contains(&(now - at))) {
        return Ok(());
    }
    let all = locations::all(host).await.map_err(|error| error.failure(GET_STOCK_LOCATIONS.name))?;
    let further = || all.iter().find(|location| location.id == wanted).and_then(against);
    if let Some(problem) = trouble(&all, wanted).or_else(further) {
        return Err(Failure::InvalidSettings(vec![problem]));
    }
    if let Ok(bytes) = serde_json::to_vec(&(now, wanted)) {
        remember(host, KEY, bytes);
    }
    Ok(())
}

/// Why a connection cannot use the location `wanted` of an account with these locations; nothing when it can.
pub(crate) fn trouble(all: &[Location], wanted: &str) -> Option<Problem> {
    match all.iter().find(|location| location.id == wanted) {
        None => Some(unknown(all, wanted)),
        Some(location) => location.fulfilment_centre.then(|| fulfilment_centre(location)),
    }
}

/// Why a connection cannot use a location that is not there.
pub(crate) fn unknown(all: &[Location], wanted: &str) -> Problem {
    let near = all.iter().min_by_key(|location| distance(&location.id, wanted));
    let near = near.filter(|location| distance(&location.id, wanted) <= 4);
    let remedy = match near {
        Some(near) => format!("Did you mean {} ({:?})? Copy the id from View Locations.", near.id, near.name),
        None => "Copy the id of the location from View Locations.".to_owned(),
    };
    on_field(
        problem(
            "location.unknown",
            format!(
                "The account has no location {wanted}, so no order will import from it, and none can be marked as despatched there."
            ),
            remedy,
            Retry::AfterAChange,
        ),
        "Location",
    )
}

/// Why a connection cannot use a fulfilment centre.
pub(crate) fn fulfilment_centre(location: &Location) -> Problem {
    on_field(
        problem(
            "location.fulfilment-centre",
            format!(
                "{:?} is a Fulfilment Centre location. Linnworks parks the orders of such a location, so they will not import \
                 and cannot be marked as despatched. Fulfilment Centre locations serve Linnworks' own file export (FTP) only.",
                location.name
            ),
            "Choose a normal location, or take the Fulfilment Centre flag off this one in Linnworks. A normal location works fully, \
             also for goods that lie with a fulfilment company.",
            Retry::AfterAChange,
        ),
        "Location",
    )
}
