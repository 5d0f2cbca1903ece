//! The money of an order: what each line costs, and whether the lines make up the total.
use rust_decimal::Decimal;

use super::checks::Checks;
use crate::contract::{Problem, Retry};
use crate::linnworks::order::{Item, OrderDetails};
use crate::money::Currency;
use crate::problem::problem;

/// What a whole line costs, after discount.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Line {
    /// Without VAT.
    pub(super) net: Decimal,
    /// VAT.
    pub(super) vat: Decimal,
    /// What was taken off.
    pub(super) discount: Decimal,
}

impl Line {
    fn gross(self) -> Decimal {
        self.net + self.vat
    }
}

/// The money of a line. `Cost` and `CostIncTax` are of the whole line and come first: `PricePerUnit` can be 0 while they are
/// set. Only when both are 0 the price per unit is taken.
fn line(item: &Item<'_>, currency: Currency) -> Line {
    let hundred = Decimal::ONE_HUNDRED;
    // A percentage beyond a thousand is a fault of the channel; the total tells.
    let share = |percent: Decimal| percent.clamp(-Decimal::ONE_THOUSAND, Decimal::ONE_THOUSAND) / hundred;
    let (net, gross) = (item.cost.0, item.cost_inc_tax.0);
    let listed = item.price.0 * item.quantity.0;
    let (net, gross) = if !gross.is_zero() {
        (if net.is_zero() { gross } else { net }, gross)
    } else if !net.is_zero() {
        (net, net)
    } else {
        let rate = Decimal::ONE + share(item.tax_rate.0.max(Decimal::ZERO));
        let charged = listed * (Decimal::ONE - share(item.discount.0));
        if item.tax_included.0 { (charged / rate, charged) } else { (charged, charged * rate) }
    };
    let discount =
        if item.discount_value.0.is_zero() { listed * share(item.discount.0) } else { item.discount_value.0 };
    let net = currency.round(net);
    // VAT is what is left, so that net and VAT together are the rounded line.
    Line { net, vat: currency.round(gross) - net, discount: currency.round(discount) }
}

/// Goods and charges of an order.
#[derive(Debug, Default)]
pub(super) struct Sums {
    /// Each line, in the order of the items.
    pub(super) each: Vec<Line>,
    /// All lines of goods, VAT included.
    pub(super) goods: Decimal,
    /// Charges without goods (lines that are services), without VAT.
    pub(super) services_net: Decimal,
    /// Their VAT.
    pub(super) services_vat: Decimal,
}

/// What a delivery costs.
#[derive(Debug, Clone, Copy)]
pub(super) struct Postage {
    /// Without VAT.
    pub(super) net: Decimal,
    /// VAT.
    pub(super) vat: Decimal,
}

/// The postage of an order. Some channels give it with VAT only, some without VAT only: then it is the one that there is, and no
/// VAT is known of.
pub(super) fn postage(order: &OrderDetails<'_>, currency: Currency) -> Postage {
    let totals = &order.totals.0;
    let (gross, net) = (currency.round(totals.postage.0), currency.round(totals.postage_ex_tax.0));
    let gross = if gross.is_zero() { net } else { gross };
    let net = if net.is_zero() { gross } else { net };
    Postage { net, vat: gross - net }
}

/// Adds up the lines of an order.
pub(super) fn sums(order: &OrderDetails<'_>, currency: Currency) -> Sums {
    let mut sums = Sums { each: Vec::with_capacity(order.items.0.len()), ..Sums::default() };
    for item in &order.items.0 {
        let line = line(item, currency);
        sums.each.push(line);
        if item.service.0 {
            sums.services_net += line.net;
            sums.services_vat += line.vat;
        } else {
            sums.goods += line.gross();
        }
    }
    sums
}

/// Compares the lines with the total: a difference beyond rounding is a warning, one beyond a twentieth holds the order, since
/// lines are missing then or counted twice.
pub(super) fn compare(
    order: &OrderDetails<'_>,
    sums: &Sums,
    currency: Currency,
    checks: &mut Checks,
) -> Option<Problem> {
    let totals = &order.totals.0;
    let postage = postage(order, currency);
    let added = sums.goods + sums.services_net + sums.services_vat + postage.net + postage.vat;
    let charge = currency.round(totals.charge.0);
    let plain = (added - charge).abs();
    // Whether the lines have the order's discount already taken off differs between channels.
    let missing = plain.min((added - currency.round(totals.discount.0) - charge).abs());
    let tolerance = Decimal::new(2, currency.digits.min(2)) * Decimal::from(sums.each.len().max(1));
    let found = || {
        format!(
            "Lines and postage make {} {code}, the total is {} {code}",
            currency.text(added),
            currency.text(charge),
            code = currency.code
        )
    };
    if missing <= tolerance {
        checks.pass("total-mismatch", found);
        return None;
    }
    if missing > charge.abs().max(added.abs()) * Decimal::new(5, 2) {
        checks.fail(
            "total-mismatch",
            found(),
            "Compare the order with the channel: lines are missing or doubled. Correct it in Linnworks; it is then imported by itself.",
        );
        return None;
    }
    checks.pass("total-mismatch", found);
    Some(problem(
        "order.total-mismatch",
        format!("{}.", found()),
        "Compare the order with the channel before it is shipped.",
        Retry::Never,
    ))
}
