//! Replacing the whole state, and its fingerprint.

use super::ControlError;
use crate::{
    config::Config,
    state::{Account, Stamp},
    world::World,
};
use serde_json::Value;
use sha2::{Digest, Sha256};

/// Replaces all accounts. The seed is one account, or `{accounts: [..], config: {..}, time: ".."}` with any of the
/// three; `config` starts from the defaults. Sessions, limits, faults, deferred commits and the log of calls are emptied.
pub(crate) fn seed(world: &mut World, seed: Value) -> Result<(), ControlError> {
    let mut seed = seed;
    let mut config = None;
    let mut accounts = None;
    if let Value::Object(members) = &mut seed {
        if let Some(switches) = members.shift_remove("config").or_else(|| members.shift_remove("Config")) {
            config =
                Some(serde_json::from_value::<Config>(switches).map_err(|error| ControlError::of("config", error))?);
        }
        if let Some(time) = members.shift_remove("time").or_else(|| members.shift_remove("Time")) {
            let time: Stamp = serde_json::from_value(time).map_err(|error| ControlError::of("time", error))?;
            world.clock.set(time);
        }
        accounts = members.shift_remove("accounts").or_else(|| members.shift_remove("Accounts"));
        if accounts.is_some() && !members.is_empty() {
            return Err(ControlError::of("seed", "beside `accounts` only `config` and `time` may stand"));
        }
    }
    let rows = match accounts {
        Some(Value::Array(rows)) if !rows.is_empty() => rows,
        Some(_) => return Err(ControlError::of("accounts", "expected a list with at least one account")),
        None => vec![seed],
    };
    let now = world.now();
    let accounts = rows.into_iter().map(|row| Account::from_seed(row, now)).collect::<Result<Vec<_>, _>>()?;
    if let Some(config) = config {
        world.config = config;
    }
    world.replace(accounts);
    Ok(())
}

impl World {
    /// Replaces all accounts and forgets sessions, limits, faults, deferred commits and the log of calls. An empty
    /// list leaves one empty account.
    pub fn replace(&mut self, accounts: Vec<Account>) {
        self.accounts = accounts;
        if self.accounts.is_empty() {
            self.accounts.push(Account::default());
        }
        self.sessions.end_all();
        self.throttle.reset();
        self.faults.clear();
        self.deferred.clear();
        self.merged_at = None;
        self.log.calls.clear();
    }
}

/// SHA-256 of all accounts in hex. Sessions, limits, faults, time and the log of calls are not part of it: it moves only
/// when an account changes.
pub(crate) fn hash(world: &World) -> String {
    let mut digest = Sha256::new();
    for account in &world.accounts {
        digest.update(serde_json::to_vec(account).unwrap_or_default());
    }
    digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}
