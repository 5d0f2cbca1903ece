//! From a seed to a history.
//!
//! Events are drawn by weight. They name things that earlier events made, the latest ones most often, and know nothing of what
//! became of these: whether an order can still be cancelled is for Linnworks and the warehouse to say.

use crate::chance::Chance;
use crate::history::{Chaos, Choices, Does, Event, History, Oddity, Point, What, Wrong};

/// Products that both sides have.
pub const SKUS: [&str; 4] = ["TEE", "MUG", "CAP", "PEN"];

/// A composite of two mugs and a tee.
pub const KIT: &str = "KIT";

/// A product that the warehouse lacks until it is made.
pub const LACKED: &str = "GHOST";

/// Endpoints that a fault may strike; every call where the name is a star.
const ENDPOINTS: [&str; 16] = [
    "*",
    "*",
    "*",
    "Orders/GetAllOpenOrders",
    "Orders/GetOrdersById",
    "Orders/SetOrderShippingInfo",
    "Orders/SetOrderShippingInfo",
    "Orders/ProcessOrder",
    "Orders/ProcessOrder",
    "Orders/ProcessOrder",
    "Stock/SetStockLevel",
    "ReturnsRefunds/CreateRMABooking",
    "ReturnsRefunds/ActionRMABooking",
    "PurchaseOrder/Deliver_PurchaseItem",
    "PurchaseOrder/Search_PurchaseOrders2",
    "Orders/GetOrderRelations",
];

const WRONGS: [Wrong; 10] = [
    Wrong::Throttled,
    Wrong::ServerError,
    Wrong::ServerErrorAfterCommit,
    Wrong::CutOffBefore,
    Wrong::CutOffAfterCommit,
    Wrong::CommittedLater,
    Wrong::SessionExpired,
    Wrong::EmptyBody,
    Wrong::WebPage,
    Wrong::SilentNoOp,
];

/// Endpoints right before which somebody else may do something.
const BETWEEN: [&str; 6] = [
    "Orders/GetOrdersById",
    "Orders/GetOrdersById",
    "Orders/SetOrderShippingInfo",
    "Orders/ProcessOrder",
    "Stock/SetStockLevel",
    "Orders/GetAllOpenOrders",
];

/// At most so many faults and crashes in a history: the rest is for what happens without them.
const MOST_FAULTS: usize = 8;

/// The history of a seed, of so many events.
#[must_use]
pub fn history(seed: u64, events: u32) -> History {
    drawn(seed, events, MOST_FAULTS)
}

/// The same with faults all along: those among the events, where they hurt most, and of a hundred calls `percent` by chance. A
/// shorter one of the same seed is its beginning.
#[must_use]
pub fn chaos(seed: u64, events: u32, percent: u32) -> History {
    History { chaos: Some(Chaos { seed, percent }), ..drawn(seed, events, usize::MAX) }
}

fn drawn(seed: u64, events: u32, most_faults: usize) -> History {
    let mut chance = Chance::new(seed);
    let choices = Choices {
        ignore_parked: chance.one_in(3),
        on_hand: chance.one_in(4),
        buffer: if chance.one_in(3) { 3 } else { 0 },
        maximum: if chance.one_in(4) { 30 } else { 0 },
        action_returns: chance.one_in(2),
        deliver: chance.one_in(2),
    };
    let mut made = Made { chance, orders: Vec::new(), purchases: Vec::new(), faults: 0, most_faults };
    let events = (1..=events).map(|id| Event { id, what: made.next(id) }).collect();
    History { seed, choices, chaos: None, events }
}

/// What there is so far.
struct Made {
    chance: Chance,
    orders: Vec<u32>,
    purchases: Vec<u32>,
    faults: usize,
    most_faults: usize,
}

impl Made {
    fn next(&mut self, id: u32) -> What {
        // Something to begin with.
        let roll = if id <= 2 { self.chance.below(10) } else { self.chance.below(100) };
        match roll {
            0..=15 => {
                self.orders.push(id);
                self.placed()
            }
            16..=40 => What::Pass { minutes: *self.chance.of(&[1, 6, 15, 16, 16, 31, 65]).unwrap_or(&16) },
            41..=43 => What::Pass { minutes: 16 },
            44..=59 => self.at_linnworks(id),
            60..=62 => self.purchase(id),
            63 | 64 => self.meanwhile(),
            65..=87 => self.in_the_warehouse(),
            _ if self.faults < self.most_faults => {
                self.faults += 1;
                self.wrong()
            }
            _ => What::Pass { minutes: 16 },
        }
    }

    /// One of the latest orders more often than an old one.
    fn order(&mut self) -> u32 {
        let latest = self.orders.len().saturating_sub(6);
        let some =
            if self.chance.one_in(5) { self.orders.as_slice() } else { self.orders.get(latest..).unwrap_or_default() };
        let some = some.to_vec();
        self.chance.of(&some).copied().unwrap_or_default()
    }

    fn purchased(&mut self) -> u32 {
        let some = self.purchases.clone();
        self.chance.of(&some).copied().unwrap_or_default()
    }

    fn sku(&mut self) -> String {
        (*self.chance.of(&SKUS).unwrap_or(&"TEE")).to_owned()
    }

    fn lines(&mut self) -> Vec<(String, u32)> {
        let mut lines = vec![(self.sku(), self.chance.between(1, 4))];
        if self.chance.one_in(3) {
            lines.push((self.sku(), self.chance.between(1, 3)));
        }
        if self.chance.one_in(6) {
            lines.push((KIT.into(), 1));
        }
        if self.chance.one_in(10) {
            lines.push((LACKED.into(), 1));
        }
        lines
    }

    fn placed(&mut self) -> What {
        let odd = [
            Oddity::Unpaid,
            Oddity::Parked,
            Oddity::Locked,
            Oddity::Elsewhere,
            Oddity::BeforeTheStart,
            Oddity::FulfilledByAmazon,
            Oddity::WithAService,
            Oddity::Unicode,
        ];
        let oddity = if self.chance.one_in(3) { *self.chance.of(&odd).unwrap_or(&Oddity::None) } else { Oddity::None };
        What::Place { oddity, lines: self.lines() }
    }

    fn at_linnworks(&mut self, id: u32) -> What {
        let of = self.order();
        match self.chance.below(32) {
            0..=3 => What::Pay(of),
            4 => What::Unpay(of),
            5 => What::Park(of),
            6 | 7 => What::Unpark(of),
            8 => What::Lock(of),
            9..=11 => What::Unlock(of),
            12..=14 => What::EditAddress(of),
            15..=17 => What::EditLines { of, lines: self.lines() },
            18..=20 => {
                let other = self.order();
                self.orders.push(id);
                What::Merge(of, other)
            }
            21 | 22 => {
                self.orders.push(id);
                What::Split(of)
            }
            23 | 24 => What::CancelThere(of),
            25 => What::Delete(of),
            26 => What::ProcessByHand(of),
            27 => What::Move { of, north: true },
            28 => What::Move { of, north: false },
            29 | 30 => What::Level { sku: self.sku(), units: self.chance.below(60) },
            _ => What::InvoiceGate(self.chance.one_in(2)),
        }
    }

    fn purchase(&mut self, id: u32) -> What {
        if !self.purchases.is_empty() && self.chance.one_in(3) {
            let of = self.purchased();
            return if self.chance.one_in(4) { What::Close(of) } else { What::Order(of) };
        }
        self.purchases.push(id);
        let mut lines = Vec::new();
        for sku in SKUS {
            if lines.is_empty() || self.chance.one_in(3) {
                let ordered = self.chance.between(2, 12);
                let come = if self.chance.one_in(4) { self.chance.below(ordered) } else { 0 };
                lines.push((sku.to_owned(), ordered, come));
            }
        }
        What::Purchase { draft: self.chance.one_in(4), lines }
    }

    fn meanwhile(&mut self) -> What {
        let does = [Does::Cancel, Does::Merge, Does::Merge, Does::Move];
        What::Meanwhile {
            endpoint: (*self.chance.of(&BETWEEN).unwrap_or(&"Orders/GetOrdersById")).to_owned(),
            nth: self.chance.between(1, 2),
            does: *self.chance.of(&does).unwrap_or(&Does::Cancel),
            of: self.order(),
            with: self.order(),
        }
    }

    fn in_the_warehouse(&mut self) -> What {
        let (of, purchase) = (self.order(), self.purchased());
        match self.chance.below(34) {
            0..=3 => What::Pick { of, look: self.chance.one_in(2) },
            4 => What::PutBack(of),
            5..=13 => What::Despatch { of, look: self.chance.one_in(2), parcels: self.chance.below(3) },
            14 => What::CancelHere(of),
            15 => What::Hold(of),
            16 | 17 => What::Release(of),
            18 => {
                What::Adjust { sku: self.sku(), units: -1 - i32::try_from(self.chance.below(25)).unwrap_or_default() }
            }
            19 | 20 => {
                What::Adjust { sku: self.sku(), units: 1 + i32::try_from(self.chance.below(10)).unwrap_or_default() }
            }
            21 => What::Quarantine { sku: self.sku(), units: self.chance.between(1, 8) },
            22 => What::ReleaseQuarantine { sku: self.sku(), units: self.chance.between(1, 8) },
            23 => What::AddProduct,
            24 | 25 => What::ConfirmAsn(purchase),
            26 | 27 => What::Receive { of: purchase, units: self.chance.between(1, 12) },
            28..=30 => What::BookIn(purchase),
            _ => What::Return { of, units: self.chance.between(1, 2), scrap: self.chance.one_in(3) },
        }
    }

    fn wrong(&mut self) -> What {
        match self.chance.below(10) {
            0..=1 => What::Crash { nth: self.chance.between(1, 8), answered: self.chance.one_in(2) },
            2 => What::CrashAt(
                *self.chance.of(&[Point::BeforeCommit, Point::AfterCommit]).unwrap_or(&Point::BeforeCommit),
            ),
            3 => What::EmptyStorage,
            _ => What::Fault {
                endpoint: (*self.chance.of(&ENDPOINTS).unwrap_or(&"*")).to_owned(),
                nth: self.chance.between(1, 3),
                fault: *self.chance.of(&WRONGS).unwrap_or(&Wrong::ServerError),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_makes_the_same_history_again_and_another_seed_another() {
        assert_eq!(history(3, 60), history(3, 60));
        assert_ne!(history(3, 60).events, history(4, 60).events);
        assert_eq!(history(3, 60).events.len(), 60);
    }

    #[test]
    fn a_history_is_told_as_the_command_that_repeats_it() {
        assert_eq!(history(3, 60).command(60), "cargo xtask histories --seed 3 --events 60");
        let repeats = "cargo xtask chaos --seed 9 --count 1 --events 40 --percent 5";
        assert_eq!(chaos(9, 400, 5).command(40), repeats);
    }

    #[test]
    fn a_shorter_chaos_of_the_same_seed_is_the_beginning_of_a_longer_one() {
        assert_eq!(chaos(3, 400, 10).events.get(..100), Some(chaos(3, 100, 10).events.as_slice()));
    }

    #[test]
    fn a_history_has_few_faults() {
        for seed in 0..200 {
            let history = history(seed, 60);
            let wrong = |what: &What| {
                matches!(what, What::Fault { .. } | What::Crash { .. } | What::CrashAt(_) | What::EmptyStorage)
            };
            assert!(history.events.iter().filter(|event| wrong(&event.what)).count() <= MOST_FAULTS);
        }
    }
}
