//! Taking parked orders out of the car park, where the settings allow it: Linnworks neither edits nor processes them there.
use super::board::{Board, attempt_of};
use crate::contract::Failure;
use crate::host::Host;
use crate::linnworks::processing;

/// Unparks the orders that are to be, in one call. Whether it had an effect is seen when they are read back.
///
/// # Errors
/// No usable answer, while nothing was written.
pub(super) async fn unpark<H: Host>(host: &H, board: &mut Board<'_>) -> Result<(), Failure> {
    let mut ids: Vec<String> = board.open().filter(|item| item.unpark).map(|item| item.order.clone()).collect();
    ids.dedup();
    if ids.is_empty() {
        return Ok(());
    }
    let result = processing::unpark(host, &ids).await;
    board.sent(&result);
    if let Err(error) = result
        && let Some(fate) = attempt_of("The order could not be unparked", &error)
    {
        for item in board.open().filter(|item| item.unpark) {
            item.end(fate.clone());
        }
    }
    Ok(())
}
