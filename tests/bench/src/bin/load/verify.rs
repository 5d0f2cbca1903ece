//! What has to have become of everything.

use std::collections::{BTreeMap, BTreeSet};

use harness_wms::Asn;
use serde_json::Value;

use crate::shape::Size;
use crate::source::Source;
use crate::traffic::{PURCHASED, Placed, Traffic};
use crate::warehouse::Warehouse;

/// What does not hold.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// Orders that are in the warehouse not at all, or more than once, or that nobody placed.
    pub(crate) not_once: usize,
    /// Orders that left and are not processed exactly once, or that did not leave and are.
    pub(crate) not_processed_once: usize,
    /// Purchase orders of which there is no notice, more than one, or a wrong one; and notices of none.
    pub(crate) not_announced_once: usize,
    /// Returns that are not booked exactly once at Linnworks, and bookings of none.
    pub(crate) not_booked_once: usize,
    /// Products whose level at Linnworks is not what the warehouse has.
    pub(crate) levels: usize,
    /// Problems that stand.
    pub(crate) problems: usize,
    /// In words.
    pub(crate) complaints: Vec<String>,
}

/// Looks at all connections.
pub(crate) async fn everything(
    size: &Size,
    source: &Source,
    warehouse: &Warehouse,
    traffic: &Traffic,
) -> anyhow::Result<Found> {
    let store = &warehouse.platform()?.store;
    let mut found = Found::default();
    let mut here: BTreeMap<String, usize> = BTreeMap::new();
    let mut after = 0;
    loop {
        let orders = store.orders(None, None, after, 5_000).await?;
        let Some(last) = orders.last() else { break };
        after = last.id;
        for order in orders {
            *here.entry(order.order_number).or_default() += 1;
        }
    }
    let mut placed: Vec<Vec<&Placed>> = vec![Vec::new(); size.connections()];
    for order in &traffic.placed {
        if let Some(of) = placed.get_mut(order.connection) {
            of.push(order);
        }
        let times = here.remove(&order.number).unwrap_or_default();
        if times != 1 {
            found.not_once += 1;
            found.complaints.push(format!("order {} is in the warehouse {times} times", order.number));
        }
    }
    for number in here.keys() {
        found.not_once += 1;
        found.complaints.push(format!("order {number} is in the warehouse and was never placed"));
    }
    for (connection, placed) in placed.into_iter().enumerate() {
        processed(source, connection, &placed, &mut found).await?;
        booked(source, connection, &placed, &mut found).await?;
        levels(size, source, warehouse, connection, &mut found).await?;
    }
    announced(warehouse, traffic, &mut found).await?;
    for problem in store.problems(None, false).await? {
        found.problems += 1;
        found.complaints.push(format!("{} {}: {}", problem.flow, problem.problem.code, problem.problem.message));
    }
    Ok(found)
}

/// What left is processed once, and nothing else is.
async fn processed(source: &Source, connection: usize, placed: &[&Placed], found: &mut Found) -> anyhow::Result<()> {
    let rows = source.get(&format!("audit?account={connection}")).await?;
    let mut times: BTreeMap<&str, usize> = BTreeMap::new();
    for row in rows.as_array().into_iter().flatten() {
        if row.get("Type").and_then(Value::as_str) == Some("ORDER_PROCESSED")
            && let Some(id) = row.get("OrderId").and_then(Value::as_str)
        {
            *times.entry(id).or_default() += 1;
        }
    }
    let known: BTreeSet<&str> = placed.iter().map(|order| order.id.as_str()).collect();
    for order in placed {
        let times = times.get(order.id.as_str()).copied().unwrap_or_default();
        if times != usize::from(order.left) {
            found.not_processed_once += 1;
            found
                .complaints
                .push(format!("order {} was processed {times} times, and left: {}", order.number, order.left));
        }
    }
    found.not_processed_once += times.keys().filter(|id| !known.contains(*id)).count();
    Ok(())
}

/// Of each return one unit is booked, for its order and under its reference, and nothing else is.
async fn booked(source: &Source, connection: usize, placed: &[&Placed], found: &mut Found) -> anyhow::Result<()> {
    let rows = source.get(&format!("rmas?account={connection}")).await?;
    let mut units: BTreeMap<(&str, &str), i64> = BTreeMap::new();
    for row in rows.as_array().into_iter().flatten() {
        let text = |name: &str| row.get(name).and_then(Value::as_str).unwrap_or_default();
        let lines = row.get("Lines").and_then(Value::as_array).into_iter().flatten();
        let sum: i64 = lines.filter_map(|line| line.get("ReturnQuantity")?.as_i64()).sum();
        *units.entry((text("OrderId"), text("ExternalReference"))).or_default() += sum;
    }
    for order in placed {
        let Some(reference) = &order.returned else { continue };
        let booked = units.remove(&(order.id.as_str(), reference.as_str())).unwrap_or_default();
        if booked != 1 {
            found.not_booked_once += 1;
            found
                .complaints
                .push(format!("of {reference} for order {} {booked} units are booked, not 1", order.number));
        }
    }
    for (order, reference) in units.keys() {
        found.not_booked_once += 1;
        found.complaints.push(format!("{reference} is booked for order {order}, and nothing of it came back so"));
    }
    Ok(())
}

/// Each purchase order is one notice of its connection, with all that was ordered, and there are no others.
async fn announced(warehouse: &Warehouse, traffic: &Traffic, found: &mut Found) -> anyhow::Result<()> {
    let mut notices: BTreeMap<String, Vec<Asn>> = BTreeMap::new();
    for asn in warehouse.platform()?.store.asns(None, None).await? {
        notices.entry(asn.source_id.clone()).or_default().push(asn);
    }
    for order in &traffic.purchases {
        let own = notices.remove(&order.id).unwrap_or_default();
        let connection = warehouse.connections.get(order.connection);
        let fits = |asn: &Asn| {
            connection == Some(&asn.connection_id)
                && matches!(asn.items.as_slice(), [item] if item.quantity_expected == PURCHASED)
        };
        if !matches!(own.as_slice(), [asn] if fits(asn)) {
            found.not_announced_once += 1;
            found.complaints.push(format!(
                "connection {}: purchase order {} has {} notices; expected one, of one line of {PURCHASED} units",
                order.connection,
                order.id,
                own.len()
            ));
        }
    }
    for id in notices.keys() {
        found.not_announced_once += 1;
        found.complaints.push(format!("there is a notice of purchase order {id}, which nobody made"));
    }
    Ok(())
}

/// Linnworks shows of each product what lies in the connection's warehouse.
async fn levels(
    size: &Size,
    source: &Source,
    warehouse: &Warehouse,
    connection: usize,
    found: &mut Found,
) -> anyhow::Result<()> {
    let (Some(client), Some(of)) =
        (warehouse.clients.get(size.client_of(connection)), warehouse.warehouses.get(connection))
    else {
        return Ok(());
    };
    let items = source.get(&format!("items?account={connection}")).await?;
    let there: BTreeMap<&str, i64> = items
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|item| {
            let level = item.get("Levels")?.as_array()?.first()?.get("StockLevel")?.as_i64()?;
            Some((item.get("ItemNumber")?.as_str()?, level))
        })
        .collect();
    for row in warehouse.platform()?.store.stock_levels(*client, *of).await? {
        if there.get(row.sku.as_str()) != Some(&row.total_stock_level) {
            found.levels += 1;
            found.complaints.push(format!(
                "connection {connection}: Linnworks shows {:?} of {}, and {} are here",
                there.get(row.sku.as_str()),
                row.sku,
                row.total_stock_level
            ));
        }
    }
    Ok(())
}
