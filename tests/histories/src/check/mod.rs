//! What has to hold once a history has come to rest. Each part answers with complaints, none when all holds.

mod goods;
mod orders;
mod problems;
mod returns;
mod stock;

use std::collections::{BTreeMap, BTreeSet};

use harness_wms::{Connection, OpenProblem, Order, QueueState, Queued};
use linnworks_sim::state::Account;

use crate::books::Books;
use crate::course::Course;
use crate::history::Choices;

/// Both sides at rest.
struct Rest<'a> {
    choices: &'a Choices,
    books: &'a Books,
    account: Account,
    connection: Connection,
    orders: Vec<Order>,
    problems: Vec<OpenProblem>,
    queue: Vec<Queued>,
}

/// Complaints, and which problems may stand by what they are about.
#[derive(Debug, Default)]
struct Findings {
    complaints: Vec<String>,
    may_stand: BTreeMap<String, BTreeSet<&'static str>>,
}

impl Findings {
    fn complain(&mut self, complaint: impl Into<String>) {
        self.complaints.push(complaint.into());
    }

    fn may_stand(&mut self, subject: &str, codes: impl IntoIterator<Item = &'static str>) {
        self.may_stand.entry(subject.to_owned()).or_default().extend(codes);
    }
}

impl Rest<'_> {
    /// Codes of the problems about this.
    fn told(&self, subject: &str) -> BTreeSet<&str> {
        let about = self.problems.iter().filter(|problem| problem.subject == subject);
        about.map(|problem| problem.problem.code.as_str()).collect()
    }

    /// Whether the queue still holds this for telling.
    fn waits(&self, flow: &str, item: &str) -> bool {
        self.queue
            .iter()
            .any(|queued| queued.flow == flow && queued.item_id == item && queued.state == QueueState::Pending)
    }
}

/// Complaints about a history that has come to rest.
///
/// # Errors
/// When the database fails.
pub(crate) async fn check(course: &Course<'_>) -> anyhow::Result<Vec<String>> {
    let world = &course.world;
    let store = &world.host()?.store;
    let rest = Rest {
        choices: &course.history.choices,
        books: &course.books,
        account: world.sim.with(|sim| sim.account().clone()),
        connection: world.connection(scenarios::world::MAIN).await?,
        orders: world.orders().await?,
        problems: store.problems(None, false).await?,
        queue: store.queue(None, true).await?,
    };
    let mut findings = Findings::default();
    orders::imported(&rest, &mut findings);
    orders::left_out(&rest, store, &mut findings).await?;
    orders::processed(&rest, &mut findings);
    stock::levels(&rest, &world.stock().await?, store, &mut findings).await?;
    returns::booked(&rest, &store.returns(None, None, 0, 1_000).await?, &mut findings);
    goods::announced(&rest, &store.asns(None, None).await?, &mut findings);
    problems::causes(&rest, &mut findings);
    secrets(course, &mut findings);
    findings.complaints.extend(world.sim.with(|sim| scenarios::writes::told_once(sim)));
    Ok(findings.complaints)
}

fn secrets(course: &Course<'_>, findings: &mut Findings) {
    let log = course.world.log.since(0);
    if course.world.secrets.iter().any(|secret| log.contains(secret.as_str())) {
        findings.complain("the log has a secret");
    }
    let buyers = course.world.sim.with(|sim| {
        let orders = sim.account().orders.iter();
        orders.filter_map(|order| order.customer_info.address.email_address.clone()).collect::<BTreeSet<_>>()
    });
    if buyers.iter().any(|buyer| !buyer.is_empty() && log.contains(buyer.as_str())) {
        findings.complain("the log has a buyer's e-mail address");
    }
}
