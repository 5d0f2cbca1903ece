//! Every scenario file is a test, named by its path; and the format's own promises.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use libtest_mimic::{Arguments, Failed, Trial};
use scenarios::matching::compare;
use scenarios::run::Options;
use scenarios::{coverage, format, places, run};

fn main() {
    let mut arguments = Arguments::from_args();
    let folder = places::cases();
    let mut trials = vec![
        Trial::test("the_schema_is_up_to_date", the_schema_is_up_to_date),
        Trial::test("an_unknown_field_is_refused_with_its_line", an_unknown_field_is_refused_with_its_line),
        Trial::test("a_step_has_exactly_one_verb", a_step_has_exactly_one_verb),
        Trial::test("every_requirement_is_covered", every_requirement_is_covered),
        Trial::test(
            "every_test_that_the_security_document_names_exists",
            every_test_that_the_security_document_names_exists,
        ),
        Trial::test("a_wrong_expectation_fails", a_wrong_expectation_fails),
        Trial::test("with_fuel_and_without_every_scenario_ends_alike", with_fuel_and_without_every_scenario_ends_alike),
        Trial::test("every_call_is_judged_by_the_vendors_description", every_call_is_judged_by_the_vendors_description),
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

fn every_test_that_the_security_document_names_exists() -> Result<(), Failed> {
    let root = places::root();
    let vain = coverage::named_in_vain(&root.join("docs/security.md"), &root).map_err(|error| format!("{error:#}"))?;
    if vain.is_empty() {
        Ok(())
    } else {
        Err(format!("docs/security.md names tests that do not exist: {}", vain.join(", ")).into())
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

fn every_requirement_is_covered() -> Result<(), Failed> {
    let found = coverage::coverage(&places::requirements(), &places::cases(), &places::root());
    let faults = found.map_err(|error| format!("{error:#}"))?.faults();
    if faults.is_empty() { Ok(()) } else { Err(faults.join("\n").into()) }
}

/// The engine that counts fuel, of tests and benchmarks, and the one that does not, of operation, are two builds of the same
/// component: whatever is measured or replayed on one has to hold for the other.
fn with_fuel_and_without_every_scenario_ends_alike() -> Result<(), Failed> {
    let files = format::files(&[places::cases()]).map_err(|error| format!("{error:#}"))?;
    let (next, different) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                while let Some(file) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let Ok(case) = format::load(file) else { continue };
                    let [without, with] = [false, true]
                        .map(|fuel| run::run_with(&case, Options { fuel, trace: true, ..Options::default() }));
                    let failures: Vec<String> =
                        without.failures.iter().chain(&with.failures).map(ToString::to_string).collect();
                    let mut told = compare("with fuel", &without.trace, &with.trace);
                    // Matching admits more than was expected, so both ways.
                    told.extend(compare("without fuel", &with.trace, &without.trace));
                    if !failures.is_empty() || !told.is_empty() {
                        let told: Vec<String> = told.iter().map(ToString::to_string).collect();
                        let why = format!("{}\n{}{}", file.display(), failures.concat(), told.concat());
                        different.lock().unwrap_or_else(PoisonError::into_inner).push(why);
                    }
                }
            });
        }
    });
    let different = different.into_inner()?;
    if different.is_empty() { Ok(()) } else { Err(different.join("\n").into()) }
}

/// Where the description is absent, this is the one test that says so for all scenarios.
fn every_call_is_judged_by_the_vendors_description() -> Result<(), Failed> {
    let loaded = run::description().map_err(|error| format!("{error:#}"))?;
    if let vendor_spec::Loaded::Absent(reason) = loaded {
        test_needs::skip(test_needs::Need::VendorDescription, reason);
        return Ok(());
    }
    let text = "title: x\ngiven: {active: unanswered}\nsteps:\n  - run: {flow: import-orders, dry-run: true}\n    expect: {total-calls: 2}\n";
    let outcome = run::run(&format::read(text).map_err(|error| format!("{error:#}"))?);
    // The session, the look at the location and the list.
    if outcome.passed() && outcome.judged == 3 {
        return Ok(());
    }
    Err(format!("{} calls were judged, {:?}", outcome.judged, outcome.failures).into())
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
        "{mails: [{to: one@example.com}]}",
        "{mail-count: 1}",
        "{requests: [{operation: Orders/GetOrdersById}]}",
        "{request-count: 1}",
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
