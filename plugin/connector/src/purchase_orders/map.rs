//! From a purchase order to a notice. Pure.
use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;

use super::version;
use crate::contract::asns::{Asn, AsnLine, Product as NewProduct};
use crate::contract::{Problem, Retry, Skip, Verdict};
use crate::linnworks::products::Product;
use crate::linnworks::purchase_orders::{Header, Item, PurchaseOrder, Status};
use crate::printable::{clean, is_odd};
use crate::problem::{failed, on_field, problem};
use crate::settings::Settings;

/// Heavier and lighter than this, in kilograms, the switch for the unit is likelier to be wrong than the product odd.
const HEAVY: Decimal = Decimal::from_parts(70, 0, 0, false, 0);
const LIGHT: Decimal = Decimal::from_parts(1, 0, 0, false, 3);

/// What is known beyond the purchase order's own record.
pub(super) struct Facts<'a> {
    pub(super) settings: &'a Settings,
    /// Names by id.
    pub(super) suppliers: &'a BTreeMap<String, String>,
    /// By id; empty where products are not wanted or not known.
    pub(super) products: &'a BTreeMap<String, Product>,
}

/// Judges one purchase order and maps it: what is still to come of each line.
///
/// # Errors
/// The skip: in another state or location, or a line that no SKU belongs to. Part of one is never announced.
pub(super) fn map(id: &str, order: &PurchaseOrder<'_>, facts: &Facts<'_>) -> Result<Asn, Skip> {
    let header = order.header();
    let reference = match header.number.trimmed() {
        "" => id.to_owned(),
        number => number.to_owned(),
    };
    let (verdict, needs_attention) = match judge(header, order, facts) {
        None => return Ok(asn(id, reference, order, facts)),
        Some(found) => found,
    };
    Err(Skip { id: id.to_owned(), reference, needs_attention, verdicts: vec![verdict] })
}

/// The first check that does not pass, and whether a person should act.
fn judge(header: &Header<'_>, order: &PurchaseOrder<'_>, facts: &Facts<'_>) -> Option<(Verdict, bool)> {
    if !header.location.is(&facts.settings.location) {
        let found = format!("The goods go to location {}", header.location.or_zero());
        let remedy = "Nothing to do, unless the connection points at the wrong location.";
        return Some((failed("location", found, remedy), false));
    }
    match header.status() {
        Some(Status::Open | Status::Partial) => {}
        Some(Status::Pending) => {
            let remedy = "Set it to OPEN in Linnworks once it is ordered; it is announced on the next run.";
            return Some((failed("status", "The purchase order is PENDING, a draft", remedy), false));
        }
        Some(Status::Delivered) => {
            return Some((
                failed("status", "The purchase order is DELIVERED", "Nothing to do: all of it came."),
                false,
            ));
        }
        None => {
            let found = format!("The purchase order is {:?}, a state that is not known", header.status.trimmed());
            let remedy = "Open it in Linnworks and set it to OPEN, or report the word.";
            return Some((failed("status", found, remedy), true));
        }
    }
    let unnamed = order.items().filter(|item| item.sku.is_empty() || !item.id.is_set()).count();
    if unnamed > 0 {
        let found = format!("{unnamed} of its lines have no SKU");
        let remedy = "Link the lines to stock items in Linnworks, or take them out of the purchase order.";
        return Some((failed("line-unlinked", found, remedy), true));
    }
    let unprintable = [
        ("reference", is_odd(header.number.trimmed())),
        ("SKU", order.items().any(|item| is_odd(item.sku.trimmed()))),
        ("line's id", order.items().any(|item| is_odd(&item.id.or_zero()))),
    ];
    if let Some((what, _)) = unprintable.iter().find(|(_, odd)| *odd) {
        let found = format!("Its {what} holds control characters");
        let remedy = "Type it anew in Linnworks; the purchase order is then imported by itself.";
        return Some((failed("control-characters", found, remedy), true));
    }
    let mut seen = BTreeSet::new();
    if let Some(item) = order.items().find(|item| !seen.insert(item.id.or_zero())) {
        let found = format!("Linnworks showed one line of it twice, of {:?}", item.sku.trimmed());
        let remedy =
            "It is read again with the next run. If that stays so, take the line out in Linnworks and add it anew.";
        return Some((failed("line-repeated", found, remedy), true));
    }
    if order.items().all(|item| still_to_come(item) == 0) {
        let found = "Nothing is to come of any of its lines";
        return Some((
            failed("nothing-to-come", found, "Nothing to do, unless lines are missing in Linnworks."),
            false,
        ));
    }
    None
}

fn asn(id: &str, reference: String, order: &PurchaseOrder<'_>, facts: &Facts<'_>) -> Asn {
    let header = order.header();
    let mut comments = format!("Linnworks purchase order {id}");
    let theirs = header.supplier_reference.trimmed();
    if !theirs.is_empty() {
        comments.push_str(&format!(", supplier's reference {}", clean(theirs)));
    }
    Asn {
        id: id.to_owned(),
        version: version::of_order(header, order.items()),
        po_reference: reference,
        supplier: facts.suppliers.get(&header.supplier.or_zero()).map(|name| clean(name)).unwrap_or_default(),
        estimated_delivery: header.expected.instant(),
        comments,
        lines: order.items().map(|item| line(item, facts)).collect(),
    }
}

fn count(number: i64) -> u32 {
    u32::try_from(number.max(0)).unwrap_or(u32::MAX)
}

fn still_to_come(item: &Item<'_>) -> u32 {
    count(item.quantity.0.saturating_sub(item.delivered.0.max(0)))
}

fn line(item: &Item<'_>, facts: &Facts<'_>) -> AsnLine {
    AsnLine {
        source_line_id: item.id.or_zero(),
        sku: item.sku.trimmed().to_owned(),
        quantity: still_to_come(item),
        ordered: count(item.quantity.0),
        delivered: count(item.delivered.0),
        product: facts.settings.automatically_import_new_products.then(|| product(item, facts)),
    }
}

/// The product as the stock item describes it, or as far as the line does.
fn product(item: &Item<'_>, facts: &Facts<'_>) -> NewProduct {
    let known = item.stock_item.get().and_then(|id| facts.products.get(&id));
    let sku = item.sku.trimmed().to_owned();
    let or_line = |known: Option<&str>, line: &str| clean(known.filter(|text| !text.is_empty()).unwrap_or(line));
    let dimension = |known: Option<Decimal>, line: Decimal| {
        known.filter(|length| *length > Decimal::ZERO).or(Some(line).filter(|length| *length > Decimal::ZERO))
    };
    let weight = known.map(|product| product.weight).filter(|weight| *weight > Decimal::ZERO);
    let weight =
        weight.map(|weight| if facts.settings.weight_in_grams { weight / Decimal::ONE_THOUSAND } else { weight });
    let text = |number: Decimal| number.normalize().to_string();
    NewProduct {
        name: match or_line(known.map(|product| product.title.as_str()), item.title.trimmed()) {
            name if name.is_empty() => sku.clone(),
            name => name,
        },
        barcode: or_line(known.map(|product| product.barcode.as_str()), item.barcode.trimmed()),
        weight: weight.map(text),
        height: dimension(known.map(|product| product.height), item.height.0).map(text),
        width: dimension(known.map(|product| product.width), item.width.0).map(text),
        depth: dimension(known.map(|product| product.depth), item.depth.0).map(text),
        warnings: weight.and_then(|weight| implausible(&sku, weight, facts.settings)).into_iter().collect(),
        sku,
    }
}

/// A weight that hints at the wrong unit.
fn implausible(sku: &str, weight: Decimal, settings: &Settings) -> Option<Problem> {
    let remedy = if weight > HEAVY && !settings.weight_in_grams {
        "If Linnworks holds grams, switch WeightInGrams on and correct the product's weight in the warehouse."
    } else if weight < LIGHT && settings.weight_in_grams {
        "If Linnworks holds kilograms, switch WeightInGrams off and correct the product's weight in the warehouse."
    } else if weight > HEAVY || weight < LIGHT {
        "Correct the weight of the item in Linnworks and of the product in the warehouse."
    } else {
        return None;
    };
    let unit = if settings.weight_in_grams { "grams" } else { "kilograms" };
    let message = format!("{sku} weighs {} kg, with Linnworks' weights taken as {unit}.", weight.normalize());
    let mut found = on_field(problem("product.weight-implausible", message, remedy, Retry::Never), "WeightInGrams");
    found.sku = Some(sku.to_owned());
    Some(found)
}
