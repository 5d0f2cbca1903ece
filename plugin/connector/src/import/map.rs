//! From a Linnworks order to a warehouse order. Whole or not at all: whatever cannot be vouched for is a check that did not
//! pass, and then there is no order.
use std::collections::BTreeSet;

use rust_decimal::Decimal;

use super::amounts::{self, Line, Sums};
use super::checks::Checks;
use super::reference;
use super::{Flow, Known, version};
use crate::contract::orders::{Address, Order, OrderLine, Totals};
use crate::contract::{NameValue, Problem, Retry};
use crate::linnworks::order::{Item, OrderDetails};
use crate::linnworks::value::Text;
use crate::money::Currency;
use crate::printable::{clean, is_odd};
use crate::problem::problem;
use crate::settings::{CompositeItems, OrderNumberSource};

/// Above this an order weighs what no parcel does, so the unit is taken to be wrong.
const HEAVY_KILOGRAMS: i64 = 70;

/// The order number that the warehouse shows: the only thing that the prefix touches.
pub(super) fn order_number(flow: &Flow, order: &OrderDetails<'_>) -> String {
    let prefix = &flow.settings.order_prefix;
    match flow.settings.order_number_source {
        OrderNumberSource::NumOrderId => format!("{prefix}{}", order.number.0),
        OrderNumberSource::ReferenceNum => format!("{prefix}{}", order.general.0.reference.trimmed()),
    }
}

/// Maps an order; `None` when a check did not pass.
pub(super) fn map(flow: &Flow, order: &OrderDetails<'_>, known: Known<'_>, checks: &mut Checks) -> Option<Order> {
    let mut warnings = Vec::new();
    let currency = currency(flow, order, checks);
    let country = address_checks(order, known, checks);
    let courier_service = reference::courier(flow, order, checks, &mut warnings);
    let channel = reference::channel(flow, order, checks, &mut warnings);
    goods(flow, order, checks);
    let (currency, country) = (currency?, country?);
    let sums = amounts::sums(order, currency);
    warnings.extend(amounts::compare(order, &sums, currency, checks));
    if !checks.all_passed() {
        return None;
    }
    warnings.extend(begun_elsewhere(order));
    let general = &order.general.0;
    let (comments, delivery_notes) = notes(flow, order);
    let mapped = Order {
        id: order.id.or_zero(),
        version: version(order),
        order_number: order_number(flow, order),
        external_order_reference: reference::external(flow, order).to_owned(),
        source_reference: order.called(),
        channel,
        source_order_date: general.received.instant(),
        required_despatch: flow.settings.import_required_despatch_date.then(|| general.despatch_by.instant()).flatten(),
        delivery_address: address(order, country),
        courier_service,
        currency: currency.code.to_owned(),
        totals: totals(order, &sums, currency),
        comments,
        delivery_notes,
        gift_messages: if flow.settings.carry_gift_messages { gift_messages(order) } else { String::new() },
        vat_number: owned(&order.tax_id),
        total_weight: weight(flow, order, &mut warnings),
        lines: lines(flow, order, &sums.each, currency),
        name_values: name_values(order),
        tags: general.identifiers.0.iter().map(|one| owned(&one.tag)).filter(|tag| !tag.is_empty()).collect(),
        warnings,
        acknowledge: flow.acknowledge,
    };
    if let Some(what) = unprintable(&mapped) {
        checks.fail(
            "control-characters",
            format!("Its {what} holds control characters"),
            "Type it anew in Linnworks; the order is then imported by itself.",
        );
    }
    if let Some(sku) = repeated(&mapped) {
        checks.fail(
            "line-repeated",
            format!("Linnworks showed one line of it twice, of {sku:?}"),
            "It is read again with the next run. If that stays so, take the line out in Linnworks and add it anew.",
        );
    }
    checks.all_passed().then_some(mapped)
}

/// The SKU of a line whose id another line has too: nobody could tell whether it is to be sent once or twice.
fn repeated(order: &Order) -> Option<&str> {
    let mut seen = BTreeSet::new();
    order.lines.iter().find(|line| !seen.insert(&line.source_line_id)).map(|line| line.sku.as_str())
}

/// What of the texts that an order and its lines are known by cannot be taken.
fn unprintable(order: &Order) -> Option<&'static str> {
    let lines = || order.lines.iter();
    [
        ("order number", is_odd(&order.order_number)),
        ("reference", is_odd(&order.external_order_reference) || is_odd(&order.source_reference)),
        ("SKU", lines().any(|line| is_odd(&line.sku))),
        ("line's id", lines().any(|line| is_odd(&line.source_line_id))),
    ]
    .into_iter()
    .find_map(|(what, odd)| odd.then_some(what))
}

/// Signs that somebody has begun to ship the order already: what a person wants to know before a connection goes live.
fn begun_elsewhere(order: &OrderDetails<'_>) -> impl Iterator<Item = Problem> {
    let remedy = "Make sure that it is not being shipped elsewhere; cancel it in the warehouse if it is.";
    let tracked = !order.shipping.0.tracking_number.is_empty();
    let invoiced = order.general.0.invoice_printed.0;
    let tracked = tracked.then(|| {
        problem("order.already-tracked", "It has a tracking number in Linnworks already.", remedy, Retry::Never)
    });
    let invoiced = invoiced.then(|| {
        problem("order.already-invoiced", "Its invoice is marked as printed in Linnworks.", remedy, Retry::Never)
    });
    tracked.into_iter().chain(invoiced)
}

fn owned(text: &Text<'_>) -> String {
    clean(text.trimmed())
}

fn currency(flow: &Flow, order: &OrderDetails<'_>, checks: &mut Checks) -> Option<Currency> {
    let named = order.totals.0.currency.trimmed();
    let found = Currency::find(named);
    if found.is_some() {
        checks.pass("currency-unknown", || format!("Its currency is {named}"));
        return found;
    }
    let default = Currency::find(&flow.settings.default_currency);
    match default {
        Some(default) => checks
            .pass("currency-unknown", || format!("It names no known currency; DefaultCurrency is {}", default.code)),
        None => checks.fail(
            "currency-unknown",
            if named.is_empty() {
                "It names no currency".to_owned()
            } else {
                format!("Its currency is {named:?}, which does not exist")
            },
            "Set the order's currency in Linnworks, or DefaultCurrency in the connection's settings.",
        ),
    }
    default
}

fn address_checks(order: &OrderDetails<'_>, known: Known<'_>, checks: &mut Checks) -> Option<String> {
    let address = &order.customer.0.address.0;
    let mut missing = Vec::new();
    if address.full_name.is_empty() && address.company.is_empty() {
        missing.push("name");
    }
    if address.address1.is_empty() {
        missing.push("first line");
    }
    // Some countries have no post codes and some places no town, but nowhere is without both.
    if address.town.is_empty() && address.post_code.is_empty() {
        missing.push("town or post code");
    }
    if missing.is_empty() {
        checks.pass("address-incomplete", || "Its address is complete".to_owned());
    } else {
        checks.fail(
            "address-incomplete",
            format!("Its address lacks: {}", missing.join(", ")),
            "Complete the delivery address in Linnworks; the order is then imported by itself.",
        );
    }
    let code = known.countries.code(&address.country_id, &address.country);
    match &code {
        Some(code) => checks.pass("country-unknown", || format!("Its country is {code}")),
        None => checks.fail(
            "country-unknown",
            match address.country.trimmed() {
                "" => "Its address has no country".to_owned(),
                name => format!("Its country is {name:?}, which has no ISO code"),
            },
            "Set the country of the delivery address in Linnworks; the order is then imported by itself.",
        ),
    }
    code
}

/// Lines that somebody has to put into a parcel.
fn goods(flow: &Flow, order: &OrderDetails<'_>, checks: &mut Checks) {
    let goods = || order.items.0.iter().filter(|item| !item.service.0);
    if goods().next().is_none() {
        return checks.fail(
            "no-lines",
            if order.items.0.is_empty() {
                "It has no lines"
            } else {
                "All of its lines are services: there is nothing to ship"
            },
            "Add the goods in Linnworks, or process the order there if nothing is to be shipped.",
        );
    }
    checks.pass("no-lines", || format!("It has {} lines of goods", goods().count()));
    // Parts count where they are what is picked.
    let children = flow.settings.composite_items == CompositeItems::Children;
    let parts = |item| if children { parts_of(item) } else { &[] };
    let all = || goods().flat_map(|item| std::iter::once(item).chain(parts(item)));
    let unlinked: Vec<&str> = all().filter(|item| is_unlinked(item)).map(named).collect();
    if unlinked.is_empty() {
        checks.pass("unlinked-item", || "All lines are linked to stock items".to_owned());
    } else {
        checks.fail(
            "unlinked-item",
            format!("Linked to no stock item: {}", unlinked.join(", ")),
            "Link the channel's SKU to a stock item in Linnworks (Mapping); the order is then imported by itself.",
        );
    }
    let wrong: Vec<&str> = all().filter(|item| quantity(item).is_none()).map(named).collect();
    if wrong.is_empty() {
        checks.pass("quantity", || "All quantities are whole and positive".to_owned());
    } else {
        checks.fail(
            "quantity",
            format!("The quantity is not a positive whole number: {}", wrong.join(", ")),
            "Correct the quantities of the order in Linnworks.",
        );
    }
}

fn parts_of<'a>(item: &'a Item<'a>) -> &'a [Item<'a>] {
    &item.parts.0
}

fn is_unlinked(item: &Item<'_>) -> bool {
    item.unlinked.0 || !item.stock_item.is_set() || item.sku.is_empty()
}

fn named<'a>(item: &'a Item<'_>) -> &'a str {
    if item.sku.is_empty() { "(a line without SKU)" } else { item.sku.trimmed() }
}

fn quantity(item: &Item<'_>) -> Option<u32> {
    item.quantity.whole().and_then(|quantity| u32::try_from(quantity).ok()).filter(|quantity| *quantity > 0)
}

fn address(order: &OrderDetails<'_>, country: String) -> Address {
    let address = &order.customer.0.address.0;
    Address {
        full_name: owned(&address.full_name),
        company: owned(&address.company),
        address1: owned(&address.address1),
        address2: owned(&address.address2),
        address3: owned(&address.address3),
        town: owned(&address.town),
        county: owned(&address.region),
        post_code: owned(&address.post_code),
        country,
        email: owned(&address.email),
        phone: owned(&address.phone),
    }
}

/// Lines that are services count as shipping: they are charges beside the goods, and so lines, shipping and discount still
/// make up the order's value.
fn totals(order: &OrderDetails<'_>, sums: &Sums, currency: Currency) -> Totals {
    let totals = &order.totals.0;
    let postage = amounts::postage(order, currency);
    Totals {
        order_value: currency.text(totals.charge.0),
        shipping_total_ex_vat: currency.text(postage.net + sums.services_net),
        shipping_total_vat: currency.text(postage.vat + sums.services_vat),
        discount_total_ex_vat: currency.text(totals.discount.0),
        // Linnworks tells one amount and does not split it.
        discount_total_vat: currency.text(Decimal::ZERO),
        total_vat: currency.text(totals.tax.0),
    }
}

fn lines(flow: &Flow, order: &OrderDetails<'_>, moneys: &[Line], currency: Currency) -> Vec<OrderLine> {
    let mut lines = Vec::with_capacity(order.items.0.len());
    for (at, (item, money)) in order.items.0.iter().zip(moneys.iter().copied()).enumerate() {
        if item.service.0 {
            continue;
        }
        let id = item.row.get().unwrap_or_else(|| format!("line-{}", at + 1));
        let as_children = flow.settings.composite_items == CompositeItems::Children && !item.parts.0.is_empty();
        if as_children {
            children(flow, order, item, &id, money, currency, &mut lines);
        } else if let Some(quantity) = quantity(item) {
            lines.push(line(flow, order, (item, item), id, quantity, money, currency));
        }
    }
    lines
}

/// The parts of a composite. Their quantities are totals already, and they have no prices, so the parent's money is spread over
/// them by quantity, without losing a cent.
fn children(
    flow: &Flow,
    order: &OrderDetails<'_>,
    parent: &Item<'_>,
    parent_id: &str,
    money: Line,
    currency: Currency,
    lines: &mut Vec<OrderLine>,
) {
    let weights: Vec<Decimal> = parent.parts.0.iter().map(|part| part.quantity.0).collect();
    let nets = currency.spread(money.net, &weights);
    let vats = currency.spread(money.vat, &weights);
    let discounts = currency.spread(money.discount, &weights);
    let moneys = nets.into_iter().zip(vats).zip(discounts).map(|((net, vat), discount)| Line { net, vat, discount });
    for (at, (part, money)) in parent.parts.0.iter().zip(moneys).enumerate() {
        let Some(quantity) = quantity(part) else { continue };
        let id = part.row.get().unwrap_or_else(|| format!("{parent_id}/{}", at + 1));
        let mut mapped = line(flow, order, (part, parent), id, quantity, money, currency);
        mapped.name_values.push(pair("CompositeSku", parent.sku.trimmed()));
        lines.push(mapped);
    }
}

/// One line of `item`, which the channel knows as `sold`.
fn line(
    flow: &Flow,
    order: &OrderDetails<'_>,
    (item, sold): (&Item<'_>, &Item<'_>),
    id: String,
    quantity: u32,
    money: Line,
    currency: Currency,
) -> OrderLine {
    let mut name_values = Vec::new();
    if order.is_from("AMAZON") && !sold.channel_line.is_empty() {
        // What a label of Amazon's own shipping is asked by.
        name_values.push(pair("Amazon-OrderItemId", sold.channel_line.trimmed()));
    }
    for option in sold.options.0.iter().filter(|option| !option.property.is_empty()) {
        name_values.push(pair(option.property.trimmed(), option.value.trimmed()));
    }
    if flow.settings.carry_bin_racks && !item.bin_rack.is_empty() {
        name_values.push(pair("BinRack", item.bin_rack.trimmed()));
    }
    let details = if item.channel_title.is_empty() { &item.title } else { &item.channel_title };
    OrderLine {
        source_line_id: id,
        sku: item.sku.trimmed().to_owned(),
        quantity,
        details: owned(details),
        unit_price: currency.unit_text(currency.unit(money.net, quantity)),
        unit_price_vat: currency.unit_text(currency.unit(money.vat, quantity)),
        discount: currency.text(money.discount),
        name_values,
    }
}

fn pair(name: &str, value: &str) -> NameValue {
    NameValue { name: clean(name), value: clean(value) }
}

fn name_values(order: &OrderDetails<'_>) -> Vec<NameValue> {
    let general = &order.general.0;
    let service = reference::cut(order.shipping.0.service.trimmed());
    let mut values = vec![pair("OriginalSource", general.source.trimmed())];
    for (name, value) in [
        ("OriginalSubSource", general.sub_source.trimmed()),
        ("OriginalSite", general.site.trimmed()),
        ("SourceCourierServiceName", service),
    ] {
        if !value.is_empty() {
            values.push(pair(name, value));
        }
    }
    values.push(NameValue { name: "LinnworksLocationId".to_owned(), value: order.location() });
    values
}

/// Internal notes and notes for the buyer, oldest first.
fn notes(flow: &Flow, order: &OrderDetails<'_>) -> (String, String) {
    if !flow.settings.carry_notes || order.notes.0.is_empty() {
        return (String::new(), String::new());
    }
    let mut notes: Vec<_> = order.notes.0.iter().filter(|note| !note.text.is_empty()).collect();
    notes.sort_by_key(|note| (note.date.instant(), note.id.or_zero()));
    let texts = |internal: bool| {
        let texts = notes.iter().filter(|note| note.internal.0 == internal).map(|note| note.text.trimmed());
        clean(&texts.collect::<Vec<_>>().join("\n"))
    };
    (texts(true), texts(false))
}

/// Texts whose name says that they are a gift message, on lines and on the order.
fn gift_messages(order: &OrderDetails<'_>) -> String {
    let is_gift_message = |name: &Text<'_>| {
        let name = name.trimmed();
        name.len() >= "giftmessage".len() && {
            let name: String = name.chars().filter(|c| c.is_alphanumeric()).collect();
            name.to_ascii_lowercase().contains("giftmessage")
        }
    };
    let mut messages: Vec<&str> = Vec::new();
    let lines = order.items.0.iter().flat_map(|item| &item.options.0).map(|option| (&option.property, &option.value));
    for (_, value) in lines
        .chain(order.properties.0.iter().map(|property| (&property.name, &property.value)))
        .filter(|(name, value)| !value.is_empty() && is_gift_message(name))
    {
        if !messages.contains(&value.trimmed()) {
            messages.push(value.trimmed());
        }
    }
    clean(&messages.join("\n"))
}

fn weight(flow: &Flow, order: &OrderDetails<'_>, warnings: &mut Vec<Problem>) -> Option<String> {
    let number = order.shipping.0.total_weight.0;
    if number <= Decimal::ZERO {
        return None;
    }
    let kilograms = if flow.settings.weight_in_grams { number / Decimal::ONE_THOUSAND } else { number };
    if kilograms > Decimal::from(HEAVY_KILOGRAMS) {
        // A weight that is a thousand times too large would choose the wrong courier; none makes the warehouse weigh.
        warnings.push(problem(
            "order.weight-implausible",
            format!("The order would weigh {} kg, so its weight is left out.", kilograms.normalize()),
            if flow.settings.weight_in_grams {
                "Correct the weights of its products in Linnworks."
            } else {
                "Linnworks keeps most weights in grams: switch WeightInGrams on."
            },
            Retry::Never,
        ));
        return None;
    }
    Some(kilograms.round_dp(6).normalize().to_string())
}
