//! What is expected of goods that come in.

use std::collections::BTreeMap;

use serde_json::Value;

use super::verify::counted;
use crate::format::Goods;
use crate::matching::{Mismatch, compare};
use crate::world::World;

/// Compares notices, products and what is still to be told.
pub(super) async fn goods(
    world: &World,
    connection: &str,
    expect: &Goods,
    out: &mut Vec<Mismatch>,
) -> anyhow::Result<()> {
    let store = &world.host()?.store;
    if expect.asns.is_some() || expect.asn_count.is_some() {
        let all = store.asns(None, None).await?;
        if let Some(count) = expect.asn_count {
            counted("goods.asn-count", count, all.len() as u64, out);
        }
        let found = all.iter().map(|asn| Ok((asn.po_reference.clone(), serde_json::to_value(asn)?)));
        named(world, "asns", expect.asns.as_ref(), &found.collect::<anyhow::Result<_>>()?, out)?;
    }
    if expect.products.is_some() {
        let client = store.client(world.client()).await?.id;
        let all = store.products(client).await?;
        let found = all.iter().map(|product| Ok((product.sku.clone(), serde_json::to_value(product)?)));
        named(world, "products", expect.products.as_ref(), &found.collect::<anyhow::Result<_>>()?, out)?;
    }
    if let Some(expected) = &expect.untold {
        let found = store.received_undelivered(store.connection(connection).await?.id).await?;
        if found != *expected {
            out.push(Mismatch::new("goods.untold", format!("{expected:?}"), format!("{found:?}")));
        }
    }
    Ok(())
}

fn named(
    world: &World,
    what: &str,
    expected: Option<&BTreeMap<String, Value>>,
    found: &BTreeMap<String, Value>,
    out: &mut Vec<Mismatch>,
) -> anyhow::Result<()> {
    for (key, expected) in expected.into_iter().flatten() {
        let path = format!("goods.{what}.{key}");
        match found.get(key) {
            Some(_) if expected.is_null() => out.push(Mismatch::new(path, "not there", "there")),
            Some(found) => out.extend(compare(&path, &world.resolve(expected)?, found)),
            None if expected.is_null() => {}
            None => {
                let there: Vec<&str> = found.keys().map(String::as_str).collect();
                out.push(Mismatch::new(path, expected.to_string(), format!("not among {}", there.join(", "))));
            }
        }
    }
    Ok(())
}
