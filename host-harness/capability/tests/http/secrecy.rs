use std::sync::{Arc, Mutex};

use super::support::*;
use harness_capability::http::{MemoryRecord, Recorder};
use harness_contract::http::Request;

const SESSION: &str = "hunter2-session";
const PERSON: &str = "ada@example.net";

#[derive(Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Written {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// The answer of a source that repeats what it was sent.
fn echo() -> Reply {
    let body = format!(r#"{{"Echo":"{SESSION} {APP_SECRET} {TOKEN}","Email":"{PERSON}"}}"#);
    Reply::Answer(200, vec![("content-type", format!("text/{SESSION}"))], body)
}

#[tokio::test]
async fn secrets_that_a_source_repeats_are_blanked_before_the_guest_gets_them() {
    let server = Server::start(|seen, _| match seen.path() {
        "/exchange" => session(SESSION, "https://eu.example.net"),
        "/v1/write" => ok(&format!("{} {}", SESSION.to_uppercase(), TOKEN.to_uppercase())),
        _ => echo(),
    })
    .await;
    let mut bench = Bench::new(&authenticated(), &server);
    for recorder in [None, Some(Recorder { redactor: Arc::default(), sink: Arc::new(MemoryRecord::default()) })] {
        bench.spec.recorder = recorder;
        let answer = bench.send("read").await.unwrap();
        assert_eq!(answer.headers, [("content-type".to_owned(), "text/[secret]".to_owned())]);
        let body = String::from_utf8(answer.body).unwrap();
        for secret in [SESSION, APP_SECRET, TOKEN] {
            assert!(!body.contains(secret), "{secret} is in {body}");
        }
        assert_eq!(body, format!(r#"{{"Echo":"[secret] [secret] [secret]","Email":"{PERSON}"}}"#));
        assert_eq!(bench.send("write").await.unwrap().body, b"[secret] [secret]");
    }
}

#[tokio::test]
async fn a_secret_that_the_exchange_repeats_as_its_state_or_its_server_is_in_no_error() {
    let not_ready = format!(r#"{{"Token":"{SESSION}","Id":"A","Status":{{"State":"{TOKEN}"}}}}"#);
    for reply in [ok(&not_ready), session(SESSION, &format!("https://{APP_SECRET}.example")), session(SESSION, TOKEN)] {
        let server = Server::start(move |_, _| reply.clone()).await;
        let bench = Bench::new(&authenticated(), &server);
        let invocation = bench.invocation();
        let told = format!("{:?}", bench.drive(invocation.send(request("read"))).await.unwrap().unwrap_err());
        let kept = format!("{told} {:?}", invocation.auth_failure().unwrap());
        for secret in [SESSION, APP_SECRET, TOKEN] {
            assert!(!kept.contains(secret), "{secret} is in {kept}");
        }
    }
}

#[tokio::test]
async fn secrets_and_persons_are_in_no_log_event_error_debug_text_or_recording() {
    let written = Written::default();
    let writer = written.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(move || writer.clone())
        .with_ansi(false)
        .finish();
    let _guard = tracing::subscriber::set_default(subscriber);

    let server = Server::start(|seen, count| match (seen.path(), count) {
        ("/exchange", 0) => Reply::Cut(format!("HTTP/1.1 200 {SESSION}\r\n")),
        ("/exchange", _) => session(SESSION, "https://eu.example.net"),
        ("/v1/write?email=ada%40example.net", _) => Reply::Cut("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n".into()),
        _ => echo(),
    })
    .await;
    let mut bench = Bench::new(&authenticated(), &server);
    let kept = Arc::new(MemoryRecord::default());
    bench.spec.recorder = Some(Recorder { redactor: Arc::default(), sink: kept.clone() });
    let invocation = bench.invocation();
    let body = format!(r#"{{"Email":"{PERSON}","Sku":"S1"}}"#).into_bytes();
    let with = |operation: &str| Request {
        operation: operation.into(),
        query: vec![("email".into(), PERSON.into())],
        body: Some(body.clone()),
    };
    let mut texts = Vec::new();
    let answer = bench.drive(invocation.send(with("read"))).await.unwrap().unwrap();
    assert!(String::from_utf8(answer.body).unwrap().contains(PERSON), "the guest works with what is personal");
    texts.push(format!("{:?}", bench.drive(invocation.send(with("write"))).await.unwrap().unwrap_err()));
    texts.push(format!("{:?}", invocation.send(with("unknown")).await.unwrap().unwrap_err()));
    texts.push(format!("{invocation:?} {:?} {:?}", bench.spec.credentials, bench.spec.table));
    texts.extend(bench.events());
    let calls = kept.calls();
    assert_eq!(calls.len(), 3);
    assert!(calls[0].body.as_ref().unwrap().contains(r#""Sku":"S1""#));
    texts.push(serde_json::to_string(&calls).unwrap());
    texts.push(String::from_utf8(written.0.lock().unwrap().clone()).unwrap());
    for text in texts {
        for secret in [SESSION, APP_SECRET, TOKEN, PERSON, "ada%40example.net"] {
            assert!(!text.contains(secret), "{secret} is in {text}");
        }
    }
}
