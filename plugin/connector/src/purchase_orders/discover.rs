//! `discover`: ids of the purchase orders of the connection's location for which goods are awaited.
//!
//! Two calls, one for each state that counts; each header comes with its digest, so that nothing is read twice that has not
//! moved. The search may ignore its filters without a word, so every row is judged here, and where a row shows that they were
//! ignored, one list serves for both.
use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::version;
use crate::contract::{Candidate, Context, Directive, Failure, Level, Page};
use crate::host::{Host, recall, remember};
use crate::linnworks::CallError;
use crate::linnworks::purchase_orders::{self as orders, Answer, Header, Status, Way};
use crate::location;
use crate::settings::Settings;

const KEY: &str = "discover";
const DAY: i64 = 24 * 60 * 60 * 1000;

/// The states for which goods are awaited.
const AWAITED: [(&str, Status); 2] = [("OPEN", Status::Open), ("PARTIAL", Status::Partial)];

/// A way that works, and when that was found out.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct Known {
    way: Way,
    at: i64,
}

/// Lists the purchase orders, complete in one page; none where the settings do not want them. Being absent proves nothing.
///
/// # Errors
/// The settings, a location that has become unusable, or no usable answer.
pub async fn discover<H: Host>(host: &H, ctx: &Context) -> Result<Page, Failure> {
    let settings = Settings::parse(&ctx.settings)?;
    if !settings.import_purchase_orders_as_asn {
        return Ok(Page { candidates: Vec::new(), checkpoint: None, complete: true });
    }
    location::require(host, ctx.now, &settings.location).await?;
    let mut found: BTreeMap<String, String> = BTreeMap::new();
    let mut way = known(host, ctx.now);
    for (name, status) in AWAITED {
        let (mut ignored, mut seen) = (false, BTreeSet::new());
        for number in 1.. {
            let answer = page(host, ctx.now, &mut way, name, &settings.location, number).await?;
            let page: orders::Page<'_> = answer.read().map_err(|error| error.failure(Way::Bare.name()))?;
            ignored |= page.rows().iter().any(|row| row.status() != Some(status));
            let before = seen.len();
            seen.extend(page.rows().iter().filter_map(|row| row.id.get()));
            for row in page.rows().iter().filter(|row| is_wanted(row, &settings.location)) {
                if let Some(id) = row.id.get() {
                    found.insert(id, version::of_header(row));
                }
            }
            if host.report(found.len() as u64, None) == Directive::Stop {
                return Err(Failure::Cancelled);
            }
            // A list whose pages repeat would go round for ever.
            if !page.goes_on(number) || seen.len() == before {
                break;
            }
        }
        if ignored {
            host.log(Level::Warn, "the search for purchase orders ignores its filters: one list serves for all states");
            break;
        }
    }
    let candidates = found.into_iter().map(|(id, version)| Candidate { id, version: Some(version) }).collect();
    Ok(Page { candidates, checkpoint: None, complete: true })
}

fn is_wanted(row: &Header<'_>, location: &str) -> bool {
    row.is_awaited() && row.location.is(location)
}

fn known<H: Host>(host: &H, now: i64) -> Option<Way> {
    let known: Option<Known> = recall(host, KEY).and_then(|bytes| serde_json::from_slice(&bytes).ok());
    known.filter(|known| (0..DAY).contains(&(now - known.at))).map(|known| known.way)
}

/// One page by the way that is known to work; the first call finds one, which is remembered for a day where it is not the usual.
async fn page<H: Host>(
    host: &H,
    now: i64,
    way: &mut Option<Way>,
    status: &str,
    location: &str,
    number: usize,
) -> Result<Answer, Failure> {
    if let Some(way) = *way {
        match orders::search(host, way, status, location, number).await {
            Ok(answer) => return Ok(answer),
            Err(error) if number == 1 && matches!(error, CallError::Refused(..)) => {}
            Err(error) => return Err(error.failure(way.name())),
        }
    }
    let mut refused: Option<CallError> = None;
    for tried in Way::ALL {
        // An operation that is not there takes no other form either.
        let absent = matches!(refused, Some(CallError::Refused(404 | 405, _)));
        if absent && tried.name() == Way::Bare.name() {
            continue;
        }
        match orders::search(host, tried, status, location, number).await {
            Ok(answer) => {
                *way = Some(tried);
                if tried != Way::Bare
                    && let Ok(bytes) = serde_json::to_vec(&Known { way: tried, at: now })
                {
                    remember(host, KEY, bytes);
                }
                return Ok(answer);
            }
            Err(error @ CallError::Refused(..)) => {
                host.log(Level::Warn, &format!("{}: {}; asking in another form", tried.name(), error.describe()));
                // What the usual form was told is what a person can act on.
                refused.get_or_insert(error);
            }
            Err(error) => return Err(error.failure(tried.name())),
        }
    }
    let error = refused.unwrap_or(CallError::Refused(0, "no form of the request".to_owned()));
    Err(error.failure(Way::Bare.name()))
}
