//! Every flow of the connector, run against a simulator, as documents.

use std::fmt::Debug;

use anyhow::Context as _;
use linnworks_connector::contract::asns::{FetchedAsn, Receipt};
use linnworks_connector::contract::despatch::{Despatch, DespatchedLine, Parcel};
use linnworks_connector::contract::orders::{Fetched, Order};
use linnworks_connector::contract::returns::{OrderReturn, ReturnLine};
use linnworks_connector::contract::reviews::ImportedOrder;
use linnworks_connector::contract::stock::{InFlightOrder, StockLevel};
use linnworks_connector::contract::{Context, Mode};
use linnworks_connector::{despatch, import, purchase_orders, returns, review, setup, stock};
use linnworks_sim::state::Stamp;
use linnworks_sim::{Mutation, SimHandle, SimOptions, Simulator};
use serde_json::{Value, json};

use crate::Corpus;
use crate::recorder::Recorder;

const TARGET: &str = "connector_answers";

/// 2026-03-02T12:00:00Z.
const NOON: i64 = 1_772_452_800_000;

/// Records that the flows gave, and an answer to the exchange of credentials.
pub(crate) struct Records {
    pub(crate) order: Value,
    pub(crate) asn: Value,
    pub(crate) session: Value,
}

/// A small account with something of everything.
fn account() -> Value {
    json!({
        "Items": [
            {"ItemNumber": "TEE", "Level": 10}, {"ItemNumber": "MUG", "Level": 3},
            {"ItemNumber": "KIT", "Composition": [{"SKU": "TEE", "Quantity": 2}, {"SKU": "MUG", "Quantity": 1}]},
        ],
        "Orders": [
            {
                "ReferenceNum": "A-1", "Postage": 6,
                "Notes": [{"Note": "Mind the step", "Internal": true}, {"Note": "Leave it with the neighbour", "Internal": false}],
                "Items": [
                    {"SKU": "TEE", "Quantity": 2, "PricePerUnit": 10.01, "TaxRate": 20,
                        "AdditionalInfo": [{"Property": "Gift Message", "Value": "Happy birthday"}]},
                    {"Title": "Gift wrap", "IsService": true, "PricePerUnit": 2.5, "TaxRate": 20},
                ],
            },
            {"ReferenceNum": "KIT-1", "Items": [{"SKU": "KIT", "Quantity": 2, "PricePerUnit": 10.01, "TaxRate": 20}, {"SKU": "MUG"}]},
            {"ReferenceNum": "A-3", "Items": [{"SKU": "MUG"}]},
        ],
        "PurchaseOrders": [
            {"Reference": "PO-1", "Supplier": "Pottery Ltd", "Items": [{"SKU": "MUG", "Quantity": 10}, {"SKU": "TEE", "Quantity": 4}]},
        ],
    })
}

struct Recording<'a> {
    corpus: &'a mut Corpus,
    sim: SimHandle,
    host: Recorder,
}

impl Recording<'_> {
    /// Writes what the call that has just ended was answered.
    fn keep<T, E: Debug>(
        &mut self,
        name: &str,
        flow: &str,
        ctx: &Context,
        args: Value,
        result: Result<T, E>,
    ) -> anyhow::Result<T> {
        let settings: Value = serde_json::from_str(&ctx.settings)?;
        let mode = if ctx.mode == Mode::Plan { "plan" } else { "apply" };
        let mut document = json!({
            "flow": flow, "mode": mode, "settings": settings, "channels": ctx.channels, "channel": ctx.channel, "args": args,
        });
        document["answers"] = self.host.take();
        self.corpus.document(TARGET, name, &document)?;
        result.map_err(|failure| anyhow::anyhow!("{name} ended as {failure:?}"))
    }

    fn id(&self, reference: &str) -> anyhow::Result<String> {
        let found =
            self.sim.with(|world| world.account().order_by_key(reference).map(|order| order.order_id.to_string()));
        found.with_context(|| format!("there is no order {reference}"))
    }

    fn at_linnworks(&self, endpoint: &str, body: Value) -> anyhow::Result<()> {
        let call = Mutation::Call { endpoint: endpoint.to_owned(), body, account: None };
        self.sim.apply(call).map_err(|error| anyhow::anyhow!("{error:?}")).map(drop)
    }
}

fn context(mode: Mode, settings: Value) -> Context {
    Context {
        mode,
        now: NOON,
        settings: settings.to_string(),
        channels: vec!["Web shop".to_owned(), "eBay".to_owned()],
        channel: "Web shop".to_owned(),
    }
}

/// Runs the flows and writes what they were answered.
pub(crate) async fn write(corpus: &mut Corpus) -> anyhow::Result<Records> {
    let sim = Simulator::start(SimOptions::default()).await?;
    sim.set_time(Stamp::parse("2026-03-02T12:00:00Z").context("a time")?);
    sim.seed(account()).map_err(|error| anyhow::anyhow!("{error:?}"))?;
    let host = Recorder::new(&sim).await?;
    let mut on = Recording { corpus, sim, host };
    let session = on.host.session.clone();
    set_up(&mut on).await?;
    let orders = import(&mut on).await?;
    let order = orders.first().context("no order came in")?.clone();
    marks(&mut on).await?;
    stock(&mut on).await?;
    despatches(&mut on, &orders).await?;
    reviews(&mut on, &orders).await?;
    bookings(&mut on, &orders).await?;
    let asn = goods_in(&mut on).await?;
    Ok(Records { order: serde_json::to_value(&order)?, asn, session })
}

async fn set_up(on: &mut Recording<'_>) -> anyhow::Result<()> {
    let ctx = context(
        Mode::Plan,
        json!({"SyncStockLevels": true, "CourierMapping": [{"Linnworks": "Default", "CourierService": "Royal Mail"}]}),
    );
    let checked = setup::check(&on.host, &ctx).await;
    on.keep("check", "check", &ctx, Value::Null, checked)?;
    let listed = setup::list_locations(&on.host, &ctx).await;
    on.keep("locations", "locations", &ctx, Value::Null, listed)?;
    Ok(())
}

async fn import(on: &mut Recording<'_>) -> anyhow::Result<Vec<Order>> {
    let plain = context(Mode::Apply, json!({}));
    let discovered = import::discover(&on.host, &plain).await;
    on.keep("discover", "discover", &plain, Value::Null, discovered)?;
    let narrow = context(Mode::Apply, json!({"IgnoreParkedOrders": true, "FolderFilter": {"Include": ["To 3PL"]}}));
    let discovered = import::discover(&on.host, &narrow).await;
    on.keep("discover-narrow", "discover", &narrow, Value::Null, discovered)?;
    let ids = vec![on.id("A-1")?, on.id("KIT-1")?, on.id("A-3")?];
    let fetched = import::fetch(&on.host, &plain, &ids).await;
    let fetched = on.keep("fetch", "fetch", &plain, json!(ids), fetched)?;
    let whole = context(
        Mode::Apply,
        json!({"CompositeItems": "Parent", "OrderNumberSource": "ReferenceNum", "OrderPrefix": "LW-", "WeightInGrams": true,
            "ImportRequiredDespatchDate": true, "CarryBinRacks": true, "DefaultCurrency": "GBP", "UnmappedCourier": "Hold",
            "MarkAsTaken": {"By": "Folder", "Name": "To 3PL"}, "MapSubSourceToChannel": true}),
    );
    let one = vec![on.id("KIT-1")?];
    let parent = import::fetch(&on.host, &whole, &one).await;
    on.keep("fetch-parent", "fetch", &whole, json!(one), parent)?;
    for (name, reference) in [("number", "100001"), ("reference", "A-1"), ("nothing", "NO-SUCH")] {
        let found = import::find(&on.host, &plain, reference).await;
        on.keep(&format!("find-{name}"), "find", &plain, json!(reference), found)?;
    }
    let explained = import::explain(&on.host, &plain, "A-1").await;
    on.keep("explain", "explain", &plain, json!("A-1"), explained)?;
    let ready = fetched.into_iter().filter_map(|one| match one {
        Fetched::Ready(order) => Some(order),
        Fetched::Skipped(_) | Fetched::Absent(_) => None,
    });
    Ok(ready.collect())
}

async fn marks(on: &mut Recording<'_>) -> anyhow::Result<()> {
    let ids = vec![on.id("A-1")?, on.id("A-3")?];
    for (name, mode) in [("plan", Mode::Plan), ("apply", Mode::Apply)] {
        let settings = json!({"MarkAsTaken": {"By": "Folder", "Name": "To 3PL"}, "MarkInvoicePrinted": "OnImport"});
        let ctx = context(mode, settings);
        let done = import::acknowledge(&on.host, &ctx, &ids).await;
        on.keep(&format!("acknowledge-{name}"), "acknowledge", &ctx, json!(ids), done)?;
    }
    Ok(())
}

async fn stock(on: &mut Recording<'_>) -> anyhow::Result<()> {
    let level = |sku: &str, on_hand| StockLevel {
        sku: sku.to_owned(),
        on_hand,
        allocated: 1,
        returned_unbooked: 0,
        received_undelivered: 0,
    };
    let levels = [level("TEE", 7), level("MUG", 3), level("KIT", 1), level("NO-SUCH", 1)];
    let in_flight = [InFlightOrder { id: on.id("A-1")?, lines: vec![("TEE".to_owned(), 2)] }];
    for (name, mode) in [("plan", Mode::Plan), ("apply", Mode::Apply)] {
        let ctx = context(mode, json!({"SyncStockLevels": true, "StockBuffer": 1, "StockMaximum": 50}));
        let synced = stock::sync(&on.host, &ctx, &levels, &in_flight).await;
        on.keep(&format!("sync-{name}"), "sync", &ctx, json!(levels), synced)?;
    }
    Ok(())
}

async fn despatches(on: &mut Recording<'_>, orders: &[Order]) -> anyhow::Result<()> {
    let of = |order: &Order| Despatch {
        id: format!("D-{}", order.source_reference),
        order_id: order.id.clone(),
        order_number: order.order_number.clone(),
        name_values: order.name_values.clone(),
        despatched_at: NOON,
        parcels: vec![Parcel { tracking_number: Some("RM100GB".to_owned()), courier_service: "Royal Mail".to_owned() }],
        lines: order
            .lines
            .iter()
            .map(|line| DespatchedLine {
                source_line_id: line.source_line_id.clone(),
                sku: line.sku.clone(),
                quantity: line.quantity,
                batches: Vec::new(),
            })
            .collect(),
        partial: false,
        remote_id: None,
        in_doubt: false,
    };
    let mut all: Vec<Despatch> = orders.iter().take(2).map(of).collect();
    if let Some(last) = all.last_mut() {
        last.in_doubt = true;
    }
    for (name, mode) in [("plan", Mode::Plan), ("apply", Mode::Apply), ("again", Mode::Apply)] {
        let ctx = context(mode, json!({"MarkInvoicePrinted": "OnDespatch", "ParcelJoinPolicy": "CommaJoined"}));
        let pushed = despatch::push(&on.host, &ctx, &all).await;
        on.keep(&format!("push-{name}"), "push", &ctx, json!(all), pushed)?;
    }
    let part = orders
        .iter()
        .find(|order| order.source_reference == "A-3" || order.lines.len() == 1)
        .map(|order| Despatch { partial: true, id: "D-part".to_owned(), ..of(order) });
    if let Some(part) = part {
        let ctx = context(Mode::Apply, json!({"SplitOrders": "SplitInLinnworks"}));
        let pushed = despatch::push(&on.host, &ctx, std::slice::from_ref(&part)).await;
        on.keep("push-part", "push", &ctx, json!([part]), pushed)?;
    }
    Ok(())
}

async fn reviews(on: &mut Recording<'_>, orders: &[Order]) -> anyhow::Result<()> {
    let ctx = context(Mode::Apply, json!({}));
    let of = |order: &Order| ImportedOrder {
        id: order.id.clone(),
        version: order.version.clone(),
        location: "00000000-0000-0000-0000-000000000000".to_owned(),
    };
    let mut imported: Vec<ImportedOrder> = orders.iter().map(of).collect();
    imported.push(ImportedOrder { id: "0dd0dd0d-0000-4000-8000-000000000001".to_owned(), ..imported[0].clone() });
    let reviewed = review::review(&on.host, &ctx, &imported).await;
    on.keep("review", "review", &ctx, json!(imported), reviewed)?;
    imported.iter_mut().for_each(|order| order.version.clear());
    let reviewed = review::review(&on.host, &ctx, &imported).await;
    on.keep("review-edited", "review", &ctx, json!(imported), reviewed)?;
    Ok(())
}

async fn bookings(on: &mut Recording<'_>, orders: &[Order]) -> anyhow::Result<()> {
    let order = orders.first().context("no order came in")?;
    // It left a moment ago, or leaves now.
    let _ = on.at_linnworks("Orders/ProcessOrder", json!({"orderId": order.id, "scanPerformed": true}));
    let back = [OrderReturn {
        id: "RET-1".to_owned(),
        order_id: order.id.clone(),
        remote_id: None,
        lines: order
            .lines
            .iter()
            .map(|line| ReturnLine {
                source_line_id: line.source_line_id.clone(),
                sku: line.sku.clone(),
                restocked: 1,
                scrapped: 0,
                reason: "Faulty".to_owned(),
                comments: String::new(),
            })
            .collect(),
        in_doubt: false,
    }];
    for (name, mode) in [("plan", Mode::Plan), ("apply", Mode::Apply), ("again", Mode::Apply)] {
        let ctx = context(mode, json!({"ExportReturns": true, "ActionReturns": true}));
        let exported = returns::export(&on.host, &ctx, &back).await;
        on.keep(&format!("export-{name}"), "export", &ctx, json!(back), exported)?;
    }
    Ok(())
}

async fn goods_in(on: &mut Recording<'_>) -> anyhow::Result<Value> {
    let settings =
        json!({"ImportPurchaseOrdersAsAsn": true, "AutomaticallyImportNewProducts": true, "DeliverPOOnBookIn": true});
    let ctx = context(Mode::Apply, settings.clone());
    let page = purchase_orders::discover(&on.host, &ctx).await;
    let page = on.keep("discover-purchase-orders", "discover-purchase-orders", &ctx, Value::Null, page)?;
    let ids: Vec<String> = page.candidates.into_iter().map(|one| one.id).collect();
    let fetched = purchase_orders::fetch(&on.host, &ctx, &ids).await;
    let fetched = on.keep("fetch-purchase-orders", "fetch-purchase-orders", &ctx, json!(ids), fetched)?;
    let asn = fetched.into_iter().find_map(|one| match one {
        FetchedAsn::Ready(asn) => Some(asn),
        FetchedAsn::Skipped(_) | FetchedAsn::Absent(_) => None,
    });
    let asn = asn.context("no notice came of the purchase order")?;
    let lines = asn.lines.iter().map(|line| (line.source_line_id.clone(), line.quantity)).collect();
    let receipts = [Receipt { id: asn.id.clone(), lines, in_doubt: false }];
    for (name, mode) in [("plan", Mode::Plan), ("apply", Mode::Apply)] {
        let ctx = context(mode, settings.clone());
        let delivered = purchase_orders::deliver(&on.host, &ctx, &receipts).await;
        on.keep(&format!("deliver-{name}"), "deliver", &ctx, json!(receipts), delivered)?;
    }
    Ok(serde_json::to_value(asn)?)
}
