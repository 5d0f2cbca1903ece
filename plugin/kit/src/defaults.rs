//! What a record says where a connector says nothing, and short ways to write the common ones.
//!
//! An amount that many orders do not have (shipping, a discount) is zero. One that each order has is an empty text, which is
//! no amount: forgetting it keeps the order out instead of letting it in for nothing.

use crate::contract::{Base, Description, Effect, Encoding, Flow, Method, Operation, OrderLine, Recipe, Totals};

/// The fields that every connection has and the platform acts on; a schema of settings has to admit them.
pub const PLATFORM_SETTINGS: &str = r#"{"type": "object", "additionalProperties": false, "properties": {
    "Client": {"type": "string"}, "Warehouse": {"type": "string"}, "Channel": {"type": "string"}}}"#;

const NOTHING: &str = "0";

impl Description {
    /// A connector that imports orders by `operations`, needs no credentials and has no settings of its own. Its hosts are
    /// those of the operations' addresses.
    ///
    /// `name` has lower case, digits and hyphens; `title` is as people write it; `version` is `env!("CARGO_PKG_VERSION")`.
    pub fn new(name: &str, title: &str, version: &str, operations: impl IntoIterator<Item = Operation>) -> Self {
        let operations: Vec<Operation> = operations.into_iter().collect();
        let mut allowed_hosts: Vec<String> = operations.iter().filter_map(host).map(str::to_owned).collect();
        allowed_hosts.sort_unstable();
        allowed_hosts.dedup();
        Description {
            name: name.to_owned(),
            title: title.to_owned(),
            version: version.to_owned(),
            operations,
            allowed_hosts,
            ..Description::default()
        }
    }
}

impl Default for Description {
    fn default() -> Self {
        Description {
            name: String::new(),
            title: String::new(),
            version: String::new(),
            settings_schema: PLATFORM_SETTINGS.to_owned(),
            settings_version: 1,
            storage_version: 1,
            flows: vec![Flow::ImportOrders],
            allowed_hosts: Vec::new(),
            operations: Vec::new(),
            authentication: None,
        }
    }
}

impl Operation {
    /// A `GET` that changes nothing. `address` is absolute (`https://shop.example/orders`), or a path from `/` at the address
    /// that the credential exchange gave.
    ///
    /// A call a second, half a minute, four mebibytes, in a rate group of its own: say the source's real limits where they
    /// are others, `Operation { calls_per_minute: 600, ..Operation::read("orders", "/orders") }`.
    pub fn read(name: &str, address: &str) -> Self {
        let (base, path) = match address.strip_prefix("https://").and_then(|rest| rest.find('/')) {
            Some(at) => {
                let (base, path) = address.split_at("https://".len() + at);
                (Base::Fixed(base.to_owned()), path)
            }
            None if address.starts_with('/') => (Base::Session, address),
            None => (Base::Fixed(address.to_owned()), "/"),
        };
        Operation {
            name: name.to_owned(),
            rate_group: name.to_owned(),
            base,
            path: path.to_owned(),
            ..Operation::default()
        }
    }

    /// A `PUT` that sets something; done twice it is as if done once.
    pub fn set(name: &str, address: &str) -> Self {
        Operation { method: Method::Put, effect: Effect::IdempotentWrite, ..Operation::read(name, address) }
    }

    /// A `POST` that changes something each time.
    pub fn write(name: &str, address: &str) -> Self {
        Operation { method: Method::Post, effect: Effect::Write, ..Operation::read(name, address) }
    }
}

impl Default for Operation {
    fn default() -> Self {
        Operation {
            name: String::new(),
            method: Method::Get,
            base: Base::Session,
            path: "/".to_owned(),
            effect: Effect::Read,
            moves_stock: false,
            encoding: Encoding::Json,
            rate_group: String::new(),
            calls_per_minute: 60,
            time_limit: 30_000,
            size_limit: 4 * 1024 * 1024,
        }
    }
}

/// The host name of an operation's address, where it is fixed.
fn host(operation: &Operation) -> Option<&str> {
    let Base::Fixed(address) = &operation.base else { return None };
    address.strip_prefix("https://")?.split([':', '/']).next()
}

impl Default for Recipe {
    /// An exchange as most sources have it: JSON by `POST`, an `access_token` in the answer, sent as a bearer. What remains to be
    /// said is the address, the body and where the answer names the account.
    fn default() -> Self {
        Recipe {
            platform_secrets: Vec::new(),
            method: Method::Post,
            address: String::new(),
            encoding: Encoding::Json,
            body: "{}".to_owned(),
            calls_per_minute: 60,
            token: "/access_token".to_owned(),
            base: None,
            account: String::new(),
            ready: None,
            header_name: "Authorization".to_owned(),
            header_value: "Bearer {session}".to_owned(),
            rejected: vec![400, 401, 403],
            expired: vec![401],
            install_address: String::new(),
        }
    }
}

impl Default for OrderLine {
    fn default() -> Self {
        OrderLine {
            source_line_id: String::new(),
            sku: String::new(),
            quantity: 0,
            details: String::new(),
            unit_price: String::new(),
            unit_price_vat: String::new(),
            discount: NOTHING.to_owned(),
            name_values: Vec::new(),
        }
    }
}

impl Default for Totals {
    fn default() -> Self {
        Totals {
            order_value: String::new(),
            shipping_total_ex_vat: NOTHING.to_owned(),
            shipping_total_vat: NOTHING.to_owned(),
            discount_total_ex_vat: NOTHING.to_owned(),
            discount_total_vat: NOTHING.to_owned(),
            total_vat: String::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_operation_takes_base_and_path_from_its_address() {
        for (address, base, path) in [
            ("https://shop.example/v1/orders", Base::Fixed("https://shop.example".into()), "/v1/orders"),
            ("https://shop.example:8443/orders", Base::Fixed("https://shop.example:8443".into()), "/orders"),
            ("https://shop.example", Base::Fixed("https://shop.example".into()), "/"),
            ("/orders", Base::Session, "/orders"),
        ] {
            let operation = Operation::read("orders", address);
            assert_eq!((operation.base, operation.path.as_str()), (base, path), "{address}");
        }
    }

    #[test]
    fn a_description_allows_the_hosts_of_its_operations_and_no_other() {
        let operations = [
            Operation::read("orders", "https://shop.example/orders"),
            Operation::set("stock", "https://shop.example/stock"),
            Operation::write("mark", "https://api.shop.example:8443/mark"),
            Operation::read("session", "/session"),
        ];
        let description = Description::new("shop", "Shop", "1.0.0", operations);
        assert_eq!(description.allowed_hosts, ["api.shop.example", "shop.example"]);
        let effects: Vec<Effect> = description.operations.iter().map(|operation| operation.effect).collect();
        assert_eq!(effects, [Effect::Read, Effect::IdempotentWrite, Effect::Write, Effect::Read]);
    }

    #[test]
    fn an_amount_that_every_order_has_is_not_nothing_by_default() {
        let (totals, line) = (Totals::default(), OrderLine::default());
        for forgotten in [totals.order_value, totals.total_vat, line.unit_price, line.unit_price_vat] {
            assert!(!crate::money::is_decimal(&forgotten));
        }
        for rare in
            [totals.shipping_total_ex_vat, totals.shipping_total_vat, totals.discount_total_ex_vat, line.discount]
        {
            assert_eq!(rare, "0");
        }
    }
}
