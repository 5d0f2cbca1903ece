//! `fetch`: one result for each id.
use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::map::{self, Facts};
use crate::contract::asns::FetchedAsn;
use crate::contract::{Context, Directive, Failure, Level, Skip};
use crate::host::{Host, recall, remember};
use crate::linnworks::CallError;
use crate::linnworks::products::{self, Product};
use crate::linnworks::purchase_orders::{self as orders, Answer, PurchaseOrder};
use crate::linnworks::suppliers;
use crate::manifest::operations::{GET_PURCHASE_ORDER, GET_STOCK_ITEMS_FULL_BY_IDS, GET_SUPPLIERS};
use crate::problem::failed;
use crate::settings::Settings;

const SUPPLIERS_KEY: &str = "suppliers";

/// How long the names of suppliers are believed, and one that is not found is not asked for again.
const SUPPLIERS_AGE: i64 = 24 * 60 * 60 * 1000;

/// Reads the purchase orders with these ids and judges and maps each: the answer is about the ids that were asked for, in their
/// order. Products are described only where the settings want new ones.
///
/// # Errors
/// The settings, or no usable answer from Linnworks.
pub async fn fetch<H: Host>(host: &H, ctx: &Context, ids: &[String]) -> Result<Vec<FetchedAsn>, Failure> {
    let settings = Settings::parse(&ctx.settings)?;
    let mut answers: Vec<Option<Answer>> = Vec::with_capacity(ids.len());
    for id in ids {
        match orders::by_id(host, id).await {
            Ok(answer) => answers.push(Some(answer)),
            Err(error) if orders::is_absent(&error) => answers.push(None),
            Err(error) => return Err(error.failure(GET_PURCHASE_ORDER.name)),
        }
        if host.report(answers.len() as u64, Some(ids.len() as u64)) == Directive::Stop && answers.len() < ids.len() {
            return Err(Failure::Cancelled);
        }
    }
    let read: Vec<Option<Result<PurchaseOrder<'_>, CallError>>> =
        answers.iter().map(|answer| answer.as_ref().map(Answer::read)).collect();
    let good = || read.iter().flatten().flatten();
    let wanted: BTreeSet<String> = good().map(|order| order.header().supplier.or_zero()).collect();
    let suppliers = if wanted.is_empty() { BTreeMap::new() } else { suppliers(host, ctx.now, &wanted).await? };
    let products = if settings.automatically_import_new_products {
        let items: BTreeSet<String> =
            good().flat_map(PurchaseOrder::items).filter_map(|item| item.stock_item.get()).collect();
        products(host, items.into_iter().collect()).await?
    } else {
        BTreeMap::new()
    };
    let facts = Facts { settings: &settings, suppliers: &suppliers, products: &products };
    let one = |(id, read): (&String, &Option<Result<PurchaseOrder<'_>, CallError>>)| match read {
        // An empty answer is another way to say that there is none.
        Some(Ok(order)) if order.header().id.is_set() => match map::map(id, order, &facts) {
            Ok(asn) => FetchedAsn::Ready(asn),
            Err(skip) => FetchedAsn::Skipped(skip),
        },
        Some(Err(error)) => FetchedAsn::Skipped(Skip {
            id: id.clone(),
            reference: id.clone(),
            needs_attention: true,
            verdicts: vec![failed(
                "unreadable",
                error.describe(),
                "Open and save the purchase order in Linnworks; if it stays, report it with the id of the purchase order.",
            )],
        }),
        Some(Ok(_)) | None => FetchedAsn::Absent(id.clone()),
    };
    Ok(ids.iter().zip(&read).map(one).collect())
}

#[derive(Serialize, Deserialize)]
struct Cached {
    at: i64,
    names: BTreeMap<String, String>,
}

/// Names of suppliers, from the cache while it knows these or is younger than a day. Without the right to see them the names
/// stay empty: a notice without its supplier's name is better than none.
async fn suppliers<H: Host>(
    host: &H,
    now: i64,
    wanted: &BTreeSet<String>,
) -> Result<BTreeMap<String, String>, Failure> {
    let cached: Option<Cached> = recall(host, SUPPLIERS_KEY).and_then(|bytes| serde_json::from_slice(&bytes).ok());
    if let Some(cached) = cached {
        let fresh = (0..SUPPLIERS_AGE).contains(&(now - cached.at));
        if fresh || wanted.iter().all(|id| cached.names.contains_key(id)) {
            return Ok(cached.names);
        }
    }
    match suppliers::names(host).await {
        Ok(names) => {
            let cached = Cached { at: now, names };
            if let Ok(bytes) = serde_json::to_vec(&cached) {
                remember(host, SUPPLIERS_KEY, bytes);
            }
            Ok(cached.names)
        }
        Err(error) if error.is_answered_no() => {
            host.log(Level::Warn, &format!("{}: {}; suppliers stay unnamed", GET_SUPPLIERS.name, error.describe()));
            Ok(BTreeMap::new())
        }
        Err(error) => Err(error.failure(GET_SUPPLIERS.name)),
    }
}

/// Weights and dimensions. Where Linnworks refuses them the lines themselves describe the products, without weights.
async fn products<H: Host>(host: &H, ids: Vec<String>) -> Result<BTreeMap<String, Product>, Failure> {
    match products::by_id(host, &ids).await {
        Ok(found) => Ok(found),
        Err(error) if error.is_answered_no() => {
            let operation = GET_STOCK_ITEMS_FULL_BY_IDS.name;
            host.log(Level::Warn, &format!("{operation}: {}; new products stay without weight", error.describe()));
            Ok(BTreeMap::new())
        }
        Err(error) => Err(error.failure(GET_STOCK_ITEMS_FULL_BY_IDS.name)),
    }
}
