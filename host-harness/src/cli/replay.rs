//! `harness replay`: a recording, asked again.

use std::path::PathBuf;

use anyhow::Context as _;
use clap::Args;
use harness_engine::{Cache, Engine};

use super::{Done, Output};
use crate::config::Config;
use crate::recording::{Recording, replay};
use crate::sealing::Key;

/// Longest difference of one invocation that is printed, in lines.
const LINES: usize = 60;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The recording.
    file: PathBuf,
    /// Ask this component in place of the one that was recorded: shows what it does differently.
    #[arg(long, value_name = "FILE")]
    component: Option<PathBuf>,
}

/// Opens no database and no network, and needs no key: everything that the component is given is in the file.
pub(super) async fn run(arguments: &Arguments, config: &Config, output: Output) -> anyhow::Result<Done> {
    let file = arguments.file.display();
    let text = std::fs::read_to_string(&arguments.file).with_context(|| format!("{file} cannot be read"))?;
    let recording = Recording::read(&text).with_context(|| file.to_string())?;
    let (path, pinned) = component(arguments, config, &recording)?;
    let wasm = std::fs::read(&path).with_context(|| {
        format!("the component {} cannot be read; name the file that was recorded with --component", path.display())
    })?;
    let engine = Engine::new(config.engine.clone())?;
    let loaded = match host_cache(config) {
        Some(cache) => engine.load(&wasm, &cache?, pinned).await?,
        None => super::load_once(&engine, &wasm, pinned).await?,
    };
    let replayed = replay::replay(&loaded, &recording, &config.limits).await?;
    output.show(&replayed, said)?;
    Ok(if replayed.same { Done::Well } else { Done::WithProblems })
}

/// The host's own machine code, where there is a host; a replay makes none.
fn host_cache(config: &Config) -> Option<anyhow::Result<Cache>> {
    let environment = std::env::var("HARNESS_KEY").ok();
    let file = config.key_file();
    let folder = config.data.join("compiled");
    let there = folder.is_dir() && (environment.is_some() || file.exists());
    there.then(|| Ok(Cache::new(folder, Key::obtain(environment, &file)?.derive("compiled components"))))
}

/// Where the component lies, and the digest that it has to have: the recorded one, unless another was named.
fn component<'a>(
    arguments: &Arguments,
    config: &Config,
    recording: &'a Recording,
) -> anyhow::Result<(PathBuf, Option<&'a str>)> {
    if let Some(path) = &arguments.component {
        return Ok((path.clone(), None));
    }
    let digest = recording.component.digest.as_deref();
    let digest = digest.context("the recording names no digest; name the component's file with --component")?;
    anyhow::ensure!(
        digest.len() == 64 && digest.bytes().all(|byte| byte.is_ascii_hexdigit()),
        "the recording names the digest {digest:?}; expected 64 hexadecimal digits"
    );
    Ok((config.plugins().join(format!("{digest}.wasm")), Some(digest)))
}

fn said(replayed: &replay::Replayed) -> String {
    let replay::Replayed { invocations, calls, .. } = replayed;
    if replayed.same {
        return format!("the same: {invocations} invocations, {calls} calls\n");
    }
    let mut text = String::new();
    for parted in &replayed.parted {
        let replay::Parted { invocation, function, at, place, recorded, now, diff, .. } = parted;
        let call = parted.call.map_or_else(String::new, |call| format!("call {call}, "));
        text.push_str(&format!(
            "parted at invocation {invocation} of {invocations}, {function}, {call}{at}\n  at        {place}\n  recorded  {recorded}\n  now       {now}\n"
        ));
        let lines: Vec<&str> = diff.lines().collect();
        text.push_str(&lines.get(..LINES.min(lines.len())).unwrap_or_default().join("\n"));
        if lines.len() > LINES {
            text.push_str(&format!("\n({} lines more, all of them with --json)", lines.len() - LINES));
        }
        text.push_str("\n\n");
    }
    text + &format!("{} of {invocations} invocations parted\n", replayed.parted.len())
}
