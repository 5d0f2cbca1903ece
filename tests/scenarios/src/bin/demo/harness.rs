//! Typing at the program `harness`, at a time of the demo's own.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use anyhow::{Context as _, bail};
use chrono::{DateTime, NaiveTime, TimeDelta, Utc};
use comfy_table::Table;
use linnworks_sim::SimHandle;
use linnworks_sim::state::Stamp;
use serde_json::Value;
use tempfile::TempDir;

/// How wide tables may be where there is no terminal.
const WIDTH: u16 = 140;

/// The program, with a folder of its own for its data, and a clock that it shares with the simulator.
pub(crate) struct Harness<'a> {
    program: PathBuf,
    folder: TempDir,
    sim: &'a SimHandle,
    /// How far the demo's clock is ahead of the machine's.
    ahead: TimeDelta,
    /// How wide tables may be.
    columns: u16,
}

impl<'a> Harness<'a> {
    /// The program that was built beside this one, pointed at a simulator, at `now`.
    pub(crate) fn new(sim: &'a SimHandle, now: DateTime<Utc>) -> anyhow::Result<Self> {
        let program = std::env::current_exe()?.with_file_name("harness");
        anyhow::ensure!(
            program.is_file(),
            "{} is not there; build it with `cargo build --release --bins`",
            program.display()
        );
        let folder = tempfile::tempdir()?;
        let config = format!("[egress.stand_ins]\n\"api.linnworks.net\" = \"{}\"\n", sim.url());
        std::fs::write(folder.path().join("harness.toml"), config)?;
        Ok(Self { program, folder, sim, ahead: now - Utc::now(), columns: Table::new().width().unwrap_or(WIDTH) })
    }

    fn now(&self) -> DateTime<Utc> {
        Utc::now() + self.ahead
    }

    /// Lets the day go on to a time, and tells a person what comes next.
    pub(crate) fn at(&mut self, time: &str, text: &str) -> anyhow::Result<()> {
        let time = NaiveTime::parse_from_str(time, "%H:%M")?;
        let there = self.now().date_naive().and_time(time).and_utc();
        // Never back: what was typed took a while.
        self.ahead += (there - self.now()).max(TimeDelta::zero());
        self.sim.set_time(Stamp(self.now()));
        println!("\n── {} ── {text}", self.now().format("%H:%M"));
        Ok(())
    }

    /// Tells a person something.
    pub(crate) fn say(&self, text: &str) {
        println!("\n# {text}");
    }

    /// Writes a file for a command to read; gives its path.
    pub(crate) fn file(&self, name: &str, text: &str) -> anyhow::Result<String> {
        std::fs::write(self.folder.path().join(name), text)?;
        Ok(name.to_owned())
    }

    /// Types a command and shows what it prints.
    pub(crate) fn type_in(&self, arguments: &[&str]) -> anyhow::Result<()> {
        self.show(arguments, None)
    }

    /// Types a command with a secret piped in, which is shown nowhere.
    pub(crate) fn type_in_with(&self, arguments: &[&str], secret: &str) -> anyhow::Result<()> {
        self.show(arguments, Some(secret))
    }

    fn show(&self, arguments: &[&str], secret: Option<&str>) -> anyhow::Result<()> {
        let shown: Vec<String> = arguments.iter().map(|argument| quoted(argument)).collect();
        println!("\n$ harness {}{}", shown.join(" "), if secret.is_some() { " < secret" } else { "" });
        let output = self.call(arguments, secret)?;
        println!("{}", String::from_utf8_lossy(&output.stdout).trim_end());
        Ok(())
    }

    /// Asks for JSON, silently.
    pub(crate) fn ask(&self, arguments: &[&str]) -> anyhow::Result<Value> {
        let output = self.call(&[arguments, &["--json"]].concat(), None)?;
        serde_json::from_slice(&output.stdout).context("harness did not print JSON")
    }

    fn call(&self, arguments: &[&str], input: Option<&str>) -> anyhow::Result<Output> {
        self.sim.set_time(Stamp(self.now()));
        let mut command = Command::new(&self.program);
        command.args(arguments).current_dir(self.folder.path());
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("HARNESS_")) {
            command.env_remove(name);
        }
        command.env("COLUMNS", self.columns.to_string());
        command.env("HARNESS_CLOCK_OFFSET_MS", self.ahead.num_milliseconds().to_string());
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().with_context(|| format!("{} does not start", self.program.display()))?;
        if let Some(mut stdin) = child.stdin.take()
            && let Some(text) = input
        {
            writeln!(stdin, "{text}")?;
        }
        let output = child.wait_with_output()?;
        // 1 is "done, and something needs a person".
        if !matches!(output.status.code(), Some(0 | 1)) {
            bail!("harness {} failed: {}", arguments.join(" "), String::from_utf8_lossy(&output.stderr).trim());
        }
        Ok(output)
    }
}

/// As a shell needs it.
fn quoted(argument: &str) -> String {
    let name = argument.rsplit('/').next().unwrap_or(argument);
    let shown = if argument.starts_with('/') { name } else { argument };
    if shown.contains(' ') { format!("'{shown}'") } else { shown.to_owned() }
}
