//! What an order's names mean to the warehouse: its reference, its channel, its courier service.
use super::Flow;
use super::checks::Checks;
use crate::contract::{Problem, Retry};
use crate::linnworks::order::OrderDetails;
use crate::problem::{on_field, problem};
use crate::settings::{ExternalReferenceSource, UnmappedCourier, same_name};

/// Longest courier service name that the platform keeps.
const COURIER_LIMIT: usize = 60;

/// The sales channel's own reference, untouched: no prefix, no trimming. Labels of Amazon's own shipping are asked for by the
/// Amazon order id, so for Amazon it is always that.
pub(super) fn external<'a>(flow: &Flow, order: &'a OrderDetails<'_>) -> &'a str {
    let general = &order.general.0;
    if order.is_from("AMAZON") {
        return general.reference.as_str();
    }
    match flow.settings.external_reference_source {
        ExternalReferenceSource::ReferenceNum => general.reference.as_str(),
        ExternalReferenceSource::ExternalReferenceNum => general.external_reference.as_str(),
        ExternalReferenceSource::SecondaryReference => general.secondary_reference.as_str(),
    }
}

/// The channel: one whose name is exactly the sub-source, or else the source, or else the connection's. A name that differs only
/// in case or spaces is not taken, but told.
pub(super) fn channel(
    flow: &Flow,
    order: &OrderDetails<'_>,
    checks: &mut Checks,
    warnings: &mut Vec<Problem>,
) -> String {
    if !flow.settings.map_sub_source_to_channel {
        checks.pass("channel", || format!("Its channel is {}, the connection's", flow.channel));
        return flow.channel.clone();
    }
    let sources = [order.general.0.sub_source.trimmed(), order.general.0.source.trimmed()];
    let exact = sources
        .iter()
        .find_map(|source| flow.channels.iter().find(|channel| !source.is_empty() && channel.trim() == *source));
    if let Some(channel) = exact {
        checks.pass("channel", || format!("Its channel is {channel}, which is its source"));
        return channel.clone();
    }
    let near = sources.iter().find_map(|source| {
        flow.channels
            .iter()
            .find(|channel| !source.is_empty() && is_near(channel, source))
            .map(|channel| (source, channel))
    });
    if let Some((source, channel)) = near {
        warnings.push(on_field(
            problem(
                "order.channel-near-miss",
                format!("There is no channel {source:?}; did you mean {channel:?}? The connection's channel {:?} was taken.", flow.channel),
                "Name the channel exactly as Linnworks names the source: upper and lower case count.",
                Retry::Never,
            ),
            "MapSubSourceToChannel",
        ));
    }
    checks.pass("channel", || format!("No channel is named like its source; the connection's is {}", flow.channel));
    flow.channel.clone()
}

/// Equal but for case, spaces and punctuation.
fn is_near(one: &str, other: &str) -> bool {
    let plain =
        |text: &str| text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect::<String>();
    plain(one) == plain(other) && !plain(one).is_empty()
}

/// The courier service that the mapping gives for the order's postal service.
pub(super) fn courier(
    flow: &Flow,
    order: &OrderDetails<'_>,
    checks: &mut Checks,
    warnings: &mut Vec<Problem>,
) -> Option<String> {
    let service = order.shipping.0.service.trimmed();
    let mapping = &flow.settings.courier_mapping;
    let hold = flow.settings.unmapped_courier == UnmappedCourier::Hold;
    let found = mapping.iter().find(|pair| same_name(cut(&pair.linnworks), cut(service)));
    if let Some(pair) = found {
        checks.pass("courier-unmapped", || format!("{service:?} is mapped to {:?}", pair.courier_service));
        return Some(cut(&pair.courier_service).to_owned());
    }
    if hold {
        checks.fail(
            "courier-unmapped",
            if service.is_empty() {
                "It has no postal service".to_owned()
            } else {
                format!("CourierMapping lacks {service:?}")
            },
            "Add the postal service to CourierMapping, or set UnmappedCourier to ImportWithout.",
        );
        return None;
    }
    checks.pass("courier-unmapped", || format!("CourierMapping lacks {service:?}; UnmappedCourier is ImportWithout"));
    if !mapping.is_empty() && !service.is_empty() {
        warnings.push(on_field(
            problem(
                "order.courier-unmapped",
                format!("CourierMapping lacks {service:?}; the order came in without courier service."),
                "Add the postal service to CourierMapping.",
                Retry::Never,
            ),
            "CourierMapping",
        ));
    }
    None
}

/// The first characters of a courier service's name, as many as the platform keeps.
pub(super) fn cut(name: &str) -> &str {
    let name = name.trim();
    match name.char_indices().nth(COURIER_LIMIT).and_then(|(end, _)| name.get(..end)) {
        Some(start) => start.trim_end(),
        None => name,
    }
}
