//! Sales orders come in: which there are ([`discover`]), what they are ([`fetch`]), the marks that say they were taken
//! ([`acknowledge`]), and what a person asks about one ([`find`], [`explain`]).
//!
//! What was imported is the host's to know; nothing here remembers an order. Nothing is written at Linnworks except by
//! [`acknowledge`], which the host calls after its commit.
mod acknowledge;
mod amounts;
mod checks;
mod discover;
mod explain;
mod fetch;
mod find;
mod locked;
mod map;
mod reference;
mod version;

use crate::contract::orders::Order;
use crate::contract::{Context, Failure, Mode, Skip, Verdict};
use crate::host::Host;
use crate::linnworks::countries::Countries;
use crate::linnworks::order::OrderDetails;
use crate::settings::Settings;

pub use acknowledge::acknowledge;
pub use discover::discover;
pub use explain::explain;
pub use fetch::fetch;
pub use find::find;
pub use locked::Lock;
pub(crate) use locked::Locks;
pub use version::version;
pub(crate) use version::{LINES, differing};

/// What every step of the flow knows: the settings and the invocation's constants.
#[derive(Debug, Clone)]
pub struct Flow {
    pub(crate) settings: Settings,
    pub(crate) mode: Mode,
    pub(crate) now: i64,
    pub(crate) channels: Vec<String>,
    pub(crate) channel: String,
    /// Whether orders are to be marked once they are in the warehouse.
    pub(crate) acknowledge: bool,
}

impl Flow {
    /// From the context of an invocation.
    ///
    /// # Errors
    /// `invalid-settings`.
    pub fn new(ctx: &Context) -> Result<Self, Failure> {
        let settings = Settings::parse(&ctx.settings)?;
        Ok(Flow {
            acknowledge: acknowledge::is_wanted(&settings),
            settings,
            mode: ctx.mode,
            now: ctx.now,
            channels: ctx.channels.clone(),
            channel: ctx.channel.clone(),
        })
    }
}

/// What is known about an order beyond its own record.
#[derive(Debug, Clone, Copy)]
pub struct Known<'a> {
    /// The countries of the account.
    pub countries: &'a Countries,
    /// What the id list says of its lock.
    pub lock: Lock,
}

/// Judges one order and maps it: ready to be created, or skipped with the checks that did not pass. Pure.
///
/// # Errors
/// The skip.
pub fn take(flow: &Flow, order: &OrderDetails<'_>, known: Known<'_>) -> Result<Order, Skip> {
    let mut checks = checks::Checks::failures();
    checks::admission(flow, order, known, &mut checks);
    let mapped = if checks.all_passed() { map::map(flow, order, known, &mut checks) } else { None };
    match mapped {
        Some(mapped) if checks.all_passed() => Ok(mapped),
        _ => Err(Skip {
            id: order.id.or_zero(),
            reference: order.called(),
            needs_attention: checks.needs_attention(),
            verdicts: checks.into_verdicts(),
        }),
    }
}

/// Whether an order that is in the warehouse would be let in by its state now: paid, not locked, not parked where that
/// matters. The user's filters do not count, since a mark that was made at the import may be among what they keep out.
///
/// # Errors
/// The checks that do not pass.
pub(crate) fn stands(flow: &Flow, order: &OrderDetails<'_>, known: Known<'_>) -> Result<(), Vec<Verdict>> {
    let mut checks = checks::Checks::failures();
    checks::standing(flow, order, known, &mut checks);
    if checks.all_passed() { Ok(()) } else { Err(checks.into_verdicts()) }
}

/// Maps an order that is in the warehouse as it is now.
///
/// # Errors
/// The checks that do not pass.
pub(crate) fn again(flow: &Flow, order: &OrderDetails<'_>, known: Known<'_>) -> Result<Order, Vec<Verdict>> {
    let mut checks = checks::Checks::failures();
    match map::map(flow, order, known, &mut checks) {
        Some(order) if checks.all_passed() => Ok(order),
        _ => Err(checks.into_verdicts()),
    }
}

/// The locks of orders that are in the warehouse.
///
/// # Errors
/// Linnworks answers nobody at present.
pub(crate) async fn locks<'a, H: Host>(
    host: &H,
    flow: &Flow,
    orders: impl Iterator<Item = &'a OrderDetails<'a>> + Clone,
) -> Result<Locks, Failure> {
    locked::among(host, flow, orders).await
}

/// The countries that `orders` need; none are read for none.
///
/// # Errors
/// Linnworks answers nobody at present.
pub(crate) async fn countries<'a, H: Host>(
    host: &H,
    flow: &Flow,
    orders: &[&'a OrderDetails<'a>],
) -> Result<Countries, Failure> {
    if orders.is_empty() {
        return Ok(Countries::default());
    }
    fetch::countries(host, flow, orders.iter().copied()).await
}
