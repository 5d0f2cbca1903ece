//! Every scenario file is a test, named by its path; and the format's own promises.

use std::path::Path;

use libtest_mimic::{Arguments, Failed, Trial};
use scenarios::{coverage, format, places, run};

fn main() {
    let mut arguments = Arguments::from_args();
    let folder = places::cases();
    let mut trials = vec![
        Trial::test("the_schema_is_up_to_date", the_schema_is_up_to_date),
        Trial::test("an_unknown_field_is_refused_with_its_line", an_unknown_field_is_refused_with_its_line),
        Trial::test("a_step_has_exactly_one_verb", a_step_has_exactly_one_verb),
        Trial::test("every_requirement_that_is_due_is_covered", every_requirement_that_is_due_is_covered),
        Trial::test("a_wrong_expectation_fails", a_wrong_expectation_fails),
    ];
    match format::files(std::slice::from_ref(&folder)) {
        Ok(files) => trials.extend(files.into_iter().map(|file| {
            let name = file.strip_prefix(&folder).unwrap_or(&file).with_extension("").display().to_string();
            Trial::test(name, move || scenario(&file))
        })),
        Err(error) => trials.push(Trial::test("the_cases_are_found", move || Err(format!("{error:#}").into()))),
    }
    // Each scenario is mostly the processor's work.
    arguments.test_threads =
        arguments.test_threads.or_else(|| std::thread::available_parallelism().ok().map(usize::from));
    libtest_mimic::run(&arguments, trials).exit();
}

fn scenario(file: &Path) -> Result<(), Failed> {
    let case = format::load(file).map_err(|error| format!("{error:#}"))?;
    let outcome = run::run(&case);
    if outcome.passed() {
        return Ok(());
    }
    let failures: Vec<String> = outcome.failures.iter().map(ToString::to_string).collect();
    Err(format!("{}\n{}", case.title, failures.join("\n")).into())
}

fn the_schema_is_up_to_date() -> Result<(), Failed> {
    let made = format::schema().map_err(|error| error.to_string())?;
    let kept = std::fs::read_to_string(places::schema()).unwrap_or_default();
    if made == kept {
        return Ok(());
    }
    Err("tests/scenarios/schema.json is out of date; write it anew with `scenario --schema > tests/scenarios/schema.json`".into())
}

fn an_unknown_field_is_refused_with_its_line() -> Result<(), Failed> {
    let text = "title: x\nsteps:\n  - run: import-orders\n    expect:\n      importd: 3\n";
    let error = format::read(text).err().map(|error| format!("{error:#}")).unwrap_or_default();
    if error.contains("importd") && error.contains("line 5") {
        Ok(())
    } else {
        Err(format!("the error is {error:?}").into())
    }
}

fn a_step_has_exactly_one_verb() -> Result<(), Failed> {
    for (text, expected) in [
        ("title: x\nsteps:\n  - note: nothing\n", "no verb"),
        ("title: x\nsteps:\n  - run: import-orders\n    clock: +1m\n", "two verbs"),
        ("title: x\nsteps: []\n", "at least one step"),
    ] {
        let error = format::read(text).err().map(|error| format!("{error:#}")).unwrap_or_default();
        if !error.contains(expected) {
            return Err(format!("{text:?} gives {error:?}").into());
        }
    }
    Ok(())
}

fn every_requirement_that_is_due_is_covered() -> Result<(), Failed> {
    let found = coverage::coverage(&places::requirements(), &places::cases()).map_err(|error| format!("{error:#}"))?;
    let missing: Vec<&str> = found.missing().map(|row| row.requirement.id.as_str()).collect();
    if missing.is_empty() && found.unknown.is_empty() {
        return Ok(());
    }
    Err(format!("not covered: {}; not in the table: {:?}", missing.join(", "), found.unknown).into())
}

/// Each kind of expectation, wrong: a runner that cannot fail proves nothing.
fn a_wrong_expectation_fails() -> Result<(), Failed> {
    let given =
        "title: x\ngiven: {simulator: {account: {Orders: [{ReferenceNum: A-1, Items: [{SKU: TEE}]}]}}}\nsteps:\n";
    let before = "  - run: {flow: import-orders, dry-run: true}\n";
    let run = "  - run: import-orders\n    expect: ";
    for wrong in [
        "{error: boom}",
        "{result: {imported: 2}}",
        "{imported: 2}",
        "{imported: {min: 2}}",
        "{already-imported: 1}",
        "{skipped: {parked: 1}}",
        "{refused: {sku-unknown: 1}}",
        "{fates: {A-1: skip}}",
        "{conclusion: nothing}",
        "{warnings: nothing}",
        "{verdicts: {parked: true}}",
        "{orders: {A-1: {OrderNumber: X}}}",
        "{orders: {A-2: {}}}",
        "{order-count: 2}",
        "{absent: [A-1]}",
        "{stock: {TEE: {Level: 3}}}",
        "{calls: {Orders/GetOrdersById: 7}}",
        "{total-calls: {max: 1}}",
        "{problems: [{code: x}]}",
        "{problem-count: 1}",
        "{linnworks: {A-1: {Processed: true}}}",
        "{linnworks: {A-1: null}}",
        "{wms-unchanged: true}",
        "{stored: {state: draft}}",
        "{log: {contains: [nothing of that kind]}}",
        "{log: {lacks: [GetOrdersById]}}",
    ] {
        let case =
            format::read(&format!("{given}{before}{run}{wrong}\n")).map_err(|error| format!("{wrong}: {error:#}"))?;
        let outcome = run::run(&case);
        let failed = outcome.failures.first().is_some_and(|failure| failure.step.starts_with("step 2"));
        if !failed {
            return Err(format!("{wrong} went through, or failed elsewhere: {:?}", outcome.failures).into());
        }
    }
    Ok(())
}
