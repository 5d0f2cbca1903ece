//! A component that is not what it says, or says what no operator should have to read.

use harness_capability::http::OperationTable;
use harness_capability::http::egress::OperatorEgress;
use harness_contract::manifest::{Encoding, Method, Recipe};
use harness_engine::LoadError;
use serde_json::{Value, json};

use super::{Attack, all_alike, of_letting_in};
use crate::disguise;
use crate::site::Site;

pub(super) fn attacks() -> Vec<Attack> {
    vec![
        Attack::not_let_in("an_import_that_is_not_in_the_world_is_refused", "not-let-in.import", |site| {
            Box::pin(imports(site))
        }),
        Attack::not_let_in("an_import_of_another_shape_is_refused", "not-let-in.contract", |site| {
            Box::pin(async {
                let import =
                    r#"(import "wms:connector/http@0.1.0" (instance (export "read-file" (func (result string)))))"#;
                let wasm = disguise::asking_for(import)?;
                refused(site, &wasm).await.map(|error| of_letting_in(&error))
            })
        }),
        Attack::not_let_in("bytes_that_are_no_component_are_refused", "not-let-in.no-component", |site| {
            Box::pin(no_component(site))
        }),
        Attack::not_let_in("hosts_and_paths_that_are_none_are_refused_each_by_name", "not-let-in.manifest", |site| {
            Box::pin(hosts_and_paths(site))
        }),
        Attack::not_let_in("paths_that_servers_read_in_two_ways_are_refused", "not-let-in.manifest", |site| {
            Box::pin(ambiguous_paths(site))
        }),
        Attack::not_let_in("a_secret_with_a_default_is_refused", "not-let-in.manifest", |site| {
            let schema = json!({
                "type": "object",
                "properties": { "secret": { "type": "string", "writeOnly": true, "default": "everybody's" } },
            });
            Box::pin(lie(site, json!({ "settings_schema": schema.to_string() }), &["is a secret (writeOnly)"]))
        }),
        Attack::not_let_in("a_recipe_that_sends_the_secrets_elsewhere_is_refused", "not-let-in.manifest", |site| {
            let recipe =
                json!({ "address": "https://evil.example/session", "header_value": "nothing", "token": "Token" });
            Box::pin(async move {
                let why = ["https://evil.example/session is not https to one of", "no {session}", "JSON pointer"];
                lie(site, json!({ "authentication": recipe }), &why).await
            })
        }),
        Attack::not_let_in("a_recipe_cannot_set_a_header_of_the_message", "not-let-in.manifest", |site| {
            Box::pin(own_headers(site))
        }),
        Attack::not_let_in("a_manifest_as_long_as_a_book_is_refused", "not-let-in.manifest", |site| {
            Box::pin(lie(site, json!({ "title": 4_000_000 }), &["the title is 4000000 bytes long"]))
        }),
        Attack::not_let_in("a_manifest_of_very_many_operations_is_refused", "not-let-in.manifest", |site| {
            Box::pin(lie(site, json!({ "operations": 20_000 }), &["it lists 20000 operations"]))
        }),
        Attack::not_let_in("an_operation_with_answers_of_any_size_is_refused", "not-let-in.manifest", |site| {
            let operations = json!([{ "name": "read", "size_limit": u64::MAX }]);
            let why = ["operation read: its size limit is 18446744073709551615 bytes", "expected are at most 16777216"];
            Box::pin(async move { lie(site, json!({ "operations": operations }), &why).await })
        }),
        Attack::not_let_in(
            "a_manifest_that_is_larger_than_a_host_call_is_not_taken_over",
            "not-let-in.describe.limit.host-call-bytes",
            |site| {
                Box::pin(async {
                    let wasm = disguise::misbehaving(&json!({ "title": 40_000_000 }))?;
                    refused(site, &wasm).await.map(|error| of_letting_in(&error))
                })
            },
        ),
        Attack::not_let_in("a_schema_that_is_none_is_refused", "not-let-in.manifest", |site| {
            Box::pin(lie(site, json!({ "settings_schema": "{\"type\":" }), &["is not JSON"]))
        }),
        Attack::not_let_in("a_schema_that_leads_to_itself_is_refused", "not-let-in.manifest", |site| {
            Box::pin(lie(site, json!({ "settings_schema": r##"{"$ref":"#"}"## }), &["refers ($ref)"]))
        }),
        Attack::not_let_in("a_manifest_that_repaints_the_terminal_is_refused", "not-let-in.manifest", |site| {
            let title = "Harmless\u{1b}[2J\u{202e}";
            Box::pin(lie(site, json!({ "title": title }), &["the title is", "control and invisible characters"]))
        }),
        Attack::not_let_in("a_flow_that_is_declared_and_missing_is_refused", "not-let-in.manifest", |site| {
            Box::pin(lie(site, json!({ "flows": "more" }), &["declares wms:connector/sync-stock"]))
        }),
        Attack::not_let_in("a_manifest_that_never_ends_is_refused", "not-let-in.describe.limit.cpu-time", |site| {
            Box::pin(async {
                let wasm = disguise::misbehaving(&json!({ "describe": "endless-loop" }))?;
                refused(site, &wasm).await.map(|error| of_letting_in(&error))
            })
        }),
        Attack::not_let_in("a_manifest_that_breaks_off_is_refused", "not-let-in.describe.trap", |site| {
            Box::pin(async {
                let wasm = disguise::misbehaving(&json!({ "describe": "trap" }))?;
                refused(site, &wasm).await.map(|error| of_letting_in(&error))
            })
        }),
        Attack::not_let_in("a_write_that_an_upgrade_calls_a_read_is_shown", "shown-to-the-operator", |site| {
            Box::pin(write_called_read(site))
        }),
        Attack::not_let_in("other_bytes_than_those_that_were_approved_are_refused", "not-let-in.digest", |site| {
            Box::pin(async {
                let approved = harness_contract::inspect::digest(&disguise::component("misbehaving")?);
                let wasm = disguise::misbehaving(&json!({ "title": "Another" }))?;
                match site.platform.plugins.add(&site.platform, &wasm, Some(&approved)).await {
                    Ok(_) => anyhow::bail!("it was let in"),
                    Err(error) => Ok(of_letting_in(&error)),
                }
            })
        }),
    ]
}

/// Why `wasm` is not let in.
async fn refused(site: &Site, wasm: &[u8]) -> anyhow::Result<anyhow::Error> {
    match site.platform.plugins.add(&site.platform, wasm, None).await {
        Ok((row, _)) => anyhow::bail!("it was let in as {} {}", row.name, row.version),
        Err(error) => {
            anyhow::ensure!(site.platform.store.plugin("misbehaving").await.is_err(), "it is listed");
            Ok(error)
        }
    }
}

/// Lets the connector in with `manifest`; the refusal has to say each of `why`.
async fn lie(site: &Site, manifest: Value, why: &[&str]) -> anyhow::Result<String> {
    let error = refused(site, &disguise::misbehaving(&manifest)?).await?;
    let said = format!("{error:#}");
    match why.iter().find(|words| !said.contains(**words)) {
        Some(words) => anyhow::bail!("{words:?} is not said: {said}"),
        None => Ok(of_letting_in(&error)),
    }
}

async fn imports(site: &Site) -> anyhow::Result<String> {
    let mut reasons = Vec::new();
    for import in [
        r#"(import "wasi:filesystem/types@0.2.0" (instance))"#,
        r#"(import "wasi:sockets/tcp@0.2.0" (instance))"#,
        r#"(import "wasi:http/outgoing-handler@0.2.0" (instance))"#,
        r#"(import "wasi:cli/environment@0.2.0" (instance))"#,
        r#"(import "wasi:clocks/monotonic-clock@0.2.0" (instance))"#,
        r#"(import "wasi:random/random@0.2.0" (instance))"#,
        r#"(import "wms:connector/http-of-others@0.1.0" (instance))"#,
        r#"(import "evil:connector/http@0.1.0" (instance))"#,
        r#"(import "exec" (func (param "command" string)))"#,
    ] {
        let error = refused(site, &disguise::asking_for(import)?).await?;
        let name = import.split('"').nth(1).unwrap_or_default();
        anyhow::ensure!(format!("{error:#}").contains(name), "{name} is not named: {error:#}");
        reasons.push(of_letting_in(&error));
    }
    all_alike(reasons)
}

async fn no_component(site: &Site) -> anyhow::Result<String> {
    let mut cut = disguise::component("misbehaving")?;
    cut.truncate(cut.len() / 2);
    let mut spoilt = disguise::component("misbehaving")?;
    // In the header of a section, where it cannot pass for data.
    if let Some(byte) = spoilt.get_mut(9) {
        *byte ^= 0xff;
    }
    let mut reasons = Vec::new();
    for wasm in [&b""[..], b"\0asm", b"\x7fELF\x02\x01\x01", b"\0asm\x01\0\0\0", b"(component)", &cut, &spoilt] {
        reasons.push(of_letting_in(&refused(site, wasm).await?));
    }
    all_alike(reasons)
}

async fn hosts_and_paths(site: &Site) -> anyhow::Result<String> {
    let paths = ["no-slash", "https://evil.example/x", "/a/../b", "/a?b=c", "/a#b", "/{secret:x}"];
    let bases = [
        "https://evil.example",
        "http://misbehaving.example",
        "https://misbehaving.example@evil.example",
        "file:///etc",
        "https://10.0.0.1",
    ];
    let hosts = ["*.example", "127.0.0.1", "https://misbehaving.example", "MISBEHAVING.example", "localhost:80", ""];
    let of_paths = paths.iter().enumerate().map(|(at, path)| json!({ "name": format!("path-{at}"), "path": path }));
    let of_bases = bases.iter().enumerate().map(|(at, base)| json!({ "name": format!("base-{at}"), "base": base }));
    let allowed: Vec<&str> = hosts.into_iter().chain(["misbehaving.example"]).collect();
    let manifest = json!({ "operations": of_paths.chain(of_bases).collect::<Vec<_>>(), "allowed_hosts": allowed });
    let error = refused(site, &disguise::misbehaving(&manifest)?).await?;
    let Some(LoadError::Manifest(wrong)) = error.downcast_ref() else { anyhow::bail!("{error:#}") };
    let named = |text: &str| wrong.iter().any(|line| line.contains(text));
    let operations = (0..paths.len()).map(|at| format!("path-{at}: path is"));
    let operations = operations.chain((0..bases.len()).map(|at| format!("operation base-{at}: ")));
    let missing: Vec<String> =
        operations.chain(hosts.map(|host| format!("allowed host {host:?}"))).filter(|text| !named(text)).collect();
    anyhow::ensure!(missing.is_empty(), "{missing:?} are not named: {wrong:?}");
    Ok(of_letting_in(&error))
}

async fn ambiguous_paths(site: &Site) -> anyhow::Result<String> {
    let paths = ["//evil.example/a", "/a b", "/%2e%2e/a", "/a\\b", "/./a", "/a//b", "/a;b", "/é", "/a:b@c"];
    let of_paths = paths.iter().enumerate().map(|(at, path)| json!({ "name": format!("path-{at}"), "path": path }));
    let manifest = json!({ "operations": of_paths.collect::<Vec<_>>() });
    let error = refused(site, &disguise::misbehaving(&manifest)?).await?;
    let Some(LoadError::Manifest(wrong)) = error.downcast_ref() else { anyhow::bail!("{error:#}") };
    anyhow::ensure!(wrong.len() == paths.len(), "{} of {} are refused: {wrong:?}", wrong.len(), paths.len());
    Ok(of_letting_in(&error))
}

async fn own_headers(site: &Site) -> anyhow::Result<String> {
    let recipe = json!({ "header_name": "Host", "header_value": "{session}" });
    let first = refused(site, &disguise::misbehaving(&json!({ "authentication": recipe }))?).await?;
    // All others, judged as the host judges them.
    site.platform.plugins.add(&site.platform, &disguise::component("misbehaving")?, None).await?;
    let mut description = site.platform.plugins.newest(&site.platform, "misbehaving").await?.description.clone();
    // The first is sound, so that nothing else in the recipe is what the others are refused for.
    let sound = ("X-Session", "{session}");
    let mut taken = Vec::new();
    for (name, value) in [
        sound,
        ("Host", "{session}"),
        ("Content-Length", "{session}"),
        ("Transfer-Encoding", "{session}"),
        ("Connection", "{session}"),
        ("Upgrade", "{session}"),
        ("Expect", "{session}"),
        ("TE", "{session}"),
        ("Trailer", "{session}"),
        ("Forwarded", "{session}"),
        ("Via", "{session}"),
        ("Content-Encoding", "{session}"),
        ("Cookie", "{session}"),
        ("Set-Cookie", "{session}"),
        ("Proxy-Authorization", "{session}"),
        ("Proxy-Connection", "{session}"),
        ("X-Forwarded-For", "{session}"),
        ("X-HTTP-Method-Override", "{session}"),
        ("X\r\nHost", "{session}"),
        ("X: y", "{session}"),
        ("", "{session}"),
        ("X-Session", "{session}\r\nHost: evil.example"),
        ("X-Session", "{session}\0"),
        ("X-Session", "{session}{session}"),
        ("X-Session", "{setting:secret}"),
    ] {
        description.authentication = Some(Recipe {
            platform_secrets: vec![],
            method: Method::Post,
            address: "https://misbehaving.example/session".into(),
            encoding: Encoding::Json,
            body: "{}".into(),
            calls_per_minute: 1,
            token: "/Token".into(),
            base: None,
            account: "/Account".into(),
            ready: None,
            header_name: name.into(),
            header_value: value.into(),
            rejected: vec![],
            expired: vec![],
            install_address: "https://misbehaving.example".into(),
        });
        if OperationTable::new(&description, &OperatorEgress::default()).is_ok() {
            taken.push((name, value));
        }
    }
    anyhow::ensure!(taken == [sound], "{taken:?} were taken; expected is {sound:?} alone");
    Ok(of_letting_in(&first))
}

async fn write_called_read(site: &Site) -> anyhow::Result<String> {
    let of = |effect: &str, base: &str, address: &str| {
        let hosts = ["misbehaving.example", "other.example"];
        let operations = json!([{ "name": "change", "method": "post", "effect": effect, "base": base }]);
        let recipe = json!({ "address": address });
        json!({ "allowed_hosts": hosts, "operations": operations, "authentication": recipe })
    };
    let (here, there) = ("https://misbehaving.example", "https://other.example");
    let plugins = &site.platform.plugins;
    let before = disguise::misbehaving(&of("write", here, "https://misbehaving.example/session"))?;
    plugins.add(&site.platform, &before, None).await?;
    let after = disguise::misbehaving(&of("read", there, "https://other.example/session"))?;
    let (_, difference) = plugins.add(&site.platform, &after, None).await?;
    let added = difference.added.join("\n");
    for words in ["operation change", "Effect::Read", "https://other.example/", "logs in at https://other.example"] {
        anyhow::ensure!(added.contains(words), "{words} is not shown: {added}");
    }
    anyhow::ensure!(difference.removed.join("\n").contains("Effect::Write"), "{:?}", difference.removed);
    Ok("shown-to-the-operator".into())
}
