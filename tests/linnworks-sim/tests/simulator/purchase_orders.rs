//! Purchase orders: finding, reading, editing, delivering.
use crate::common::{Sim, ZERO, sim, sim_with};
use linnworks_sim::{Config, EditMode};
use serde_json::{Value, json};

async fn shop() -> Sim {
    shop_with(Config::default()).await
}

/// Four purchase orders: a draft, an open one, one that has come in part at the second location, and a delivered one.
async fn shop_with(config: Config) -> Sim {
    let seed = json!({
        "Locations": ["Warehouse"],
        "Suppliers": [{ "SupplierName": "ACME", "Currency": "EUR" }, "Mills"],
        "Items": [
            { "SKU": "TEE", "Level": 10, "PurchasePrice": 3,
              "Suppliers": [{ "Supplier": "ACME", "Code": "AC-77", "IsDefault": true }] },
            { "SKU": "MUG", "Level": 5, "PurchasePrice": 1 },
            { "SKU": "SET", "Components": { "TEE": 1, "MUG": 2 } },
            { "SKU": "CREAM", "InventoryTrackingType": 1 },
        ],
        "PurchaseOrders": [
            { "Reference": "DRAFT", "Status": "PENDING", "Ordered": "2026-02-01", "Items": ["TEE"] },
            { "Reference": "OPEN", "Supplier": "ACME", "Ordered": "2026-02-02", "SupplierReference": "AC-1",
              "Items": [{ "SKU": "TEE", "Quantity": 10, "UnitCost": 6 }, { "SKU": "MUG", "Quantity": 4 }] },
            { "Reference": "PART", "Location": "Warehouse", "Ordered": "2026-02-03",
              "Items": [{ "SKU": "MUG", "Quantity": 6, "Delivered": 2 }] },
            { "Reference": "DONE", "Ordered": "2026-02-04", "Items": [{ "SKU": "MUG", "Quantity": 1, "Delivered": 1 }] },
        ],
    });
    sim_with(config, seed).await
}

fn id(sim: &Sim, number: &str) -> Value {
    json!(sim.sim.with(|world| world.account().purchase_orders.by_key(number).unwrap().id))
}

fn line(sim: &Sim, number: &str, sku: &str) -> Value {
    sim.sim.with(|world| {
        let order = world.account().purchase_orders.by_key(number).unwrap();
        json!(order.items.iter().find(|line| line.sku == sku).unwrap().id)
    })
}

fn item(sim: &Sim, sku: &str) -> Value {
    json!(sim.sim.with(|world| world.account().items.by_sku(sku).unwrap().stock_item_id))
}

/// Level and due of a product at the default location, as the API tells them.
async fn stock(sim: &Sim, sku: &str) -> (i64, i64) {
    let body = json!({ "request": { "StockItemId": item(sim, sku), "LocationId": ZERO } });
    let answer = sim.ok("Stock/GetStockLevelByLocation", body).await;
    (answer["StockLevel"]["StockLevel"].as_i64().unwrap(), answer["StockLevel"]["Due"].as_i64().unwrap())
}

async fn numbers(sim: &Sim, body: Value) -> Vec<String> {
    let answer = sim.ok("PurchaseOrder/Search_PurchaseOrders2", body).await;
    let rows = answer["Result"].as_array().unwrap();
    rows.iter().map(|row| row["ExternalInvoiceNumber"].as_str().unwrap().to_owned()).collect()
}

async fn get(sim: &Sim, number: &str) -> Value {
    sim.ok("PurchaseOrder/Get_PurchaseOrder", json!({ "pkPurchaseId": id(sim, number) })).await
}

fn deliver(sim: &Sim, number: &str, sku: &str, how: Value) -> Value {
    let mut parameter = json!({ "pkPurchaseId": id(sim, number), "pkPurchaseItemId": line(sim, number, sku) });
    parameter.as_object_mut().unwrap().extend(how.as_object().unwrap().clone());
    json!({ "deliverItemParameter": parameter })
}

#[tokio::test]
async fn a_search_lists_headers_newest_first_and_filters_by_status_location_supplier_and_date() {
    let sim = shop().await;
    assert_eq!(numbers(&sim, json!({})).await, ["DONE", "PART", "OPEN", "DRAFT"]);
    assert_eq!(numbers(&sim, json!({ "Status": "OPEN" })).await, ["OPEN"]);
    assert_eq!(numbers(&sim, json!({ "Status": 2 })).await, ["PART"]);
    assert_eq!(numbers(&sim, json!({ "Location": [ZERO] })).await, ["DONE", "OPEN", "DRAFT"]);
    let supplier = sim.sim.with(|world| world.account().supplier_by_key("ACME").unwrap().id);
    assert_eq!(numbers(&sim, json!({ "Supplier": [supplier] })).await, ["OPEN"]);
    let days = json!({ "DateFrom": "2026-02-02T00:00:00Z", "DateTo": "2026-02-03T00:00:00Z" });
    assert_eq!(numbers(&sim, days).await, ["PART", "OPEN"]);
    assert_eq!(sim.call("PurchaseOrder/Search_PurchaseOrders2", json!({ "Status": "NOPE" })).await.0, 400);
    sim.sim.with(|world| world.config.purchase.newest_first = false);
    assert_eq!(numbers(&sim, json!({})).await, ["DRAFT", "OPEN", "PART", "DONE"]);
}

#[tokio::test]
async fn a_search_looks_where_it_is_told_to() {
    let sim = shop().await;
    for (kind, value, found) in [
        ("Reference", "par", vec!["PART"]),
        ("StockItemSKU", "tee", vec!["OPEN", "DRAFT"]),
        ("SupplierReference", "AC-1", vec!["OPEN"]),
        ("SupplierCode", "ac-77", vec!["OPEN"]),
        ("Reference", "AC-1", vec![]),
        ("All", "AC-", vec!["OPEN"]),
    ] {
        assert_eq!(numbers(&sim, json!({ "SearchType": kind, "SearchValue": value })).await, found, "{kind} {value}");
    }
}

#[tokio::test]
async fn the_search_ignores_every_filter_of_a_wrapped_body_and_the_older_one_wants_the_wrapper() {
    let sim = shop().await;
    let wrapped = json!({ "request": { "Status": "OPEN", "EntriesPerPage": 1 } });
    assert_eq!(numbers(&sim, wrapped).await.len(), 4);
    let form = sim.post("PurchaseOrder/Search_PurchaseOrders2").form(&[("request", r#"{"Status":"OPEN"}"#)]);
    let answer: Value = form.send().await.unwrap().json().await.unwrap();
    assert_eq!(answer["TotalNumberOfRecords"], 1);
    let older = json!({ "searchParameter": { "ReferenceLike": "AC-", "EntriesPerPage": 10, "PageNumber": 1 } });
    let answer = sim.ok("PurchaseOrder/Search_PurchaseOrders", older.clone()).await;
    assert_eq!(answer["Result"][0]["ExternalInvoiceNumber"], "OPEN");
    sim.sim.with(|world| world.config.strict = true);
    let (status, _) = sim.call("PurchaseOrder/Search_PurchaseOrders", older["searchParameter"].clone()).await;
    assert_eq!(status, 400);
}

#[tokio::test]
async fn pages_of_a_search_are_numbered_from_one_and_can_shift() {
    let sim = shop().await;
    let page = |number: i32| json!({ "EntriesPerPage": 2, "PageNumber": number });
    let first = sim.ok("PurchaseOrder/Search_PurchaseOrders2", page(1)).await;
    assert_eq!((&first["TotalPages"], &first["TotalNumberOfRecords"]), (&json!(2), &json!(4)));
    assert_eq!((&first["CurrentPageNumber"], &first["EntriesPerPage"]), (&json!(1), &json!(2)));
    assert_eq!(numbers(&sim, page(2)).await, ["OPEN", "DRAFT"]);
    assert!(numbers(&sim, page(3)).await.is_empty());
    sim.sim.with(|world| world.config.purchase.most_rows = Some(1));
    let cut = sim.ok("PurchaseOrder/Search_PurchaseOrders2", page(1)).await;
    assert_eq!((&cut["EntriesPerPage"], &cut["TotalPages"]), (&json!(1), &json!(4)));
}

#[tokio::test]
async fn a_purchase_order_is_read_whole_and_an_unknown_one_is_refused() {
    let sim = shop().await;
    let whole = get(&sim, "PART").await;
    let header = &whole["PurchaseOrderHeader"];
    assert_eq!((&header["Status"], &header["LineCount"]), (&json!("PARTIAL"), &json!(1)));
    assert_eq!(header["DateOfDelivery"], header["DateOfPurchase"]);
    let row = &whole["PurchaseOrderItem"][0];
    assert_eq!((&row["SKU"], &row["Quantity"], &row["Delivered"]), (&json!("MUG"), &json!(6), &json!(2)));
    assert_eq!((&whole["AdditionalCosts"], &whole["PaymentStatements"]), (&json!([]), &json!([])));
    let open = get(&sim, "OPEN").await;
    // The cost is that of the whole line with its tax.
    assert_eq!(open["PurchaseOrderItem"][0]["Cost"], 60.0);
    assert_eq!(open["PurchaseOrderItem"][0]["Tax"], 10.0);
    assert_eq!(open["PurchaseOrderItem"][0]["SupplierCode"], "AC-77");
    assert_eq!(open["PurchaseOrderHeader"]["TotalCost"], 64.0);
    sim.sim.with(|world| world.config.purchase.tax_on_top = true);
    assert_eq!(get(&sim, "OPEN").await["PurchaseOrderItem"][0]["Tax"], 12.0);
    let unknown = sim.call("PurchaseOrder/Get_PurchaseOrder", json!({ "pkPurchaseId": ZERO })).await;
    assert_eq!(unknown, (400, json!({ "Code": "-", "Message": "Purchase Order does not exist" })));
    assert_eq!(sim.call("PurchaseOrder/Get_PurchaseOrder", json!({})).await.0, 400);
}

#[tokio::test]
async fn a_deleted_product_leaves_its_line_behind() {
    let sim = shop().await;
    let mutation = json!({ "do": "remove", "from": "items", "key": "MUG" });
    sim.sim.apply(serde_json::from_value(mutation).unwrap()).unwrap();
    let row = get(&sim, "PART").await["PurchaseOrderItem"][0].clone();
    assert_eq!((&row["SKU"], &row["IsDeleted"]), (&json!("MUG"), &json!(true)));
}

#[tokio::test]
async fn only_open_and_partly_delivered_orders_are_due() {
    let sim = shop().await;
    assert_eq!(stock(&sim, "TEE").await, (10, 10));
    assert_eq!(stock(&sim, "MUG").await, (5, 4));
    let change = |number: &str, status: &str| json!({ "changeStatusParameter": { "pkPurchaseId": id(&sim, number), "status": status } });
    sim.ok("PurchaseOrder/Change_PurchaseOrderStatus", change("DRAFT", "OPEN")).await;
    assert_eq!(stock(&sim, "TEE").await, (10, 11));
    let body = json!({ "purchaseOrder": { "StockItemId": item(&sim, "TEE"), "LocationIds": [ZERO] } });
    let ids = sim.ok("PurchaseOrder/GetPurchaseOrdersWithStockItems", body).await;
    assert_eq!(ids, json!([id(&sim, "DRAFT"), id(&sim, "OPEN")]));
    sim.ok("PurchaseOrder/Delete_PurchaseOrder", json!({ "pkPurchaseId": id(&sim, "OPEN") })).await;
    assert_eq!(stock(&sim, "TEE").await, (10, 1));
}

#[tokio::test]
async fn the_status_changes_along_three_ways_only() {
    let sim = shop().await;
    for (number, status, answer) in [
        ("DRAFT", "DELIVERED", 400),
        ("DRAFT", "PARTIAL", 400),
        ("OPEN", "PENDING", 400),
        ("OPEN", "PARTIAL", 400),
        ("PART", "OPEN", 400),
        ("DONE", "OPEN", 400),
        ("DONE", "DELIVERED", 400),
        ("DRAFT", "OPEN", 200),
        ("PART", "DELIVERED", 200),
        ("OPEN", "DELIVERED", 200),
    ] {
        let body = json!({ "changeStatusParameter": { "pkPurchaseId": id(&sim, number), "status": status } });
        let (got, body) = sim.call("PurchaseOrder/Change_PurchaseOrderStatus", body).await;
        assert_eq!(got, answer, "{number} to {status}: {body}");
    }
    // Nothing came: closing takes away what was due.
    assert_eq!(stock(&sim, "TEE").await, (10, 1));
    assert_eq!(get(&sim, "OPEN").await["PurchaseOrderItem"][0]["Delivered"], 0);
}

#[tokio::test]
async fn closing_books_in_where_it_is_switched_so() {
    let mut config = Config::default();
    config.purchase.closing_books_in = true;
    let sim = shop_with(config).await;
    let body = json!({ "changeStatusParameter": { "pkPurchaseId": id(&sim, "OPEN"), "status": "DELIVERED" } });
    sim.ok("PurchaseOrder/Change_PurchaseOrderStatus", body).await;
    assert_eq!(stock(&sim, "TEE").await, (20, 0));
}

#[tokio::test]
async fn deliveries_raise_stock_and_move_the_status_by_themselves() {
    let sim = shop().await;
    let answer =
        sim.ok("PurchaseOrder/Deliver_PurchaseItem", deliver(&sim, "OPEN", "TEE", json!({ "Delivered": 3 }))).await;
    assert_eq!(answer["PurchaseOrderHeader"]["Status"], "PARTIAL");
    assert_eq!(answer["NewPurchaseOrderItem"]["Delivered"], 3);
    assert_eq!(stock(&sim, "TEE").await, (13, 7));
    // The total sent again changes nothing; an addition sent again adds again.
    sim.ok("PurchaseOrder/Deliver_PurchaseItem", deliver(&sim, "OPEN", "TEE", json!({ "Delivered": 3 }))).await;
    assert_eq!(stock(&sim, "TEE").await, (13, 7));
    for _ in 0..2 {
        let more = deliver(&sim, "OPEN", "TEE", json!({ "AddToDelivered": 2 }));
        sim.ok("PurchaseOrder/Deliver_PurchaseItem", more).await;
    }
    assert_eq!(stock(&sim, "TEE").await, (17, 3));
    sim.sim.advance(60.0);
    sim.ok("PurchaseOrder/Deliver_PurchaseItemAll", json!({ "purchaseId": id(&sim, "OPEN") })).await;
    assert_eq!((stock(&sim, "TEE").await, stock(&sim, "MUG").await), ((20, 0), (9, 0)));
    let whole = get(&sim, "OPEN").await;
    assert_eq!(whole["PurchaseOrderHeader"]["Status"], "DELIVERED");
    assert_eq!(whole["PurchaseOrderHeader"]["DateOfDelivery"], "2026-03-02T12:01:00Z");
    assert_eq!(whole["DeliveredRecords"].as_array().unwrap().len(), 5);
    let records = sim.ok("PurchaseOrder/Get_DeliveredRecords", json!({ "pkPurchaseId": id(&sim, "OPEN") })).await;
    assert_eq!(records["Items"][0]["DeliveredQuantity"], 3);
    let (status, _) =
        sim.call("PurchaseOrder/Deliver_PurchaseItem", deliver(&sim, "OPEN", "TEE", json!({ "Delivered": 11 }))).await;
    assert_eq!(status, 400);
}

#[tokio::test]
async fn delivered_never_decreases_and_may_pass_what_was_ordered_unless_switched_otherwise() {
    let sim = shop().await;
    let path = "PurchaseOrder/Deliver_PurchaseItem";
    sim.ok(path, deliver(&sim, "OPEN", "TEE", json!({ "Delivered": 5 }))).await;
    assert_eq!(sim.call(path, deliver(&sim, "OPEN", "TEE", json!({ "Delivered": 4 }))).await.0, 400);
    sim.sim.with(|world| world.config.purchase.decrease = EditMode::Ignored);
    sim.ok(path, deliver(&sim, "OPEN", "TEE", json!({ "Delivered": 4 }))).await;
    assert_eq!(stock(&sim, "TEE").await, (15, 5));
    sim.ok(path, deliver(&sim, "OPEN", "TEE", json!({ "Delivered": 12 }))).await;
    assert_eq!(stock(&sim, "TEE").await, (22, 0));
    sim.sim.with(|world| world.config.purchase.over_delivery_refused = true);
    assert_eq!(sim.call(path, deliver(&sim, "OPEN", "MUG", json!({ "Delivered": 5 }))).await.0, 400);
    assert_eq!(sim.call(path, deliver(&sim, "DRAFT", "TEE", json!({ "Delivered": 1 }))).await.0, 400);
}

#[tokio::test]
async fn several_lines_are_delivered_in_one_call_that_answers_nothing() {
    let sim = shop().await;
    let body = |rows: Value| json!({ "request": { "pkPurchaseId": id(&sim, "OPEN"), "Items": rows } });
    let rows = json!([{ "pkPurchaseItemId": line(&sim, "OPEN", "TEE"), "QuantityDelivered": 4 },
                      { "pkPurchaseItemId": line(&sim, "OPEN", "MUG"), "QuantityDelivered": 4 }]);
    let path = "PurchaseOrder/Deliver_PurchaseItems_WithQuantity";
    assert_eq!(sim.call(path, body(rows.clone())).await, (204, Value::Null));
    assert_eq!((stock(&sim, "TEE").await, stock(&sim, "MUG").await), ((14, 6), (9, 0)));
    let unknown = json!([{ "pkPurchaseItemId": line(&sim, "OPEN", "TEE"), "QuantityDelivered": 1 },
                         { "pkPurchaseItemId": ZERO, "QuantityDelivered": 1 }]);
    assert_eq!(sim.call(path, body(unknown)).await.0, 400);
    assert_eq!(stock(&sim, "TEE").await, (14, 6));
    sim.sim.with(|world| world.config.purchase.quantity_is_total = true);
    sim.ok(path, body(rows)).await;
    assert_eq!(stock(&sim, "TEE").await, (14, 6));
}

#[tokio::test]
async fn batched_products_come_with_a_batch() {
    let sim = shop().await;
    let add = json!({ "do": "add", "to": "purchase_orders", "value": { "Reference": "BATCH",
        "Items": [{ "SKU": "CREAM", "Quantity": 5 }, { "SKU": "MUG", "Quantity": 1 }] } });
    sim.sim.apply(serde_json::from_value(add).unwrap()).unwrap();
    let path = "PurchaseOrder/Deliver_PurchaseItem";
    assert_eq!(sim.call(path, deliver(&sim, "BATCH", "CREAM", json!({ "Delivered": 2 }))).await.0, 400);
    let all = json!({ "purchaseId": id(&sim, "BATCH") });
    assert_eq!(sim.call("PurchaseOrder/Deliver_PurchaseItemAll", all.clone()).await.0, 400);
    let answer = sim.ok("PurchaseOrder/Deliver_PurchaseItemAll_ExceptBatchItems", all).await;
    assert_eq!(answer["allItemsDelivered"], false);
    assert_eq!(answer["poHeaderAndItems"]["PurchaseOrderHeader"]["Status"], "PARTIAL");
    let with_batch = deliver(&sim, "BATCH", "CREAM", json!({ "Delivered": 2, "BatchNumber": "LOT-1" }));
    let answer = sim.ok(path, with_batch).await;
    assert!(answer["BatchInventoryId"].as_i64().is_some());
    let batch = sim.sim.with(|world| world.account().items.by_sku("CREAM").unwrap().batches[0].clone());
    assert_eq!((batch.batch_number.as_str(), batch.quantity), ("LOT-1", 2));
}

#[tokio::test]
async fn an_order_is_made_as_a_draft_edited_and_opened() {
    let sim = shop().await;
    let path = "PurchaseOrder/Create_PurchaseOrder_Initial";
    let body = json!({ "createParameters": { "fkLocationId": ZERO, "DateOfPurchase": "2026-03-01T00:00:00Z" } });
    assert_eq!(sim.call(path, body).await.0, 400);
    let body = json!({ "createParameters": { "fkLocationId": ZERO, "ExternalInvoiceNumber": "NEW",
        "DateOfPurchase": "2026-03-01T00:00:00Z", "SupplierReferenceNumber": "" } });
    let made = sim.ok(path, body).await;
    assert_eq!(made, id(&sim, "NEW"));
    // A composite is ordered as its components.
    let add = json!({ "addItemParameter": { "pkPurchaseId": made, "fkStockItemId": item(&sim, "SET"), "Qty": 3,
        "Cost": 15.0, "TaxRate": 20.0 } });
    sim.ok("PurchaseOrder/Add_PurchaseOrderItem", add.clone()).await;
    let rows = get(&sim, "NEW").await["PurchaseOrderItem"].clone();
    let seen: Vec<_> =
        rows.as_array().unwrap().iter().map(|row| (&row["SKU"], &row["Quantity"], &row["Cost"])).collect();
    assert_eq!(seen, [(&json!("TEE"), &json!(3), &json!(9.0)), (&json!("MUG"), &json!(6), &json!(6.0))]);
    let change = json!({ "updateItemParameter": { "pkPurchaseId": made, "pkPurchaseItemId": line(&sim, "NEW", "TEE"),
        "Quantity": 6 } });
    let changed = sim.ok("PurchaseOrder/Update_PurchaseOrderItem", change).await;
    assert_eq!(changed["NewPurchaseOrderItem"]["Cost"], 18.0);
    let bulk = json!({ "request": { "PurchaseId": made, "ItemsToDelete": [line(&sim, "NEW", "MUG")],
        "ItemsToAdd": [{ "Id": ZERO, "StockItemId": item(&sim, "CREAM"), "Qty": 2, "Cost": 8.0, "TaxRate": 0.0 }] } });
    let answer = sim.ok("PurchaseOrder/Modify_PurchaseOrderItems_Bulk", bulk).await;
    assert_eq!(
        (&answer["PurchaseOrderHeader"]["LineCount"], &answer["ModifiedItems"][0]["Qty"]),
        (&json!(2), &json!(2))
    );
    let open = json!({ "changeStatusParameter": { "pkPurchaseId": made, "status": "OPEN" } });
    sim.ok("PurchaseOrder/Change_PurchaseOrderStatus", open).await;
    assert_eq!(sim.call("PurchaseOrder/Add_PurchaseOrderItem", add).await.0, 400);
    let delete =
        json!({ "deleteItemParameter": { "pkPurchaseId": made, "pkPurchaseItemId": line(&sim, "NEW", "TEE") } });
    assert_eq!(sim.call("PurchaseOrder/Delete_PurchaseOrderItem", delete).await.0, 400);
}

#[tokio::test]
async fn a_header_update_clears_what_it_leaves_out() {
    let sim = shop().await;
    let update = || json!({ "updateParameter": { "pkPurchaseID": id(&sim, "OPEN"), "ExternalInvoiceNumber": "OPEN" } });
    sim.sim.with(|world| world.config.purchase.header_keeps_omitted = true);
    let kept = sim.ok("PurchaseOrder/Update_PurchaseOrderHeader", update()).await;
    assert_eq!(kept["SupplierReferenceNumber"], "AC-1");
    sim.sim.with(|world| world.config.purchase.header_keeps_omitted = false);
    let cleared = sim.ok("PurchaseOrder/Update_PurchaseOrderHeader", update()).await;
    assert_eq!((&cleared["SupplierReferenceNumber"], &cleared["fkSupplierId"]), (&json!(""), &json!(ZERO)));
    let done = json!({ "updateParameter": { "pkPurchaseID": id(&sim, "DONE") } });
    assert_eq!(sim.call("PurchaseOrder/Update_PurchaseOrderHeader", done).await.0, 400);
}

#[tokio::test]
async fn notes_properties_and_audit_are_kept() {
    let sim = shop().await;
    let order = id(&sim, "OPEN");
    let note =
        sim.ok("PurchaseOrder/Add_PurchaseOrderNote", json!({ "pkPurchaseId": order, "Note": "x".repeat(2100) })).await;
    assert_eq!(note["Note"].as_str().unwrap().len(), 2000);
    assert_eq!(get(&sim, "OPEN").await["NoteCount"], 1);
    let gone = json!({ "pkPurchaseId": order, "pkPurchaseOrderNoteId": note["pkPurchaseOrderNoteId"] });
    assert_eq!(sim.ok("PurchaseOrder/Delete_PurchaseOrderNote", gone).await, 1);
    let add = |count: usize| {
        let rows: Vec<_> =
            (0..count).map(|at| json!({ "PropertyName": format!("P{at}"), "PropertyValue": "1" })).collect();
        json!({ "request": { "PurchaseId": order, "ExtendedPropertyItems": rows } })
    };
    let path = "PurchaseOrder/Add_PurchaseOrderExtendedProperty";
    assert_eq!(sim.call(path, add(51)).await.0, 400);
    let added = sim.ok(path, add(1)).await;
    assert_eq!(sim.call(path, add(1)).await.0, 400);
    let row = added["Items"][0]["RowId"].clone();
    let update = json!({ "request": { "PurchaseId": order,
        "ExtendedPropertyItems": [{ "RowId": row, "PropertyName": "ASN", "PropertyValue": "17" }] } });
    sim.ok("PurchaseOrder/Update_PurchaseOrderExtendedProperty", update).await;
    let read = json!({ "request": { "PurchaseId": order } });
    let found = sim.ok("PurchaseOrder/Get_PurchaseOrderExtendedProperty", read).await;
    assert_eq!(
        (&found["Items"][0]["PropertyName"], &found["Items"][0]["PropertyValue"]),
        (&json!("ASN"), &json!("17"))
    );
    let delete = json!({ "request": { "PurchaseId": order, "RowIds": [row] } });
    sim.ok("PurchaseOrder/Delete_PurchaseOrderExtendedProperty", delete).await;
    let trail = sim.ok("PurchaseOrder/Get_PurchaseOrderAudit", json!({ "auditLog": { "pkPurchaseId": order } })).await;
    let kinds: Vec<_> = trail.as_array().unwrap().iter().map(|row| row["AuditTrailType"].as_str().unwrap()).collect();
    assert_eq!(kinds[0], "PROPERTIES_CHANGED");
    assert_eq!(kinds.last().unwrap(), &"NOTE_ADDED");
}

#[tokio::test]
async fn suppliers_are_listed_by_name_and_shown_one_by_one() {
    let sim = shop().await;
    let list = sim.fetch("Inventory/GetSuppliers").await;
    assert_eq!((list.as_array().unwrap().len(), &list[1]["SupplierName"]), (3, &json!("ACME")));
    assert!(list[1].get("Currency").is_none());
    let id = list[1]["pkSupplierID"].as_str().unwrap();
    assert_eq!(sim.fetch(&format!("Inventory/GetSupplierDetails?supplierId={id}")).await["Currency"], "EUR");
    let tee = item(&sim, "TEE");
    let stats = sim.fetch(&format!("Inventory/GetStockSupplierStat?inventoryItemId={}", tee.as_str().unwrap())).await;
    assert_eq!((&stats[0]["Supplier"], &stats[0]["Code"]), (&json!("ACME"), &json!("AC-77")));
    let commas = format!("Inventory/GetStockSupplierStatsBulk?inventoryItemIds={0},{0}", tee.as_str().unwrap());
    let answer = sim.get(&commas).send().await.unwrap();
    assert_eq!(answer.status(), 400);
    assert!(answer.text().await.unwrap().contains("Invalid parameter inventoryItemIds"));
    let found = sim.ok("PurchaseOrder/FindStockItem", json!({ "request": { "Codes": ["ac-77", "MUG"] } })).await;
    assert_eq!((&found["Items"][0]["ItemNumber"], &found["Items"][1]["ItemNumber"]), (&json!("TEE"), &json!("MUG")));
}

#[tokio::test]
async fn purchase_orders_are_seeded_patched_and_removed_through_the_controls() {
    let sim = shop().await;
    let patch = json!([{ "do": "patch", "of": "purchase_orders", "key": "OPEN",
                         "with": { "Expected": "2026-04-01", "Items": [{ "SKU": "MUG", "Quantity": 7 }] } },
                       { "do": "call", "endpoint": "PurchaseOrder/Deliver_PurchaseItem", "body": {
                         "deliverItemParameter": { "pkPurchaseId": "@purchase_order:OPEN",
                           "pkPurchaseItemId": "@purchase_item:OPEN/MUG", "Delivered": 2 } } },
                       { "do": "remove", "from": "purchase_orders", "key": "PART" }]);
    for mutation in patch.as_array().unwrap() {
        sim.sim.apply(serde_json::from_value(mutation.clone()).unwrap()).unwrap();
    }
    assert_eq!(stock(&sim, "MUG").await, (7, 5));
    assert_eq!(numbers(&sim, json!({})).await, ["DONE", "OPEN", "DRAFT"]);
    assert_eq!(get(&sim, "OPEN").await["PurchaseOrderHeader"]["QuotedDeliveryDate"], "2026-04-01T00:00:00Z");
    // What the API answers is a seed too, and a state seeded again is the same.
    let mut whole = get(&sim, "OPEN").await;
    whole["PurchaseOrderHeader"]["pkPurchaseID"] = json!("77777777-7777-4777-8777-777777777777");
    whole["PurchaseOrderHeader"]["ExternalInvoiceNumber"] = json!("COPY");
    let add = json!({ "do": "add", "to": "purchase_orders", "value": whole });
    sim.sim.apply(serde_json::from_value(add).unwrap()).unwrap();
    assert_eq!(stock(&sim, "MUG").await, (7, 10));
    let before = sim.sim.hash();
    let state = sim.sim.with(|world| serde_json::to_value(world.account()).unwrap());
    sim.sim.seed(state).unwrap();
    assert_eq!(sim.sim.hash(), before);
}

#[tokio::test]
async fn a_purchase_order_that_names_what_is_not_there_says_so() {
    let sim = sim(json!({})).await;
    for (value, words) in [
        (json!({ "Location": "Moon", "Items": [] }), "no location `Moon`"),
        (json!({ "Refrence": "A" }), "`Refrence` is not a field"),
        (json!({ "Items": [{ "SKU": "A", "Quantity": "two" }] }), "is no quantity"),
        (json!({ "Status": "NOPE" }), "NOPE"),
    ] {
        let add = json!({ "do": "add", "to": "purchase_orders", "value": value });
        let error = sim.sim.apply(serde_json::from_value(add).unwrap()).unwrap_err().to_string();
        assert!(error.contains(words), "{error} lacks {words}");
    }
}
