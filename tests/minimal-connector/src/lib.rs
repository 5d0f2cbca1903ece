//! The smallest useful connector: paid orders of a made-up shop, which answers `GET /orders` with all of them.

use connector_kit::prelude::*;

struct Shop;
connector_kit::export!(Shop);

impl OrderSource for Shop {
    fn describe() -> Description {
        let orders = Operation::read("orders", "https://shop.example/orders");
        Description::new("shop", "Made-up shop", env!("CARGO_PKG_VERSION"), [orders])
    }

    async fn all(host: &impl Host, _: &Context) -> Result<Vec<Json>, Failure> {
        get(host, "orders", &[]).await?.records("")
    }

    fn order(shop: &Json, _: &Context, checks: &mut Checks) -> Option<Order> {
        let found = if shop.flag("paid") { "The order is paid" } else { "The order is not paid" };
        checks.that("paid", shop.flag("paid"), found, "Wait for the payment, or mark the order as paid in the shop.");
        Some(Order {
            order_number: format!("SHOP-{}", shop.text("id")),
            delivery_address: Address {
                full_name: shop.text("buyer"),
                address1: shop.text("street"),
                town: shop.text("town"),
                post_code: shop.text("postcode"),
                country: shop.text("country"),
                ..Address::default()
            },
            currency: "GBP".into(),
            totals: Totals { order_value: shop.amount("total"), total_vat: shop.amount("vat"), ..Totals::default() },
            lines: shop.each("items", |item| OrderLine {
                sku: item.text("sku"),
                quantity: item.whole("quantity"),
                unit_price: item.amount("price"),
                unit_price_vat: item.amount("vat"),
                ..OrderLine::default()
            }),
            ..Order::default()
        })
    }
}
