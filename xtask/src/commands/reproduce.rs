//! `cargo xtask reproduce`: the same source gives the same component in another folder, so that an operator can build what he
//! is asked to approve and compare digests.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use super::build;
use crate::{guest, paths, shell};

/// The component that operators approve; the others are tests' own.
const LIBRARY: &str = "linnworks_component";
const COMPONENT: &str = "linnworks.wasm";

pub(crate) fn run() -> Result<()> {
    build::run()?;
    in_another_folder()
}

/// Builds the component from a copy of the sources elsewhere and compares. Expects that it was built here.
pub(crate) fn in_another_folder() -> Result<()> {
    let here = paths::components().join(COMPONENT);
    let elsewhere = Elsewhere::new()?;
    copy_sources(&elsewhere.sources)?;
    let toolchain = guest::require()?;
    let target = elsewhere.sources.join("target");
    eprintln!("Building once more in {}.", elsewhere.sources.display());
    // All of them, as here: which features a dependency is built with depends on everything that is built along.
    shell::run(&mut guest::command(toolchain, &build::packages(), &elsewhere.sources, &target))?;
    let there = elsewhere.sources.join(COMPONENT);
    build::componentise(&guest::module(LIBRARY, &target), &there)?;
    let read = |path: &Path| fs::read(path).with_context(|| format!("could not read {}", path.display()));
    compare(&read(&here)?, &read(&there)?, &[paths::root(), elsewhere.sources.clone()])
}

fn compare(here: &[u8], there: &[u8], folders: &[PathBuf]) -> Result<()> {
    if here == there {
        eprintln!("Both are the same, byte by byte.");
        return Ok(());
    }
    let named = |folder: &&PathBuf| {
        let name = folder.as_os_str().as_encoded_bytes();
        [here, there].iter().any(|component| component.windows(name.len()).any(|window| window == name))
    };
    match folders.iter().find(named) {
        Some(folder) => bail!(
            "the component depends on the folder in which it was built: it holds the path {}; take it out of the source \
             (`env!`, `include_str!` of an absolute path) or rename it in xtask/src/guest.rs",
            folder.display()
        ),
        None => bail!(
            "the component depends on the folder in which it was built, though it holds no path of it ({} bytes here, {} \
             there); compare the two with `wasm-tools print`",
            here.len(),
            there.len()
        ),
    }
}

/// A folder outside of the workspace with a name of another length; gone at the end.
struct Elsewhere {
    folder: PathBuf,
    sources: PathBuf,
}

impl Elsewhere {
    fn new() -> Result<Self> {
        let folder = std::env::temp_dir().join(format!("reproduce-{}", std::process::id()));
        let sources = folder.join("a folder of another name/and depth");
        fs::create_dir_all(&sources).with_context(|| format!("could not make {}", sources.display()))?;
        Ok(Self { folder, sources })
    }
}

impl Drop for Elsewhere {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.folder) {
            eprintln!("{} stays behind: {error}", self.folder.display());
        }
    }
}

/// Copies every file that belongs to the project, as it is here now.
fn copy_sources(to: &Path) -> Result<()> {
    let mut command = Command::new("git");
    command.args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"]).current_dir(paths::root());
    let listed =
        shell::ask(&mut command).context("git does not list the project's files; this needs a git checkout")?;
    for name in listed.split('\0').filter(|name| !name.is_empty()) {
        let (from, to) = (paths::root().join(name), to.join(name));
        // Listed and deleted, not committed yet.
        if !from.is_file() {
            continue;
        }
        let folder = to.parent().unwrap_or(&to);
        fs::create_dir_all(folder)
            .and_then(|()| fs::copy(&from, &to))
            .with_context(|| format!("could not copy {}", from.display()))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_component_with_a_path_in_it_is_named_as_depending_on_its_folder() {
        let folders = [PathBuf::from("/one"), PathBuf::from("/another")];
        compare(b"same", b"same", &folders).unwrap();
        let told = compare(b"a /one b", b"a /another b", &folders).unwrap_err().to_string();
        assert!(told.contains("holds the path /one"), "{told}");
        let told = compare(b"a", b"bb", &folders).unwrap_err().to_string();
        assert!(told.contains("1 bytes here, 2"), "{told}");
    }
}
