use super::*;
use crate::testing::{Fake, finish};

fn failure(fake: &Fake) -> Failure {
    match finish(get(fake, "orders", &[])).and_then(|answer| answer.records("")) {
        Ok(_) => panic!("there is no usable answer"),
        Err(failure) => failure,
    }
}

fn told(failure: Failure) -> (&'static str, Problem) {
    match failure {
        Failure::Unauthorised(problem) => ("unauthorised", problem),
        Failure::Throttled(problem) => ("throttled", problem),
        Failure::Unavailable(problem) => ("unavailable", problem),
        Failure::UnexpectedAnswer(problem) => ("unexpected", problem),
        Failure::InvalidSettings(_) | Failure::Cancelled => panic!("{failure:?}"),
    }
}

#[test]
fn each_status_is_the_failure_that_the_host_can_act_on() {
    for (status, kind, code) in [
        (401, "unauthorised", "source.unauthorised"),
        (403, "unauthorised", "source.forbidden"),
        (404, "unexpected", "source.refused"),
        (429, "throttled", "source.throttled"),
        (301, "unavailable", "source.broken"),
        (503, "unavailable", "source.broken"),
    ] {
        let (told, problem) = told(failure(&Fake::new().answers("orders", status, "")));
        assert_eq!((told, problem.code.as_str()), (kind, code), "{status}");
    }
}

#[test]
fn each_missing_answer_is_the_failure_that_the_host_can_act_on() {
    for (error, kind, code) in [
        (HttpError::Denied("a write in mode plan".into()), "unexpected", "source.denied"),
        (HttpError::NotSent("no address".into()), "unavailable", "source.unavailable"),
        (HttpError::OutcomeUnknown("timed out".into()), "unavailable", "source.answer-lost"),
        (HttpError::TooLarge(10), "unexpected", "source.unreadable"),
        (HttpError::RateBudgetSpent(1_773_144_000_000), "throttled", "source.throttled"),
    ] {
        let (told, problem) = told(failure(&Fake::new().fails("orders", error)));
        assert_eq!((told, problem.code.as_str()), (kind, code));
        assert!(problem.message.starts_with("orders: ") && !problem.remedy.is_empty(), "{problem:?}");
    }
}

#[test]
fn a_problem_repeats_nothing_of_what_the_source_wrote() {
    for (status, body) in
        [(400, r#"{"error":"jane@example.test is wrong"}"#), (200, "jane <html>"), (200, r#"{"buyer":"jane"}"#)]
    {
        let (_, problem) = told(failure(&Fake::new().answers("orders", status, body)));
        assert!(!format!("{problem:?}").contains("jane"), "{problem:?}");
    }
}

#[test]
fn an_answer_that_is_no_list_says_what_it_is_instead() {
    let (_, problem) = told(failure(&Fake::new().answers("orders", 200, "<html>")));
    assert_eq!(problem.message, "orders: the answer cannot be read: no JSON, at line 1 column 1.");
    let (_, problem) = told(failure(&Fake::new().answers("orders", 200, "{}")));
    assert_eq!(problem.message, "orders: the answer cannot be read: the answer itself is no list.");
}

#[test]
fn a_write_that_may_have_happened_is_in_doubt_and_never_tried_again_blindly() {
    let attempt = |fake: Fake| match finish(call(&fake, "set-stock", &[], Some(&serde_json::json!({"MUG": 3})))) {
        Ok(_) => Attempt::Done,
        Err(error) => error.attempt("set-stock"),
    };
    for lost in [
        Fake::new().fails("set-stock", HttpError::OutcomeUnknown("timed out".into())),
        Fake::new().fails("set-stock", HttpError::TooLarge(10)),
        Fake::new().answers("set-stock", 502, "<html>"),
        Fake::new().answers("set-stock", 200, "<html>"),
    ] {
        assert!(matches!(attempt(lost), Attempt::InDoubt(_)));
    }
    for unsent in [
        Fake::new().fails("set-stock", HttpError::NotSent("no address".into())),
        Fake::new().fails("set-stock", HttpError::RateBudgetSpent(0)),
        Fake::new().answers("set-stock", 429, ""),
        Fake::new().answers("set-stock", 401, ""),
    ] {
        assert!(matches!(attempt(unsent), Attempt::RetryLater(_)));
    }
    assert!(matches!(attempt(Fake::new().answers("set-stock", 422, "{}")), Attempt::Refused(_)));
    assert_eq!(attempt(Fake::new().answers("set-stock", 204, "")), Attempt::Done);
}

#[test]
fn a_request_carries_its_query_and_its_body() {
    let fake = Fake::new().answers("orders", 200, "[]").answers("set", 200, "");
    finish(get(&fake, "orders", &[("page", "2")])).unwrap();
    finish(call(&fake, "set", &[], Some(&[1, 2]))).unwrap();
    let asked = fake.asked.borrow();
    assert_eq!(asked[0].query, [("page".to_owned(), "2".to_owned())]);
    assert_eq!((&asked[0].body, asked[1].body.as_deref()), (&None, Some(b"[1,2]".as_slice())));
}
