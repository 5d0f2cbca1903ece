//! Inputs of the targets that need no source.

use std::fs;
use std::path::Path;

use anyhow::Context as _;
use linnworks_connector::manifest;
use linnworks_connector::settings::Settings;
use serde_json::{Value, json};

use crate::Corpus;
use crate::flows::Records;

/// Scenario files above this size teach the fuzzer nothing that the others do not.
const LARGE: u64 = 900;

/// Writes them all. `here` is this crate's folder.
pub(crate) fn write(corpus: &mut Corpus, records: &Records, here: &Path) -> anyhow::Result<()> {
    results(corpus, records)?;
    settings(corpus)?;
    sessions(corpus, &records.session)?;
    addresses(corpus)?;
    scenarios(corpus, &here.join("../../scenarios/cases"))
}

fn results(corpus: &mut Corpus, records: &Records) -> anyhow::Result<()> {
    const TARGET: &str = "connector_results";
    let mut small = serde_json::to_value(manifest::describe())?;
    small["settings_schema"] = json!("{}");
    if let Some(operations) = small["operations"].as_array_mut() {
        operations.truncate(3);
    }
    corpus.document(TARGET, "manifest", &json!({ "manifest": small }))?;
    small["operations"][0]["base"] = json!({"Fixed": "https://eu-ext.linnworks.net/v1"});
    corpus.document(TARGET, "manifest-fixed", &json!({ "manifest": small }))?;
    corpus.document(TARGET, "order", &json!({ "order": records.order }))?;
    corpus.document(TARGET, "asn", &json!({ "asn": records.asn }))?;
    let mut broken = records.order.clone();
    broken["totals"]["order_value"] = json!("1e3");
    broken["comments"] = json!("\u{0}");
    corpus.document(TARGET, "order-broken", &json!({ "order": broken }))
}

fn settings(corpus: &mut Corpus) -> anyhow::Result<()> {
    const TARGET: &str = "connection_settings";
    let token = "3f6d1c52-7b0e-4a55-9d0c-5a8f2c1e7a01";
    let mut whole = serde_json::to_value(Settings::default())?;
    whole["Warehouse"] = json!("MAIN");
    whole["Channel"] = json!("Online");
    let kept = whole.clone();
    whole["ApiToken"] = json!(token);
    let schema = json!({
        "type": "object", "additionalProperties": false, "required": ["Key"],
        "properties": {"Key": {"type": "string", "writeOnly": true, "pattern": "^[0-9a-f]{4}$"}, "Size": {"type": "integer", "default": 3}},
    });
    for (name, document) in [
        ("whole", json!({"settings": whole, "from": 2})),
        ("kept", json!({"settings": kept, "kept": ["ApiToken"]})),
        (
            "few",
            json!({"settings": {"Warehouse": "MAIN", "Channel": "Online", "ApiToken": format!(" {token}\n"), "EarliestOrderDate": "2026-03-01"}}),
        ),
        ("wrong", json!({"settings": {"orderprefix": "x", "ApiToken": "hunter2hunter2", "StockBuffer": -1}})),
        (
            "version-1",
            json!({"settings": {"Prefix": "A-", "IgnoreParked": true, "LocationId": "8E5D5960-9E3A-4C30-9C4E-9B45FB64B12A"}, "from": 1}),
        ),
        ("newer", json!({"settings": {"OrderPrefix": "A-", "FromTheFuture": 1}, "from": 3})),
        (
            "pairs",
            json!({"settings": {"Warehouse": "MAIN", "Channel": "Online", "ApiToken": token,
            "CourierMapping": [{"Linnworks": "Royal Mail 48", "CourierService": "Tracked 48"}],
            "FolderFilter": {"Include": ["To 3PL"], "Exclude": []}, "MarkAsTaken": {"By": "Folder", "Name": "To 3PL"}, "DefaultCurrency": "gbp"}}),
        ),
        ("other-schema", json!({"schema": schema, "settings": {"Key": "12ab"}})),
    ] {
        corpus.document(TARGET, name, &document)?;
    }
    Ok(())
}

fn sessions(corpus: &mut Corpus, real: &Value) -> anyhow::Result<()> {
    const TARGET: &str = "session_answers";
    corpus.document(TARGET, "loopback", &json!({"status": 200, "body": real}))?;
    let mut listed = real.clone();
    listed["Server"] = json!("https://eu-ext.linnworks.net");
    corpus.document(TARGET, "listed", &json!({"status": 200, "body": listed}))?;
    for (name, server) in [
        ("inward", "https://169.254.169.254/latest"),
        ("suffix", "https://eu-ext.linnworks.net.evil.example"),
        ("user", "https://eu-ext.linnworks.net@evil.example"),
        ("path", "https://EU-ext.linnworks.net./api/"),
        ("query", "https://eu-ext.linnworks.net/?x=1"),
    ] {
        let mut answer = real.clone();
        answer["Server"] = json!(server);
        corpus.document(TARGET, name, &json!({"status": 200, "body": answer}))?;
    }
    let mut smuggled = listed.clone();
    smuggled["Token"] = json!("a\r\nHost: evil.example");
    corpus.document(TARGET, "smuggled", &json!({"status": 200, "body": smuggled}))?;
    let mut maintenance = listed.clone();
    maintenance["Status"]["State"] = json!("MAINTENANCE");
    corpus.document(TARGET, "maintenance", &json!({"status": 200, "body": maintenance}))?;
    for status in [400, 401, 429, 503] {
        corpus.document(TARGET, &status.to_string(), &json!({"status": status, "body": {"Message": "no"}}))?;
    }
    corpus.write(TARGET, "page", b"<html><body>Maintenance</body></html>")
}

fn addresses(corpus: &mut Corpus) -> anyhow::Result<()> {
    const TARGET: &str = "egress";
    for (name, text) in [
        ("plain", "url https://api.example.net/v1\nurl HTTPS://API.Example.NET./v1/\nurl https://api.example.net:443"),
        ("spelt", "url https://%61pi.example.net\nurl https://ａｐｉ.example.net\nurl https://bücher.example/v2"),
        (
            "near",
            "url https://api.example.net.evil.net\nurl https://evil-api.example.net\nurl https://api.example.net:8443",
        ),
        (
            "user",
            "url https://api.example.net@evil.net\nurl https://evil.net@api.example.net\nurl https://api.example.net\\@evil.net",
        ),
        (
            "query",
            "url https://api.example.net?x=1\nurl https://api.example.net/#x\nurl https://api.example.net/a/../b",
        ),
        (
            "numbers",
            "loopback\nextra http://127.0.0.1:4010\nurl http://0x7f.1:4010/x\nurl http://2130706433:4010\nurl http://[::1]:4010",
        ),
        (
            "local",
            "loopback\nextra http://localhost:4010\nurl http://localhost:4010\nip 127.0.0.1\nip ::1\nip ::ffff:127.0.0.1",
        ),
        ("stand-in", "loopback\nstand-in api.example.net http://127.0.0.1:4010\nurl https://api.example.net/v1"),
        (
            "extra",
            "extra https://sandbox.example.net:8443\nurl https://sandbox.example.net:8443/x\nhost other.example.net",
        ),
        ("public", "ip 1.1.1.1\nip 2606:4700::1111"),
        ("inside", "ip 10.0.0.1\nip 169.254.169.254\nip fd00:ec2::254\nip 168.63.129.16"),
        ("wrapped", "ip ::ffff:169.254.169.254\nip 64:ff9b::10.0.0.1\nip 2002:a9fe:a9fe::1\nip ::10.0.0.1"),
        ("listed", "host *.example.net\nhost 127.0.0.1\nhost a b\nhost [::1]"),
    ] {
        corpus.write(TARGET, name, text.as_bytes())?;
    }
    Ok(())
}

fn scenarios(corpus: &mut Corpus, cases: &Path) -> anyhow::Result<()> {
    for folder in fs::read_dir(cases).with_context(|| format!("{} cannot be read", cases.display()))? {
        let folder = folder?.path();
        let mut small = Vec::new();
        for file in fs::read_dir(&folder)? {
            let file = file?;
            if file.metadata()?.len() <= LARGE {
                small.push(file.path());
            }
        }
        small.sort();
        // Three of each kind: their steps are alike.
        for file in small.iter().take(3) {
            let name = |path: &Path| path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            corpus.write("scenario_files", &format!("{}-{}", name(&folder), name(file)), &fs::read(file)?)?;
        }
    }
    Ok(())
}
