//! Editing orders: shipping, addresses, notes, properties, lines.
use crate::common::sim;
use linnworks_sim::EditMode;
use serde_json::json;

#[tokio::test]
async fn shipping_info_left_out_keeps_its_value_and_the_answer_has_totals() {
    let sim = sim(json!({ "Orders": [{ "ReferenceNum": "A", "Service": "Royal Mail 48", "Postage": 6,
                                       "Items": [{ "SKU": "TEE", "PricePerUnit": 12 }] }] }))
    .await;
    let body = json!({ "orderId": sim.id("A"), "info": { "TrackingNumber": "T-1", "Vendor": "ignored", "ManualAdjust": true } });
    let answer = sim.ok("Orders/SetOrderShippingInfo", body).await;
    assert_eq!(answer["TotalsInfo"]["TotalCharge"], 18.0);
    assert_eq!(answer["ShippingInfo"]["TrackingNumber"], "T-1");
    let shipping = sim.order("A").await["ShippingInfo"].clone();
    assert_eq!((&shipping["PostalServiceName"], &shipping["Vendor"]), (&json!("Royal Mail 48"), &json!("Royal Mail")));
    let dear = json!({ "orderId": sim.id("A"), "info": { "PostageCost": 12 } });
    assert_eq!(sim.ok("Orders/SetOrderShippingInfo", dear).await["TotalsInfo"]["TotalCharge"], 24.0);
}

#[tokio::test]
async fn the_method_is_changed_by_name() {
    let sim = sim(json!({ "Orders": [{ "ReferenceNum": "A" }] })).await;
    let body = |name: &str| json!({ "orderIds": [sim.id("A")], "shippingMethod": name });
    assert_eq!(sim.ok("Orders/ChangeShippingMethod", body("dpd next day")).await, json!([sim.id("A")]));
    assert_eq!(sim.order("A").await["ShippingInfo"]["PostalServiceName"], "DPD Next Day");
    assert_eq!(sim.call("Orders/ChangeShippingMethod", body("Pigeon")).await.0, 400);
}

#[tokio::test]
async fn edits_of_locked_orders_are_carried_out_ignored_or_refused_as_configured() {
    let sim = sim(json!({ "Orders": [{ "ReferenceNum": "A", "Locked": true }] })).await;
    let body = |number: &str| json!({ "orderId": sim.id("A"), "info": { "TrackingNumber": number } });
    for (mode, status, left) in
        [(EditMode::Allowed, 200, "1"), (EditMode::Ignored, 200, "1"), (EditMode::Refused, 400, "1")]
    {
        sim.sim.with(|world| world.config.locked_edits = mode);
        let number = if mode == EditMode::Allowed { "1" } else { "2" };
        assert_eq!(sim.call("Orders/SetOrderShippingInfo", body(number)).await.0, status);
        assert_eq!(sim.order("A").await["ShippingInfo"]["TrackingNumber"], left);
    }
}

#[tokio::test]
async fn general_and_customer_info_are_laid_over() {
    let sim = sim(json!({ "Orders": [{ "ReferenceNum": "A" }] })).await;
    let id = sim.id("A");
    let info = json!({ "SecondaryReference": "S-1", "DespatchByDate": "2026-03-05 10:00:00" });
    sim.ok("Orders/SetOrderGeneralInfo", json!({ "orderId": id, "info": info })).await;
    let address = json!({ "Address": { "PostCode": "75001", "Country": "France" } });
    sim.ok("Orders/SetOrderCustomerInfo", json!({ "orderId": id, "info": address, "saveToCrm": false })).await;
    let order = sim.order("A").await;
    assert_eq!(order["GeneralInfo"]["SecondaryReference"], "S-1");
    assert_eq!(order["GeneralInfo"]["DespatchByDate"], "2026-03-05T10:00:00Z");
    assert_eq!(order["GeneralInfo"]["ReferenceNum"], "A");
    let address = &order["CustomerInfo"]["Address"];
    assert_eq!((&address["PostCode"], &address["FullName"]), (&json!("75001"), &json!("Test Buyer")));
    let countries = sim.fetch("Inventory/GetCountries").await;
    let france = countries.as_array().unwrap().iter().find(|row| row["CountryCode"] == "FR").unwrap();
    assert_eq!(address["CountryId"], france["CountryId"]);
}

#[tokio::test]
async fn notes_are_appended_or_replaced_as_a_whole() {
    let sim = sim(json!({ "Orders": [{ "ReferenceNum": "A", "Notes": ["Leave at door"] }] })).await;
    let id = sim.id("A");
    let body = json!({ "OrderIds": [id], "NoteText": "Picked", "IsInternal": true, "IsProcessingNote": true });
    let added = sim.ok("Orders/AddOrdersNote", body).await;
    assert_eq!(added["OrderNotes"][0]["NoteTypeId"], 1);
    let notes = sim.fetch(&format!("Orders/GetOrderNotes?orderId={id}")).await;
    assert_eq!((&notes[0]["Note"], &notes[1]["Note"]), (&json!("Leave at door"), &json!("Picked")));
    assert_eq!(sim.order("A").await["GeneralInfo"]["Notes"], 2);
    sim.ok("Orders/SetOrderNotes", json!({ "orderId": id, "orderNotes": [{ "Note": "Only me" }] })).await;
    let notes = sim.fetch(&format!("Orders/GetOrderNotes?orderId={id}")).await;
    assert_eq!(notes.as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn properties_are_added_unless_equal_and_set_as_a_list() {
    let sim = sim(json!({ "Orders": [{ "ReferenceNum": "A", "ExtendedProperties": { "gift": "yes" } }] })).await;
    let id = sim.id("A");
    let rows = json!([{ "Name": "gift", "Value": "yes" }, { "Name": "wms", "Value": "7" }]);
    let body = json!({ "request": { "OrderId": id, "ExtendedProperties": rows } });
    assert_eq!(sim.ok("Orders/AddExtendedProperties", body).await["ExtendedPropertiesInserted"], 1);
    let all = sim.fetch(&format!("Orders/GetExtendedProperties?orderId={id}")).await;
    assert_eq!(all.as_array().unwrap().len(), 2);
    let body = json!({ "orderId": id, "extendedProperties": [{ "Name": "wms", "Value": "8" }] });
    let all = sim.ok("Orders/SetExtendedProperties", body).await;
    assert_eq!((all.as_array().unwrap().len(), &all[0]["Value"]), (1, &json!("8")));
}

#[tokio::test]
async fn lines_are_added_changed_and_removed_with_the_totals() {
    let sim = sim(json!({
        "Items": [{ "SKU": "MUG", "RetailPrice": 6, "TaxRate": 20 }],
        "Orders": [{ "ReferenceNum": "A", "Items": [{ "SKU": "TEE", "PricePerUnit": 12 }] }, { "ReferenceNum": "P", "Parked": true }],
    }))
    .await;
    let mug = sim.sim.with(|world| world.account().items.by_sku("MUG").unwrap().stock_item_id);
    let add = |key: &str| json!({ "orderId": sim.id(key), "itemId": mug, "channelSKU": "MUG", "quantity": 2 });
    assert_eq!(sim.call("Orders/AddOrderItem", add("P")).await.0, 400);
    let added = sim.ok("Orders/AddOrderItem", add("A")).await;
    assert_eq!(added["TotalsInfo"]["TotalCharge"], 24.0);
    let row = added["Item"]["RowId"].clone();
    let body = json!({ "orderId": sim.id("A"), "orderItem": { "RowId": row, "Quantity": 1 } });
    assert_eq!(sim.ok("Orders/UpdateOrderItem", body).await["TotalsInfo"]["TotalCharge"], 18.0);
    assert_eq!(sim.order("A").await["Items"][1]["InOrderBook"], 1);
    sim.ok("Orders/RemoveOrderItem", json!({ "orderId": sim.id("A"), "rowid": row })).await;
    assert_eq!(sim.order("A").await["TotalsInfo"]["TotalCharge"], 12.0);
}
