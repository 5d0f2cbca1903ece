//! `cargo xtask setup`: what this machine needs. Installs what it can and says what a person has to do for the rest.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Result, bail};

use crate::guest::{self, DEBIAN_PACKAGES, TARGET, Toolchain};
use crate::tools::{self, Tool};
use crate::{paths, shell};

#[derive(clap::Args)]
pub(crate) struct Options {
    /// Also what only continuous integration needs: cargo-deny, PostgreSQL, Python's venv
    #[arg(long)]
    pub(crate) ci: bool,
}

pub(crate) fn run(options: &Options) -> Result<()> {
    guest_toolchain()?;
    tools::ensure(Tool::Nextest)?;
    if options.ci {
        tools::ensure(Tool::Deny)?;
        for_ci();
    } else {
        tell_optional();
    }
    match has_vendor_description() {
        true => eprintln!("The vendor's API description: there."),
        false => eprintln!(
            "The vendor's API description: not at {}; tests that compare with it are skipped (LINNWORKS_SPEC_DIR names another folder).",
            vendor_folder().display()
        ),
    }
    Ok(())
}

/// What tests may need and this machine has, by the names that `test-needs` gives.
pub(crate) fn present() -> Vec<&'static str> {
    let needs =
        [("postgresql", has_postgres()), ("python", has_venv()), ("vendor-description", has_vendor_description())];
    needs.into_iter().filter(|(_, there)| *there).map(|(need, _)| need).collect()
}

/// Makes sure that the guest can be built, and says which way was taken and why.
pub(crate) fn guest_toolchain() -> Result<Toolchain> {
    let wanted = std::env::var("GUEST_TOOLCHAIN").ok();
    if let Some(found) = guest::choose() {
        eprintln!("Guest compiler: {} (already there).", guest::compiler(found));
        return Ok(found);
    }
    let mut tried = Vec::new();
    if wanted.as_deref() != Some("debian") {
        tried.push(add_rustup_target());
    }
    if guest::choose().is_none() && wanted.as_deref() != Some("rustup") {
        tried.push(install(&DEBIAN_PACKAGES).map_or_else(|why| why, |()| "Debian's packages were installed".into()));
    }
    match guest::choose() {
        Some(taken) => {
            let before = if tried.len() > 1 {
                format!(", because {}", tried.first().map_or("", String::as_str))
            } else {
                String::new()
            };
            eprintln!("Guest compiler: {}{before}.", guest::compiler(taken));
            Ok(taken)
        }
        None => bail!(
            "The part that runs in the sandbox cannot be built here: there is no library for {TARGET}.\n\
             Tried: {}.\n\
             Do one of these, then run the command again:\n  \
             rustup target add {TARGET}\n  \
             sudo apt-get update && sudo apt-get install -y --no-install-recommends {}",
            tried.join("; "),
            DEBIAN_PACKAGES.join(" "),
        ),
    }
}

/// Fails at once where rustup's server cannot be reached.
fn add_rustup_target() -> String {
    if paths::on_path("rustup").is_none() {
        return "rustup is not installed".into();
    }
    eprintln!("Trying: rustup target add {TARGET}");
    let mut command = Command::new("rustup");
    shell::forget_outer_cargo(&mut command);
    match command.args(["target", "add", TARGET]).current_dir(paths::root()).stdin(Stdio::null()).output() {
        Ok(output) if output.status.success() => "rustup's library was added".into(),
        Ok(output) => {
            let told = String::from_utf8_lossy(&output.stderr);
            let last =
                told.lines().rev().find(|line| line.contains("error")).unwrap_or("no reason given").trim().to_owned();
            format!("rustup could not add the target ({last})")
        }
        Err(error) => format!("rustup could not be started ({error})"),
    }
}

/// Installs Debian packages, or says in half a sentence why not.
fn install(packages: &[&str]) -> Result<(), String> {
    if paths::on_path("apt-get").is_none() {
        return Err("this is not a Debian machine (no apt-get)".into());
    }
    if shell::ask(Command::new("id").arg("-u")).as_deref() != Some("0") {
        return Err("apt-get needs root, which this user is not".into());
    }
    eprintln!("Installing with apt-get: {}", packages.join(" "));
    let apt = |arguments: &[&str]| {
        let mut command = Command::new("apt-get");
        command.args(arguments).env("DEBIAN_FRONTEND", "noninteractive").stdin(Stdio::null());
        command.output().is_ok_and(|output| output.status.success())
    };
    let wanted: Vec<&str> = ["install", "-y", "--no-install-recommends"].iter().chain(packages).copied().collect();
    // The lists may be missing or old: one update, one more try.
    if apt(&wanted) || (apt(&["update"]) && apt(&wanted)) {
        return Ok(());
    }
    Err(format!("apt-get could not install {} (offline, or not in this release)", packages.join(", ")))
}

fn for_ci() {
    let wanted = [("PostgreSQL", "postgresql", has_postgres()), ("Python's venv", "python3-venv", has_venv())];
    for (what, package, there) in wanted {
        let told = match there {
            true => Ok(()),
            false => install(&[package]),
        };
        match told {
            Ok(()) => eprintln!("{what}: there."),
            Err(why) => eprintln!("{what}: missing, {why}; the tests that need it say that they are skipped."),
        }
    }
}

fn tell_optional() {
    if !has_postgres() {
        eprintln!(
            "PostgreSQL: not installed; its storage tests are skipped (`apt-get install postgresql` brings them in)."
        );
    }
}

/// As `test-needs` finds it.
fn has_postgres() -> bool {
    let debians = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    debians.map(|version| version.path().join("bin")).any(|folder| folder.join("initdb").exists())
        || paths::on_path("initdb").is_some()
}

/// As `test-needs` finds it.
fn vendor_folder() -> PathBuf {
    paths::root().join(std::env::var_os("LINNWORKS_SPEC_DIR").unwrap_or_else(|| "../shared/linnworks".into()))
}

fn has_vendor_description() -> bool {
    vendor_folder().join("openapi").is_dir()
}

fn has_venv() -> bool {
    shell::ask(Command::new("python3").args(["-c", "import venv, ensurepip"])).is_some()
}
