//! How the guest is built: the one place that knows.
//!
//! The sandbox's code is compiled for `wasm32-unknown-unknown`, where the standard library has no clock, files, sockets or
//! environment, so that a component imports what its world says and nothing else. There are two ways to that target, and
//! [`choose`] takes the first that this machine has:
//!
//! 1. **rustup's library** for the toolchain in use (`rustup target add wasm32-unknown-unknown`).
//! 2. **Debian's compiler with its library source**, which needs no server of rustup's: packages `rustc-web`, `cargo-web`,
//!    `rust-web-src` and `lld-19`. Compiler and library source must be of one version, hence the whole set from one place.
//!
//! The variable `GUEST_TOOLCHAIN=rustup|debian` takes one of them on purpose.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

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

/// The way this machine can go now, if there is one.
pub(crate) fn choose() -> Option<Toolchain> {
    match std::env::var("GUEST_TOOLCHAIN").as_deref() {
        Ok("rustup") => has_rustup_target().then_some(Toolchain::Rustup),
        Ok("debian") => has_debian().then_some(Toolchain::Debian),
        _ if has_rustup_target() => Some(Toolchain::Rustup),
        _ if has_debian() => Some(Toolchain::Debian),
        _ => None,
    }
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

fn has_debian() -> bool {
    let version = |package: &str| shell::ask(Command::new("dpkg-query").args(["-W", "-f", "${Version}", package]));
    let compiler = version("rustc-web");
    compiler.is_some()
        && compiler == version("rust-web-src")
        && compiler == version("cargo-web")
        && Path::new(DEBIAN_CARGO).is_file()
        && Path::new(DEBIAN_SOURCE).is_dir()
        && paths::on_path(DEBIAN_LINKER).is_some()
}
