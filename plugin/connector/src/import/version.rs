//! The fingerprint of an order: it changes when anything does that the warehouse should know of, and only then.
use rust_decimal::Decimal;

use crate::fingerprint::Fingerprint;
use crate::linnworks::order::{Item, OrderDetails};

/// The fingerprint over what is to be sent where and how, in canonical form: absent, `null` and empty are the same, and so are
/// `1.0` and `1.00`. Settings do not enter, so that changing them edits no order, nor do marks, folders, flags and the
/// location, which other checks look at.
///
/// 64 bits as 16 hexadecimal digits. The host keys it before storing it, so that nothing can be guessed back.
pub fn version(order: &OrderDetails<'_>) -> String {
    let mut print = Fingerprint::default();
    let (general, shipping, totals) = (&order.general.0, &order.shipping.0, &order.totals.0);
    let address = &order.customer.0.address.0;
    for text in [
        &general.reference,
        &general.secondary_reference,
        &general.external_reference,
        &general.source,
        &general.sub_source,
        &shipping.service,
        &totals.currency,
        &order.tax_id,
        &address.full_name,
        &address.company,
        &address.address1,
        &address.address2,
        &address.address3,
        &address.town,
        &address.region,
        &address.post_code,
        &address.country,
        &address.email,
        &address.phone,
    ] {
        print.text(text.trimmed());
    }
    print.number(Decimal::from(general.despatch_by.instant().unwrap_or_default()));
    for amount in [totals.charge, totals.postage, totals.tax, totals.discount] {
        print.money(amount.0);
    }
    let mut lines: Vec<&Item<'_>> = order.items.0.iter().collect();
    lines.sort_by(|one, other| one.row.order(&other.row).then_with(|| one.sku.trimmed().cmp(other.sku.trimmed())));
    for item in lines {
        line(&mut print, item);
    }
    let mut notes: Vec<(bool, &str)> =
        order.notes.0.iter().map(|note| (note.internal.0, note.text.trimmed())).collect();
    notes.sort_unstable();
    for (internal, text) in notes {
        print.text(if internal { "internal" } else { "public" });
        print.text(text);
    }
    print.done()
}

fn line(print: &mut Fingerprint, item: &Item<'_>) {
    print.guid(&item.row);
    print.text(item.sku.trimmed());
    print.number(item.quantity.0);
    print.money(item.cost_inc_tax.0);
    for part in &item.parts.0 {
        print.text(part.sku.trimmed());
        print.number(part.quantity.0);
    }
}
