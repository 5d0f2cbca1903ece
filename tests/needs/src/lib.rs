//! What some tests need of the machine and may not find there: PostgreSQL, Python, a package registry, the vendor's
//! description of its API.
//!
//! A test that does not find it calls [`skip`] and returns. The runner of the tests hides what a passing test prints, so
//! the skip is also written to the file that [`SKIPPED`] names, from which `cargo xtask test` tells it. What set-up said is there
//! is named in [`REQUIRED`]: then its absence is a failure.
#![deny(missing_docs)]

pub mod postgres;

use std::io::Write as _;
use std::path::PathBuf;
use std::{env, fs};

/// Variable with the file that each skip is added to, a line each: the test, a tab, the reason.
pub const SKIPPED: &str = "TESTS_SKIPPED_FILE";

/// Variable with the names of needs that must be met, parted by commas.
pub const REQUIRED: &str = "TESTS_REQUIRE";

/// Variable with the folder of the vendor's material.
pub const VENDOR_FOLDER: &str = "LINNWORKS_SPEC_DIR";

/// Something that a test needs of the machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// A PostgreSQL server's programs.
    Postgresql,
    /// Python with `venv`.
    Python,
    /// A way to PyPI.
    PackageRegistry,
    /// The vendor's description of its API, with its samples.
    VendorDescription,
}

impl Need {
    /// What [`REQUIRED`] calls it.
    fn name(self) -> &'static str {
        match self {
            Self::Postgresql => "postgresql",
            Self::Python => "python",
            Self::PackageRegistry => "package-registry",
            Self::VendorDescription => "vendor-description",
        }
    }
}

/// Tells that the calling test is skipped, because `need` is not met for this `reason`.
///
/// # Panics
/// When [`REQUIRED`] names the need, or the skip cannot be told.
#[allow(clippy::panic, clippy::expect_used, reason = "it fails the test that calls")]
pub fn skip(need: Need, reason: &str) {
    let required = env::var(REQUIRED).unwrap_or_default();
    if required.split(',').any(|name| name == need.name()) {
        panic!("{} is required by {REQUIRED}={required}, and {reason}", need.name());
    }
    let test = caller();
    eprintln!("skipped: {test}: {reason}");
    let Some(file) = env::var_os(SKIPPED) else { return };
    let line = format!("{test}\t{}\n", reason.split_whitespace().collect::<Vec<_>>().join(" "));
    let written = fs::OpenOptions::new()
        .create(true)
        .append(true)
        .open(file)
        .and_then(|mut file| file.write_all(line.as_bytes()));
    written.expect("the file that TESTS_SKIPPED_FILE names can be written");
}

/// The test's own name: as nextest gives it, else that of its thread, else that of the program.
fn caller() -> String {
    let thread = || std::thread::current().name().filter(|name| *name != "main").map(str::to_owned);
    let program = || Some(env::current_exe().ok()?.file_name()?.to_string_lossy().into_owned());
    env::var("NEXTEST_TEST_NAME").ok().or_else(thread).or_else(program).unwrap_or_default()
}

/// The folder with the vendor's material: `openapi/`, `samples/`, `endpoints.txt`. [`VENDOR_FOLDER`] names it; without that it is
/// `../shared/linnworks` beside the workspace. A relative path counts from the workspace's root.
pub fn vendor_folder() -> PathBuf {
    let workspace = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..");
    workspace.join(env::var_os(VENDOR_FOLDER).unwrap_or_else(|| "../shared/linnworks".into()))
}
