//! Smuggling: a second request inside of a first, a second answer inside of a first, a header that is none.

use harness_contract::types::Mode;
use serde_json::{Value, json};

use super::{Attack, all_alike, calls, of_answer, reason};
use crate::site::Site;
use crate::source::Reply;

pub(super) fn attacks() -> Vec<Attack> {
    vec![
        Attack::charged("line_breaks_in_a_query_are_no_header", "answered.200", calls(1), |site| {
            Box::pin(smuggled_query(site))
        }),
        Attack::charged("a_request_in_a_body_stays_a_body", "answered.200", calls(1), |site| {
            Box::pin(smuggled_body(site))
        }),
        Attack::charged("an_answer_of_two_lengths_is_no_answer", "http.outcome-unknown", calls(4), |site| {
            Box::pin(two_lengths(site))
        }),
        Attack::charged("an_answer_behind_an_answer_is_never_taken", "answered.200", calls(2), |site| {
            Box::pin(answer_behind_an_answer(site))
        }),
        Attack::charged("an_answer_that_promises_too_much_is_not_read", "http.too-large", calls(3), |site| {
            Box::pin(promises(site))
        }),
        Attack::charged("a_head_without_end_is_no_answer", "http.outcome-unknown", calls(1), |site| {
            Box::pin(endless_head(site))
        }),
        Attack::charged("a_connector_sees_three_headers_of_an_answer", "answered.200", calls(1), |site| {
            Box::pin(cookies(site))
        }),
        Attack::charged("a_secret_that_the_source_repeats_is_not_handed_over", "answered.200", calls(1), |site| {
            Box::pin(repeated_secrets(site))
        }),
        Attack::charged(
            "a_session_token_with_a_line_break_is_no_header",
            "session.unavailable",
            super::NOTHING,
            |site| Box::pin(token_with_a_line_break(site)),
        ),
    ]
}

/// What the host sends besides a session, in any order.
const OURS: [&str; 6] = ["accept", "accept-encoding", "content-length", "content-type", "host", "user-agent"];

fn one_plain_request(site: &Site, target: &str) -> anyhow::Result<()> {
    let seen = site.source.seen();
    let [one] = seen.as_slice() else { anyhow::bail!("{} requests came: {seen:?}", seen.len()) };
    anyhow::ensure!(one.line == format!("POST {target} HTTP/1.1"), "{:?}", one.line);
    for (name, _) in &one.headers {
        anyhow::ensure!(OURS.contains(&name.as_str()), "the header {name} came");
    }
    let mut names: Vec<&str> = one.headers.iter().map(|(name, _)| name.as_str()).collect();
    let count = names.len();
    names.sort_unstable();
    names.dedup();
    anyhow::ensure!(names.len() == count, "a header came twice: {:?}", one.headers);
    Ok(())
}

async fn send_parts(site: &Site, query: Value, body: &str) -> anyhow::Result<String> {
    let settings = json!({
        "misbehave": "send-parts", "in": "fetch", "operation": "write", "query": query, "body": body,
    });
    let connection = site.attacker(json!({}), settings).await?;
    let told = site.told(&connection).await?;
    all_alike(told.iter().map(|answer| of_answer(answer)))
}

async fn smuggled_query(site: &Site) -> anyhow::Result<String> {
    let query = json!([
        "a",
        "x HTTP/1.1\r\nHost: evil.example\r\nAuthorization: stolen\r\n\r\nGET /evil HTTP/1.1\r\n",
        "b\r\nTransfer-Encoding: chunked\r\n",
        "#@evil.example/../..",
        "../../x?",
        "\u{0}\u{ff}%0d%0a",
    ]);
    let found = send_parts(site, query, "").await?;
    let target = "/write?a=x%20HTTP%2F1.1%0D%0AHost%3A%20evil.example%0D%0AAuthorization%3A%20stolen%0D%0A%0D%0A\
                  GET%20%2Fevil%20HTTP%2F1.1%0D%0A&b%0D%0ATransfer-Encoding%3A%20chunked%0D%0A=\
                  %23%40evil.example%2F..%2F..&..%2F..%2Fx%3F=%00%C3%BF%250d%250a";
    one_plain_request(site, target)?;
    Ok(found)
}

async fn smuggled_body(site: &Site) -> anyhow::Result<String> {
    // Ends in a word: what is pasted into settings is trimmed.
    let body = "0\r\n\r\nPOST /evil HTTP/1.1\r\nHost: evil.example\r\nContent-Length: 3\r\n\r\nend";
    let found = send_parts(site, json!([]), body).await?;
    one_plain_request(site, "/write")?;
    anyhow::ensure!(site.source.seen().iter().all(|seen| seen.body == body.as_bytes()), "another body came");
    Ok(found)
}

/// One call of the operation `write`, which is not repeated, for each of `replies`.
async fn answered(site: &Site, replies: Vec<Reply>) -> anyhow::Result<Vec<String>> {
    let settings = json!({ "misbehave": "send-operations", "in": "fetch", "operations": ["write"] });
    let connection = site.attacker(json!({}), settings).await?;
    let mut told = Vec::new();
    for reply in replies {
        let shown = format!("{reply:?}");
        site.source.answers(move |_| reply.clone());
        let answers = site.told(&connection).await?;
        anyhow::ensure!(answers.len() == 1, "{shown}: {answers:?}");
        told.extend(answers);
    }
    Ok(told)
}

async fn two_lengths(site: &Site) -> anyhow::Result<String> {
    let replies = [
        "HTTP/1.1 200 OK\r\ncontent-length: 4\r\ncontent-length: 2\r\n\r\nevil",
        "HTTP/1.1 200 OK\r\ncontent-length: 4, 2\r\n\r\nevil",
        "HTTP/1.1 200 OK\r\ncontent-length: -4\r\n\r\nevil",
        "HTTP/1.1 200 OK\r\ncontent-length: 4 \u{b}\r\n\r\nevil",
    ];
    let told = answered(site, replies.map(Reply::raw).to_vec()).await?;
    all_alike(told.iter().map(|answer| of_answer(answer)))
}

async fn answer_behind_an_answer(site: &Site) -> anyhow::Result<String> {
    let evil = "HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nevil";
    let replies = [
        format!("HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\ngood{evil}"),
        format!(
            "HTTP/1.1 200 OK\r\ncontent-length: 999\r\ntransfer-encoding: chunked\r\n\r\n4\r\ngood\r\n0\r\n\r\n{evil}"
        ),
        "HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\ngood".into(),
    ];
    let told = answered(site, replies.iter().map(|text| Reply::raw(text)).collect()).await?;
    anyhow::ensure!(told.iter().all(|answer| answer == "200 good"), "{told:?}");
    anyhow::ensure!(site.source.calls().len() == 3, "{:?}", site.source.calls());
    all_alike(told.iter().map(|answer| of_answer(answer)))
}

async fn promises(site: &Site) -> anyhow::Result<String> {
    let endless = format!("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n{}", {
        let chunk = format!("10000\r\n{}\r\n", "x".repeat(0x10000));
        chunk.repeat(20)
    });
    let replies = vec![
        Reply::raw("HTTP/1.1 200 OK\r\ncontent-length: 1000001\r\n\r\n"),
        Reply::raw("HTTP/1.1 200 OK\r\ncontent-length: 18446744073709551600\r\n\r\n"),
        Reply::raw(&endless),
    ];
    let told = answered(site, replies).await?;
    all_alike(told.iter().map(|answer| of_answer(answer)))
}

async fn endless_head(site: &Site) -> anyhow::Result<String> {
    let many = format!("HTTP/1.1 200 OK\r\n{}", "x-filling: yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy\r\n".repeat(20_000));
    let told = answered(site, vec![Reply::raw(&many)]).await?;
    all_alike(told.iter().map(|answer| of_answer(answer)))
}

async fn cookies(site: &Site) -> anyhow::Result<String> {
    let headers = "set-cookie: session=stolen\r\nlocation: /x\r\nserver: evil\r\n";
    let told = answered(site, vec![Reply::with("200 OK", headers, ""), Reply::ok("")]).await?;
    let sent: Vec<String> =
        site.source.seen().into_iter().flat_map(|seen| seen.headers).map(|(name, _)| name).collect();
    anyhow::ensure!(!sent.contains(&"cookie".to_owned()), "a cookie came back");
    all_alike(told.iter().map(|answer| of_answer(answer)))
}

async fn repeated_secrets(site: &Site) -> anyhow::Result<String> {
    let manifest = json!({ "authentication": {}, "operations": [{ "base": "session" }] });
    let [secret, token] = ["connection-secret-5fe2", "session-token-84d1"];
    let settings = json!({ "misbehave": "send", "in": "fetch", "secret": secret });
    let connection = site.attacker(manifest, settings).await?;
    let session = json!({ "Token": token, "Account": "A", "Server": "https://misbehaving.example" }).to_string();
    site.source.answers(move |seen| match seen.is_exchange() {
        true => Reply::ok(&session),
        false => Reply::ok(&format!("{secret} {} {seen:?}", token.to_uppercase())),
    });
    let told = site.told(&connection).await?;
    anyhow::ensure!(told.iter().all(|answer| answer.contains("[secret] [secret] ")), "{told:?}");
    for hidden in [secret, token] {
        anyhow::ensure!(told.iter().all(|answer| !answer.to_lowercase().contains(hidden)), "{hidden} came: {told:?}");
    }
    all_alike(told.iter().map(|answer| of_answer(answer)))
}

async fn token_with_a_line_break(site: &Site) -> anyhow::Result<String> {
    let manifest = json!({ "authentication": {}, "operations": [{ "base": "session" }] });
    let settings = json!({ "misbehave": "send", "secret": "the token" });
    let connection = site.attacker(manifest, settings).await?;
    let mut reasons = Vec::new();
    for token in ["T\r\nHost: evil.example", "T\nX: y", "T\r", "T\0", "\u{7f}"] {
        let body = json!({ "Token": token, "Account": "A", "Server": "https://misbehaving.example" }).to_string();
        site.source.answers(move |_| Reply::ok(&body));
        site.platform.http.forget(&format!("client-{}", site.hostile.id));
        match site.run(&connection, Mode::Apply).await {
            Ok(ran) => anyhow::bail!("{token:?}: {ran:?}"),
            Err(error) => reasons.push(reason(&error)),
        }
    }
    anyhow::ensure!(site.source.calls().is_empty(), "{:?}", site.source.calls());
    all_alike(reasons)
}
