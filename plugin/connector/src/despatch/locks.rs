//! Locks that an order's own record does not show: the list of open orders can be asked for them.
use std::collections::{BTreeMap, BTreeSet};

use super::board::Board;
use super::problems;
use crate::contract::{Attempt, Failure, Level};
use crate::host::Host;
use crate::linnworks::CallError;
use crate::linnworks::open_orders::{self, Narrow};
use crate::manifest::operations::GET_ALL_OPEN_ORDERS;

/// Refuses parked orders that are locked, too: they would be unparked, and one that is locked stays as it is.
///
/// # Errors
/// Linnworks answers nobody at present.
pub(super) async fn parked<H: Host>(host: &H, board: &mut Board<'_>) -> Result<(), Failure> {
    let locations: BTreeSet<String> =
        board.open().filter(|item| item.unpark).map(|item| item.standing.location.clone()).collect();
    for location in locations {
        let listed = match open_orders::all(host, &location, Narrow::LockedAndParked).await {
            Ok(ids) => Some(ids.into_iter().collect::<BTreeSet<String>>()),
            Err(error) if error.is_refusal() => {
                host.log(Level::Warn, &format!("{}: {}", GET_ALL_OPEN_ORDERS.name, error.describe()));
                None
            }
            Err(error) => return Err(error.failure(GET_ALL_OPEN_ORDERS.name)),
        };
        // Linnworks ignores filters it does not understand: a list with an order that is not parked is such a list.
        let listed = listed.filter(|ids| {
            !board.items.iter().any(|item| {
                !item.standing.parked && item.standing.location == location && ids.contains(&item.standing.id)
            })
        });
        for item in board.open().filter(|item| item.unpark && item.standing.location == location) {
            match &listed {
                Some(ids) if ids.contains(&item.order) => item.end(Attempt::Refused(problems::locked())),
                Some(_) => {}
                None => item.end(Attempt::RetryLater(problems::lock_unknown())),
            }
        }
    }
    Ok(())
}

/// Which of the orders of these locations are locked, as far as the list can be asked; for the explanation of a refusal.
pub(super) async fn among<H: Host>(host: &H, locations: BTreeSet<String>) -> BTreeMap<String, BTreeSet<String>> {
    let mut locked = BTreeMap::new();
    for location in locations {
        match open_orders::all(host, &location, Narrow::Locked).await {
            Ok(ids) => {
                locked.insert(location, ids.into_iter().collect());
            }
            Err(CallError::Throttled(_) | CallError::Unauthorised) => break,
            Err(_) => {}
        }
    }
    locked
}
