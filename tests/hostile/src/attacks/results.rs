//! Results that break the contract's words or its sense.

use harness_contract::types::Mode;
use serde_json::{Value, json};

use super::{Attack, ONCE, ends};
use crate::site::Site;

pub(super) fn attacks() -> Vec<Attack> {
    vec![
        Attack::charged("a_text_that_is_not_utf8_ends_the_run", "trap", ONCE, |site| {
            Box::pin(ends(site, json!({ "misbehave": "invalid-text" })))
        }),
        Attack::charged("an_id_as_long_as_a_book_is_a_breach", "breach-of-contract", ONCE, |site| {
            Box::pin(ends(site, json!({ "misbehave": "huge-result", "size": 5_000 })))
        }),
        Attack::charged("orders_of_others_are_dropped", "left-out.connector-failed", ONCE, |site| {
            Box::pin(orders_of_others(site))
        }),
        Attack::charged("an_order_that_is_given_twice_comes_in_once", "imported-once", ONCE, |site| {
            Box::pin(orders_twice(site))
        }),
        Attack::charged("ids_that_fetch_gives_nothing_for_are_told_of", "left-out.connector-failed", ONCE, |site| {
            Box::pin(async {
                let settings = json!({ "misbehave": "no-results", "in": "fetch" });
                left_out(site, settings, "gave no result").await
            })
        }),
        Attack::charged("a_quantity_that_was_negative_is_refused", "left-out.connector-failed", ONCE, |site| {
            Box::pin(async { each_left_out(site, "quantity", &[json!(-1), json!(u32::MAX), json!(i32::MIN)]).await })
        }),
        Attack::charged("a_date_beyond_the_calendar_is_refused", "left-out.connector-failed", ONCE, |site| {
            Box::pin(async {
                let never = [json!(i64::MAX), json!(i64::MIN), json!(253_402_300_800_000_i64)];
                each_left_out(site, "source-order-date", &never).await?;
                each_left_out(site, "required-despatch", &never).await
            })
        }),
        Attack::charged("money_that_is_no_decimal_is_refused", "left-out.connector-failed", ONCE, |site| {
            Box::pin(async {
                let none = ["NaN", "1e9", "--1", "12,50", "0x10", "1'; DROP TABLE orders; --"].map(Value::from);
                each_left_out(site, "unit-price", &none).await?;
                each_left_out(site, "order-value", &[json!("9".repeat(10_000))]).await
            })
        }),
        Attack::charged("texts_without_measure_are_refused", "left-out.connector-failed", ONCE, |site| {
            Box::pin(async {
                for (field, length) in
                    [("comments", 1_000_000), ("full-name", 5_000), ("sku", 5_000), ("version", 100_000)]
                {
                    each_left_out(site, field, &[json!(length)]).await?;
                }
                each_left_out(site, "comments", &[json!("a\u{0}b")]).await
            })
        }),
        Attack::charged("an_order_of_very_many_lines_is_refused", "left-out.connector-failed", ONCE, |site| {
            Box::pin(async { each_left_out(site, "lines", &[json!(10_001)]).await })
        }),
        Attack::charged("marks_of_orders_that_nobody_gave_settle_nothing", "nothing-settled", ONCE, |site| {
            Box::pin(strangers(site))
        }),
    ]
}

async fn orders_of_others(site: &Site) -> anyhow::Result<String> {
    let store = &site.platform.store;
    // Ids as the neighbour's source has them.
    let theirs: Vec<String> = site.sim.with(|world| {
        world
            .accounts
            .iter()
            .flat_map(|account| account.orders.iter().map(|order| order.order_id.to_string()))
            .collect()
    });
    anyhow::ensure!(!theirs.is_empty(), "the neighbour has no orders");
    let settings = json!({ "misbehave": "orders-of-others", "in": "fetch", "ids": theirs });
    let found = left_out(site, settings, "gave no result").await?;
    for client in [site.hostile.id, site.neighbour.id] {
        anyhow::ensure!(store.orders(Some(client), None, 0, 10).await?.is_empty(), "an order came in");
    }
    Ok(found)
}

async fn orders_twice(site: &Site) -> anyhow::Result<String> {
    let connection = site.attacker(json!({}), json!({ "misbehave": "orders-twice", "in": "fetch" })).await?;
    let ran = site.run(&connection, Mode::Apply).await?;
    let orders = site.platform.store.orders(Some(site.hostile.id), None, 0, 10).await?;
    anyhow::ensure!((ran.report.imported, orders.len()) == (3, 3), "{ran:?}, {} orders", orders.len());
    Ok("imported-once".into())
}

/// Runs once; all three orders stay out for the reason that is said.
async fn left_out(site: &Site, settings: Value, why: &str) -> anyhow::Result<String> {
    let connection = site.attacker(json!({}), settings).await?;
    let ran = site.run(&connection, Mode::Apply).await?;
    let problems = site.platform.store.problems(Some(connection.id), false).await?;
    anyhow::ensure!(ran.report.imported == 0 && problems.len() == 3, "{ran:?}, {problems:?}");
    for problem in &problems {
        let said = &problem.problem.message;
        anyhow::ensure!(said.contains(why) && said.len() < 1_000, "{said}");
    }
    let skipped: Vec<&str> = ran.report.skipped.keys().map(String::as_str).collect();
    anyhow::ensure!(skipped.len() == 1, "{:?}", ran.report.skipped);
    Ok(format!("left-out.{}", skipped.concat()))
}

/// One order with each of `values` in `field`; each stays out, alone, for the field's sake.
async fn each_left_out(site: &Site, field: &str, values: &[Value]) -> anyhow::Result<String> {
    let mut found = String::new();
    for value in values {
        let settings = json!({ "misbehave": "orders", "in": "fetch", "order": { field: value } });
        found = left_out(site, settings, field).await?;
        let stored = site.platform.store.connection("attack").await?;
        site.platform.store.remove_connection(stored.id, harness_wms::Removal::default(), site.platform.now()).await?;
    }
    let orders = site.platform.store.orders(Some(site.hostile.id), None, 0, 10).await?;
    anyhow::ensure!(orders.is_empty(), "{} orders came in", orders.len());
    Ok(found)
}

async fn strangers(site: &Site) -> anyhow::Result<String> {
    let connection = site.attacker(json!({}), json!({ "misbehave": "acknowledge-strangers" })).await?;
    let ran = site.run(&connection, Mode::Apply).await?;
    anyhow::ensure!(ran.report.acknowledged == 0, "{ran:?}");
    Ok("nothing-settled".into())
}
