//! `coverage`: the requirements, and what covers each.

use std::process::ExitCode;

use clap::Parser;
use comfy_table::{ContentArrangement, Table, presets};
use scenarios::{coverage, places};

/// Prints which scenarios and tests cover each requirement, and fails when one has none.
#[derive(Debug, Parser)]
struct Arguments {
    /// Print one JSON object as the last line.
    #[arg(long)]
    json: bool,
}

fn main() -> anyhow::Result<ExitCode> {
    let arguments = Arguments::parse();
    let found = coverage::coverage(&places::requirements(), &places::cases(), &places::root())?;
    let mut table = Table::new();
    table.load_style(presets::UTF8_BORDERS_ONLY).set_content_arrangement(ContentArrangement::Dynamic).set_header([
        "ID",
        "REQUIREMENT",
        "COVERED BY",
    ]);
    for row in &found.rows {
        let by = if row.by.is_empty() { "MISSING".to_owned() } else { row.by.join("\n") };
        table.add_row([row.requirement.id.clone(), row.requirement.title.clone(), by]);
    }
    println!("{table}");
    let faults = found.faults();
    faults.iter().for_each(|fault| println!("{fault}"));
    let summary = found.summary();
    println!("{} of {} requirements are covered", summary.covered.len(), found.rows.len());
    if arguments.json {
        println!("{}", serde_json::to_string(&summary)?);
    }
    Ok(if faults.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
