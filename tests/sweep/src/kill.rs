//! A sample of points at which the real program is really killed: `harness` as a process of its own, SIGKILL, and started again on
//! a clock that is past the dead one's lease.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use chrono::Utc;
use linnworks_sim::Fault;
use scenarios::format::Verb;
use scenarios::places;
use scenarios::run::carry_out;
use scenarios::world::{MAIN, World};
use serde_json::json;

use crate::end::End;
use crate::play::settle;
use crate::reference::Reference;

/// Longest time of one run of the program.
const PATIENCE: Duration = Duration::from_secs(60);

/// How often it is looked whether the program has come that far.
const GLANCE: Duration = Duration::from_millis(2);

/// After this the dead host's lease has run out; milliseconds.
const LEASE: i64 = 240_000;

/// When the program is killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// At its nth call, which Linnworks has received and never carries out.
    Received(u64),
    /// At its nth call, which Linnworks has carried out and not answered.
    Done(u64),
    /// So many microseconds after it was started.
    After(u64),
}

impl std::fmt::Display for When {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Received(nth) => write!(out, "killed before call {nth} was carried out"),
            Self::Done(nth) => write!(out, "killed after call {nth} was carried out"),
            Self::After(us) => write!(out, "killed after {us} us"),
        }
    }
}

/// The program that was built beside this one.
///
/// # Errors
/// When it is not there.
pub fn program() -> anyhow::Result<PathBuf> {
    let program = std::env::current_exe()?.with_file_name("harness");
    ensure!(program.is_file(), "{} is not there; build it with `cargo build --release --bins`", program.display());
    Ok(program)
}

/// What came of killing the program in one step.
#[derive(Debug, Clone)]
pub struct Killed {
    /// What both sides held at last.
    pub end: End,
    /// Whether it was under way when it was killed; else it had ended before.
    pub struck: bool,
    /// How long the killed run, or the whole one, took.
    pub took: Duration,
}

/// Plays the scenario with the real program in the place of the host in step `at`, which is a run of a flow, and kills it there;
/// without `when` it is let be. Then the program is started again, and the rest goes on in this process.
///
/// # Errors
/// When a step is refused, or the program does not come to its end the second time.
pub async fn play(program: &Path, reference: &Reference, at: usize, when: Option<When>) -> anyhow::Result<Killed> {
    let mut world = World::new(&reference.case.given, &places::component("linnworks"), false).await?;
    let (mut struck, mut took) = (false, Duration::ZERO);
    for (number, step) in reference.case.steps.iter().enumerate() {
        if number != at {
            carry_out(&mut world, step).await.with_context(|| format!("step {}: {}", number + 1, step.name()))?;
            continue;
        }
        let Ok(Verb::Run(run)) = step.verb() else { bail!("step {} is no run of a flow", number + 1) };
        let host = Outside { program, config: world.leave().await?, flow: run.flow().name() };
        let began = Instant::now();
        if let Some(when) = when {
            struck = host.die(&world, when).await?;
            took = began.elapsed();
            world.sim.clear_faults();
            world.pass_until(world.now() + LEASE);
        }
        host.run(&world).await?;
        if when.is_none() {
            took = began.elapsed();
        }
        // The program's clock went on by itself.
        world.pass_until(world.now() + i64::try_from(began.elapsed().as_millis())? + 1_000);
        world.restart().await?;
    }
    settle(&mut world).await?;
    let end = End::of(&world).await?;
    world.end().await;
    Ok(Killed { end, struck, took })
}

/// The program, ready to be started.
struct Outside<'a> {
    program: &'a Path,
    config: PathBuf,
    flow: &'static str,
}

impl Outside<'_> {
    fn start(&self, world: &World) -> anyhow::Result<Running> {
        let mut command = Command::new(self.program);
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("HARNESS_")) {
            command.env_remove(name);
        }
        command.arg("--config").arg(&self.config).args(["run", MAIN, "--flow", self.flow]);
        command.env("HARNESS_CLOCK_OFFSET_MS", (world.now() - Utc::now().timestamp_millis()).to_string());
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let child = command.spawn().with_context(|| format!("{} does not start", self.program.display()))?;
        Ok(Running { child, began: Instant::now() })
    }

    /// Runs the flow to its end.
    async fn run(&self, world: &World) -> anyhow::Result<()> {
        let mut running = self.start(world)?;
        let Some(status) = running.until(|| false).await? else { bail!("harness did not end in time") };
        // 1 is "done, and something needs a person".
        ensure!(matches!(status.code(), Some(0 | 1)), "harness run {MAIN} --flow {} ended with {status}", self.flow);
        Ok(())
    }

    /// Runs the flow and kills it; whether it was still under way.
    async fn die(&self, world: &World, when: When) -> anyhow::Result<bool> {
        let fault = match when {
            // In a time that never comes.
            When::Received(nth) => Some(json!({ "nth": nth, "do": "commit_later", "seconds": 1e9, "hang": true })),
            When::Done(nth) => Some(json!({ "nth": nth, "do": "delay", "millis": 60_000 })),
            When::After(_) => None,
        };
        if let Some(fault) = fault {
            world.sim.fault(Fault::read(fault)?);
        }
        let before = world.sim.with(|sim| sim.calls().len());
        let mut running = self.start(world)?;
        let began = running.began;
        let came = || match when {
            When::After(us) => began.elapsed() >= Duration::from_micros(us),
            _ => world.sim.with(|sim| sim.calls().iter().skip(before).any(|call| !call.faults.is_empty())),
        };
        Ok(running.until(came).await?.is_none())
    }
}

/// The program under way. It is killed when this goes.
struct Running {
    child: Child,
    began: Instant,
}

impl Running {
    /// Waits until the program ends, or `came`: then it is killed, which no program hears of.
    async fn until(&mut self, came: impl Fn() -> bool) -> anyhow::Result<Option<std::process::ExitStatus>> {
        while self.began.elapsed() < PATIENCE {
            if let Some(status) = self.child.try_wait()? {
                return Ok(Some(status));
            }
            if came() {
                break;
            }
            tokio::time::sleep(GLANCE).await;
        }
        self.child.kill()?;
        self.child.wait()?;
        Ok(None)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
