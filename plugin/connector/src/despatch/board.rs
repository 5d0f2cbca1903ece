//! The despatches of one call, each with how its order stands, what is to be done and what became of it.
use std::collections::BTreeMap;

use super::{Flow, problems, wish};
use crate::contract::despatch::Despatch;
use crate::contract::{Attempt, Change, Outcome};
use crate::linnworks::CallError;
use crate::linnworks::standing::Standing;

/// One despatch.
pub(super) struct Item<'a> {
    pub(super) despatch: &'a Despatch,
    /// Id of the order at Linnworks that is to be processed: the imported one, or what was split off it.
    pub(super) order: String,
    /// How it stood when it was last read.
    pub(super) standing: Standing,
    /// Empty: none.
    pub(super) tracking: String,
    /// Name of the postal service that it shall have, where it is another one than now.
    pub(super) service: Option<String>,
    /// Id of that service.
    pub(super) service_id: Option<String>,
    /// To be unparked.
    pub(super) unpark: bool,
    /// To be split off first.
    pub(super) split: bool,
    pub(super) changes: Vec<Change>,
    /// What became of it; nothing while it is to be gone on with.
    pub(super) fate: Option<Attempt>,
}

/// All of them.
pub(super) struct Board<'a> {
    pub(super) items: Vec<Item<'a>>,
    /// Location that orders without one of their own were imported from.
    pub(super) location: String,
    /// Whether anything was sent that may have changed something: from then on the call does not fail as a whole.
    pub(super) wrote: bool,
    /// Why no write gets through at present.
    pub(super) spent: Option<CallError>,
}

/// The name under which an order keeps where it was imported from.
const LOCATION: &str = "LinnworksLocationId";

impl<'a> Board<'a> {
    pub(super) fn new(flow: &Flow, despatches: &'a [Despatch]) -> Self {
        let settings = &flow.settings;
        let item = |despatch: &'a Despatch| {
            let tracking = wish::tracking_number(despatch, settings.parcel_join_policy);
            let fate = (settings.require_tracking_number && tracking.is_empty())
                .then(|| Attempt::Held(problems::no_tracking_number(wish::has_address(despatch))));
            let of = despatch.remote_id.as_deref().filter(|_| despatch.partial).unwrap_or(&despatch.order_id);
            Item {
                despatch,
                order: key(of),
                standing: Standing::default(),
                tracking,
                service: None,
                service_id: None,
                unpark: false,
                split: false,
                changes: Vec::new(),
                fate,
            }
        };
        let mut items: Vec<Item<'a>> = despatches.iter().map(item).collect();
        wait_for_parts(&mut items);
        Board { items, location: settings.location.clone(), wrote: false, spent: None }
    }

    /// Those that are to be gone on with.
    pub(super) fn open(&mut self) -> impl Iterator<Item = &mut Item<'a>> {
        self.items.iter_mut().filter(|item| item.fate.is_none())
    }

    /// Ends all despatches of an order that are open.
    pub(super) fn end(&mut self, order: &str, fate: &Attempt) {
        for item in self.open().filter(|item| item.order == order) {
            item.end(fate.clone());
        }
    }

    /// Takes note of the result of a write: whether it may have changed something, and whether it showed that none will do.
    pub(super) fn sent<T>(&mut self, result: &Result<T, CallError>) {
        match result {
            Err(CallError::Throttled(_) | CallError::Unauthorised) => self.spent = result.as_ref().err().cloned(),
            Err(CallError::Denied(_) | CallError::Forbidden(_) | CallError::Refused(..)) => {}
            Ok(_) | Err(_) => self.wrote = true,
        }
    }

    pub(super) fn is_open(&self) -> bool {
        self.items.iter().any(|item| item.fate.is_none())
    }

    /// Ids of the orders that are to be gone on with, each once.
    pub(super) fn open_ids(&self) -> Vec<String> {
        let mut ids: Vec<String> = Vec::new();
        for item in self.items.iter().filter(|item| item.fate.is_none()) {
            if !ids.contains(&item.order) {
                ids.push(item.order.clone());
            }
        }
        ids
    }

    /// Notes how the orders stand now.
    pub(super) fn place(&mut self, found: BTreeMap<String, Standing>) {
        for item in &mut self.items {
            if let Some(standing) = found.get(&item.order) {
                item.standing = standing.clone();
            }
        }
    }

    /// Notes what would be changed of those that would be gone on with.
    pub(super) fn foresee(&mut self) {
        for item in self.open() {
            if item.split {
                item.changes.push(change("SplitOrder", None, Some(&item.despatch.order_number)));
            }
            if item.unpark {
                item.changes.push(change("IsParked", Some("true"), Some("false")));
            }
            if let Some(service) = item.service.clone() {
                let old = item.standing.shipping.service.clone();
                item.changes.push(change("PostalServiceName", Some(&old), Some(&service)));
            }
            if item.lacks_tracking() {
                let old = Some(item.standing.shipping.tracking_number.clone()).filter(|old| !old.is_empty());
                item.changes.push(change("TrackingNumber", old.as_deref(), Some(&item.tracking.clone())));
            }
            item.changes.push(change("Processed", Some("false"), Some("true")));
        }
    }

    pub(super) fn outcomes(self) -> Vec<Outcome> {
        let outcome = |item: Item<'_>| Outcome {
            id: item.despatch.id.clone(),
            remote_id: (item.despatch.partial && item.order != key(&item.despatch.order_id)).then_some(item.order),
            attempt: item.fate.unwrap_or(Attempt::NotAttempted),
            changes: item.changes,
        };
        self.items.into_iter().map(outcome).collect()
    }
}

impl Item<'_> {
    /// Whether Linnworks has to be given the tracking number.
    pub(super) fn lacks_tracking(&self) -> bool {
        !self.tracking.is_empty() && self.tracking != self.standing.shipping.tracking_number
    }

    /// Where it was imported from.
    pub(super) fn imported_from<'b>(&'b self, otherwise: &'b str) -> &'b str {
        let named = self.despatch.name_values.iter().find(|pair| pair.name == LOCATION);
        named.map(|pair| pair.value.as_str()).filter(|value| !value.trim().is_empty()).unwrap_or(otherwise)
    }

    pub(super) fn end(&mut self, fate: Attempt) {
        self.fate = Some(fate);
    }
}

/// An order that left in parts is processed itself when its parts have been told, since until then they are its lines.
fn wait_for_parts(items: &mut [Item<'_>]) {
    let parts: Vec<String> =
        items.iter().filter(|item| item.despatch.partial).map(|item| key(&item.despatch.order_id)).collect();
    for item in items.iter_mut().filter(|item| !item.despatch.partial && parts.contains(&item.order)) {
        item.fate.get_or_insert(Attempt::NotAttempted);
    }
}

/// What a write without usable answer means; nothing where only reading can tell whether it was done.
pub(super) fn attempt_of(doing: &str, error: &CallError) -> Option<Attempt> {
    match error {
        CallError::Refused(..) | CallError::Forbidden(_) => Some(Attempt::Refused(problems::told(doing, error))),
        CallError::Throttled(_) | CallError::Unauthorised => Some(Attempt::NotAttempted),
        CallError::Unavailable(_) | CallError::Denied(_) => Some(Attempt::RetryLater(problems::told(doing, error))),
        CallError::InDoubt(_) | CallError::Unreadable(_) => None,
    }
}

pub(super) fn key(id: &str) -> String {
    id.trim().to_ascii_lowercase()
}

pub(super) fn change(field: &str, old: Option<&str>, new: Option<&str>) -> Change {
    Change { field: field.to_owned(), old: old.map(str::to_owned), new: new.map(str::to_owned) }
}
