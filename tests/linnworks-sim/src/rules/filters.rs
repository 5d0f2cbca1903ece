//! Filters and sorting of open orders (2.2). A filter on an unknown field, or of a kind that does not fit the field, is
//! silently ignored, as the real service does.

use super::fields::{self, Field};
use crate::{
    endpoints::Call,
    http::{params::Params, reply::ApiError},
    state::{Account, Order, Stamp},
};
use serde_json::Value;
use std::cmp::Ordering;
use uuid::Uuid;

/// Which open orders a call asks for, and in which sequence.
pub(crate) struct Query {
    location: Uuid,
    tests: Vec<(String, Test)>,
    sorting: Vec<(String, bool)>,
    words: Option<String>,
    exact: bool,
}

enum Test {
    Text { kind: String, text: String },
    Boolean(bool),
    Number { kind: String, value: f64 },
    Date { from: Option<Stamp>, to: Option<Stamp> },
    List { not: bool, value: String },
}

impl Query {
    /// Reads `filters`, `sorting`, `fulfilmentCenter`, `additionalFilter`, `exactMatch`.
    pub(crate) fn of(call: &Call<'_>) -> Result<Self, ApiError> {
        let filters = call.params.object("filters").unwrap_or_default();
        let mut sorting: Vec<_> = call
            .params
            .objects("sorting")?
            .unwrap_or_default()
            .into_iter()
            .filter_map(|row| Some((code(&row)?, descending(&row), row.int("Order").ok().flatten().unwrap_or(0))))
            .collect();
        sorting.sort_by_key(|(_, _, order)| *order);
        Ok(Self {
            location: call.params.location("fulfilmentCenter")?,
            tests: tests(&filters, call.now)?,
            sorting: sorting.into_iter().map(|(code, descending, _)| (code, descending)).collect(),
            words: call.params.text("additionalFilter").filter(|words| !words.trim().is_empty()),
            exact: call.params.boolean("exactMatch")?.unwrap_or_default(),
        })
    }

    /// The orders, in sequence: by number unless sorted otherwise.
    pub(crate) fn run<'a>(&self, account: &'a Account) -> Vec<&'a Order> {
        let mut orders: Vec<_> = account
            .orders
            .open_at(self.location)
            .filter(|order| self.tests.iter().all(|(code, test)| passes(order, account, code, test)))
            .filter(|order| self.words.as_deref().is_none_or(|words| mentions(order, words, self.exact)))
            .collect();
        for (code, descending) in self.sorting.iter().rev() {
            orders.sort_by(|a, b| {
                let order = compare(fields::value(a, account, code), fields::value(b, account, code));
                if *descending { order.reverse() } else { order }
            });
        }
        orders
    }
}

/// A field code as a name, whether it was sent as a name or a number.
fn code(row: &Params) -> Option<String> {
    match row.get("FieldCode")? {
        Value::Number(number) => fields::name_of(number.as_i64()?).map(str::to_owned),
        Value::String(name) => match name.trim().parse() {
            Ok(number) => fields::name_of(number).map(str::to_owned),
            Err(_) => Some(name.trim().to_ascii_uppercase()),
        },
        _ => None,
    }
}

fn descending(row: &Params) -> bool {
    row.text("Direction").is_some_and(|direction| matches!(direction.to_ascii_lowercase().as_str(), "descending" | "1"))
}

/// The name of an enumeration's member sent as a name or a number.
fn kind(row: &Params, names: &[&str]) -> String {
    let sent = row.text("Type").unwrap_or_default();
    let by_number = sent.parse::<usize>().ok().and_then(|at| names.get(at));
    by_number.map_or(sent.to_ascii_lowercase(), |name| (*name).to_owned())
}

fn tests(filters: &Params, now: Stamp) -> Result<Vec<(String, Test)>, ApiError> {
    let mut tests = Vec::new();
    let rows = |name: &str| Ok::<_, ApiError>(filters.objects(name)?.unwrap_or_default());
    for row in rows("TextFields")? {
        if let (Some(code), Some(text)) = (code(&row), row.text("Text")) {
            tests.push((code, Test::Text { kind: kind(&row, &["equal", "contains", "startwith", "endswith"]), text }));
        }
    }
    for row in rows("BooleanFields")? {
        if let (Some(code), Some(value)) = (code(&row), row.boolean("Value")?) {
            tests.push((code, Test::Boolean(value)));
        }
    }
    for row in rows("NumericFields")? {
        if let (Some(code), Some(value)) = (code(&row), row.number("Value")?) {
            tests.push((code, Test::Number { kind: kind(&row, &["equal", "greater", "lower"]), value }));
        }
    }
    for row in rows("DateFields")? {
        let Some(code) = code(&row) else { continue };
        let days = row.number("Value")?.unwrap_or_default();
        let edge = now.plus_seconds(-days * 86_400.0);
        let (from, to) = match kind(&row, &["range", "olderthan", "lastdays"]).as_str() {
            "olderthan" => (None, Some(edge)),
            "lastdays" => (Some(edge), None),
            _ => (row.date("DateFrom")?, row.date("DateTo")?),
        };
        tests.push((code, Test::Date { from, to }));
    }
    for row in rows("ListFields")? {
        if let (Some(code), Some(value)) = (code(&row), row.text("Value")) {
            tests.push((code, Test::List { not: kind(&row, &["is", "not"]) == "not", value }));
        }
    }
    Ok(tests)
}

fn passes(order: &Order, account: &Account, code: &str, test: &Test) -> bool {
    let Some(field) = fields::value(order, account, code) else { return true };
    match (test, &field) {
        (Test::Text { kind, text }, Field::Text(values)) => values.iter().any(|value| text_fits(value, kind, text)),
        (Test::Text { kind, text }, Field::Number(values)) => {
            values.iter().any(|value| text_fits(&value.to_string(), kind, text))
        }
        (Test::Boolean(wanted), Field::Boolean(value)) => value == wanted,
        (Test::Number { kind, value: wanted }, Field::Number(values)) => {
            values.iter().any(|value| match kind.as_str() {
                "greater" => value > wanted,
                "lower" => value < wanted,
                _ => value == wanted,
            })
        }
        (Test::Date { from, to }, Field::Date(value)) => {
            from.is_none_or(|from| *value >= from) && to.is_none_or(|to| *value <= to)
        }
        (Test::List { not, value: wanted }, field) => listed(field, wanted) != *not,
        _ => true,
    }
}

fn text_fits(value: &str, kind: &str, text: &str) -> bool {
    let (value, text) = (value.to_lowercase(), text.to_lowercase());
    match kind {
        "contains" => value.contains(&text),
        "startwith" => value.starts_with(&text),
        "endswith" => value.ends_with(&text),
        _ => value == text,
    }
}

fn listed(field: &Field, wanted: &str) -> bool {
    match field {
        Field::Text(values) => values.iter().any(|value| value.eq_ignore_ascii_case(wanted)),
        Field::Number(values) => wanted.trim().parse().is_ok_and(|wanted: f64| values.contains(&wanted)),
        Field::Boolean(value) => wanted.eq_ignore_ascii_case(if *value { "true" } else { "false" }),
        Field::Date(value) => Stamp::parse(wanted) == Some(*value),
    }
}

fn mentions(order: &Order, words: &str, exact: bool) -> bool {
    let info = &order.general_info;
    let address = &order.customer_info.address;
    let number = order.num_order_id.to_string();
    let fields = [
        Some(number.as_str()),
        Some(info.reference_num.as_str()),
        info.secondary_reference.as_deref(),
        info.external_reference_num.as_deref(),
        address.full_name.as_deref(),
        address.email_address.as_deref(),
        address.post_code.as_deref(),
    ];
    let skus = order.items.iter().map(|line| line.sku.as_str());
    let kind = if exact { "equal" } else { "contains" };
    fields.into_iter().flatten().chain(skus).any(|value| text_fits(value, kind, words.trim()))
}

fn compare(a: Option<Field>, b: Option<Field>) -> Ordering {
    match (a, b) {
        (Some(Field::Text(a)), Some(Field::Text(b))) => a.cmp(&b),
        (Some(Field::Number(a)), Some(Field::Number(b))) => a.partial_cmp(&b).unwrap_or(Ordering::Equal),
        (Some(Field::Boolean(a)), Some(Field::Boolean(b))) => a.cmp(&b),
        (Some(Field::Date(a)), Some(Field::Date(b))) => a.cmp(&b),
        _ => Ordering::Equal,
    }
}
