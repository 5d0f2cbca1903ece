//! `cargo xtask ci`: everything that has to hold before a change is merged. Every step is done even when an earlier one
//! failed, so that one run tells all; the table at the end says what each took on a cold machine.

use anyhow::{Context, Result};

use super::{build, fuzz, reproduce, sbom, setup, test};
use crate::programs::{self, for_this_machine};
use crate::report::Report;
use crate::skips::Skips;
use crate::tools::Tool;
use crate::{json_line, shell};

/// What the last line of `demo --json` has to hold.
const DEMO_FIELDS: [&str; 8] = [
    "orders_imported",
    "orders_skipped",
    "orders_despatched",
    "stock_corrected",
    "asns_received",
    "returns_exported",
    "calls",
    "seconds",
];

/// The workspace of the fuzz targets.
const FUZZ: &str = "tests/fuzz/Cargo.toml";

/// What may become part of either.
const RULES: &str = "deny.toml";

pub(crate) fn run() -> Result<()> {
    let mut report = Report::default();
    let mut summary = None;
    report.step("lock file", lock_file);
    report.step("format", format);
    let ready = report.step("set-up", || setup::run(&setup::Options { ci: true }))
        && report.step("components", build::components);
    // What set-up has found is no excuse for a test.
    let skips = Skips::none_yet(&setup::present())?;
    if ready {
        report.step("clippy", clippy);
        report.step("documentation", documentation);
        report.step("compile tests", test::compile);
        report.step("tests", || test::nextest(&[], &mut summary, &skips));
        report.step("doctests", test::doctests);
        if report.step("programs", programs::build) {
            report.step("scenarios", || programs::run("scenario", &[super::scenario::CASES.into()]));
            report.step("hostile", || programs::run("hostile", &[]));
            report.step("coverage", || last_line("coverage", &["--json"]));
            report.step("crash sweep", || last_line("sweep", &["--kill=3", "--json"]));
            report.step("fault matrix", || last_line("faults", &["--quick", "--json"]));
            report.step("demo", demo);
            report.step("bench", || {
                programs::build_native_baseline()?;
                last_line("bench", &["--quick", "--json"])
            });
            report.step("chaos", || last_line("chaos", &["--count", "40", "--json"]));
            report.step("load", || {
                last_line("load", &["--connections", "100", "--clients", "20", "--hours", "1", "--json"])
            });
        }
        report.step("reproducible component", reproduce::in_another_folder);
        report.step("bill of materials", sbom::write);
        report.step("dependencies", || dependencies(&skips));
        if report.step("compile fuzz targets", fuzz::build) {
            report.step("fuzz targets can fail", fuzz::prove);
            report.step("fuzz", fuzz::for_a_minute);
        }
    }
    skips.print()?;
    report.print();
    if let Some(summary) = summary {
        eprintln!("{summary}");
    }
    report.result()
}

fn lock_file() -> Result<()> {
    for manifest in ["Cargo.toml", FUZZ] {
        let mut command = shell::cargo();
        command.args([
            "metadata",
            "--locked",
            "--format-version",
            "1",
            "--filter-platform",
            "x86_64-unknown-linux-gnu",
        ]);
        command.args(["--manifest-path", manifest]);
        shell::ask(&mut command).map(drop).with_context(|| {
            format!("the lock file beside {manifest} does not match; run `cargo update --workspace --manifest-path {manifest}` and commit it")
        })?;
    }
    Ok(())
}

fn format() -> Result<()> {
    shell::run(shell::cargo().args(["fmt", "--all", "--check"]))?;
    shell::run(shell::cargo().args(["fmt", "--manifest-path", FUZZ, "--check"]))
}

fn clippy() -> Result<()> {
    // The guests too: they compile for this machine as far as checking goes.
    shell::run(shell::cargo().args(["clippy", "--release", "--workspace", "--all-targets", "--", "-D", "warnings"]))
}

fn documentation() -> Result<()> {
    let mut command = shell::cargo();
    command.args(["doc", "--release", "--no-deps"]).env("RUSTDOCFLAGS", "-D warnings");
    shell::run(for_this_machine(&mut command))
}

fn last_line(program: &str, arguments: &[&str]) -> Result<()> {
    let arguments: Vec<String> = arguments.iter().map(|&argument| argument.to_owned()).collect();
    json_line::last(&mut programs::command(program, &arguments)).map(drop)
}

fn demo() -> Result<()> {
    let result = json_line::last(&mut programs::command("demo", &["--json".into()]))?;
    let missing: Vec<&str> = DEMO_FIELDS.into_iter().filter(|field| !result.contains_key(*field)).collect();
    anyhow::ensure!(missing.is_empty(), "the demo's last line lacks {}", missing.join(", "));
    Ok(())
}

/// Licences, bans and sources always; advisories where their database can be fetched. The fuzzers' workspace, too.
fn dependencies(skips: &Skips) -> Result<()> {
    let deny = |manifest: &str, arguments: &[&str]| {
        let mut command = Tool::Deny.command()?;
        command.args(["--manifest-path", manifest, "--config", RULES]).args(arguments);
        shell::run(&mut command)
    };
    for manifest in ["Cargo.toml", FUZZ] {
        deny(manifest, &["check", "licenses", "bans", "sources"])?;
    }
    if deny("Cargo.toml", &["fetch", "db"]).is_err() {
        return skips.note("known faults of dependencies", "the database of advisories cannot be fetched here");
    }
    for manifest in ["Cargo.toml", FUZZ] {
        deny(manifest, &["check", "--disable-fetch", "advisories"])?;
    }
    Ok(())
}
