//! Suppliers, and the products that they supply (7).

use super::{Call, Endpoint};
use crate::{
    http::{
        bind::Wrapper,
        params::Params,
        reply::{ApiError, Reply},
    },
    state::{Account, StockItem, Supplier},
};
use serde_json::{Value, json};

pub(super) const TABLE: &[Endpoint] = &[
    Endpoint::get("Inventory/GetSuppliers", 150, list),
    Endpoint::get("Inventory/GetSupplierDetails", 150, one),
    Endpoint::write("Inventory/AddSupplier", 150, Wrapper::Flat, add),
    Endpoint::write("Inventory/UpdateSupplier", 150, Wrapper::Flat, update),
    Endpoint::get("Inventory/GetStockSupplierStat", 250, of_item),
    Endpoint::get("Inventory/GetStockSupplierStatsBulk", 150, of_items),
];

/// Ids and names ("list of all Suppliers' names"), or everything, as configured.
fn list(call: &mut Call<'_>) -> Result<Reply, ApiError> {
    if call.config.purchase.supplier_details {
        return Reply::json(&call.account.suppliers, call.config);
    }
    let names = call.account.suppliers.iter();
    let rows: Vec<_> =
        names.map(|known| json!({ "pkSupplierID": known.id, "SupplierName": known.supplier_name })).collect();
    Reply::json(&rows, call.config)
}

fn one(call: &mut Call<'_>) -> Result<Reply, ApiError> {
    let id = call.params.need_guid("supplierId")?;
    match call.account.suppliers.iter().find(|known| known.id == id) {
        Some(known) => Reply::json(known, call.config),
        None => Err(ApiError::refused(format!("Supplier {id} does not exist"))),
    }
}

fn read(sent: &Params, base: Supplier) -> Supplier {
    let text = |name: &str, old: String| sent.text(name).unwrap_or(old);
    Supplier {
        id: base.id,
        supplier_name: text("SupplierName", base.supplier_name),
        contact_name: text("ContactName", base.contact_name),
        address: text("Address", base.address),
        alternative_address: text("AlternativeAddress", base.alternative_address),
        city: text("City", base.city),
        region: text("Region", base.region),
        country: text("Country", base.country),
        post_code: text("PostCode", base.post_code),
        telephone_number: text("TelephoneNumber", base.telephone_number),
        secondary_tel_number: text("SecondaryTelNumber", base.secondary_tel_number),
        fax_number: text("FaxNumber", base.fax_number),
        email: text("Email", base.email),
        web_page: text("WebPage", base.web_page),
        currency: text("Currency", base.currency),
    }
}

fn add(call: &mut Call<'_>) -> Result<Reply, ApiError> {
    let sent = call.params.need_object("supplier")?;
    let id = sent.guid("pkSupplierID")?.filter(|id| !id.is_nil()).unwrap_or_else(|| call.account.new_id());
    let supplier = read(&sent, Supplier { id, ..Supplier::default_supplier() });
    if call.account.supplier_by_key(&supplier.supplier_name).is_some() {
        return Err(ApiError::refused(format!("Supplier {} already exists", supplier.supplier_name)));
    }
    call.account.put_supplier(supplier.clone());
    Reply::json(&supplier, call.config)
}

fn update(call: &mut Call<'_>) -> Result<Reply, ApiError> {
    let sent = call.params.need_object("supplier")?;
    let id = sent.need_guid("pkSupplierID")?;
    let Some(known) = call.account.suppliers.iter().find(|known| known.id == id).cloned() else {
        return Err(ApiError::refused(format!("Supplier {id} does not exist")));
    };
    call.account.put_supplier(read(&sent, known));
    Ok(Reply::Void)
}

/// `StockItemSupplierStat` of each supplier of a product.
pub(super) fn stats(item: &StockItem, account: &Account) -> Vec<Value> {
    let rows = item.suppliers.iter().map(|row| {
        let supplier = account.suppliers.iter().find(|known| known.id == row.supplier_id);
        json!({
            "IsDefault": row.is_default,
            "Supplier": supplier.map(|known| known.supplier_name.as_str()).unwrap_or_default(),
            "SupplierID": row.supplier_id,
            "Code": row.code,
            "SupplierBarcode": row.supplier_barcode,
            "LeadTime": row.lead_time,
            "PurchasePrice": row.purchase_price,
            "MinPrice": row.purchase_price,
            "MaxPrice": row.purchase_price,
            "AveragePrice": row.purchase_price,
            "AverageLeadTime": f64::from(row.lead_time),
            "SupplierMinOrderQty": row.supplier_min_order_qty,
            "SupplierPackSize": row.supplier_pack_size,
            "SupplierCurrency": supplier.map(|known| known.currency.as_str()).unwrap_or_default(),
            "StockItemId": item.stock_item_id,
            "StockItemIntId": item.stock_item_int_id,
        })
    });
    rows.collect()
}

fn of_item(call: &mut Call<'_>) -> Result<Reply, ApiError> {
    let id = call.params.need_guid("inventoryItemId")?;
    let rows = call.account.items.get(id).map(|item| stats(item, call.account)).unwrap_or_default();
    Reply::json(&rows, call.config)
}

fn of_items(call: &mut Call<'_>) -> Result<Reply, ApiError> {
    let ids = call.params.need_guids("inventoryItemIds")?;
    let items = ids.iter().filter_map(|id| call.account.items.get(*id));
    let rows: Vec<_> = items.flat_map(|item| stats(item, call.account)).collect();
    Reply::json(&rows, call.config)
}
