//! `cargo xtask setup`: what this machine needs. Installs what it can and says what a person has to do for the rest.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Result, bail};

use crate::guest::{self, DEBIAN_PACKAGES, TARGET, Toolchain};
use crate::tools::{self, Tool};
use crate::{paths, shell};

#[derive(clap::Args)]
pub(crate) struct Options {
    /// Also what only continuous integration needs: cargo-deny, cargo-fuzz, PostgreSQL, Python's venv
    #[arg(long)]
    pub(crate) ci: bool,
}

pub(crate) fn run(options: &Options) -> Result<()> {
    guest_toolchain()?;
    tools::ensure(Tool::Nextest)?;
    if options.ci {
        tools::ensure(Tool::Deny)?;
        tools::ensure(Tool::Fuzz)?;
        for_fuzzing()?;
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
///
/// # Errors
/// When neither way can be had: what was tried, why it failed, and what a person can type.
pub(crate) fn guest_toolchain() -> Result<Toolchain> {
    if let Some(found) = guest::choose()? {
        eprintln!("Guest compiler: {} (already there).", guest::compiler(found));
        return Ok(found);
    }
    let wanted = guest::wanted()?;
    let mut failed = Vec::new();
    for way in &wanted {
        let why = match way {
            Toolchain::Rustup => add_rustup_target(),
            Toolchain::Debian => add_debian(),
        };
        if let Some(taken) = guest::choose()? {
            let before: String = failed.iter().map(|why| format!(", because {why}")).collect();
            eprintln!("Guest compiler: {}{before}.", guest::compiler(taken));
            return Ok(taken);
        }
        failed.push(why.err().unwrap_or_else(|| "it was installed and still does not serve".into()));
    }
    bail!(cannot_build(&wanted, &failed))
}

/// What is told where the guest cannot be built: why, and the commands of the ways that may be taken.
fn cannot_build(wanted: &[Toolchain], failed: &[String]) -> String {
    let command = |way: &Toolchain| match way {
        Toolchain::Rustup => format!("rustup target add {TARGET}"),
        Toolchain::Debian => format!(
            "sudo apt-get update && sudo apt-get install -y --no-install-recommends {}",
            DEBIAN_PACKAGES.join(" ")
        ),
    };
    let commands: Vec<String> = wanted.iter().map(command).collect();
    format!(
        "The part that runs in the sandbox cannot be built here: there is no library for {TARGET}.\n\
         Tried: {}.\n\
         {}, with a network, then run this command again:\n  {}",
        failed.join("; "),
        if commands.len() > 1 { "Do one of these" } else { "Do this" },
        commands.join("\n  "),
    )
}

/// Installs what the way by Debian lacks; the error also holds what it still lacks afterwards.
fn add_debian() -> Result<(), String> {
    let lacking = guest::debian_lacks();
    let installed = install(&DEBIAN_PACKAGES);
    match (guest::debian_lacks(), installed, lacking) {
        (None, ..) => Ok(()),
        (Some(lacks), Ok(()), _) => Err(format!("after apt-get {lacks} (is this release of Debian too old?)")),
        (Some(_), Err(why), Some(lacks)) => Err(format!("{lacks}: {why}")),
        (Some(_), Err(why), None) => Err(why),
    }
}

/// Fails at once where rustup's server cannot be reached.
fn add_rustup_target() -> Result<(), String> {
    if paths::on_path("rustup").is_none() {
        return Err("rustup is not installed".into());
    }
    eprintln!("Trying: rustup target add {TARGET}");
    let mut command = Command::new("rustup");
    shell::forget_outer_cargo(&mut command);
    match command.args(["target", "add", TARGET]).current_dir(paths::root()).stdin(Stdio::null()).output() {
        Ok(output) if output.status.success() => Ok(()),
        Ok(output) => {
            Err(format!("rustup could not add the target ({})", reason(&String::from_utf8_lossy(&output.stderr))))
        }
        Err(error) => Err(format!("rustup could not be started ({error})")),
    }
}

/// What rustup says went wrong, and the last of the causes that it lists; not the addresses, nor a backtrace.
fn reason(told: &str) -> String {
    let mut lines = told.lines();
    let error = lines.find_map(|line| line.strip_prefix("error: ")).unwrap_or("no reason given");
    let causes = lines.take_while(|line| !line.contains("backtrace")).filter_map(|line| line.split_once(": "));
    match causes.filter(|(number, _)| number.trim().parse::<u32>().is_ok()).last() {
        Some((_, cause)) => format!("{error}: {cause}"),
        None => error.to_owned(),
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
    // The lists may be missing, or so old that they offer another version than there is. Offline they have to do as they are.
    if !apt(&["update"]) {
        eprintln!("The lists of packages could not be renewed; trying with those that are here.");
    }
    if apt(&wanted) {
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

/// Makes sure that the fuzzer's own part, which is C++, can be compiled.
///
/// # Errors
/// When there is no compiler and none can be installed: what to type.
pub(crate) fn for_fuzzing() -> Result<()> {
    let there = || ["c++", "g++", "clang++"].into_iter().find_map(paths::on_path);
    if there().is_none()
        && let Err(why) = install(&["g++"])
    {
        bail!(
            "fuzzing needs a C++ compiler: {why}; do this, then run this command again:\n  sudo apt-get install -y g++"
        );
    }
    if let Some(compiler) = there() {
        eprintln!("C++ compiler, for fuzzing: {}.", compiler.display());
    }
    Ok(())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_that_cannot_build_the_guest_is_told_why_and_what_to_type() {
        let told = cannot_build(
            &[Toolchain::Rustup, Toolchain::Debian],
            &["rustup is not installed".into(), "apt-get needs root, which this user is not".into()],
        );
        assert_eq!(
            told,
            "The part that runs in the sandbox cannot be built here: there is no library for wasm32-unknown-unknown.\n\
             Tried: rustup is not installed; apt-get needs root, which this user is not.\n\
             Do one of these, with a network, then run this command again:\n  \
             rustup target add wasm32-unknown-unknown\n  \
             sudo apt-get update && sudo apt-get install -y --no-install-recommends rustc-web cargo-web rust-web-src lld-19"
        );
    }

    #[test]
    fn rustups_reason_is_one_line_without_a_backtrace() {
        let told = "info: downloading component rust-std\nerror: component download failed for rust-std-wasm32-unknown-unknown\n\n\
                    Caused by:\n    0: could not download file from 'https://static.rust-lang.org/x' to '/home/x'\n    \
                    1: dns error\n\nStack backtrace:\n   0: anyhow::error\n";
        assert_eq!(reason(told), "component download failed for rust-std-wasm32-unknown-unknown: dns error");
        assert_eq!(reason("error: toolchain '1.95.0' is not installed\n"), "toolchain '1.95.0' is not installed");
        assert_eq!(reason(""), "no reason given");
    }

    #[test]
    fn only_the_way_that_was_asked_for_is_offered() {
        let told = cannot_build(&[Toolchain::Debian], &["this is not a Debian machine (no apt-get)".into()]);
        assert!(told.contains("Do this, ") && !told.contains("rustup target add"), "{told}");
    }
}
