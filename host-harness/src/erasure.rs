//! Erasing a buyer on request.

use anyhow::ensure;
use harness_wms::{Erased, Whose};

use crate::platform::Platform;

/// Erases the buyer of the order that is called `whom` (number with prefix, channel reference, id), or all orders of the buyer with
/// that e-mail address. In a dry run nothing is changed. None when the order's buyer was erased before.
///
/// # Errors
/// When there is no such order; when no order names a buyer with that address, which the error does not repeat.
pub async fn erase(platform: &Platform, whom: &str, dry_run: bool) -> anyhow::Result<Vec<Erased>> {
    let customer = whom.contains('@');
    let whose = match customer {
        true => Whose::Customer(whom.to_owned()),
        false => Whose::Order(platform.store.order(whom).await?.id),
    };
    let erased = match dry_run {
        true => platform.store.would_erase(&whose).await?,
        false => platform.store.erase(&whose, "on request", platform.now()).await?,
    };
    // The address is not repeated: errors are kept in logs.
    ensure!(
        !(customer && erased.is_empty()),
        "no order names a buyer with that e-mail address. One that was erased before is not found by it any more; other orders of \
         the same person are found by their numbers: `harness wms order list`"
    );
    Ok(erased)
}
