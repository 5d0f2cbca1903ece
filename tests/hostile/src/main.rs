//! `hostile`: carries out every attack, or those whose name holds one of the arguments, and shows what came of each.

use std::process::ExitCode;

use clap::Parser;
use comfy_table::{ContentArrangement, Table, presets};
use hostile::row::{Row, carry_out};
use hostile::{attacks, site};

/// Carries out the attacks of the gallery against the real host.
#[derive(Debug, Parser)]
struct Arguments {
    /// Only attacks whose name holds one of these.
    only: Vec<String>,
    /// One JSON document instead of a table.
    #[arg(long)]
    json: bool,
}

fn main() -> anyhow::Result<ExitCode> {
    let arguments = Arguments::parse();
    let wanted = |fact: &str| arguments.only.is_empty() || arguments.only.iter().any(|part| fact.contains(part));
    let mut rows = Vec::new();
    for attack in attacks::all().iter().filter(|attack| wanted(attack.fact)) {
        // Seen as they end: a row takes a second.
        if !arguments.json {
            eprintln!("{}", attack.fact);
        }
        rows.push(carry_out(attack));
    }
    let broken: Vec<&Row> = rows.iter().filter(|row| !row.holds()).collect();
    if arguments.json {
        println!("{}", serde_json::json!({ "attacks": rows.len(), "broken": broken.len(), "rows": rows }));
    } else {
        println!("{}", table(&rows));
        for row in &broken {
            println!("{}:\n  {}", row.attack, row.broken.join("\n  "));
        }
        let bound = site::memory_bound() >> 20;
        println!("{} attacks, {} do not hold; memory may grow by {bound} MiB", rows.len(), broken.len());
    }
    Ok(if broken.is_empty() && !rows.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

fn table(rows: &[Row]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::UTF8_BORDERS_ONLY).set_content_arrangement(ContentArrangement::Disabled).set_header([
        "ATTACK",
        "ENDED WITH",
        "CHARGED",
        "NEIGHBOUR UNAFFECTED",
        "MEMORY GREW BY",
        "HOLDS",
    ]);
    for row in rows {
        let charged = match &row.charged {
            None => "not let in".to_owned(),
            Some(charged) => {
                format!("{} ms CPU, {} calls, {} bytes", charged.cpu_us / 1_000, charged.calls, charged.bytes)
            }
        };
        table.add_row([
            row.attack.replace('_', " "),
            row.reason.clone(),
            charged,
            format!("{} ({} runs)", if row.neighbour_unaffected { "yes" } else { "NO" }, row.neighbour_runs),
            format!("{:.1} MiB", row.memory_grown as f64 / f64::from(1 << 20)),
            if row.holds() { "yes".into() } else { "NO".to_owned() },
        ]);
    }
    table
}
