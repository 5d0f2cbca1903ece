//! Merging orders into a new one, by hand and by the job that runs every quarter of an hour (10).

use crate::{
    config::Config,
    state::{Account, Order, Relation, Stamp},
};
use std::collections::BTreeMap;
use uuid::Uuid;

/// Merges open orders of one location. The new order has a new id and number and the reference `MERGED`; the others
/// vanish, and relations lead from them to it.
///
/// # Errors
/// Why they cannot be merged.
pub(crate) fn merge(
    account: &mut Account,
    ids: &[Uuid],
    service: Option<Uuid>,
    config: &Config,
    now: Stamp,
    user: &str,
) -> Result<Uuid, String> {
    let mut parts = Vec::new();
    for id in ids {
        let order = account.orders.get(*id).ok_or_else(|| format!("Order {id} not found"))?;
        let number = order.num_order_id;
        if !order.is_open() || order.is_locked() || order.is_parked() {
            return Err(format!("Order {number} is processed, locked or parked and can not be merged"));
        }
        if account.location(order.fulfilment_location_id).is_some_and(|location| location.is_fulfillment_center) {
            return Err(format!("Order {number} is in a fulfilment centre location and can not be merged"));
        }
        if !parts.iter().any(|part: &Order| part.order_id == order.order_id) {
            parts.push(order.clone());
        }
    }
    parts.sort_by_key(|part| part.num_order_id);
    let (Some(first), true) = (parts.first(), parts.len() > 1) else {
        return Err("At least two orders are needed to merge".to_owned());
    };
    if parts.iter().any(|part| part.fulfilment_location_id != first.fulfilment_location_id) {
        return Err("Orders of different locations can not be merged".to_owned());
    }
    let mut merged = first.clone();
    merged.order_id = account.new_id();
    merged.num_order_id = account.orders.next_number();
    let info = &mut merged.general_info;
    "MERGED".clone_into(&mut info.reference_num);
    (info.secondary_reference, info.external_reference_num) = (None, None);
    (info.invoice_printed, info.label_printed, info.pick_list_printed) = (false, false, false);
    for part in parts.iter().skip(1) {
        info.received_date = info.received_date.min(part.general_info.received_date);
        info.despatch_by_date = info.despatch_by_date.min(part.general_info.despatch_by_date);
        merged.items.extend(part.items.iter().cloned());
        merged.notes.extend(part.notes.iter().cloned());
        merged.extended_properties.extend(part.extended_properties.iter().cloned());
        for folder in &part.folder_name {
            if !merged.folder_name.contains(folder) {
                merged.folder_name.push(folder.clone());
            }
        }
        for identifier in &part.general_info.identifiers {
            if !info.identifiers.contains(identifier) {
                info.identifiers.push(identifier.clone());
            }
        }
        merged.shipping_info.postage_cost += part.shipping_info.postage_cost;
        merged.shipping_info.postage_cost_ex_tax += part.shipping_info.postage_cost_ex_tax;
    }
    for note in &mut merged.notes {
        note.order_id = merged.order_id;
    }
    if let Some(service) = service.and_then(|id| account.postal_services.iter().find(|service| service.id == id)) {
        merged.shipping_info.postal_service_id = service.id;
        merged.shipping_info.postal_service_name.clone_from(&service.postal_service_name);
        merged.shipping_info.vendor.clone_from(&service.vendor);
    }
    merged.recalculate();
    let (id, number) = (merged.order_id, merged.num_order_id);
    for part in &parts {
        account.relations.push(Relation {
            parent_order_id: part.order_id,
            child_order_id: id,
            parent: part.num_order_id,
            child: number,
            kind: "MERGE".to_owned(),
        });
        account.audit(part.order_id, now, user, "ORDER_MERGED", format!("Order merged into {number}"));
        if config.merged_orders_stay {
            account.orders.update(part.order_id, |order| {
                order.processed = true;
                order.general_info.hold_or_cancel = true;
            });
        } else {
            account.orders.remove(part.order_id);
        }
    }
    let numbers: Vec<_> = parts.iter().map(|part| part.num_order_id.to_string()).collect();
    account.audit(id, now, user, "ORDER_CREATED", format!("Order merged from {}", numbers.join(", ")));
    account.orders.insert(merged);
    Ok(id)
}

/// The job: merges all orders that have buyer, address, source, sub-source, currency, service and location in common,
/// are paid, and are neither printed, locked nor parked. Returns the ids of the new orders.
pub(crate) fn run_job(account: &mut Account, config: &Config, now: Stamp) -> Vec<Uuid> {
    let mut groups: BTreeMap<String, Vec<Uuid>> = BTreeMap::new();
    for order in account.orders.iter().filter(|order| may_merge(order)) {
        groups.entry(alike(order)).or_default().push(order.order_id);
    }
    let groups: Vec<_> = groups.into_values().filter(|ids| ids.len() > 1).collect();
    groups.into_iter().filter_map(|ids| merge(account, &ids, None, config, now, "Automatic merge").ok()).collect()
}

fn may_merge(order: &Order) -> bool {
    let info = &order.general_info;
    order.is_open()
        && !order.draft
        && info.status == 1
        && !order.is_locked()
        && !order.is_parked()
        && !info.invoice_printed
        && !info.label_printed
}

fn alike(order: &Order) -> String {
    let (info, shipping) = (&order.general_info, &order.shipping_info);
    let address = serde_json::to_string(&order.customer_info.address).unwrap_or_default().to_lowercase();
    format!(
        "{address}|{}|{}|{}|{}|{}|{}",
        order.customer_info.channel_buyer_name.as_deref().unwrap_or_default(),
        info.source,
        info.sub_source.as_deref().unwrap_or_default(),
        order.totals_info.currency,
        shipping.postal_service_id,
        order.fulfilment_location_id
    )
}
