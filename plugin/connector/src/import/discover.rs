//! `discover`: ids of all orders that may be importable.
//!
//! One call by the id list, narrowed to paid orders where that is all that may come in. Once a day, and in a dry run, the list is
//! not narrowed, so that unpaid orders are seen and counted. Where Linnworks refuses that call, ids come by a view, or else from
//! the paged list of whole orders; which one works is remembered for a day.
use serde::{Deserialize, Serialize};

use super::Flow;
use crate::contract::{Candidate, Context, Directive, Failure, Level, Mode, Page};
use crate::host::{Host, recall, remember};
use crate::linnworks::CallError;
use crate::linnworks::open_orders::{self, Narrow};
use crate::location;
use crate::manifest::operations::{GET_ALL_OPEN_ORDERS, GET_OPEN_ORDERS};

const KEY: &str = "discover";
const DAY: i64 = 24 * 60 * 60 * 1000;

/// Lists shorter than this are not doubted for having shrunk: a handful of orders goes out in one afternoon.
const FEW: u64 = 20;

/// What the last list was like.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
struct Last {
    location: String,
    /// When all open orders were listed last.
    full_at: Option<i64>,
    /// How many there were then, and how many the narrowed list had last.
    full: u64,
    paid: u64,
    /// The way that works, and when that was found out.
    way: Option<(Way, i64)>,
}

/// A way to list ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum Way {
    All,
    View(i64),
    Pages,
}

/// Lists the ids of the open orders of the connection's location, complete in one page. Being absent proves nothing.
///
/// # Errors
/// The settings, a location that has become unusable, or no way to list ids works.
pub async fn discover<H: Host>(host: &H, ctx: &Context) -> Result<Page, Failure> {
    let flow = Flow::new(ctx)?;
    let location = flow.settings.location.clone();
    location::require(host, flow.now, &location).await?;
    let last: Last = recall(host, KEY)
        .and_then(|bytes| serde_json::from_slice(&bytes).ok())
        .filter(|last: &Last| last.location == location)
        .unwrap_or_default();
    let due = last.full_at.is_none_or(|at| !(0..DAY).contains(&(flow.now - at)));
    let narrow = if flow.settings.import_resends || flow.mode == Mode::Plan || due { Narrow::No } else { Narrow::Paid };
    let known = last.way.filter(|(_, at)| (0..DAY).contains(&(flow.now - at))).map(|(way, _)| way);

    let (way, mut ids) = list(host, &location, narrow, known).await?;
    let count = ids.len() as u64;
    let before = if narrow == Narrow::No { last.full } else { last.paid };
    if is_suspicious(count, before) {
        host.log(Level::Info, &format!("{count} open orders, {before} before: read once more by another operation"));
        match second(host, &location, way).await {
            // Neither list is proven whole, so both count; fetch judges every order again.
            Ok((_, again)) => ids = open_orders::unique(ids.into_iter().chain(again).collect()),
            Err(error) => host.log(Level::Warn, &format!("the second reading failed: {}", error.describe())),
        }
    }
    if host.report(ids.len() as u64, Some(ids.len() as u64)) == Directive::Stop {
        return Err(Failure::Cancelled);
    }
    let mut next = Last {
        location,
        way: Some((way, last.way.filter(|(old, _)| *old == way).map_or(flow.now, |(_, at)| at))),
        ..last.clone()
    };
    if narrow == Narrow::No {
        (next.full_at, next.full) = (Some(flow.now), count);
    } else {
        next.paid = count;
    }
    if next != last
        && let Ok(bytes) = serde_json::to_vec(&next)
    {
        remember(host, KEY, bytes);
    }
    let candidates = ids.into_iter().map(|id| Candidate { id, version: None }).collect();
    Ok(Page { candidates, checkpoint: None, complete: true })
}

/// Empty, or less than half of the last one: a list that may have been cut short.
fn is_suspicious(count: u64, before: u64) -> bool {
    (count == 0 && before > 0) || (before >= FEW && count * 2 < before)
}

/// Lists ids by the way that is known to work, or finds one.
async fn list<H: Host>(
    host: &H,
    location: &str,
    narrow: Narrow,
    known: Option<Way>,
) -> Result<(Way, Vec<String>), Failure> {
    match known {
        Some(Way::View(view)) => match open_orders::by_view(host, location, view).await {
            Ok(ids) => return Ok((Way::View(view), ids)),
            Err(error) if error.is_refusal() => {}
            Err(error) => return Err(error.failure(GET_ALL_OPEN_ORDERS.name)),
        },
        Some(Way::Pages) => {
            let ids =
                open_orders::by_page(host, location).await.map_err(|error| error.failure(GET_OPEN_ORDERS.name))?;
            return Ok((Way::Pages, ids));
        }
        Some(Way::All) | None => {}
    }
    match open_orders::all(host, location, narrow).await {
        Ok(ids) => Ok((Way::All, ids)),
        Err(error) if error.is_refusal() => {
            host.log(
                Level::Warn,
                &format!("{}: {}; looking for another way", GET_ALL_OPEN_ORDERS.name, error.describe()),
            );
            second(host, location, Way::All).await.map_err(|error| error.failure(GET_OPEN_ORDERS.name))
        }
        Err(error) => Err(error.failure(GET_ALL_OPEN_ORDERS.name)),
    }
}

/// Lists ids by another way than `not`: a view if there is one, else page by page.
async fn second<H: Host>(host: &H, location: &str, not: Way) -> Result<(Way, Vec<String>), CallError> {
    if !matches!(not, Way::View(_)) {
        match by_widest_view(host, location).await {
            Ok(Some(found)) => return Ok(found),
            Ok(None) => {}
            Err(error) if error.is_refusal() => {
                host.log(Level::Info, &format!("ids by view: {}", error.describe()));
            }
            Err(error) => return Err(error),
        }
    }
    Ok((Way::Pages, open_orders::by_page(host, location).await?))
}

async fn by_widest_view<H: Host>(host: &H, location: &str) -> Result<Option<(Way, Vec<String>)>, CallError> {
    let Some(view) = open_orders::widest_view(host, location).await? else { return Ok(None) };
    Ok(Some((Way::View(view), open_orders::by_view(host, location, view).await?)))
}
