//! What a purchase order says now, compared with the notice that was made of it. Lines sync once: a notice is never changed,
//! the difference is told.

use super::commit::NewAsn;
use super::{Asn, AsnItem};
use std::collections::BTreeMap;

/// The differences that a person has to know of, in words; none when there are none.
///
/// What was delivered since is no difference: only what was ordered is compared.
pub(super) fn differences(asn: &Asn, now: &NewAsn) -> Vec<String> {
    let mut found = Vec::new();
    for (what, was, is) in
        [("reference", &asn.po_reference, &now.po_reference), ("supplier", &asn.supplier, &now.supplier)]
    {
        if was != is {
            found.push(format!("{what} was `{was}`, now `{is}`"));
        }
    }
    if asn.estimated_delivery != now.estimated_delivery {
        found.push(format!("expected {}, now {}", day(asn.estimated_delivery), day(now.estimated_delivery)));
    }
    let known: BTreeMap<&str, &AsnItem> = asn.items.iter().map(|item| (item.source_line_id.as_str(), item)).collect();
    for line in &now.lines {
        match known.get(line.source_line_id.as_str()) {
            Some(item) if item.sku != line.sku => {
                found
                    .push(format!("a line was {} of {}, now {} of {}", item.ordered, item.sku, line.ordered, line.sku));
            }
            Some(item) if item.ordered != i64::from(line.ordered) => {
                found.push(format!("{}: {} were ordered, now {}", line.sku, item.ordered, line.ordered));
            }
            Some(_) => {}
            // Lines that were done with before the notice was made are not in it.
            None if line.quantity > 0 => found.push(format!("{}: {} more on a new line", line.sku, line.ordered)),
            None => {}
        }
    }
    for item in &asn.items {
        if !now.lines.iter().any(|line| line.source_line_id == item.source_line_id) {
            found.push(format!("{}: the line of {} is gone", item.sku, item.ordered));
        }
    }
    found
}

fn day(instant: Option<i64>) -> String {
    let date = instant.and_then(chrono::DateTime::from_timestamp_millis);
    date.map_or_else(|| "at no date".to_owned(), |date| format!("on {}", date.format("%Y-%m-%d")))
}

#[cfg(test)]
mod tests {
    use super::super::commit::NewAsnLine;
    use super::*;
    use crate::AsnStatus;

    fn item(line: &str, sku: &str, ordered: i64, before: i64) -> AsnItem {
        AsnItem {
            id: 1,
            product_id: 1,
            sku: sku.into(),
            source_line_id: line.into(),
            quantity_expected: ordered - before,
            quantity_receieved: 0,
            quantity_booked: 0,
            on_order: 0,
            complete: false,
            ordered,
            delivered_before: before,
            settled: 0,
        }
    }

    fn asn(items: Vec<AsnItem>) -> Asn {
        Asn {
            id: 1,
            client_id: 1,
            warehouse_id: 1,
            connection_id: 1,
            account_id: 1,
            source_id: "po".into(),
            po_reference: "PO-1".into(),
            supplier: "Pottery".into(),
            estimated_delivery: None,
            comments: String::new(),
            goods_in_type: "Carton".into(),
            quantity: 1,
            status_id: 3,
            status: AsnStatus::AwaitingDelivery,
            booked_in_date: None,
            awaited: true,
            created_at: 0,
            last_updated: 0,
            items,
        }
    }

    fn now(lines: &[(&str, &str, u32, u32)]) -> NewAsn {
        NewAsn {
            po_reference: "PO-1".into(),
            supplier: "Pottery".into(),
            lines: lines
                .iter()
                .map(|(line, sku, ordered, delivered)| NewAsnLine {
                    source_line_id: (*line).into(),
                    sku: (*sku).into(),
                    quantity: ordered.saturating_sub(*delivered),
                    ordered: *ordered,
                    delivered: *delivered,
                    product: None,
                })
                .collect(),
            ..NewAsn::default()
        }
    }

    #[test]
    fn what_was_delivered_since_is_no_difference() {
        let before = asn(vec![item("a", "MUG", 10, 2)]);
        assert!(differences(&before, &now(&[("a", "MUG", 10, 10), ("b", "TEE", 5, 5)])).is_empty());
    }

    #[test]
    fn every_difference_in_what_was_ordered_is_told() {
        let before = asn(vec![item("a", "MUG", 10, 0), item("b", "TEE", 5, 0), item("c", "CAP", 1, 0)]);
        let mut after = now(&[("a", "MUG", 12, 0), ("b", "TEE-L", 5, 0), ("d", "SOCK", 3, 0)]);
        after.estimated_delivery = Some(1_773_964_800_000);
        assert_eq!(
            differences(&before, &after),
            [
                "expected at no date, now on 2026-03-20",
                "MUG: 10 were ordered, now 12",
                "a line was 5 of TEE, now 5 of TEE-L",
                "SOCK: 3 more on a new line",
                "CAP: the line of 1 is gone",
            ]
        );
    }
}
