//! How the guest is built: the one place that knows.
//!
//! The sandbox's code is compiled for `wasm32-unknown-unknown`, where the standard library has no clock, files, sockets or
//! environment, so that a component imports what its world says and nothing else. There are two ways to that target, and
//! [`choose`] takes the first that this machine has:
//!
//! 1. **rustup's library** for the toolchain in use (`rustup target add wasm32-unknown-unknown`).
//! 2. **Debian's compiler with its library source**, which needs no server of rustup's: packages `rustc-web`, `cargo-web`,
//!    `rust-web-src` and `lld-19`. Compiler and library source must be of one version, hence the whole set from one place, and
//!    of one that the project can be built with: an old list of packages offers one that is too old.
//!
//! The variable `GUEST_TOOLCHAIN=rustup|debian` takes one of them on purpose ([`wanted`]).

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::{paths, shell};

/// The target of everything that runs in the sandbox.
pub(crate) const TARGET: &str = "wasm32-unknown-unknown";
/// The Debian packages of the second way.
pub(crate) const DEBIAN_PACKAGES: [&str; 4] = ["rustc-web", "cargo-web", "rust-web-src", "lld-19"];

const DEBIAN_RUSTC: &str = "/usr/bin/rustc";
const DEBIAN_CARGO: &str = "/usr/bin/cargo";
const DEBIAN_LINKER: &str = "wasm-ld-19";
const DEBIAN_SOURCE: &str = "/usr/lib/rustlib/src/rust";

/// One way to build the guest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Toolchain {
    /// The toolchain in use, with rustup's library for the target.
    Rustup,
    /// Debian's compiler, which builds the library from its source.
    Debian,
}

/// The ways that may be taken, the likelier first: what `GUEST_TOOLCHAIN` names, else both.
///
/// # Errors
/// When it names something else.
pub(crate) fn wanted() -> Result<Vec<Toolchain>> {
    wanted_by(std::env::var("GUEST_TOOLCHAIN").ok().as_deref())
}

fn wanted_by(name: Option<&str>) -> Result<Vec<Toolchain>> {
    match name {
        None | Some("") => Ok(vec![Toolchain::Rustup, Toolchain::Debian]),
        Some("rustup") => Ok(vec![Toolchain::Rustup]),
        Some("debian") => Ok(vec![Toolchain::Debian]),
        Some(other) => {
            bail!("GUEST_TOOLCHAIN is {other:?}; expected rustup, debian, or nothing for the first of them that works")
        }
    }
}

/// The way this machine can go now, if there is one.
///
/// # Errors
/// When `GUEST_TOOLCHAIN` names no way.
pub(crate) fn choose() -> Result<Option<Toolchain>> {
    let works = |toolchain: &Toolchain| match toolchain {
        Toolchain::Rustup => has_rustup_target(),
        Toolchain::Debian => debian_lacks().is_none(),
    };
    Ok(wanted()?.into_iter().find(works))
}

/// The way this machine can go now.
///
/// # Errors
/// When there is none.
pub(crate) fn require() -> Result<Toolchain> {
    choose()?.context("there is no compiler for the guest; run `cargo xtask setup`")
}

/// The cargo command that builds `packages` of the workspace in `root` the way of `toolchain`; the core modules come to lie in
/// [`module`] of `target`.
pub(crate) fn command(toolchain: Toolchain, packages: &[&str], root: &Path, target: &Path) -> Command {
    let mut command = match toolchain {
        Toolchain::Rustup => shell::cargo(),
        Toolchain::Debian => {
            let mut command = Command::new(DEBIAN_CARGO);
            shell::forget_outer_cargo(&mut command);
            // The library's source may only be built with unstable options, which this variable allows a stable compiler.
            command.env("RUSTC", DEBIAN_RUSTC).env("RUSTC_BOOTSTRAP", "1");
            command.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", DEBIAN_LINKER);
            command
        }
    };
    command.current_dir(root);
    command.args(["build", "--profile", "guest", "--target", TARGET, "--target-dir"]).arg(target);
    if toolchain == Toolchain::Debian {
        command.arg("-Zbuild-std=std,panic_abort");
    }
    for package in packages {
        command.args(["-p", package]);
    }
    command.env_remove("RUSTFLAGS").env("CARGO_ENCODED_RUSTFLAGS", flags(toolchain, root));
    command
}

/// Where the core module of the library `name` lies after a build into `target`.
pub(crate) fn module(name: &str, target: &Path) -> PathBuf {
    target.join(TARGET).join("guest").join(format!("{name}.wasm"))
}

/// What the chosen compiler calls itself: the digest of a component is one per compiler version.
pub(crate) fn compiler(toolchain: Toolchain) -> String {
    let version = shell::ask(rustc(toolchain).arg("--version")).unwrap_or_else(|| "an unknown rustc".into());
    match toolchain {
        Toolchain::Rustup => format!("{version}, target of rustup"),
        Toolchain::Debian => format!("{version}, Debian with its library source"),
    }
}

fn rustc(toolchain: Toolchain) -> Command {
    let mut command = Command::new(match toolchain {
        Toolchain::Rustup => "rustc",
        Toolchain::Debian => DEBIAN_RUSTC,
    });
    shell::forget_outer_cargo(&mut command);
    command.current_dir(paths::root());
    command
}

/// Functions are inlined further than the compiler would by itself: each entry of a function and each turn of a loop looks
/// at the epoch in the sandbox, and a call costs more there than on the bare machine. Measured: an eighth
/// faster, larger by three quarters; 1500 is slower again.
///
/// No path of this machine may reach the module: the same source gives the same digest in every folder.
fn flags(toolchain: Toolchain, root: &Path) -> OsString {
    let mut renames = vec![(root.to_path_buf(), "/project")];
    if let Some(home) = paths::cargo_home() {
        renames.push((home, "/cargo"));
    }
    // The library's source, wherever it lies, by the name that it has in a compiler without source.
    let library = format!("/rustc/{}", commit(toolchain));
    for source in library_sources(toolchain) {
        renames.push((source, library.as_str()));
    }
    let mut flags = OsString::from("-Cllvm-args=-inline-threshold=1000");
    for (from, to) in renames {
        flags.push("\u{1f}--remap-path-prefix=");
        flags.push(from);
        flags.push("=");
        flags.push(to);
    }
    flags
}

/// The commit that the compiler was built from; stands for its version where that is unknown.
fn commit(toolchain: Toolchain) -> String {
    let told = shell::ask(rustc(toolchain).arg("-vV")).unwrap_or_default();
    let hash = told.lines().find_map(|line| line.strip_prefix("commit-hash: "));
    hash.unwrap_or("unknown").to_owned()
}

/// Under which paths the compiler may name the source of its library.
fn library_sources(toolchain: Toolchain) -> Vec<PathBuf> {
    let named = match toolchain {
        Toolchain::Rustup => shell::ask(rustc(toolchain).args(["--print", "sysroot"]))
            .map(|sysroot| PathBuf::from(sysroot).join("lib/rustlib/src/rust")),
        Toolchain::Debian => Some(PathBuf::from(DEBIAN_SOURCE)),
    };
    let real = named.as_ref().and_then(|path| path.canonicalize().ok());
    named.into_iter().chain(real).collect()
}

/// Whether the toolchain in use has the target's library; asked of the compiler, so that it also holds without rustup.
fn has_rustup_target() -> bool {
    let folder = shell::ask(rustc(Toolchain::Rustup).args(["--print", "target-libdir", "--target", TARGET]));
    let Some(mut files) = folder.and_then(|folder| std::fs::read_dir(folder).ok()) else { return false };
    files.any(|file| file.is_ok_and(|file| file.file_name().to_string_lossy().starts_with("libstd-")))
}

/// What is in the way of building with Debian's compiler, in half a sentence; `None` when nothing is.
pub(crate) fn debian_lacks() -> Option<String> {
    let version = |package: &str| {
        let told =
            shell::ask(Command::new("dpkg-query").args(["-W", "-f", "${db:Status-Status} ${Version}", package]))?;
        told.strip_prefix("installed ").map(str::to_owned)
    };
    let packages: Vec<(&str, Option<String>)> =
        DEBIAN_PACKAGES.iter().map(|package| (*package, version(package))).collect();
    lacks(&packages, env!("CARGO_PKG_RUST_VERSION")).or_else(|| {
        let there = Path::new(DEBIAN_CARGO).is_file()
            && Path::new(DEBIAN_SOURCE).is_dir()
            && paths::on_path(DEBIAN_LINKER).is_some();
        (!there).then(|| format!("Debian's packages lack {DEBIAN_CARGO}, {DEBIAN_SOURCE} or {DEBIAN_LINKER}"))
    })
}

/// The same, told from the versions of the packages that are installed and the oldest Rust that will do.
fn lacks(packages: &[(&str, Option<String>)], oldest: &str) -> Option<String> {
    let missing: Vec<&str> = packages.iter().filter(|(_, version)| version.is_none()).map(|(name, _)| *name).collect();
    if !missing.is_empty() {
        return Some(format!("{} not installed", words(&missing)));
    }
    let rust: Vec<(&str, &str)> = packages
        .iter()
        .filter(|(name, _)| !name.starts_with("lld"))
        .filter_map(|(name, version)| Some((*name, version.as_deref()?)))
        .collect();
    let (compiler, version) = rust.first()?;
    if let Some((other, theirs)) = rust.iter().find(|(_, theirs)| theirs != version) {
        return Some(format!("{compiler} is {version} and {other} {theirs}: they have to be of one version"));
    }
    (numbers(version) < numbers(oldest))
        .then(|| format!("{compiler} is {version}, and Rust {oldest} or newer is needed"))
}

fn words(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [one] => format!("{one} is"),
        [first @ .., last] => format!("{} and {last} are", first.join(", ")),
    }
}

/// Major and minor of a version: `1.96.0+dfsg1-1~deb12u2` is 1 and 96.
fn numbers(version: &str) -> (u32, u32) {
    let mut parts = version.split(['.', '+', '-', '~']).map_while(|part| part.parse().ok());
    (parts.next().unwrap_or(0), parts.next().unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packages<'a>(rust: [Option<&str>; 3], linker: Option<&str>) -> Vec<(&'a str, Option<String>)> {
        let versions = rust.into_iter().chain([linker]).map(|version| version.map(str::to_owned));
        DEBIAN_PACKAGES.into_iter().zip(versions).collect()
    }

    #[test]
    fn debians_compiler_serves_when_whole_of_one_version_and_new_enough() {
        let new = Some("1.96.0+dfsg1-1~deb12u2");
        let old = Some("1.85.0+dfsg3-1~deb12u3");
        let linker = Some("1:19.1.7-3~deb12u1");
        assert_eq!(lacks(&packages([new; 3], linker), "1.95"), None);
        for (packages, told) in [
            (packages([new; 3], None), "lld-19 is not installed"),
            (packages([None; 3], linker), "rustc-web, cargo-web and rust-web-src are not installed"),
            (packages([old; 3], linker), "rustc-web is 1.85.0+dfsg3-1~deb12u3, and Rust 1.95 or newer is needed"),
            (
                packages([new, new, old], linker),
                "rustc-web is 1.96.0+dfsg1-1~deb12u2 and rust-web-src 1.85.0+dfsg3-1~deb12u3: they have to be of one version",
            ),
        ] {
            assert_eq!(lacks(&packages, "1.95").as_deref(), Some(told));
        }
    }

    #[test]
    fn versions_are_compared_as_numbers() {
        assert_eq!(numbers("1.96.0+dfsg1-1~deb12u2"), (1, 96));
        assert!(numbers("1.100.0") > numbers("1.95"));
    }

    #[test]
    fn a_way_that_does_not_exist_is_refused_instead_of_passed_over() {
        assert_eq!(wanted_by(None).unwrap(), [Toolchain::Rustup, Toolchain::Debian]);
        assert_eq!(wanted_by(Some("debian")).unwrap(), [Toolchain::Debian]);
        let told = wanted_by(Some("debain")).unwrap_err().to_string();
        assert!(told.contains("\"debain\"") && told.contains("rustup, debian"), "{told}");
    }
}
