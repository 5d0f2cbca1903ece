//! Every attack of the gallery is a test, named by the fact that it shows.

use libtest_mimic::{Arguments, Trial};

fn main() {
    let mut arguments = Arguments::from_args();
    let trials = hostile::attacks::all().into_iter().map(|attack| {
        Trial::test(attack.fact, move || {
            let row = hostile::row::carry_out(&attack);
            if row.holds() { Ok(()) } else { Err(row.broken.join("\n").into()) }
        })
    });
    // The memory of the process is measured, which is one.
    arguments.test_threads = Some(1);
    libtest_mimic::run(&arguments, trials.collect()).exit();
}
