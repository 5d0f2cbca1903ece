//! Notes, extended properties, audit trail and relations of orders (2.8, 3.4).

use super::{Call, Endpoint};
use crate::{
    config::PropertyMode,
    http::{
        bind::Wrapper,
        params::Params,
        reply::{ApiError, Reply},
    },
    state::{ExtendedProperty, Note, Relation},
};
use serde_json::{Map, Value, json};
use uuid::Uuid;

pub(super) const TABLE: &[Endpoint] = &[
    Endpoint::get("Orders/GetOrderNotes", 250, notes),
    Endpoint::write("Orders/SetOrderNotes", 250, Wrapper::Flat, set_notes),
    Endpoint::write("Orders/AddOrdersNote", 150, Wrapper::Unwrapped("request"), add_notes),
    Endpoint::get("Orders/GetExtendedProperties", 250, properties),
    Endpoint::write("Orders/SetExtendedProperties", 250, Wrapper::Flat, set_properties),
    Endpoint::write("Orders/AddExtendedProperties", 150, Wrapper::Wrapped("request"), add_properties),
    Endpoint::get("Orders/GetOrderAuditTrail", 250, audit_trail),
    Endpoint::read("Orders/GetOrderAuditTrailsByIds", 150, Wrapper::Unwrapped("request"), audit_trails),
    Endpoint::get("Orders/GetOrderRelations", 250, relations),
    Endpoint::read("Orders/GetOrdersRelations", 150, Wrapper::Flat, relations_of_many),
];

fn known(call: &Call<'_>, id: Uuid) -> Result<(), ApiError> {
    let found = call.account.orders.get(id).is_some();
    if found { Ok(()) } else { Err(ApiError::refused(format!("Order {id} not found"))) }
}

fn notes(call: &mut Call<'_>) -> Result<Reply, ApiError> {
    let id = call.params.need_guid("orderId")?;
    Reply::json(call.account.orders.get(id).map_or(&[][..], |order| &order.notes), call.config)
}

/// Replaces all notes.
fn set_notes(call: &mut Call<'_>) -> Result<Reply, ApiError> {
    let id = call.params.need_guid("orderId")?;
    known(call, id)?;
    let mut notes = Vec::new();
    for row in call.params.objects("orderNotes")?.unwrap_or_default() {
        notes.push(Note {
            order_note_id: row.guid("OrderNoteId")?.filter(|id| !id.is_nil()).unwrap_or_else(|| call.account.new_id()),
            order_id: id,
            note_date: row.date("NoteDate")?.filter(|date| !date.is_unset()).unwrap_or(call.now),
            internal: row.boolean("Internal")?.unwrap_or_default(),
            text: row.text("Note").unwrap_or_default(),
            created_by: row.text("CreatedBy").filter(|name| !name.is_empty()).unwrap_or_else(|| call.user.to_owned()),
            note_type_id: Some(row.int("NoteTypeId")?.and_then(|kind| i32::try_from(kind).ok()).unwrap_or_default()),
        });
    }
    call.account.orders.update(id, |order| order.notes = notes);
    call.account.audit(id, call.now, call.user, "NOTES_CHANGED", "Order notes set");
    Ok(Reply::Void)
}

/// Appends a note to each order.
fn add_notes(call: &mut Call<'_>) -> Result<Reply, ApiError> {
    let text = call.params.need_text("NoteText")?;
    let internal = call.params.boolean("IsInternal")?.unwrap_or_default();
    let processing = call.params.boolean("IsProcessingNote")?.unwrap_or_default();
    let mut added = Vec::new();
    for id in call.params.need_guids("OrderIds")? {
        if call.account.orders.get(id).is_none() {
            continue;
        }
        let note = Note {
            order_note_id: call.account.new_id(),
            order_id: id,
            note_date: call.now,
            internal,
            text: text.clone(),
            created_by: call.user.to_owned(),
            note_type_id: Some(i32::from(processing)),
        };
        call.account.orders.update(id, |order| order.notes.push(note.clone()));
        call.account.audit(id, call.now, call.user, "NOTE_ADDED", "Order note added");
        added.push(note);
    }
    Reply::json(&json!({ "OrderNotes": added }), call.config)
}

fn properties(call: &mut Call<'_>) -> Result<Reply, ApiError> {
    let id = call.params.need_guid("orderId")?;
    Reply::json(call.account.orders.get(id).map_or(&[][..], |order| &order.extended_properties), call.config)
}

fn read_properties(call: &mut Call<'_>, rows: Vec<Params>) -> Result<Vec<ExtendedProperty>, ApiError> {
    let mut read = Vec::new();
    for row in rows {
        read.push(ExtendedProperty {
            row_id: row.guid("RowId")?.filter(|id| !id.is_nil()).unwrap_or_else(|| call.account.new_id()),
            name: row.need_text("Name")?,
            value: row.text("Value").unwrap_or_default(),
            kind: row.text("Type").unwrap_or_default(),
        });
    }
    Ok(read)
}

fn set_properties(call: &mut Call<'_>) -> Result<Reply, ApiError> {
    let id = call.params.need_guid("orderId")?;
    known(call, id)?;
    let rows = call.params.objects("extendedProperties")?.ok_or_else(ApiError::invalid)?;
    let sent = read_properties(call, rows)?;
    let replace = call.config.set_extended_properties == PropertyMode::Replace;
    let all = call.account.orders.update(id, |order| {
        if replace {
            order.extended_properties = sent;
        } else {
            for property in sent {
                order.extended_properties.retain(|known| known.name != property.name);
                order.extended_properties.push(property);
            }
        }
        order.extended_properties.clone()
    });
    call.account.audit(id, call.now, call.user, "PROPERTIES_CHANGED", "Extended properties set");
    Reply::json(&all.unwrap_or_default(), call.config)
}

/// Does not touch properties that match in name and value.
fn add_properties(call: &mut Call<'_>) -> Result<Reply, ApiError> {
    let id = call.params.need_guid("OrderId")?;
    known(call, id)?;
    let rows = call.params.objects("ExtendedProperties")?.ok_or_else(ApiError::invalid)?;
    let sent = read_properties(call, rows)?;
    let inserted = call.account.orders.update(id, |order| {
        let before = order.extended_properties.len();
        for property in sent {
            let same = |known: &ExtendedProperty| known.name == property.name && known.value == property.value;
            if !order.extended_properties.iter().any(same) {
                order.extended_properties.push(property);
            }
        }
        order.extended_properties.len() - before
    });
    call.account.audit(id, call.now, call.user, "PROPERTIES_CHANGED", "Extended properties added");
    Reply::json(&json!({ "ExtendedPropertiesInserted": inserted, "Errors": [] }), call.config)
}

fn trail(call: &Call<'_>, id: Uuid) -> Vec<Value> {
    let rows = call.account.audit.iter().filter(|entry| entry.order_id == id);
    rows.map(|entry| {
        json!({
            "Date": entry.date,
            "Type": entry.kind,
            "Note": entry.note,
            "User": entry.user,
            "fkOrderHistoryTypeId": entry.kind,
            "Tag": "",
            "TypeDescription": entry.kind,
        })
    })
    .collect()
}

fn audit_trail(call: &mut Call<'_>) -> Result<Reply, ApiError> {
    let id = call.params.need_guid("orderId")?;
    Reply::json(&trail(call, id), call.config)
}

fn audit_trails(call: &mut Call<'_>) -> Result<Reply, ApiError> {
    let ids = call.params.need_guids("OrderIds")?;
    let trails: Vec<_> = ids.into_iter().map(|id| json!({ "pkOrderId": id, "AuditTrail": trail(call, id) })).collect();
    Reply::json(&json!({ "AuditTrails": trails }), call.config)
}

/// Everything that an order came from or became, over any number of steps.
fn related<'a>(call: &'a Call<'_>, id: Uuid) -> Vec<&'a Relation> {
    let mut ids = vec![id];
    let mut found: Vec<&Relation> = Vec::new();
    while let Some(id) = ids.pop() {
        for relation in &call.account.relations {
            let touches = relation.parent_order_id == id || relation.child_order_id == id;
            if touches && !found.contains(&relation) {
                found.push(relation);
                ids.extend([relation.parent_order_id, relation.child_order_id]);
            }
        }
    }
    found
}

fn relations(call: &mut Call<'_>) -> Result<Reply, ApiError> {
    let id = call.params.need_guid("orderId")?;
    Reply::json(&related(call, id), call.config)
}

fn relations_of_many(call: &mut Call<'_>) -> Result<Reply, ApiError> {
    let ids = call.params.need_guids("orderIds")?;
    let all: Map<_, _> = ids.into_iter().map(|id| (id.to_string(), json!(related(call, id)))).collect();
    Reply::json(&all, call.config)
}
