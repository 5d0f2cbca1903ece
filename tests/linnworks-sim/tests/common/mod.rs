//! A simulator and a logged-in client for the tests.
#![allow(dead_code, unreachable_pub, missing_docs, reason = "each test file uses its part")]

use linnworks_sim::{Config, SimHandle, SimOptions, Simulator, state::Stamp};
use reqwest::{Client, RequestBuilder, Response};
use serde_json::{Value, json};

pub const NOON: &str = "2026-03-02T12:00:00Z";
pub const APPLICATION: &str = "11111111-1111-4111-8111-111111111111";
pub const SECRET: &str = "22222222-2222-4222-8222-222222222222";
pub const INSTALLATION: &str = "33333333-3333-4333-8333-333333333333";
pub const ZERO: &str = "00000000-0000-0000-0000-000000000000";

pub struct Sim {
    pub sim: SimHandle,
    pub client: Client,
    pub token: String,
}

/// A simulator at noon with this seed, and a session.
pub async fn sim(seed: Value) -> Sim {
    sim_with(Config::default(), seed).await
}

/// The same with switches.
pub async fn sim_with(config: Config, seed: Value) -> Sim {
    let sim = Simulator::start(SimOptions { config, ..SimOptions::default() }).await.unwrap();
    sim.set_time(Stamp::parse(NOON).unwrap());
    sim.seed(seed).unwrap();
    let mut sim = Sim { sim, client: Client::new(), token: String::new() };
    sim.login().await;
    sim.sim.clear_calls();
    sim
}

pub fn credentials() -> Value {
    json!({ "ApplicationId": APPLICATION, "ApplicationSecret": SECRET, "Token": INSTALLATION })
}

impl Sim {
    pub fn url(&self, path: &str) -> String {
        format!("{}/api/{path}", self.sim.url())
    }

    pub async fn login(&mut self) {
        let answer =
            self.client.post(self.url("Auth/AuthorizeByApplication")).json(&credentials()).send().await.unwrap();
        assert_eq!(answer.status(), 200);
        let session: Value = answer.json().await.unwrap();
        self.token = session["Token"].as_str().unwrap().to_owned();
    }

    pub fn post(&self, path: &str) -> RequestBuilder {
        self.client.post(self.url(path)).header("Authorization", &self.token)
    }

    pub fn get(&self, path: &str) -> RequestBuilder {
        self.client.get(self.url(path)).header("Authorization", &self.token)
    }

    /// Posts JSON and returns status and body (null when it is empty).
    pub async fn call(&self, path: &str, body: Value) -> (u16, Value) {
        read(self.post(path).json(&body).send().await.unwrap()).await
    }

    /// Posts JSON, wants 200 or 204, returns the body.
    pub async fn ok(&self, path: &str, body: Value) -> Value {
        let (status, answer) = self.call(path, body).await;
        assert!(status == 200 || status == 204, "{path}: {status} {answer}");
        answer
    }

    /// Gets, wants 200, returns the body.
    pub async fn fetch(&self, path: &str) -> Value {
        let (status, answer) = read(self.get(path).send().await.unwrap()).await;
        assert_eq!(status, 200, "{path}: {answer}");
        answer
    }

    /// The id of the order with this reference or number.
    pub fn id(&self, key: &str) -> String {
        self.sim.with(|world| world.account().order_by_key(key).unwrap().order_id.to_string())
    }

    /// An order as `GetOrdersById` shows it.
    pub async fn order(&self, key: &str) -> Value {
        let rows = self.ok("Orders/GetOrdersById", json!({ "pkOrderIds": [self.id(key)] })).await;
        rows[0].clone()
    }

    /// References of the open orders at a location.
    pub async fn open(&self, body: Value) -> Vec<String> {
        let ids = self.ok("Orders/GetAllOpenOrders", body).await;
        let mut references: Vec<_> = ids
            .as_array()
            .unwrap()
            .iter()
            .map(|id| {
                let key = id.as_str().unwrap();
                self.sim.with(|world| world.account().order_by_key(key).unwrap().general_info.reference_num.clone())
            })
            .collect();
        references.sort();
        references
    }
}

pub async fn read(answer: Response) -> (u16, Value) {
    let status = answer.status().as_u16();
    let text = answer.text().await.unwrap();
    (status, serde_json::from_str(&text).unwrap_or(if text.is_empty() { Value::Null } else { Value::String(text) }))
}
