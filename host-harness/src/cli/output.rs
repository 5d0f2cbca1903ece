//! How a command speaks: tables for people, one JSON document for programs.

use std::io::{IsTerminal as _, Write as _};

use anyhow::Context as _;
use comfy_table::{ContentArrangement, Table, presets};
use serde::Serialize;

/// Where and in which form a command prints.
#[derive(Debug, Clone, Copy)]
pub struct Output {
    /// JSON instead of tables.
    pub json: bool,
}

impl Output {
    /// Prints `value` as JSON, or what `human` makes of it.
    ///
    /// # Errors
    /// When `value` cannot be serialised.
    pub fn show<T: Serialize>(self, value: &T, human: impl FnOnce(&T) -> String) -> anyhow::Result<()> {
        let text = if self.json { escaped(&serde_json::to_string_pretty(value)?) } else { printable(&human(value)) };
        match writeln!(std::io::stdout().lock(), "{}", text.trim_end()) {
            // Whoever reads has seen enough (`harness problems | head`).
            Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
            other => Ok(other?),
        }
    }

    /// Prints an error with its causes, to standard error; with `--json` also as a document on standard output.
    pub fn error(self, error: &anyhow::Error) {
        eprintln!("error: {}", printable(&format!("{error:#}")));
        if self.json {
            println!("{}", escaped(&serde_json::json!({ "error": format!("{error:#}") }).to_string()));
        }
    }

    /// A line for a person only.
    pub fn note(self, text: &str) {
        if !self.json {
            // Nobody may be listening any more, which is no reason to stop working.
            let _ = writeln!(std::io::stdout().lock(), "{}", printable(text));
        }
    }
}

/// `text` as a terminal may have it. Names and notes come from sources and connectors: what in them would steer the terminal, or
/// show other words than it holds, is shown as its escape.
pub(crate) fn printable(text: &str) -> String {
    if !text.contains(steers) {
        return text.to_owned();
    }
    let mut plain = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        if steers(character) { plain.extend(character.escape_unicode()) } else { plain.push(character) }
    }
    plain
}

/// A JSON document that means the same and steers no terminal: the parser gives back what is escaped here.
fn escaped(json: &str) -> String {
    if !json.contains(steers) {
        return json.to_owned();
    }
    let mut plain = String::with_capacity(json.len() + 16);
    for character in json.chars() {
        // Such a character stands within a text, and none of them needs a pair of escapes.
        if steers(character) {
            plain.push_str(&format!("\\u{:04x}", u32::from(character)));
        } else {
            plain.push(character);
        }
    }
    plain
}

/// Whether a character moves a terminal's cursor or changes the direction of what is read.
fn steers(c: char) -> bool {
    c.is_control() && !matches!(c, '\n' | '\t')
        || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Asks a person; nobody has agreed where there is none.
pub(crate) fn agreed(question: &str) -> anyhow::Result<bool> {
    if !std::io::stdin().is_terminal() {
        return Ok(false);
    }
    eprint!("{question} [y/N] ");
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer).context("the answer cannot be read")?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}

/// A table without frills, as wide as the terminal; where there is none, as wide as `COLUMNS` says, or as its texts are.
pub(crate) fn table<const N: usize>(headers: [&str; N], rows: impl IntoIterator<Item = [String; N]>) -> String {
    let mut table = Table::new();
    table
        .load_style(presets::UTF8_BORDERS_ONLY)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_header(headers);
    if let Some(columns) = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok()) {
        table.set_width(columns);
    }
    let mut any = false;
    for row in rows {
        any = true;
        table.add_row(row);
    }
    if any { table.to_string() } else { "nothing".into() }
}

/// An instant as people read it, in UTC.
pub(crate) fn instant(ms: i64) -> String {
    chrono::DateTime::from_timestamp_millis(ms)
        .map_or_else(|| ms.to_string(), |time| time.format("%Y-%m-%d %H:%M:%SZ").to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_steer_the_terminal_is_shown_as_its_escape() {
        assert_eq!(printable("a\tb\nc é 日本"), "a\tb\nc é 日本");
        assert_eq!(printable("\u{1b}[2J\u{202e}x\r"), "\\u{1b}[2J\\u{202e}x\\u{d}");
    }

    #[test]
    fn what_would_steer_the_terminal_is_escaped_in_json_and_means_the_same() {
        let value = serde_json::json!({ "a\u{9b}31m": ["\u{85}\u{7f}\u{202e}\u{61c}\u{1b}", "é 日本\n"] });
        let pretty = serde_json::to_string_pretty(&value).unwrap();
        let shown = escaped(&pretty);
        assert!(shown.contains("a\\u009b31m") && shown.contains("\\u0085\\u007f\\u202e\\u061c\\u001b"), "{shown}");
        assert!(!shown.contains(steers) && shown.contains("é 日本"), "{shown}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&shown).unwrap(), value);
        assert_eq!(escaped("{\n  \"a\": 1\n}"), "{\n  \"a\": 1\n}");
    }
}
