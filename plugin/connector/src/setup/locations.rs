//! All locations of the account, and which of them a connection may point at.
use crate::contract::setup::Location;
use crate::contract::{Context, Failure, Problem, Retry};
use crate::host::Host;
use crate::linnworks::locations;
use crate::manifest::operations::GET_STOCK_LOCATIONS;
use crate::problem::{on_field, problem};

/// Lists the locations, in Linnworks' order. Needs no settings but the credentials, since it serves to fill them in.
///
/// # Errors
/// No usable answer from Linnworks.
pub async fn list_locations<H: Host>(host: &H, _: &Context) -> Result<Vec<Location>, Failure> {
    let found = locations::all(host).await.map_err(|error| error.failure(GET_STOCK_LOCATIONS.name))?;
    Ok(found.into_iter().map(listed).collect())
}

fn listed(location: locations::Location) -> Location {
    let mut notes = Vec::new();
    for (is, note) in [
        (location.fulfilment_centre, "fulfilment centre"),
        (location.not_tracked, "not tracked"),
        (location.warehouse_managed, "warehouse managed"),
    ] {
        if is {
            notes.push(note.to_owned());
        }
    }
    Location {
        usable: !location.fulfilment_centre,
        problem: location.fulfilment_centre.then(|| fulfilment_centre(&location)),
        id: location.id,
        name: location.name,
        tag: location.tag,
        notes,
    }
}

/// Why a connection cannot use a fulfilment centre.
pub(super) fn fulfilment_centre(location: &locations::Location) -> Problem {
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
