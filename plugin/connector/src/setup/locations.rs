//! All locations of the account, and which of them a connection may point at.
use crate::contract::setup::Location;
use crate::contract::{Context, Failure};
use crate::host::Host;
use crate::linnworks::locations;
use crate::location::fulfilment_centre;
use crate::manifest::operations::GET_STOCK_LOCATIONS;

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
