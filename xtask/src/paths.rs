//! Where things lie. Everything is found from the workspace's root, wherever the command was started.

use std::path::{Path, PathBuf};

/// The folder of the workspace's `Cargo.toml`.
pub(crate) fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_path_buf()
}

/// Where cargo puts what runs on this machine.
pub(crate) fn target() -> PathBuf {
    match std::env::var_os("CARGO_TARGET_DIR") {
        Some(folder) => root().join(folder),
        None => root().join("target"),
    }
}

/// Where cargo puts what runs in the sandbox; apart, because another compiler may build it.
pub(crate) fn guest_target() -> PathBuf {
    root().join("target/guest")
}

/// Where the finished components lie. Tests and programs look here whatever the target folder is.
pub(crate) fn components() -> PathBuf {
    root().join("target/plugin")
}

/// Where tools are installed that the machine does not have.
pub(crate) fn tools() -> PathBuf {
    root().join("target/tools")
}

/// Cargo's home, whose registry holds the sources of all dependencies.
pub(crate) fn cargo_home() -> Option<PathBuf> {
    std::env::var_os("CARGO_HOME")
        .map(PathBuf::from)
        .or_else(|| std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cargo")))
}

/// The file named `name` in one of the folders of `PATH`.
pub(crate) fn on_path(name: &str) -> Option<PathBuf> {
    std::env::split_paths(&std::env::var_os("PATH")?).map(|folder| folder.join(name)).find(|file| file.is_file())
}
