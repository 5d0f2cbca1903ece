//! `coverage`: the requirements, and which scenarios cover each.

use std::process::ExitCode;

use clap::Parser;
use comfy_table::{ContentArrangement, Table, presets};
use scenarios::{coverage, places};

/// Prints which scenarios cover each requirement, and fails when one that is due has none.
#[derive(Debug, Parser)]
struct Arguments {
    /// Print one JSON object as the last line.
    #[arg(long)]
    json: bool,
}

fn main() -> anyhow::Result<ExitCode> {
    let arguments = Arguments::parse();
    let found = coverage::coverage(&places::requirements(), &places::cases())?;
    let mut table = Table::new();
    table.load_style(presets::UTF8_BORDERS_ONLY).set_content_arrangement(ContentArrangement::Dynamic).set_header([
        "ID",
        "REQUIREMENT",
        "SCENARIOS",
    ]);
    for row in &found.rows {
        let scenarios = match (row.scenarios.is_empty(), row.requirement.due) {
            (false, _) => row.scenarios.join("\n"),
            (true, true) => "MISSING".to_owned(),
            (true, false) => format!("later: {}", row.requirement.later.as_deref().unwrap_or("not planned")),
        };
        table.add_row([row.requirement.id.clone(), row.requirement.title.clone(), scenarios]);
    }
    println!("{table}");
    for (id, files) in &found.unknown {
        println!("{id} is not in the table of requirements; named by {}", files.join(", "));
    }
    let summary = found.summary();
    let (covered, missing) = (summary.covered.len(), summary.missing.len());
    println!("{covered} of {} requirements are covered; {missing} that are due are not", found.rows.len());
    if arguments.json {
        println!("{}", serde_json::to_string(&summary)?);
    }
    Ok(if missing == 0 && found.unknown.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
