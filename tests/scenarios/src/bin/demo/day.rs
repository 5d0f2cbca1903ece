//! The acts of the day, in their sequence. Each checks what it has shown: a demo of something that did not happen fails.

use anyhow::{Context as _, ensure};
use linnworks_sim::SimHandle;
use serde_json::{Value, json};

use crate::account::{self, KETTLE, MISSING, NOT_INVOICED, PURCHASE};
use crate::harness::Harness;

/// Units of each product on the shelf.
const SHELF: i64 = 60;

/// The connector is let in, a client set up, a connection added and checked.
pub(crate) fn set_up(harness: &Harness<'_>, sim: &SimHandle) -> anyhow::Result<()> {
    harness.say("A connector is let in, and the operator enters the application's id and secret.");
    let component = scenarios::places::component("linnworks");
    harness.type_in(&["plugin", "add", &component.display().to_string()])?;
    for (name, secret) in account::APPLICATION {
        harness.type_in_with(&["plugin", "secret", "set", "linnworks", name], secret)?;
    }

    harness.say(
        "A client with a warehouse, a channel, products and their stock; one product of Linnworks' is missing here.",
    );
    harness.type_in(&["wms", "client", "add", "ACME", "Acme Outdoor Ltd"])?;
    harness.type_in(&["wms", "warehouse", "add", "MAIN", "Main warehouse"])?;
    harness.type_in(&["wms", "channel", "add", "ACME", "Online"])?;
    let skus = account::skus(sim);
    let rows = skus.iter().map(|sku| format!("{sku},{sku}\n"));
    let list =
        harness.file("products.csv", &std::iter::once("sku,name\n".to_owned()).chain(rows).collect::<String>())?;
    harness.type_in(&["wms", "product", "import", "ACME", &list])?;
    for sku in &skus {
        harness.ask(&["wms", "stock", "set", "ACME", "MAIN", sku, &SHELF.to_string()])?;
    }

    harness.say("A connection is added and checked; secrets are piped in and shown nowhere.");
    let settings = [
        "Client=ACME",
        "Warehouse=MAIN",
        "Channel=Online",
        "OrderPrefix=ACM-",
        "IgnoreParkedOrders=true",
        "WeightInGrams=true",
        "SyncStockLevels=true",
        "ImportPurchaseOrdersAsAsn=true",
        "DeliverPOOnBookIn=true",
        "ExportReturns=true",
        "ActionReturns=true",
    ];
    let mut add = vec!["connection", "add", "shop", "--secret-stdin"];
    settings.iter().for_each(|setting| add.extend(["--set", setting]));
    harness.type_in_with(&add, account::TOKEN)?;
    harness.type_in(&["connection", "locations", "shop"])?;
    harness.type_in(&["connection", "check", "shop"])
}

/// A dry run, going live, the first import, and why some orders stay out.
pub(crate) fn orders_come_in(harness: &mut Harness<'_>, sim: &SimHandle) -> anyhow::Result<()> {
    harness.at("08:00", "A dry run says what would happen and changes nothing; then the connection is switched on.")?;
    let before = sim.hash();
    harness.type_in(&["run", "shop", "--dry-run"])?;
    ensure!(before == sim.hash(), "the dry run changed something at Linnworks");
    harness.type_in(&["connection", "activate", "shop", "--all"])?;

    harness
        .at("08:15", "The import itself: discover, fetch, commit, each call of the connector in a fresh sandbox.")?;
    harness.type_in(&["run", "shop"])?;
    harness.type_in(&["wms", "order", "list", "--limit", "5"])?;

    harness.say("Why are some orders not there?");
    for reference in [account::PARKED, account::ELSEWHERE] {
        harness.type_in(&["why", "shop", reference])?;
    }
    harness.type_in(&["problems"])
}

/// A buyer pays, a product is added: both orders come in with the next run.
pub(crate) fn causes_are_mended(harness: &mut Harness<'_>, sim: &SimHandle) -> anyhow::Result<()> {
    harness.at("09:00", "A buyer has paid, the missing product is added: the next run brings both orders in.")?;
    account::pay(sim, account::UNPAID)?;
    harness.type_in(&["wms", "product", "add", "ACME", MISSING])?;
    harness.ask(&["wms", "stock", "set", "ACME", "MAIN", MISSING, &SHELF.to_string()])?;
    harness.type_in(&["run", "shop"])?;
    harness.type_in(&["problems"])?;
    for reference in [account::UNPAID, account::UNKNOWN_SKU] {
        harness.ask(&["wms", "order", "show", reference]).context("a mended order did not come in")?;
    }
    Ok(())
}

/// Two orders leave. Linnworks refuses one for its invoice; once that is printed it goes through.
pub(crate) fn orders_leave(harness: &mut Harness<'_>, sim: &SimHandle) -> anyhow::Result<()> {
    harness.at("11:00", "Two orders leave the warehouse, and Linnworks is told.")?;
    harness.type_in(&["wms", "order", "despatch", account::INVOICED, "--tracking", "RM100000001GB"])?;
    harness.type_in(&["wms", "order", "despatch", NOT_INVOICED, "--tracking", "RM100000002GB"])?;
    harness.type_in(&["run", "shop", "--flow", "push-despatch"])?;
    harness.say("Linnworks refuses one, its invoice is not printed. What is wrong, and what helps?");
    harness.type_in(&["problems"])?;
    harness.type_in(&["queue", "list"])?;
    ensure!(account::processed(sim, NOT_INVOICED).is_some_and(|(done, _)| !done), "no invoice was asked for");

    harness.at(
        "11:30",
        "Somebody marks the order as printed in Linnworks; the despatch was still queued and goes through.",
    )?;
    account::person(sim, "Orders/SetInvoicesPrinted", json!({ "orderIds": [format!("@{NOT_INVOICED}")] }))?;
    harness.type_in(&["run", "shop", "--flow", "push-despatch"])?;
    harness.type_in(&["problems"])?;
    harness.type_in(&["timeline", NOT_INVOICED])?;
    let (done, tracking) = account::processed(sim, NOT_INVOICED).context("the order is gone from Linnworks")?;
    ensure!(done && tracking == "RM100000002GB", "the order was not processed with its tracking number");
    harness.say(&format!("At Linnworks {NOT_INVOICED} is processed now, with tracking number {tracking}."));
    Ok(())
}

/// The first plan of the stock is looked at and released; a level that somebody edits at Linnworks is set right.
pub(crate) fn stock_is_told(harness: &mut Harness<'_>, sim: &SimHandle) -> anyhow::Result<()> {
    harness.at("12:00", "The first stock run writes nothing before a person has seen its plan.")?;
    harness.type_in(&["run", "shop", "--flow", "sync-stock"])?;
    let plans = harness.ask(&["approve"])?;
    let run = plans.pointer("/0/run_id").and_then(Value::as_i64).context("no plan was held back")?;
    harness.type_in(&["approve", &run.to_string(), "--yes"])?;
    harness.type_in(&["run", "shop", "--flow", "sync-stock"])?;
    let told = account::level(sim, KETTLE).context("Linnworks has lost a product")?;

    harness.at(
        "13:30",
        "Somebody sets a level in Linnworks by hand. It is found, set right, and shown with who had done it.",
    )?;
    let edited = json!({ "SKU": KETTLE, "LocationId": account::DEFAULT, "Level": told + 150 });
    let source = "Stock count by the office";
    account::person(sim, "Stock/SetStockLevel", json!({ "stockLevels": [edited], "changeSource": source }))?;
    harness.type_in(&["stock", "compare", "shop"])?;
    harness.type_in(&["stock", "drift", "shop"])?;
    ensure!(account::level(sim, KETTLE) == Some(told), "the level was not set right");
    Ok(())
}

/// A purchase order is announced, arrives and is booked in, and Linnworks hears of it.
pub(crate) fn goods_arrive(harness: &mut Harness<'_>) -> anyhow::Result<()> {
    harness.at(
        "14:30",
        "A purchase order of Linnworks' is an advance shipment notice here; the goods arrive and are booked in.",
    )?;
    harness.type_in(&["run", "shop", "--flow", "import-purchase-orders"])?;
    harness.type_in(&["wms", "asns", "confirm", PURCHASE])?;
    harness.type_in(&["wms", "asns", "receive", PURCHASE, &format!("{KETTLE}=24"), "--book-in"])?;
    harness.type_in(&["wms", "asns", "complete", PURCHASE])?;
    harness.type_in(&["run", "shop", "--flow", "import-purchase-orders"])?;
    harness.type_in(&["wms", "asns", "list"])
}

/// One unit comes back; the return is confirmed, and Linnworks hears of it.
pub(crate) fn goods_come_back(harness: &mut Harness<'_>, sim: &SimHandle) -> anyhow::Result<()> {
    harness.at("16:00", "One kettle comes back. The return is confirmed in the warehouse and exported.")?;
    harness.type_in(&["wms", "returns", "create", account::INVOICED])?;
    harness.type_in(&["wms", "returns", "add", "RET-1", KETTLE, "1", "--reason", "Unwanted"])?;
    harness.type_in(&["wms", "returns", "confirm", "RET-1"])?;
    harness.type_in(&["run", "shop", "--flow", "export-returns"])?;
    let order = json!({ "OrderId": format!("@{}", account::INVOICED) });
    let booked = account::person(sim, "ReturnsRefunds/GetRMAHeadersByOrderId", order)?;
    let reference = booked.pointer("/RMAHeaders/0/ExternalReference").and_then(Value::as_str);
    ensure!(reference == Some("RET-1"), "Linnworks has no return of that reference: {booked}");

    harness.at("17:00", "At the end of the day: what ran, and what is still wrong.")?;
    harness.type_in(&["run", "shop"])?;
    harness.type_in(&["run", "shop", "--flow", "sync-stock"])?;
    harness.type_in(&["problems"])
}
