//! What the host logs, kept for one scenario.

use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

/// The log of the current thread, for as long as it lives.
pub struct Capture {
    text: Text,
    _guard: tracing::subscriber::DefaultGuard,
}

#[derive(Clone, Default)]
struct Text(Arc<Mutex<Vec<u8>>>);

impl Write for Text {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Text {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

impl Capture {
    /// Begins to keep what this thread logs.
    #[must_use]
    pub fn start() -> Self {
        let text = Text::default();
        let subscriber = tracing_subscriber::fmt()
            .with_env_filter(EnvFilter::new("debug,sqlx=warn,hyper=warn,wasmtime=warn,cranelift=warn,h2=warn"))
            .with_ansi(false)
            .without_time()
            .with_writer(text.clone())
            .finish();
        let guard = tracing::subscriber::set_default(subscriber);
        Self { text, _guard: guard }
    }

    /// How much there is by now.
    #[must_use]
    pub fn len(&self) -> usize {
        self.text.0.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// Whether nothing was logged.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What was logged since it was `from` long.
    #[must_use]
    pub fn since(&self, from: usize) -> String {
        let bytes = self.text.0.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8_lossy(bytes.get(from..).unwrap_or_default()).into_owned()
    }
}
