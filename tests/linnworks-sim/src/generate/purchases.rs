//! Suppliers and purchase orders: one order for every ten products, of every status.

use super::{FULFILMENT_CENTRE, GenerateOptions, SECOND_LOCATION, dice::Dice, present};
use crate::state::{
    Account, DeliveredRecord, ItemSupplier, PurchaseItem, PurchaseNote, PurchaseOrder, PurchaseStatus, StockItem,
    Supplier, render::rounded,
};
use uuid::Uuid;

const KIND: u64 = 3;
const DAY: f64 = 86_400.0;
const SUPPLIERS: [(&str, &str, f64); 4] = [
    ("Example Textiles Ltd", "GBP", 1.0),
    ("Beispiel Keramik GmbH", "EUR", 0.85),
    ("Exemple Papeterie SARL", "EUR", 0.85),
    ("Sample Trading Co", "USD", 0.78),
];

/// The suppliers of the account.
pub(super) fn suppliers() -> Vec<Supplier> {
    let named = SUPPLIERS.iter().map(|(name, currency, _)| Supplier {
        supplier_name: (*name).to_owned(),
        contact_name: "Test Contact".to_owned(),
        email: "orders@example.test".to_owned(),
        currency: (*currency).to_owned(),
        ..Supplier::default()
    });
    named.collect()
}

/// Tells each simple product who supplies it.
pub(super) fn supply(account: &mut Account) {
    let suppliers: Vec<Uuid> = account.suppliers.iter().skip(1).map(|known| known.id).collect();
    let items: Vec<Uuid> =
        account.items.iter().filter(|item| !item.is_composite()).map(|item| item.stock_item_id).collect();
    for (place, id) in items.into_iter().enumerate() {
        let Some(supplier_id) = suppliers.get(place % suppliers.len().max(1)).copied() else { continue };
        let Some(item) = account.items.get_mut(id) else { continue };
        item.suppliers.push(ItemSupplier {
            supplier_id,
            is_default: true,
            code: format!("{}-{place:04}", char::from(b'A' + (place % 4) as u8)),
            supplier_barcode: item.barcode_number.clone(),
            lead_time: 7,
            purchase_price: item.purchase_price,
            supplier_min_order_qty: 1,
            supplier_pack_size: 6,
        });
    }
}

/// The purchase order at a place; none for an account without products.
pub(super) fn order(place: usize, account: &Account, options: &GenerateOptions) -> Option<PurchaseOrder> {
    let mut dice = Dice::new(options.seed_number, KIND, place);
    let at = place % SUPPLIERS.len();
    let (supplier, (_, currency, rate)) = (account.suppliers.get(at + 1)?, SUPPLIERS.get(at)?);
    let goods: Vec<&StockItem> =
        account.items.iter().filter(|item| item.suppliers.iter().any(|row| row.supplier_id == supplier.id)).collect();
    let status = dice.pick(
        PurchaseStatus::Open,
        &[PurchaseStatus::Open, PurchaseStatus::Partial, PurchaseStatus::Delivered, PurchaseStatus::Pending],
    );
    let now = present(options);
    let bought = now.plus_seconds(-DAY * f64::from(dice.between(1, 40)));
    let location_id = match dice.between(0, 99) {
        0..75 => Uuid::nil(),
        75..95 => SECOND_LOCATION,
        _ => FULFILMENT_CENTRE,
    };
    let mut order = PurchaseOrder {
        id: dice.id(),
        supplier_id: supplier.id,
        location_id,
        external_invoice_number: format!("PO{:05}", place + 1),
        status,
        currency: (*currency).to_owned(),
        supplier_reference_number: if dice.chance(300) { String::new() } else { format!("INV-{}", dice.digits(6)) },
        date_of_purchase: bought,
        date_of_delivery: bought,
        quoted_delivery_date: bought.plus_seconds(DAY * f64::from(dice.between(7, 60))),
        postage_paid: if dice.chance(400) { 12.5 } else { 0.0 },
        shipping_tax_rate: 20.0,
        conversion_rate: *rate,
        ..PurchaseOrder::default()
    };
    let first = dice.place(goods.len());
    let wanted = usize::try_from(dice.between(1, 6)).unwrap_or(1);
    for item in goods.iter().cycle().skip(first).take(wanted.min(goods.len())) {
        let packs = dice.between(1, 20);
        order.items.push(PurchaseItem {
            id: dice.id(),
            stock_item_id: item.stock_item_id,
            sku: item.item_number.clone(),
            item_title: item.item_title.clone(),
            quantity: packs * 6,
            cost: rounded(item.purchase_price * f64::from(packs * 6) * 1.2, 2),
            tax_rate: 20.0,
            pack_quantity: packs,
            pack_size: 6,
            sort_order: i32::try_from(order.items.len()).unwrap_or(i32::MAX),
            ..PurchaseItem::default()
        });
    }
    if order.items.is_empty() {
        return None;
    }
    receive(&mut order, place, options, &mut dice);
    if dice.chance(250) {
        let note = "Please call before delivery".to_owned();
        let user_name = account.email.clone();
        order.notes.push(PurchaseNote { id: dice.id(), note, note_date_time: bought, user_name });
    }
    Some(order)
}

/// What of it has come. The stock levels are taken to hold it already.
fn receive(order: &mut PurchaseOrder, place: usize, options: &GenerateOptions, dice: &mut Dice) {
    let when = present(options).plus_seconds(-DAY / 2.0);
    let last = order.items.len().saturating_sub(1);
    for (at, line) in order.items.iter_mut().enumerate() {
        line.delivered = match order.status {
            PurchaseStatus::Pending | PurchaseStatus::Open => 0,
            PurchaseStatus::Delivered => line.quantity,
            // The last line stays short, the others may be whole.
            PurchaseStatus::Partial if at == last => line.quantity / 2,
            PurchaseStatus::Partial => {
                if dice.chance(500) {
                    line.quantity
                } else {
                    0
                }
            }
        };
        if line.delivered > 0 {
            let number = i32::try_from(place * 10 + at).unwrap_or(i32::MAX).saturating_add(1);
            order.delivered_records.push(DeliveredRecord {
                delivery_id: 1,
                id: number,
                item_id: line.id,
                location_id: order.location_id,
                unit_cost: rounded(line.cost / f64::from(line.quantity) * order.conversion_rate, 4),
                delivered_quantity: line.delivered,
                created_date_time: when,
                modified_date_time: when,
                batch_inventory_id: None,
            });
        }
    }
    if order.status == PurchaseStatus::Delivered {
        order.date_of_delivery = when;
    }
}
