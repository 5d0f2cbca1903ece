//! Words that want to be more than words, in the log that people and programs read.

use harness_contract::types::Mode;
use serde_json::json;

use super::{Attack, ONCE};
use crate::site::Site;

pub(super) fn attacks() -> Vec<Attack> {
    vec![Attack::charged("a_line_of_a_connector_stays_one_line_and_its_own", "one-line-each", ONCE, |site| {
        Box::pin(lines(site))
    })]
}

async fn lines(site: &Site) -> anyhow::Result<String> {
    let lines = [
        "marked a\nERROR connector: tenant=\"client-99\" forged",
        "marked b\r\nforged",
        "marked c\u{1b}[2J\u{1b}[31mforged\u{7}",
        "marked d\u{9b}2J",
        "marked e\" tenant=\"client-99\" level=\"error\" x=\"",
        "marked f\u{202e}degrof",
        "marked g\u{0}\u{8}\u{8}\u{8}",
        "marked h\u{2028}forged\u{2029}\u{85}",
        "marked i\\n\\u{1b}[2J",
    ];
    let connection = site.attacker(json!({}), json!({ "misbehave": "log-lines", "lines": lines })).await?;
    let from = site.log.len();
    site.run(&connection, Mode::Apply).await?;
    let log = site.log.since(from);
    let unseen = |c: char| {
        (c.is_control() && c != '\n') || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{feff}')
    };
    if let Some(found) = log.chars().find(|c| unseen(*c)) {
        anyhow::bail!("{found:?} is in the log");
    }
    let own = format!("tenant=\"client-{}\"", site.hostile.id);
    for marked in ["a", "b", "c", "d", "e", "f", "g", "h", "i"].map(|letter| format!("guest=\"marked {letter}")) {
        let with: Vec<&str> = log.lines().filter(|line| line.contains(&marked)).collect();
        let [line] = with.as_slice() else { anyhow::bail!("{} lines have {marked}: {log}", with.len()) };
        // What the host says stands first, outside of the guest's quotes.
        let said = line.split("context=").next().unwrap_or_default();
        anyhow::ensure!(said.contains(&own) && !said.contains("client-99"), "{line}");
    }
    let forged = log
        .lines()
        .find(|line| line.starts_with("forged") || line.starts_with("ERROR connector: tenant=\"client-99\""));
    match forged {
        Some(line) => anyhow::bail!("a forged line: {line}"),
        None => Ok("one-line-each".into()),
    }
}
