//! Whether what a connector returns is something that the warehouse can keep.
//!
//! The contract's types say much (a quantity has no sign, a text is UTF-8) and not all: a decimal is a text, an instant any
//! number, a text of any length. What passes here can be stored, summed up and shown. An item that does not pass stays out
//! alone, with a problem that names the field.

use harness_contract::import_orders::Order;
use harness_contract::import_purchase_orders::Asn;

/// Longest reference beside a problem, in bytes.
pub(super) const REFERENCE: usize = 200;
/// Longest code of a check or a problem, in bytes.
pub(super) const CODE: usize = 100;
/// Longest message, remedy or finding, in bytes.
pub(super) const WORDS: usize = 4_000;
/// Longest name of a field or SKU, in bytes.
pub(super) const SHORT: usize = 1_000;
/// Longest note, in bytes.
const LONG: usize = 64 << 10;
/// Longest decimal: what 96 bits and a scale can show, and some more.
const DECIMAL: usize = 40;
/// Most lines, tags or named values.
const MANY: usize = 10_000;
/// Most units of one line. Whoever means minus one means four thousand million.
const UNITS: u32 = 100_000_000;
/// From 1900 to 2200, Unix milliseconds.
const DAYS: std::ops::Range<i64> = -2_208_988_800_000..7_258_118_400_000;

/// The first thing that is wrong, as a sentence that names the field.
type Sound = Result<(), String>;

/// Whether an order can be kept.
///
/// # Errors
/// What is wrong with it.
pub(super) fn order(order: &Order) -> Sound {
    let address = &order.delivery_address;
    let totals = &order.totals;
    for (field, value) in [
        ("order-number", &order.order_number),
        ("external-order-reference", &order.external_order_reference),
        ("source-reference", &order.source_reference),
        ("channel", &order.channel),
        ("currency", &order.currency),
        ("vat-number", &order.vat_number),
        ("full-name", &address.full_name),
        ("company", &address.company),
        ("address1", &address.address1),
        ("address2", &address.address2),
        ("address3", &address.address3),
        ("town", &address.town),
        ("county", &address.county),
        ("post-code", &address.post_code),
        ("country", &address.country),
        ("email", &address.email),
        ("phone", &address.phone),
    ] {
        text(field, value, SHORT)?;
    }
    for (field, value) in [
        ("version", &order.version),
        ("comments", &order.comments),
        ("delivery-notes", &order.delivery_notes),
        ("gift-messages", &order.gift_messages),
    ] {
        text(field, value, LONG)?;
    }
    for (field, value) in [
        ("order-value", &totals.order_value),
        ("shipping-total-ex-vat", &totals.shipping_total_ex_vat),
        ("shipping-total-vat", &totals.shipping_total_vat),
        ("discount-total-ex-vat", &totals.discount_total_ex_vat),
        ("discount-total-vat", &totals.discount_total_vat),
        ("total-vat", &totals.total_vat),
    ] {
        decimal(field, value)?;
    }
    order.total_weight.iter().try_for_each(|weight| decimal("total-weight", weight))?;
    order.courier_service.iter().try_for_each(|name| text("courier-service", name, SHORT))?;
    instant("source-order-date", order.source_order_date)?;
    instant("required-despatch", order.required_despatch)?;
    for (field, count) in [
        ("lines", order.lines.len()),
        ("name-values", order.name_values.len()),
        ("tags", order.tags.len()),
        ("warnings", order.warnings.len()),
    ] {
        not_too_many(field, count)?;
    }
    order.tags.iter().try_for_each(|tag| text("tags", tag, SHORT))?;
    for pair in &order.name_values {
        text("name-values", &pair.name, SHORT)?;
        text("name-values", &pair.value, LONG)?;
    }
    for line in &order.lines {
        text("source-line-id", &line.source_line_id, SHORT)?;
        text("sku", &line.sku, SHORT)?;
        text("details", &line.details, LONG)?;
        units("quantity", line.quantity)?;
        decimal("unit-price", &line.unit_price)?;
        decimal("unit-price-vat", &line.unit_price_vat)?;
        decimal("discount", &line.discount)?;
        not_too_many("name-values", line.name_values.len())?;
        for pair in &line.name_values {
            text("name-values", &pair.name, SHORT)?;
            text("name-values", &pair.value, LONG)?;
        }
    }
    Ok(())
}

/// Whether an advance shipment notice can be kept.
///
/// # Errors
/// What is wrong with it.
pub(super) fn asn(asn: &Asn) -> Sound {
    text("po-reference", &asn.po_reference, SHORT)?;
    text("supplier", &asn.supplier, SHORT)?;
    text("version", &asn.version, LONG)?;
    text("comments", &asn.comments, LONG)?;
    instant("estimated-delivery", asn.estimated_delivery)?;
    not_too_many("lines", asn.lines.len())?;
    for line in &asn.lines {
        text("source-line-id", &line.source_line_id, SHORT)?;
        text("sku", &line.sku, SHORT)?;
        for (field, count) in [("quantity", line.quantity), ("ordered", line.ordered), ("delivered", line.delivered)] {
            units(field, count)?;
        }
    }
    Ok(())
}

fn text(field: &str, value: &str, most: usize) -> Sound {
    if value.len() > most {
        return Err(format!("its {field} is {} bytes long; expected are at most {most}", value.len()));
    }
    // Not every database can keep it, and nobody means it.
    if value.contains('\0') {
        return Err(format!("its {field} holds the character NUL"));
    }
    Ok(())
}

fn decimal(field: &str, value: &str) -> Sound {
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let (whole, part) = match value.strip_prefix('-').unwrap_or(value).split_once('.') {
        Some((whole, part)) => (whole, Some(part)),
        None => (value.strip_prefix('-').unwrap_or(value), None),
    };
    if value.is_empty() || (value.len() <= DECIMAL && digits(whole) && part.is_none_or(digits)) {
        return Ok(());
    }
    let shown = harness_capability::log::harmless(value, 40);
    Err(format!("its {field} is {shown:?}; expected is a decimal such as -12.50 of at most {DECIMAL} characters"))
}

fn instant(field: &str, value: Option<i64>) -> Sound {
    match value {
        Some(at) if !DAYS.contains(&at) => {
            Err(format!("its {field} is {at} ms; expected is an instant between the years 1900 and 2200"))
        }
        _ => Ok(()),
    }
}

fn units(field: &str, count: u32) -> Sound {
    if count > UNITS {
        return Err(format!("a line's {field} is {count}; expected are at most {UNITS}"));
    }
    Ok(())
}

fn not_too_many(field: &str, count: usize) -> Sound {
    if count > MANY {
        return Err(format!("it has {count} {field}; expected are at most {MANY}"));
    }
    Ok(())
}

/// Words of a connector for a person: one line without control characters, cut at `most` bytes.
pub(super) fn words(text: String, most: usize) -> String {
    let fits = text.len() <= most;
    if fits && !text.chars().any(char::is_control) {
        return text;
    }
    let mut plain = String::with_capacity(text.len().min(most));
    for character in text.chars() {
        if plain.len() >= most {
            plain.push('…');
            break;
        }
        plain.push(if character.is_control() { ' ' } else { character });
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decimal_is_digits_with_an_optional_sign_and_point() {
        for good in ["", "0", "-1", "12.50", "-0.0000000001", &"9".repeat(DECIMAL)] {
            assert_eq!(decimal("x", good), Ok(()), "{good}");
        }
        for bad in ["-", ".5", "5.", "1e9", "NaN", "+1", " 1", "1,5", "--1", "1.2.3", "١", &"9".repeat(DECIMAL + 1)] {
            assert!(decimal("x", bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn instants_beyond_the_calendar_and_quantities_that_were_negative_are_refused() {
        assert_eq!(instant("x", Some(1_772_442_760_000)), Ok(()));
        assert!([i64::MIN, i64::MAX, DAYS.end].iter().all(|at| instant("x", Some(*at)).is_err()));
        assert_eq!(units("x", UNITS), Ok(()));
        assert!(units("x", (-1_i32).cast_unsigned()).is_err());
    }

    #[test]
    fn words_of_a_connector_are_one_line_of_bounded_length() {
        assert_eq!(words("as it is: é \\ \"x\"".into(), 100), "as it is: é \\ \"x\"");
        assert_eq!(words("a\nb\u{1b}[2J".into(), 100), "a b [2J");
        assert!(words("é".repeat(1_000), 100).len() <= 100 + 'é'.len_utf8() + '…'.len_utf8());
    }
}
