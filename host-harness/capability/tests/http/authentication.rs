use std::sync::atomic::{AtomicUsize, Ordering};

use super::support::*;
use harness_capability::http::egress::OperatorEgress;
use harness_capability::http::{AuthFailure, OperationTable, install_address};
use harness_contract::http::HttpError;
use harness_contract::manifest::{Encoding, Recipe};

/// A source whose sessions are numbered; `valid` says which are still good.
async fn source(valid: impl Fn(usize) -> bool + Send + Sync + 'static) -> Server {
    let sessions = AtomicUsize::new(0);
    Server::start(move |seen, _| match seen.path() {
        "/exchange" => {
            session(&format!("session-{}", sessions.fetch_add(1, Ordering::SeqCst) + 1), "https://eu.example.net/")
        }
        _ => match seen.headers.get("authorization").and_then(|value| value.strip_prefix("session-")) {
            Some(number) if valid(number.parse().unwrap()) => ok("in"),
            _ => status(401),
        },
    })
    .await
}

fn exchanges(server: &Server) -> usize {
    server.paths().iter().filter(|path| *path == "/exchange").count()
}

#[tokio::test]
async fn the_recipe_is_carried_out_and_the_session_is_shared() {
    let server = source(|_| true).await;
    let bench = Bench::new(&authenticated(), &server);
    assert_eq!(bench.send("by-session").await.unwrap().body, b"in");
    assert_eq!(bench.send("read").await.unwrap().body, b"in");
    assert_eq!(server.paths(), ["/exchange", "/by-session", "/v1/read"]);
    let sent: serde_json::Value = serde_json::from_str(&server.seen()[0].body).unwrap();
    assert_eq!(sent, serde_json::json!({"app": APP_SECRET, "token": TOKEN}));
    assert_eq!(server.seen()[1].headers["authorization"], "session-1");
}

#[tokio::test]
async fn a_form_recipe_sends_a_form() {
    let server = source(|_| true).await;
    let mut description = authenticated();
    description.authentication = Some(Recipe { encoding: Encoding::Form, ..recipe() });
    let bench = Bench::new(&description, &server);
    bench.send("by-session").await.unwrap();
    assert_eq!(server.seen()[0].body, format!("app={APP_SECRET}&token={TOKEN}"));
    assert_eq!(server.seen()[0].headers["content-type"], "application/x-www-form-urlencoded");
}

#[tokio::test]
async fn an_ended_session_is_renewed_once_and_the_call_repeated() {
    let server = source(|number| number >= 2).await;
    let bench = Bench::new(&authenticated(), &server);
    assert_eq!(bench.send("write").await.unwrap().status, 200);
    assert_eq!(server.paths(), ["/exchange", "/v1/write", "/exchange", "/v1/write"]);
}

#[tokio::test]
async fn a_401_that_stays_is_handed_over() {
    let server = source(|_| false).await;
    let bench = Bench::new(&authenticated(), &server);
    assert_eq!(bench.send("write").await.unwrap().status, 401);
    assert_eq!(server.paths(), ["/exchange", "/v1/write", "/exchange", "/v1/write"]);
}

#[tokio::test]
async fn twenty_sends_at_once_make_one_exchange_and_one_renewal() {
    let server = source(|number| number >= 2).await;
    let bench = Bench::new(&authenticated(), &server);
    let invocation = bench.invocation();
    let sends = (0..20).map(|_| invocation.send(request("by-session")));
    for result in bench.drive(futures::future::join_all(sends)).await {
        assert_eq!(result.unwrap().unwrap().status, 200);
    }
    assert_eq!(exchanges(&server), 2);
    assert_eq!(invocation.account(), Some("account-1"));
}

#[tokio::test]
async fn rejected_credentials_are_a_401_for_the_guest_and_a_reason_for_the_host() {
    let server = Server::start(|_, _| status(400)).await;
    let bench = Bench::new(&authenticated(), &server);
    let invocation = bench.invocation();
    for _ in 0..3 {
        assert_eq!(invocation.send(request("write")).await.unwrap().unwrap().status, 401);
    }
    assert_eq!(invocation.auth_failure(), Some(AuthFailure::Rejected(400)));
    assert_eq!(server.paths(), ["/exchange"], "the source is asked once");
}

#[tokio::test]
async fn who_waits_for_an_exchange_shares_its_failure() {
    let server = Server::start(|_, _| status(400)).await;
    let bench = Bench::new(&authenticated(), &server);
    let (one, two) = (bench.invocation(), bench.invocation());
    let both = futures::future::join(one.send(request("read")), two.send(request("read")));
    let (one, two) = bench.drive(both).await;
    assert_eq!([one, two].map(|result| result.unwrap().unwrap().status), [401, 401]);
    assert_eq!(exchanges(&server), 1);
}

#[tokio::test]
async fn a_base_address_that_is_not_allowed_is_refused() {
    for inward in [
        "http://169.254.169.254/latest",
        "https://10.0.0.1",
        "https://127.0.0.1",
        "http://127.0.0.1:1",
        "https://localhost",
        "https://eu.example.net.evil.net",
        "https://eu.example.net:8443",
        "http://eu.example.net",
        "https://user@eu.example.net",
    ] {
        let server = Server::start(move |_, _| session("t", inward)).await;
        let bench = Bench::new(&authenticated(), &server);
        let result = bench.send("by-session").await;
        assert!(matches!(result, Err(HttpError::Denied(_))), "{inward}: {result:?}");
        assert_eq!(server.paths(), ["/exchange"], "{inward}");
    }
}

#[tokio::test]
async fn a_source_in_maintenance_is_not_called() {
    let server = Server::start(|_, _| {
        ok(r#"{"Token":"t","Server":"https://eu.example.net","Id":1,"Status":{"State":"MAINTENANCE"}}"#)
    })
    .await;
    let bench = Bench::new(&authenticated(), &server);
    let invocation = bench.invocation();
    assert!(matches!(invocation.send(request("read")).await.unwrap(), Err(HttpError::NotSent(_))));
    assert_eq!(invocation.auth_failure(), Some(AuthFailure::NotReady("MAINTENANCE".into())));
    assert_eq!(exchanges(&server), server.seen().len());
}

#[tokio::test]
async fn credentials_of_another_account_are_refused() {
    let server = source(|_| true).await;
    let mut bench = Bench::new(&authenticated(), &server);
    bench.spec.account = Some("account-2".into());
    assert!(matches!(bench.send("write").await, Err(HttpError::Denied(_))));
    assert_eq!(server.paths(), ["/exchange"]);
    bench.spec.account = Some("account-1".into());
    assert!(bench.send("write").await.is_ok());
}

#[tokio::test]
async fn tenants_with_the_same_credentials_have_sessions_of_their_own() {
    let server = source(|_| true).await;
    let mut bench = Bench::new(&authenticated(), &server);
    bench.send("read").await.unwrap();
    bench.spec.scope.tenant = "tenant-2".into();
    bench.send("read").await.unwrap();
    assert_eq!(exchanges(&server), 2);
    bench.http.forget("tenant-2");
    bench.send("read").await.unwrap();
    assert_eq!(exchanges(&server), 3);
}

#[tokio::test]
async fn a_token_that_would_smuggle_a_header_is_refused() {
    let server = Server::start(|_, _| session("t\\r\\nX-Evil: 1", "https://eu.example.net")).await;
    let bench = Bench::new(&authenticated(), &server);
    assert!(matches!(bench.send("read").await, Err(HttpError::NotSent(_))));
    assert_eq!(exchanges(&server), server.seen().len());
}

#[tokio::test]
async fn a_missing_secret_is_named_and_nothing_is_sent() {
    let server = source(|_| true).await;
    let mut bench = Bench::new(&authenticated(), &server);
    bench.spec.credentials.platform.clear();
    let Err(HttpError::Denied(text)) = bench.send("read").await else { panic!("it was sent") };
    assert!(text.contains("AppSecret"), "{text}");
    assert!(server.seen().is_empty());
}

#[tokio::test]
async fn the_exchange_has_a_budget_of_its_own() {
    let server = Server::start(|seen, count| match (seen.path(), count) {
        ("/exchange", 0) => Reply::Answer(429, vec![("retry-after", "20".into())], String::new()),
        ("/exchange", _) => session("t", "https://eu.example.net"),
        _ => ok("in"),
    })
    .await;
    let bench = Bench::new(&authenticated(), &server);
    assert_eq!(bench.send("read").await.unwrap().body, b"in");
    assert_eq!(bench.http.rate_usage().len(), 2);
}

#[test]
fn a_recipe_that_cannot_be_enforced_is_refused_at_load() {
    let refused = |recipe: Recipe| {
        let mut description = authenticated();
        description.authentication = Some(recipe);
        OperationTable::new(&description, &OperatorEgress::default()).is_err()
    };
    assert!(!refused(recipe()));
    assert!(refused(Recipe { address: "https://evil.net/exchange".into(), ..recipe() }));
    assert!(refused(Recipe { body: "[]".into(), ..recipe() }));
    assert!(refused(Recipe { body: r#"{"a":"{secret:Other}"}"#.into(), ..recipe() }));
    assert!(refused(Recipe { body: r#"{"a":{"b":["{env:HOME}"]}}"#.into(), ..recipe() }));
    assert!(refused(Recipe { header_value: "Bearer".into(), ..recipe() }));
    assert!(refused(Recipe { header_value: "{session}{secret:AppSecret}".into(), ..recipe() }));
    for name in ["Host", "content-length", "Transfer-Encoding", "a b", "x\r\ny", ""] {
        assert!(refused(Recipe { header_name: name.into(), ..recipe() }), "{name:?}");
    }
}

fn refusals(recipe: Recipe) -> Vec<String> {
    let mut description = authenticated();
    description.authentication = Some(recipe);
    OperationTable::new(&description, &OperatorEgress::default()).err().unwrap_or_default()
}

#[test]
fn nothing_else_is_read_where_the_token_is() {
    let at = |pointer: &str| pointer.to_owned();
    for (what, wrong, came) in [
        ("account", Recipe { account: at("/Token"), ..recipe() }, "/Token"),
        ("account", Recipe { account: at("/Token/Id"), ..recipe() }, "/Token/Id"),
        ("base", Recipe { base: Some(at("/Token")), ..recipe() }, "/Token"),
        ("ready", Recipe { ready: Some((at("/Token"), at("x"))), ..recipe() }, "/Token"),
        ("account", Recipe { token: at("/a~0b"), account: at("/a~b"), ..recipe() }, "/a~b"),
    ] {
        let refusals = refusals(wrong);
        assert_eq!(refusals.len(), 1, "{refusals:?}");
        let said = format!("its {what} is read at {came:?}, where the token is");
        assert!(refusals[0].contains(&said) && refusals[0].contains("expected another place"), "{refusals:?}");
    }
    assert_eq!(refusals(Recipe { account: at("/TokenOwner"), ..recipe() }), Vec::<String>::new());
    assert_eq!(refusals(Recipe { token: at("/Session/Token"), account: at("/Session/Id"), ..recipe() }).len(), 0);
}

#[test]
fn an_install_address_leads_to_one_host_by_https_or_is_empty() {
    for address in ["", "https://apps.example.net", "https://apps.example.net:8443/a?b={secret:AppSecret}#c"] {
        assert_eq!(refusals(Recipe { install_address: address.into(), ..recipe() }), Vec::<String>::new());
    }
    for (address, why) in [
        ("http://apps.example.net/a", "it is not https"),
        ("http://127.0.0.1:4010/a", "it is not https"),
        ("javascript:alert(1)", "it is not https"),
        ("apps.example.net", "it is not https"),
        ("https:///a", "it has no host"),
        ("https://{secret:AppSecret}.example.net/a", "its host holds a placeholder"),
        ("https://apps.example.net@evil.net/a", "it holds user information"),
        ("https://evil.net\\.example.net/a", "white space"),
        ("https://apps.example.net/a b", "white space"),
    ] {
        let refusals = refusals(Recipe { install_address: address.into(), ..recipe() });
        assert_eq!(refusals.len(), 1, "{refusals:?}");
        assert!(refusals[0].contains(why) && refusals[0].contains("expected https://HOST/PATH"), "{refusals:?}");
    }
}

#[tokio::test]
async fn the_install_address_holds_the_application() {
    let server = source(|_| true).await;
    let bench = Bench::new(&authenticated(), &server);
    let address = install_address(&bench.spec.table, &bench.spec.credentials).unwrap();
    assert_eq!(address.unwrap(), format!("https://apps.example.net/authorise/{APP_SECRET}"));
}
