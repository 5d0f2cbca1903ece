//! A history in a world of its own: how it begins, how it goes, and how it comes to rest.

use anyhow::Context as _;
use harness_wms::PlanState;
use host_harness::schedule;
use linnworks_sim::{Mutation, Which};
use scenarios::format::{Case, Change, Crash};
use scenarios::places;
use scenarios::world::{DIED, World};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::books::Books;
use crate::faults;
use crate::generate::{KIT, LACKED, SKUS};
use crate::history::{Does, Event, History, Oddity, Point, What};
use crate::there::START;

/// Units of each product on the shelf when it begins.
const SHELF: i64 = 40;

/// A history under way.
pub(crate) struct Course<'a> {
    pub(crate) history: &'a History,
    pub(crate) world: World,
    pub(crate) books: Books,
}

impl<'a> Course<'a> {
    /// The world as it is before the first event: connected, live, and its first stock run released.
    pub(crate) async fn begin(history: &'a History) -> anyhow::Result<Self> {
        let choices = &history.choices;
        let value_type = if choices.on_hand { "OnHand" } else { "StockLevel" };
        let products: Vec<Value> = SKUS.iter().map(|sku| json!({ "sku": sku, "stock": SHELF })).collect();
        let mut items: Vec<Value> = SKUS.iter().map(|sku| json!({ "ItemNumber": sku, "Level": SHELF })).collect();
        items.push(json!({ "ItemNumber": LACKED, "Level": 5 }));
        items.push(json!({ "ItemNumber": KIT, "Composition": [{ "SKU": "MUG", "Quantity": 2 }, { "SKU": "TEE", "Quantity": 1 }] }));
        let case: Case = serde_json::from_value(json!({
            "title": "a random history",
            "given": {
                "simulator": { "account": { "Locations": ["Default", { "LocationName": "North" }], "Items": items } },
                "wms": { "products": products },
                "active": { "from": START },
                "settings": {
                    "IgnoreParkedOrders": choices.ignore_parked,
                    "SyncStockLevels": true,
                    "StockSyncFrequency": 15,
                    "StockSyncValueType": value_type,
                    "StockBuffer": choices.buffer,
                    "StockMaximum": choices.maximum,
                    "ExportReturns": true,
                    "ActionReturns": choices.action_returns,
                    "ImportPurchaseOrdersAsAsn": true,
                    "DeliverPOOnBookIn": choices.deliver,
                },
            },
            "steps": [],
        }))?;
        let world = World::new(&case.given, &places::component("linnworks"), false).await?;
        let mut books = Books { products: SKUS.iter().map(|sku| (*sku).to_owned()).collect(), ..Books::default() };
        books.shelf = SKUS.iter().map(|sku| ((*sku).to_owned(), SHELF)).collect();
        let mut course = Self { history, world, books };
        course.pass(1).await?;
        course.approve().await?;
        course.pass(16).await?;
        Ok(course)
    }

    /// Carries one event out, or has it refused.
    pub(crate) async fn carry_out(&mut self, event: &Event) -> anyhow::Result<()> {
        let took = match &event.what {
            What::Pass { minutes } => {
                self.pass(i64::from(*minutes)).await?;
                true
            }
            What::Fault { endpoint, nth, fault } => {
                let mut one = json!({ "endpoint": endpoint, "nth": nth });
                with(&mut one, faults::at_linnworks(*fault));
                self.world.fault(&one)?;
                true
            }
            What::Wire { operation, nth, fault } => {
                self.world.strike(Some(operation), *nth, faults::on_the_wire(*fault))?;
                true
            }
            What::Meanwhile { endpoint, nth, does, of, with } => self.meanwhile(endpoint, *nth, *does, (*of, *with))?,
            What::Crash { nth, answered } => {
                self.world.strike(None, u64::from(*nth), faults::crash(*answered))?;
                true
            }
            What::CrashAt(point) => {
                let point = match point {
                    Point::BeforeCommit => "before-commit",
                    Point::AfterCommit => "after-commit",
                };
                let crash: Crash = serde_json::from_value(json!({ "point": point }))?;
                self.world.crash(&crash).is_ok()
            }
            What::EmptyStorage => {
                let main = self.world.connection(scenarios::world::MAIN).await?;
                self.world.host()?.store.empty_storage(main.id, None).await?;
                true
            }
            there if at_linnworks(there) => self.at_linnworks(event.id, there)?,
            here => self.in_the_warehouse(event.id, here).await?,
        };
        self.world.sim.with(|sim| self.books.register(sim.account(), event.id));
        self.books.count(event.what.kind(), took);
        Ok(())
    }

    /// Time goes by, and the scheduler has its turn. When the host dies over it, it is started again.
    pub(crate) async fn pass(&mut self, minutes: i64) -> anyhow::Result<()> {
        self.world.pass(&format!("+{minutes}m"))?;
        self.look();
        self.world.ran();
        let turned = self.world.with_host(async move |host| schedule::turn(host).await).await;
        // Orders that were made meanwhile, when a person worked at Linnworks beside the host.
        self.look();
        match turned {
            Ok(_) => Ok(()),
            Err(error) if error.to_string() == DIED => self.rise().await,
            Err(error) => Err(error).context("the scheduler"),
        }
    }

    /// The host, which died, is started again, and the dead one's lease runs out.
    pub(crate) async fn rise(&mut self) -> anyhow::Result<()> {
        self.world.restart().await?;
        self.world.pass("+3m")
    }

    /// Nothing goes wrong any more, and enough time goes by for whatever waits: a probe, a second look, a back-off, a comparison of
    /// all stock.
    pub(crate) async fn settle(&mut self) -> anyhow::Result<()> {
        self.world.clear_faults()?;
        self.world.restart().await?;
        self.gate(false)?;
        for minutes in [4, 16, 16, 16, 61, 361, 16, 61, 16] {
            self.pass(minutes).await?;
        }
        Ok(())
    }

    fn look(&mut self) {
        let Self { history, world, books } = self;
        world.sim.with(|sim| {
            books.register(sim.account(), 0);
            books.look(sim.account(), &history.choices);
            for order in sim.account().purchase_orders.iter() {
                if order.status.is_due()
                    && order.location_id.is_nil()
                    && let Some(label) = order.external_invoice_number.strip_prefix("PO-")
                {
                    books.ordered.extend(label.parse::<u32>());
                }
            }
        });
    }

    async fn approve(&self) -> anyhow::Result<()> {
        let host = self.world.host()?;
        for plan in host.store.held_plans().await? {
            if plan.state == PlanState::Held {
                host.store.approve_plan(plan.id, host.now()).await?;
            }
        }
        Ok(())
    }

    fn change(&self, change: Value) -> anyhow::Result<bool> {
        let change: Change = serde_json::from_value(change)?;
        Ok(self.world.change(&change).is_ok())
    }

    fn gate(&self, demanded: bool) -> anyhow::Result<bool> {
        self.change(json!({ "config": { "gates": { "invoice": demanded } } }))
    }

    fn call(&self, endpoint: &str, body: Value) -> bool {
        self.world.sim.apply(Mutation::Call { endpoint: endpoint.to_owned(), body, account: None }).is_ok()
    }

    fn at_linnworks(&mut self, id: u32, what: &What) -> anyhow::Result<bool> {
        let patch = |of: Uuid, with: Value| json!({ "edit": { (of.to_string()): with } });
        match what {
            What::Place { oddity, lines } => self.change(json!({ "place": [placed(id, *oddity, lines)] })),
            What::InvoiceGate(demanded) => self.gate(*demanded),
            What::Level { sku, units } => {
                self.change(json!({ "edit-items": { sku: { "Levels": { "Default": units } } } }))
            }
            What::Purchase { draft, lines } => {
                let lines: Vec<Value> = lines
                    .iter()
                    .map(|(sku, ordered, come)| json!({ "SKU": sku, "Quantity": ordered, "Delivered": come, "UnitCost": 1 }))
                    .collect();
                let mut order = json!({ "Reference": format!("PO-{id}"), "Supplier": "Pottery Ltd", "Items": lines });
                if let (true, Some(order)) = (draft, order.as_object_mut()) {
                    order.insert("Status".into(), json!("PENDING"));
                }
                let added = Mutation::Add { to: Which::PurchaseOrders, value: order, account: None };
                Ok(self.world.sim.apply(added).is_ok())
            }
            What::Close(of) => {
                let (key, with) = (format!("PO-{of}"), json!({ "Status": "DELIVERED" }));
                let patch = Mutation::Patch { of: Which::PurchaseOrders, key: json!(key), with, account: None };
                Ok(self.world.sim.apply(patch).is_ok())
            }
            What::Order(of) => {
                let key = format!("PO-{of}");
                let is_draft = self.world.sim.with(|sim| {
                    sim.account().purchase_orders.by_key(&key).is_some_and(|order| order.status.name() == "PENDING")
                });
                let with = json!({ "Status": "OPEN" });
                let patch = Mutation::Patch { of: Which::PurchaseOrders, key: json!(key), with, account: None };
                Ok(is_draft && self.world.sim.apply(patch).is_ok())
            }
            What::Merge(one, other) => {
                let (Some(one), Some(other)) = (self.open(*one), self.open(*other)) else { return Ok(false) };
                let (at, body) = merges(one, other);
                Ok(one != other && self.call(at, body))
            }
            What::Pay(of)
            | What::Unpay(of)
            | What::Park(of)
            | What::Unpark(of)
            | What::Lock(of)
            | What::Unlock(of)
            | What::EditAddress(of)
            | What::Split(of)
            | What::CancelThere(of)
            | What::Delete(of)
            | What::ProcessByHand(of)
            | What::EditLines { of, .. }
            | What::Move { of, .. } => {
                let Some(order) = self.open(*of) else { return Ok(false) };
                match what {
                    What::Pay(_) => self.change(patch(order, json!({ "GeneralInfo": { "Status": 1 }, "Parked": false }))),
                    What::Unpay(_) => self.change(patch(order, json!({ "GeneralInfo": { "Status": 0 } }))),
                    What::Park(_) => self.change(patch(order, json!({ "Parked": true }))),
                    What::Unpark(_) => self.change(patch(order, json!({ "Parked": false }))),
                    What::Lock(_) => self.change(patch(order, json!({ "Locked": true }))),
                    What::Unlock(_) => self.change(patch(order, json!({ "Locked": false }))),
                    What::EditAddress(_) => {
                        self.change(patch(order, json!({ "Address1": format!("{id} Corrected Road"), "PostCode": format!("AB{} 1CD", id % 90 + 1) })))
                    }
                    What::EditLines { lines, .. } => self.change(patch(order, json!({ "Items": items(lines) }))),
                    What::Split(_) => Ok(self.split(order)),
                    What::Delete(_) => self.change(json!({ "delete": [order] })),
                    What::CancelThere(_) => {
                        let (at, body) = cancels(order);
                        Ok(self.call(at, body))
                    }
                    What::ProcessByHand(_) => {
                        self.call("Orders/ProcessOrder", json!({ "orderId": order, "scanPerformed": true }));
                        let processed = self.open(*of).is_none();
                        if let (true, Some((_, noted))) = (processed, self.books.order(*of)) {
                            noted.by_hand = true;
                        }
                        Ok(processed)
                    }
                    What::Move { north, .. } => {
                        let (at, body) = moves(order, *north);
                        Ok(self.call(at, body))
                    }
                    _ => Ok(false),
                }
            }
            _ => Ok(false),
        }
    }

    /// Lays in wait what somebody does at Linnworks right before a call of the host. What Linnworks refuses by then does not happen.
    fn meanwhile(&mut self, endpoint: &str, nth: u32, does: Does, orders: (u32, u32)) -> anyhow::Result<bool> {
        let (Some(of), other) = (self.open(orders.0), self.open(orders.1)) else { return Ok(false) };
        let (at, body) = match does {
            Does::Cancel => cancels(of),
            Does::Merge => match other.filter(|other| *other != of) {
                Some(other) => merges(of, other),
                None => return Ok(false),
            },
            Does::Move => moves(of, true),
        };
        let mutation = json!({ "do": "call", "endpoint": at, "body": body });
        let fault = json!({ "endpoint": endpoint, "nth": nth, "do": "mutate", "mutations": [mutation] });
        self.world.fault(&fault).map(|()| true)
    }

    /// The order that an event made, while it is open.
    fn open(&mut self, label: u32) -> Option<Uuid> {
        let (id, _) = self.books.order(label)?;
        self.world.sim.with(|sim| sim.account().orders.get(id).is_some_and(|order| order.is_open())).then_some(id)
    }

    fn split(&mut self, order: Uuid) -> bool {
        let row = self.world.sim.with(|sim| {
            let order = sim.account().orders.get(order)?;
            let units: i32 = order.items.iter().filter(|line| !line.is_service).map(|line| line.quantity).sum();
            order.items.iter().find(|line| !line.is_service && units > 1).map(|line| line.row_id)
        });
        let Some(row) = row else { return false };
        self.call(
            "Orders/SplitOrder",
            json!({
                "orderId": order, "newOrders": [{ "Items": [{ "RowId": row, "Quantity": 1 }] }], "type": "",
                "fulfilmentLocationId": Uuid::nil(), "recalcPackaging": false,
            }),
        )
    }
}

/// What a person calls at Linnworks, and with what.
type Called = (&'static str, Value);

fn cancels(order: Uuid) -> Called {
    ("Orders/CancelOrder", json!({ "orderId": order, "fulfilmentCenter": Uuid::nil(), "refund": 0, "note": "" }))
}

fn merges(one: Uuid, other: Uuid) -> Called {
    ("Orders/MergeOrders", json!({ "ordersToMerge": [one, other] }))
}

fn moves(order: Uuid, north: bool) -> Called {
    let to = if north { "@location:North" } else { "@location:Default" };
    ("Orders/MoveToLocation", json!({ "orderIds": [order], "pkStockLocationId": to }))
}

fn at_linnworks(what: &What) -> bool {
    matches!(
        what,
        What::Place { .. }
            | What::Pay(_)
            | What::Unpay(_)
            | What::Park(_)
            | What::Unpark(_)
            | What::Lock(_)
            | What::Unlock(_)
            | What::EditAddress(_)
            | What::EditLines { .. }
            | What::Merge(..)
            | What::Split(_)
            | What::CancelThere(_)
            | What::Delete(_)
            | What::ProcessByHand(_)
            | What::Move { .. }
            | What::Level { .. }
            | What::InvoiceGate(_)
            | What::Purchase { .. }
            | What::Order(_)
            | What::Close(_)
    )
}

fn items(lines: &[(String, u32)]) -> Vec<Value> {
    lines.iter().map(|(sku, units)| json!({ "SKU": sku, "Quantity": units })).collect()
}

fn placed(id: u32, oddity: Oddity, lines: &[(String, u32)]) -> Value {
    let mut items = items(lines);
    if oddity == Oddity::WithAService {
        items.push(json!({ "Title": "Gift wrap", "IsService": true, "PricePerUnit": 2.5 }));
    }
    let mut order =
        json!({ "ReferenceNum": format!("H-{id}"), "Items": items, "Address1": format!("{id} High Street") });
    let more = match oddity {
        Oddity::None | Oddity::WithAService => json!({}),
        Oddity::Unpaid => json!({ "Paid": false }),
        Oddity::Parked => json!({ "Parked": true }),
        Oddity::Locked => json!({ "Locked": true }),
        Oddity::Elsewhere => json!({ "Location": "North" }),
        Oddity::BeforeTheStart => json!({ "Received": "2026-02-20T10:00:00Z" }),
        Oddity::FulfilledByAmazon => json!({ "Source": "AMAZON FBA" }),
        Oddity::Unicode => json!({ "Address1": "Пример 🏠 ﷽ Ünïcödé", "Town": "Ærøskøbing" }),
    };
    with(&mut order, more);
    order
}

fn with(order: &mut Value, more: Value) {
    if let (Value::Object(order), Value::Object(more)) = (order, more) {
        order.extend(more);
    }
}
