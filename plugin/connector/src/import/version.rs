//! The fingerprint of an order: it changes when anything does that the warehouse should know of, and only then.
use std::fmt::Write as _;

use rust_decimal::Decimal;

use crate::fingerprint::Fingerprint;
use crate::linnworks::order::{Item, OrderDetails};

/// Part of an order that its lines make up.
pub(crate) const LINES: &str = "lines";

/// The parts of an order that have prints of their own, in the order of a version.
const PARTS: [&str; 5] = ["references", "delivery-address", "totals", LINES, "notes"];

/// Hexadecimal digits of the print of one part.
const DIGITS: usize = 8;

/// The fingerprint over what is to be sent where and how, in canonical form: absent, `null` and empty are the same, and so are
/// `1.0` and `1.00`. Settings do not enter, so that changing them edits no order, nor do marks, folders, flags and the
/// location, which other checks look at.
///
/// Eight hexadecimal digits for each part, so that it tells which part was edited. The host hides it before storing it, so that
/// nothing can be guessed back.
pub fn version(order: &OrderDetails<'_>) -> String {
    let (general, shipping, totals) = (&order.general.0, &order.shipping.0, &order.totals.0);
    let address = &order.customer.0.address.0;
    let mut references = Fingerprint::default();
    for text in [
        &general.reference,
        &general.secondary_reference,
        &general.external_reference,
        &general.source,
        &general.sub_source,
        &shipping.service,
        &order.tax_id,
    ] {
        references.text(text.trimmed());
    }
    references.number(Decimal::from(general.despatch_by.instant().unwrap_or_default()));
    let mut place = Fingerprint::default();
    for text in [
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
        place.text(text.trimmed());
    }
    let mut money = Fingerprint::default();
    money.text(totals.currency.trimmed());
    for amount in [totals.charge, totals.postage, totals.tax, totals.discount] {
        money.money(amount.0);
    }
    let mut goods = Fingerprint::default();
    let mut lines: Vec<&Item<'_>> = order.items.0.iter().collect();
    lines.sort_by(|one, other| one.row.order(&other.row).then_with(|| one.sku.trimmed().cmp(other.sku.trimmed())));
    for item in lines {
        line(&mut goods, item);
    }
    let mut words = Fingerprint::default();
    let mut notes: Vec<(bool, &str)> =
        order.notes.0.iter().map(|note| (note.internal.0, note.text.trimmed())).collect();
    notes.sort_unstable();
    for (internal, text) in notes {
        words.text(if internal { "internal" } else { "public" });
        words.text(text);
    }
    let mut version = String::with_capacity(PARTS.len() * DIGITS);
    for part in [references, place, money, goods, words] {
        // Cannot fail: it is a text in memory.
        let _ = write!(version, "{:08x}", part.folded());
    }
    version
}

/// Names of the parts in which two versions differ; none when one of them is no version of this make.
pub(crate) fn differing(one: &str, other: &str) -> Vec<&'static str> {
    let is_version = |text: &str| text.len() == PARTS.len() * DIGITS && text.is_ascii();
    if !is_version(one) || !is_version(other) {
        return Vec::new();
    }
    let pairs = one.as_bytes().chunks(DIGITS).zip(other.as_bytes().chunks(DIGITS));
    PARTS.into_iter().zip(pairs).filter(|(_, (one, other))| one != other).map(|(part, _)| part).collect()
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
