//! Rows of the table for purchase orders and suppliers.

use super::Request::{self, Form, Json};
use linnworks_sim::state::{Account, PurchaseOrder, PurchaseStatus};
use serde_json::{Value, json};
use uuid::Uuid;

fn of(account: &Account, status: PurchaseStatus) -> &PurchaseOrder {
    account.purchase_orders.iter().find(|order| order.status == status).unwrap()
}

/// A draft, an open and a delivered order of one shape with a note and a property, beside the generated ones.
pub(crate) fn add(account: &mut Account) {
    let model = account.purchase_orders.iter().next().unwrap().clone();
    for (number, status) in PurchaseStatus::ALL.into_iter().enumerate() {
        let mut order = PurchaseOrder { id: Uuid::from_u128(0x9000 + number as u128), status, ..model.clone() };
        order.external_invoice_number = format!("EACH-{}", status.name());
        order.delivered_records.clear();
        for (place, line) in order.items.iter_mut().enumerate() {
            line.id = Uuid::from_u128(0x9100 + (number * 16 + place) as u128);
            line.delivered = if status == PurchaseStatus::Delivered { line.quantity } else { 0 };
        }
        account.purchase_orders.insert(order);
    }
}

fn one(wrapper: &str, parameter: &Value) -> Vec<Request> {
    vec![Json(json!({ wrapper: parameter })), Form(vec![(name(wrapper), parameter.to_string())])]
}

/// The wrappers, as names of form fields.
fn name(wrapper: &str) -> &'static str {
    const NAMES: [&str; 11] = [
        "request",
        "searchParameter",
        "createParameters",
        "updateParameter",
        "changeStatusParameter",
        "addItemParameter",
        "updateItemParameter",
        "deleteItemParameter",
        "deliverItemParameter",
        "purchaseOrder",
        "auditLog",
    ];
    NAMES.into_iter().find(|known| *known == wrapper).unwrap()
}

/// Requests of `PurchaseOrder/`.
pub(crate) fn orders(path: &str, account: &Account) -> Vec<Request> {
    let (draft, open) = (of(account, PurchaseStatus::Pending), of(account, PurchaseStatus::Open));
    let (line, open_line) = (draft.items[0].id, open.items[0].id);
    let item = draft.items[0].stock_item_id;
    let both = json!({ "pkPurchaseId": open.id, "pkPurchaseItemId": open_line });
    let page = json!({ "DateFrom": "2026-01-01T00:00:00Z", "DateTo": "2026-12-31T00:00:00Z", "Status": "OPEN",
        "EntriesPerPage": 20, "PageNumber": 1, "Location": [Uuid::nil()], "Supplier": [] });
    let with = |mut body: Value, name: &str, value: Value| {
        body[name] = value;
        body
    };
    match path.split('/').next_back().unwrap() {
        "Search_PurchaseOrders2" => vec![
            Json(json!({})),
            Json(with(page.clone(), "SearchValue", json!("PO"))),
            Json(with(with(page, "SearchValue", json!("SKU")), "SearchType", json!("StockItemSKU"))),
        ],
        "Search_PurchaseOrders" => one("searchParameter", &with(page, "ReferenceLike", json!("PO"))),
        "Create_PurchaseOrder_Initial" => one(
            "createParameters",
            &json!({ "fkSupplierId": Uuid::nil(), "fkLocationId": Uuid::nil(), "ExternalInvoiceNumber": "NEW",
                "Currency": "GBP", "SupplierReferenceNumber": "", "UnitAmountTaxIncludedType": 1,
                "DateOfPurchase": "2026-03-01T00:00:00Z", "QuotedDeliveryDate": "2026-03-20T00:00:00Z",
                "ConversionRate": 1.0 }),
        ),
        "Update_PurchaseOrderHeader" => one(
            "updateParameter",
            &json!({ "pkPurchaseID": open.id, "SupplierReferenceNumber": "S-1", "fkLocationId": Uuid::nil(),
                "fkSupplierId": open.supplier_id, "Currency": "GBP", "ExternalInvoiceNumber": "CHANGED",
                "DateOfPurchase": "2026-03-01T00:00:00Z", "QuotedDeliveryDate": "2026-03-20T00:00:00Z" }),
        ),
        "Change_PurchaseOrderStatus" => {
            one("changeStatusParameter", &json!({ "pkPurchaseId": draft.id, "status": "OPEN" }))
        }
        "Add_PurchaseOrderItem" => one(
            "addItemParameter",
            &json!({ "pkPurchaseId": draft.id, "fkStockItemId": item, "Qty": 2, "PackQuantity": 1, "PackSize": 2,
                "Cost": 4.8, "TaxRate": 20.0 }),
        ),
        "Update_PurchaseOrderItem" => {
            one("updateItemParameter", &json!({ "pkPurchaseId": draft.id, "pkPurchaseItemId": line, "Quantity": 3 }))
        }
        "Delete_PurchaseOrderItem" => {
            one("deleteItemParameter", &json!({ "pkPurchaseId": draft.id, "pkPurchaseItemId": line }))
        }
        "Modify_PurchaseOrderItems_Bulk" => one(
            "request",
            &json!({ "PurchaseId": draft.id, "ItemsToDelete": [],
                "ItemsToUpdate": [{ "Id": Uuid::from_u128(1), "PurchaseItemId": line, "StockItemId": item, "Qty": 5,
                    "Cost": 10.0, "TaxRate": 20.0, "PackQuantity": 1, "PackSize": 1 }],
                "ItemsToAdd": [{ "Id": Uuid::from_u128(2), "StockItemId": item, "Qty": 1, "Cost": 2.0,
                    "TaxRate": 20.0, "PackQuantity": 1, "PackSize": 1 }] }),
        ),
        "GetPurchaseOrdersWithStockItems" => {
            one("purchaseOrder", &json!({ "StockItemId": open.items[0].stock_item_id, "LocationIds": [] }))
        }
        "Get_PurchaseOrder" => vec![
            Json(json!({ "pkPurchaseId": open.id })),
            Json(json!({ "pkPurchaseId": of(account, PurchaseStatus::Delivered).id })),
            Json(json!({ "pkPurchaseId": of(account, PurchaseStatus::Partial).id })),
            Form(vec![("pkPurchaseId", draft.id.to_string())]),
        ],
        "Get_DeliveredRecords" => {
            vec![Json(json!({ "pkPurchaseId": of(account, PurchaseStatus::Delivered).id })), by_id(open)]
        }
        "Get_PurchaseOrderNote" | "Delete_PurchaseOrder" => vec![by_id(open)],
        "Add_PurchaseOrderNote" => vec![Json(json!({ "pkPurchaseId": open.id, "Note": "Two boxes" }))],
        "Delete_PurchaseOrderNote" => {
            vec![Json(json!({ "pkPurchaseId": open.id, "pkPurchaseOrderNoteId": Uuid::from_u128(7) }))]
        }
        "Deliver_PurchaseItem" => [
            one("deliverItemParameter", &with(both.clone(), "Delivered", json!(1))),
            one("deliverItemParameter", &with(both, "AddToDelivered", json!(1))),
        ]
        .into_iter()
        .flatten()
        .collect(),
        "Deliver_PurchaseItems_WithQuantity" => one(
            "request",
            &json!({ "pkPurchaseId": open.id, "Items": [{ "pkPurchaseItemId": open_line, "QuantityDelivered": 1 }] }),
        ),
        "Deliver_PurchaseItemAll" | "Deliver_PurchaseItemAll_ExceptBatchItems" => {
            vec![Json(json!({ "purchaseId": open.id })), Form(vec![("purchaseId", open.id.to_string())])]
        }
        "GetPurchaseOrderStatusList" => vec![Json(json!({}))],
        "Get_PurchaseOrderAudit" => one("auditLog", &json!({ "pkPurchaseId": open.id })),
        "FindStockItem" => {
            let sku = &draft.items[0].sku;
            one("request", &json!({ "Codes": [sku, "A-0000"] }))
        }
        "Get_PurchaseOrderExtendedProperty" => one("request", &json!({ "PurchaseId": open.id })),
        "Add_PurchaseOrderExtendedProperty" => one(
            "request",
            &json!({ "PurchaseId": open.id,
                "ExtendedPropertyItems": [{ "PropertyName": "ASN", "PropertyValue": "17" }] }),
        ),
        "Update_PurchaseOrderExtendedProperty" => {
            one("request", &json!({ "PurchaseId": open.id, "ExtendedPropertyItems": [] }))
        }
        "Delete_PurchaseOrderExtendedProperty" => one("request", &json!({ "PurchaseId": open.id, "RowIds": [1] })),
        _ => Vec::new(),
    }
}

fn by_id(order: &PurchaseOrder) -> Request {
    Json(json!({ "pkPurchaseId": order.id }))
}

/// Requests about suppliers, of `Inventory/`.
pub(crate) fn suppliers(path: &str, account: &Account) -> Vec<Request> {
    let supplier = account.suppliers[1].id;
    let item = account.items.iter().find(|item| !item.suppliers.is_empty()).unwrap().stock_item_id;
    match path {
        "Inventory/GetSuppliers" => vec![Request::Query(Vec::new())],
        "Inventory/GetSupplierDetails" => vec![super::query("supplierId", supplier)],
        "Inventory/AddSupplier" => {
            vec![Json(json!({ "supplier": { "pkSupplierID": Uuid::from_u128(3), "SupplierName": "Another" } }))]
        }
        "Inventory/UpdateSupplier" => {
            vec![Json(json!({ "supplier": { "pkSupplierID": supplier, "SupplierName": "Renamed" } }))]
        }
        "Inventory/GetStockSupplierStat" => vec![super::query("inventoryItemId", item)],
        "Inventory/GetStockSupplierStatsBulk" => vec![super::query("inventoryItemIds", json!([item]))],
        _ => Vec::new(),
    }
}
