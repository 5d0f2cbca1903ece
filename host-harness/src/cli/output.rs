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
        let text = if self.json { serde_json::to_string_pretty(value)? } else { printable(&human(value)) };
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
            println!("{}", serde_json::json!({ "error": format!("{error:#}") }));
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
    let steers = |c: char| {
        c.is_control() && !matches!(c, '\n' | '\t')
            || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    if !text.contains(steers) {
        return text.to_owned();
    }
    let mut plain = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        if steers(character) { plain.extend(character.escape_unicode()) } else { plain.push(character) }
    }
    plain
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
}
