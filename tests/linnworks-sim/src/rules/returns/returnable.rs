//! What of an order can come back.

use crate::{
    config::Config,
    state::{Account, Order, OrderItem, PostSale, RmaKind, RmaLine},
};
use uuid::Uuid;

/// Why an order cannot be returned at all; `None` when it can. The words are the vendor's (`CannotReturnReason`).
pub(crate) fn cannot_return(account: &Account, order_id: Uuid, config: &Config) -> Option<&'static str> {
    let Some(order) = account.orders.get(order_id) else { return Some("MissingOrderInLinnworks") };
    if order.is_open() {
        return Some("OpenOrderInLinnworks");
    }
    if order.is_cancelled() {
        return Some("Other");
    }
    let left = order.items.iter().any(|line| !line.is_service && returnable(account, order, line, config) > 0);
    (!left).then_some("AlreadyReturnedInLinnworks")
}

/// The line of an order with this row, or the component of one; with the line that it is a component of.
pub(crate) fn find_line(order: &Order, row: Uuid) -> Option<(&OrderItem, Option<&OrderItem>)> {
    order.items.iter().find_map(|line| {
        if line.row_id == row {
            return Some((line, None));
        }
        line.composite_sub_items.iter().find(|part| part.row_id == row).map(|part| (part, Some(line)))
    })
}

fn counted<'a>(account: &'a Account, order: &Order, row: Uuid, config: &Config) -> impl Iterator<Item = &'a RmaLine> {
    let bookings = config.returns.bookings_count;
    account
        .after_sales
        .rmas_of(order.order_id)
        .flat_map(|rma| &rma.lines)
        .filter(move |line| line.order_item_row_id == row)
        .filter(move |line| line.status == PostSale::Processed || (bookings && line.status == PostSale::Open))
}

/// How many of a line came back, or are booked to.
pub(crate) fn returned(account: &Account, order: &Order, row: Uuid, config: &Config) -> i32 {
    counted(account, order, row, config)
        .filter(|line| line.kind != RmaKind::Resend)
        .map(|line| line.return_quantity)
        .sum()
}

/// How many of a line were sent once more.
pub(crate) fn resent(account: &Account, order: &Order, row: Uuid, config: &Config) -> i32 {
    counted(account, order, row, config).map(|line| line.resend_quantity).sum()
}

/// How many of a line can still come back. Components that came back by themselves count against their composite.
pub(crate) fn returnable(account: &Account, order: &Order, line: &OrderItem, config: &Config) -> i32 {
    let own = line.quantity - returned(account, order, line.row_id, config);
    let by_parts = line.composite_sub_items.iter().map(|part| {
        let ratio = (part.quantity / line.quantity.max(1)).max(1);
        line.quantity - (returned(account, order, part.row_id, config) + ratio - 1) / ratio
    });
    by_parts.fold(own, i32::min).max(0)
}
