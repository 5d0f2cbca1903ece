//! The import `wasi:logging`: lines of a guest, made harmless.
//!
//! **The attack.** Log text is read by people and by programs. A guest that can write a line break forges a second line; one
//! that can write an escape sequence repaints the operator's terminal; one that can write a right-to-left override shows
//! other words than it wrote; one that writes without end fills the disk.
//!
//! **The rule.** Text never becomes structure: level, tenant, connection and flow are fields that the host sets, the guest's
//! words are values of two more. In those every character that is not printed as itself is replaced by its Rust escape
//! (`\n`, `\u{1b}`, `\u{202e}`), and `\` by `\\`, so that nothing can look like an escape that is none. One line is cut at
//! [`LINE_LIMIT`] bytes; all lines of an invocation share one budget, and going past it ends the run.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use harness_contract::logging::Level;

use crate::{LimitExceeded, LimitKind};

/// Longest message that is kept whole, in bytes.
pub const LINE_LIMIT: usize = 4_096;
const CONTEXT_LIMIT: usize = 128;

/// Who speaks; set by the host.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Speaker {
    /// Whose sandbox.
    pub tenant: String,
    /// Which connection.
    pub connection: String,
    /// Which flow.
    pub flow: String,
    /// Which run.
    pub run: String,
}

/// One line, already harmless.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// `trace`, `debug`, `info`, `warn`, `error` or `critical`.
    pub level: &'static str,
    /// The guest's own grouping, escaped.
    pub context: String,
    /// The guest's words, escaped.
    pub message: String,
}

/// Where lines go.
pub trait LogSink: Send + Sync + 'static {
    /// Takes one line of `speaker`.
    fn line(&self, speaker: &Speaker, line: Line);
}

/// Hands lines to `tracing`, target `connector`.
#[derive(Debug, Clone, Copy, Default)]
pub struct TracingSink;

impl LogSink for TracingSink {
    fn line(&self, speaker: &Speaker, line: Line) {
        let Speaker { tenant, connection, flow, run } = speaker;
        let Line { level, context, message } = line;
        macro_rules! emit {
            ($level:ident) => {
                tracing::$level!(target: "connector", tenant, connection, flow, run, level, context, guest = message)
            };
        }
        match level {
            "critical" | "error" => emit!(error),
            "warn" => emit!(warn),
            "info" => emit!(info),
            "debug" => emit!(debug),
            _ => emit!(trace),
        }
    }
}

/// One for each invocation.
pub struct InvocationLog {
    speaker: Speaker,
    sink: Arc<dyn LogSink>,
    limit: u64,
    used: AtomicU64,
}

impl InvocationLog {
    /// Lines go to `sink` in the name of `speaker`, at most `limit` bytes in all.
    pub fn new(speaker: Speaker, sink: Arc<dyn LogSink>, limit: u64) -> Self {
        Self { speaker, sink, limit, used: AtomicU64::new(0) }
    }

    /// Takes one message of the guest.
    ///
    /// # Errors
    /// [`LimitExceeded`] when the invocation has written more than its limit; the line is not kept.
    pub fn log(&self, level: Level, context: &str, message: &str) -> Result<(), LimitExceeded> {
        let bytes = (context.len() + message.len()) as u64;
        if self.used.fetch_add(bytes, Ordering::Relaxed).saturating_add(bytes) > self.limit {
            return Err(LimitExceeded { kind: LimitKind::LogBytes, limit: self.limit });
        }
        let level = match level {
            Level::Trace => "trace",
            Level::Debug => "debug",
            Level::Info => "info",
            Level::Warn => "warn",
            Level::Error => "error",
            Level::Critical => "critical",
        };
        let line = Line { level, context: harmless(context, CONTEXT_LIMIT), message: harmless(message, LINE_LIMIT) };
        self.sink.line(&self.speaker, line);
        Ok(())
    }

    /// Bytes that the guest has asked to be logged.
    pub fn used(&self) -> u64 {
        self.used.load(Ordering::Relaxed)
    }
}

/// `text` with every character that is not printed as itself replaced by its escape, cut after `limit` bytes.
pub fn harmless(text: &str, limit: usize) -> String {
    let mut out = String::with_capacity(text.len().min(limit));
    for character in text.chars() {
        if out.len() >= limit {
            out.push('…');
            break;
        }
        match character {
            '\'' | '"' => out.push(character),
            // `escape_debug` leaves invisible formatting characters alone; these reorder or hide text.
            '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' => {
                out.extend(character.escape_unicode());
            }
            _ => out.extend(character.escape_debug()),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Mutex;

    #[derive(Default)]
    struct Kept(Mutex<Vec<(Speaker, Line)>>);
    impl LogSink for Kept {
        fn line(&self, speaker: &Speaker, line: Line) {
            self.0.lock().unwrap().push((speaker.clone(), line));
        }
    }

    #[test]
    fn a_line_break_an_escape_sequence_and_a_text_override_become_visible() {
        assert_eq!(
            harmless("a\r\nlevel=error\u{1b}[2J\u{202e}x\\n\0", 100),
            "a\\r\\nlevel=error\\u{1b}[2J\\u{202e}x\\\\n\\0"
        );
        assert_eq!(harmless("Ünïcode 'stays' \"as it is\" 日本", 100), "Ünïcode 'stays' \"as it is\" 日本");
    }

    #[test]
    fn a_guest_cannot_set_the_fields_of_the_host() {
        let kept = Arc::new(Kept::default());
        let speaker = Speaker { tenant: "acme".into(), ..Speaker::default() };
        let log = InvocationLog::new(speaker.clone(), kept.clone(), 1_000);
        log.log(Level::Warn, "tenant=other\n", "x\" tenant=\"other").unwrap();
        let lines = kept.0.lock().unwrap();
        assert_eq!(lines[0].0, speaker);
        assert_eq!(lines[0].1.context, "tenant=other\\n");
        assert_eq!(lines[0].1.level, "warn");
    }

    #[test]
    fn the_volume_limit_ends_the_run_and_a_long_line_is_cut() {
        let kept = Arc::new(Kept::default());
        let log = InvocationLog::new(Speaker::default(), kept.clone(), 10_000);
        log.log(Level::Info, "", &"x".repeat(9_000)).unwrap();
        let refused = log.log(Level::Info, "", &"x".repeat(1_001)).unwrap_err();
        assert_eq!(refused, LimitExceeded { kind: LimitKind::LogBytes, limit: 10_000 });
        let lines = kept.0.lock().unwrap();
        assert_eq!(lines.len(), 1);
        assert!(lines[0].1.message.len() <= LINE_LIMIT + '…'.len_utf8());
    }
}
