//! The warehouse's stock goes out: read the levels at Linnworks, compare with what they should be ([`target`]), write the
//! differences, all of it absolute. Nothing that is equal is written.
//!
//! `formula`: the arithmetic; `items`: which item a SKU is; `in_flight`: despatched here, still open there; `write`: setting and
//! seeing that it is set; `told`: what is said of a SKU that is not set. What to push, when to push it again, and whether a whole
//! plan is plausible is for the host.
mod formula;
mod in_flight;
mod items;
mod told;
mod write;

use std::collections::{BTreeMap, BTreeSet};

use crate::contract::stock::{InFlightOrder, StockLevel};
use crate::contract::{Attempt, Change, Context, Directive, Failure, Mode, Outcome, Problem};
use crate::host::{Host, recall, remember};
use crate::instant;
use crate::linnworks::stock::{self as client, BATCH, Item, Level, Update};
use crate::location;
use crate::manifest::operations::{GET_STOCK_ITEMS_FULL_BY_IDS, GET_STOCK_LEVEL_BATCH};
use crate::settings::Settings;

pub use formula::target;

/// What the history of an item calls a change that was made from here.
pub const CHANGE_SOURCE: &str = "Warehouse stock sync";

/// Where it is kept that this account says of its items whether they are tracked.
const TRACKING_KEY: &str = "tracking-told";

/// Brings the levels of the connection's location to what they should be. One outcome for each SKU, in their order. In mode `plan`
/// nothing is written: what would be is in `changes`, and the attempt is `not-attempted`. `changes` also tell what set the level
/// last that is not as it should be.
///
/// # Errors
/// The settings, a location that takes no levels, or no usable answer before anything was written.
pub async fn sync<H: Host>(
    host: &H,
    ctx: &Context,
    levels: &[StockLevel],
    despatched: &[InFlightOrder],
) -> Result<Vec<Outcome>, Failure> {
    let settings = Settings::parse(&ctx.settings)?;
    if !settings.sync_stock_levels {
        let held = |level: &StockLevel| outcome(&level.sku, Attempt::Held(told::switched_off(&level.sku)), Vec::new());
        return Ok(levels.iter().map(held).collect());
    }
    location::require_and(host, ctx.now, &settings.location, told::untracked_location).await?;
    let mut outcomes = Vec::with_capacity(levels.len());
    let mut stopped = false;
    for chunk in levels.chunks(BATCH) {
        if stopped {
            outcomes.extend(chunk.iter().map(|level| outcome(&level.sku, Attempt::NotAttempted, Vec::new())));
            continue;
        }
        match one_chunk(host, ctx.mode, &settings, chunk, despatched).await {
            Ok(done) => outcomes.extend(done),
            // What was done before stays done and has to be told.
            Err(Failure::Throttled(_)) if !outcomes.is_empty() => {
                stopped = true;
                outcomes.extend(chunk.iter().map(|level| outcome(&level.sku, Attempt::NotAttempted, Vec::new())));
                continue;
            }
            Err(failure) => return Err(failure),
        }
        stopped = host.report(outcomes.len() as u64, Some(levels.len() as u64)) == Directive::Stop;
    }
    Ok(outcomes)
}

fn outcome(sku: &str, attempt: Attempt, changes: Vec<Change>) -> Outcome {
    Outcome { id: sku.to_owned(), attempt, changes, remote_id: None }
}

/// What is known of a SKU before anything is written: settled, or what it has and should have.
enum Found {
    Settled(Attempt),
    Differs { old: Option<Level>, wanted: write::Wanted },
}

async fn one_chunk<H: Host>(
    host: &H,
    mode: Mode,
    settings: &Settings,
    levels: &[StockLevel],
    despatched: &[InFlightOrder],
) -> Result<Vec<Outcome>, Failure> {
    let skus: Vec<String> = levels.iter().map(|level| level.sku.clone()).collect();
    let known = items::find(host, &skus).await?;
    let doubled = doubled(&known);
    let ids: Vec<String> = known.values().map(|item| item.id.clone()).collect::<BTreeSet<_>>().into_iter().collect();
    let read = read(host, &ids).await?;
    let asked: BTreeSet<&String> = skus.iter().collect();
    let of_these: Vec<InFlightOrder> =
        despatched.iter().filter(|order| order.lines.iter().any(|(sku, _)| asked.contains(sku))).cloned().collect();
    let in_flight = in_flight::read(host, &settings.location, &of_these).await?;
    let tracking = Tracking::of(host, &read);

    let mut found: BTreeMap<&str, Found> = BTreeMap::new();
    for level in levels {
        let sku = level.sku.as_str();
        let Some(item) = known.get(sku) else {
            found.insert(sku, Found::Settled(Attempt::Refused(told::unknown(sku))));
            continue;
        };
        if doubled.contains(&item.id) {
            found.insert(sku, Found::Settled(Attempt::Refused(told::ambiguous(sku, &item.sku))));
            continue;
        }
        let Some(shown) = read.get(&item.id) else {
            found.insert(sku, Found::Settled(Attempt::RetryLater(told::unread(sku))));
            continue;
        };
        if let Some(problem) = never(sku, item, shown, &settings.location, &tracking) {
            found.insert(sku, Found::Settled(Attempt::Held(problem)));
            continue;
        }
        let Some(units) = in_flight.of(sku) else {
            found.insert(sku, Found::Settled(Attempt::RetryLater(told::in_flight_unreadable(sku))));
            continue;
        };
        let wanted = target(settings, level, units);
        let old = shown.levels.iter().find(|row| row.location == settings.location).cloned();
        if old.as_ref().map_or(0, |row| row.level) == i64::from(wanted) {
            found.insert(sku, Found::Settled(Attempt::AlreadyDone));
            continue;
        }
        let update = Update { sku: item.sku.clone(), location: settings.location.clone(), level: wanted };
        let wanted = write::Wanted { sku: sku.to_owned(), id: item.id.clone(), update };
        found.insert(sku, Found::Differs { old, wanted });
    }
    let wanted: Vec<write::Wanted> = found
        .values()
        .filter_map(|one| if let Found::Differs { wanted, .. } = one { Some(wanted.clone()) } else { None })
        .collect();
    let became = match mode {
        Mode::Plan => BTreeMap::new(),
        Mode::Apply => write::set(host, &wanted, &settings.location).await,
    };
    // An item that answers otherwise than expected may be another one by now.
    let doubtful = |sku: &str| match (found.get(sku), became.get(sku)) {
        (Some(Found::Settled(Attempt::RetryLater(_))), _) => true,
        (_, Some(attempt)) => matches!(attempt, Attempt::RetryLater(_) | Attempt::Refused(_)),
        _ => false,
    };
    if mode == Mode::Apply && skus.iter().any(|sku| doubtful(sku)) {
        items::forget(host, skus.iter().map(String::as_str).filter(|sku| doubtful(sku)));
    }
    let tell = |level: &StockLevel| {
        let sku = level.sku.as_str();
        match found.get(sku) {
            Some(Found::Settled(attempt)) => outcome(sku, attempt.clone(), Vec::new()),
            Some(Found::Differs { old, wanted }) => {
                let attempt = became.get(sku).cloned().unwrap_or(Attempt::NotAttempted);
                let told = mode == Mode::Plan || matches!(attempt, Attempt::Done);
                let changes = if told { changes(old.as_ref(), wanted.update.level) } else { Vec::new() };
                outcome(sku, attempt, changes)
            }
            None => outcome(sku, Attempt::NotAttempted, Vec::new()),
        }
    };
    Ok(levels.iter().map(tell).collect())
}

/// Items that several SKUs of the warehouse stand for.
fn doubled(known: &BTreeMap<String, items::Known>) -> BTreeSet<String> {
    let mut seen = BTreeSet::new();
    known.values().filter(|item| !seen.insert(item.id.as_str())).map(|item| item.id.clone()).collect()
}

/// Items with their levels, by id. Where the answer has an item but none of its levels, they are asked for by the other call.
async fn read<H: Host>(host: &H, ids: &[String]) -> Result<BTreeMap<String, Item>, Failure> {
    if ids.is_empty() {
        return Ok(BTreeMap::new());
    }
    let found = client::items(host, ids).await.map_err(|error| error.failure(GET_STOCK_ITEMS_FULL_BY_IDS.name))?;
    let mut items: BTreeMap<String, Item> = found.into_iter().map(|item| (item.id.clone(), item)).collect();
    let bare: Vec<String> = items.values().filter(|item| item.levels.is_empty()).map(|item| item.id.clone()).collect();
    if !bare.is_empty() {
        let levels = client::levels(host, &bare).await.map_err(|error| error.failure(GET_STOCK_LEVEL_BATCH.name))?;
        for (id, rows) in levels {
            if let Some(item) = items.get_mut(&id) {
                item.levels = rows;
            }
        }
    }
    Ok(items)
}

/// Whether this account says of its items if they are tracked. The flag is off in every row of an account that does not use it;
/// only where some row has it on does off mean anything.
struct Tracking {
    told: bool,
}

impl Tracking {
    fn of<H: Host>(host: &H, items: &BTreeMap<String, Item>) -> Self {
        let now = items.values().flat_map(|item| &item.levels).any(|row| row.adjusts == Some(true));
        let before = recall(host, TRACKING_KEY).is_some();
        if now && !before {
            remember(host, TRACKING_KEY, b"1".to_vec());
        }
        Tracking { told: now || before }
    }
}

/// Why the level of an item is never set.
fn never(sku: &str, item: &items::Known, shown: &Item, location: &str, tracking: &Tracking) -> Option<Problem> {
    if item.variation_parent {
        return Some(told::variation_parent(sku));
    }
    if shown.composite {
        return Some(told::composite(sku));
    }
    if shown.batched {
        return Some(told::batched(sku));
    }
    let row = shown.levels.iter().find(|row| row.location == location);
    (tracking.told && row.is_some_and(|row| row.adjusts == Some(false))).then(|| told::not_tracked(sku))
}

/// The level as it was and is, and what had set it before.
fn changes(old: Option<&Level>, new: i32) -> Vec<Change> {
    let level = Change {
        field: "StockLevel".to_owned(),
        old: old.map(|row| row.level.to_string()),
        new: Some(new.to_string()),
    };
    let by = old.filter(|row| !row.changed_by.is_empty()).map(|row| Change {
        field: "LastUpdateOperation".to_owned(),
        old: Some(match row.changed_at {
            Some(at) => format!("{} at {}", without_addresses(&row.changed_by), instant::show(at)),
            None => without_addresses(&row.changed_by),
        }),
        new: Some(CHANGE_SOURCE.to_owned()),
    });
    std::iter::once(level).chain(by).collect()
}

/// The name of an operation without what looks like an e-mail address, at most 100 characters.
fn without_addresses(name: &str) -> String {
    let words = name.split_whitespace().map(|word| if word.contains('@') { "(address)" } else { word });
    words.collect::<Vec<_>>().join(" ").chars().take(100).collect()
}
