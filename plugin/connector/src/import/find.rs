//! `find`: the orders that a person means by a number, a reference or an id, with or without the connection's prefix.
use super::Flow;
use crate::contract::{Context, Failure};
use crate::host::Host;
use crate::linnworks::CallError;
use crate::linnworks::lookup;
use crate::linnworks::orders::{self, Orders};
use crate::linnworks::value::is_guid;
use crate::location;
use crate::manifest::operations::{GET_ORDER_BY_NUMBER, GET_ORDERS_BY_ID, GET_ORDERS_BY_REFERENCE, SEARCH_ORDERS};

/// Ids of the orders that `reference` can mean, the likeliest first: by id, by number, by channel reference, and, only if none
/// of these finds one, by Linnworks' own search.
///
/// # Errors
/// The settings, a location that has become unusable (what is found is there to be imported), or no usable answer from
/// Linnworks.
pub async fn find<H: Host>(host: &H, ctx: &Context, reference: &str) -> Result<Vec<String>, Failure> {
    let flow = Flow::new(ctx)?;
    location::require(host, flow.now, &flow.settings.location).await?;
    let mut ids = Vec::new();
    for answer in &answers(host, &flow, reference).await? {
        for order in answer.orders()? {
            if let Some(id) = order.id.get().filter(|id| !ids.contains(id)) {
                ids.push(id);
            }
        }
    }
    Ok(ids)
}

/// An answer that holds orders that may be meant.
pub(super) struct Answer {
    operation: &'static str,
    orders: Orders,
    single: bool,
}

impl Answer {
    /// The orders of the answer.
    pub(super) fn orders(&self) -> Result<Vec<crate::linnworks::order::OrderDetails<'_>>, Failure> {
        let read = if self.single {
            self.orders.read_one().map(|order| vec![order])
        } else {
            self.orders.read().map(|(orders, _)| orders)
        };
        let found = read.map_err(|error| error.failure(self.operation))?;
        Ok(found.into_iter().filter(|order| order.id.is_set()).collect())
    }
}

/// What a person may have typed: as it is, and without the connection's prefix.
pub(super) fn spellings<'a>(flow: &Flow, reference: &'a str) -> Vec<&'a str> {
    let reference = reference.trim();
    let prefix = flow.settings.order_prefix.as_str();
    let bare = reference
        .get(..prefix.len())
        .filter(|start| !prefix.is_empty() && start.eq_ignore_ascii_case(prefix))
        .and_then(|_| reference.get(prefix.len()..))
        .filter(|rest| !rest.is_empty());
    std::iter::once(reference).chain(bare).filter(|text| !text.is_empty()).collect()
}

/// Asks Linnworks in all the ways in which `reference` can be meant.
pub(super) async fn answers<H: Host>(host: &H, flow: &Flow, reference: &str) -> Result<Vec<Answer>, Failure> {
    let mut answers = Vec::new();
    let mut found = 0usize;
    for text in spellings(flow, reference) {
        if is_guid(text) {
            let asked = orders::by_id(host, &[text.to_ascii_lowercase()]).await;
            keep(&mut answers, &mut found, asked, GET_ORDERS_BY_ID.name, false)?;
        }
        if let Ok(number) = text.parse::<i32>()
            && number > 0
        {
            let asked = lookup::by_number(host, number).await;
            keep(&mut answers, &mut found, asked, GET_ORDER_BY_NUMBER.name, true)?;
        }
        let asked = lookup::by_reference(host, text).await;
        keep(&mut answers, &mut found, asked, GET_ORDERS_BY_REFERENCE.name, false)?;
    }
    if found == 0 {
        for text in spellings(flow, reference) {
            let ids = match lookup::search(host, &flow.settings.location, text).await {
                Ok(ids) => ids,
                Err(error) if error.is_refusal() => Vec::new(),
                Err(error) => return Err(error.failure(SEARCH_ORDERS.name)),
            };
            if !ids.is_empty() {
                let ids: Vec<String> = ids.into_iter().take(orders::BATCH).collect();
                let asked = orders::by_id(host, &ids).await;
                keep(&mut answers, &mut found, asked, GET_ORDERS_BY_ID.name, false)?;
            }
        }
    }
    Ok(answers)
}

/// "Not found" is a refusal at Linnworks as often as an empty answer, so a refusal is no answer and not a failure.
fn keep(
    answers: &mut Vec<Answer>,
    found: &mut usize,
    asked: Result<Orders, CallError>,
    operation: &'static str,
    single: bool,
) -> Result<(), Failure> {
    match asked {
        Ok(orders) => {
            let answer = Answer { operation, orders, single };
            *found += answer.orders()?.len();
            answers.push(answer);
            Ok(())
        }
        Err(error) if error.is_refusal() => Ok(()),
        Err(error) => Err(error.failure(operation)),
    }
}
