//! `faults`: lets every endpoint misbehave in every way and prints what came of it.
// A world carried through a scenario is one deep future.
#![recursion_limit = "256"]

use std::collections::{BTreeMap, BTreeSet};
use std::process::ExitCode;
use std::time::Instant;

use clap::Parser;
use comfy_table::{Table, presets};
use serde_json::json;
use sweep::crew;
use sweep::faults::{Kind, Lasts, Mark, Plan, Square, Struck};

/// Lets every endpoint of the connector's manifest misbehave in every way, and compares what both sides come to with what they come to
/// without. `=` is the same, `P` something else, of which a problem tells, `X` wrong, `.` no such fault there, or one that had nothing
/// to change.
#[derive(Debug, Parser)]
struct Arguments {
    /// Only these endpoints.
    #[arg(long = "endpoint", value_name = "ENDPOINT")]
    endpoints: Vec<String>,
    /// Only these kinds: a column's title.
    #[arg(long = "kind", value_name = "KIND")]
    kinds: Vec<String>,
    /// Only this field, for the kind wrong-type.
    #[arg(long, value_name = "POINTER")]
    field: Option<String>,
    /// Only the first call, two fields of each answer, and fewer places: what CI runs.
    #[arg(long)]
    quick: bool,
    /// Only so long: once, or a-while.
    #[arg(long, value_name = "ONCE|A-WHILE")]
    lasts: Option<String>,
    /// So many fields of each answer, drawn by the seed [default: all].
    #[arg(long, value_name = "N")]
    fields: Option<usize>,
    /// Chooses the fields.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Worlds at once [default: three for each processor].
    #[arg(short, long)]
    jobs: Option<usize>,
    /// Show every square that did not converge, and the end of the host's log of those that are wrong.
    #[arg(short, long)]
    verbose: bool,
    /// Print one JSON object as the last line.
    #[arg(long)]
    json: bool,
}

fn main() -> anyhow::Result<ExitCode> {
    let arguments = Arguments::parse();
    let began = Instant::now();
    let jobs = arguments.jobs.unwrap_or_else(crew::usual);
    let lasts: &[Lasts] = match (arguments.lasts.as_deref(), arguments.quick) {
        (Some("once"), _) | (None, true) => &[Lasts::Once],
        (Some("a-while"), _) => &[Lasts::AWhile],
        (None, false) => &[Lasts::Once, Lasts::AWhile],
        (Some(other), _) => anyhow::bail!("--lasts is {other:?}; expected once or a-while"),
    };
    let plan = Plan::make(lasts, !arguments.quick, jobs)?;
    is_there("--endpoint", &arguments.endpoints, plan.endpoints.iter().map(|endpoint| endpoint.name.as_str()))?;
    is_there("--kind", &arguments.kinds, kinds())?;
    let fields = arguments.fields.or(arguments.quick.then_some(2));
    let chosen = |square: &Square| {
        let name = plan.endpoints.get(square.endpoint).map_or("", |endpoint| endpoint.name.as_str());
        (arguments.endpoints.is_empty() || arguments.endpoints.iter().any(|one| one == name))
            && (arguments.kinds.is_empty() || arguments.kinds.iter().any(|one| one == square.kind.name()))
            && arguments.field.as_ref().is_none_or(|one| square.kind == Kind::WrongType(one.clone()))
    };
    let mut squares = plan.squares(lasts, fields, arguments.seed);
    squares.retain(chosen);
    anyhow::ensure!(
        !squares.is_empty(),
        "nothing is chosen: no such fault has anything to change at these endpoints, or no field of that name is among those drawn"
    );
    let results = crew::each(&squares, jobs, |square| {
        let struck = plan.strike(square);
        if let Some(told) = told(&plan, square, &struck, arguments.verbose) {
            println!("{told}");
        }
        struck
    });
    let mut matrix = Matrix::default();
    for (square, struck) in squares.iter().zip(results) {
        let Some(struck) = struck else { anyhow::bail!("a square broke off") };
        matrix.add(square, &struck);
    }
    println!("{}", matrix.table(&plan));
    let marks = [Some(Mark::Converged), Some(Mark::Problem), Some(Mark::Wrong), None];
    let [same, problem, wrong, idle] = marks.map(|mark| matrix.count(mark));
    let names: BTreeSet<&str> = plan.endpoints.iter().map(|endpoint| endpoint.name.as_str()).collect();
    println!(
        "{} endpoints, {} faults struck in {:.1} s: {same} converged, {problem} left a problem, {wrong} wrong; {idle} did not strike",
        names.len(),
        same + problem + wrong,
        began.elapsed().as_secs_f64()
    );
    if arguments.json {
        let counts =
            json!({ "endpoints": names.len(), "converged": same, "problem": problem, "wrong": wrong, "idle": idle });
        println!("{counts}");
    }
    Ok(if wrong == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// All kinds, by their names.
fn kinds() -> impl Iterator<Item = &'static str> {
    Kind::ALL.into_iter().map(|kind| kind.name()).chain(["wrong-type"])
}

/// Whether all that is `asked` for is among those `known`.
fn is_there<'a>(option: &str, asked: &[String], known: impl Iterator<Item = &'a str>) -> anyhow::Result<()> {
    let known: BTreeSet<&str> = known.collect();
    let Some(unknown) = asked.iter().find(|one| !known.contains(one.as_str())) else { return Ok(()) };
    let all: Vec<&str> = known.iter().copied().collect();
    anyhow::bail!("{option} is {unknown:?}, which is not there; there are {}", all.join(", "))
}

fn word(lasts: Lasts) -> &'static str {
    match lasts {
        Lasts::Once => "once",
        Lasts::AWhile => "a-while",
    }
}

/// What a person is told of a square: of what is wrong always, of problems where they are asked for.
fn told(plan: &Plan, square: &Square, struck: &Struck, verbose: bool) -> Option<String> {
    if struck.mark == Mark::Converged || (struck.mark == Mark::Problem && !verbose) {
        return None;
    }
    let name = plan.endpoints.get(square.endpoint).map_or("", |endpoint| endpoint.name.as_str());
    let Square { kind, lasts, .. } = square;
    let title = match struck.mark {
        Mark::Wrong => "WRONG",
        _ => "PROBLEM",
    };
    let mut lines = vec![format!("{title} {}, {kind}, {}", plan.title(square.endpoint), word(*lasts))];
    if struck.mark == Mark::Wrong || verbose {
        lines.push(struck.what.trim_end().to_owned());
    }
    lines.extend(struck.told.iter().map(|told| format!("told: {told}")));
    if verbose && struck.mark == Mark::Wrong {
        let log: Vec<&str> = struck.log.lines().collect();
        lines.push(log.get(log.len().saturating_sub(60)..).unwrap_or_default().join("\n"));
    }
    let field = if let Kind::WrongType(field) = kind { format!(" --field '{field}'") } else { String::new() };
    let again = format!("--endpoint {name} --kind {}{field} --lasts {} -v", kind.name(), word(*lasts));
    lines.push(format!("again: cargo xtask faults {again}\n"));
    Some(lines.join("\n"))
}

/// Marks by endpoint and kind.
#[derive(Default)]
struct Matrix {
    marks: BTreeMap<(usize, &'static str), Vec<Option<Mark>>>,
}

impl Matrix {
    fn add(&mut self, square: &Square, struck: &Struck) {
        // A fault that never struck proves nothing, unless what came of it is wrong.
        let mark = Some(struck.mark).filter(|mark| struck.struck || *mark == Mark::Wrong);
        self.marks.entry((square.endpoint, square.kind.name())).or_default().push(mark);
    }

    fn count(&self, mark: Option<Mark>) -> usize {
        self.marks.values().flatten().filter(|one| **one == mark).count()
    }

    fn table(&self, plan: &Plan) -> Table {
        let kinds: Vec<&str> = kinds().collect();
        let mut table = Table::new();
        table.load_style(presets::UTF8_HORIZONTAL_ONLY);
        table.set_header(std::iter::once("endpoint").chain(kinds.iter().copied()));
        for at in 0..plan.endpoints.len() {
            if !self.marks.keys().any(|(of, _)| *of == at) {
                continue;
            }
            let cell = |kind: &&str| self.marks.get(&(at, *kind)).map_or(".".into(), |marks| shown(marks));
            table.add_row(std::iter::once(plan.title(at)).chain(kinds.iter().map(cell)));
        }
        table
    }
}

/// Each mark of a few; of many fields how many there are of each.
fn shown(marks: &[Option<Mark>]) -> String {
    let sign = |mark: &Option<Mark>| match mark {
        None => ".",
        Some(Mark::Converged) => "=",
        Some(Mark::Problem) => "P",
        Some(Mark::Wrong) => "X",
    };
    if marks.len() <= 2 {
        return marks.iter().map(sign).collect();
    }
    let kinds = [Some(Mark::Converged), Some(Mark::Problem), Some(Mark::Wrong), None];
    let counts = kinds.iter().map(|kind| (sign(kind), marks.iter().filter(|mark| *mark == kind).count()));
    let counted: Vec<String> =
        counts.filter(|(_, count)| *count > 0).map(|(sign, count)| format!("{sign}{count}")).collect();
    counted.join(" ")
}
