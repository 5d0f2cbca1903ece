//! `export`: read the orders, look for the booking, book, action, read again.
use std::collections::BTreeMap;

use super::matching::{self, Wanted};
use super::problems;
use super::state::{self, State};
use crate::contract::returns::OrderReturn;
use crate::contract::{Attempt, Change, Context, Directive, Failure, Mode, Outcome, Problem};
use crate::host::Host;
use crate::linnworks::CallError;
use crate::linnworks::order::OrderDetails;
use crate::linnworks::orders::{self, Unreadable};
use crate::linnworks::rma::{self, Progress, ReturnItem, Rma, Said};
use crate::location;
use crate::manifest::operations::{CREATE_RMA_BOOKING, GET_ORDERS_BY_ID};
use crate::settings::Settings;

/// What every step knows.
struct Flow {
    settings: Settings,
    mode: Mode,
}

/// One return on its way.
struct Work<'a> {
    ret: &'a OrderReturn,
    order_id: String,
    wanted: Vec<Wanted>,
}

/// What became of one return.
struct Verdict {
    attempt: Attempt,
    changes: Vec<Change>,
    rma: Option<i64>,
}

impl Verdict {
    fn of(attempt: Attempt) -> Self {
        Verdict { attempt, changes: Vec::new(), rma: None }
    }

    fn refused(problem: Problem) -> Self {
        Verdict::of(Attempt::Refused(problem))
    }

    fn with(mut self, rma: Option<i64>) -> Self {
        self.rma = rma;
        self
    }

    fn changing(mut self, changes: Vec<Change>) -> Self {
        self.changes = changes;
        self
    }
}

/// Why no further return can be tried in this call.
enum Stop {
    /// The quota is spent, or the host asked to stop.
    Spent,
    /// The session is not accepted.
    Unauthorised,
}

/// Tells Linnworks of returns, each booked once under its id. In mode `plan` nothing is written: what would be is in `changes`,
/// and the attempt is `not-attempted`.
///
/// # Errors
/// The settings, a location that has become unusable, or no usable answer to the first reading.
pub async fn export<H: Host>(host: &H, ctx: &Context, returns: &[OrderReturn]) -> Result<Vec<Outcome>, Failure> {
    let flow = Flow { settings: Settings::parse(&ctx.settings)?, mode: ctx.mode };
    if returns.is_empty() {
        return Ok(Vec::new());
    }
    location::require(host, ctx.now, &flow.settings.location).await?;
    let mut ids: Vec<String> = returns.iter().map(|ret| key(&ret.order_id)).collect();
    ids.sort_unstable();
    ids.dedup();
    let mut outcomes = Vec::with_capacity(returns.len());
    let mut stop: Option<Stop> = None;
    // Returns come in the order in which they were confirmed and stay in it; the orders are read in one call.
    let answer = orders::by_id(host, &ids).await.map_err(|error| error.failure(GET_ORDERS_BY_ID.name))?;
    let (read, unreadable) = answer.read().map_err(|error| error.failure(GET_ORDERS_BY_ID.name))?;
    let orders: BTreeMap<String, &OrderDetails<'_>> =
        read.iter().filter_map(|order| Some((order.id.get()?, order))).collect();
    for ret in returns {
        let verdict = match stop {
            Some(_) => Verdict::of(Attempt::NotAttempted),
            None => one(host, &flow, ret, &orders, &unreadable, &mut stop).await,
        };
        outcomes.push(Outcome {
            id: ret.id.clone(),
            attempt: verdict.attempt,
            changes: verdict.changes,
            remote_id: verdict.rma.map(|rma| rma.to_string()).or_else(|| ret.remote_id.clone()),
        });
        let told = host.report(outcomes.len() as u64, Some(returns.len() as u64));
        if told == Directive::Stop && stop.is_none() {
            stop = Some(Stop::Spent);
        }
    }
    // Nothing was done for any return, so the whole call says why.
    let untouched =
        outcomes.iter().all(|outcome| outcome.attempt == Attempt::NotAttempted && outcome.changes.is_empty());
    if let (Some(Stop::Unauthorised), true) = (&stop, untouched) {
        return Err(CallError::Unauthorised.failure(CREATE_RMA_BOOKING.name));
    }
    Ok(outcomes)
}

fn key(id: &str) -> String {
    id.trim().to_ascii_lowercase()
}

async fn one<H: Host>(
    host: &H,
    flow: &Flow,
    ret: &OrderReturn,
    orders: &BTreeMap<String, &OrderDetails<'_>>,
    unreadable: &[Unreadable],
    stop: &mut Option<Stop>,
) -> Verdict {
    let order_id = key(&ret.order_id);
    let Some(order) = orders.get(&order_id) else {
        return match unreadable.iter().find(|one| one.id.as_ref().is_none_or(|id| *id == order_id)) {
            Some(one) => Verdict::of(Attempt::RetryLater(problems::order_unreadable(&one.why))),
            None => Verdict::refused(problems::order_gone()),
        };
    };
    if !order.processed.0 {
        return Verdict::of(Attempt::RetryLater(problems::not_processed(order)));
    }
    let wanted = match matching::lines(order, ret) {
        Ok(wanted) => wanted,
        Err(problem) => return Verdict::refused(problem),
    };
    let work = Work { ret, order_id, wanted };
    let booked = match rma::of_order(host, &work.order_id).await {
        Ok(booked) => booked,
        Err(error) => return unread(&error, stop),
    };
    match state::of(ret, &work.wanted, &booked) {
        State::Vanished(rma) => Verdict::refused(problems::vanished(rma)).with(Some(rma)),
        State::Differs(rma) => Verdict::refused(problems::differs(rma)).with(Some(rma.id)),
        State::Actioned(rma) => Verdict::of(Attempt::AlreadyDone).with(Some(rma.id)),
        State::Booked(rma) if flow.settings.action_returns => match rma.progress {
            // What the channel said was told to a person; asking it again on every run would not make it say anything else.
            Progress::Failed => Verdict::refused(problems::action_refused(rma.id, &rma.errors)).with(Some(rma.id)),
            Progress::Closed => Verdict::refused(problems::closed(rma.id, &rma.errors)).with(Some(rma.id)),
            Progress::Pending => Verdict::of(Attempt::RetryLater(problems::awaited(rma.id))).with(Some(rma.id)),
            Progress::Open | Progress::Actioned => carry_out(host, flow, &work, rma.id, Vec::new(), stop).await,
        },
        State::Booked(rma) => Verdict::of(Attempt::AlreadyDone).with(Some(rma.id)),
        State::Unbooked if order.general.0.hold_or_cancel.0 => Verdict::refused(problems::cancelled(order)),
        State::Unbooked => book(host, flow, &work, (order, &booked), stop).await,
    }
}

/// Without a look at what is booked nothing may be written.
fn unread(error: &CallError, stop: &mut Option<Stop>) -> Verdict {
    match error {
        CallError::Throttled(_) => *stop = Some(Stop::Spent),
        CallError::Unauthorised => *stop = Some(Stop::Unauthorised),
        CallError::Forbidden(_) | CallError::Denied(_) => {
            return Verdict::refused(problems::forbidden("looked up", error));
        }
        _ => return Verdict::of(Attempt::RetryLater(problems::call_failed("looked up", error))),
    }
    Verdict::of(Attempt::NotAttempted)
}

async fn book<H: Host>(
    host: &H,
    flow: &Flow,
    work: &Work<'_>,
    (order, booked): (&OrderDetails<'_>, &[Rma]),
    stop: &mut Option<Stop>,
) -> Verdict {
    let Work { ret, order_id, wanted } = work;
    if let Some(problem) = too_many(order, ret, wanted, booked) {
        return Verdict::refused(problem);
    }
    let mut changes = booking_changes(ret, wanted);
    if flow.mode == Mode::Plan {
        if flow.settings.action_returns {
            changes.push(action_change());
        }
        return Verdict::of(Attempt::NotAttempted).changing(changes);
    }
    let texts: Vec<(String, String)> = wanted.iter().map(|one| (one.category(), one.reason())).collect();
    let items: Vec<ReturnItem<'_>> = wanted
        .iter()
        .zip(&texts)
        .map(|(one, (category, reason))| ReturnItem {
            order_item_row_id: &one.row,
            return_location: &flow.settings.location,
            return_quantity: one.units(),
            scrap_quantity: one.scrapped,
            refund_amount: 0,
            reason_category: category,
            reason,
            batch_inventory_id: 0,
        })
        .collect();
    let said = rma::book(host, order_id, &ret.id, &items).await;
    match said {
        Ok(Said { rma: Some(rma), errors }) if errors.is_empty() && flow.settings.action_returns => {
            carry_out(host, flow, work, rma, changes, stop).await
        }
        said => settle(host, flow, work, said, changes, stop).await,
    }
}

/// Whether Linnworks has more units of a line booked than were sold, were this return added.
fn too_many(order: &OrderDetails<'_>, ret: &OrderReturn, wanted: &[Wanted], booked: &[Rma]) -> Option<Problem> {
    let others = state::by_others(ret, booked);
    let rows = || order.items.0.iter().flat_map(|item| std::iter::once(item).chain(&item.parts.0));
    wanted.iter().find_map(|one| {
        let others = others.get(&one.row).copied().unwrap_or_default();
        let had = rows().find(|item| item.row.is(&one.row)).and_then(|item| item.quantity.whole()).unwrap_or_default();
        (others > 0 && others + i64::from(one.units()) > had)
            .then(|| problems::booked_by_others(&one.sku, one.units(), others, had))
    })
}

/// What a booking's answer means, by what Linnworks shows afterwards.
async fn settle<H: Host>(
    host: &H,
    flow: &Flow,
    work: &Work<'_>,
    said: Result<Said, CallError>,
    changes: Vec<Change>,
    stop: &mut Option<Stop>,
) -> Verdict {
    let Work { ret, order_id, wanted } = work;
    // It did not reach Linnworks, or was thrown away unread: there is nothing to look for.
    match &said {
        Err(CallError::Throttled(_)) => {
            *stop = Some(Stop::Spent);
            return Verdict::of(Attempt::NotAttempted);
        }
        Err(CallError::Unauthorised) => {
            *stop = Some(Stop::Unauthorised);
            return Verdict::of(Attempt::NotAttempted);
        }
        Err(error @ (CallError::Forbidden(_) | CallError::Denied(_))) => {
            return Verdict::refused(problems::forbidden("booked", error));
        }
        _ => {}
    }
    let now = rma::of_order(host, order_id).await;
    if let Err(CallError::Throttled(_)) = &now {
        *stop = Some(Stop::Spent);
    }
    let booked = now.unwrap_or_default();
    let state = state::of(&OrderReturn { remote_id: None, ..(*ret).clone() }, wanted, &booked);
    match &state {
        State::Booked(rma) if flow.settings.action_returns => {
            return carry_out(host, flow, work, rma.id, changes, stop).await;
        }
        State::Booked(rma) | State::Actioned(rma) => {
            return Verdict::of(Attempt::Done).with(Some(rma.id)).changing(changes);
        }
        State::Differs(rma) => return Verdict::refused(problems::differs(rma)).with(Some(rma.id)),
        State::Unbooked | State::Vanished(_) => {}
    }
    let attempt = match said {
        Ok(said) if !said.errors.is_empty() => Attempt::Refused(problems::booking_refused(&said.errors)),
        Err(error @ CallError::Refused(..)) => Attempt::Refused(problems::booking_refused(&[error.describe()])),
        // The answer said yes: what does not show yet may show later, so it is looked for before anything is written again.
        Ok(_) => Attempt::InDoubt(problems::booking_not_seen()),
        Err(error) => Attempt::InDoubt(problems::call_failed("booked", &error)),
    };
    // A number that nothing is seen of is not kept: the booking is found by its reference, too.
    Verdict::of(attempt)
}

/// Actions a booking, and sees that it is.
async fn carry_out<H: Host>(
    host: &H,
    flow: &Flow,
    work: &Work<'_>,
    rma: i64,
    mut changes: Vec<Change>,
    stop: &mut Option<Stop>,
) -> Verdict {
    if flow.mode == Mode::Plan {
        changes.push(action_change());
        return Verdict::of(Attempt::NotAttempted).with(Some(rma)).changing(changes);
    }
    let Work { ret, order_id, wanted } = work;
    let said = rma::action(host, order_id, rma).await;
    if let Err(CallError::Throttled(_) | CallError::Unauthorised) = &said {
        let unauthorised = matches!(said, Err(CallError::Unauthorised));
        *stop = Some(if unauthorised { Stop::Unauthorised } else { Stop::Spent });
        // The booking stands, and the next attempt goes on from there.
        let attempt =
            if changes.is_empty() { Attempt::NotAttempted } else { Attempt::RetryLater(problems::action_put_off(rma)) };
        return Verdict::of(attempt).with(Some(rma)).changing(changes);
    }
    let now = rma::of_order(host, order_id).await;
    if let Err(CallError::Throttled(_)) = &now {
        *stop = Some(Stop::Spent);
    }
    let booked = now.as_deref().unwrap_or_default();
    let just_booked = !changes.is_empty();
    let known = OrderReturn { remote_id: Some(rma.to_string()), ..(*ret).clone() };
    match state::of(&known, wanted, booked) {
        State::Actioned(_) => {
            changes.push(action_change());
            return Verdict::of(Attempt::Done).with(Some(rma)).changing(changes);
        }
        State::Differs(found) => return Verdict::refused(problems::differs(found)).with(Some(rma)).changing(changes),
        // Answered and carried out are two things where a channel has a say.
        State::Booked(found) if found.progress == Progress::Pending => {
            return Verdict::of(Attempt::RetryLater(problems::awaited(rma))).with(Some(rma)).changing(changes);
        }
        // Nobody has seen the booking, so its number is not kept: it is looked for by its reference, and made once more only
        // where Linnworks still has nothing.
        State::Unbooked | State::Vanished(_) if just_booked => {
            let problem = match &now {
                Ok(_) => problems::booking_not_seen(),
                Err(error) => problems::call_failed("read back", error),
            };
            return Verdict::of(Attempt::InDoubt(problem));
        }
        State::Booked(_) | State::Unbooked | State::Vanished(_) => {}
    }
    let attempt = match &said {
        Ok(said) if !said.errors.is_empty() => Attempt::Refused(problems::action_refused(rma, &said.errors)),
        Err(error @ (CallError::Forbidden(_) | CallError::Denied(_))) => {
            Attempt::Refused(problems::forbidden("actioned", error))
        }
        Err(error @ CallError::Refused(..)) => Attempt::Refused(problems::action_refused(rma, &[error.describe()])),
        Ok(_) => Attempt::InDoubt(problems::action_not_seen(rma)),
        Err(error) => Attempt::InDoubt(problems::call_failed("actioned", error)),
    };
    Verdict::of(attempt).with(Some(rma)).changing(changes)
}

fn booking_changes(ret: &OrderReturn, wanted: &[Wanted]) -> Vec<Change> {
    let mut changes = vec![Change { field: "Reference".to_owned(), old: None, new: Some(ret.id.clone()) }];
    changes.extend(wanted.iter().map(|one| Change {
        field: format!("Return of {}", one.sku),
        old: None,
        new: Some(format!("{} to stock, {} scrapped", one.restocked, one.scrapped)),
    }));
    changes
}

fn action_change() -> Change {
    Change { field: "Actioned".to_owned(), old: Some("false".to_owned()), new: Some("true".to_owned()) }
}
