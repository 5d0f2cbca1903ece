//! Which stock item a SKU is. Found once and kept in the cache, as is whether the item is a parent of variations: neither
//! changes in the life of an item. Whether it is a composite or batched may change, so each reading of levels tells that.
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::contract::{Failure, Level};
use crate::host::Host;
use crate::linnworks::stock::{self, BATCH};
use crate::manifest::operations::{GET_STOCK_ITEM_IDS_BY_SKU, GET_STOCK_ITEMS_BY_IDS};

/// An item that a SKU stands for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Known {
    pub(super) id: String,
    /// As Linnworks writes it: case and outer spaces do not count there.
    pub(super) sku: String,
    pub(super) variation_parent: bool,
}

/// The items of these SKUs, by SKU as given; unknown ones are missing, and asked for again the next time.
///
/// # Errors
/// No usable answer to the search by SKU.
pub(super) async fn find<H: Host>(host: &H, skus: &[String]) -> Result<BTreeMap<String, Known>, Failure> {
    let mut known = cached(host, skus);
    let unknown: Vec<String> = skus.iter().filter(|sku| !known.contains_key(*sku)).cloned().collect();
    for some in unknown.chunks(BATCH) {
        let named =
            stock::ids_by_sku(host, some).await.map_err(|error| error.failure(GET_STOCK_ITEM_IDS_BY_SKU.name))?;
        let by_key: BTreeMap<String, &stock::Named> = named.iter().map(|one| (folded(&one.sku), one)).collect();
        let found: Vec<(&String, &stock::Named)> =
            some.iter().filter_map(|sku| Some((sku, *by_key.get(&folded(sku))?))).collect();
        let ids: Vec<String> = found.iter().map(|(_, one)| one.id.clone()).collect();
        let parents = parents(host, &ids).await?;
        let fresh = found.into_iter().map(|(sku, one)| {
            let variation_parent = parents.contains(&one.id);
            (sku.clone(), Known { id: one.id.clone(), sku: one.sku.clone(), variation_parent })
        });
        let fresh: Vec<(String, Known)> = fresh.collect();
        keep(host, &fresh);
        known.extend(fresh);
    }
    Ok(known)
}

/// Forgets items, so that they are looked for again.
pub(super) fn forget<'a, H: Host>(host: &H, skus: impl Iterator<Item = &'a str>) {
    let keys: Vec<String> = skus.filter_map(key).collect();
    if let Err(error) = host.delete_many(&keys) {
        host.log(Level::Warn, &format!("storage did not forget {} items: {error:?}", keys.len()));
    }
}

/// A SKU as Linnworks compares it.
pub(super) fn folded(sku: &str) -> String {
    sku.trim().to_lowercase()
}

/// Which of these are parents of variations. When Linnworks refuses only that question, none is: a level that such an item
/// does not take is seen after the write.
async fn parents<H: Host>(host: &H, ids: &[String]) -> Result<Vec<String>, Failure> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    match stock::variation_parents(host, ids).await {
        Ok(parents) => Ok(parents),
        Err(error) if error.is_refusal() => {
            host.log(Level::Warn, &format!("{}: {}", GET_STOCK_ITEMS_BY_IDS.name, error.describe()));
            Ok(Vec::new())
        }
        Err(error) => Err(error.failure(GET_STOCK_ITEMS_BY_IDS.name)),
    }
}

/// Where an item is kept; none for a SKU that the store takes no key of.
fn key(sku: &str) -> Option<String> {
    (sku.len() <= 190 && !sku.chars().any(char::is_control)).then(|| format!("item/{sku}"))
}

fn cached<H: Host>(host: &H, skus: &[String]) -> BTreeMap<String, Known> {
    let keyed: Vec<(&String, String)> = skus.iter().filter_map(|sku| Some((sku, key(sku)?))).collect();
    let keys: Vec<String> = keyed.iter().map(|(_, key)| key.clone()).collect();
    let values = host.get_many(&keys).unwrap_or_else(|error| {
        host.log(Level::Warn, &format!("storage did not give {} items: {error:?}", keys.len()));
        Vec::new()
    });
    let read = |((sku, _), value): (&(&String, String), Option<Vec<u8>>)| {
        Some(((*sku).clone(), serde_json::from_slice(&value?).ok()?))
    };
    keyed.iter().zip(values).filter_map(read).collect()
}

fn keep<H: Host>(host: &H, items: &[(String, Known)]) {
    let entry = |(sku, item): &(String, Known)| Some((key(sku)?, serde_json::to_vec(item).ok()?));
    let entries: Vec<(String, Vec<u8>)> = items.iter().filter_map(entry).collect();
    if let Err(error) = host.set_many(&entries) {
        host.log(Level::Warn, &format!("storage did not take {} items: {error:?}", entries.len()));
    }
}
