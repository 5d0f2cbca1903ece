//! Flags of orders: printed, status, tag, lock, folder, identifier (3.4). All take a list and answer with those changed;
//! an id that is missing in the answer was refused or is unknown.

use super::{Call, Endpoint};
use crate::{
    http::{
        bind::{Encoding, Wrapper},
        reply::{ApiError, Reply},
    },
    state::{Identifier, Order},
};
use serde_json::json;
use uuid::Uuid;

const REQUEST: Wrapper = Wrapper::Unwrapped("request");

pub(super) const TABLE: &[Endpoint] = &[
    Endpoint::write("Orders/SetInvoicesPrinted", 150, Wrapper::Flat, set_invoices),
    Endpoint::write("Orders/ClearInvoicePrinted", 150, Wrapper::Flat, clear_invoices),
    Endpoint::write("Orders/SetLabelsPrinted", 150, Wrapper::Flat, set_labels),
    Endpoint::write("Orders/ChangeStatus", 150, Wrapper::Flat, change_status),
    Endpoint::write("Orders/ChangeOrderTag", 250, Wrapper::Flat, change_tag),
    Endpoint::write("Orders/LockOrder", 150, Wrapper::Flat, lock),
    Endpoint::write("Orders/AssignToFolder", 250, Wrapper::Flat, assign_folder),
    Endpoint::write("Orders/UnassignToFolder", 250, Wrapper::Flat, unassign_folder),
    Endpoint::get("Orders/GetAvailableFolders", 150, folders),
    Endpoint::write("Orders/SetAvailableFolders", 150, Wrapper::Flat, set_folders),
    Endpoint::get("OpenOrders/GetIdentifiers", 150, identifiers),
    Endpoint::write("OpenOrders/SaveIdentifier", 150, REQUEST, save_identifier),
    Endpoint::write("OpenOrders/AssignOrderIdentifier", 250, REQUEST, assign_identifier),
    Endpoint::write("OpenOrders/UnassignOrderIdentifier", 250, REQUEST, unassign_identifier),
];

/// Changes those of `orderIds` that are open and that `allowed` lets pass; answers with their ids.
fn change(
    call: &mut Call<'_>,
    audit: (&str, String),
    allowed: impl Fn(&Order) -> bool,
    mut change: impl FnMut(&mut Order),
) -> Result<Reply, ApiError> {
    let ids = call.params.need_guids("orderIds")?;
    let mut changed = Vec::new();
    for id in ids {
        if call.account.orders.get(id).is_some_and(|order| order.is_open() && allowed(order)) {
            call.account.orders.update(id, &mut change);
            call.account.audit(id, call.now, call.user, audit.0, audit.1.clone());
            changed.push(id);
        }
    }
    Reply::json(&changed, call.config)
}

fn free(order: &Order) -> bool {
    !order.is_locked() && !order.is_parked()
}

fn set_invoices(call: &mut Call<'_>) -> Result<Reply, ApiError> {
    let audit = ("INVOICE_PRINTED", "Invoice marked as printed".to_owned());
    change(call, audit, free, |order| order.general_info.invoice_printed = true)
}

fn clear_invoices(call: &mut Call<'_>) -> Result<Reply, ApiError> {
    let audit = ("INVOICE_CLEARED", "Invoice printed flag cleared".to_owned());
    change(call, audit, free, |order| order.general_info.invoice_printed = false)
}

fn set_labels(call: &mut Call<'_>) -> Result<Reply, ApiError> {
    let refused = call.config.label_refused_when_locked;
    let audit = ("LABEL_PRINTED", "Label marked as printed".to_owned());
    change(call, audit, |order| !refused || free(order), |order| order.general_info.label_printed = true)
}

/// On a parked order: 200, and nothing happens. Paying sets the date of payment.
fn change_status(call: &mut Call<'_>) -> Result<Reply, ApiError> {
    let status = call.params.int("status")?.ok_or_else(ApiError::invalid)?;
    let Some(status) = i32::try_from(status).ok().filter(|status| (0..=4).contains(status)) else {
        return Err(ApiError::invalid());
    };
    let ids = call.params.need_guids("orderIds")?;
    if call.encoding == Encoding::Json && call.config.change_status_json_ignored {
        return Reply::json(&ids, call.config);
    }
    for id in &ids {
        if call.account.orders.get(*id).is_some_and(|order| order.is_open() && free(order)) {
            let (now, parks) = (call.now, call.config.park_unpaid);
            call.account.orders.update(*id, |order| {
                order.general_info.status = status;
                if status == 1 && order.paid_date_time.is_none() {
                    order.paid_date_time = Some(now);
                }
                if status == 0 {
                    order.paid_date_time = None;
                    if parks {
                        order.set_parked(true);
                    }
                }
            });
            call.account.audit(*id, now, call.user, "CHANGE_STATUS", format!("Status changed to {status}"));
        }
    }
    let known: Vec<_> = ids.into_iter().filter(|id| call.account.orders.get(*id).is_some()).collect();
    Reply::json(&known, call.config)
}

/// 7 parks; none clears and unparks.
fn change_tag(call: &mut Call<'_>) -> Result<Reply, ApiError> {
    let tag = call.params.int("tag")?.unwrap_or(0);
    let Some(tag) = i32::try_from(tag).ok().filter(|tag| (0..=7).contains(tag)) else {
        return Err(ApiError::invalid());
    };
    if call.encoding == Encoding::Json && call.config.change_tag_json_ignored {
        return Reply::json(&call.params.need_guids("orderIds")?, call.config);
    }
    change(
        call,
        ("CHANGE_TAG", format!("Tag changed to {tag}")),
        |_| true,
        |order| {
            order.set_parked(tag == 7);
            order.general_info.marker = tag;
        },
    )
}

fn lock(call: &mut Call<'_>) -> Result<Reply, ApiError> {
    let lock = call.params.boolean("lockOrder")?.unwrap_or_default();
    let audit = ("LOCK", if lock { "Order locked" } else { "Order unlocked" }.to_owned());
    change(call, audit, |_| true, |order| order.general_info.hold_or_cancel = lock)?;
    Ok(Reply::Void)
}

fn assign_folder(call: &mut Call<'_>) -> Result<Reply, ApiError> {
    let folder = call.params.need_text("folder")?;
    if !call.account.has_folder(&folder) {
        return Err(ApiError::refused(format!("Folder {folder} does not exist")));
    }
    change(call, ("FOLDER", format!("Assigned to folder {folder}")), free, |order| {
        if !order.folder_name.contains(&folder) {
            order.folder_name.push(folder.clone());
        }
    })
}

fn unassign_folder(call: &mut Call<'_>) -> Result<Reply, ApiError> {
    let folder = call.params.need_text("folder")?;
    change(call, ("FOLDER", format!("Removed from folder {folder}")), free, |order| {
        order.folder_name.retain(|name| !name.eq_ignore_ascii_case(&folder));
    })
}

fn folders(call: &mut Call<'_>) -> Result<Reply, ApiError> {
    Reply::json(&call.account.folders, call.config)
}

/// Replaces the list. Orders keep the names of folders that went.
fn set_folders(call: &mut Call<'_>) -> Result<Reply, ApiError> {
    let rows = call.params.objects("folders")?.ok_or_else(ApiError::invalid)?;
    call.account.folders.clear();
    for row in rows {
        let name = row.need_text("FolderName")?;
        call.account.add_folder(&name);
        let sent = row.guid("pkFolderId")?.filter(|id| !id.is_nil());
        if let (Some(id), Some(folder)) = (sent, call.account.folders.last_mut()) {
            folder.id = id;
        }
    }
    folders(call)
}

fn identifiers(call: &mut Call<'_>) -> Result<Reply, ApiError> {
    Reply::json(&call.account.identifiers, call.config)
}

/// Adds an identifier, or renames the one with this tag.
fn save_identifier(call: &mut Call<'_>) -> Result<Reply, ApiError> {
    let sent = call.params.object("Identifier").unwrap_or_else(|| call.params.clone());
    let tag = sent.need_text("Tag")?;
    let name = sent.text("Name").unwrap_or_else(|| tag.clone());
    if let Some(known) = call.account.identifiers.iter_mut().find(|known| known.tag.eq_ignore_ascii_case(&tag)) {
        known.name = name;
        return Reply::json(known, call.config);
    }
    let identifier_id = call.account.identifiers.iter().map(|known| known.identifier_id).max().unwrap_or_default() + 1;
    let identifier = Identifier { identifier_id, is_custom: true, image_id: None, image_url: None, tag, name };
    call.account.identifiers.push(identifier.clone());
    Reply::json(&identifier, call.config)
}

fn assign_identifier(call: &mut Call<'_>) -> Result<Reply, ApiError> {
    let identifier = known_identifier(call)?;
    mark(call, |order| {
        let marks = &mut order.general_info.identifiers;
        let new = !marks.iter().any(|mark| mark.tag == identifier.tag);
        if new {
            marks.push(identifier.clone());
        }
        new
    })
}

fn unassign_identifier(call: &mut Call<'_>) -> Result<Reply, ApiError> {
    let identifier = known_identifier(call)?;
    mark(call, |order| {
        let marks = &mut order.general_info.identifiers;
        let before = marks.len();
        marks.retain(|mark| mark.tag != identifier.tag);
        marks.len() != before
    })
}

fn known_identifier(call: &Call<'_>) -> Result<Identifier, ApiError> {
    let tag = call.params.need_text("Tag")?;
    let known = call.account.identifiers.iter().find(|known| known.tag.eq_ignore_ascii_case(&tag));
    known.cloned().ok_or_else(|| ApiError::refused(format!("Identifier with tag {tag} does not exist")))
}

fn mark(call: &mut Call<'_>, change: impl Fn(&mut Order) -> bool) -> Result<Reply, ApiError> {
    let (mut changed, mut same): (Vec<Uuid>, Vec<Uuid>) = Default::default();
    for id in call.params.need_guids("OrderIds")? {
        let open = call.account.orders.get(id).is_some_and(Order::is_open);
        if open && call.account.orders.update(id, &change) == Some(true) {
            call.account.audit(id, call.now, call.user, "IDENTIFIER", "Order identifiers changed");
            changed.push(id);
        } else {
            same.push(id);
        }
    }
    Reply::json(&json!({ "Changed": changed, "NotChanged": same }), call.config)
}
