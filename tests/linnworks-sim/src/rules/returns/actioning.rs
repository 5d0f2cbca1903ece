//! Actioning an RMA: goods are booked in, replacements become orders, refunds are made.

use super::find_line;
use crate::{
    config::{Again, Config, Scrap},
    rules::stock,
    state::{
        Account, Order, OrderItem, PostSale, PostSaleError, Refund, RefundLine, Relation, RmaKind, RmaLine, Stamp,
        complete,
    },
};
use serde_json::json;
use uuid::Uuid;

/// What actioning did.
#[derive(Debug, Clone, Default)]
pub(crate) struct Actioned {
    pub(crate) refund_header: Option<i32>,
    pub(crate) done: bool,
    pub(crate) errors: Vec<String>,
}

/// Actions every open line of an RMA.
///
/// # Errors
/// Why nothing was done.
pub(crate) fn action(
    account: &mut Account,
    header: i32,
    order_id: Uuid,
    with_form: bool,
    config: &Config,
    now: Stamp,
    user: &str,
) -> Result<Actioned, String> {
    let found = account.after_sales.rma(header).filter(|rma| rma.order_id == order_id).cloned();
    let (Some(mut rma), Some(order)) = (found, account.orders.get(order_id).cloned()) else {
        return Err(format!("RMA {header} of order {order_id} does not exist"));
    };
    if config.returns.form_required && !with_form {
        return Err(format!("The channel asks for more before RMA {header} can be actioned"));
    }
    let again = config.returns.action_again;
    if rma.lines.iter().all(|line| line.status.is_closed()) && again != Again::Repeated {
        let refund_header = refund_of(account, &rma.lines);
        return match again {
            Again::Ignored => Ok(Actioned { refund_header, done: true, errors: Vec::new() }),
            _ => Err(format!("RMA {header} was actioned already")),
        };
    }
    rma.last_action_date = Some(now);
    if let Some(text) = &config.returns.channel_refuses {
        for line in rma.lines.iter_mut().filter(|line| !line.status.is_closed()) {
            line.status = PostSale::Error;
            line.errors.push(PostSaleError { error_message: text.clone(), date_stamp: now, acknowledged: false });
        }
        account.after_sales.put_rma(rma);
        return Ok(Actioned { refund_header: None, done: false, errors: vec![text.clone()] });
    }
    let mut refunds = Vec::new();
    for line in rma.lines.iter_mut().filter(|line| !line.status.is_closed() || again == Again::Repeated) {
        if !config.returns.stock_at_booking {
            book_in(account, &order, line, config, now);
        }
        if line.new_order_id.is_none() {
            line.new_order_id = replacement(account, &order, line, now, user);
        }
        if line.refund_amount > 0.0 && line.refund_row_id.is_none() {
            let row = account.new_id();
            line.refund_row_id = Some(row);
            refunds.push(RefundLine {
                refund_row_id: row,
                refunded_unit: "Item".to_owned(),
                order_item_row_id: Some(line.order_item_row_id),
                return_row_id: Some(line.row_id),
                amount: line.refund_amount,
                quantity: line.return_quantity,
                free_text_or_note: line.reason.clone(),
                reason_tag: line.reason_tag.clone(),
                sub_reason_tag: line.sub_reason_tag.clone(),
                reason_category: line.reason_category.clone(),
                ..RefundLine::default()
            });
        }
        line.status = PostSale::Processed;
        line.actioned_date = Some(now);
        for error in &mut line.errors {
            error.acknowledged = true;
        }
    }
    let refund_header = (!refunds.is_empty()).then(|| {
        let header = account.after_sales.last_refund_header + 1;
        account.after_sales.put_refund(Refund {
            header_id: header,
            order_id,
            external_reference: format!("REFUND{}-{header}", order.num_order_id),
            created_date: now,
            lines: refunds,
            ..Refund::default()
        })
    });
    account.after_sales.put_rma(rma);
    account.audit(order_id, now, user, "RMA_ACTIONED", format!("Return booking {header} actioned"));
    Ok(Actioned { refund_header, done: true, errors: Vec::new() })
}

fn refund_of(account: &Account, lines: &[RmaLine]) -> Option<i32> {
    let rows: Vec<Uuid> = lines.iter().filter_map(|line| line.refund_row_id).collect();
    let holds = |refund: &&Refund| refund.lines.iter().any(|line| rows.contains(&line.refund_row_id));
    account.after_sales.refunds.iter().find(holds).map(|refund| refund.header_id)
}

/// Puts what comes back and is not scrapped on the shelf of the return location: components for composites, the named
/// batch for batched items.
pub(super) fn book_in(account: &mut Account, order: &Order, line: &RmaLine, config: &Config, now: Stamp) {
    if line.kind == RmaKind::Resend {
        return;
    }
    let back = match config.returns.scrap {
        Scrap::PartOfReturned => line.return_quantity - line.scrap_quantity,
        Scrap::Beside => line.return_quantity,
    };
    let Some((item, _)) = find_line(order, line.order_item_row_id).filter(|_| back > 0) else { return };
    let note = format!("RETURN FOR ORDER {}", order.num_order_id);
    for (stock_item, quantity) in parts(item, back) {
        let level = account
            .items
            .get(stock_item)
            .and_then(|known| known.level(line.return_location))
            .map_or(0, |row| row.level);
        if stock::set_level(account, stock_item, line.return_location, level + quantity, now, &note) {
            let rows = account.items.get_mut(stock_item).map(|known| known.batches.iter_mut());
            for batch in rows.into_iter().flatten() {
                if Some(batch.batch_inventory_id) == line.batch_inventory_id {
                    batch.quantity += quantity;
                }
            }
        }
    }
}

/// Stock items and how many of each go with `quantity` of a line.
fn parts(line: &OrderItem, quantity: i32) -> Vec<(Uuid, i32)> {
    if line.composite_sub_items.is_empty() {
        return if line.stock_item_id.is_nil() { Vec::new() } else { vec![(line.stock_item_id, quantity)] };
    }
    let each = line.composite_sub_items.iter();
    each.flat_map(|part| parts(part, part.quantity / line.quantity.max(1) * quantity)).collect()
}

/// The order that sends a replacement, with status RESEND, at the despatch location.
fn replacement(account: &mut Account, order: &Order, line: &RmaLine, now: Stamp, user: &str) -> Option<Uuid> {
    let (sku, quantity) = match line.kind {
        RmaKind::Return => return None,
        RmaKind::Exchange => {
            (account.items.get(line.exchange_stock_item_id?)?.item_number.clone(), line.exchange_quantity)
        }
        RmaKind::Resend => (find_line(order, line.order_item_row_id)?.0.sku.clone(), line.resend_quantity),
    };
    let info = &order.general_info;
    let seed = json!({
        "Status": 4,
        "Source": info.source,
        "SubSource": info.sub_source,
        "ReferenceNum": info.reference_num,
        "SecondaryReference": info.secondary_reference,
        "ExternalReferenceNum": info.external_reference_num,
        "FulfilmentLocationId": line.despatch_location_id,
        "CustomerInfo": order.customer_info,
        "Currency": order.totals_info.currency,
        "Items": [{ "SKU": sku, "Quantity": quantity, "PricePerUnit": line.additional_cost }],
    });
    let made = complete::new_order(seed, account, now).ok()?;
    let (id, number) = (made.order_id, made.num_order_id);
    account.orders.insert(made);
    let kind = if line.kind == RmaKind::Exchange { "EXCHANGE" } else { "RESEND" };
    account.relations.push(Relation {
        parent_order_id: order.order_id,
        child_order_id: id,
        parent: order.num_order_id,
        child: number,
        kind: kind.to_owned(),
    });
    account.audit(id, now, user, "ORDER_CREATED", format!("Order {number} created for order {}", order.num_order_id));
    Some(id)
}
