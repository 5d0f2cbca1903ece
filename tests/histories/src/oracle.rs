//! What has to have become of an order, by how it stands at Linnworks and by what people did to it in the warehouse. Written after
//! the operator's guide and the requirements; it knows nothing of the connector, of runs, or of the host's tables.

use std::collections::BTreeSet;

use harness_wms::OrderStatus::{self, Cancelled, Holding, New, OnBackOrder, Picked, QueryRaised};

use crate::books::Noted;
use crate::there::{Standing, There};

/// Further facts about an order and those that it came from or became.
#[derive(Debug, Clone, Default)]
pub(crate) struct Kin {
    /// An order that went into this one, or that it was split off, was or may still be shipped by itself.
    pub(crate) in_the_way: bool,
    /// The order that this one was split off has been edited there since to what cannot be taken here: it may still have all of its
    /// goods here.
    pub(crate) perhaps_in_the_way: bool,
    /// An order that went into the same one as this cannot be cancelled any more.
    pub(crate) bound: bool,
    /// The order that it went into came in as well, and only then went into another.
    pub(crate) replaced: bool,
    /// Something was split off this one.
    pub(crate) split: bool,
    /// It has other goods or another address at Linnworks than here.
    pub(crate) differs: bool,
    /// How the order stands that this one was merged into.
    pub(crate) became: Option<Box<There>>,
}

/// What has to hold of an order that was imported.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Fate {
    /// Its status is one of these; none where it left.
    pub(crate) statuses: BTreeSet<&'static str>,
    /// One of these problems stands.
    pub(crate) told: BTreeSet<&'static str>,
    /// These may stand, beside those of `told`.
    pub(crate) may_be_told: BTreeSet<&'static str>,
    /// It is the same here and there.
    pub(crate) same: bool,
    /// Linnworks has processed it.
    pub(crate) processed: bool,
}

impl Fate {
    fn new(statuses: &[OrderStatus]) -> Self {
        Self { statuses: statuses.iter().map(|status| status.name()).collect(), ..Self::default() }
    }

    fn told(mut self, code: &'static str) -> Self {
        self.told.insert(code);
        self
    }

    fn may_be_told(mut self, code: &'static str) -> Self {
        self.may_be_told.insert(code);
        self
    }
}

/// What has to hold of an order that was imported.
pub(crate) fn fate(noted: &Noted, there: &There, kin: &Kin) -> Fate {
    if noted.left.is_some() {
        left(noted, there, kin)
    } else if noted.cancelled {
        cancelled_here(there)
    } else {
        alive(noted, there, kin)
    }
}

/// It left the warehouse: Linnworks is told, once, unless something there forbids it, which a person is told.
fn left(noted: &Noted, there: &There, kin: &Kin) -> Fate {
    let fate = Fate::default();
    match there {
        There::Open(Standing { at_home, blocks, .. }) => {
            let mut fate = fate;
            if blocks.contains("locked") {
                fate = fate.told("despatch.locked");
            }
            if blocks.contains("unpaid") {
                fate = fate.told("despatch.unpaid");
            }
            if !at_home {
                fate = fate.told("despatch.moved");
            }
            if fate.told.is_empty() { Fate { processed: true, ..fate } } else { fate }
        }
        There::Processed if noted.by_hand => fate.may_be_told("despatch.already-processed"),
        There::Processed => Fate { processed: true, ..fate },
        There::Cancelled => fate.told("despatch.order-cancelled"),
        There::Gone => fate.told("despatch.order-not-found"),
        There::Merged(_) => match kin.became.as_deref() {
            Some(There::Processed) => fate.may_be_told("despatch.order-merged"),
            Some(There::Cancelled) => fate.told("despatch.order-cancelled").told("despatch.order-merged"),
            _ => fate.told("despatch.order-merged").told("despatch.order-not-found"),
        },
    }
}

/// A person cancelled it here: that is told for as long as Linnworks holds it open.
fn cancelled_here(there: &There) -> Fate {
    let fate = Fate::new(&[Cancelled]);
    match there {
        There::Open(_) => fate.told("cancelled-in-wms-still-open"),
        _ => fate,
    }
}

/// Nobody here has ended it.
fn alive(noted: &Noted, there: &There, kin: &Kin) -> Fate {
    let stopped: &[OrderStatus] = if noted.picked { &[QueryRaised] } else { &[Holding] };
    match there {
        There::Open(standing) if !standing.at_home => Fate::new(stopped).told("review.moved"),
        There::Open(standing) if !standing.blocks.is_empty() => Fate::new(stopped).told("review.blocked"),
        There::Open(standing) => open(noted, standing, kin, stopped),
        There::Processed => Fate::new(stopped).told("review.processed-at-source"),
        There::Cancelled if noted.picked => Fate::new(stopped).told("review.cancelled-while-picking"),
        There::Gone if noted.picked => Fate::new(stopped).told("review.gone-while-picking"),
        There::Cancelled | There::Gone => Fate::new(&[Cancelled]),
        There::Merged(_) if kin.bound && kin.replaced => Fate::new(&[Cancelled, New, OnBackOrder, Holding, Picked])
            .may_be_told("review.merged")
            .may_be_told("review.made-from-another"),
        There::Merged(_) if kin.bound => Fate::new(&[New, OnBackOrder, Holding, Picked])
            .told("review.merged")
            .may_be_told("review.made-from-another"),
        There::Merged(_) => Fate::new(&[Cancelled]),
    }
}

/// It is to be shipped.
fn open(noted: &Noted, standing: &Standing, kin: &Kin, stopped: &[OrderStatus]) -> Fate {
    let waits = |fate: Fate| if kin.in_the_way { fate.told("review.made-from-another") } else { fate };
    if kin.differs && noted.picked {
        let fate =
            Fate::new(&[QueryRaised]).told("review.edited-while-picking").may_be_told("review.made-from-another");
        return if kin.split { fate.told("review.split") } else { fate };
    }
    if kin.differs && standing.unknown_sku {
        return Fate::new(stopped).told("review.edit-refused").may_be_told("review.made-from-another");
    }
    if kin.in_the_way || noted.held {
        return waits(Fate { same: true, ..Fate::new(stopped) });
    }
    let statuses: &[OrderStatus] = if noted.picked { &[Picked] } else { &[New, OnBackOrder] };
    let mut fate = Fate { same: true, ..Fate::new(statuses) };
    if kin.perhaps_in_the_way {
        fate.statuses.extend(stopped.iter().map(|status| status.name()));
        fate = fate.may_be_told("review.made-from-another");
    }
    fate
}

#[cfg(test)]
mod tests {
    use super::*;

    fn home() -> There {
        There::Open(Standing { at_home: true, ..Standing::default() })
    }

    #[test]
    fn what_left_is_processed_unless_linnworks_forbids_it() {
        let gone = Noted { left: Some(Vec::new()), ..Noted::default() };
        assert!(fate(&gone, &home(), &Kin::default()).processed);
        let locked = There::Open(Standing { at_home: true, blocks: ["locked"].into(), ..Standing::default() });
        assert_eq!(fate(&gone, &locked, &Kin::default()).told, ["despatch.locked"].into());
        assert!(!fate(&gone, &There::Cancelled, &Kin::default()).processed);
    }

    #[test]
    fn a_cancellation_ends_what_waits_and_stops_what_is_picked() {
        let waits = fate(&Noted::default(), &There::Cancelled, &Kin::default());
        assert_eq!(waits.statuses, ["CANCELLED"].into());
        let picked = fate(&Noted { picked: true, ..Noted::default() }, &There::Cancelled, &Kin::default());
        assert_eq!(picked.statuses, ["QUERYRAISED"].into());
        assert_eq!(picked.told, ["review.cancelled-while-picking"].into());
    }

    #[test]
    fn what_was_made_from_an_order_that_is_shipped_by_itself_waits() {
        let kin = Kin { in_the_way: true, ..Kin::default() };
        let waits = fate(&Noted::default(), &home(), &kin);
        assert_eq!((waits.statuses, waits.told), (["HOLDING"].into(), ["review.made-from-another"].into()));
    }
}
