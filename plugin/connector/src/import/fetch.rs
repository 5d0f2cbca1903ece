//! `fetch`: one result for each id.
use std::collections::{BTreeMap, BTreeSet};

use super::{Flow, Known, locked, take};
use crate::contract::orders::Fetched;
use crate::contract::{Context, Directive, Failure, Level, Skip};
use crate::host::{Host, recall, remember};
use crate::linnworks::CallError;
use crate::linnworks::countries::{self, Countries};
use crate::linnworks::order::OrderDetails;
use crate::linnworks::orders::{self, Orders};
use crate::manifest::operations::{GET_COUNTRIES, GET_ORDERS_BY_ID};
use crate::problem::failed;

/// Reads the orders with these ids and judges and maps each. The answer is about the ids that were asked for, in their order,
/// each once, whatever Linnworks answers.
///
/// # Errors
/// The settings, or no usable answer from Linnworks.
pub async fn fetch<H: Host>(host: &H, ctx: &Context, ids: &[String]) -> Result<Vec<Fetched>, Failure> {
    let flow = Flow::new(ctx)?;
    let mut fetched = Vec::with_capacity(ids.len());
    for batch in ids.chunks(orders::BATCH) {
        let answer = orders::by_id(host, batch).await.map_err(|error| error.failure(GET_ORDERS_BY_ID.name))?;
        fetched.extend(judge(host, &flow, batch, &answer).await?);
        if host.report(fetched.len() as u64, Some(ids.len() as u64)) == Directive::Stop {
            return if fetched.len() < ids.len() { Err(Failure::Cancelled) } else { Ok(fetched) };
        }
    }
    Ok(fetched)
}

async fn judge<H: Host>(host: &H, flow: &Flow, ids: &[String], answer: &Orders) -> Result<Vec<Fetched>, Failure> {
    let (read, unreadable) = answer.read().map_err(|error| error.failure(GET_ORDERS_BY_ID.name))?;
    let asked: BTreeSet<String> = ids.iter().map(|id| id.trim().to_ascii_lowercase()).collect();
    // The first row of an id counts; rows that nobody asked for do not.
    let mut by_id: BTreeMap<String, &OrderDetails<'_>> = BTreeMap::new();
    for order in &read {
        if let Some(id) = order.id.get().filter(|id| asked.contains(id)) {
            by_id.entry(id).or_insert(order);
        }
    }
    let countries =
        if by_id.is_empty() { Countries::default() } else { countries(host, flow, by_id.values().copied()).await? };
    let locks = locked::among(host, flow, by_id.values().copied()).await?;
    let one = |id: &String| {
        let key = id.trim().to_ascii_lowercase();
        if let Some(order) = by_id.get(&key) {
            return match take(flow, order, Known { countries: &countries, lock: locks.of(&key) }) {
                Ok(order) => Fetched::Ready(order),
                Err(skip) => Fetched::Skipped(skip),
            };
        }
        match unreadable.iter().find(|row| row.id.as_deref() == Some(key.as_str())) {
            Some(row) => Fetched::Skipped(Skip {
                id: id.clone(),
                reference: id.clone(),
                needs_attention: true,
                verdicts: vec![failed(
                    "unreadable",
                    row.why.clone(),
                    "Open and save the order in Linnworks; if it stays, report it with the id of the order.",
                )],
            }),
            None => Fetched::Absent(id.clone()),
        }
    };
    Ok(ids.iter().map(one).collect())
}

const COUNTRIES_KEY: &str = "countries";

/// How long a country that is not found is not asked for again.
const COUNTRIES_AGE: i64 = 24 * 60 * 60 * 1000;

/// The countries of the account, from the cache while it knows every country of these orders or is younger than a day. When
/// Linnworks refuses the list the built-in names serve.
pub(super) async fn countries<'a, H: Host>(
    host: &H,
    flow: &Flow,
    orders: impl Iterator<Item = &'a OrderDetails<'a>>,
) -> Result<Countries, Failure> {
    let cached: Option<(i64, Countries)> =
        recall(host, COUNTRIES_KEY).and_then(|bytes| serde_json::from_slice(&bytes).ok());
    if let Some((at, countries)) = cached {
        let fresh = (0..COUNTRIES_AGE).contains(&(flow.now - at));
        let knows = |order: &OrderDetails<'_>| {
            let address = &order.customer.0.address.0;
            countries.code(&address.country_id, &address.country).is_some()
        };
        if fresh || { orders }.all(knows) {
            return Ok(countries);
        }
    }
    match countries::all(host).await {
        Ok(countries) => {
            if let Ok(bytes) = serde_json::to_vec(&(flow.now, &countries)) {
                remember(host, COUNTRIES_KEY, bytes);
            }
            Ok(countries)
        }
        Err(error @ (CallError::Refused(..) | CallError::Forbidden(_) | CallError::Unreadable(_))) => {
            host.log(Level::Warn, &format!("{}: {}; the built-in names serve", GET_COUNTRIES.name, error.describe()));
            Ok(Countries::default())
        }
        Err(error) => Err(error.failure(GET_COUNTRIES.name)),
    }
}
