//! Despatched orders are told to Linnworks: the tracking number first, read back, then the order processed, read back.
//!
//! One call handles up to two hundred despatches with as few calls as Linnworks allows: one reading of all orders, one write of
//! each tracking number (there is no other way), one reading, processing in batches, one reading. Whatever Linnworks says, an
//! order counts as despatched when its own record says so; and why one is refused is found by reading it again, since the
//! words of refusals are nowhere promised.
//!
//! - `wish`: what Linnworks shall show; `judge`: what the state of an order means for that; `gone`: orders that are not
//!   there (any more).
//! - `prepare`: unparking and splitting; `ship`: tracking numbers; `scans`: batches; `process`: processing.
//! - `cause`: why an order is refused; `problems`: how that is told.
mod board;
mod cause;
mod gone;
mod judge;
mod locks;
mod prepare;
mod problems;
mod process;
mod scans;
mod ship;
mod split;
mod wish;

use crate::contract::despatch::Despatch;
use crate::contract::{Context, Failure, Mode, Outcome};
use crate::host::Host;
use crate::linnworks::standing;
use crate::linnworks::{CallError, locations};
use crate::manifest::operations::{GET_ORDERS_BY_ID, GET_STOCK_LOCATIONS, PROCESS_ORDERS};
use crate::settings::Settings;
use board::Board;

/// What every step knows.
pub(crate) struct Flow {
    settings: Settings,
    mode: Mode,
}

/// Tells these despatches to Linnworks: one outcome for each, in their order. In mode `plan` nothing is written: what would be is
/// in `changes`, and the attempt of what would be done is `not-attempted`.
///
/// # Errors
/// The settings; or, as long as nothing was written, no usable answer. Once something was, what came of it is told.
pub async fn push<H: Host>(host: &H, ctx: &Context, despatches: &[Despatch]) -> Result<Vec<Outcome>, Failure> {
    let flow = Flow { settings: Settings::parse(&ctx.settings)?, mode: ctx.mode };
    let mut board = Board::new(&flow, despatches);
    look(host, &flow, &mut board).await?;
    if flow.mode == Mode::Plan {
        board.foresee();
        return Ok(board.outcomes());
    }
    prepare::unpark(host, &mut board).await?;
    split::parts(host, &mut board).await?;
    ship::tracking(host, &mut board).await?;
    scans::assign(host, &mut board).await;
    process::all(host, &flow, &mut board).await?;
    match &board.spent {
        // Nothing is lost when the call as a whole fails, and the host learns what holds it up.
        Some(error) if !board.wrote => Err(error.clone().failure(PROCESS_ORDERS.name)),
        _ => Ok(board.outcomes()),
    }
}

/// Reads everything that is to be known before the first write.
async fn look<H: Host>(host: &H, flow: &Flow, board: &mut Board<'_>) -> Result<(), Failure> {
    let ids = board.open_ids();
    if ids.is_empty() {
        return Ok(());
    }
    let failed = |error: CallError| error.failure(GET_ORDERS_BY_ID.name);
    let mut found = standing::of(host, &ids).await.map_err(failed)?;
    let missing: Vec<String> = ids.into_iter().filter(|id| !found.contains_key(id)).collect();
    if !missing.is_empty() {
        // Being absent from one answer proves nothing.
        found.extend(standing::of(host, &missing).await.map_err(failed)?);
        let missing: Vec<String> = missing.into_iter().filter(|id| !found.contains_key(id)).collect();
        gone::resolve(host, board, &missing).await?;
    }
    board.place(found);
    judge::settle(flow, board);
    if !board.is_open() {
        return Ok(());
    }
    // The last look before the first write: a location may have become a fulfilment centre since the last run.
    let all = locations::all(host).await.map_err(|error| error.failure(GET_STOCK_LOCATIONS.name))?;
    judge::places(board, &all);
    locks::parked(host, board).await?;
    ship::services(host, board).await
}
