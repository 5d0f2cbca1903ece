//! A whole import: from a simulator in another process through the sandbox into SQLite.

use harness_contract::types::Mode;
use host_harness::flow::import_orders::{self, Report, Scope};
use host_harness::flow::run::Ran;

use crate::Row;
use bench::lab::{self, SimulatorProcess};

struct Measured {
    /// Processor time of this process for each order, all threads, in microseconds.
    host_us: f64,
    first: Ran<Report>,
    idle: Ran<Report>,
}

async fn measure(orders: usize) -> anyhow::Result<Measured> {
    let simulator = SimulatorProcess::start(orders)?;
    let folder = tempfile::tempdir()?;
    let (platform, connection) = lab::platform(folder.path(), &simulator.url, false).await?;
    let began = process_us();
    let first = import_orders::run(&platform, &connection, Mode::Apply, Scope::New).await?;
    let spent = process_us() - began;
    anyhow::ensure!(
        first.report.imported == orders,
        "{} of {orders} orders were imported: {first:?}",
        first.report.imported
    );
    let idle =
        import_orders::run(&platform, &platform.store.connection_by_id(connection.id).await?, Mode::Apply, Scope::New)
            .await?;
    #[expect(clippy::cast_precision_loss, reason = "counts far below 2^52")]
    Ok(Measured { host_us: spent as f64 / orders as f64, first, idle })
}

/// How often the main import is measured. The least processor time counts: it is the one that the machine disturbed least.
const TIMES: usize = 3;

/// Figures of imports of `orders` orders, and of 1,000 against `many`.
pub(crate) async fn rows(orders: usize, many: usize) -> anyhow::Result<Vec<Row>> {
    let mut main = measure(orders).await?;
    for _ in 1..TIMES {
        let again = measure(orders).await?;
        if again.host_us < main.host_us {
            main = again;
        }
    }
    let calls = |report: &Ran<Report>| report.spent.calls.values().sum::<u64>();
    #[expect(clippy::cast_precision_loss, reason = "counts far below 2^52")]
    let number = |count: u64| count as f64;
    let allowed = 3 + u64::try_from(orders.div_ceil(200))?;
    let mut memory = main.first.spent.memory_bytes;
    let mut rows = vec![
        Row::new(
            format!("import of {orders} orders: processor time of the whole host per order"),
            main.host_us,
            "us",
            Some(90.0),
        ),
        Row::new(
            "of that, the component".to_owned(),
            number(main.first.spent.cpu_us) / number(orders as u64),
            "us",
            None,
        ),
        Row::new(
            format!("import of {orders} orders: calls"),
            number(calls(&main.first)),
            "calls",
            Some(number(allowed)),
        ),
        Row::new("run with nothing new: calls", number(calls(&main.idle)), "calls", Some(1.0)),
    ];
    if many > 0 {
        let few = measure(1_000).await?;
        let large = measure(many).await?;
        memory = memory.max(large.first.spent.memory_bytes);
        rows.push(Row::new(
            format!("time per order, {many} orders against 1000"),
            large.host_us / few.host_us,
            "times",
            Some(1.25),
        ));
    }
    rows.push(Row::new("memory of one invocation, at most", number(memory) / 1_048_576.0, "MiB", Some(32.0)));
    Ok(rows)
}

/// User and system time of this process, all threads, in microseconds.
fn process_us() -> u64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    u64::try_from(time.tv_sec).unwrap_or(0) * 1_000_000 + u64::try_from(time.tv_nsec).unwrap_or(0) / 1_000
}
