//! The world while a program of its own is the host.

use std::path::PathBuf;

use anyhow::Context as _;
use harness_capability::clock::Clock as _;

use super::{World, drive};

impl World {
    /// Now, on both sides; Unix milliseconds.
    #[must_use]
    pub fn now(&self) -> i64 {
        self.clock.now_ms()
    }

    /// Time goes by until `instant`, unless it is past.
    pub fn pass_until(&self, instant: i64) {
        drive::advance(&self.sim, &self.clock, instant.max(self.now()));
    }

    /// Ends the host, so that another can take its place on the same data, and gives the configuration that leads to them.
    /// [`World::restart`] takes the place back.
    ///
    /// # Errors
    /// When the configuration cannot be written.
    pub async fn leave(&mut self) -> anyhow::Result<PathBuf> {
        self.stop().await;
        let file = self.config.data.with_file_name("harness.toml");
        let text = toml::to_string(&self.config).context("the configuration")?;
        std::fs::write(&file, text).with_context(|| format!("{} cannot be written", file.display()))?;
        Ok(file)
    }
}
