//! What is said of a SKU whose level is not set, and of a location that takes no levels.
use crate::contract::{Problem, Retry};
use crate::linnworks::CallError;
use crate::linnworks::locations::Location;
use crate::problem::{on_field, problem};

fn of(sku: &str, code: &str, message: String, remedy: &str, retry: Retry) -> Problem {
    Problem { sku: Some(sku.to_owned()), ..problem(code, message, remedy, retry) }
}

pub(super) fn unknown(sku: &str) -> Problem {
    of(
        sku,
        "stock.unknown-sku",
        format!("Linnworks has no item with the SKU {sku:?}, so its stock is told to nobody."),
        "Create the item in Linnworks or take it out of its archive; or correct the SKU on one side.",
        Retry::AfterAChange,
    )
}

pub(super) fn ambiguous(sku: &str, item: &str) -> Problem {
    of(
        sku,
        "stock.ambiguous-sku",
        format!(
            "The warehouse has several SKUs that are the one item {item:?} to Linnworks, which knows no case and no outer spaces."
        ),
        "Keep one of these products in the warehouse, or give the others SKUs of their own.",
        Retry::AfterAChange,
    )
}

pub(super) fn composite(sku: &str) -> Problem {
    of(
        sku,
        "stock.composite",
        format!("{sku:?} is a composite in Linnworks, which works its level out from its parts."),
        "Nothing to do: the levels of its parts are set.",
        Retry::Never,
    )
}

pub(super) fn variation_parent(sku: &str) -> Problem {
    of(
        sku,
        "stock.variation-parent",
        format!("{sku:?} is the parent of variations in Linnworks and has no stock of its own."),
        "Nothing to do: the levels of its variations are set.",
        Retry::Never,
    )
}

pub(super) fn batched(sku: &str) -> Problem {
    of(
        sku,
        "stock.batched",
        format!("Linnworks counts the stock of {sku:?} by batch, so no plain level is set."),
        "Switch batches off for the item in Linnworks if the warehouse's number is to be shown there.",
        Retry::Never,
    )
}

pub(super) fn not_tracked(sku: &str) -> Problem {
    of(
        sku,
        "stock.not-tracked",
        format!("Linnworks keeps no stock of {sku:?}: it is not tracked there."),
        "Let Linnworks track the item if its level is to be set.",
        Retry::Never,
    )
}

pub(super) fn in_flight_unreadable(sku: &str) -> Problem {
    of(
        sku,
        "stock.in-flight-unreadable",
        format!(
            "An order with {sku:?} was despatched and cannot be read in Linnworks, so it is not known whether its goods are \
             still counted there."
        ),
        "Open and save the despatched orders in Linnworks; the next run reads them again.",
        Retry::Later,
    )
}

pub(super) fn unread(sku: &str) -> Problem {
    of(
        sku,
        "stock.unread",
        format!("Linnworks gave no level of {sku:?}, so none was set."),
        "Nothing to do: the next run looks the item up anew. If it lasts, look at the item in Linnworks.",
        Retry::Later,
    )
}

pub(super) fn not_applied(sku: &str, wanted: i32, found: Option<i64>) -> Problem {
    let found = found.map_or_else(|| "no level".to_owned(), |level| level.to_string());
    of(
        sku,
        "stock.not-applied",
        format!("Linnworks accepted the level {wanted} for {sku:?}, but shows {found}."),
        "Nothing to do: the next run tries again. If it lasts, look whether something else sets the stock of this location.",
        Retry::Later,
    )
}

pub(super) fn refused(sku: &str, error: &CallError) -> Problem {
    of(
        sku,
        "stock.refused",
        format!("The level of {sku:?} was not set: {}.", error.describe()),
        "Look at the item in Linnworks, and whether the user who installed the application may change stock levels.",
        Retry::AfterAChange,
    )
}

pub(super) fn in_doubt(sku: &str, error: &CallError) -> Problem {
    of(
        sku,
        "stock.in-doubt",
        format!("It is not known whether the level of {sku:?} was set: {}.", error.describe()),
        "Nothing to do: the level is read again before anything else.",
        Retry::Later,
    )
}

pub(super) fn unavailable(sku: &str, error: &CallError) -> Problem {
    of(
        sku,
        "stock.unavailable",
        format!("The level of {sku:?} was not set: {}.", error.describe()),
        "Nothing to do: the next run tries again.",
        Retry::Later,
    )
}

pub(super) fn switched_off(sku: &str) -> Problem {
    of(
        sku,
        "stock.switched-off",
        "SyncStockLevels is off, so no level leaves the warehouse.".to_owned(),
        "Switch SyncStockLevels on if Linnworks is to show the warehouse's stock.",
        Retry::AfterAChange,
    )
}

/// Why no level is written to a location that is otherwise sound.
pub(super) fn untracked_location(location: &Location) -> Option<Problem> {
    location.not_tracked.then(|| {
        on_field(
            problem(
                "location.not-tracked",
                format!("Linnworks keeps no stock of {:?}, so no level can be set there.", location.name),
                "Let Linnworks track the stock of the location, or switch SyncStockLevels off.",
                Retry::AfterAChange,
            ),
            "Location",
        )
    })
}
