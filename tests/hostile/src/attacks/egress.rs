//! Reaching what nobody approved: through the address that the session's answer names, through names, through redirects.

use std::net::IpAddr;

use harness_contract::types::Mode;
use serde_json::{Value, json};

use super::{Attack, NOTHING, ONCE, all_alike, calls, of_answer, reason};
use crate::site::Site;
use crate::source::Reply;

/// The attack of which the gallery shows that it would be seen.
pub const REBOUND: &str = "a_public_name_that_leads_inside_is_not_dialled";

pub(super) fn attacks() -> Vec<Attack> {
    vec![
        Attack::charged("an_operation_that_the_manifest_lacks_is_refused", "http.denied", ONCE, |site| {
            Box::pin(unlisted_operations(site))
        }),
        Attack::charged("a_write_in_a_dry_run_is_refused", "http.denied", ONCE, |site| Box::pin(write_in_plan(site))),
        Attack::charged("a_session_at_another_host_is_refused", "session.refused", SPELLINGS, |site| {
            Box::pin(servers(site, OTHER_HOSTS))
        }),
        Attack::charged("a_session_at_a_look_alike_host_is_refused", "session.refused", SPELLINGS, |site| {
            Box::pin(servers(site, LOOK_ALIKES))
        }),
        Attack::charged("a_session_at_an_address_in_any_spelling_is_refused", "session.refused", SPELLINGS, |site| {
            Box::pin(servers(site, ADDRESSES))
        }),
        Attack::charged("a_session_at_a_metadata_service_is_refused", "session.refused", SPELLINGS, |site| {
            Box::pin(servers(site, METADATA))
        }),
        Attack::charged(
            "a_session_address_with_more_than_an_address_is_refused",
            "session.refused",
            SPELLINGS,
            |site| Box::pin(servers(site, TRICKS)),
        ),
        Attack::charged("a_session_at_a_port_that_is_not_listed_is_refused", "session.refused", SPELLINGS, |site| {
            Box::pin(servers(site, PORTS))
        }),
        Attack::charged(REBOUND, "http.denied", ONCE, |site| {
            Box::pin(resolved(site, "rebound.example", "rebound.inside", LOOPBACK))
        }),
        Attack::charged("a_name_that_leads_to_a_private_network_is_not_dialled", "http.denied", ONCE, |site| {
            Box::pin(resolved(site, "outside.example", "outside.example", PRIVATE))
        }),
        Attack::charged("a_name_that_leads_to_a_metadata_service_is_not_dialled", "http.denied", ONCE, |site| {
            Box::pin(resolved(site, "outside.example", "outside.example", CLOUDS))
        }),
        Attack::charged("a_name_that_leads_inside_among_others_is_not_dialled", "http.denied", ONCE, |site| {
            Box::pin(among_others(site))
        }),
        Attack::charged(
            "a_name_that_is_bound_anew_after_the_check_changes_nothing",
            "answered.200",
            calls(1),
            |site| Box::pin(bound_anew_after_the_check(site)),
        ),
        Attack::charged("a_name_that_is_bound_anew_later_is_judged_anew", "http.denied", calls(2), |site| {
            Box::pin(bound_anew_later(site))
        }),
        Attack::charged("a_redirect_is_not_followed", "answered.302", calls(1), |site| Box::pin(redirects(site))),
        Attack::charged("a_redirect_of_the_session_is_not_followed", "session.unavailable", NOTHING, |site| {
            Box::pin(redirected_session(site))
        }),
    ]
}

/// Without a session the component never runs; what is charged is the one call to the right address.
const SPELLINGS: super::Charge = calls(1);

/// A manifest whose operations go where the session says.
fn by_session() -> Value {
    json!({ "authentication": {}, "operations": [{ "base": "session" }] })
}

async fn unlisted_operations(site: &Site) -> anyhow::Result<String> {
    let operations = [
        "not-in-table",
        "",
        "READ",
        "read ",
        " read",
        "read\0",
        "read\r\nwrite",
        "/read",
        "../read",
        "https://misbehaving.example/read",
        "session-exchange",
        "re\u{200b}ad",
        "ｒｅａｄ",
    ];
    let settings = json!({ "misbehave": "send-operations", "in": "fetch", "operations": operations });
    let connection = site.attacker(json!({}), settings).await?;
    let told = site.told(&connection).await?;
    anyhow::ensure!(told.len() == operations.len(), "{told:?}");
    anyhow::ensure!(site.source.seen().is_empty(), "the source was sent {:?}", site.source.seen());
    all_alike(told.iter().map(|answer| of_answer(answer)))
}

async fn write_in_plan(site: &Site) -> anyhow::Result<String> {
    let connection = site.attacker(json!({}), json!({ "misbehave": "write-in-plan", "in": "fetch" })).await?;
    let ran = site.run(&connection, Mode::Plan).await?;
    anyhow::ensure!(site.source.seen().is_empty(), "the source was sent {:?}", site.source.seen());
    let told = ran.report.orders.first().and_then(|order| order.because.first()).cloned().unwrap_or_default();
    Ok(of_answer(told.strip_prefix("told: ").unwrap_or(&told)))
}

const OTHER_HOSTS: &[&str] = &[
    "https://evil.example",
    "https://misbehaving.example.evil.example",
    "https://evil-misbehaving.example",
    "https://sub.misbehaving.example",
    "https://example",
    "https://misbehaving",
    "https://misbehaving.example..",
    "https://.misbehaving.example",
    "https://api.linnworks.net",
    "https://localhost",
    "https://localhost.",
    "https://ip6-localhost",
    "https://kubernetes.default.svc",
    "http://misbehaving.example",
    "HTTP://MISBEHAVING.EXAMPLE",
];

const LOOK_ALIKES: &[&str] = &[
    // Cyrillic, Greek, Armenian and Latin letters that look like others; the last two are how names are spelt in the DNS.
    "https://mіsbehaving.example",
    "https://misbehavіng.example",
    "https://misbehaving.eхample",
    "https://miѕbehaving.example",
    "https://misbeհaving.example",
    "https://misbehavıng.example",
    "https://misbehaving.ехаmple",
    "https://ⅿisbehaving.example.evil.example",
    "https://misbehaving‐.example",
    "https://xn--msbehaving-cpj.example",
    "https://misbehaving.xn--eample-4nf",
];

const ADDRESSES: &[&str] = &[
    "https://127.0.0.1",
    "https://127.1",
    "https://127.000.000.001",
    "https://2130706433",
    "https://017700000001",
    "https://0x7f000001",
    "https://0x7f.0.0.1",
    "https://0177.0.0.1",
    "https://127.0.0.1.",
    "https://1２7.0.0.1",
    "https://0",
    "https://0.0.0.0",
    "https://10.0.0.1",
    "https://192.168.0.1",
    "https://3232235521",
    "https://[::1]",
    "https://[0:0:0:0:0:0:0:1]",
    "https://[::]",
    "https://[::ffff:127.0.0.1]",
    "https://[::ffff:7f00:1]",
    "https://[::127.0.0.1]",
    "https://[64:ff9b::127.0.0.1]",
    "https://[2002:7f00:1::]",
    "https://[fe80::1]",
    "https://[fe80::1%25eth0]",
    "https://[fd00::1]",
    "https://93.184.216.34",
];

const METADATA: &[&str] = &[
    "https://169.254.169.254",
    "http://169.254.169.254/latest/meta-data/",
    "https://169.254.43518",
    "https://2852039166",
    "https://0xa9fea9fe",
    "https://0251.0376.0251.0376",
    "https://[::ffff:169.254.169.254]",
    "https://[fd00:ec2::254]",
    "https://[64:ff9b::a9fe:a9fe]",
    "https://169.254.170.2",
    "https://100.100.100.200",
    "https://168.63.129.16",
    "https://192.0.0.192",
    "https://metadata.google.internal",
    "https://metadata",
    "https://instance-data",
];

const TRICKS: &[&str] = &[
    "https://misbehaving.example@evil.example",
    "https://user@misbehaving.example",
    "https://user:password@misbehaving.example",
    "https://misbehaving.example%40evil.example",
    "https://evil.example#@misbehaving.example",
    "https://evil.example?@misbehaving.example",
    "https://evil.example\\@misbehaving.example",
    "https://misbehaving.example\\.evil.example",
    "https:\\\\misbehaving.example",
    "https://misbehaving.example?x=y",
    "https://misbehaving.example#x",
    "https://misbehaving.example\t.evil.example",
    "https://misbehaving.example\r\nHost: evil.example",
    " https://misbehaving.example",
    "https://misbehaving.example ",
    "https:misbehaving.example",
    "https:///misbehaving.example",
    "//misbehaving.example",
    "misbehaving.example",
    "ftp://misbehaving.example",
    "file:///etc/passwd",
    "javascript:alert(1)",
    "data:text/plain,x",
    "unix:/var/run/docker.sock",
    "https://",
    "https://%00misbehaving.example",
    "https://misbehaving.example%2eevil.example",
    "https://{secret:ApplicationSecret}.example",
];

const PORTS: &[&str] = &[
    "https://misbehaving.example:22",
    "https://misbehaving.example:80",
    "https://misbehaving.example:8443",
    "https://misbehaving.example:0",
    "https://misbehaving.example:65536",
    "https://misbehaving.example:443@evil.example",
    "https://misbehaving.example:4430",
    "https://misbehaving.example:44３3",
    "https://misbehaving.example:-443",
    "https://localhost:8470",
];

/// The source names each of `servers` as the place of the session.
async fn servers(site: &Site, servers: &[&str]) -> anyhow::Result<String> {
    let settings = json!({ "misbehave": "send", "secret": "the token" });
    let connection = site.attacker(by_session(), settings).await?;
    let tenant = format!("client-{}", site.hostile.id);
    let mut reasons = Vec::new();
    for server in servers.iter().map(|server| (*server).to_owned()) {
        let body = json!({ "Token": "T", "Account": "A", "Server": server }).to_string();
        site.source.answers(move |_| Reply::ok(&body));
        site.platform.http.forget(&tenant);
        match site.run(&connection, Mode::Apply).await {
            Ok(ran) => anyhow::bail!("{server:?} was taken: {ran:?}"),
            Err(error) => {
                let found = reason(&error);
                anyhow::ensure!(found == "session.refused", "{server:?}: {found}");
                reasons.push(found);
            }
        }
    }
    anyhow::ensure!(site.source.calls().is_empty(), "a call left: {:?}", site.source.calls());
    nobody_got_in(site)?;
    anyhow::ensure!(site.names.asked().is_empty(), "a name was looked up: {:?}", site.names.asked());
    // What is refused above is refused for the address alone.
    let body = json!({ "Token": "T", "Account": "A", "Server": "HTTPS://Misbehaving.Example.:443/" }).to_string();
    site.source.answers(move |_| Reply::ok(&body));
    site.platform.http.forget(&tenant);
    site.run(&connection, Mode::Apply).await.map_err(|error| anyhow::anyhow!("the right address: {error}"))?;
    anyhow::ensure!(site.source.calls().len() == 1, "the right address: {:?}", site.source.calls());
    all_alike(reasons)
}

/// Nothing connected to what is inside.
pub(super) fn nobody_got_in(site: &Site) -> anyhow::Result<()> {
    let visits = site.inside.visits();
    anyhow::ensure!(visits == 0, "somebody got in, {visits} times");
    Ok(())
}

/// A manifest with one operation at `host`.
fn at(host: &str) -> Value {
    json!({
        "allowed_hosts": [host, "misbehaving.example"],
        "operations": [{ "base": format!("https://{host}"), "method": "post", "effect": "write" }],
    })
}

const LOOPBACK: &[&str] = &["127.0.0.1", "127.0.0.2", "::1", "::ffff:127.0.0.1", "::127.0.0.1", "0.0.0.0", "::"];

const PRIVATE: &[&str] = &[
    "10.0.0.1",
    "172.16.0.1",
    "172.31.255.254",
    "192.168.1.1",
    "100.64.0.1",
    "169.254.0.1",
    "fe80::1",
    "fc00::1",
    "fd12:3456::1",
    "fec0::1",
    "::ffff:10.0.0.1",
    "64:ff9b::10.0.0.1",
    "2002:a00:1::1",
    "2001:0:53aa:64c:0:5efe:c0a8:1",
    "fe80::5efe:10.0.0.1",
    "198.18.0.1",
    "192.0.2.1",
    "224.0.0.1",
    "255.255.255.255",
    "240.0.0.1",
    "ff02::1",
    "2001:db8::1",
];

const CLOUDS: &[&str] = &[
    "169.254.169.254",
    "169.254.170.2",
    "169.254.169.123",
    "100.100.100.200",
    "168.63.129.16",
    "192.0.0.192",
    "fd00:ec2::254",
    "fd20:ce::254",
    "::ffff:169.254.169.254",
    "64:ff9b::a9fe:a9fe",
    "2002:a9fe:a9fe::1",
];

fn addresses(texts: &[&str]) -> anyhow::Result<Vec<IpAddr>> {
    texts.iter().map(|text| text.parse().map_err(|_| anyhow::anyhow!("{text} is no address"))).collect()
}

/// Sends to `host`, whose dialled `name` leads to each of `texts`.
async fn resolved(site: &Site, host: &str, name: &str, texts: &[&str]) -> anyhow::Result<String> {
    let operations = vec!["read"; 1];
    let settings = json!({ "misbehave": "send-operations", "in": "fetch", "operations": operations });
    let connection = site.attacker(at(host), settings).await?;
    let mut reasons = Vec::new();
    for address in addresses(texts)? {
        site.names.lead(name, &[&[address]]);
        // Whoever gets in is not waited for.
        let told = tokio::select! {
            told = site.told(&connection) => told,
            () = site.inside.visited() => Ok(vec![]),
        };
        nobody_got_in(site)?;
        let answer = told?.first().cloned().unwrap_or_default();
        anyhow::ensure!(answer.starts_with("denied: ") && answer.contains("resolves to a"), "{address}: {answer}");
        reasons.push(of_answer(&answer));
    }
    all_alike(reasons)
}

async fn among_others(site: &Site) -> anyhow::Result<String> {
    let settings = json!({ "misbehave": "send-operations", "in": "fetch", "operations": ["read"] });
    let connection = site.attacker(at("rebound.example"), settings).await?;
    site.names.lead("rebound.inside", &[&addresses(&["93.184.216.34", "127.0.0.1"])?]);
    let told = site.told(&connection).await?;
    nobody_got_in(site)?;
    all_alike(told.iter().map(|answer| of_answer(answer)))
}

/// The name is judged and dialled by one answer: what it leads to the next time does not matter.
async fn bound_anew_after_the_check(site: &Site) -> anyhow::Result<String> {
    let settings = json!({ "misbehave": "send-operations", "in": "fetch", "operations": ["read"] });
    let connection = site.attacker(at("local.example"), settings).await?;
    site.names.lead("localhost", &[&addresses(&["127.0.0.1"])?, &addresses(&["169.254.169.254"])?]);
    let told = site.told(&connection).await?;
    anyhow::ensure!(site.names.asked() == ["localhost"], "the names asked for: {:?}", site.names.asked());
    anyhow::ensure!(site.source.calls().len() == 1, "{:?}", site.source.calls());
    all_alike(told.iter().map(|answer| of_answer(answer)))
}

/// Each connection is judged by itself, however good the ones before were.
async fn bound_anew_later(site: &Site) -> anyhow::Result<String> {
    let settings = json!({ "misbehave": "send-operations", "in": "fetch", "operations": ["read", "read"] });
    let connection = site.attacker(at("local.example"), settings).await?;
    site.names.lead("localhost", &[&addresses(&["127.0.0.1"])?, &addresses(&["10.0.0.1"])?]);
    site.source.answers(|_| Reply::with("200 OK", "connection: close\r\n", ""));
    let told = site.told(&connection).await?;
    anyhow::ensure!(site.names.asked().len() == 2 && told.len() == 2, "{:?}, {told:?}", site.names.asked());
    anyhow::ensure!(told.first().is_some_and(|answer| answer.starts_with("200")), "{told:?}");
    Ok(told.last().map(|answer| of_answer(answer)).unwrap_or_default())
}

async fn redirects(site: &Site) -> anyhow::Result<String> {
    let settings = json!({ "misbehave": "send-operations", "in": "fetch", "operations": ["write"] });
    let connection = site.attacker(json!({}), settings).await?;
    let port = site.inside.port;
    let mut reasons = Vec::new();
    for location in [
        format!("http://127.0.0.1:{port}/"),
        format!("https://rebound.inside:{port}/"),
        "http://169.254.169.254/latest/meta-data/".into(),
        "//evil.example/".into(),
        "/elsewhere".into(),
    ] {
        site.source.answers(move |_| Reply::with("302 Found", &format!("location: {location}\r\n"), ""));
        reasons.extend(site.told(&connection).await?.iter().map(|answer| of_answer(answer)));
    }
    nobody_got_in(site)?;
    anyhow::ensure!(site.source.calls().len() == 5, "{:?}", site.source.calls());
    anyhow::ensure!(site.source.calls().iter().all(|seen| seen.line.starts_with("POST /write?")), "another path");
    all_alike(reasons)
}

async fn redirected_session(site: &Site) -> anyhow::Result<String> {
    let settings = json!({ "misbehave": "send", "secret": "the token" });
    let connection = site.attacker(by_session(), settings).await?;
    let port = site.inside.port;
    let mut reasons = Vec::new();
    for status in ["301 Moved", "302 Found", "303 See Other", "307 Temporary Redirect", "308 Permanent Redirect"] {
        let location = format!("location: http://127.0.0.1:{port}/\r\n");
        site.source.answers(move |_| Reply::with(status, &location, ""));
        site.platform.http.forget(&format!("client-{}", site.hostile.id));
        match site.run(&connection, Mode::Apply).await {
            Ok(ran) => anyhow::bail!("{status}: {ran:?}"),
            Err(error) => reasons.push(reason(&error)),
        }
    }
    nobody_got_in(site)?;
    anyhow::ensure!(site.source.seen().len() == 5, "{:?}", site.source.seen());
    all_alike(reasons)
}
