//! Guides that show code show the code that is built: a block under `<!-- FILE -->` is a piece of that file, to the letter.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may end by a panic")]

use std::fs;
use std::path::Path;

/// The blocks of a guide that claim to be pieces of a file: the file's name and the block.
fn quotations(guide: &str) -> Vec<(&str, &str)> {
    let pieces = guide.split("<!-- ").skip(1);
    pieces
        .map(|piece| {
            let (file, rest) = piece.split_once(" -->\n```rust\n").expect("a block of Rust follows at once");
            let (block, _) = rest.split_once("```").expect("the block ends");
            (file, block)
        })
        .collect()
}

/// The quotations that their files do not hold.
fn stale(guide: &str, read: impl Fn(&str) -> String) -> Vec<(&str, &str)> {
    quotations(guide).into_iter().filter(|(file, block)| !read(file).contains(block)).collect()
}

#[test]
fn every_quoted_block_is_in_its_file() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let guide = fs::read_to_string(root.join("docs/write-a-connector.md")).unwrap();
    assert!(quotations(&guide).len() >= 3, "the guide shows code");
    assert_eq!(
        stale(&guide, |file| fs::read_to_string(root.join(file)).unwrap()),
        [],
        "docs/write-a-connector.md shows other code than is built"
    );
}

/// Lines of a Rust file that are neither blank nor a comment.
fn lines_of_code(source: &str) -> usize {
    source.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with("//")).count()
}

#[test]
fn the_guide_tells_how_long_the_minimal_connector_really_is() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let read = |file: &str| fs::read_to_string(root.join(file)).unwrap();
    let count = lines_of_code(&read("tests/minimal-connector/src/lib.rs"));
    assert!(count <= 40, "{count} lines are no thirty any more");
    for (guide, told) in [
        ("docs/write-a-connector.md", format!("one file of {count} lines of code")),
        ("wit/README.md", format!("{count} lines with")),
    ] {
        assert!(read(guide).contains(&told), "{guide} does not say {told:?}");
    }
}

#[test]
fn a_block_that_is_not_in_its_file_any_more_is_found() {
    let guide = "text\n<!-- a.rs -->\n```rust\nlet a = 1;\n```\nmore";
    assert_eq!(stale(guide, |_| "let a = 1;\n".into()), []);
    assert_eq!(stale(guide, |_| "let a = 2;\n".into()), [("a.rs", "let a = 1;\n")]);
}

#[test]
fn the_guide_for_operators_leads_to_the_set_up_of_amazon() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let guide = fs::read_to_string(root.join("docs/operate.md")).unwrap();
    let section = guide.split("\n## ").find_map(|section| section.strip_prefix("Amazon Prime\n")).unwrap();
    for told in [
        "separate article on the set-up of Amazon",
        "Leave it inactive",
        "United\nKingdom only",
        "harness wms order label",
    ] {
        assert!(section.contains(told), "the section Amazon Prime does not say {told:?}: {section}");
    }
}
