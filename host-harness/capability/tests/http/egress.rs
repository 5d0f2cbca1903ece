use super::support::*;
use harness_capability::http::OperationTable;
use harness_capability::http::egress::OperatorEgress;
use harness_contract::http::{HttpError, Request};
use harness_contract::manifest::{Base, Effect, Method, Operation};
use harness_contract::types::Mode;

#[tokio::test]
async fn address_method_and_headers_come_from_the_host_alone() {
    let server = Server::start(|_, _| ok("[]")).await;
    let bench = Bench::new(&plain(), &server);
    let query = vec![("a b".to_owned(), "x&y\r\nHost: evil".to_owned())];
    let request = Request { operation: "read".into(), query, body: Some(b"{\"n\":1}".to_vec()) };
    bench.invocation().send(request).await.unwrap().unwrap();
    let seen = &server.seen()[0];
    assert_eq!(seen.line, "POST /v1/read?a%20b=x%26y%0D%0AHost%3A%20evil HTTP/1.1");
    assert_eq!(seen.body, "{\"n\":1}");
    let names: Vec<&str> = seen.headers.keys().map(String::as_str).collect();
    assert_eq!(names, ["accept", "accept-encoding", "content-length", "content-type", "host", "user-agent"]);
    assert_eq!(seen.headers["host"], server.address.to_string());
    assert_eq!(seen.headers["content-type"], "application/json");
    assert_eq!(seen.headers["accept-encoding"], "identity");
}

#[tokio::test]
async fn an_operation_that_is_not_in_the_table_is_refused() {
    let server = Server::start(|_, _| ok("")).await;
    let bench = Bench::new(&plain(), &server);
    for name in ["", "READ", "read ", "https://api.example.net/v1/read", "/v1/read", "delete\u{1b}[2J"] {
        let Err(HttpError::Denied(text)) = bench.send(name).await else { panic!("{name:?} was let through") };
        assert!(text.contains("not in the manifest's table") && !text.contains('\u{1b}'), "{text}");
    }
    assert!(server.seen().is_empty());
}

#[tokio::test]
async fn plan_mode_sends_reads_and_refuses_every_write() {
    let server = Server::start(|_, _| ok("")).await;
    let mut description = plain();
    description.operations.push(operation("set", Effect::IdempotentWrite));
    let mut bench = Bench::new(&description, &server);
    bench.spec.mode = Mode::Plan;
    assert!(bench.send("read").await.is_ok());
    for name in ["write", "set"] {
        assert!(matches!(bench.send(name).await, Err(HttpError::Denied(_))), "{name}");
    }
    assert_eq!(server.paths(), ["/v1/read"]);
}

#[tokio::test]
async fn a_redirect_is_an_answer_and_nobody_follows_it() {
    let server =
        Server::start(|_, _| Reply::Answer(302, vec![("location", "/v1/elsewhere".into())], String::new())).await;
    let response = Bench::new(&plain(), &server).send("read").await.unwrap();
    assert_eq!((response.status, response.headers), (302, vec![]));
    assert_eq!(server.paths(), ["/v1/read"]);
}

#[tokio::test]
async fn only_three_headers_of_an_answer_are_passed_on() {
    let server = Server::start(|_, _| {
        let headers = ["Content-Type", "Date", "Retry-After", "Set-Cookie", "Server", "Location", "X-Request-Id"];
        Reply::Answer(200, headers.map(|name| (name, format!("a {name}"))).to_vec(), String::new())
    })
    .await;
    let response = Bench::new(&plain(), &server).send("read").await.unwrap();
    let names: Vec<&str> = response.headers.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["content-type", "date", "retry-after"]);
}

#[tokio::test]
async fn a_name_that_resolves_to_an_address_inside_is_refused() {
    let server = Server::start(|_, _| ok("")).await;
    let port = server.address.port();
    for (addresses, allow_loopback) in [
        (vec!["127.0.0.1"], false),
        (vec!["127.0.0.1"], true),
        (vec!["10.0.0.1"], true),
        (vec!["169.254.169.254"], true),
        (vec!["::ffff:127.0.0.1"], true),
        (vec!["1.1.1.1", "192.168.0.1"], true),
        (vec!["fd00::1"], true),
    ] {
        let shown = format!("{addresses:?}");
        let addresses = addresses.into_iter().map(|address| address.parse().unwrap()).collect();
        let operator = OperatorEgress {
            allow_loopback,
            extra_origins: vec![format!("https://api.example.net:{port}")],
            ..OperatorEgress::default()
        };
        let mut description = plain();
        description.operations[0].base = Base::Fixed(format!("https://api.example.net:{port}"));
        let bench = Bench::with(&description, operator, Names([("api.example.net".to_owned(), addresses)].into()));
        let result = bench.send("read").await;
        assert!(
            matches!(&result, Err(HttpError::Denied(text)) if text.contains("resolves to a")),
            "{shown}: {result:?}"
        );
    }
    assert!(server.seen().is_empty());
}

#[tokio::test]
async fn a_manifest_that_cannot_be_enforced_is_refused_at_load() {
    let read = || operation("read", Effect::Read);
    for broken in [
        Operation { base: Base::Fixed("http://api.example.net".into()), ..read() },
        Operation { base: Base::Fixed("https://other.example.net".into()), ..read() },
        Operation { base: Base::Fixed("https://api.example.net:8443".into()), ..read() },
        Operation { path: "/a/../b".into(), ..read() },
        Operation { path: "//evil.net/a".into(), ..read() },
        Operation { path: "/a?b=c".into(), ..read() },
        Operation { path: "/a b".into(), ..read() },
        Operation { path: "/%2e%2e/a".into(), ..read() },
        Operation { path: "/a\r\nHost: evil".into(), ..read() },
        Operation { path: "a".into(), ..read() },
    ] {
        let shown = format!("{:?} {}", broken.base, broken.path);
        assert!(OperationTable::new(&description(vec![broken]), &OperatorEgress::default()).is_err(), "{shown}");
    }
    assert!(OperationTable::new(&description(vec![read(), read()]), &OperatorEgress::default()).is_err());
}

#[tokio::test]
async fn a_get_cannot_carry_a_body() {
    let server = Server::start(|_, _| ok("")).await;
    let get = Operation { method: Method::Get, ..operation("get", Effect::Read) };
    let bench = Bench::new(&description(vec![get]), &server);
    assert!(matches!(bench.send("get").await, Err(HttpError::Denied(_))));
    let bare = Request { operation: "get".into(), query: vec![], body: None };
    assert!(bench.invocation().send(bare).await.unwrap().is_ok());
    assert_eq!(server.seen().len(), 1);
    assert!(!server.seen()[0].headers.contains_key("content-type"));
}

#[tokio::test]
async fn bytes_after_an_answer_never_become_the_next_answer() {
    let evil = "HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nevil";
    let server = Server::start(move |_, count| match count {
        0 => Reply::Raw(format!("HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\ngood{evil}")),
        _ => ok("also good"),
    })
    .await;
    let bench = Bench::new(&plain(), &server);
    assert_eq!(bench.send("read").await.unwrap().body, b"good");
    assert_eq!(bench.send("read").await.unwrap().body, b"also good");
}

#[tokio::test]
async fn connections_are_kept_and_never_shared_between_tenants() {
    let server = Server::start(|_, _| ok("")).await;
    let mut bench = Bench::new(&plain(), &server);
    bench.send("read").await.unwrap();
    bench.send("read").await.unwrap();
    bench.spec.scope.tenant = "tenant-2".into();
    bench.send("read").await.unwrap();
    bench.spec.scope.tenant = "tenant-1".into();
    bench.send("read").await.unwrap();
    let connections: Vec<usize> = server.seen().iter().map(|seen| seen.connection).collect();
    assert_eq!(connections, [0, 0, 1, 0]);
}
