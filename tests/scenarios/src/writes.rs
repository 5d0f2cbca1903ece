//! What Linnworks must not be told twice, read off the calls that it received and off its own records.

use std::collections::BTreeMap;

use linnworks_sim::{CallRecord, World as Simulated};
use serde_json::Value;

use crate::world::World;

/// So long after a write whose outcome is unknown it may be sent again, in seconds: no sooner can the source be trusted to have done
/// all that it ever will.
const DOUBT: f64 = 120.0;

/// One thing that a write is about, and how its state is looked at.
struct Subject {
    /// What is done to what.
    name: String,
    /// Where it is looked at.
    seen_by: &'static [&'static str],
    /// What such a look names.
    named: String,
}

const ORDERS: &[&str] =
    &["Orders/GetOrdersById", "Orders/GetOrderById", "OpenOrders/GetOpenOrdersDetails", "Orders/GetOrderRelations"];
const PURCHASES: &[&str] = &["PurchaseOrder/Get_PurchaseOrder"];
const RETURNS: &[&str] = &["ReturnsRefunds/GetRMAHeadersByOrderId"];

/// What the call writes that must not be written twice. Writes that a repetition does no harm to are none of these.
fn subjects(call: &CallRecord) -> Vec<Subject> {
    let body: Value = call.body.as_deref().and_then(|body| serde_json::from_str(body).ok()).unwrap_or_default();
    let about = |what: &str, seen_by, pointer: &str, named: &str| {
        let text = |pointer| match body.pointer(pointer) {
            Some(Value::String(text)) => text.clone(),
            Some(other) => other.to_string(),
            None => String::new(),
        };
        vec![Subject { name: format!("{what} {}", text(pointer)), seen_by, named: text(named) }]
    };
    match call.endpoint.as_str() {
        "Orders/ProcessOrder" => about("process", ORDERS, "/orderId", "/orderId"),
        "Orders/ProcessOrdersInBatch" => {
            let ids = body.get("ordersIds").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
            let subject = |id: &str| Subject { name: format!("process {id}"), seen_by: ORDERS, named: id.to_owned() };
            ids.map(subject).collect()
        }
        "Orders/SplitOrder" => about("split", ORDERS, "/orderId", "/orderId"),
        "PurchaseOrder/Deliver_PurchaseItem" => {
            let of = "/deliverItemParameter";
            about("deliver", PURCHASES, &format!("{of}/pkPurchaseItemId"), &format!("{of}/pkPurchaseId"))
        }
        "ReturnsRefunds/CreateRMABooking" => about("book", RETURNS, "/request/Reference", "/request/OrderId"),
        "ReturnsRefunds/ActionRMABooking" => about("action", RETURNS, "/request/RMAHeaderId", "/request/OrderId"),
        _ => Vec::new(),
    }
}

/// Whether the answer proved that nothing was done.
fn was_refused(call: &CallRecord) -> bool {
    (400..500).contains(&call.status) && !call.done
}

/// Whether the answer said what was done.
fn was_answered(call: &CallRecord) -> bool {
    (200..300).contains(&call.status) && call.faults.is_empty()
}

/// Faults after which the caller has no answer, or not all of it.
const UNSEEN: [&str; 6] = ["cut_before", "cut_after", "cut_mid_body", "truncate", "html", "empty"];

/// Whether a look was answered, and in full. One that failed showed nothing.
fn was_seen(call: &CallRecord) -> bool {
    (200..300).contains(&call.status) && !call.faults.iter().any(|fault| UNSEEN.contains(&fault.as_str()))
}

struct Sent {
    time: f64,
    answered: bool,
    seen: bool,
}

/// Complaints about writes that were sent again without a look at what the first had done, or too soon after one that was not answered;
/// about orders that were processed more than once, and returns that are booked more than once.
#[must_use]
pub fn told_once(sim: &Simulated) -> Vec<String> {
    let mut complaints = blindly_again(sim.calls());
    let account = sim.account();
    let mut processed: BTreeMap<String, usize> = BTreeMap::new();
    for row in account.audit.iter().filter(|row| row.kind == "ORDER_PROCESSED") {
        *processed.entry(row.order_id.to_string()).or_default() += 1;
    }
    let mut booked: BTreeMap<String, usize> = BTreeMap::new();
    for rma in &account.after_sales.rmas {
        *booked.entry(rma.external_reference.clone()).or_default() += 1;
    }
    let twice = |what: &str, counted: BTreeMap<String, usize>| {
        let twice = counted.into_iter().filter(|(_, times)| *times > 1);
        twice.map(|(of, times)| format!("{what} {times} times: {of}")).collect::<Vec<_>>()
    };
    complaints.extend(twice("processed", processed));
    complaints.extend(twice("booked", booked));
    complaints
}

/// Complaints about writes that were sent again without a look, or too soon.
fn blindly_again(calls: &[CallRecord]) -> Vec<String> {
    let mut complaints = Vec::new();
    let mut open: BTreeMap<String, (Sent, Subject)> = BTreeMap::new();
    let first = calls.first().map(|call| call.time).unwrap_or_default();
    for call in calls {
        let time = call.time.seconds_since(first);
        let said = format!("{} {}", call.query, call.body.as_deref().unwrap_or_default());
        for (sent, subject) in open.values_mut() {
            let looks = subject.seen_by.contains(&call.endpoint.as_str()) && said.contains(&subject.named);
            sent.seen |= looks && was_seen(call);
        }
        for subject in subjects(call) {
            if let Some((sent, _)) = open.get(&subject.name) {
                if !sent.seen {
                    complaints.push(format!(
                        "blindly again, without a look in between: {} ({})",
                        subject.name, call.endpoint
                    ));
                } else if !sent.answered && time - sent.time < DOUBT {
                    let after = time - sent.time;
                    complaints.push(format!(
                        "again {after} s after it was sent and not answered: {} ({})",
                        subject.name, call.endpoint
                    ));
                }
            }
            if !was_refused(call) {
                open.insert(subject.name.clone(), (Sent { time, answered: was_answered(call), seen: false }, subject));
            }
        }
    }
    complaints
}

/// Complaints about lines of purchase orders of which more is delivered than was booked in.
///
/// # Errors
/// When the database fails.
pub async fn no_more_than_received(world: &World) -> anyhow::Result<Vec<String>> {
    let asns = world.host()?.store.asns(None, None).await?;
    let delivered: BTreeMap<String, i64> = world.sim.with(|sim| {
        let orders = sim.account().purchase_orders.iter();
        orders.flat_map(|order| &order.items).map(|line| (line.id.to_string(), i64::from(line.delivered))).collect()
    });
    let items = asns.iter().flat_map(|asn| asn.items.iter().map(move |item| (asn, item)));
    let over = items.filter_map(|(asn, item)| {
        let there = *delivered.get(&item.source_line_id)?;
        let here = item.delivered_before + item.quantity_booked;
        (there > here)
            .then(|| format!("{}: {there} of {} are delivered, {here} were received", asn.po_reference, item.sku))
    });
    Ok(over.collect())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn call(endpoint: &str, body: &Value, seconds: f64, status: u16, faults: &[&str]) -> CallRecord {
        CallRecord {
            number: 0,
            time: linnworks_sim::state::Stamp::unset().plus_seconds(seconds),
            endpoint: endpoint.into(),
            method: "POST".into(),
            effect: "none",
            account: Some(0),
            query: String::new(),
            digest: String::new(),
            bytes_in: 0,
            bytes_out: 0,
            status,
            done: true,
            changed: !faults.is_empty(),
            faults: faults.iter().map(|fault| (*fault).to_owned()).collect(),
            fault_ids: Vec::new(),
            body: Some(body.to_string()),
        }
    }

    /// What is said of an order that is processed, looked at as `status` and `faults` say, and processed again.
    fn told(status: u16, faults: &[&str], again: f64) -> Vec<String> {
        let write = json!({ "orderId": "7b2f" });
        blindly_again(&[
            call("Orders/ProcessOrder", &write, 0.0, 0, &["cut_after"]),
            call("Orders/GetOrdersById", &json!({ "pkOrderIds": ["7b2f"] }), 200.0, status, faults),
            call("Orders/ProcessOrder", &write, again, 200, &[]),
        ])
    }

    #[test]
    fn only_a_look_that_was_answered_in_full_is_one() {
        assert_eq!(told(200, &[], 201.0), Vec::<String>::new());
        assert_eq!(told(200, &["delay"], 201.0), Vec::<String>::new());
        let blind = ["blindly again, without a look in between: process 7b2f (Orders/ProcessOrder)"];
        assert_eq!(told(500, &["status"], 201.0), blind);
        assert_eq!(told(0, &["cut_after"], 201.0), blind);
        assert_eq!(told(200, &["truncate"], 201.0), blind);
        assert_eq!(told(200, &["cut_mid_body"], 201.0), blind);
    }

    #[test]
    fn a_write_without_an_answer_is_not_sent_again_before_the_source_is_through_with_it() {
        let told = told(200, &[], 60.0);
        assert!(matches!(told.as_slice(), [one] if one.starts_with("again 60 s after")), "{told:?}");
    }
}
