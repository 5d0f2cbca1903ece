//! How the API shows purchase orders (7).

use crate::{
    config::Config,
    state::{
        Account, PurchaseItem, PurchaseOrder, Stamp,
        render::{self, rounded},
    },
};
use serde::Serialize;
use serde_json::{Value, json};
use uuid::Uuid;

/// The tax of a line.
pub(super) fn tax(line: &PurchaseItem, order: &PurchaseOrder, config: &Config) -> f64 {
    if order.unit_amount_tax_included_type == 2 {
        return 0.0;
    }
    let rate = line.tax_rate.max(0.0) / 100.0;
    let share = if config.purchase.tax_on_top { rate } else { rate / (1.0 + rate) };
    rounded(line.cost * share, 2)
}

/// `CommonPurchaseOrderHeader` and `PurchaseOrderHeader`, which have the same members.
pub(super) fn header(order: &PurchaseOrder, config: &Config) -> Value {
    let goods: f64 = order.items.iter().map(|line| line.cost).sum();
    let taxes: f64 = order.items.iter().map(|line| tax(line, order, config)).sum();
    let shipping_tax = rounded(order.postage_paid * order.shipping_tax_rate / 100.0, 2);
    let total = rounded(goods + order.postage_paid + shipping_tax, 2);
    let delivered = order.items.iter().filter(|line| line.outstanding() == 0).count();
    json!({
        "pkPurchaseID": order.id,
        "fkSupplierId": order.supplier_id,
        "fkLocationId": order.location_id,
        "ExternalInvoiceNumber": order.external_invoice_number,
        "Status": order.status,
        "Currency": order.currency,
        "SupplierReferenceNumber": order.supplier_reference_number,
        "Locked": order.locked,
        "LineCount": order.items.len(),
        "DeliveredLinesCount": delivered,
        "UnitAmountTaxIncludedType": order.unit_amount_tax_included_type,
        "DateOfPurchase": order.date_of_purchase,
        "DateOfDelivery": order.date_of_delivery,
        "QuotedDeliveryDate": order.quoted_delivery_date,
        "PostagePaid": order.postage_paid,
        "TotalCost": total,
        "taxPaid": rounded(taxes, 2),
        "ShippingTaxRate": order.shipping_tax_rate,
        "ConversionRate": order.conversion_rate,
        "ConvertedShippingCost": rounded(order.postage_paid * order.conversion_rate, 2),
        "ConvertedShippingTax": rounded(shipping_tax * order.conversion_rate, 2),
        "ConvertedOtherCost": 0.0,
        "ConvertedOtherTax": 0.0,
        "ConvertedGrandTotal": rounded(total * order.conversion_rate, 2),
    })
}

/// `CommonPurchaseOrderItem` and `PurchaseOrderItem`, which have the same members.
pub(super) fn item(line: &PurchaseItem, order: &PurchaseOrder, account: &Account, config: &Config) -> Value {
    let known = account.items.get(line.stock_item_id);
    let shelf = known.and_then(|item| item.level(order.location_id)).map(|level| level.bin_rack.as_str());
    let source = known.and_then(|item| item.suppliers.iter().find(|row| row.supplier_id == order.supplier_id));
    json!({
        "pkPurchaseItemId": line.id,
        "fkStockItemId": line.stock_item_id,
        "StockItemIntId": known.map_or(0, |item| item.stock_item_int_id),
        "Quantity": line.quantity,
        "Cost": line.cost,
        "Delivered": line.delivered,
        "TaxRate": line.tax_rate,
        "Tax": tax(line, order, config),
        "PackQuantity": line.pack_quantity,
        "PackSize": line.pack_size,
        "SKU": known.map_or(&line.sku, |item| &item.item_number),
        "ItemTitle": known.map_or(&line.item_title, |item| &item.item_title),
        "InventoryTrackingType": known.map_or(0, |item| item.inventory_tracking_type),
        "IsDeleted": known.is_none_or(|item| item.archived),
        "SortOrder": line.sort_order,
        "DimHeight": known.map_or(0.0, |item| item.height),
        "DimWidth": known.map_or(0.0, |item| item.width),
        "BarcodeNumber": known.map(|item| item.barcode_number.as_str()).unwrap_or_default(),
        "DimDepth": known.map_or(0.0, |item| item.depth),
        "BoundToOpenOrdersItems": 0,
        "BinRack": shelf.unwrap_or_default(),
        "QuantityBoundToOpenOrdersItems": 0,
        "SupplierCode": source.map(|row| row.code.as_str()).unwrap_or_default(),
        "SupplierBarcode": source.map(|row| row.supplier_barcode.as_str()).unwrap_or_default(),
        "SkuGroupIds": [],
    })
}

/// All lines.
pub(super) fn items(order: &PurchaseOrder, account: &Account, config: &Config) -> Vec<Value> {
    order.items.iter().map(|line| item(line, order, account, config)).collect()
}

/// A delivery. `Get_DeliveredRecords` does not show which delivery it came with.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Record {
    #[serde(rename = "fkDeliveryId", skip_serializing_if = "Option::is_none")]
    delivery_id: Option<i32>,
    #[serde(rename = "pkDeliveryRecordId")]
    id: i32,
    #[serde(rename = "fkPurchaseItemId")]
    item_id: Uuid,
    #[serde(rename = "fkStockLocationId")]
    location_id: Uuid,
    #[serde(serialize_with = "render::money")]
    unit_cost: f64,
    delivered_quantity: i32,
    created_date_time: Stamp,
    modified_date_time: Stamp,
    #[serde(rename = "fkBatchInventoryId", skip_serializing_if = "render::omitted")]
    batch_inventory_id: Option<i32>,
}

/// All deliveries, oldest first.
pub(super) fn records(order: &PurchaseOrder, with_delivery: bool) -> Vec<Record> {
    let rows = order.delivered_records.iter().map(|record| Record {
        delivery_id: with_delivery.then_some(record.delivery_id),
        id: record.id,
        item_id: record.item_id,
        location_id: record.location_id,
        unit_cost: record.unit_cost,
        delivered_quantity: record.delivered_quantity,
        created_date_time: record.created_date_time,
        modified_date_time: record.modified_date_time,
        batch_inventory_id: record.batch_inventory_id,
    });
    rows.collect()
}
