//! The connector without a sandbox: the same crate in the same profile (`guest`: opt-level 3, lto, one codegen unit), fed the
//! same answers. `bench` compares the sandboxed connector with it, and their outputs by digest.
//!
//! Reads a tape (JSON) from the file named by its first argument and prints `{"digest","cpu_us"}`, the time being the sum of
//! each batch's fastest round.

use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};

use anyhow::Context as _;
use connector_bindings::wasi::logging::logging::Level;
use connector_bindings::wms::connector::http::{HttpError, Request, Response};
use connector_bindings::wms::connector::progress::Directive;
use connector_bindings::wms::connector::storage::StorageError;
use connector_bindings::wms::connector::types::Context;
use linnworks_connector::host::Host;
use serde::Deserialize;
use sha2::{Digest as _, Sha256};

/// What a run of the connector was given and answered.
#[derive(Deserialize)]
struct Tape {
    context: Context,
    batches: Vec<Batch>,
    /// How often the whole tape is played; the fastest of each batch counts.
    rounds: usize,
}

#[derive(Deserialize)]
struct Batch {
    ids: Vec<String>,
    answers: Vec<Answer>,
}

#[derive(Deserialize, Clone)]
struct Answer {
    operation: String,
    status: u16,
    body: String,
}

#[derive(Default)]
struct Player {
    answers: RefCell<BTreeMap<String, VecDeque<Answer>>>,
    storage: RefCell<BTreeMap<String, Vec<u8>>>,
}

impl Host for Player {
    async fn send(&self, request: Request) -> Result<Response, HttpError> {
        let answer = self.answers.borrow_mut().get_mut(&request.operation).and_then(VecDeque::pop_front);
        match answer {
            Some(answer) => Ok(Response { status: answer.status, headers: Vec::new(), body: answer.body.into_bytes() }),
            None => Err(HttpError::Denied(format!("{} is not on the tape", request.operation))),
        }
    }

    fn get_many(&self, keys: &[String]) -> Result<Vec<Option<Vec<u8>>>, StorageError> {
        Ok(keys.iter().map(|key| self.storage.borrow().get(key).cloned()).collect())
    }

    fn set_many(&self, entries: &[(String, Vec<u8>)]) -> Result<(), StorageError> {
        self.storage.borrow_mut().extend(entries.iter().cloned());
        Ok(())
    }

    fn delete_many(&self, keys: &[String]) -> Result<(), StorageError> {
        keys.iter().for_each(|key| drop(self.storage.borrow_mut().remove(key)));
        Ok(())
    }

    fn log(&self, _: Level, _: &str) {}

    fn report(&self, _: u64, _: Option<u64>) -> Directive {
        Directive::GoOn
    }
}

fn main() -> anyhow::Result<()> {
    let path = std::env::args().nth(1).context("usage: native-baseline TAPE")?;
    let tape: Tape = serde_json::from_slice(&std::fs::read(path)?)?;
    let mut fastest = vec![u64::MAX; tape.batches.len()];
    let mut digest = String::new();
    for _ in 0..tape.rounds.max(1) {
        digest = play(&tape, &mut fastest)?;
    }
    println!("{}", serde_json::json!({ "digest": digest, "cpu_us": fastest.iter().sum::<u64>() / 1_000 }));
    Ok(())
}

/// Plays the tape once and lowers the time of each batch that was faster than before.
fn play(tape: &Tape, fastest: &mut [u64]) -> anyhow::Result<String> {
    let player = Player::default();
    let mut hash = Sha256::new();
    for (batch, fastest) in tape.batches.iter().zip(fastest) {
        let mut answers: BTreeMap<String, VecDeque<Answer>> = BTreeMap::new();
        for answer in &batch.answers {
            answers.entry(answer.operation.clone()).or_default().push_back(answer.clone());
        }
        player.answers.replace(answers);
        let began = thread_ns();
        let fetched =
            futures::executor::block_on(linnworks_connector::import::fetch(&player, &tape.context, &batch.ids));
        *fastest = (*fastest).min(thread_ns() - began);
        let fetched = fetched.map_err(|failure| anyhow::anyhow!("the connector failed: {failure:?}"))?;
        hash.update(serde_json::to_vec(&fetched)?);
    }
    Ok(hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}

fn thread_ns() -> u64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    u64::try_from(time.tv_sec).unwrap_or(0) * 1_000_000_000 + u64::try_from(time.tv_nsec).unwrap_or(0)
}
