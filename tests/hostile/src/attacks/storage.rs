//! Reading, overwriting and deleting what belongs to somebody else.

use harness_contract::types::Mode;
use host_harness::flow::import_orders::FLOW;
use serde_json::json;

use super::{Attack, ONCE};
use crate::site::Site;

/// The key under which the other tenant keeps something.
const KEY: &str = "their-secret";

pub(super) fn attacks() -> Vec<Attack> {
    vec![
        Attack::charged("the_keys_of_another_tenant_are_not_there", "storage.nothing-found", ONCE, |site| {
            Box::pin(other_tenant(site))
        }),
        Attack::charged("keys_that_are_none_are_refused", "storage.invalid-key", ONCE, |site| {
            Box::pin(invalid_keys(site))
        }),
    ]
}

async fn other_tenant(site: &Site) -> anyhow::Result<String> {
    let (other, store) = (site.tenant("OTHER").await?, &site.platform.store);
    let attack = site.attacker(json!({}), json!({})).await?;
    let keeps = json!({ "misbehave": "keep", "key": KEY });
    let theirs = site.connect("other", &other, "misbehaving", keeps).await?;
    site.run(&theirs, Mode::Apply).await?;
    anyhow::ensure!(
        store.storage_get(theirs.id, FLOW, &[KEY.into()]).await? == [Some(b"kept".to_vec())],
        "there is nothing to be read"
    );
    // By its name, by every path that might lead there, and as a pattern or a piece of a query.
    let place = format!("{}/{FLOW}/{KEY}", theirs.id);
    let keys = [
        KEY.to_owned(),
        place.clone(),
        format!("/{place}"),
        format!("../{KEY}"),
        format!("../{place}"),
        format!("../../{place}"),
        format!("..\\{place}"),
        format!("./../{place}"),
        format!("%2e%2e/{place}"),
        format!("..%2f{place}"),
        format!("%2e%2e%2f{place}"),
        format!("..;/{place}"),
        format!("file:///{place}"),
        format!("client-{}/other/{KEY}", other.id),
        format!("other:{KEY}"),
        format!("{}:{FLOW}:{KEY}", theirs.id),
        "%".into(),
        "_%".into(),
        "*".into(),
        "their-secre_".into(),
        "their-secre?".into(),
        "THEIR-SECRET".into(),
        format!("' OR key = '{KEY}"),
        format!("') OR 1=1 --{KEY}"),
        format!("{KEY}\" OR \"1\"=\"1"),
        "ｔｈｅｉｒ-ｓｅｃｒｅｔ".into(),
    ];
    // Reading comes first, before there are keys of its own to be found.
    let own = [None, Some(b"overwritten".to_vec()), None];
    for ((misdeed, expected), own) in
        [("read-keys", "nothing"), ("overwrite-keys", "taken"), ("delete-keys", "taken")].into_iter().zip(own)
    {
        let mut attacking = store.connection_by_id(attack.id).await?;
        attacking.settings["misbehave"] = json!(misdeed);
        attacking.settings["in"] = json!("fetch");
        attacking.settings["keys"] = json!(keys);
        store.update_connection(&attacking, site.platform.now()).await?;
        let told = site.told(&attacking).await?;
        anyhow::ensure!(told.len() == keys.len(), "{misdeed}: {} answers for {} keys", told.len(), keys.len());
        if let Some((key, answer)) = keys.iter().zip(&told).find(|(_, answer)| *answer != expected) {
            anyhow::bail!("{misdeed}: {key:?}: {answer}");
        }
        let kept = store.storage_get(attack.id, FLOW, &[KEY.into()]).await?;
        anyhow::ensure!(kept == [own], "{misdeed} was not done to its own key: {kept:?}");
        let kept = store.storage_get(theirs.id, FLOW, &[KEY.into()]).await?;
        anyhow::ensure!(kept == [Some(b"kept".to_vec())], "{misdeed} changed the other's key: {kept:?}");
    }
    Ok("storage.nothing-found".into())
}

async fn invalid_keys(site: &Site) -> anyhow::Result<String> {
    let keys = ["", "a\0b", "line\nbreak", "tab\t", "\u{7f}", "\u{85}", "\u{1b}[2J", &"k".repeat(201)];
    let settings = json!({ "misbehave": "read-keys", "in": "fetch", "keys": keys });
    let connection = site.attacker(json!({}), settings).await?;
    let told = site.told(&connection).await?;
    anyhow::ensure!(told.len() == keys.len(), "{} answers for {} keys", told.len(), keys.len());
    match told.iter().find(|answer| !answer.contains("InvalidKey(")) {
        Some(answer) => anyhow::bail!("{answer}"),
        None => Ok("storage.invalid-key".into()),
    }
}
