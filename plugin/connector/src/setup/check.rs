//! The connection check: named verdicts on credentials, settings and the state of the account. Reads only.
//!
//! A verdict whose code begins with `advice.` always passes and tells something worth knowing: it stops nothing.
use rust_decimal::Decimal;

use crate::contract::{Context, Failure, Verdict};
use crate::host::Host;
use crate::linnworks::locations::{self, Location};
use crate::linnworks::open_orders::{self, Narrow};
use crate::linnworks::{CallError, countries, folders, products};
use crate::location::{fulfilment_centre, unknown};
use crate::manifest::operations::GET_STOCK_LOCATIONS;
use crate::nearness::distance;
use crate::problem::{failed, passed};
use crate::settings::{MarkBy, Settings, StockSyncValueType, same_name};

/// Checks everything that can be checked before the first order comes in.
///
/// # Errors
/// The settings, or Linnworks is not available: then nothing can be said.
pub async fn check<H: Host>(host: &H, ctx: &Context) -> Result<Vec<Verdict>, Failure> {
    let settings = Settings::parse(&ctx.settings)?;
    let mut verdicts = Vec::new();
    let found = match locations::all(host).await {
        Ok(found) => found,
        Err(error @ (CallError::Unauthorised | CallError::Forbidden(_))) => {
            return Ok(vec![failed(
                "token",
                error.describe(),
                "Open the install address, log in with the Linnworks.net account, and paste the token that the dialog \
                 \"Application Installed\" shows into ApiToken.",
            )]);
        }
        Err(error) => return Err(error.failure(GET_STOCK_LOCATIONS.name)),
    };
    verdicts.push(passed("token", "Linnworks accepts the token"));
    location(&settings, &found, &mut verdicts);
    verdicts.push(discovery(host, &settings).await);
    verdicts.push(countries_readable(host).await);
    verdicts.extend(mark(host, &settings).await);
    verdicts.extend(couriers(host, &settings).await);
    verdicts.extend(weights(host, &settings).await);
    advice(&settings, ctx, &mut verdicts);
    Ok(verdicts)
}

fn location(settings: &Settings, all: &[Location], verdicts: &mut Vec<Verdict>) {
    let Some(location) = all.iter().find(|location| location.id == settings.location) else {
        let problem = unknown(all, &settings.location);
        return verdicts.push(failed("location", problem.message, problem.remedy));
    };
    verdicts.push(passed("location", format!("The location is {:?}", location.name)));
    if location.fulfilment_centre {
        let problem = fulfilment_centre(location);
        verdicts.push(failed("fulfilment-centre", problem.message, problem.remedy));
    } else {
        verdicts.push(passed("fulfilment-centre", "The location is no Fulfilment Centre"));
    }
    if location.not_tracked && settings.sync_stock_levels {
        verdicts.push(failed(
            "location-tracked",
            format!("Linnworks keeps no stock of {:?}, and SyncStockLevels is on", location.name),
            "Let Linnworks track the stock of the location, or switch SyncStockLevels off.",
        ));
    } else if location.not_tracked {
        verdicts.push(passed("advice.location-tracked", format!("Linnworks keeps no stock of {:?}", location.name)));
    }
    if location.warehouse_managed {
        verdicts.push(passed(
            "advice.warehouse-managed",
            format!(
                "Linnworks' own warehouse management keeps the stock of {:?} by bin; levels written to it may not stay",
                location.name
            ),
        ));
    }
}

async fn discovery<H: Host>(host: &H, settings: &Settings) -> Verdict {
    const CHECK: &str = "discovery";
    let location = &settings.location;
    let first = match open_orders::all(host, location, Narrow::No).await {
        Ok(ids) => return passed(CHECK, format!("{} open orders in the location", ids.len())),
        Err(error) => error,
    };
    let view = match open_orders::widest_view(host, location).await {
        Ok(Some(view)) => open_orders::by_view(host, location, view).await.map(|ids| (format!("view {view}"), ids)),
        Ok(None) => Err(CallError::Refused(0, "the account has no view".to_owned())),
        Err(error) => Err(error),
    };
    let second = match view {
        Ok(found) => Ok(found),
        Err(_) => open_orders::by_page(host, location).await.map(|ids| ("the paged list".to_owned(), ids)),
    };
    match second {
        Ok((way, ids)) => passed(
            CHECK,
            format!(
                "{} open orders in the location, by {way}: the short way does not work ({})",
                ids.len(),
                first.describe()
            ),
        ),
        Err(second) => failed(
            CHECK,
            format!("Open orders cannot be listed: {}; and by page: {}", first.describe(), second.describe()),
            "Give the Linnworks user who installed the application the permission to see open orders.",
        ),
    }
}

async fn countries_readable<H: Host>(host: &H) -> Verdict {
    match countries::all(host).await {
        Ok(countries) => passed("countries", format!("{} countries with codes", countries.len())),
        Err(error) => passed(
            "advice.countries",
            format!("The account's countries cannot be read ({}); names of ISO 3166 serve instead", error.describe()),
        ),
    }
}

async fn mark<H: Host>(host: &H, settings: &Settings) -> Option<Verdict> {
    let name = settings.mark_as_taken.name.trim();
    let (kind, known) = match settings.mark_as_taken.by {
        MarkBy::None => return None,
        MarkBy::Folder => ("folder", folders::folders(host).await),
        MarkBy::Identifier => ("identifier", folders::identifiers(host).await),
    };
    Some(match known {
        Ok(known) if known.iter().any(|one| same_name(one, name)) => {
            passed("mark", format!("There is a {kind} {name:?}"))
        }
        Ok(known) => {
            let near = known.iter().filter(|one| distance(&one.to_lowercase(), &name.to_lowercase()) <= 2).min();
            failed(
                "mark",
                format!("There is no {kind} {name:?}"),
                match near {
                    Some(near) => format!("Did you mean {near:?}? Otherwise create the {kind} in Linnworks."),
                    None => format!(
                        "Create the {kind} in Linnworks, or name one of: {}.",
                        known.into_iter().collect::<Vec<_>>().join(", ")
                    ),
                },
            )
        }
        Err(error) => failed(
            "mark",
            format!("The names of {kind}s cannot be read: {}", error.describe()),
            "Give the Linnworks user who installed the application the permission to see them.",
        ),
    })
}

async fn couriers<H: Host>(host: &H, settings: &Settings) -> Vec<Verdict> {
    let mapping = &settings.courier_mapping;
    if mapping.is_empty() {
        return Vec::new();
    }
    let mut verdicts = Vec::new();
    let doubled: Vec<&str> = mapping
        .iter()
        .enumerate()
        .filter(|(at, pair)| mapping.iter().take(*at).any(|other| same_name(&other.linnworks, &pair.linnworks)))
        .map(|(_, pair)| pair.linnworks.as_str())
        .collect();
    verdicts.push(if doubled.is_empty() {
        passed("courier-mapping", format!("{} postal services are mapped", mapping.len()))
    } else {
        failed(
            "courier-mapping",
            format!("Mapped more than once: {}", doubled.join(", ")),
            "Keep one line for each postal service.",
        )
    });
    if let Ok(known) = folders::postal_services(host).await {
        let strange: Vec<&str> = mapping
            .iter()
            .map(|pair| pair.linnworks.trim())
            .filter(|name| !known.iter().any(|one| same_name(one, name)))
            .collect();
        if !strange.is_empty() {
            verdicts.push(passed(
                "advice.courier-mapping",
                format!("Linnworks has no postal service of these names: {}", strange.join(", ")),
            ));
        }
    }
    verdicts
}

/// Weights above 30 that are said to be kilograms are grams; below a half that are said to be grams, kilograms.
async fn weights<H: Host>(host: &H, settings: &Settings) -> Option<Verdict> {
    let mut weights = products::weights(host, &settings.location).await.ok()?;
    weights.sort_unstable();
    let median = *weights.get(weights.len() / 2)?;
    let shown = median.normalize();
    Some(match settings.weight_in_grams {
        false if median > Decimal::from(30) => passed(
            "advice.weights",
            format!(
                "Half of the products weigh more than {shown}, which WeightInGrams off takes for kilograms: switch it on if these are grams"
            ),
        ),
        true if median < Decimal::new(5, 1) => passed(
            "advice.weights",
            format!(
                "Half of the products weigh less than {shown}, which WeightInGrams on takes for grams: switch it off if these are kilograms"
            ),
        ),
        grams => {
            passed("weights", format!("The median weight of products is {shown} {}", if grams { "g" } else { "kg" }))
        }
    })
}

fn advice(settings: &Settings, ctx: &Context, verdicts: &mut Vec<Verdict>) {
    let mut advise = |code: &str, when: bool, text: &str| {
        if when {
            verdicts.push(passed(code, text));
        }
    };
    advise(
        "advice.new-products",
        settings.automatically_import_new_products && !settings.import_purchase_orders_as_asn,
        "AutomaticallyImportNewProducts has no effect while ImportPurchaseOrdersAsAsn is off: products come from purchase orders only",
    );
    advise(
        "advice.deliver",
        settings.deliver_po_on_book_in && !settings.import_purchase_orders_as_asn,
        "DeliverPOOnBookIn has no effect while ImportPurchaseOrdersAsAsn is off: what came is told for imported purchase orders only",
    );
    advise(
        "advice.stock-value",
        settings.sync_stock_levels && settings.stock_sync_value_type == StockSyncValueType::OnHand,
        "StockSyncValueType OnHand leaves out what is allocated, and Linnworks subtracts its open orders again: StockLevel is right for most",
    );
    advise(
        "advice.order-prefix",
        settings.order_prefix.is_empty(),
        "OrderPrefix is empty: order numbers of two connections of one client can collide",
    );
    let clash = settings.map_sub_source_to_channel && ctx.channels.is_empty();
    advise("advice.channels", clash, "MapSubSourceToChannel is on, but the client has no channels to map to");
    let locked_out = settings.mark_as_taken.by == MarkBy::Folder
        && settings.folder_filter.exclude.iter().any(|name| same_name(name, &settings.mark_as_taken.name));
    advise(
        "advice.mark-excluded",
        locked_out,
        "FolderFilter excludes the folder that MarkAsTaken puts orders into: an order that the warehouse loses cannot come in again",
    );
}
