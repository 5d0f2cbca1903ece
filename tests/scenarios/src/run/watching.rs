//! What watches over a connection: the log of its requests, and mails about its orders.

use serde_json::{Value, json};

use super::facts::Before;
use super::verify::{PERSONAL, listed};
use crate::format::Expect;
use crate::matching::Mismatch;
use crate::world::World;

/// Compares what the request log kept of the step's runs. Whatever is expected, it holds no secret and no personal data.
pub(super) async fn requests(
    world: &World,
    connection: &str,
    expect: &Expect,
    before: &Before,
    out: &mut Vec<Mismatch>,
) -> anyhow::Result<()> {
    if expect.requests.is_none() && expect.request_count.is_none() {
        return Ok(());
    }
    let store = &world.host()?.store;
    let of = world.connection(connection).await?;
    let mut runs = store.runs(Some(of.id), 1_000).await?;
    runs.retain(|run| run.id > before.run);
    runs.sort_by_key(|run| run.id);
    let mut kept = Vec::new();
    for run in runs {
        kept.extend(store.requests(run.id).await?);
    }
    let kept = serde_json::to_value(kept)?;
    let text = kept.to_string();
    if text.contains(PERSONAL) || world.secrets.iter().any(|secret| text.contains(secret.as_str())) {
        out.push(Mismatch::new("the request log", "neither secrets nor personal data", "some"));
    }
    listed(world, "request", kept, expect.requests.as_deref(), expect.request_count, out)
}

/// Compares the mails of the step.
pub(super) fn mails(world: &World, expect: &Expect, before: &Before, out: &mut Vec<Mismatch>) -> anyhow::Result<()> {
    if expect.mails.is_none() && expect.mail_count.is_none() {
        return Ok(());
    }
    let sent = world.mails();
    let sent = sent.iter().skip(before.mails);
    let sent = sent.map(|mail| json!({ "to": mail.to, "subject": mail.subject(), "body": mail.body() }));
    listed(world, "mail", Value::Array(sent.collect()), expect.mails.as_deref(), expect.mail_count, out)
}
