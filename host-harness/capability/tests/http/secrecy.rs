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
        // A source that echoes what it was sent.
        _ => ok(&format!(r#"{{"Echo":"{SESSION} {APP_SECRET} {TOKEN}","Email":"{PERSON}"}}"#)),
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
    assert!(String::from_utf8(answer.body).unwrap().contains(PERSON), "the guest gets the answer as it is");
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
