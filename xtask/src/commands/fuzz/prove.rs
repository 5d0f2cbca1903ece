//! That the targets can complain: each with a deliberate bug in it, on the inputs that are kept.

use std::process::Stdio;

use anyhow::{Context, Result, ensure};

use super::target::Target;

/// Tries each target with its bug; fails when one of them complains about nothing, or about an input without the bug.
pub(super) fn all(targets: &[Target]) -> Result<()> {
    for target in targets {
        ensure!(passes(target, false)?, "{} complains about an input that is kept, without any bug", target.name());
        ensure!(!passes(target, true)?, "{} has a bug put in and complains about none of its inputs", target.name());
        println!("{}: passes as it is, and complains when a bug is put in.", target.name());
    }
    Ok(())
}

fn passes(target: &Target, bug: bool) -> Result<bool> {
    // What it complains about now is nothing to be looked into.
    let mut command = target.command("proofs")?;
    command.arg("-runs=0").arg(target.kept()).stdout(Stdio::null()).stderr(Stdio::null());
    if bug {
        command.env("FUZZ_BUG", "1");
    }
    Ok(command.status().with_context(|| format!("{} could not be started", target.name()))?.success())
}
