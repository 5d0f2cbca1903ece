//! A host for the connector that asks a real simulator and keeps what it was answered.

use std::cell::RefCell;
use std::collections::BTreeMap;

use anyhow::Context as _;
use connector_kit::host::Host;
use linnworks_connector::contract::manifest::{Description, Encoding, Method};
use linnworks_connector::contract::{Directive, HttpError, Level, Request, Response, StorageError};
use linnworks_sim::SimHandle;
use linnworks_sim::state::Application;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE};
use serde_json::{Map, Value, json};

/// How many rows of a list that only names things are kept: countries, for example.
const ROWS: usize = 6;

/// Operations whose answers only name things.
const NAMES: [&str; 3] = ["Inventory/GetCountries", "PostalServices/GetPostalServices", "OpenOrders/GetIdentifiers"];

/// A host that records.
pub(crate) struct Recorder {
    client: reqwest::Client,
    base: String,
    token: String,
    table: Description,
    answers: RefCell<Map<String, Value>>,
    storage: RefCell<BTreeMap<String, Vec<u8>>>,
    /// The answer to the exchange of credentials.
    pub(crate) session: Value,
}

impl Recorder {
    /// Logs in.
    pub(crate) async fn new(sim: &SimHandle) -> anyhow::Result<Self> {
        let (client, application) = (reqwest::Client::new(), Application::example());
        let credentials = json!({
            "ApplicationId": application.application_id, "ApplicationSecret": application.application_secret,
            "Token": application.token,
        });
        let address = format!("{}/api/Auth/AuthorizeByApplication", sim.url());
        let session: Value = client.post(address).json(&credentials).send().await?.json().await?;
        let token = session.get("Token").and_then(Value::as_str).context("no session")?.to_owned();
        Ok(Self {
            client,
            base: sim.url(),
            token,
            table: linnworks_connector::manifest::describe(),
            answers: RefCell::default(),
            storage: RefCell::default(),
            session,
        })
    }

    /// What was answered since this was asked last; the storage is empty again.
    pub(crate) fn take(&self) -> Value {
        self.storage.borrow_mut().clear();
        Value::Object(self.answers.take())
    }

    async fn ask(&self, request: &Request) -> anyhow::Result<(u16, Vec<u8>)> {
        let operation = self.table.operations.iter().find(|operation| operation.name == request.operation);
        let operation = operation.with_context(|| format!("{} is not in the table", request.operation))?;
        let method = if operation.method == Method::Get { reqwest::Method::GET } else { reqwest::Method::POST };
        let kind = match operation.encoding {
            Encoding::Json => "application/json",
            Encoding::Form => "application/x-www-form-urlencoded",
        };
        let mut asked = self.client.request(method, format!("{}{}", self.base, operation.path));
        asked = asked.query(&request.query).header(AUTHORIZATION, &self.token);
        if let Some(body) = &request.body {
            asked = asked.header(CONTENT_TYPE, kind).body(body.clone());
        }
        let answer = asked.send().await?;
        Ok((answer.status().as_u16(), answer.bytes().await?.to_vec()))
    }

    fn keep(&self, operation: &str, status: u16, body: &[u8]) {
        let mut shown =
            serde_json::from_slice(body).unwrap_or_else(|_| json!({ "$raw": String::from_utf8_lossy(body) }));
        if let Some(rows) = shown.as_array_mut().filter(|_| NAMES.contains(&operation)) {
            rows.truncate(ROWS);
        }
        let mut answers = self.answers.borrow_mut();
        let of = answers.entry(operation).or_insert_with(|| json!([]));
        if let Some(of) = of.as_array_mut() {
            of.push(json!({ "status": status, "body": shown }));
        }
    }
}

impl Host for Recorder {
    async fn send(&self, request: Request) -> Result<Response, HttpError> {
        let (status, body) = self.ask(&request).await.map_err(|error| HttpError::NotSent(error.to_string()))?;
        self.keep(&request.operation, status, &body);
        Ok(Response { status, headers: Vec::new(), body })
    }

    fn get_many(&self, keys: &[String]) -> Result<Vec<Option<Vec<u8>>>, StorageError> {
        Ok(keys.iter().map(|key| self.storage.borrow().get(key).cloned()).collect())
    }

    fn set_many(&self, entries: &[(String, Vec<u8>)]) -> Result<(), StorageError> {
        self.storage.borrow_mut().extend(entries.iter().cloned());
        Ok(())
    }

    fn delete_many(&self, keys: &[String]) -> Result<(), StorageError> {
        self.storage.borrow_mut().retain(|key, _| !keys.contains(key));
        Ok(())
    }

    fn log(&self, _: Level, _: &str) {}

    fn report(&self, _: u64, _: Option<u64>) -> Directive {
        Directive::GoOn
    }
}
