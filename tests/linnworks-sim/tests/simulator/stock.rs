//! Products and stock levels.
use crate::common::{Sim, ZERO, sim, sim_with};
use linnworks_sim::Config;
use serde_json::{Value, json};

async fn shop() -> Sim {
    sim(json!({
        "Locations": ["Warehouse"],
        "Items": [
            { "SKU": "TEE", "Level": 10, "Barcode": "501", "RetailPrice": 12 },
            { "SKU": "MUG", "Levels": { "Warehouse": 4 } },
            { "SKU": "SET", "Components": { "TEE": 1, "MUG": 2 } },
            { "SKU": "CREAM", "InventoryTrackingType": 1 },
            { "SKU": "OLD", "Archived": true },
            { "SKU": "GROUP", "IsVariationParent": true },
        ],
        "Orders": [{ "ReferenceNum": "A", "Items": [{ "SKU": "TEE", "Quantity": 3 }] }],
    }))
    .await
}

fn item(sim: &Sim, sku: &str) -> Value {
    json!(sim.sim.with(|world| world.account().items.by_sku(sku).unwrap().stock_item_id))
}

fn row(sku: &str, level: i32) -> Value {
    json!({ "stockLevels": [{ "SKU": sku, "LocationId": ZERO, "Level": level }], "changeSource": "3PL" })
}

#[tokio::test]
async fn a_level_is_set_absolutely_or_changed_by_a_number_and_available_is_worked_out() {
    let sim = shop().await;
    let set = sim.ok("Stock/SetStockLevel", row("TEE", 8)).await;
    assert_eq!((&set[0]["StockLevel"], &set[0]["InOrders"], &set[0]["Available"]), (&json!(8), &json!(3), &json!(5)));
    let changed = sim.ok("Stock/UpdateStockLevelsBySKU", row("TEE", -2)).await;
    assert_eq!(changed[0]["StockLevel"], 6);
    let query =
        format!("stockItemId={}&locationId={ZERO}&entriesPerPage=10&pageNumber=1", item(&sim, "TEE").as_str().unwrap());
    let history = sim.fetch(&format!("Stock/GetItemChangesHistory?{query}")).await;
    assert_eq!((&history["Data"][0]["ChangeQty"], &history["Data"][0]["Note"]), (&json!(-2), &json!("3PL")));
    assert_eq!(history["TotalEntries"], 2);
}

#[tokio::test]
async fn unknown_skus_are_missing_in_the_answer_or_refused() {
    let sim = shop().await;
    assert_eq!(sim.ok("Stock/SetStockLevel", row("NOPE", 1)).await, json!([]));
    sim.sim.with(|world| world.config.unknown_sku_refused = true);
    assert_eq!(sim.call("Stock/SetStockLevel", row("NOPE", 1)).await.0, 400);
}

#[tokio::test]
async fn a_composite_has_no_level_of_its_own() {
    let sim = shop().await;
    let set = sim.ok("Stock/SetStockLevel", row("SET", 9)).await;
    assert_eq!(set[0]["StockLevel"], 0);
    sim.sim.with(|world| world.config.composite_level_refused = true);
    assert_eq!(sim.call("Stock/SetStockLevel", row("SET", 9)).await.0, 400);
}

#[tokio::test]
async fn what_has_no_plain_level_stays_as_it_is_and_says_so() {
    let sim = sim(json!({
        "Locations": [{ "LocationName": "Bins", "IsWarehouseManaged": true }],
        "Items": [
            { "SKU": "CREAM", "InventoryTrackingType": 1 },
            { "SKU": "GROUP", "IsVariationParent": true },
            { "SKU": "WRAP", "NotTracked": true },
            { "SKU": "TEE" },
        ],
    }))
    .await;
    for sku in ["CREAM", "GROUP", "WRAP"] {
        let set = sim.ok("Stock/SetStockLevel", row(sku, 9)).await;
        assert_eq!((&set[0]["StockLevel"], &set[0]["AutoAdjust"]), (&json!(0), &json!(sku != "WRAP")), "{sku}");
    }
    let bins = sim.sim.with(|world| world.account().location_by_key("Bins").unwrap().stock_location_id);
    let at_bins = json!({ "stockLevels": [{ "SKU": "TEE", "LocationId": bins, "Level": 9 }], "changeSource": "3PL" });
    assert_eq!(sim.ok("Stock/SetStockLevel", at_bins.clone()).await[0]["StockLevel"], 0);
    sim.sim.with(|world| world.config.managed_location_takes_levels = true);
    assert_eq!(sim.ok("Stock/SetStockLevel", at_bins).await[0]["StockLevel"], 9);
}

#[tokio::test]
async fn a_bulk_update_tells_errors_by_row() {
    let sim = shop().await;
    let body = json!({ "Items": [
        { "SKU": "MUG", "StockLocationName": "Warehouse", "StockLevel": 7, "Binrack": "A1", "RowIndex": 0 },
        { "SKU": "SET", "StockLevel": 7, "RowIndex": 1 },
        { "SKU": "CREAM", "StockLevel": 7, "RowIndex": 2 },
        { "SKU": "NOPE", "StockLocationName": "Moon", "StockLevel": 7, "RowIndex": 3 },
    ] });
    let answer = sim.ok("Stock/UpdateStockLevelsBulk", body.clone()).await;
    let errors: Vec<_> =
        answer["Items"].as_array().unwrap().iter().map(|row| row["Errors"].as_array().unwrap().len()).collect();
    assert_eq!(errors, [0, 1, 1, 2]);
    let levels =
        sim.ok("Stock/GetStockLevel_Batch", json!({ "request": { "StockItemIds": [item(&sim, "MUG")] } })).await;
    let levels = levels[0]["StockItemLevels"].as_array().unwrap();
    assert_eq!((&levels[0]["StockLevel"], &levels[1]["StockLevel"]), (&json!(0), &json!(7)));
    assert_eq!(levels[1]["Location"]["BinRack"], "A1");
    sim.sim.with(|world| world.config.bulk_levels_empty = true);
    assert_eq!(sim.call("Stock/UpdateStockLevelsBulk", body).await, (200, Value::Null));
}

#[tokio::test]
async fn the_full_list_ends_in_400_past_its_last_page() {
    let sim = shop().await;
    let page = |number: i32, size: i32| {
        json!({ "keyword": "", "loadCompositeParents": true, "loadVariationParents": false, "entriesPerPage": size,
                "pageNumber": number, "dataRequirements": [0, "ExtendedProperties"], "searchTypes": [0, 1, 2] })
    };
    let first = sim.ok("Stock/GetStockItemsFull", page(1, 2)).await;
    assert_eq!(first[0]["StockLevels"].as_array().unwrap().len(), 2);
    assert_eq!(sim.ok("Stock/GetStockItemsFull", page(2, 2)).await.as_array().unwrap().len(), 2);
    let (status, body) = sim.call("Stock/GetStockItemsFull", page(3, 2)).await;
    assert_eq!((status, body), (400, json!({ "Code": "-", "Message": "No items found with given filter." })));
    let (status, body) = sim.call("Stock/GetStockItemsFull", page(1, 201)).await;
    assert_eq!(status, 400);
    assert!(body["Message"].as_str().unwrap().contains("Number must be between 1 and 200"));
}

#[tokio::test]
async fn the_two_full_reads_number_their_parts_differently() {
    let sim = shop().await;
    let body = json!({ "request": { "StockItemIds": [item(&sim, "TEE")], "DataRequirements": [5] } });
    let rows = sim.ok("Stock/GetStockItemsFullByIds", body).await;
    assert_eq!(rows["StockItemsFullExtended"][0]["StockLevels"], json!([]));
    let body = json!({ "request": { "StockItemIds": [item(&sim, "SET")], "DataRequirements": ["StockLevels"] } });
    let rows = sim.ok("Stock/GetStockItemsFullByIds", body).await;
    assert_eq!(rows["StockItemsFullExtended"][0]["IsCompositeParent"], true);
    assert_eq!(rows["StockItemsFullExtended"][0]["StockLevels"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn archived_items_and_parents_of_variations_are_not_listed() {
    let sim = shop().await;
    let page =
        sim.fetch(&format!("Stock/GetStockItems?keyWord=&locationId={ZERO}&entriesPerPage=50&pageNumber=1")).await;
    let skus: Vec<_> = page["Data"].as_array().unwrap().iter().map(|row| row["ItemNumber"].as_str().unwrap()).collect();
    assert_eq!(skus, ["TEE", "MUG", "SET", "CREAM"]);
    assert_eq!((&page["Data"][0]["Quantity"], &page["Data"][0]["Available"]), (&json!(10), &json!(7)));
    let (status, body) = sim.call("Inventory/GetInventoryItem", json!({ "sKU": "OLD" })).await;
    assert_eq!(status, 400);
    assert!(body["Message"].as_str().unwrap().contains("Could not determine inventory item id from SKU"));
    let ids = sim.ok("Inventory/GetStockItemIdsBySKU", json!({ "request": { "SKUS": ["tee", "OLD", "NOPE"] } })).await;
    assert_eq!(ids["Items"].as_array().unwrap().len(), 1);
    assert_eq!(sim.fetch("Stock/SKUExists?SKU=NOPE").await, false);
    let found =
        sim.ok("Stock/GetStockItemsByKey", json!({ "stockIdentifier": { "Key": "501", "LocationId": ZERO } })).await;
    assert_eq!(found[0]["ItemNumber"], "TEE");
}

#[tokio::test]
async fn compositions_take_at_most_100_ids_and_leave_out_plain_items() {
    let sim = shop().await;
    let body = |ids: Vec<Value>| json!({ "request": { "InventoryItemIds": ids } });
    let found =
        sim.ok("Inventory/GetInventoryItemsCompositionByIds", body(vec![item(&sim, "SET"), item(&sim, "TEE")])).await;
    let map = found["InventoryItemsCompositionByIds"].as_object().unwrap();
    assert_eq!(map.len(), 1);
    assert_eq!(map[item(&sim, "SET").as_str().unwrap()][1]["Quantity"], 2);
    let (status, body) =
        sim.call("Inventory/GetInventoryItemsCompositionByIds", body(vec![item(&sim, "TEE"); 101])).await;
    assert_eq!((status, body), (400, json!({ "Message": "The maximum items count for this call is 100" })));
}

#[tokio::test]
async fn the_client_makes_the_id_of_a_new_item_and_an_update_replaces_everything() {
    let sim = shop().await;
    let (status, body) =
        sim.call("Inventory/AddInventoryItem", json!({ "inventoryItem": { "ItemNumber": "CAP" } })).await;
    assert_eq!(status, 400);
    assert!(body["Message"].as_str().unwrap().contains("StockItem StockItemId could not be empty"));
    let id = "77777777-7777-4777-8777-777777777777";
    let new = json!({ "inventoryItem": { "ItemNumber": "CAP", "ItemTitle": "Cap", "StockItemId": id, "Weight": 90 } });
    assert_eq!(sim.call("Inventory/AddInventoryItem", new).await, (204, Value::Null));
    let update = json!({ "inventoryItem": { "ItemNumber": "CAP", "StockItemId": id, "RetailPrice": 5 } });
    sim.ok("Inventory/UpdateInventoryItem", update).await;
    let cap = sim.fetch(&format!("Inventory/GetInventoryItemById?id={id}")).await;
    assert_eq!((&cap["RetailPrice"], &cap["Weight"]), (&json!(5.0), &json!(0.0)));
}

#[tokio::test]
async fn locations_are_added_changed_and_deleted() {
    let sim = shop().await;
    let id = "77777777-7777-4777-8777-777777777777";
    let new = json!({ "location": { "StockLocationId": id, "LocationName": "3PL", "IsFulfillmentCenter": true } });
    assert_eq!(sim.call("Locations/AddLocation", new.clone()).await.0, 204);
    assert_eq!(sim.call("Locations/AddLocation", new).await.0, 400);
    sim.ok("Locations/UpdateLocation", json!({ "location": { "StockLocationId": id, "City": "Leeds" } })).await;
    let shown = sim.fetch(&format!("Locations/GetLocation?pkStockLocationId={id}")).await;
    assert_eq!((&shown["LocationName"], &shown["City"]), (&json!("3PL"), &json!("Leeds")));
    sim.ok("Locations/DeleteLocation", json!({ "pkStockLocationId": id })).await;
    assert_eq!(sim.fetch("Inventory/GetStockLocations").await.as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn empty_answers_are_204_or_200_as_configured() {
    let config = Config { void_status: 200, ..Config::default() };
    let sim = sim_with(config, json!({ "Orders": [{ "ReferenceNum": "A" }] })).await;
    let lock = json!({ "orderIds": [sim.id("A")], "lockOrder": true });
    assert_eq!(sim.call("Orders/LockOrder", lock).await, (200, Value::Null));
}
