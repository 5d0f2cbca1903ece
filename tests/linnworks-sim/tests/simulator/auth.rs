//! Logging in and staying logged in.
use crate::common::{APPLICATION, INSTALLATION, SECRET, Sim, credentials, read, sim, sim_with};
use linnworks_sim::Config;
use serde_json::{Value, json};

const LOGIN: &str = "Auth/AuthorizeByApplication";

async fn login(sim: &Sim, kind: &str, body: String) -> (u16, Value) {
    read(sim.client.post(sim.url(LOGIN)).header("Content-Type", kind).body(body).send().await.unwrap()).await
}

#[tokio::test]
async fn every_encoding_that_clients_use_logs_in() {
    let sim = sim(json!({})).await;
    let form = "application/x-www-form-urlencoded";
    for (kind, body) in [
        ("application/json", credentials().to_string()),
        (form, format!("ApplicationId={APPLICATION}&ApplicationSecret={SECRET}&Token={INSTALLATION}")),
        (form, format!("applicationId={APPLICATION}&applicationSecret={SECRET}&token={INSTALLATION}")),
        (form, format!("request={}", credentials())),
    ] {
        let (status, session) = login(&sim, kind, body.clone()).await;
        assert_eq!(status, 200, "{body}");
        assert_eq!(session["Server"], sim.sim.url());
        assert_eq!(session["TTL"], 1800);
        assert_eq!(session["Status"]["State"], "AVAILABLE");
    }
    let get = sim.client.get(sim.url(LOGIN)).form(&credentials()).send().await.unwrap();
    assert_eq!(get.status(), 200);
}

#[tokio::test]
async fn a_form_under_a_json_content_type_is_400() {
    let sim = sim(json!({})).await;
    let body = format!("ApplicationId={APPLICATION}&ApplicationSecret={SECRET}&Token={INSTALLATION}");
    assert_eq!(login(&sim, "application/json", body).await.0, 400);
}

#[tokio::test]
async fn wrong_credentials_are_400_and_an_unknown_session_is_401() {
    let mut sim = sim(json!({})).await;
    let mut wrong = credentials();
    wrong["Token"] = json!("99999999-9999-4999-8999-999999999999");
    let (status, body) = login(&sim, "application/json", wrong.to_string()).await;
    assert_eq!((status, &body["Message"]), (400, &json!("Token is wrong.")));
    sim.token = "99999999-9999-4999-8999-999999999999".to_owned();
    assert_eq!(sim.call("Orders/GetAllOpenOrders", json!({})).await.0, 401);
}

#[tokio::test]
async fn the_bare_token_is_wanted_and_bearer_is_401() {
    let mut sim = sim(json!({})).await;
    sim.token = format!("Bearer {}", sim.token);
    assert_eq!(sim.call("Main/Ping", json!({})).await.0, 401);
}

#[tokio::test]
async fn a_session_ends_after_twenty_idle_minutes_and_each_call_extends_it() {
    let sim = sim(json!({})).await;
    for _ in 0..3 {
        sim.sim.advance(19.0 * 60.0);
        sim.fetch("Main/Ping").await;
    }
    sim.sim.advance(20.0 * 60.0 + 1.0);
    assert_eq!(sim.call("Main/Ping", json!({})).await.0, 401);
}

#[tokio::test]
async fn a_second_login_leaves_the_first_session_alone_unless_configured() {
    let mut sim = sim(json!({})).await;
    let first = sim.token.clone();
    sim.login().await;
    assert_ne!(sim.token, first);
    sim.token = first;
    sim.fetch("Main/Ping").await;
    sim.sim.with(|world| world.config.single_session = true);
    let old = sim.token.clone();
    sim.login().await;
    sim.token = old;
    assert_eq!(sim.call("Main/Ping", json!({})).await.0, 401);
}

#[tokio::test]
async fn server_time_to_live_and_status_of_the_session_are_configurable() {
    let config = Config { server: Some("https://elsewhere.example".to_owned()), ttl: None, ..Config::default() };
    let sim = sim_with(config, json!({ "Status": "MAINTENANCE" })).await;
    let (_, session) = login(&sim, "application/json", credentials().to_string()).await;
    assert_eq!(session["Server"], "https://elsewhere.example");
    assert_eq!(session["TTL"], Value::Null);
    assert_eq!(session["Status"]["State"], "MAINTENANCE");
}

#[tokio::test]
async fn two_accounts_have_their_own_ids_tokens_and_orders() {
    let other = "44444444-4444-4444-8444-444444444444";
    let sim = sim(json!({ "accounts": [
        { "Orders": [{ "ReferenceNum": "A-1" }] },
        { "Id": other, "Applications": [{ "Token": other }], "Orders": [{ "ReferenceNum": "B-1" }, { "ReferenceNum": "B-2" }] },
    ] }))
    .await;
    let mut second = credentials();
    second["Token"] = json!(other);
    let (_, session) = login(&sim, "application/json", second.to_string()).await;
    assert_eq!(session["Id"], other);
    let token = session["Token"].as_str().unwrap();
    let call = sim.client.post(sim.url("Orders/GetAllOpenOrders")).header("Authorization", token).json(&json!({}));
    let (_, theirs) = read(call.send().await.unwrap()).await;
    assert_eq!(theirs.as_array().unwrap().len(), 2);
    assert_eq!(sim.open(json!({})).await, ["A-1"]);
}
