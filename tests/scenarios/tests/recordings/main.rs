//! Recordings, made of scenarios and replayed: those that are kept show every change of the connector's behaviour, those of generated
//! orders show that redaction changes nothing else, and those of marked buyers that nothing of a buyer is in them.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "what is not as expected ends the test"
)]

mod generated;
mod kept;
mod secrecy;

use harness_engine::{Engine, EngineOptions, Limits, Plugin};
use host_harness::recording::Recording;
use host_harness::recording::replay::{self, Replayed};
use scenarios::format::{self, Case};
use scenarios::run::{self, Options};
use scenarios::{places, world};

/// The recording of a scenario that went as expected.
fn recorded(case: &Case) -> Recording {
    let outcome = run::run_with(case, Options { record: true, ..Options::default() });
    let failures: String = outcome.failures.iter().map(ToString::to_string).collect();
    assert!(outcome.passed(), "{}\n{failures}", case.title);
    outcome.recording.unwrap().unwrap()
}

/// The same of a scenario's text.
fn recorded_of(text: &str) -> Recording {
    recorded(&format::read(text).unwrap())
}

/// A component, on an engine of its own.
struct Component(Plugin, tokio::runtime::Runtime);

impl Component {
    fn named(name: &str) -> Self {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let engine = Engine::new(EngineOptions { concurrent_invocations: 2, ..EngineOptions::default() }).unwrap();
        let wasm = std::fs::read(places::component(name)).expect("build it with `cargo xtask build`");
        let plugin = runtime.block_on(engine.load(&wasm, &world::cache().unwrap(), None)).unwrap();
        Self(plugin, runtime)
    }

    fn replays(&self, recording: &Recording) -> Replayed {
        self.1.block_on(replay::replay(&self.0, recording, &Limits::default())).unwrap()
    }
}

/// What parted, for whoever reads the failed test.
fn said(replayed: &Replayed) -> String {
    let one = |parted: &replay::Parted| {
        let replay::Parted { invocation, function, call, at, place, recorded, now, diff } = parted;
        format!("invocation {invocation}, {function}, call {call:?}, {at}{place}: {recorded} -> {now}\n{diff}\n")
    };
    replayed.parted.iter().map(one).collect()
}

/// Where the redaction made the component go another way.
fn parted(recording: &Recording) -> Vec<String> {
    recording.parted().map(|(at, one, why)| format!("invocation {at}, {}: {why}", one.function)).collect()
}
