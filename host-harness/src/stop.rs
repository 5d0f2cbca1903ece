//! Asking a host to stop.

use std::sync::Arc;

use tokio::sync::watch;

/// Shared by everything that runs until it is asked to stop.
#[derive(Clone, Debug)]
pub struct Stop {
    sender: Arc<watch::Sender<bool>>,
}

impl Default for Stop {
    fn default() -> Self {
        Self { sender: Arc::new(watch::Sender::new(false)) }
    }
}

impl Stop {
    /// Asks.
    pub fn ask(&self) {
        self.sender.send_replace(true);
    }

    /// Whether somebody asked.
    pub fn is_asked(&self) -> bool {
        *self.sender.borrow()
    }

    /// Resolves when somebody asks.
    pub async fn asked(&self) {
        // The sender lives as long as `self`, so waiting cannot fail.
        let _ = self.sender.subscribe().wait_for(|asked| *asked).await;
    }
}

/// Listens for Ctrl-C and SIGTERM from now on, not only once it is waited for: what came in between is not lost, and ends nothing
/// unasked. Resolves on either.
pub fn signal() -> impl Future<Output = ()> {
    use tokio::signal::unix::{SignalKind, signal};
    let (interrupt, terminate) = (signal(SignalKind::interrupt()), signal(SignalKind::terminate()));
    let heard = async |listening: std::io::Result<tokio::signal::unix::Signal>| match listening {
        Ok(mut listening) => {
            listening.recv().await;
        }
        Err(_) => std::future::pending().await,
    };
    async move {
        tokio::select! {
            () = heard(interrupt) => {}
            () = heard(terminate) => {}
        }
    }
}
