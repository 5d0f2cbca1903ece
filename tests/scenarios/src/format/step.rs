//! The verbs.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::despatch::Sent;
use super::expect::Expect;
use super::given::Product;
use super::goods::AsnHands;
use super::life::{Backfill, Erasure, Removal};
use super::returns::Comeback;

/// One thing that happens: exactly one verb, and what is expected of it.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Step {
    /// Why this step, for the reader.
    pub note: Option<String>,
    /// Which connection is meant; `main` when left out.
    pub connection: Option<String>,
    /// Verb: run a flow now.
    pub run: Option<Run>,
    /// Verb: something that needs no words.
    #[serde(rename = "do")]
    pub word: Option<Word>,
    /// Verb: ask why an order is or is not imported.
    pub why: Option<Reference>,
    /// Verb: import one order by its number, reference or id.
    pub import: Option<Import>,
    /// Verb: activate the connection.
    pub activate: Option<Activation>,
    /// Verb: change settings of the connection.
    pub edit: Option<Map<String, Value>>,
    /// With `edit`: a person says that the account of the new token is the one that the connection has.
    pub same_account: bool,
    /// Verb: add a connection, as a draft unless it says more.
    pub add_connection: Option<Added>,
    /// Verb: remove the connection, as `do: remove-connection` does, with a choice.
    pub remove_connection: Option<Removal>,
    /// Verb: erase what the warehouse knows of a buyer: of an order, or by e-mail address.
    pub erase: Option<Erasure>,
    /// Verb: have settings of another version migrated by the connector.
    pub migrate: Option<Migration>,
    /// Verb: let another component in, by its name in `target/plugin`, and move all connections to it, forwards or back.
    pub upgrade: Option<String>,
    /// Verb: something changes at Linnworks.
    pub linnworks: Option<Change>,
    /// Verb: from now on something goes wrong at Linnworks, as the simulator's faults have it: `{endpoint: Orders/GetOrdersById,
    /// nth: 2, do: throttle, retry_after: 10}`, or a list of these.
    pub fault: Option<Value>,
    /// Verb: from now on something goes wrong between the host and the wire.
    pub host_fault: Option<HostFault>,
    /// Verb: the host will die at this call, or at this point of a run. What the run had not committed by then is lost; the
    /// step in which it happens ends with the error `the host died`, and the host has to be restarted.
    pub crash: Option<Crash>,
    /// Verb: something happens in the warehouse.
    pub wms: Option<Hand>,
    /// Verb: time goes by, at both sides: `+15m`, `+30s`, `+6h`, `+1d`, or an instant.
    pub clock: Option<String>,
    /// Verb: the host serves for so long (`+10m`, or until an instant): its scheduler runs what is due when it is due. Then it
    /// is told to stop, as by a signal, and started again. Gives the runs that began meanwhile.
    pub serve: Option<String>,
    /// Verb: ask the source for something without the connector, past sessions and limits: proves what the simulator does.
    pub fetch: Option<Fetch>,
    /// What holds afterwards; calls are those of this step.
    pub expect: Option<Expect>,
}

/// The verb of a step.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "as in `Step`")]
pub enum Verb<'a> {
    Run(&'a Run),
    Word(Word),
    Why(String),
    Import(&'a Import),
    Activate(&'a Activation),
    Edit(&'a Map<String, Value>),
    Add(&'a Added),
    Remove(Removal),
    Erase(&'a Erasure),
    Migrate(&'a Migration),
    Upgrade(&'a str),
    Linnworks(&'a Change),
    Fault(&'a Value),
    HostFault(&'a HostFault),
    Crash(&'a Crash),
    Wms(&'a Hand),
    Clock(&'a str),
    Serve(&'a str),
    Fetch(&'a Fetch),
}

impl Step {
    /// The one verb.
    ///
    /// # Errors
    /// When there is none, or more than one.
    pub fn verb(&self) -> Result<Verb<'_>, String> {
        let verbs = [
            self.run.as_ref().map(|v| ("run", Verb::Run(v))),
            self.word.map(|v| ("do", Verb::Word(v))),
            self.why.as_ref().map(|v| ("why", Verb::Why(v.to_string()))),
            self.import.as_ref().map(|v| ("import", Verb::Import(v))),
            self.activate.as_ref().map(|v| ("activate", Verb::Activate(v))),
            self.edit.as_ref().map(|v| ("edit", Verb::Edit(v))),
            self.add_connection.as_ref().map(|v| ("add-connection", Verb::Add(v))),
            self.remove_connection.map(|v| ("remove-connection", Verb::Remove(v))),
            self.erase.as_ref().map(|v| ("erase", Verb::Erase(v))),
            self.migrate.as_ref().map(|v| ("migrate", Verb::Migrate(v))),
            self.upgrade.as_ref().map(|v| ("upgrade", Verb::Upgrade(v))),
            self.linnworks.as_ref().map(|v| ("linnworks", Verb::Linnworks(v))),
            self.fault.as_ref().map(|v| ("fault", Verb::Fault(v))),
            self.host_fault.as_ref().map(|v| ("host-fault", Verb::HostFault(v))),
            self.crash.as_ref().map(|v| ("crash", Verb::Crash(v))),
            self.wms.as_ref().map(|v| ("wms", Verb::Wms(v))),
            self.clock.as_ref().map(|v| ("clock", Verb::Clock(v))),
            self.serve.as_ref().map(|v| ("serve", Verb::Serve(v))),
            self.fetch.as_ref().map(|v| ("fetch", Verb::Fetch(v))),
        ];
        let mut given = verbs.into_iter().flatten();
        let (first, verb) = given.next().ok_or_else(|| {
            "a step has no verb; give one of run, do, why, import, activate, edit, add-connection, remove-connection, erase, migrate, upgrade, linnworks, fault, \
             host-fault, crash, wms, clock, serve, fetch"
                .to_owned()
        })?;
        match given.next() {
            None => Ok(verb),
            Some((second, _)) => Err(format!("a step has two verbs, {first} and {second}; make it two steps")),
        }
    }

    /// A few words for a person.
    #[must_use]
    pub fn name(&self) -> String {
        let what = match self.verb() {
            Ok(Verb::Run(run)) if run.dry() => format!("dry run of {}", run.flow().name()),
            Ok(Verb::Run(run)) => format!("run {}", run.flow().name()),
            Ok(Verb::Word(word)) => <&str>::from(word).to_owned(),
            Ok(Verb::Why(reference)) => format!("why {reference}"),
            Ok(Verb::Import(import)) => format!("import {}", import.reference()),
            Ok(Verb::Activate(_)) => "activate".to_owned(),
            Ok(Verb::Edit(_)) => "edit".to_owned(),
            Ok(Verb::Add(added)) => format!("add-connection {}", added.name),
            Ok(Verb::Remove(_)) => "remove-connection".to_owned(),
            // An e-mail address is nobody else's business.
            Ok(Verb::Erase(_)) => "erase".to_owned(),
            Ok(Verb::Migrate(_)) => "migrate".to_owned(),
            Ok(Verb::Upgrade(name)) => format!("upgrade {name}"),
            Ok(Verb::Linnworks(_)) => "linnworks".to_owned(),
            Ok(Verb::Fault(_)) => "fault".to_owned(),
            Ok(Verb::HostFault(_)) => "host-fault".to_owned(),
            Ok(Verb::Crash(_)) => "crash".to_owned(),
            Ok(Verb::Wms(_)) => "wms".to_owned(),
            Ok(Verb::Clock(time)) => format!("clock {time}"),
            Ok(Verb::Serve(time)) => format!("serve {time}"),
            Ok(Verb::Fetch(fetch)) => format!("fetch {}", fetch.endpoint),
            Err(_) => "?".to_owned(),
        };
        match &self.connection {
            Some(connection) => format!("{what} ({connection})"),
            None => what,
        }
    }
}

/// A flow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Flow {
    /// Sales orders come in.
    ImportOrders,
    /// What became at the source of orders that came in.
    ReviewOrders,
    /// Despatched orders are told to the source.
    PushDespatch,
    /// Stock is told to the source.
    SyncStock,
    /// Purchase orders become ASNs.
    ImportPurchaseOrders,
    /// Confirmed returns are told to the source.
    ExportReturns,
}

impl Flow {
    /// As the host calls it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::ImportOrders => "import-orders",
            Self::ReviewOrders => "review-orders",
            Self::PushDespatch => "push-despatch",
            Self::SyncStock => "sync-stock",
            Self::ImportPurchaseOrders => "import-purchase-orders",
            Self::ExportReturns => "export-returns",
        }
    }
}

/// A flow to be run.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Run {
    /// For real.
    Flow(Flow),
    /// With a choice.
    Named(Named),
}

/// A flow to be run, with a choice.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Named {
    /// Which.
    pub flow: Flow,
    /// Say what would happen and change nothing.
    #[serde(default)]
    pub dry_run: bool,
    /// What another flow of ours does at Linnworks while this one is under way.
    #[serde(default)]
    pub meanwhile: Option<Meanwhile>,
}

/// Something that another flow of ours does at Linnworks: the host counts it as a call that moves stock.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Meanwhile {
    /// So long after the run began, in milliseconds; it needs a call that is delayed for longer.
    pub after: i64,
    /// Calls of Linnworks' own, endpoint to body.
    pub call: BTreeMap<String, Value>,
}

impl Run {
    /// Which flow.
    #[must_use]
    pub fn flow(&self) -> Flow {
        match self {
            Self::Flow(flow) => *flow,
            Self::Named(named) => named.flow,
        }
    }

    /// Whether it is a dry run.
    #[must_use]
    pub fn dry(&self) -> bool {
        matches!(self, Self::Named(Named { dry_run: true, .. }))
    }

    /// What happens while it is under way.
    #[must_use]
    pub fn meanwhile(&self) -> Option<&Meanwhile> {
        match self {
            Self::Flow(_) => None,
            Self::Named(named) => named.meanwhile.as_ref(),
        }
    }
}

/// Something that needs no words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Word {
    /// Have the connector check credentials, settings and the source.
    Check,
    /// List the account's locations.
    Locations,
    /// Ask where the token comes from.
    InstallAddress,
    /// Let the scheduler run what is due now.
    Due,
    /// Compare all stock of the connection now, not only what changed.
    CompareStock,
    /// Release what a guard held back of the connection.
    Approve,
    /// Switch the connection off.
    Deactivate,
    /// Remove the connection.
    RemoveConnection,
    /// Empty the connector's storage.
    EmptyStorage,
    /// End the host and start it again.
    Restart,
    /// Nothing goes wrong any more, on either side.
    ClearFaults,
    /// Only look.
    Nothing,
}

/// What a person calls an order.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Reference {
    /// An order number.
    Number(i64),
    /// Anything else.
    Text(String),
}

impl std::fmt::Display for Reference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Number(number) => write!(f, "{number}"),
        }
    }
}

/// One order to be imported.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Import {
    /// For real, by its number, reference or id.
    Reference(Reference),
    /// With a choice.
    Named(Chosen),
    /// All that were placed on some days.
    Placed(Backfill),
}

/// One order to be imported, with a choice.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Chosen {
    /// Its number, reference or id.
    pub reference: Reference,
    /// Although it was cancelled in the warehouse.
    #[serde(default)]
    pub again: bool,
    /// Say what would happen and change nothing.
    #[serde(default)]
    pub dry_run: bool,
}

impl Import {
    /// What the order is called.
    #[must_use]
    pub fn reference(&self) -> String {
        match self {
            Self::Reference(reference) | Self::Named(Chosen { reference, .. }) => reference.to_string(),
            Self::Placed(Backfill { from, to, .. }) => format!("{from} to {to}"),
        }
    }

    /// Whether it is a dry run.
    #[must_use]
    pub fn dry(&self) -> bool {
        matches!(self, Self::Named(Chosen { dry_run: true, .. }) | Self::Placed(Backfill { dry_run: true, .. }))
    }

    /// Whether it comes in although it was cancelled in the warehouse.
    #[must_use]
    pub fn again(&self) -> bool {
        matches!(self, Self::Named(Chosen { again: true, .. }))
    }
}

/// What is said at the first activation about orders that are open already.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Activation {
    /// In one word.
    Answer(GoLive),
    /// Orders placed on that day or later.
    From {
        /// The day, `2026-03-01`.
        from: String,
    },
}

/// What is said at the first activation, in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum GoLive {
    /// All come in.
    All,
    /// All come in and wait for their release.
    Hold,
    /// Nothing is said.
    Unanswered,
}

/// A connection to be added.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Added {
    /// Its name.
    pub name: String,
    /// As for `main`.
    #[serde(default)]
    pub settings: Map<String, Value>,
    /// Activate it, too.
    #[serde(default)]
    pub active: Option<Activation>,
}

/// Settings of another version.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Migration {
    /// The version that wrote them.
    pub from: u32,
    /// As written.
    pub settings: Map<String, Value>,
}

/// What changes at Linnworks: done by a person there, a channel, or time. Orders are called by number, reference or id.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Change {
    /// Which account, by position, id or name; the first when left out.
    pub account: Option<Value>,
    /// New orders, as in a seed.
    pub place: Vec<Value>,
    /// New products, as in a seed.
    pub items: Vec<Value>,
    /// Order to patch: `{A-1: {Parked: true}}`.
    pub edit: BTreeMap<String, Value>,
    /// SKU to patch.
    pub edit_items: BTreeMap<String, Value>,
    /// Location to patch, by name or id: `{Default: {IsFulfillmentCenter: true}}`.
    pub edit_locations: BTreeMap<String, Value>,
    /// Patch of the account itself: `{Status: MAINTENANCE}`.
    pub edit_account: Option<Value>,
    /// Orders that vanish without a trace.
    pub delete: Vec<String>,
    /// Calls of Linnworks' own, endpoint to body; `@A-1` in a body stands for that order's id.
    pub call: BTreeMap<String, Value>,
    /// The simulator's own changes, in its own words.
    #[serde(rename = "do")]
    pub mutations: Vec<Value>,
    /// Switches of the simulator.
    pub config: Map<String, Value>,
}

/// Something that goes wrong between the host and the wire.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct HostFault {
    /// Name of an operation; every one when left out.
    #[serde(default)]
    pub operation: Option<String>,
    /// Only the nth call of it, counted from this step.
    #[serde(default)]
    pub nth: Option<u64>,
    /// `not-sent`, `lose-answer`, `{delay: MILLISECONDS}` or `{status: {status, retry_after, body}}`.
    pub fault: Value,
}

/// Where the host dies: at a call, or at a point of a run.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Crash {
    /// At a point of a run.
    Point(CrashPoint),
    /// At a call.
    Call(CrashCall),
}

/// At which point of a run the host dies.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct CrashPoint {
    /// The point.
    pub point: RunPoint,
    /// When it is reached for the nth time, counted from this step; the first when left out.
    #[serde(default)]
    pub nth: Option<u64>,
}

/// A point of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RunPoint {
    /// A batch was fetched; nothing of it is written.
    BeforeCommit,
    /// A batch is in the warehouse; nothing was done after it.
    AfterCommit,
    /// Orders are about to be marked at the source.
    BeforeAcknowledge,
    /// Any transaction of the host, that of a batch or one that stands alone, is complete and not yet durable.
    BeforeTransaction,
    /// Any transaction of the host is durable; nothing was done after it.
    AfterTransaction,
}

/// At which call the host dies.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct CrashCall {
    /// Name of an operation; every one when left out.
    #[serde(default)]
    pub operation: Option<String>,
    /// Only the nth call of it, counted from this step.
    #[serde(default)]
    pub nth: Option<u64>,
    /// When in the call.
    pub at: CrashMoment,
}

/// When in a call the host dies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum CrashMoment {
    /// Nothing has left.
    BeforeSending,
    /// The source has done it, and nobody here has seen its answer.
    AfterAnswer,
    /// Its answer was seen, and nothing of what it means is committed.
    AnswerSeen,
}

/// What happens in the warehouse. Orders are called by their order number or the channel's reference.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Hand {
    /// Whose; the first client when left out.
    pub client: Option<String>,
    /// New products.
    pub products: Vec<Product>,
    /// SKU to units on the shelf, allocated ones included.
    pub stock: BTreeMap<String, i64>,
    /// SKU to units by which what is free is changed.
    pub adjust: BTreeMap<String, i64>,
    /// SKU to free units that are put aside.
    pub quarantine: BTreeMap<String, i64>,
    /// SKU to units that are taken back from there.
    pub release_quarantine: BTreeMap<String, i64>,
    /// New channels.
    pub channels: Vec<String>,
    /// New courier services.
    pub couriers: Vec<String>,
    /// Orders to pick.
    pub pick: Vec<String>,
    /// Orders to pack.
    pub pack: Vec<String>,
    /// Batches that were picked: order to SKU to batch number to units.
    pub batches: BTreeMap<String, BTreeMap<String, BTreeMap<String, i64>>>,
    /// Units that are split off an order into one of its own (`A-1/2`): order to SKU to units.
    pub split: BTreeMap<String, BTreeMap<String, i64>>,
    /// Orders that leave, to their tracking number; null for none, a list for several parcels.
    pub despatch: BTreeMap<String, Option<Sent>>,
    /// All orders leave that can, each with this text and its number as tracking number.
    pub despatch_all: Option<String>,
    /// Orders to bill.
    pub bill: Vec<String>,
    /// Orders to pick after the source was asked whether they still stand, as the command does it.
    pub look_and_pick: Vec<String>,
    /// Orders whose goods go back on the shelf.
    pub put_back: Vec<String>,
    /// Orders to cancel.
    pub cancel: Vec<String>,
    /// Orders to hold.
    pub hold: Vec<String>,
    /// Orders to release.
    pub release: Vec<String>,
    /// What happens to advance shipment notices, after all that.
    pub asns: AsnHands,
    /// Goods that come back: `[{order: A-1, items: [{sku: TEE, quantity: 2, reason: Damaged}]}]`, or a return that is changed.
    pub returns: Vec<Comeback>,
}

/// A call of the simulator by a logged-in person.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Fetch {
    /// `Controller/Method`.
    pub endpoint: String,
    /// Its parameters.
    #[serde(default)]
    pub body: Value,
}
