//! The project's own contract.

use std::fs;
use std::path::{Path, PathBuf};

use crate::compare::breaks;
use crate::structure::of_folder;

fn wit() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../wit")
}

/// The published folders with their versions, oldest first.
fn published() -> Vec<(Vec<u64>, PathBuf)> {
    let mut folders: Vec<_> = fs::read_dir(wit())
        .unwrap()
        .filter_map(|entry| {
            let path = entry.unwrap().path();
            let version = path.file_name()?.to_str()?.strip_prefix("since-")?.to_owned();
            let numbers = version.split('.').map(|part| part.parse().expect("since-MAJOR.MINOR.PATCH")).collect();
            Some((numbers, path))
        })
        .collect();
    folders.sort();
    folders
}

/// The draft may change, never by accident: whoever means it says so with `UPDATE=1`.
#[test]
fn the_draft_changes_only_on_purpose() {
    let snapshot = wit().join("draft.snap");
    let is = of_folder(&wit()).text();
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&snapshot, &is).unwrap();
    }
    let was = fs::read_to_string(&snapshot).unwrap_or_default();
    let lines = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
    let (was_lines, is_lines) = (lines(&was), lines(&is));
    let gone = was_lines.iter().filter(|line| !is_lines.contains(line)).map(|line| format!("- {line}"));
    let new = is_lines.iter().filter(|line| !was_lines.contains(line)).map(|line| format!("+ {line}"));
    assert!(
        was == is,
        "the contract is not the one of wit/draft.snap:\n{}\nIf that is meant, run `UPDATE=1 cargo test --release -p xtask --test frozen` \
         and commit wit/draft.snap with the change.",
        gone.chain(new).collect::<Vec<_>>().join("\n")
    );
}

/// What is published stays true: the draft has it unchanged, or a newer version was published.
#[test]
fn the_draft_keeps_what_was_published_last() {
    let Some((_, folder)) = published().pop() else { return };
    let wrong = breaks(&of_folder(&folder), &of_folder(&wit()));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A published folder carries a picture of itself, which nothing rewrites.
#[test]
fn a_published_folder_never_changes() {
    for (version, folder) in published() {
        let structure = of_folder(&folder);
        let numbers: Vec<u64> = structure.version.split('.').map(|part| part.parse().unwrap()).collect();
        assert_eq!(numbers, version, "{}: folder and package name different versions", folder.display());
        let snapshot = folder.join("published.snap");
        let was = fs::read_to_string(&snapshot).unwrap_or_else(|_| {
            panic!("{} is missing: copy wit/draft.snap there when publishing", snapshot.display());
        });
        assert_eq!(structure.text(), was, "{} was published and is changed; put it back", folder.display());
    }
}
