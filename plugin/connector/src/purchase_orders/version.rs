//! Two digests of a purchase order: of its header, for telling whether its lines need to be read again, and of what was
//! ordered, for telling whether the warehouse has to be told.
use rust_decimal::Decimal;

use crate::fingerprint::Fingerprint;
use crate::linnworks::purchase_orders::{Header, Item};

/// Moves whenever anything in the header does, a delivery included.
pub(super) fn of_header(header: &Header<'_>) -> String {
    let mut print = Fingerprint::default();
    announced(&mut print, header);
    for text in [&header.status, &header.currency, &header.purchased] {
        print.text(text.trimmed());
    }
    for count in [header.lines, header.delivered_lines] {
        print.number(Decimal::from(count.0));
    }
    for amount in [header.total, header.tax] {
        print.money(amount.0);
    }
    print.done()
}

/// Moves when what was ordered does: reference, supplier, date, lines and their quantities. Not when goods are delivered.
pub(super) fn of_order<'a, 'b: 'a>(header: &Header<'_>, lines: impl Iterator<Item = &'a Item<'b>>) -> String {
    let mut print = Fingerprint::default();
    announced(&mut print, header);
    let mut lines: Vec<_> = lines.collect();
    lines.sort_by(|one, other| one.id.order(&other.id));
    for line in lines {
        print.guid(&line.id);
        print.text(line.sku.trimmed());
        print.number(Decimal::from(line.quantity.0));
    }
    print.done()
}

fn announced(print: &mut Fingerprint, header: &Header<'_>) {
    print.guid(&header.location);
    print.guid(&header.supplier);
    print.text(header.number.trimmed());
    print.text(header.supplier_reference.trimmed());
    print.number(Decimal::from(header.expected.instant().unwrap_or_default()));
}
