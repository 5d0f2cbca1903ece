//! Plausible requests for every endpoint, drawn from a generated account.

#[path = "purchase.rs"]
mod purchase;

pub(crate) use purchase::add as add_purchase_orders;

use linnworks_sim::generate::SECOND_LOCATION;
use linnworks_sim::state::{Account, Order, StockItem};
use serde_json::{Value, json};
use uuid::Uuid;

/// One request.
pub(crate) enum Request {
    /// Parameters in the query string.
    Query(Vec<(&'static str, String)>),
    /// A JSON body.
    Json(Value),
    /// A form, objects and lists as JSON text.
    Form(Vec<(&'static str, String)>),
}

use Request::{Form, Json, Query};

/// Place of the order at the fulfilment centre.
pub(crate) const AT_CENTRE: usize = 2;
/// Place of a processed order; a cancelled one follows it.
pub(crate) const PROCESSED: usize = 3;
/// Place of a processed order with returns and refunds.
pub(crate) const RETURNED: usize = 5;

/// Every endpoint that has a row in [`plausible`].
pub(crate) const PATHS: &[&str] = &[
    "Auth/AuthorizeByApplication",
    "Inventory/AddInventoryItem",
    "Inventory/AddSupplier",
    "Inventory/GetCountries",
    "Inventory/GetInventoryItem",
    "Inventory/GetInventoryItemById",
    "Inventory/GetInventoryItemCompositions",
    "Inventory/GetInventoryItemsCompositionByIds",
    "Inventory/GetProductIdentifiersByStockItemId",
    "Inventory/GetStockItemIdsBySKU",
    "Inventory/GetStockLocations",
    "Inventory/GetStockSupplierStat",
    "Inventory/GetStockSupplierStatsBulk",
    "Inventory/GetSupplierDetails",
    "Inventory/GetSuppliers",
    "Inventory/UpdateInventoryItem",
    "Inventory/UpdateSupplier",
    "Locations/AddLocation",
    "Locations/DeleteLocation",
    "Locations/GetLocation",
    "Locations/UpdateLocation",
    "OpenOrders/AssignOrderIdentifier",
    "OpenOrders/FilterNotProcessedOpenOrders",
    "OpenOrders/GetIdentifiers",
    "OpenOrders/GetOpenOrderIds",
    "OpenOrders/GetOpenOrders",
    "OpenOrders/GetOpenOrdersDetails",
    "OpenOrders/GetOrdersLowFidelity",
    "OpenOrders/GetViewStats",
    "OpenOrders/SaveIdentifier",
    "OpenOrders/SearchOrders",
    "OpenOrders/UnassignOrderIdentifier",
    "Orders/AddExtendedProperties",
    "Orders/AddOrderItem",
    "Orders/AddOrdersNote",
    "Orders/AssignToFolder",
    "Orders/CancelOrder",
    "Orders/ChangeOrderTag",
    "Orders/ChangeShippingMethod",
    "Orders/ChangeStatus",
    "Orders/ClearInvoicePrinted",
    "Orders/CompleteOrder",
    "Orders/CreateOrders",
    "Orders/DeleteOrder",
    "Orders/GetAllOpenOrders",
    "Orders/GetAllOpenOrdersBetweenIndex",
    "Orders/GetAvailableFolders",
    "Orders/GetCountries",
    "Orders/GetExtendedProperties",
    "Orders/GetOpenOrderIdByOrderOrReferenceId",
    "Orders/GetOpenOrders",
    "Orders/GetOrderAuditTrail",
    "Orders/GetOrderAuditTrailsByIds",
    "Orders/GetOrderById",
    "Orders/GetOrderDetailsByNumOrderId",
    "Orders/GetOrderDetailsByReferenceId",
    "Orders/GetOrderNotes",
    "Orders/GetOrderRelations",
    "Orders/GetOrdersById",
    "Orders/GetOrdersRelations",
    "Orders/GetUserLocationId",
    "Orders/LockOrder",
    "Orders/MergeOrders",
    "Orders/MoveToLocation",
    "Orders/ProcessFulfilmentCentreOrder",
    "Orders/ProcessOrder",
    "Orders/ProcessOrderByOrderOrReferenceId",
    "Orders/ProcessOrder_RequiredBatchScans",
    "Orders/ProcessOrdersInBatch",
    "Orders/RemoveOrderItem",
    "Orders/SetAvailableFolders",
    "Orders/SetExtendedProperties",
    "Orders/SetInvoicesPrinted",
    "Orders/SetLabelsPrinted",
    "Orders/SetOrderCustomerInfo",
    "Orders/SetOrderGeneralInfo",
    "Orders/SetOrderNotes",
    "Orders/SetOrderShippingInfo",
    "Orders/SplitOrder",
    "Orders/UnassignToFolder",
    "Orders/UpdateOrderItem",
    "PostalServices/GetPostalServices",
    "ProcessedOrders/GetOrderInfo",
    "ProcessedOrders/SearchProcessedOrders",
    "PurchaseOrder/Add_PurchaseOrderExtendedProperty",
    "PurchaseOrder/Add_PurchaseOrderItem",
    "PurchaseOrder/Add_PurchaseOrderNote",
    "PurchaseOrder/Change_PurchaseOrderStatus",
    "PurchaseOrder/Create_PurchaseOrder_Initial",
    "PurchaseOrder/Delete_PurchaseOrder",
    "PurchaseOrder/Delete_PurchaseOrderExtendedProperty",
    "PurchaseOrder/Delete_PurchaseOrderItem",
    "PurchaseOrder/Delete_PurchaseOrderNote",
    "PurchaseOrder/Deliver_PurchaseItem",
    "PurchaseOrder/Deliver_PurchaseItemAll",
    "PurchaseOrder/Deliver_PurchaseItemAll_ExceptBatchItems",
    "PurchaseOrder/Deliver_PurchaseItems_WithQuantity",
    "PurchaseOrder/FindStockItem",
    "PurchaseOrder/GetPurchaseOrderStatusList",
    "PurchaseOrder/GetPurchaseOrdersWithStockItems",
    "PurchaseOrder/Get_DeliveredRecords",
    "PurchaseOrder/Get_PurchaseOrder",
    "PurchaseOrder/Get_PurchaseOrderAudit",
    "PurchaseOrder/Get_PurchaseOrderExtendedProperty",
    "PurchaseOrder/Get_PurchaseOrderNote",
    "PurchaseOrder/Modify_PurchaseOrderItems_Bulk",
    "PurchaseOrder/Search_PurchaseOrders",
    "PurchaseOrder/Search_PurchaseOrders2",
    "PurchaseOrder/Update_PurchaseOrderExtendedProperty",
    "PurchaseOrder/Update_PurchaseOrderHeader",
    "PurchaseOrder/Update_PurchaseOrderItem",
    "Stock/GetItemChangesHistory",
    "Stock/GetStockItems",
    "Stock/GetStockItemsByIds",
    "Stock/GetStockItemsByKey",
    "Stock/GetStockItemsFull",
    "Stock/GetStockItemsFullByIds",
    "Stock/GetStockLevel",
    "Stock/GetStockLevelByLocation",
    "Stock/GetStockLevel_Batch",
    "Stock/SKUExists",
    "Stock/SetStockLevel",
    "Stock/UpdateStockLevelsBulk",
    "Stock/UpdateStockLevelsBySKU",
];

pub(crate) fn query(name: &'static str, text: impl ToString) -> Request {
    Query(vec![(name, text.to_string())])
}

pub(crate) fn nothing() -> Request {
    Query(Vec::new())
}

/// The requests for an endpoint; none for one that has no row.
pub(crate) fn plausible(path: &str, account: &Account) -> Vec<Request> {
    let orders: Vec<&Order> = account.orders.iter().collect();
    let items: Vec<&StockItem> = account.items.iter().collect();
    let (order, other) = (orders[0], orders[1]);
    let (id, ids) = (order.order_id, json!([order.order_id, other.order_id]));
    let id_list = ids.to_string();
    let simple = items.iter().find(|item| !item.is_composite()).unwrap();
    let composite = items.iter().find(|item| item.is_composite()).unwrap();
    let (item, sku) = (simple.stock_item_id, &simple.item_number);
    let default = Uuid::nil();
    let folder = &account.folders[0].folder_name;
    let controller = path.split('/').next().unwrap();
    match controller {
        "Auth" => auth(path, account),
        "Inventory" => match purchase::suppliers(path, account) {
            rows if rows.is_empty() => inventory(path, simple, composite),
            rows => rows,
        },
        "Locations" => locations(path),
        "OpenOrders" => open_orders(path, order, &ids),
        "PurchaseOrder" => purchase::orders(path, account),
        "ReturnsRefunds" => super::returns::plausible(path, account),
        "Stock" => stock(path, item, sku),
        _ => match path {
            "Orders/AddExtendedProperties" => vec![Json(json!({ "request": { "OrderId": id,
                "ExtendedProperties": [{ "Name": "wms_order", "Value": "42", "Type": "Order" }] } }))],
            "Orders/AddOrderItem" => vec![Json(json!({ "orderId": id, "itemId": item, "channelSKU": sku,
                "fulfilmentCenter": default, "quantity": 1, "linePricing": { "PricePerUnit": 2.5,
                "DiscountPercentage": 0.0, "TaxRatePercentage": 20.0, "TaxInclusive": true },
                "createdDate": "2026-03-02T00:00:00Z" }))],
            "Orders/ChangeShippingMethod" => vec![Json(json!({ "orderIds": ids, "shippingMethod": "DPD Next Day" }))],
            "Orders/CompleteOrder" => vec![Json(json!({ "orderId": id }))],
            "Orders/GetOrdersRelations" => vec![Json(json!({ "orderIds": ids }))],
            "Orders/MergeOrders" => {
                vec![Json(json!({ "ordersToMerge": ids, "fulfilmentCenter": default, "pkPostalServiceId": default }))]
            }
            "Orders/ProcessOrder_RequiredBatchScans" => vec![Json(json!({ "BatchAssignment": { "orderId": id,
                "batchToItemMapping": [] } }))],
            "Orders/RemoveOrderItem" => vec![Json(json!({ "orderId": id, "rowid": order.items[0].row_id,
                "fulfilmentCenter": default }))],
            "Orders/SetAvailableFolders" => vec![Json(json!({ "folders": [{ "pkFolderId": account.folders[0].id,
                "FolderName": folder }, { "pkFolderId": default, "FolderName": "Sent" }] }))],
            "Orders/SetOrderCustomerInfo" => {
                let address = json!({ "FullName": "Test Buyer", "Address1": "2 Test Street", "Town": "Łódź",
                    "PostCode": "90-001", "Country": "Poland", "EmailAddress": "buyer@example.test" });
                vec![Json(json!({ "orderId": id, "info": { "ChannelBuyerName": "test-buyer", "Address": address,
                    "BillingAddress": address }, "saveToCrm": false }))]
            }
            "Orders/UpdateOrderItem" => {
                vec![Json(json!({ "orderId": id, "orderItem": { "RowId": order.items[0].row_id,
                "OrderId": id, "StockItemId": order.items[0].stock_item_id, "SKU": order.items[0].sku, "Quantity": 3,
                "PricePerUnit": 2.5, "TaxRate": 20.0, "TaxCostInclusive": true, "Discount": 0.0 },
                "fulfilmentCenter": default, "source": "DIRECT", "subSource": "" }))]
            }
            "Orders/AddOrdersNote" => {
                vec![Json(
                    json!({ "OrderIds": ids, "NoteText": "Seen", "IsInternal": true, "IsProcessingNote": false }),
                )]
            }
            "Orders/AssignToFolder" => vec![
                Json(json!({ "orderIds": ids, "folder": folder })),
                Form(vec![("orderIds", id_list), ("folder", folder.clone())]),
            ],
            "Orders/CancelOrder" => {
                vec![Json(json!({ "orderId": id, "fulfilmentCenter": default, "refund": 0.0, "note": "Not wanted" }))]
            }
            "Orders/ChangeOrderTag" => vec![
                Form(vec![("orderIds", id_list), ("tag", "3".to_owned())]),
                Json(json!({ "orderIds": ids, "tag": 0 })),
            ],
            "Orders/ChangeStatus" => vec![
                Form(vec![("orderIds", id_list), ("status", "4".to_owned())]),
                Json(json!({ "orderIds": ids, "status": 1 })),
            ],
            "Orders/ClearInvoicePrinted" | "Orders/SetInvoicesPrinted" | "Orders/SetLabelsPrinted" => {
                vec![Json(json!({ "orderIds": ids })), Form(vec![("orderIds", id_list)])]
            }
            "Orders/CreateOrders" => vec![Json(json!({ "orders": [new_order(sku)], "location": "Default" }))],
            "Orders/DeleteOrder" => vec![Json(json!({ "orderId": id }))],
            "Orders/GetAllOpenOrders" => vec![
                Json(json!({ "filters": filters(), "sorting": [], "fulfilmentCenter": default, "additionalFilter": "",
                    "exactMatch": true })),
                Form(vec![
                    ("filters", filters().to_string()),
                    ("sorting", "null".to_owned()),
                    ("fulfilmentCenter", String::new()),
                    ("additionalFilter", String::new()),
                ]),
            ],
            "Orders/GetAllOpenOrdersBetweenIndex" => {
                vec![Json(json!({ "fromIndex": 0, "toIndex": 10, "fulfilmentCenter": default }))]
            }
            "Orders/GetAvailableFolders" | "Orders/GetCountries" | "Orders/GetUserLocationId" => vec![nothing()],
            "Orders/GetExtendedProperties"
            | "Orders/GetOrderAuditTrail"
            | "Orders/GetOrderNotes"
            | "Orders/GetOrderRelations" => vec![query("orderId", id)],
            "Orders/GetOpenOrderIdByOrderOrReferenceId" => {
                vec![Json(json!({ "orderOrReferenceId": order.num_order_id.to_string(), "locationId": default }))]
            }
            "Orders/GetOpenOrders" => open_orders_pages(default),
            "Orders/GetOrderAuditTrailsByIds" => vec![Json(json!({ "OrderIds": ids }))],
            "Orders/GetOrderById" => vec![query("pkOrderId", id)],
            "Orders/GetOrderDetailsByNumOrderId" => vec![query("OrderId", order.num_order_id)],
            "Orders/GetOrderDetailsByReferenceId" => vec![query("ReferenceId", &order.general_info.reference_num)],
            "Orders/GetOrdersById" => {
                let all: Vec<Uuid> = orders.iter().map(|order| order.order_id).collect();
                vec![Json(json!({ "pkOrderIds": all })), Form(vec![("pkOrderIds", json!(all).to_string())])]
            }
            "Orders/LockOrder" => vec![
                Json(json!({ "orderIds": ids, "lockOrder": true })),
                Form(vec![("orderIds", id_list), ("lockOrder", "True".to_owned())]),
            ],
            "Orders/MoveToLocation" => vec![Json(json!({ "orderIds": ids, "pkStockLocationId": SECOND_LOCATION }))],
            "Orders/ProcessFulfilmentCentreOrder" => vec![Json(json!({ "orderId": orders[AT_CENTRE].order_id }))],
            "Orders/ProcessOrder" => vec![
                Json(
                    json!({ "orderId": id, "scanPerformed": true, "locationId": default, "context": { "Module": "Api" } }),
                ),
                Form(vec![
                    ("orderId", id.to_string()),
                    ("scanPerformed", "True".to_owned()),
                    ("locationId", String::new()),
                    ("context", "null".to_owned()),
                ]),
            ],
            "Orders/ProcessOrderByOrderOrReferenceId" => {
                vec![Json(json!({ "request": { "OrderOrReferenceId": order.general_info.reference_num,
                    "LocationId": default, "ScansPerformed": true, "OrderProcessingNotesAcknowledged": true } }))]
            }
            "Orders/ProcessOrdersInBatch" => vec![Json(json!({ "ordersIds": ids, "locationId": default }))],
            "Orders/SetExtendedProperties" => {
                vec![Json(json!({ "orderId": id, "extendedProperties": [{ "RowId": default, "Name": "wms_order",
                    "Value": "42", "Type": "Order" }] }))]
            }
            "Orders/SetOrderGeneralInfo" => {
                let info = json!({ "Status": 1, "ReferenceNum": "NEW-1", "ReceivedDate": "2026-03-01T00:00:00Z",
                    "Source": "DIRECT", "SubSource": "", "DespatchByDate": "2026-03-05T00:00:00Z" });
                vec![Json(json!({ "orderId": id, "info": info, "wasDraft": false }))]
            }
            "Orders/SetOrderNotes" => {
                vec![Json(json!({ "orderId": id, "orderNotes": [{ "OrderNoteId": default, "OrderId": id,
                    "NoteDate": "2026-03-02T00:00:00Z", "Internal": true, "Note": "Packed", "CreatedBy": "WMS" }] }))]
            }
            "Orders/SetOrderShippingInfo" => {
                let info = json!({ "PostalServiceId": account.postal_services[1].id, "TotalWeight": 510.0,
                    "ItemWeight": 500.0, "PostageCost": 3.99, "TrackingNumber": "TRACK-1", "ManualAdjust": false });
                vec![
                    Json(json!({ "orderId": id, "info": info })),
                    Form(vec![("orderId", id.to_string()), ("info", info.to_string())]),
                ]
            }
            "Orders/SplitOrder" => vec![Json(json!({ "orderId": id, "type": "Split", "fulfilmentLocationId": default,
                "recalcPackaging": false, "newOrders": [{ "Items": [{ "RowId": order.items[0].row_id, "Quantity": 1 }],
                "PostalServiceId": default, "ParkOrder": false }] }))],
            "Orders/UnassignToFolder" => vec![Json(json!({ "orderIds": ids, "folder": folder }))],
            "PostalServices/GetPostalServices" => vec![nothing()],
            "ProcessedOrders/GetOrderInfo" => vec![query("pkOrderId", orders[PROCESSED].order_id)],
            "ProcessedOrders/SearchProcessedOrders" => {
                let request = json!({ "SearchTerm": "", "SearchFilters": [], "DateField": "processed",
                    "FromDate": "2026-01-01T00:00:00Z", "ToDate": "2026-12-31T00:00:00Z", "PageNumber": 1,
                    "ResultsPerPage": 50, "SearchSorting": { "SortField": "dProcessedOn", "SortDirection": "ASC" } });
                vec![Json(json!({ "request": request }))]
            }
            _ => super::returns::plausible(path, account),
        },
    }
}

fn auth(path: &str, account: &Account) -> Vec<Request> {
    let application = &account.applications[0];
    let (id, secret, token) = (application.application_id, application.application_secret, application.token);
    let whole = json!({ "ApplicationId": id, "ApplicationSecret": secret, "Token": token });
    match path {
        "Auth/AuthorizeByApplication" => vec![
            Json(whole.clone()),
            Form(vec![
                ("applicationId", id.to_string()),
                ("applicationSecret", secret.to_string()),
                ("token", token.to_string()),
            ]),
            Form(vec![("request", whole.to_string())]),
        ],
        _ => Vec::new(),
    }
}

fn inventory(path: &str, simple: &StockItem, composite: &StockItem) -> Vec<Request> {
    let id = simple.stock_item_id;
    match path {
        "Inventory/AddInventoryItem" => {
            vec![Json(json!({ "inventoryItem": { "StockItemId": Uuid::from_u128(0x4000_8000_0000_0000_0001),
                "ItemNumber": "NEW-ITEM", "ItemTitle": "New item", "RetailPrice": 4.5, "Weight": 120.0 } }))]
        }
        "Inventory/GetCountries" | "Inventory/GetStockLocations" => vec![nothing()],
        "Inventory/GetInventoryItem" => vec![query("stockItemId", id), query("sKU", &simple.item_number)],
        "Inventory/GetInventoryItemById" => vec![query("id", id)],
        "Inventory/GetInventoryItemCompositions" => vec![query("inventoryItemId", composite.stock_item_id)],
        "Inventory/GetInventoryItemsCompositionByIds" => {
            vec![Json(json!({ "request": { "InventoryItemIds": [composite.stock_item_id] } }))]
        }
        "Inventory/GetProductIdentifiersByStockItemId" => vec![Json(json!({ "request": { "StockItemId": id } }))],
        "Inventory/UpdateInventoryItem" => vec![Json(json!({ "inventoryItem": { "StockItemId": id,
            "ItemNumber": simple.item_number, "ItemTitle": "Another title", "RetailPrice": 5.5 } }))],
        "Inventory/GetStockItemIdsBySKU" => {
            let request = json!({ "SKUS": [simple.item_number, composite.item_number] });
            vec![Json(json!({ "request": request })), Form(vec![("request", request.to_string())])]
        }
        _ => Vec::new(),
    }
}

fn locations(path: &str) -> Vec<Request> {
    match path {
        "Locations/AddLocation" => vec![Json(json!({ "location": { "LocationName": "Overflow", "Country": "Ireland",
            "StockLocationId": Uuid::from_u128(0x4000_8000_0000_0000_0002), "IsFulfillmentCenter": false } }))],
        "Locations/DeleteLocation" => vec![Json(json!({ "pkStockLocationId": SECOND_LOCATION }))],
        "Locations/GetLocation" => vec![query("pkStockLocationId", SECOND_LOCATION)],
        "Locations/UpdateLocation" => vec![Json(json!({ "location": { "StockLocationId": SECOND_LOCATION,
            "LocationName": "Warehouse Two", "LocationTag": "north" } }))],
        _ => Vec::new(),
    }
}

fn open_orders(path: &str, order: &Order, ids: &Value) -> Vec<Request> {
    let page = json!({ "ViewId": 1, "LocationId": Uuid::nil(), "EntriesPerPage": 50, "PageNumber": 1 });
    match path {
        "OpenOrders/AssignOrderIdentifier" | "OpenOrders/UnassignOrderIdentifier" => {
            vec![Json(json!({ "OrderIds": ids, "Tag": "PRIME" }))]
        }
        "OpenOrders/FilterNotProcessedOpenOrders" => vec![query("orderIds", json!([order.num_order_id, 1]))],
        "OpenOrders/GetIdentifiers" => vec![nothing()],
        "OpenOrders/GetOpenOrderIds" | "OpenOrders/GetOpenOrders" => vec![Json(page)],
        "OpenOrders/GetOpenOrdersDetails" => vec![
            Json(json!({ "OrderIds": ids, "DetailLevel": ["FOLDER", "NOTES"] })),
            Json(json!({ "OrderIds": ids, "DetailLevel": null })),
        ],
        "OpenOrders/GetOrdersLowFidelity" => vec![Json(json!({ "request": { "LocationId": Uuid::nil() } }))],
        "OpenOrders/GetViewStats" => {
            vec![Json(json!({ "request": { "LocationId": Uuid::nil(), "OnlyVisible": true } }))]
        }
        "OpenOrders/SaveIdentifier" => vec![Json(json!({ "Identifier": { "IdentifierId": 0, "IsCustom": true,
            "ImageId": Uuid::nil(), "Tag": "WITH_3PL", "Name": "With the 3PL" } }))],
        "OpenOrders/SearchOrders" => vec![Json(json!({ "LocationId": Uuid::nil(),
            "SearchTerm": order.general_info.reference_num, "IncludeProcessed": false }))],
        _ => Vec::new(),
    }
}

fn open_orders_pages(location: Uuid) -> Vec<Request> {
    let sorting = json!([{ "FieldCode": "GENERAL_INFO_DATE", "Direction": "Ascending", "Order": 0 }]);
    vec![
        Json(json!({ "entriesPerPage": 200, "pageNumber": 1, "filters": filters(), "sorting": sorting,
            "fulfilmentCenter": location, "additionalFilter": "" })),
        Form(vec![
            ("entriesPerPage", "20".to_owned()),
            ("pageNumber", "2".to_owned()),
            ("filters", filters().to_string()),
            ("sorting", json!([{ "FieldCode": 6, "Direction": 1, "Order": 0 }]).to_string()),
            ("fulfilmentCenter", location.to_string()),
            ("additionalFilter", String::new()),
        ]),
    ]
}

fn filters() -> Value {
    json!({
        "TextFields": [{ "FieldCode": "GENERAL_INFO_SOURCE", "Type": "Contains", "Text": "A" }],
        "BooleanFields": [{ "FieldCode": "GENERAL_INFO_PARKED", "Value": false }],
        "NumericFields": [{ "FieldCode": "GENERAL_INFO_STATUS", "Type": "Equal", "Value": 1 }],
        "DateFields": [{ "FieldCode": "GENERAL_INFO_DATE", "Type": "Range", "DateFrom": "2026-01-01T00:00:00Z",
            "DateTo": "2026-12-31T00:00:00Z" }],
        "ListFields": [],
        "FieldVisibility": [],
    })
}

fn new_order(sku: &str) -> Value {
    let address = json!({ "FullName": "Test Buyer", "Address1": "1 Test Street", "Town": "Leeds", "PostCode": "LS1 1AA",
        "Country": "United Kingdom", "EmailAddress": "buyer@example.test" });
    json!({
        "AutomaticallyLinkBySKU": true, "Source": "DIRECT", "SubSource": "", "ReferenceNumber": "NEW-1",
        "ExternalReference": "NEW-1", "Currency": "GBP", "ReceivedDate": "2026-03-02T09:00:00Z",
        "PaidOn": "2026-03-02T09:00:00Z", "DispatchBy": "2026-03-04T09:00:00Z", "PaymentStatus": "Paid",
        "DeliveryAddress": address, "BillingAddress": address,
        "OrderItems": [{ "ItemNumber": "1", "ChannelSKU": sku, "ItemTitle": "A thing", "Qty": 2, "PricePerUnit": 5.0,
            "TaxCostInclusive": true, "UseChannelTax": false }],
    })
}

fn stock(path: &str, id: Uuid, sku: &str) -> Vec<Request> {
    let levels = json!([{ "SKU": sku, "LocationId": Uuid::nil(), "Level": 12 }]);
    match path {
        "Stock/GetItemChangesHistory" => vec![Query(vec![
            ("stockItemId", id.to_string()),
            ("locationId", Uuid::nil().to_string()),
            ("entriesPerPage", "20".to_owned()),
            ("pageNumber", "1".to_owned()),
        ])],
        "Stock/GetStockItems" => vec![Query(vec![
            ("keyWord", sku.to_owned()),
            ("locationId", Uuid::nil().to_string()),
            ("entriesPerPage", "20".to_owned()),
            ("pageNumber", "1".to_owned()),
        ])],
        "Stock/GetStockItemsByIds" => vec![Json(json!({ "StockItemIds": [id] }))],
        "Stock/GetStockItemsByKey" => {
            vec![Json(json!({ "stockIdentifier": { "Key": sku, "LocationId": Uuid::nil() } }))]
        }
        "Stock/GetStockItemsFull" => vec![Json(json!({ "keyword": "", "loadCompositeParents": true,
            "loadVariationParents": false, "entriesPerPage": 20, "pageNumber": 1,
            "dataRequirements": ["StockLevels", "Pricing"], "searchTypes": ["SKU", "Title"] }))],
        "Stock/GetStockItemsFullByIds" => {
            vec![Json(json!({ "request": { "StockItemIds": [id], "DataRequirements": ["StockLevels"] } }))]
        }
        "Stock/GetStockLevel" => vec![query("stockItemId", id)],
        "Stock/GetStockLevelByLocation" => {
            vec![Json(json!({ "request": { "StockItemId": id, "LocationId": Uuid::nil() } }))]
        }
        "Stock/GetStockLevel_Batch" => vec![Json(json!({ "request": { "StockItemIds": [id] } }))],
        "Stock/SKUExists" => vec![query("SKU", sku), query("SKU", "no such thing")],
        "Stock/SetStockLevel" | "Stock/UpdateStockLevelsBySKU" => vec![
            Json(json!({ "stockLevels": levels, "changeSource": "WMS" })),
            Form(vec![("stockLevels", levels.to_string()), ("changeSource", "WMS".to_owned())]),
        ],
        "Stock/UpdateStockLevelsBulk" => vec![Json(json!({ "Items": [{ "SKU": sku, "StockItemId": id,
            "StockLocationId": Uuid::nil(), "StockLevel": 12, "RowIndex": 0 }] }))],
        _ => Vec::new(),
    }
}
