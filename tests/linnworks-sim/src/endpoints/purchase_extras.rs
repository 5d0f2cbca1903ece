//! Notes, extended properties and audit trail of purchase orders (7).

use super::{Call, Endpoint, purchase_read::known};
use crate::{
    http::{
        bind::Wrapper,
        reply::{ApiError, Reply},
    },
    rules::purchasing::{Actor, audit, does_not_exist},
    state::{PurchaseAudit, PurchaseNote, PurchaseProperty},
};
use serde_json::{Value, json};
use uuid::Uuid;

const WRAPPED: Wrapper = Wrapper::Wrapped("request");
const LONGEST_NOTE: usize = 2000;
const MOST_PROPERTIES: usize = 50;
const MOST_AUDIT_ROWS: usize = 1000;

pub(super) const TABLE: &[Endpoint] = &[
    Endpoint::read("PurchaseOrder/Get_PurchaseOrderNote", 250, Wrapper::Flat, notes),
    Endpoint::write("PurchaseOrder/Add_PurchaseOrderNote", 150, Wrapper::Flat, add_note),
    Endpoint::write("PurchaseOrder/Delete_PurchaseOrderNote", 150, Wrapper::Flat, delete_note),
    Endpoint::read("PurchaseOrder/Get_PurchaseOrderAudit", 150, Wrapper::Wrapped("auditLog"), trail),
    Endpoint::read("PurchaseOrder/Get_PurchaseOrderExtendedProperty", 250, WRAPPED, properties),
    Endpoint::write("PurchaseOrder/Add_PurchaseOrderExtendedProperty", 150, WRAPPED, add_properties),
    Endpoint::write("PurchaseOrder/Update_PurchaseOrderExtendedProperty", 150, WRAPPED, update_properties),
    Endpoint::write("PurchaseOrder/Delete_PurchaseOrderExtendedProperty", 150, WRAPPED, delete_properties),
];

fn log(call: &mut Call<'_>, id: Uuid, kind: &str, note: &str) {
    let by = Actor { now: call.now, user: call.user };
    audit(call.account, id, by, kind, note);
}

fn note_shown(note: &PurchaseNote) -> Value {
    json!({
        "pkPurchaseOrderNoteId": note.id,
        "Note": note.note,
        "NoteDateTime": note.note_date_time,
        "UserName": note.user_name,
        "NoteDate": note.note_date_time.0.format("%d/%m/%Y").to_string(),
        "NoteTime": note.note_date_time.0.format("%H:%M").to_string(),
    })
}

fn notes(call: &mut Call<'_>) -> Result<Reply, ApiError> {
    let rows: Vec<_> = known(call, "pkPurchaseId")?.notes.iter().map(note_shown).collect();
    Reply::json(&rows, call.config)
}

/// Longer notes are cut.
fn add_note(call: &mut Call<'_>) -> Result<Reply, ApiError> {
    let order = known(call, "pkPurchaseId")?.id;
    let note = PurchaseNote {
        id: call.account.new_id(),
        note: call.params.need_text("Note")?.chars().take(LONGEST_NOTE).collect(),
        note_date_time: call.now,
        user_name: call.user.to_owned(),
    };
    let shown = note_shown(&note);
    call.account.purchase_orders.update(order, |order| order.notes.push(note));
    log(call, order, "NOTE_ADDED", "Note added");
    Reply::json(&shown, call.config)
}

/// Answers how many notes went.
fn delete_note(call: &mut Call<'_>) -> Result<Reply, ApiError> {
    let order = known(call, "pkPurchaseId")?.id;
    let note = call.params.need_guid("pkPurchaseOrderNoteId")?;
    let gone = call.account.purchase_orders.update(order, |order| {
        let before = order.notes.len();
        order.notes.retain(|known| known.id != note);
        before - order.notes.len()
    });
    log(call, order, "NOTE_DELETED", "Note deleted");
    Reply::json(&gone.unwrap_or_default(), call.config)
}

/// Newest first.
fn trail(call: &mut Call<'_>) -> Result<Reply, ApiError> {
    let order = known(call, "pkPurchaseId")?;
    let shown = |row: &PurchaseAudit| {
        json!({
            "pkPurchaseAuditTrailId": row.id,
            "AuditTrailDateTimeStamp": row.audit_trail_date_time_stamp,
            "fkPurchaseId": order.id,
            "AuditTrailType": row.audit_trail_type,
            "AuditTrailTag": row.audit_trail_type,
            "AuditTrailNote": row.audit_trail_note,
            "UserName": row.user_name,
            "AuditTrailDate": row.audit_trail_date_time_stamp.0.format("%d/%m/%Y").to_string(),
            "AuditTrailTime": row.audit_trail_date_time_stamp.0.format("%H:%M").to_string(),
        })
    };
    let rows: Vec<_> = order.audit.iter().rev().take(MOST_AUDIT_ROWS).map(shown).collect();
    Reply::json(&rows, call.config)
}

fn property_shown(property: &PurchaseProperty, order: Uuid) -> Value {
    json!({
        "RowId": property.row_id,
        "PurchaseID": order,
        "AddedDateTime": property.added_date_time,
        "UserName": property.user_name,
        "PropertyName": property.property_name,
        "PropertyValue": property.property_value,
    })
}

fn properties(call: &mut Call<'_>) -> Result<Reply, ApiError> {
    let order = known(call, "PurchaseId")?;
    let rows: Vec<_> = order.extended_properties.iter().map(|row| property_shown(row, order.id)).collect();
    Reply::json(&json!({ "Items": rows }), call.config)
}

/// The list as it would be, refused when a name comes twice, is empty or too long, or there are too many.
fn checked(list: &[PurchaseProperty]) -> Result<(), ApiError> {
    if list.len() > MOST_PROPERTIES {
        let message = format!("Purchase order can not have more than {MOST_PROPERTIES} extended properties");
        return Err(ApiError::refused(message));
    }
    for (place, property) in list.iter().enumerate() {
        let name = &property.property_name;
        let twice = list.iter().take(place).any(|other| other.property_name.eq_ignore_ascii_case(name));
        if twice {
            return Err(ApiError::refused(format!("Extended property {name} already exists")));
        }
        if name.trim().is_empty() || name.chars().count() > 255 || property.property_value.chars().count() > 600 {
            return Err(ApiError::refused(format!("Extended property {name} is not valid")));
        }
    }
    Ok(())
}

fn store(call: &mut Call<'_>, order: Uuid, list: Vec<PurchaseProperty>) -> Result<(), ApiError> {
    checked(&list)?;
    call.account.purchase_orders.update(order, |order| order.extended_properties = list);
    log(call, order, "PROPERTIES_CHANGED", "Extended properties changed");
    Ok(())
}

fn add_properties(call: &mut Call<'_>) -> Result<Reply, ApiError> {
    let order = known(call, "PurchaseId")?;
    let (id, mut list) = (order.id, order.extended_properties.clone());
    let before = list.len();
    for row in call.params.objects("ExtendedPropertyItems")?.ok_or_else(ApiError::invalid)? {
        list.push(PurchaseProperty {
            row_id: call.account.new_number(),
            property_name: row.need_text("PropertyName")?,
            property_value: row.text("PropertyValue").unwrap_or_default(),
            added_date_time: call.now,
            user_name: call.user.to_owned(),
        });
    }
    let added: Vec<_> = list.iter().skip(before).map(|row| property_shown(row, id)).collect();
    store(call, id, list)?;
    Reply::json(&json!({ "Items": added }), call.config)
}

fn update_properties(call: &mut Call<'_>) -> Result<Reply, ApiError> {
    let order = known(call, "PurchaseId")?;
    let (id, mut list) = (order.id, order.extended_properties.clone());
    for row in call.params.objects("ExtendedPropertyItems")?.ok_or_else(ApiError::invalid)? {
        let number = row.int("RowId")?.ok_or_else(ApiError::invalid)?;
        let Some(known) = list.iter_mut().find(|known| i64::from(known.row_id) == number) else {
            return Err(ApiError::refused(format!("Extended property {number} does not exist")));
        };
        known.property_name = row.text("PropertyName").unwrap_or_else(|| known.property_name.clone());
        known.property_value = row.text("PropertyValue").unwrap_or_else(|| known.property_value.clone());
    }
    store(call, id, list)?;
    Ok(Reply::Void)
}

fn delete_properties(call: &mut Call<'_>) -> Result<Reply, ApiError> {
    let id = call.params.need_guid("PurchaseId")?;
    let Some(order) = call.account.purchase_orders.get(id) else { return Err(does_not_exist()) };
    let rows = call.params.list("RowIds")?.ok_or_else(ApiError::invalid)?;
    let gone = |property: &PurchaseProperty| rows.iter().any(|row| row.as_i64() == Some(i64::from(property.row_id)));
    let list = order.extended_properties.iter().filter(|property| !gone(property)).cloned().collect();
    store(call, id, list)?;
    Ok(Reply::Void)
}
