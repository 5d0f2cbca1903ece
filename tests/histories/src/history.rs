//! A history: how a connection is set up, and what happens, one event after the other.
//!
//! Every event can be carried out in any state: what is not possible by then is refused by whoever is asked, as in life. That is
//! what lets events be dropped from a history.

use serde::{Deserialize, Serialize};

/// A history.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct History {
    /// What it was made of.
    pub seed: u64,
    /// The connection's settings.
    pub choices: Choices,
    /// What goes wrong by chance, beside what the events say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chaos: Option<Chaos>,
    /// What happens.
    pub events: Vec<Event>,
}

impl History {
    /// The command that makes `events` events of the same seed and runs them.
    #[must_use]
    pub fn command(&self, events: usize) -> String {
        match self.chaos {
            None => format!("cargo xtask histories --seed {} --events {events}", self.seed),
            Some(Chaos { percent, .. }) => {
                format!("cargo xtask chaos --seed {} --count 1 --events {events} --percent {percent}", self.seed)
            }
        }
    }
}

/// What goes wrong by chance while the events go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Chaos {
    /// What is drawn from.
    pub seed: u64,
    /// Of a hundred calls, so many go wrong.
    pub percent: u32,
}

/// Settings that change what has to become of things.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Choices {
    /// `IgnoreParkedOrders`.
    pub ignore_parked: bool,
    /// `StockSyncValueType` is `OnHand`, not `StockLevel`.
    pub on_hand: bool,
    /// `StockBuffer`.
    pub buffer: u32,
    /// `StockMaximum`.
    pub maximum: u32,
    /// `ActionReturns`.
    pub action_returns: bool,
    /// `DeliverPOOnBookIn`.
    pub deliver: bool,
}

/// One event.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// Its name within the history. What it makes is called by it in later events.
    pub id: u32,
    /// What happens.
    #[serde(flatten)]
    pub what: What,
}

/// What happens. Orders and purchase orders are called by the event that made them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum What {
    /// At Linnworks: an order is placed.
    Place {
        /// What is odd about it.
        oddity: Oddity,
        /// SKU and units of its lines.
        lines: Vec<(String, u32)>,
    },
    /// It is paid.
    Pay(u32),
    /// It counts as unpaid again.
    Unpay(u32),
    /// Somebody parks it.
    Park(u32),
    /// Somebody unparks it.
    Unpark(u32),
    /// Somebody locks it.
    Lock(u32),
    /// Somebody unlocks it.
    Unlock(u32),
    /// Its address is corrected.
    EditAddress(u32),
    /// Its lines become these.
    EditLines {
        /// The order.
        of: u32,
        /// SKU and units.
        lines: Vec<(String, u32)>,
    },
    /// The two become one.
    Merge(u32, u32),
    /// One unit of its first line is split off.
    Split(u32),
    /// It is cancelled at Linnworks.
    CancelThere(u32),
    /// It is deleted.
    Delete(u32),
    /// Somebody processes it by hand.
    ProcessByHand(u32),
    /// It is moved to the location North, or back.
    Move {
        /// The order.
        of: u32,
        /// To North.
        north: bool,
    },
    /// Somebody sets a level at Linnworks.
    Level {
        /// The SKU.
        sku: String,
        /// To so many.
        units: u32,
    },
    /// Linnworks demands a printed invoice before it processes an order, or does not.
    InvoiceGate(bool),
    /// A purchase order is made out.
    Purchase {
        /// As a draft.
        draft: bool,
        /// SKU, units ordered, and units that have come before.
        lines: Vec<(String, u32, u32)>,
    },
    /// A draft is ordered.
    Order(u32),
    /// A purchase order is closed as delivered, whatever has come.
    Close(u32),
    /// In the warehouse: units are counted anew, more or fewer.
    Adjust {
        /// The SKU.
        sku: String,
        /// More or fewer.
        units: i32,
    },
    /// Units are put aside.
    Quarantine {
        /// The SKU.
        sku: String,
        /// So many.
        units: u32,
    },
    /// Units are taken back from there.
    ReleaseQuarantine {
        /// The SKU.
        sku: String,
        /// So many.
        units: u32,
    },
    /// The product that some orders lack is made.
    AddProduct,
    /// An order is picked.
    Pick {
        /// The order.
        of: u32,
        /// The source is asked first.
        look: bool,
    },
    /// Its goods go back on the shelf.
    PutBack(u32),
    /// It leaves.
    Despatch {
        /// The order.
        of: u32,
        /// The source is asked first.
        look: bool,
        /// In so many parcels with a number each; none is one without a number.
        parcels: u32,
    },
    /// It is cancelled in the warehouse.
    CancelHere(u32),
    /// It is held.
    Hold(u32),
    /// What a person has held is released.
    Release(u32),
    /// A notice is confirmed.
    ConfirmAsn(u32),
    /// Goods of a notice are counted.
    Receive {
        /// The purchase order.
        of: u32,
        /// Units of each of its lines, at most.
        units: u32,
    },
    /// What was counted goes to the stock.
    BookIn(u32),
    /// Goods of an order come back.
    Return {
        /// The order.
        of: u32,
        /// So many of its first line.
        units: u32,
        /// Not fit for sale.
        scrap: bool,
    },
    /// Something goes wrong at Linnworks, once.
    Fault {
        /// `Controller/Method` or `*`.
        endpoint: String,
        /// The nth call from now.
        nth: u32,
        /// What.
        fault: Wrong,
    },
    /// Something goes wrong on the wire, once.
    Wire {
        /// The operation, as the connector's table names it.
        operation: String,
        /// Its nth call from now.
        nth: u64,
        /// What.
        fault: OnTheWire,
    },
    /// Something happens at Linnworks while the host is at work: right before a call of it.
    Meanwhile {
        /// `Controller/Method`.
        endpoint: String,
        /// The nth call from now.
        nth: u32,
        /// What happens.
        does: Does,
        /// To which order.
        of: u32,
        /// And with which, where it takes two.
        with: u32,
    },
    /// The host dies at a call.
    Crash {
        /// The nth call from now.
        nth: u32,
        /// With the answer in its hands; else before it sends.
        answered: bool,
    },
    /// The host dies at a point of a run.
    CrashAt(Point),
    /// The connector's storage is lost.
    EmptyStorage,
    /// Time goes by, and the scheduler runs what is due.
    Pass {
        /// Minutes.
        minutes: u32,
    },
}

/// What is odd about an order that is placed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the names say it")]
pub enum Oddity {
    None,
    Unpaid,
    Parked,
    Locked,
    Elsewhere,
    BeforeTheStart,
    FulfilledByAmazon,
    WithAService,
    Unicode,
}

/// What goes wrong at Linnworks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the names say it")]
pub enum Wrong {
    Throttled,
    ServerError,
    ServerErrorAfterCommit,
    CutOffBefore,
    CutOffAfterCommit,
    CommittedLater,
    SessionExpired,
    EmptyBody,
    WebPage,
    SilentNoOp,
    ThrottledWithoutATime,
    ThrottledForNoTime,
    CutOffInTheAnswer,
    Truncated,
}

impl Wrong {
    /// As a history writes it.
    #[must_use]
    pub fn name(self) -> String {
        word(self)
    }
}

/// What goes wrong on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OnTheWire {
    /// Nobody listens.
    Refused,
    /// The answer takes half a minute.
    Slow,
}

fn word(value: impl Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

/// What happens at Linnworks while the host is at work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the names say it")]
pub enum Does {
    Cancel,
    Merge,
    Move,
}

/// A point of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the names say it")]
pub enum Point {
    BeforeCommit,
    AfterCommit,
}

impl What {
    /// Its kind.
    #[must_use]
    pub fn kind(&self) -> String {
        match serde_json::to_value(self) {
            Ok(serde_json::Value::Object(one)) => one.keys().next().cloned().unwrap_or_default(),
            Ok(serde_json::Value::String(word)) => word,
            _ => String::new(),
        }
    }
}

impl std::fmt::Display for History {
    /// One event a line, in the form of the kept histories.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let json = |value: serde_json::Result<String>| value.map_err(|_| std::fmt::Error);
        writeln!(f, "{{\"seed\": {}, \"choices\": {},", self.seed, json(serde_json::to_string(&self.choices))?)?;
        if let Some(chaos) = &self.chaos {
            writeln!(f, " \"chaos\": {},", json(serde_json::to_string(chaos))?)?;
        }
        writeln!(f, " \"events\": [")?;
        for (place, event) in self.events.iter().enumerate() {
            let comma = if place + 1 < self.events.len() { "," } else { "" };
            writeln!(f, "  {}{comma}", json(serde_json::to_string(event))?)?;
        }
        writeln!(f, " ]}}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_history_is_read_as_it_is_written() {
        let events = vec![
            Event { id: 1, what: What::Place { oddity: Oddity::None, lines: vec![("TEE".into(), 2)] } },
            Event { id: 2, what: What::AddProduct },
            Event { id: 3, what: What::Merge(1, 2) },
        ];
        let calm = History { seed: 7, choices: Choices::default(), chaos: None, events };
        let history = History { chaos: Some(Chaos { seed: 9, percent: 10 }), ..calm.clone() };
        for history in [&calm, &history] {
            let read: History = serde_json::from_str(&history.to_string()).unwrap();
            assert_eq!(read, *history);
        }
        assert_eq!(
            history.events.iter().map(|event| event.what.kind()).collect::<Vec<_>>(),
            ["place", "add-product", "merge"]
        );
    }
}
