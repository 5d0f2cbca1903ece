//! Recordings that are kept in the repository, one for each flow.

use host_harness::recording::Recording;
use host_harness::recording::document::{Answer, Call, Content};
use scenarios::{format, places};

use super::{Component, parted, recorded, said};

/// Replays the recording of `flow` on the component that is built, and makes it anew.
fn kept(flow: &str) {
    let file = places::recordings().join(flow).with_extension("json");
    let case = format::load(&file.with_extension("yaml")).unwrap();
    let mut made = recorded(&case);
    made.component.digest = None;
    made.invocations.retain(|one| one.function.starts_with(&format!("{flow}.")));
    assert_eq!(parted(&made), Vec::<String>::new());
    let text = made.write().unwrap();
    let update = std::env::var_os("UPDATE").is_some();
    if update {
        std::fs::write(&file, &text).unwrap();
    }
    let kept = std::fs::read_to_string(&file).expect("write it with UPDATE=1, see tests/recordings/README.md");
    let replayed = Component::named("linnworks").replays(&Recording::read(&kept).unwrap());
    let hint = "if that is wanted, write the recordings with UPDATE=1 and read the difference";
    assert!(
        replayed.same,
        "the connector does something else than is kept in {}; {hint}\n{}",
        file.display(),
        said(&replayed)
    );
    assert!(kept == text, "recorded anew, {} has other bytes; {hint}", file.display());
    // It would be the same with nothing in it, too.
    assert!(replayed.invocations > 1 && replayed.calls > replayed.invocations, "{replayed:?}");
}

#[test]
fn import_orders_does_what_is_kept() {
    kept("import-orders");
}

#[test]
fn review_orders_does_what_is_kept() {
    kept("review-orders");
}

#[test]
fn push_despatch_does_what_is_kept() {
    kept("push-despatch");
}

#[test]
fn sync_stock_does_what_is_kept() {
    kept("sync-stock");
}

#[test]
fn import_purchase_orders_does_what_is_kept() {
    kept("import-purchase-orders");
}

#[test]
fn export_returns_does_what_is_kept() {
    kept("export-returns");
}

fn of(flow: &str) -> Recording {
    let file = places::recordings().join(flow).with_extension("json");
    Recording::read(&std::fs::read_to_string(file).unwrap()).unwrap()
}

#[test]
fn a_component_that_behaves_otherwise_parts_at_a_call_that_is_named() {
    let recording = of("import-orders");
    let replayed = Component::named("minimal").replays(&recording);
    let first = replayed.parted.first().expect("another connector does something else");
    assert!(!replayed.same && first.invocation == 1 && first.call == Some(1), "{}", said(&replayed));
    assert!(first.diff.contains("\n-") && first.diff.contains("\n+"), "{}", first.diff);
}

/// A recording that nothing can fail proves nothing.
#[test]
fn a_recording_that_was_tampered_with_parts_where_it_was() {
    let component = Component::named("linnworks");
    let recording = of("push-despatch");
    let mut answers = 0;
    for (at, invocation) in recording.invocations.iter().enumerate() {
        for (number, call) in invocation.calls.iter().enumerate() {
            let Call::Http { operation, query, body, answer: Some(_) } = call else { continue };
            // What a write is answered is not believed, but read back.
            if !operation.contains("/Get") {
                continue;
            }
            let mut other = recording.clone();
            let html = Answer::Given { status: 500, headers: Vec::new(), body: Content::Text("<html>".into()) };
            other.invocations[at].calls[number] = Call::Http {
                operation: operation.clone(),
                query: query.clone(),
                body: body.clone(),
                answer: Some(html),
            };
            let replayed = component.replays(&other);
            assert!(!replayed.same, "{operation} may answer what it likes");
            assert_eq!(replayed.parted[0].invocation, at + 1);
            answers += 1;
        }
    }
    assert!(answers >= 5, "{answers}");
    let mut other = recording;
    let last = other.invocations.last_mut().unwrap();
    let number = last.calls.iter().position(|call| matches!(call, Call::Http { body: Some(_), .. })).unwrap();
    if let Call::Http { body, .. } = &mut last.calls[number] {
        *body = Some(Content::Text("{}".into()));
    }
    let replayed = component.replays(&other);
    assert_eq!(replayed.parted[0].call, Some(number + 1), "{}", said(&replayed));
    assert!(replayed.parted[0].now.contains("nothing") || replayed.parted[0].place.contains("body"));
}
