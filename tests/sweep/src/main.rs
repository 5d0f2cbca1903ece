//! `sweep`: kills the host at every point of each flow and says where that led elsewhere.
// A world carried through a scenario is one deep future.
#![recursion_limit = "256"]

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::time::Instant;

use clap::Parser;
use comfy_table::{Table, presets};
use serde_json::json;
use sweep::crew;
use sweep::cut::points;
use sweep::kill::{self, Killed, When};
use sweep::play::{Played, block_on};
use sweep::reference::{FLOWS, Reference};
use sweep::sweep::{Swept, sweep, uninterrupted};

/// Kills the host at every call and every commit of each flow, starts it again, lets both sides come to rest, and compares.
#[derive(Debug, Parser)]
struct Arguments {
    /// Only these flows.
    #[arg(long = "flow", value_name = "FLOW")]
    flows: Vec<String>,
    /// Only these points of the flow, as a failure names them.
    #[arg(long = "point", value_name = "N", requires = "flows")]
    points: Vec<usize>,
    /// Kill the real program so many times in each flow [default: 3, and none where points are named].
    #[arg(long, value_name = "N", num_args = 0..=1, default_missing_value = "6")]
    kill: Option<u64>,
    /// Chooses what of the real program's run is killed.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Worlds at once [default: three for each processor].
    #[arg(short, long)]
    jobs: Option<usize>,
    /// Show the end of the host's log of what diverged.
    #[arg(short, long)]
    verbose: bool,
    /// Print one JSON object as the last line.
    #[arg(long)]
    json: bool,
}

impl Arguments {
    fn kills(&self) -> u64 {
        self.kill.unwrap_or(if self.points.is_empty() { KILLS } else { 0 })
    }
}

/// How often the real program is killed in a flow where nobody says.
const KILLS: u64 = 3;

/// What became of one flow.
struct Row {
    swept: Swept,
    /// Times that the real program was killed while it was under way.
    killed: usize,
    /// Times that it had ended before the moment at which it was to be killed.
    missed: usize,
    diverged: usize,
    seconds: f64,
}

fn main() -> anyhow::Result<ExitCode> {
    let arguments = Arguments::parse();
    let flows: Vec<String> = match arguments.flows.as_slice() {
        [] => FLOWS.iter().map(|flow| (*flow).to_owned()).collect(),
        chosen => chosen.to_vec(),
    };
    let mut rows = Vec::new();
    for flow in &flows {
        eprintln!("{flow}");
        rows.push(one(flow, &arguments)?);
    }
    println!("{}", table(&rows));
    if arguments.json {
        let flows: Vec<_> = rows
            .iter()
            .map(|row| {
                let Swept { flow, points, calls, .. } = &row.swept;
                json!({ "flow": flow, "points": points, "diverged": row.diverged, "call_points": calls, "killed": row.killed })
            })
            .collect();
        println!("{}", json!({ "flows": flows }));
    }
    Ok(if rows.iter().all(|row| row.diverged == 0) { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn one(flow: &str, arguments: &Arguments) -> anyhow::Result<Row> {
    let began = Instant::now();
    let jobs = arguments.jobs.unwrap_or_else(crew::usual);
    let reference = Reference::load(flow)?;
    reference.holds()?;
    let whole = uninterrupted(&reference)?;
    let swept = sweep(&reference, &whole, &arguments.points, jobs);
    if swept.points == 0 {
        let all = points(&whole.passed).len();
        let asked: Vec<String> = arguments.points.iter().map(ToString::to_string).collect();
        anyhow::bail!("no point of {flow} is chosen: --point is {}; it has the points 1 to {all}", asked.join(", "));
    }
    for diverged in &swept.diverged {
        println!("DIVERGED {flow}: {}\n{}", diverged.place, diverged.what.trim_end());
        if arguments.verbose {
            let lines: Vec<&str> = diverged.log.lines().collect();
            println!("{}", lines.get(lines.len().saturating_sub(60)..).unwrap_or_default().join("\n"));
        }
        if let Some(point) = diverged.point {
            println!("again: cargo xtask sweep --flow {flow} --point {point}\n");
        }
    }
    let mut row =
        Row { diverged: swept.diverged.len(), swept, killed: 0, missed: 0, seconds: began.elapsed().as_secs_f64() };
    if arguments.kills() > 0 {
        kill(&reference, &whole, arguments, &mut row)?;
        row.seconds = began.elapsed().as_secs_f64();
    }
    Ok(row)
}

/// Kills the real program: the first time not at all, so that it is known how long it takes.
fn kill(reference: &Reference, whole: &Played, arguments: &Arguments, row: &mut Row) -> anyhow::Result<()> {
    let program = kill::program()?;
    let runs: Vec<(usize, u64)> = whole
        .passed
        .iter()
        .filter(|passed| reference.case.steps.get(passed.step).is_some_and(|step| step.run.is_some()))
        .map(|passed| (passed.step, passed.calls.len() as u64))
        .collect();
    let mut took = BTreeMap::new();
    for (step, _) in &runs {
        let played = block_on(kill::play(&program, reference, *step, None))?;
        took.insert(*step, u64::try_from(played.took.as_micros()).unwrap_or(u64::MAX));
        judge(reference, whole, *step, "the real program, not killed", &played, arguments, row);
    }
    let mut chance = arguments.seed;
    let mut plan = Vec::new();
    for (at, (step, calls)) in (0..arguments.kills()).zip(runs.iter().cycle()) {
        chance = chance.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let drawn = chance >> 33;
        // A program that was just started logs in first.
        let call = 2 + drawn % calls.max(&1);
        let all = took.get(step).copied().unwrap_or(1);
        let when = match at % 3 {
            0 => When::Done(call),
            1 => When::Received(call),
            _ => When::After(all / 4 + drawn % (all - all / 4).max(1)),
        };
        plan.push((*step, when));
    }
    let jobs = arguments.jobs.unwrap_or_else(crew::usual);
    let results = crew::each(&plan, jobs, |(step, when)| block_on(kill::play(&program, reference, *step, Some(*when))));
    for (result, (step, when)) in results.into_iter().zip(&plan) {
        match result {
            Some(Ok(killed)) => {
                // Where it had ended before, nothing was killed.
                row.killed += usize::from(killed.struck);
                row.missed += usize::from(!killed.struck);
                judge(reference, whole, *step, &when.to_string(), &killed, arguments, row);
            }
            Some(Err(error)) => complain(reference, *step, &when.to_string(), &format!("{error:#}"), arguments, row),
            None => complain(reference, *step, &when.to_string(), "it broke off", arguments, row),
        }
    }
    Ok(())
}

fn judge(
    reference: &Reference,
    whole: &Played,
    step: usize,
    how: &str,
    killed: &Killed,
    arguments: &Arguments,
    row: &mut Row,
) {
    let mut what = killed.end.complaints.clone();
    what.extend(killed.end.difference(&whole.end));
    if !what.is_empty() {
        complain(reference, step, how, &what.join("\n"), arguments, row);
    }
}

fn complain(reference: &Reference, step: usize, how: &str, what: &str, arguments: &Arguments, row: &mut Row) {
    row.diverged += 1;
    println!("DIVERGED {}: step {}, {how}\n{}", reference.name, step + 1, what.trim_end());
    let (kills, seed) = (arguments.kills(), arguments.seed);
    println!("again: cargo xtask sweep --flow {} --kill {kills} --seed {seed}\n", reference.name);
}

fn table(rows: &[Row]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::UTF8_HORIZONTAL_ONLY);
    table.set_header(["flow", "points", "of these in calls", "really killed", "ended before", "diverged", "seconds"]);
    let cells = |row: &Row| {
        let Swept { flow, points, calls, .. } = &row.swept;
        let counts = [*points, *calls, row.killed, row.missed, row.diverged];
        let mut cells = vec![flow.clone()];
        cells.extend(counts.iter().map(ToString::to_string));
        cells.push(format!("{:.1}", row.seconds));
        cells
    };
    rows.iter().for_each(|row| {
        table.add_row(cells(row));
    });
    let sum = |count: fn(&Row) -> usize| rows.iter().map(count).sum::<usize>().to_string();
    table.add_row([
        "all".to_owned(),
        sum(|row| row.swept.points),
        sum(|row| row.swept.calls),
        sum(|row| row.killed),
        sum(|row| row.missed),
        sum(|row| row.diverged),
        format!("{:.1}", rows.iter().map(|row| row.seconds).sum::<f64>()),
    ]);
    table
}
