//! Orders by their ids.
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::error::CallError;
use super::order::OrderDetails;
use super::{get, post};
use crate::host::Host;
use crate::manifest::operations::{GET_OPEN_ORDERS_DETAILS, GET_ORDER_BY_ID, GET_ORDERS_BY_ID};

/// Most ids that one call is given.
pub const BATCH: usize = 200;

#[derive(Serialize)]
struct ById<'a> {
    #[serde(rename = "pkOrderIds")]
    ids: &'a [String],
}

/// The answer of one call, kept so that the orders can borrow from it.
#[derive(Debug)]
pub struct Orders(String);

/// Reads the orders with these ids, open or processed, at most [`BATCH`]; unknown ids are missing from the answer.
///
/// # Errors
/// Why there is no usable answer.
pub async fn by_id<H: Host>(host: &H, ids: &[String]) -> Result<Orders, CallError> {
    let body = post(host, &GET_ORDERS_BY_ID, &ById { ids }).await?;
    Orders::new(body)
}

#[derive(Serialize)]
struct OpenById<'a> {
    #[serde(rename = "OrderIds")]
    ids: &'a [String],
}

#[derive(serde::Deserialize)]
struct Details<'a> {
    #[serde(rename = "Orders", borrow)]
    orders: Option<&'a RawValue>,
}

/// Reads those of the orders with these ids that are open.
///
/// # Errors
/// Why there is no usable answer.
pub async fn open_details<H: Host>(host: &H, ids: &[String]) -> Result<Orders, CallError> {
    let body = post(host, &GET_OPEN_ORDERS_DETAILS, &OpenById { ids }).await?;
    let details: Details<'_> = serde_json::from_slice(&body).map_err(|error| CallError::unreadable(&error))?;
    Ok(Orders(details.orders.map_or("[]", RawValue::get).to_owned()))
}

/// Reads one order, open or processed; an empty answer when there is none.
///
/// # Errors
/// Why there is no usable answer; Linnworks may refuse an id that it does not know.
pub async fn single<H: Host>(host: &H, id: &str) -> Result<Orders, CallError> {
    let one = Orders::new(get(host, &GET_ORDER_BY_ID, &[("pkOrderId", id)]).await?)?;
    Ok(match one.0.trim() {
        "" | "null" => Orders("[]".to_owned()),
        order => Orders(format!("[{order}]")),
    })
}

impl Orders {
    /// Takes an answer.
    ///
    /// # Errors
    /// It is not text.
    pub fn new(body: Vec<u8>) -> Result<Self, CallError> {
        match String::from_utf8(body) {
            Ok(text) => Ok(Orders(text)),
            Err(_) => Err(CallError::Unreadable("the answer is not UTF-8".to_owned())),
        }
    }

    /// All orders of the answer. One that cannot be read does not spoil the others: it is left out, and its place in the answer
    /// is in the second list.
    ///
    /// # Errors
    /// The answer as a whole is no list of orders.
    pub fn read(&self) -> Result<(Vec<OrderDetails<'_>>, Vec<Unreadable>), CallError> {
        self.read_as()
    }

    /// The same, with other members of the orders.
    ///
    /// # Errors
    /// The answer as a whole is no list of orders.
    pub fn read_as<'a, T: Deserialize<'a>>(&'a self) -> Result<(Vec<T>, Vec<Unreadable>), CallError> {
        if let Ok(orders) = serde_json::from_str(&self.0) {
            return Ok((orders, Vec::new()));
        }
        let rows: Vec<&RawValue> = serde_json::from_str(&self.0).map_err(|error| CallError::unreadable(&error))?;
        let mut orders = Vec::with_capacity(rows.len());
        let mut unreadable = Vec::new();
        for row in rows {
            match serde_json::from_str(row.get()) {
                Ok(order) => orders.push(order),
                Err(error) => unreadable.push(Unreadable {
                    id: serde_json::from_str::<Identity<'_>>(row.get()).ok().and_then(|row| row.id.get()),
                    why: CallError::unreadable(&error).describe(),
                }),
            }
        }
        Ok((orders, unreadable))
    }

    /// The answer when it is one order and not a list.
    ///
    /// # Errors
    /// It is no order.
    pub fn read_one(&self) -> Result<OrderDetails<'_>, CallError> {
        if self.0.trim().is_empty() || self.0.trim() == "null" {
            return Ok(OrderDetails::default());
        }
        serde_json::from_str(&self.0).map_err(|error| CallError::unreadable(&error))
    }
}

/// An order in an answer that has a shape nobody expects.
#[derive(Debug, Clone)]
pub struct Unreadable {
    /// Its id, where at least that is readable.
    pub id: Option<String>,
    /// What is wrong with its shape.
    pub why: String,
}

#[derive(Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Identity<'a> {
    #[serde(rename = "OrderId")]
    id: super::value::Guid<'a>,
}
