//! A client's people are written to about orders that do not come in, over a real SMTP exchange.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "what is not as expected ends the test"
)]

use harness_wms::{Connection, NewConnection, Problem, ProblemAt, RunMode};
use host_harness::config::{Config, Mail, MailSecurity, Mode};
use host_harness::notify;
use host_harness::platform::Platform;
use mail_server::{MailServer, Tls};
use serde_json::{Value, json};

struct Host {
    platform: Platform,
    connection: Connection,
    _folder: tempfile::TempDir,
}

async fn host(server: &MailServer, mode: Mode, settings: Value) -> Host {
    let folder = tempfile::tempdir().unwrap();
    let mail = Mail {
        server: "127.0.0.1".into(),
        port: Some(server.port()),
        security: MailSecurity::None,
        from: "Warehouse <wms@example.test>".into(),
        ..Mail::default()
    };
    let data = folder.path().join("data");
    let platform = Platform::open(Config { data, mode, mail, ..Config::default() }).await.unwrap();
    let store = &platform.store;
    let client = store.add_client("ACME", "Acme", 0).await.unwrap();
    let other = store.add_client("OTHER", "Other", 0).await.unwrap();
    let warehouse_id = store.add_warehouse("MAIN", "Main", "Europe/London").await.unwrap().id;
    let channel_id = store.add_channel(client.id, "Shop").await.unwrap().id;
    for (client, email) in
        [(&client, "one@example.test"), (&client, "two@example.test"), (&other, "other@example.test")]
    {
        store.add_notified_user(client.id, email).await.unwrap();
    }
    let new = NewConnection {
        name: "acme".into(),
        client_id: client.id,
        warehouse_id,
        channel_id,
        plugin: "linnworks".into(),
        plugin_digest: None,
        settings,
        sealed_secrets: None,
    };
    let connection = store.add_connection(&new, 0).await.unwrap();
    Host { platform, connection, _folder: folder }
}

impl Host {
    async fn report(&self, flow: &str, subjects: &[&str], code: &str) {
        let (store, now) = (&self.platform.store, self.platform.now());
        let run = store.begin_run(self.connection.id, flow, RunMode::Apply, "test", now, now).await.unwrap();
        let problems: Vec<ProblemAt> = subjects
            .iter()
            .map(|subject| ProblemAt {
                subject: (*subject).into(),
                reference: format!("A-{subject}"),
                problem: Problem {
                    code: code.into(),
                    message: "The warehouse has no product TEE.".into(),
                    remedy: "Add it.".into(),
                    ..Problem::default()
                },
            })
            .collect();
        store.report_problems(self.connection.id, flow, run.id, &problems, now).await.unwrap();
    }

    async fn write(&self) -> usize {
        notify::after_run(&self.platform, &self.connection).await.unwrap()
    }
}

#[tokio::test]
async fn a_cause_is_one_letter_to_each_reader_of_that_client_and_to_nobody_else() {
    let server = MailServer::start(true).await.unwrap();
    let host = host(&server, Mode::ThreePl, json!({"ImportErrorEmails": true})).await;
    assert_eq!(host.write().await, 0);
    host.report("import-orders", &["1", "2", "3"], "sku-unknown").await;
    host.report("sync-stock", &["TEE"], "stock.odd").await;
    assert_eq!(host.write().await, 2);
    let taken = server.taken();
    let readers: Vec<&str> = taken.iter().map(|mail| mail.to.as_str()).collect();
    assert_eq!(readers, ["one@example.test", "two@example.test"]);
    let text = &taken[0].text;
    assert!(text.contains("Subject: acme: 3 orders do not import (sku-unknown)"), "{text}");
    assert!(text.contains("no product TEE") && text.contains("A-3") && !text.contains("two@example.test"), "{text}");
    assert_eq!(host.write().await, 0, "once");
    host.report("import-orders", &["4"], "sku-unknown").await;
    assert_eq!(host.write().await, 0, "not twice a day");
    host.report("import-orders", &["4"], "address-incomplete").await;
    assert_eq!(host.write().await, 2, "another cause");
}

#[tokio::test]
async fn nobody_is_written_to_where_the_switch_is_off_or_no_client_is_served() {
    let server = MailServer::start(true).await.unwrap();
    for (mode, settings) in [(Mode::ThreePl, json!({})), (Mode::Multichannel, json!({"ImportErrorEmails": true}))] {
        let host = host(&server, mode, settings).await;
        host.report("import-orders", &["1"], "sku-unknown").await;
        assert_eq!(host.write().await, 0);
    }
    assert!(server.taken().is_empty());
}

#[tokio::test]
async fn what_the_server_refuses_is_told_later_and_no_error_names_the_reader() {
    let server = MailServer::start(false).await.unwrap();
    let host = host(&server, Mode::ThreePl, json!({"ImportErrorEmails": true})).await;
    host.report("import-orders", &["1"], "sku-unknown").await;
    assert_eq!(host.write().await, 0);
    let post = notify::Post::new(&host.platform.config.mail).unwrap().unwrap();
    let letter = notify::Letter { subject: "s".into(), text: "t".into() };
    let error = post.send("one@example.test", &letter).await.unwrap_err();
    assert_eq!(format!("{error:#}"), "the mail server refused it for good (550)");
    let again = MailServer::start(true).await.unwrap();
    let mail = Mail { port: Some(again.port()), ..host.platform.config.mail.clone() };
    let config = Config { mail, ..host.platform.config.clone() };
    let platform = Platform { config, ..host.platform };
    let host = Host { platform, ..host };
    assert_eq!(host.write().await, 2);
}

#[test]
fn an_open_way_is_for_this_machine_only() {
    let mail = Mail {
        server: "mail.example.test".into(),
        security: MailSecurity::None,
        from: "wms@example.test".into(),
        ..Mail::default()
    };
    let refused = notify::Post::new(&mail).err().unwrap().to_string();
    assert!(refused.contains("use starttls or tls for mail.example.test"), "{refused}");
    assert!(notify::Post::new(&Mail::default()).unwrap().is_none());
}

/// All that a server hears of somebody with a password and a letter who wants `security`, and is not served.
async fn heard_in_vain(server: &MailServer, security: MailSecurity) -> Vec<String> {
    let mail = Mail {
        server: "127.0.0.1".into(),
        port: Some(server.port()),
        security,
        user: "wms".into(),
        from: "wms@example.test".into(),
    };
    let post = notify::Post::with_password(&mail, Some("sesame".into())).unwrap().unwrap();
    let letter = notify::Letter { subject: "s".into(), text: "t".into() };
    let error = format!("{:#}", post.send("one@example.test", &letter).await.unwrap_err());
    assert!(!error.contains("sesame") && !error.contains("one@example.test"), "{error}");
    let heard = server.heard_of(1).await;
    assert!(server.taken().is_empty());
    heard
}

#[tokio::test]
async fn a_server_that_offers_no_tls_gets_neither_password_nor_mail() {
    let server = MailServer::start(true).await.unwrap();
    let heard = heard_in_vain(&server, MailSecurity::StartTls).await;
    assert!(!heard.is_empty() && heard.iter().all(|line| line.starts_with("EHLO ") || line == "QUIT"), "{heard:?}");
}

#[tokio::test]
async fn a_server_whose_certificate_nobody_vouches_for_gets_neither_password_nor_mail() {
    for (tls, security) in [(Tls::Offered, MailSecurity::StartTls), (Tls::AtOnce, MailSecurity::Tls)] {
        let server = MailServer::start_with(true, tls).await.unwrap();
        let heard = heard_in_vain(&server, security).await;
        // It hears nothing but that its certificate is not taken.
        let (last, before) = heard.split_last().unwrap();
        assert_eq!(last, "(received fatal alert: UnknownCA)");
        assert!(before.iter().all(|line| line.starts_with("EHLO ") || line == "STARTTLS"), "{heard:?}");
    }
}
