//! Faults.
use crate::common::{Sim, read, sim};
use serde_json::{Value, json};

async fn shop() -> Sim {
    sim(json!({ "Orders": [{ "ReferenceNum": "A" }, { "ReferenceNum": "B" }, { "ReferenceNum": "C" }] })).await
}

async fn fault(sim: &Sim, fault: Value) {
    let answer = sim.client.post(format!("{}/_sim/faults", sim.sim.url())).json(&fault).send().await.unwrap();
    assert_eq!(answer.status(), 200, "{}", answer.text().await.unwrap());
}

fn lock(sim: &Sim) -> Value {
    json!({ "orderIds": [sim.id("A")], "lockOrder": true })
}

async fn locked(sim: &Sim) -> bool {
    sim.order("A").await["GeneralInfo"]["HoldOrCancel"] == true
}

#[tokio::test]
async fn a_status_strikes_before_the_change_and_a_status_after_it_does_not_undo_it() {
    let sim = shop().await;
    fault(&sim, json!({ "endpoint": "Orders/LockOrder", "nth": 1, "do": "status", "status": 500 })).await;
    assert_eq!(sim.call("Orders/LockOrder", lock(&sim)).await.0, 500);
    assert!(!locked(&sim).await);
    fault(&sim, json!({ "endpoint": "orders/lockorder", "nth": 1, "do": "status_after", "status": 502, "body": "x" }))
        .await;
    assert_eq!(sim.call("Orders/LockOrder", lock(&sim)).await, (502, json!("x")));
    assert!(locked(&sim).await);
    let done: Vec<_> = sim.sim.calls().iter().filter(|call| call.effect == "write").map(|call| call.done).collect();
    assert_eq!(done, [false, true]);
}

#[tokio::test]
async fn a_connection_is_cut_before_or_after_the_change() {
    let sim = shop().await;
    fault(&sim, json!({ "endpoint": "Orders/LockOrder", "nth": 1, "do": "cut_before" })).await;
    fault(&sim, json!({ "endpoint": "Orders/LockOrder", "nth": 2, "do": "cut_after" })).await;
    assert!(sim.post("Orders/LockOrder").json(&lock(&sim)).send().await.is_err());
    assert!(!locked(&sim).await);
    assert!(sim.post("Orders/LockOrder").json(&lock(&sim)).send().await.is_err());
    assert!(locked(&sim).await);
    let shown: Vec<_> =
        sim.sim.calls().iter().filter(|call| call.effect == "write").map(|call| (call.status, call.done)).collect();
    assert_eq!(shown, [(0, false), (0, true)]);
}

#[tokio::test]
async fn an_answer_is_cut_in_its_middle() {
    let sim = shop().await;
    fault(&sim, json!({ "endpoint": "Orders/GetAllOpenOrders", "do": "cut_mid_body" })).await;
    let answer = sim.post("Orders/GetAllOpenOrders").json(&json!({})).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    assert!(answer.bytes().await.is_err());
}

#[tokio::test]
async fn a_change_is_committed_later_without_an_answer() {
    let sim = shop().await;
    fault(&sim, json!({ "endpoint": "Orders/LockOrder", "nth": 1, "do": "commit_later", "seconds": 30 })).await;
    assert!(sim.post("Orders/LockOrder").json(&lock(&sim)).send().await.is_err());
    sim.sim.advance(29.0);
    assert!(!locked(&sim).await);
    sim.sim.advance(1.0);
    assert!(locked(&sim).await);
}

#[tokio::test]
async fn a_hanging_call_stays_open_until_the_client_gives_up() {
    let sim = shop().await;
    fault(&sim, json!({ "endpoint": "Orders/LockOrder", "do": "commit_later", "seconds": 5, "hang": true })).await;
    let call = sim.post("Orders/LockOrder").json(&lock(&sim)).timeout(std::time::Duration::from_millis(100));
    assert!(call.send().await.unwrap_err().is_timeout());
    sim.sim.advance(5.0);
    assert!(locked(&sim).await);
}

#[tokio::test]
async fn bodies_are_truncated_replaced_by_a_page_or_emptied() {
    let sim = shop().await;
    let all = "Orders/GetAllOpenOrders";
    fault(&sim, json!({ "endpoint": all, "nth": 1, "do": "truncate" })).await;
    fault(&sim, json!({ "endpoint": all, "nth": 2, "do": "html" })).await;
    fault(&sim, json!({ "endpoint": all, "nth": 3, "do": "empty" })).await;
    let whole = sim.sim.with(|world| world.account().orders.len()) * 39 + 1;
    let (status, text) = sim.call(all, json!({})).await;
    assert_eq!((status, text.as_str().unwrap().len()), (200, whole / 2));
    let page = sim.post(all).json(&json!({})).send().await.unwrap();
    assert_eq!(page.headers()["content-type"], "text/html");
    assert!(page.text().await.unwrap().starts_with("<!DOCTYPE"));
    assert_eq!(sim.call(all, json!({})).await, (200, Value::Null));
    assert_eq!(sim.open(json!({})).await.len(), 3);
}

#[tokio::test]
async fn a_no_op_answers_as_if_it_had_happened() {
    let sim = shop().await;
    fault(&sim, json!({ "endpoint": "Orders/SetInvoicesPrinted", "do": "no_op" })).await;
    let before = sim.sim.hash();
    let answer = sim.ok("Orders/SetInvoicesPrinted", json!({ "orderIds": [sim.id("A")] })).await;
    assert_eq!(answer, json!([sim.id("A")]));
    assert_eq!(sim.sim.hash(), before);
}

#[tokio::test]
async fn a_session_ends_in_the_middle_of_a_run() {
    let mut sim = shop().await;
    fault(&sim, json!({ "endpoint": "Orders/*", "nth": 2, "do": "expire_session" })).await;
    sim.ok("Orders/GetAllOpenOrders", json!({})).await;
    assert_eq!(sim.call("Orders/GetAllOpenOrders", json!({})).await.0, 401);
    assert_eq!(sim.call("Orders/GetAllOpenOrders", json!({})).await.0, 401);
    sim.login().await;
    sim.ok("Orders/GetAllOpenOrders", json!({})).await;
}

#[tokio::test]
async fn too_many_calls_come_with_any_retry_after_or_none() {
    let sim = shop().await;
    for (after, header) in [(json!(null), None), (json!(0), Some("0")), (json!(7), Some("7"))] {
        fault(&sim, json!({ "endpoint": "Main/Ping", "nth": 1, "do": "throttle", "retry_after": after })).await;
        let answer = sim.get("Main/Ping").send().await.unwrap();
        assert_eq!(answer.status(), 429);
        assert_eq!(answer.headers().get("retry-after").map(|value| value.to_str().unwrap()), header);
    }
}

#[tokio::test]
async fn pages_are_shifted_and_rows_doubled() {
    let sim = shop().await;
    let page = |number: i32| json!({ "entriesPerPage": 2, "pageNumber": number });
    let references = |rows: Value| -> String {
        rows["Data"]
            .as_array()
            .unwrap()
            .iter()
            .map(|row| row["GeneralInfo"]["ReferenceNum"].as_str().unwrap())
            .collect()
    };
    fault(&sim, json!({ "endpoint": "Orders/GetOpenOrders", "nth": 2, "do": "shift_rows", "rows": 1 })).await;
    fault(&sim, json!({ "endpoint": "Orders/GetOpenOrders", "nth": 3, "do": "duplicate_rows", "rows": 1 })).await;
    assert_eq!(references(sim.ok("Orders/GetOpenOrders", page(1)).await), "AB");
    assert_eq!(references(sim.ok("Orders/GetOpenOrders", page(2)).await), "BC");
    assert_eq!(references(sim.ok("Orders/GetOpenOrders", page(1)).await), "ABA");
}

#[tokio::test]
async fn a_field_has_another_type_in_every_row_and_the_rest_is_as_it_was() {
    let sim = shop().await;
    for field in ["/Data/*/GeneralInfo/ReferenceNum", "/Data/*/NoSuchField", "/TotalEntries", "/Data"] {
        fault(&sim, json!({ "endpoint": "Orders/GetOpenOrders", "nth": 1, "do": "retype", "field": field })).await;
    }
    let page = json!({ "entriesPerPage": 5, "pageNumber": 1 });
    let answer = sim.ok("Orders/GetOpenOrders", page.clone()).await;
    assert_eq!((&answer["Data"], &answer["TotalEntries"]), (&json!({}), &json!("seven")));
    fault(&sim, json!({ "endpoint": "Orders/GetOpenOrders", "nth": 1, "do": "retype", "field": "/Data/*/GeneralInfo/ReferenceNum" }))
        .await;
    let rows = sim.ok("Orders/GetOpenOrders", page).await["Data"].clone();
    let numbers = rows.as_array().unwrap().iter().filter(|row| row["GeneralInfo"]["ReferenceNum"] == 7);
    assert_eq!(numbers.count(), 3);
}

#[tokio::test]
async fn orders_are_merged_between_the_list_and_the_despatch() {
    let sim = shop().await;
    let merge = json!({ "do": "call", "endpoint": "Orders/MergeOrders", "body": { "ordersToMerge": ["@A", "@B"] } });
    fault(&sim, json!({ "endpoint": "Orders/ProcessOrder", "nth": 1, "do": "mutate", "mutations": [merge] })).await;
    let id = sim.id("A");
    let result = sim.ok("Orders/ProcessOrder", json!({ "orderId": id, "scanPerformed": true })).await;
    assert_eq!(result["Processed"], false);
    assert_eq!(sim.open(json!({})).await, ["C", "MERGED"]);
}

#[tokio::test]
async fn faults_strike_by_rhythm_probability_and_number_of_times() {
    let sim = shop().await;
    let ping = async || sim.get("Main/Ping").send().await.unwrap().status().as_u16();
    fault(&sim, json!({ "endpoint": "Main/Ping", "every": 3, "times": 2, "do": "status", "status": 503 })).await;
    let mut seen = Vec::new();
    for _ in 0..12 {
        seen.push(ping().await);
    }
    assert_eq!(seen, [200, 200, 503, 200, 200, 503, 200, 200, 200, 200, 200, 200]);
    sim.sim.clear_faults();
    let mut rounds = Vec::new();
    for _ in 0..2 {
        fault(&sim, json!({ "probability": 0.5, "seed": 7, "do": "status", "status": 503 })).await;
        let mut round = Vec::new();
        for _ in 0..20 {
            round.push(ping().await);
        }
        assert!(round.contains(&200) && round.contains(&503));
        rounds.push(round);
        sim.sim.clear_faults();
    }
    assert_eq!(rounds[0], rounds[1]);
}

#[tokio::test]
async fn chance_strikes_the_same_calls_in_whatever_sequence_they_come_in() {
    let sim = shop().await;
    let asked =
        async |reference: &str| sim.call("Orders/GetOrderById", json!({ "pkOrderId": sim.id(reference) })).await.0;
    let mut rounds = Vec::new();
    for references in [["A", "B", "C"], ["C", "A", "B"]] {
        fault(&sim, json!({ "probability": 0.5, "seed": 7, "do": "status", "status": 503 })).await;
        let mut round = Vec::new();
        for time in 0..8 {
            for reference in references {
                round.push((reference, time, asked(reference).await));
            }
        }
        round.sort_unstable();
        rounds.push(round);
        sim.sim.clear_faults();
    }
    assert!(rounds[0].iter().any(|one| one.2 == 503) && rounds[0].iter().any(|one| one.2 == 200));
    assert_eq!(rounds[0], rounds[1]);
}

#[tokio::test]
async fn a_fault_can_wait_for_a_call_that_mentions_an_order() {
    let sim = shop().await;
    let id = sim.id("B");
    fault(&sim, json!({ "endpoint": "Orders/ProcessOrder", "containing": id, "do": "status", "status": 500 })).await;
    assert_eq!(sim.call("Orders/ProcessOrder", json!({ "orderId": sim.id("A") })).await.0, 200);
    assert_eq!(sim.call("Orders/ProcessOrder", json!({ "orderId": id })).await.0, 500);
}

#[tokio::test]
async fn a_misspelled_fault_is_refused() {
    let sim = shop().await;
    let post = |body: Value| sim.client.post(format!("{}/_sim/faults", sim.sim.url())).json(&body).send();
    for body in
        [json!({ "do": "explode" }), json!({ "do": "status", "statsu": 500 }), json!({ "do": "empty", "nht": 2 })]
    {
        let (status, answer) = read(post(body.clone()).await.unwrap()).await;
        assert_eq!(status, 422, "{body} {answer}");
    }
}
