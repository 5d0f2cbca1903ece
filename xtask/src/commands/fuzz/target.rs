//! One target: its program, its inputs, and what came of trying it.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use super::{folder, kept};
use crate::{paths, shell};

/// Largest input, in bytes.
const LARGEST: usize = 64 * 1024;
/// Most that is kept of what the fuzzer finds for a target, in bytes.
const KEPT: u64 = 150 * 1024;
/// Longest that one input may take, in seconds.
const SLOWEST: u64 = 20;
/// Most memory that a target may take, in mebibytes.
const MEMORY: u64 = 2_048;

/// A fuzz target that has been built.
pub(super) struct Target {
    name: String,
}

/// What came of a target.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Tried {
    pub(super) name: String,
    pub(super) seconds: u64,
    /// Inputs that were tried.
    pub(super) runs: u64,
    /// Edges of the program that were reached.
    pub(super) coverage: u64,
    /// Edges, how often each, and comparisons.
    pub(super) features: u64,
    /// Inputs that the fuzzer goes on from.
    pub(super) inputs: u64,
    pub(super) crashes: Vec<Crash>,
}

/// An input at which a target complains.
#[derive(Debug, PartialEq)]
pub(super) struct Crash {
    /// What it said.
    pub(super) said: String,
    /// The command that repeats it.
    pub(super) again: String,
}

impl Target {
    pub(super) fn new(name: String) -> Self {
        Self { name }
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    fn program(&self) -> PathBuf {
        // Where cargo-fuzz puts it, which names the target even when it is this machine.
        folder().join(format!("{}-unknown-linux-gnu/release", std::env::consts::ARCH)).join(&self.name)
    }

    /// Where new inputs lie.
    fn found(&self) -> PathBuf {
        folder().join("corpus").join(&self.name)
    }

    pub(super) fn kept(&self) -> PathBuf {
        kept().join(&self.name)
    }

    /// The program, which puts what it complains about into `artifacts` below the fuzzers' folder.
    pub(super) fn command(&self, artifacts: &str) -> Result<Command> {
        let artifacts = folder().join(artifacts).join(&self.name);
        fs::create_dir_all(&artifacts).with_context(|| format!("could not make {}", artifacts.display()))?;
        let mut command = Command::new(self.program());
        shell::forget_outer_cargo(&mut command);
        command.current_dir(paths::root());
        command.arg(format!("-artifact_prefix={}/", artifacts.display()));
        command.args([format!("-timeout={SLOWEST}"), format!("-rss_limit_mb={MEMORY}"), format!("-max_len={LARGEST}")]);
        Ok(command)
    }

    /// Tries it for so long, from the inputs that are kept and those that were found before.
    pub(super) fn attempt(&self, seconds: u64, seed: Option<u32>) -> Result<Tried> {
        let (found, log) = (self.found(), folder().join("logs").join(format!("{}.log", self.name)));
        for folder in [Some(found.as_path()), log.parent()].into_iter().flatten() {
            fs::create_dir_all(folder).with_context(|| format!("could not make {}", folder.display()))?;
        }
        let told = File::create(&log).with_context(|| format!("could not make {}", log.display()))?;
        let mut command = self.command("artifacts")?;
        command.args([format!("-max_total_time={seconds}"), "-print_final_stats=1".into()]);
        command.args(seed.map(|seed| format!("-seed={seed}")));
        command.arg(found).arg(self.kept()).stdout(told.try_clone()?).stderr(told);
        let status = command.status().with_context(|| format!("could not start: {}", shell::line(&command)))?;
        let told = fs::read(&log).with_context(|| format!("could not read {}", log.display()))?;
        let mut tried = read(&self.name, &String::from_utf8_lossy(&told), &self.program());
        if !status.success() && tried.crashes.is_empty() {
            tried
                .crashes
                .push(Crash { said: format!("{status}; see {}", log.display()), again: shell::line(&command) });
        }
        Ok(Tried { seconds, ..tried })
    }

    /// Takes over the inputs that were found and reach something new.
    pub(super) fn keep(&self) -> Result<()> {
        let mut command = self.command("artifacts")?;
        command.args(["-set_cover_merge=1", "-use_value_profile=0"]).arg(self.kept()).arg(self.found());
        shell::run(&mut command)?;
        self.leave_out_the_largest()
    }

    /// What was found and kept has to stay small: of it the smallest inputs remain. Those with a name were put there by somebody.
    fn leave_out_the_largest(&self) -> Result<()> {
        let folder = self.kept();
        let mut found = Vec::new();
        for file in fs::read_dir(&folder).with_context(|| format!("could not read {}", folder.display()))? {
            let (file, size) = file.and_then(|file| Ok((file.path(), file.metadata()?.len())))?;
            // The fuzzer names its inputs by their SHA-1.
            let by_fuzzer = file.file_name().is_some_and(|name| name.len() == 40);
            if by_fuzzer {
                found.push((size, file));
            }
        }
        found.sort();
        let mut kept = 0;
        for (size, file) in found {
            kept += size;
            if kept > KEPT {
                fs::remove_file(&file).with_context(|| format!("could not remove {}", file.display()))?;
            }
        }
        Ok(())
    }
}

/// Reads what libFuzzer said.
fn read(name: &str, told: &str, program: &Path) -> Tried {
    let mut tried = Tried { name: name.to_owned(), ..Tried::default() };
    let mut said = None;
    for line in told.lines() {
        if line.starts_with('#') {
            let words: Vec<&str> = line.split_whitespace().collect();
            let after = |label: &str| {
                let at = words.iter().position(|word| *word == label)?;
                words.get(at + 1)?.split('/').next()?.parse().ok()
            };
            tried.coverage = after("cov:").unwrap_or(tried.coverage);
            tried.features = after("ft:").unwrap_or(tried.features);
            tried.inputs = after("corp:").unwrap_or(tried.inputs);
        } else if let Some(runs) = line.strip_prefix("stat::number_of_executed_units:") {
            tried.runs = runs.trim().parse().unwrap_or_default();
        } else if line.contains("panicked at") {
            said = Some(line.trim().to_owned());
        } else if let Some(known) = said.as_mut().filter(|said| said.ends_with(':')) {
            // The words of a panic stand in the line below its place.
            known.push(' ');
            known.push_str(line.trim());
        } else if let Some(file) = line.split("Test unit written to ").nth(1) {
            let again = format!("{} {}", program.display(), file.trim());
            let said = said.take().unwrap_or_else(|| "no panic: too slow, or too much memory".into());
            tried.crashes.push(Crash { said, again });
        }
    }
    tried
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_and_crashes_are_read_from_what_the_fuzzer_says() {
        let told = "INFO: Seed: 1\n#2\tINITED cov: 10 ft: 12 corp: 2/20b exec/s: 0 rss: 40Mb\n\
                    #900\tNEW    cov: 34 ft: 56 corp: 7/89Kb lim: 4 exec/s: 0 rss: 40Mb L: 1/1 MS: 1 CrossOver-\n\
                    thread '<unnamed>' (1) panicked at src/a.rs:3:1:\nnot so\nSUMMARY: libFuzzer: deadly signal\n\
                    artifact_prefix='x/'; Test unit written to x/crash-1\nstat::number_of_executed_units: 901\n";
        let tried = read("egress", told, Path::new("target/egress"));
        let crash = Crash {
            said: "thread '<unnamed>' (1) panicked at src/a.rs:3:1: not so".into(),
            again: "target/egress x/crash-1".into(),
        };
        let expected = Tried {
            name: "egress".into(),
            seconds: 0,
            runs: 901,
            coverage: 34,
            features: 56,
            inputs: 7,
            crashes: vec![crash],
        };
        assert_eq!(tried, expected);
    }
}
