//! Each purchase order is announced once, with what was still to come; and what is booked in is delivered once.

use std::collections::BTreeMap;

use harness_wms::Asn;

use super::{Findings, Rest};

/// One notice for each purchase order that was open, none for the others.
pub(super) fn announced(rest: &Rest<'_>, asns: &[Asn], findings: &mut Findings) {
    for order in rest.account.purchase_orders.iter() {
        let name = &order.external_invoice_number;
        let own: Vec<&Asn> = asns.iter().filter(|asn| asn.po_reference == *name).collect();
        let label = name.strip_prefix("PO-").and_then(|label| label.parse::<u32>().ok());
        let wanted = label.is_some_and(|label| rest.books.ordered.contains(&label));
        let asn = match (wanted, own.as_slice()) {
            (true, [asn]) => asn,
            (false, []) => continue,
            // It was closed before its turn came.
            (true, []) if order.status.name() == "DELIVERED" => continue,
            (wanted, asns) => {
                findings.complain(format!("{name}: {} notices, and it was open: {wanted}", asns.len()));
                continue;
            }
        };
        // Closed there with goods still to come, or what came cannot be delivered there any more.
        if order.status.name() == "DELIVERED" {
            findings.may_stand(&asn.source_id, ["asn.no-longer-awaited"]);
            if rest.waits("import-purchase-orders", &asn.id.to_string()) {
                findings.complain(format!("{name} is closed, and is still to be delivered"));
            }
            findings.may_stand(&asn.id.to_string(), ["deliver.closed", "deliver.over-receipt"]);
            continue;
        }
        for line in &order.items {
            let (row, sku) = (line.id.to_string(), &line.sku);
            let Some(item) = asn.items.iter().find(|item| item.source_line_id == row) else {
                findings.complain(format!("{name}: the notice has no line for {sku}"));
                continue;
            };
            let before = item.delivered_before;
            if item.quantity_expected != i64::from(line.quantity) - before {
                findings.complain(format!(
                    "{name}: {} of {sku} are announced, {} of {} had come",
                    item.quantity_expected, before, line.quantity
                ));
            }
            let delivered = i64::from(line.delivered);
            let expected = if rest.choices.deliver { before + item.quantity_booked } else { before };
            if delivered != expected {
                findings.complain(format!(
                    "{name}: {delivered} of {sku} are delivered at Linnworks, expected {expected}: {item:?}"
                ));
            }
        }
        let lines: BTreeMap<&str, usize> = asn.items.iter().map(|item| (item.source_line_id.as_str(), 1)).collect();
        if lines.len() != order.items.len() {
            findings.complain(format!("{name}: {} lines, and the notice has {}", order.items.len(), lines.len()));
        }
    }
    if asns.iter().any(|asn| !rest.account.purchase_orders.iter().any(|order| order.id.to_string() == asn.source_id)) {
        findings.complain("a notice is of no purchase order");
    }
}
