//! Whether what a connector answers keeps the contract where its types cannot say it: decimals that are decimals, quantities, codes
//! of countries and currencies, texts that every store takes.
//!
//! A host looks here before it commits anything. What is found says where and what was expected; what came instead is shown only
//! where it cannot be a person's.

use std::collections::BTreeMap;

use crate::import_orders::{Order, OrderLine};
use crate::import_purchase_orders::{Asn, Product};
use crate::review_orders::Finding;
use crate::types::{NameValue, Outcome, Problem};

/// Longest decimal: more digits than any sum of money or weight has.
const DECIMAL_LENGTH: usize = 40;

/// Longest name, reference or line of an address, in bytes.
const NAME_LENGTH: usize = 1_000;

/// Longest text of any other field, in bytes; the notes of an order are the longest that there are.
const TEXT_LENGTH: usize = 64 * 1024;

/// Most lines, tags or named values.
const MANY: usize = 10_000;

/// Most units of one line. Whoever means minus one says four thousand million.
const UNITS: u32 = 100_000_000;

/// The first and the last instant of the years 1 to 9999: beyond these no calendar is to be trusted.
const INSTANTS: std::ops::RangeInclusive<i64> = -62_135_596_800_000..=253_402_300_799_999;

/// What is found wrong in one record.
#[derive(Default)]
struct Faults(Vec<String>);

impl Faults {
    fn text(&mut self, what: &str, text: &str) {
        self.no_longer(what, text, TEXT_LENGTH);
    }

    fn short(&mut self, what: &str, text: &str) {
        self.no_longer(what, text, NAME_LENGTH);
    }

    fn no_longer(&mut self, what: &str, text: &str, most: usize) {
        if text.len() > most {
            self.0.push(format!("{what} is {} bytes long; expected are at most {most}", text.len()));
        }
        if text.contains('\0') {
            self.0.push(format!("{what} holds the character NUL, which not every store takes"));
        }
    }

    /// A text that people and programs know something by.
    fn name(&mut self, what: &str, text: &str) {
        self.short(what, text);
        let odd = |c: char| c.is_ascii_control() && !matches!(c, '\0' | '\t' | '\n' | '\r' | '\u{7f}');
        if text.chars().any(odd) {
            self.0.push(format!("{what} holds control characters"));
        }
    }

    fn id(&mut self, what: &str, text: &str) {
        self.name(what, text);
        if text.is_empty() {
            self.0.push(format!("{what} is empty"));
        }
    }

    fn decimal(&mut self, what: &str, text: &str) {
        if !is_decimal(text) {
            let shown: String = text.chars().take(DECIMAL_LENGTH).collect();
            self.0.push(format!("{what} is {shown:?}; expected is a decimal such as -12.50"));
        }
    }

    fn instant(&mut self, what: &str, instant: Option<i64>) {
        if let Some(instant) = instant.filter(|instant| !INSTANTS.contains(instant)) {
            self.0.push(format!("{what} is {instant} ms, which is in none of the years 1 to 9999"));
        }
    }

    fn code(&mut self, what: &str, text: &str, letters: usize) {
        if text.len() != letters || !text.bytes().all(|byte| byte.is_ascii_uppercase()) {
            self.0.push(format!("{what} is not {letters} capital letters"));
        }
    }

    fn count(&mut self, what: &str, count: usize) {
        if count > MANY {
            self.0.push(format!("{what} are {count}; expected are at most {MANY}"));
        }
    }

    fn units(&mut self, what: &str, units: u32) {
        if units > UNITS {
            self.0.push(format!("{what} is {units}; expected are at most {UNITS}"));
        }
    }

    fn pairs(&mut self, what: &str, pairs: &[NameValue]) {
        self.count(what, pairs.len());
        for pair in pairs {
            self.name(&format!("a name of {what}"), &pair.name);
            self.text(&format!("a value of {what}"), &pair.value);
        }
    }

    fn problems(&mut self, what: &str, problems: &[Problem]) {
        for problem in problems {
            if !is_code(&problem.code) {
                self.0.push(format!("a code of {what} is not lower-case words joined by hyphens and dots"));
            }
            self.text(&format!("a message of {what}"), &problem.message);
            self.text(&format!("a remedy of {what}"), &problem.remedy);
            for text in [&problem.field, &problem.sku].into_iter().flatten() {
                self.name(&format!("a field or SKU of {what}"), text);
            }
        }
    }

    fn line(&mut self, at: usize, line: &OrderLine) {
        let named = |field: &str| format!("line {} {field}", at + 1);
        self.id(&named("source-line-id"), &line.source_line_id);
        self.id(&named("sku"), &line.sku);
        if line.quantity == 0 {
            self.0.push(format!("{} is 0; expected is at least 1", named("quantity")));
        }
        self.units(&named("quantity"), line.quantity);
        self.text(&named("details"), &line.details);
        self.decimal(&named("unit-price"), &line.unit_price);
        self.decimal(&named("unit-price-vat"), &line.unit_price_vat);
        self.decimal(&named("discount"), &line.discount);
        self.pairs(&named("name-values"), &line.name_values);
    }

    /// No two lines have one id: whoever says later what became of a line could mean either.
    fn different<'a>(&mut self, ids: impl Iterator<Item = &'a String>) {
        let mut seen = BTreeMap::new();
        let again = ids.enumerate().find_map(|(at, id)| Some((at, seen.insert(id, at)?)));
        if let Some((at, before)) = again {
            self.0.push(format!("line {} source-line-id is that of line {} too", at + 1, before + 1));
        }
    }

    fn product(&mut self, what: &str, product: &Product) {
        self.id(&format!("{what} sku"), &product.sku);
        self.text(&format!("{what} name"), &product.name);
        self.name(&format!("{what} barcode"), &product.barcode);
        let measures = [
            ("weight", &product.weight),
            ("height", &product.height),
            ("width", &product.width),
            ("depth", &product.depth),
        ];
        for (name, measure) in measures {
            if let Some(measure) = measure {
                self.decimal(&format!("{what} {name}"), measure);
            }
        }
        self.problems(&format!("{what} warnings"), &product.warnings);
    }
}

/// Everything in `order` that breaks the contract, each in a few words; empty when it can be taken.
pub fn order(order: &Order) -> Vec<String> {
    let mut faults = Faults::default();
    faults.id("id", &order.id);
    faults.text("version", &order.version);
    for (what, text) in [
        ("order-number", &order.order_number),
        ("external-order-reference", &order.external_order_reference),
        ("source-reference", &order.source_reference),
        ("channel", &order.channel),
    ] {
        faults.name(what, text);
    }
    if let Some(courier) = &order.courier_service {
        faults.name("courier-service", courier);
    }
    faults.instant("source-order-date", order.source_order_date);
    faults.instant("required-despatch", order.required_despatch);
    let address = &order.delivery_address;
    for (what, text) in [
        ("full-name", &address.full_name),
        ("company", &address.company),
        ("address1", &address.address1),
        ("address2", &address.address2),
        ("address3", &address.address3),
        ("town", &address.town),
        ("county", &address.county),
        ("post-code", &address.post_code),
        ("email", &address.email),
        ("phone", &address.phone),
        ("vat-number", &order.vat_number),
    ] {
        faults.short(what, text);
    }
    for (what, text) in [
        ("comments", &order.comments),
        ("delivery-notes", &order.delivery_notes),
        ("gift-messages", &order.gift_messages),
    ] {
        faults.text(what, text);
    }
    faults.code("country", &address.country, 2);
    faults.code("currency", &order.currency, 3);
    let totals = &order.totals;
    for (what, text) in [
        ("order-value", &totals.order_value),
        ("shipping-total-ex-vat", &totals.shipping_total_ex_vat),
        ("shipping-total-vat", &totals.shipping_total_vat),
        ("discount-total-ex-vat", &totals.discount_total_ex_vat),
        ("discount-total-vat", &totals.discount_total_vat),
        ("total-vat", &totals.total_vat),
    ] {
        faults.decimal(what, text);
    }
    if let Some(weight) = &order.total_weight {
        faults.decimal("total-weight", weight);
    }
    for (what, count) in [("lines", order.lines.len()), ("tags", order.tags.len()), ("warnings", order.warnings.len())]
    {
        faults.count(what, count);
    }
    for (at, line) in order.lines.iter().enumerate() {
        faults.line(at, line);
    }
    faults.different(order.lines.iter().map(|line| &line.source_line_id));
    faults.pairs("name-values", &order.name_values);
    for tag in &order.tags {
        faults.name("a tag", tag);
    }
    faults.problems("warnings", &order.warnings);
    faults.0
}

/// Everything in `asn` that breaks the contract, each in a few words; empty when it can be taken.
pub fn asn(asn: &Asn) -> Vec<String> {
    let mut faults = Faults::default();
    faults.id("id", &asn.id);
    faults.text("version", &asn.version);
    faults.name("po-reference", &asn.po_reference);
    faults.short("supplier", &asn.supplier);
    faults.instant("estimated-delivery", asn.estimated_delivery);
    faults.text("comments", &asn.comments);
    faults.count("lines", asn.lines.len());
    for (at, line) in asn.lines.iter().enumerate() {
        let what = format!("line {}", at + 1);
        faults.id(&format!("{what} source-line-id"), &line.source_line_id);
        faults.id(&format!("{what} sku"), &line.sku);
        for (field, units) in [("quantity", line.quantity), ("ordered", line.ordered), ("delivered", line.delivered)] {
            faults.units(&format!("{what} {field}"), units);
        }
        if line.quantity > line.ordered.saturating_sub(line.delivered) {
            faults.0.push(format!(
                "{what} has {} still to come; of {} ordered {} are delivered",
                line.quantity, line.ordered, line.delivered
            ));
        }
        if let Some(product) = &line.product {
            faults.product(&format!("{what} product"), product);
        }
    }
    faults.different(asn.lines.iter().map(|line| &line.source_line_id));
    faults.0
}

/// Everything in `outcome` that breaks the contract, each in a few words; empty when it can be taken. Its id is to be one that
/// the host has given, and the words of its problem are made plain before they are kept: neither is looked at here.
pub fn outcome(outcome: &Outcome) -> Vec<String> {
    let mut faults = Faults::default();
    if let Some(remote_id) = &outcome.remote_id {
        faults.id("remote-id", remote_id);
    }
    faults.count("changes", outcome.changes.len());
    for change in &outcome.changes {
        faults.name("a field of changes", &change.field);
        for value in [&change.old, &change.new].into_iter().flatten() {
            faults.text("a value of changes", value);
        }
    }
    faults.0
}

/// Everything in `finding` that breaks the contract, each in a few words; empty when it can be taken. What checks found is made
/// plain wherever a connector's words are.
pub fn finding(finding: &Finding) -> Vec<String> {
    let mut faults = Faults::default();
    match finding {
        Finding::Edited((_, new)) => return order(new),
        Finding::Moved(location) => faults.name("location", location),
        Finding::Merged(ids) | Finding::Split(ids) => {
            faults.count("ids", ids.len());
            for id in ids {
                faults.id("an id", id);
            }
        }
        Finding::Unchanged | Finding::Blocked(_) | Finding::Cancelled | Finding::Processed | Finding::Gone => {}
    }
    faults.0
}

/// Whether a text is a decimal as the contract writes it: an optional `-`, digits, an optional `.` with digits.
pub fn is_decimal(text: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let number = text.strip_prefix('-').unwrap_or(text);
    text.len() <= DECIMAL_LENGTH
        && match number.split_once('.') {
            Some((whole, fraction)) => digits(whole) && digits(fraction),
            None => digits(number),
        }
}

/// Whether a text is the code of a problem or a check: `despatch.invoice-not-printed`.
pub fn is_code(text: &str) -> bool {
    let word =
        |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    text.len() <= 100 && text.split('.').all(|part| part.split('-').all(word))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import_orders::{Address, Totals};
    use crate::types::{Attempt, Change};

    fn fine() -> Order {
        let zero = || "0.00".to_owned();
        let text = || "x".to_owned();
        Order {
            id: text(),
            version: text(),
            order_number: text(),
            external_order_reference: text(),
            source_reference: text(),
            channel: text(),
            source_order_date: None,
            required_despatch: None,
            delivery_address: Address {
                full_name: "Ann\nc/o Bob".into(),
                company: text(),
                address1: text(),
                address2: text(),
                address3: text(),
                town: text(),
                county: text(),
                post_code: text(),
                country: "GB".into(),
                email: text(),
                phone: text(),
            },
            courier_service: None,
            currency: "GBP".into(),
            totals: Totals {
                order_value: "-12.50".into(),
                shipping_total_ex_vat: zero(),
                shipping_total_vat: zero(),
                discount_total_ex_vat: zero(),
                discount_total_vat: zero(),
                total_vat: zero(),
            },
            comments: "two\nlines".into(),
            delivery_notes: text(),
            gift_messages: text(),
            vat_number: text(),
            total_weight: Some("0.25".into()),
            lines: vec![OrderLine {
                source_line_id: text(),
                sku: "TEE".into(),
                quantity: 1,
                details: text(),
                unit_price: "3".into(),
                unit_price_vat: zero(),
                discount: zero(),
                name_values: vec![],
            }],
            name_values: vec![NameValue { name: text(), value: "a\nb".into() }],
            tags: vec![text()],
            warnings: vec![],
            acknowledge: false,
        }
    }

    #[test]
    fn an_order_that_keeps_the_contract_has_no_faults() {
        assert_eq!(order(&fine()), [""; 0]);
    }

    #[test]
    fn each_fault_of_an_order_is_named_by_its_field_and_shows_no_words_of_a_person() {
        type Break = (fn(&mut Order), &'static str);
        let breaks: [Break; 18] = [
            (|o| o.id.clear(), "id is empty"),
            (|o| o.totals.order_value = "1e3".into(), "order-value is \"1e3\""),
            (|o| o.totals.total_vat.clear(), "total-vat is \"\""),
            (|o| o.lines[0].unit_price = ".5".into(), "line 1 unit-price is \".5\""),
            (|o| o.lines[0].quantity = 0, "line 1 quantity is 0"),
            (|o| o.lines[0].sku = "A\u{7}B".into(), "line 1 sku holds control characters"),
            (|o| o.total_weight = Some("NaN".into()), "total-weight is \"NaN\""),
            (|o| o.delivery_address.country = "gb".into(), "country is not 2 capital letters"),
            (|o| o.currency = "£".into(), "currency is not 3 capital letters"),
            (|o| o.required_despatch = Some(i64::MIN), "required-despatch is -9223372036854775808 ms"),
            (|o| o.comments = "Ann\0Smith".into(), "comments holds the character NUL"),
            (|o| o.order_number = "1\u{1b}[2J".into(), "order-number holds control characters"),
            (|o| o.delivery_address.full_name = "x".repeat(NAME_LENGTH + 1), "full-name is 1001 bytes long"),
            (|o| o.comments = "x".repeat(TEXT_LENGTH + 1), "comments is 65537 bytes long"),
            (|o| o.lines[0].quantity = (-1_i32).cast_unsigned(), "line 1 quantity is 4294967295"),
            (|o| o.tags = vec!["x".into(); MANY + 1], "tags are 10001"),
            (|o| o.lines.push(o.lines[0].clone()), "line 2 source-line-id is that of line 1 too"),
            (|o| o.name_values[0].name = "x".repeat(NAME_LENGTH + 1), "a name of name-values is 1001 bytes long"),
        ];
        for (breaks, told) in breaks {
            let mut broken = fine();
            breaks(&mut broken);
            let faults = order(&broken);
            assert_eq!(faults.len(), 1, "{faults:?}");
            assert!(faults[0].starts_with(told) && !faults[0].contains("Smith"), "{faults:?} instead of {told}");
        }
    }

    #[test]
    fn each_fault_of_an_outcome_is_named_and_one_that_keeps_the_contract_has_none() {
        let fine = || Outcome {
            id: "1".into(),
            attempt: Attempt::Done,
            changes: vec![Change { field: "level".into(), old: None, new: Some("3".into()) }],
            remote_id: Some("RMA-1".into()),
        };
        assert_eq!(outcome(&fine()), [""; 0]);
        type Break = (fn(&mut Outcome), &'static str);
        let breaks: [Break; 6] = [
            (|o| o.remote_id = Some(String::new()), "remote-id is empty"),
            (|o| o.remote_id = Some("Smith\0".into()), "remote-id holds the character NUL"),
            (|o| o.remote_id = Some("x".repeat(NAME_LENGTH + 1)), "remote-id is 1001 bytes long"),
            (|o| o.changes[0].field = "a\u{7}".into(), "a field of changes holds control characters"),
            (|o| o.changes[0].new = Some("Smith\0".into()), "a value of changes holds the character NUL"),
            (|o| o.changes = vec![o.changes[0].clone(); MANY + 1], "changes are 10001"),
        ];
        for (breaks, told) in breaks {
            let mut broken = fine();
            breaks(&mut broken);
            let faults = outcome(&broken);
            assert_eq!(faults.len(), 1, "{faults:?}");
            assert!(faults[0].starts_with(told) && !faults[0].contains("Smith"), "{faults:?} instead of {told}");
        }
    }

    #[test]
    fn a_finding_that_names_other_orders_or_places_has_faults_where_these_cannot_be_kept() {
        for fine in [
            Finding::Gone,
            Finding::Moved("here".into()),
            Finding::Merged(vec!["1".into()]),
            Finding::Edited((vec![], self::fine())),
        ] {
            assert_eq!(finding(&fine), [""; 0], "{fine:?}");
        }
        let mut edited = self::fine();
        edited.currency = "pounds".into();
        for (broken, told) in [
            (Finding::Moved("a\0".into()), "location holds the character NUL"),
            (Finding::Merged(vec!["1".into(), String::new()]), "an id is empty"),
            (Finding::Split(vec!["x".repeat(NAME_LENGTH + 1)]), "an id is 1001 bytes long"),
            (Finding::Split(vec!["1".into(); MANY + 1]), "ids are 10001"),
            (Finding::Edited((vec![], edited)), "currency is not 3 capital letters"),
        ] {
            let faults = finding(&broken);
            assert!(faults.len() == 1 && faults[0].starts_with(told), "{faults:?} instead of {told}");
        }
    }

    #[test]
    fn codes_are_lower_case_words_joined_by_hyphens_and_dots() {
        for code in ["unpaid", "despatch.invoice-not-printed", "a.b.c-1"] {
            assert!(is_code(code), "{code}");
        }
        for code in ["", "Unpaid", "a b", "a..b", "-a", "a-", "a\n"] {
            assert!(!is_code(code), "{code:?}");
        }
    }
}
