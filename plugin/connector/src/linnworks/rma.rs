//! Returns as Linnworks books them (RMA): what is booked for an order, a new booking, the carrying out of one.
//!
//! The two writes answer HTTP 200 with `Errors` filled when they refuse, so an answer alone is never proof: the caller reads
//! the bookings again.
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::error::CallError;
use super::post;
use super::value::{Flag, Guid, Int, List, Record, Text};
use crate::host::Host;
use crate::manifest::operations::{ACTION_RMA_BOOKING, CREATE_RMA_BOOKING, GET_RMA_HEADERS_BY_ORDER_ID};

/// A booking.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rma {
    /// Its number, above 0.
    pub id: i64,
    /// Who booked it says: for a booking of ours, the warehouse's id of the return.
    pub reference: String,
    /// How far it is.
    pub progress: Progress,
    /// Its lines that are returns, deleted ones left out.
    pub lines: Vec<RmaLine>,
    /// What is wrong with it, in Linnworks' words.
    pub errors: Vec<String>,
}

/// How far a booking is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// It can be actioned.
    Open,
    /// It was actioned: its stock has moved.
    Actioned,
    /// It was sent to the channel, whose answer is awaited.
    Pending,
    /// The channel refused it, and nobody has looked at that.
    Failed,
    /// The channel refused it, and a person has left it at that.
    Closed,
}

/// A returned line of a booking.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RmaLine {
    /// Id of the order's line, in lower case.
    pub row: String,
    /// All units that came back.
    pub returned: i64,
    /// Those of them that are scrapped.
    pub scrapped: i64,
}

/// One line of a new booking.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ReturnItem<'a> {
    /// Id of the order's line.
    pub order_item_row_id: &'a str,
    /// Where it goes.
    pub return_location: &'a str,
    /// All units that came back.
    pub return_quantity: u32,
    /// Those of them that are scrapped.
    pub scrap_quantity: u32,
    /// Nothing: money is not the warehouse's business.
    pub refund_amount: u32,
    /// Why, in one of the warehouse's words.
    pub reason_category: &'a str,
    /// Why, with what the warehouse remarked.
    pub reason: &'a str,
    /// None: the warehouse's batches are not Linnworks'.
    pub batch_inventory_id: u32,
}

/// What a write answered.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Said {
    /// The number of the booking, when there is one.
    pub rma: Option<i64>,
    /// Why not, in Linnworks' words; empty when it went well.
    pub errors: Vec<String>,
}

/// The list has to be there: only an empty one, or `null` in its place, says that nothing is booked.
#[derive(Debug, Deserialize)]
#[serde(bound(deserialize = "'de: 'a"))]
struct Headers<'a> {
    #[serde(rename = "RMAHeaders")]
    headers: List<Header<'a>>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase", bound(deserialize = "'de: 'a"))]
struct Header<'a> {
    #[serde(rename = "RMAHeaderId")]
    id: Int,
    #[serde(rename = "RMALines")]
    lines: List<Line<'a>>,
    external_reference: Text<'a>,
    actioned: Flag,
    status: Record<Status<'a>>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase", bound(deserialize = "'de: 'a"))]
struct Status<'a> {
    status_header: Text<'a>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase", bound(deserialize = "'de: 'a"))]
struct Line<'a> {
    #[serde(rename = "Type")]
    kind: Text<'a>,
    external_reference: Text<'a>,
    order_item_row_id: Guid<'a>,
    return_quantity: Int,
    scrap_quantity: Int,
    actioned: Flag,
    deleted: Flag,
    validation_error: Text<'a>,
    error: Text<'a>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase", bound(deserialize = "'de: 'a"))]
struct Answer<'a> {
    #[serde(rename = "RMAHeaderId")]
    id: Int,
    errors: List<Text<'a>>,
    items: List<Line<'a>>,
    successfully_actioned: Option<Flag>,
}

/// What is booked for an order, whoever booked it.
///
/// # Errors
/// Why there is no usable answer.
pub async fn of_order<H: Host>(host: &H, order: &str) -> Result<Vec<Rma>, CallError> {
    let body = post(host, &GET_RMA_HEADERS_BY_ORDER_ID, &json!({"request": {"OrderId": order}})).await?;
    bookings(&body)
}

fn bookings(body: &[u8]) -> Result<Vec<Rma>, CallError> {
    // An answer without bookings must not pass for "nothing is booked", or the return would be booked again.
    let read: Headers<'_> = serde_json::from_slice(body).map_err(|error| CallError::unreadable(&error))?;
    if read.headers.0.iter().any(|header| header.id.0 <= 0) {
        return Err(CallError::Unreadable("the answer has a booking without a number (RMAHeaderId)".to_owned()));
    }
    Ok(read.headers.0.iter().map(rma).collect())
}

fn rma(header: &Header<'_>) -> Rma {
    let of_lines = || header.lines.0.iter().map(|line| line.external_reference.trimmed()).find(|text| !text.is_empty());
    let own = header.external_reference.trimmed();
    let reference = if own.is_empty() { of_lines().unwrap_or_default() } else { own };
    let live = || header.lines.0.iter().filter(|line| !line.deleted.0);
    Rma {
        id: header.id.0,
        reference: reference.to_owned(),
        progress: progress(header, live().next().is_some() && live().all(|line| line.actioned.0)),
        lines: live().filter(|line| is_return(line)).map(read_line).collect(),
        errors: live().flat_map(errors).collect(),
    }
}

/// By the flags first: they are what moves with the stock. The status says more about what is not actioned.
fn progress(header: &Header<'_>, all_lines: bool) -> Progress {
    if header.actioned.0 || all_lines {
        return Progress::Actioned;
    }
    match header.status.0.status_header.trimmed().to_ascii_uppercase().as_str() {
        "PROCESSED" => Progress::Actioned,
        "PENDING" => Progress::Pending,
        "ERROR" => Progress::Failed,
        "ERROR_ACKED" => Progress::Closed,
        _ => Progress::Open,
    }
}

/// The kind by name or by number, as enumerations come either way.
fn is_return(line: &Line<'_>) -> bool {
    let kind = line.kind.trimmed();
    kind.is_empty() || kind == "0" || kind.eq_ignore_ascii_case("return")
}

fn read_line(line: &Line<'_>) -> RmaLine {
    RmaLine { row: line.order_item_row_id.or_zero(), returned: line.return_quantity.0, scrapped: line.scrap_quantity.0 }
}

fn errors(line: &Line<'_>) -> Vec<String> {
    [&line.validation_error, &line.error]
        .into_iter()
        .map(Text::trimmed)
        .filter(|text| !text.is_empty())
        .map(str::to_owned)
        .collect()
}

/// Books a return that is known to Linnworks by `reference` from then on.
///
/// # Errors
/// Why there is no usable answer. A refusal is in the answer.
pub async fn book<H: Host>(
    host: &H,
    order: &str,
    reference: &str,
    items: &[ReturnItem<'_>],
) -> Result<Said, CallError> {
    let request = json!({"request": {
        "ChannelInitiated": false, "OrderId": order, "Reference": reference,
        "ReturnItems": items, "ExchangeItems": [], "ResendItems": [],
    }});
    let body = post(host, &CREATE_RMA_BOOKING, &request).await?;
    said(&body)
}

/// Carries out a booking: Linnworks moves the stock.
///
/// # Errors
/// Why there is no usable answer. A refusal is in the answer.
pub async fn action<H: Host>(host: &H, order: &str, rma: i64) -> Result<Said, CallError> {
    let request = json!({"request": {"RMAHeaderId": rma, "OrderId": order, "Request": null}});
    let body = post(host, &ACTION_RMA_BOOKING, &request).await?;
    said(&body)
}

fn said(body: &[u8]) -> Result<Said, CallError> {
    if body.trim_ascii().is_empty() {
        // Neither yes nor no; the bookings tell.
        return Ok(Said::default());
    }
    let answer: Answer<'_> = serde_json::from_slice(body).map_err(|error| CallError::unreadable(&error).of_write())?;
    let mut told: Vec<String> = Vec::new();
    let own = answer.errors.0.iter().map(Text::trimmed).filter(|text| !text.is_empty()).map(str::to_owned);
    for error in own.chain(answer.items.0.iter().flat_map(errors)) {
        if !told.contains(&error) {
            told.push(error);
        }
    }
    if told.is_empty() && answer.successfully_actioned.is_some_and(|flag| !flag.0) {
        told.push("the booking was not marked as actioned".to_owned());
    }
    Ok(Said { rma: Some(answer.id.0).filter(|id| *id > 0), errors: told })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_list_that_is_there_and_empty_says_that_nothing_is_booked() {
        for none in [r#"{"RMAHeaders":[]}"#, r#"{"RMAHeaders":null}"#] {
            assert!(bookings(none.as_bytes()).unwrap().is_empty(), "{none}");
        }
        assert_eq!(bookings(br#"{"RMAHeaders":[{"RMAHeaderId":7}]}"#).unwrap().len(), 1);
        for unreadable in [
            "{}",
            r#"{"RMAHeaders":{}}"#,
            r#"{"RMAHeaders":[{}]}"#,
            r#"{"RMAHeaders":[{"RMAHeaderId":null}]}"#,
            r#"{"RMAHeaders":[{"RMAHeaderId":7},{"RMAHeaderId":0}]}"#,
            r#"{"RMAHeaders":[{"RMAHeaderId":7,"Actioned":"seven"}]}"#,
        ] {
            assert!(matches!(bookings(unreadable.as_bytes()), Err(CallError::Unreadable(_))), "{unreadable}");
        }
    }

    #[test]
    fn an_answer_with_errors_is_a_refusal_whatever_its_status() {
        let body =
            br#"{"RMAHeaderId":0,"Items":[{"ValidationError":"Too many"}],"Errors":["Too many","No"],"Info":[]}"#;
        assert_eq!(said(body).unwrap(), Said { rma: None, errors: vec!["Too many".to_owned(), "No".to_owned()] });
        assert_eq!(said(br#"{"RMAHeaderId":7,"Errors":null}"#).unwrap(), Said { rma: Some(7), errors: Vec::new() });
        let not_done = said(br#"{"RMAHeaderId":7,"Errors":[],"SuccessfullyActioned":false}"#).unwrap();
        assert_eq!(not_done.errors.len(), 1);
        assert_eq!(said(b"").unwrap(), Said::default());
        assert!(said(b"<html>").is_err());
    }
}
