//! What one invocation of the import of purchase orders returned becomes real, in one transaction, or not at all.

use super::drift::differences;
use super::{AsnStatus, COLUMNS, FLOW, items, read};
use crate::model::{Problem, Verdict, loose};
use crate::problems::{self, ProblemAt};
use crate::sql::{in_list, insert_many, list};
use crate::storage::{self, StagedStorage};
use crate::store::Tx;
use crate::{Store, StoreError, StoreResult, runs};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// What goods come in unless somebody knows better.
const GOODS_IN_TYPE: &str = "Carton";

/// A product that is to be created where it is missing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NewAsnProduct {
    /// For people.
    pub name: String,
    /// Bar code.
    pub ean: Option<String>,
    /// Kilograms, decimal.
    pub weight: Option<String>,
    /// Centimetres, decimal.
    pub height: Option<String>,
    /// Centimetres, decimal.
    pub width: Option<String>,
    /// Centimetres, decimal.
    pub depth: Option<String>,
    /// What is odd about it, told once it is created.
    pub warnings: Vec<Problem>,
}

/// One line of a new notice.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NewAsnLine {
    /// The source's id of the line.
    pub source_line_id: String,
    /// The client's SKU.
    pub sku: String,
    /// Still to come.
    pub quantity: u32,
    /// Ordered in all.
    pub ordered: u32,
    /// Delivered so far, as the source counts it.
    pub delivered: u32,
    /// None where products are not to be created.
    pub product: Option<NewAsnProduct>,
}

/// A purchase order that is to become a notice.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NewAsn {
    /// The source's id.
    pub id: String,
    /// A digest of what was ordered.
    pub version: String,
    /// What the source's list said of it; empty when it cannot tell.
    pub header_version: String,
    /// What people call the purchase order.
    pub po_reference: String,
    /// Name.
    pub supplier: String,
    /// Unix milliseconds.
    pub estimated_delivery: Option<i64>,
    /// For the warehouse.
    pub comments: String,
    /// All lines, those that nothing is to come of as well.
    pub lines: Vec<NewAsnLine>,
}

/// A purchase order that the connector did not take.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SkippedAsn {
    /// The source's id.
    pub id: String,
    /// What people call it.
    pub reference: String,
    /// What the source's list said of it; empty when it was not listed.
    pub header_version: String,
    /// The checks that did not pass.
    pub verdicts: Vec<Verdict>,
}

/// What one invocation returned.
#[derive(Debug, Clone, Default)]
pub struct AsnCommit {
    /// The run.
    pub run: i64,
    /// The run's fence.
    pub fence: i64,
    /// Through which connection.
    pub connection: i64,
    /// The account at the source.
    pub account: i64,
    /// Unix milliseconds.
    pub now: i64,
    /// Those that are ready.
    pub ready: Vec<NewAsn>,
    /// Those that the connector did not take.
    pub skipped: Vec<SkippedAsn>,
    /// Ids that the source does not know.
    pub absent: Vec<String>,
    /// What is wrong with those that are not ready; subjects are source ids.
    pub problems: Vec<ProblemAt>,
    /// What the connector wrote to its storage.
    pub storage: Option<StagedStorage>,
}

impl AsnCommit {
    fn ids(&self) -> impl Iterator<Item = &str> {
        let ready = self.ready.iter().map(|asn| asn.id.as_str());
        ready.chain(self.skipped.iter().map(|skip| skip.id.as_str())).chain(self.absent.iter().map(String::as_str))
    }
}

/// What the warehouse decided about one purchase order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum AsnDecision {
    /// It is announced now.
    Created {
        /// The warehouse's notice.
        asn_id: i64,
        /// SKUs of the products that were created for it.
        products: Vec<String>,
    },
    /// It was announced before.
    Known {
        /// The warehouse's notice.
        asn_id: i64,
        /// How it differs from the notice by now, in words.
        differences: Vec<String>,
    },
    /// It stays out until something changes: all reasons, at least one.
    Refused(Vec<Problem>),
}

/// The decision about one purchase order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AsnDecided {
    /// The source's id.
    pub id: String,
    /// What people call it.
    pub reference: String,
    /// The decision.
    pub decision: AsnDecision,
}

/// A notice that is there, and whether it is this connection's to look after.
struct Known {
    asn: super::Asn,
    version: String,
    own: bool,
    by: String,
}

struct Place {
    client: i64,
    warehouse: i64,
}

impl Store {
    /// Creates the notices that the warehouse takes, with the products that they need and may create, each decided by itself; tells
    /// how purchase orders differ from notices made before; records why the others stay out; and makes the connector's storage
    /// writes real. All of it in one transaction.
    ///
    /// # Errors
    /// [`StoreError::Fence`] and [`StoreError::StorageMoved`] when the results are out of date, [`StoreError::StorageFull`],
    /// [`StoreError::Invalid`] for ids with control characters. Nothing is written then.
    pub async fn commit_asns(&self, commit: &AsnCommit) -> StoreResult<Vec<AsnDecided>> {
        check_ids(commit)?;
        let mut tx = self.begin().await?;
        let place = place(&mut tx, commit.connection).await?;
        tx.lock_client(place.client).await?;
        runs::check_fence(&mut tx, commit.run, commit.fence).await?;
        if let Some(staged) = &commit.storage {
            storage::apply(&mut tx, commit.connection, staged).await?;
        }
        let decided = self.decide_and_write(&mut tx, commit, &place).await?;
        tx.commit().await?;
        Ok(decided)
    }

    /// What [`Store::commit_asns`] would decide now. Nothing is written, neither run nor fence is looked at, and the ids of notices
    /// that would be created are 0.
    pub async fn plan_asns(&self, commit: &AsnCommit) -> StoreResult<Vec<AsnDecided>> {
        check_ids(commit)?;
        let mut tx = self.begin().await?;
        let place = place(&mut tx, commit.connection).await?;
        // The transaction is dropped, and everything written in it with it.
        let mut decided = self.decide_and_write(&mut tx, commit, &place).await?;
        for one in &mut decided {
            if let AsnDecision::Created { asn_id, .. } = &mut one.decision {
                *asn_id = 0;
            }
        }
        Ok(decided)
    }

    async fn decide_and_write(&self, tx: &mut Tx, commit: &AsnCommit, place: &Place) -> StoreResult<Vec<AsnDecided>> {
        let known = known(tx, commit, place).await?;
        let mut products = products(tx, commit, place).await?;
        let mut standing = commit.problems.clone();
        let mut waiting: Vec<Waiting<'_>> = Vec::new();
        let mut decided = Vec::with_capacity(commit.ready.len());
        let mut seen = BTreeSet::new();
        for asn in commit.ready.iter().filter(|asn| seen.insert(asn.id.as_str())) {
            let decision = match known.get(asn.id.as_str()) {
                Some(known) if known.own => seen_again(tx, commit, known, asn, &mut standing).await?,
                Some(known) => AsnDecision::Refused(vec![elsewhere(known)]),
                None => {
                    let refused = refusals(asn, &products);
                    if refused.is_empty() {
                        self.create(tx, commit, place, asn, &mut products, &mut standing).await?
                    } else {
                        AsnDecision::Refused(refused)
                    }
                }
            };
            if let AsnDecision::Refused(reasons) = &decision {
                let ours = !known.contains_key(asn.id.as_str());
                // What another connection has announced needs nobody.
                standing.extend(
                    reasons.iter().filter(|_| ours).map(|problem| at(&asn.id, &asn.po_reference, problem.clone())),
                );
                waiting.push(Waiting::refused(asn, reasons, &products));
            }
            decided.push(AsnDecided { id: asn.id.clone(), reference: asn.po_reference.clone(), decision });
        }
        for skip in &commit.skipped {
            match known.get(skip.id.as_str()).filter(|known| known.own) {
                Some(known) => {
                    let found: Vec<&str> = skip.verdicts.iter().map(|verdict| verdict.found.as_str()).collect();
                    no_longer_awaited(tx, commit, known, &skip.header_version, &found.join("; "), &mut standing)
                        .await?;
                }
                None => waiting.push(Waiting::skipped(skip)),
            }
        }
        for id in &commit.absent {
            match known.get(id.as_str()).filter(|known| known.own) {
                Some(known) => {
                    let found = "The source does not have the purchase order any more";
                    no_longer_awaited(tx, commit, known, "", found, &mut standing).await?;
                }
                None => waiting.push(Waiting::absent(id)),
            }
        }
        write_waiting(tx, commit, place, &waiting).await?;
        forget_waiting(tx, commit, place, &decided).await?;
        self.upsert_problems(tx, commit.connection, FLOW, commit.run, &standing, commit.now).await?;
        let subjects: Vec<&str> = commit.ids().collect();
        problems::clear_subjects(tx, commit.connection, FLOW, commit.run, &subjects, commit.now).await?;
        Ok(decided)
    }

    async fn create(
        &self,
        tx: &mut Tx,
        commit: &AsnCommit,
        place: &Place,
        asn: &NewAsn,
        products: &mut Products,
        standing: &mut Vec<ProblemAt>,
    ) -> StoreResult<AsnDecision> {
        let lines: Vec<&NewAsnLine> = asn.lines.iter().filter(|line| line.quantity > 0).collect();
        let mut new: BTreeMap<&str, &NewAsnProduct> = BTreeMap::new();
        for line in &lines {
            if let Some(product) = line.product.as_ref().filter(|_| !products.ids.contains_key(&line.sku)) {
                new.entry(&line.sku).or_insert(product);
            }
        }
        let mut next = if new.is_empty() { 0 } else { self.next_ids("product", new.len(), tx).await? };
        let rows: Vec<(i64, &str, &NewAsnProduct)> = new
            .iter()
            .map(|(sku, product)| {
                next += 1;
                (next - 1, *sku, *product)
            })
            .collect();
        insert_many(
            tx,
            "INSERT INTO products (id, client_id, sku, sku_key, name, ean, weight, height, width, depth, created_at, \
             last_updated)",
            12,
            "",
            &rows,
            |args, (id, sku, product)| {
                args.push(*id).push(place.client).push((*sku).to_owned()).push(loose(sku)).push(product.name.clone());
                args.push(product.ean.clone()).push(product.weight.clone()).push(product.height.clone());
                args.push(product.width.clone()).push(product.depth.clone()).push(commit.now).push(commit.now);
            },
        )
        .await?;
        for (id, sku, product) in &rows {
            let near = products.near.get(*sku).map(|near| near_miss(sku, near));
            // Subjects of their own: the product stays, whatever becomes of the purchase order.
            let warnings = product.warnings.iter().cloned().chain(near);
            standing.extend(warnings.map(|problem| at(&format!("product {sku}"), sku, problem)));
            products.ids.insert((*sku).to_owned(), *id);
        }
        let id = self.next_ids("asn", 1, tx).await?;
        sqlx::query(
            "INSERT INTO asns (id, client_id, warehouse_id, account_id, source_id, connection_id, po_reference, supplier, \
             estimated_delivery, comments, goods_in_type, packages, status_id, version, header_version, awaited, created_at, \
             last_updated) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 1, $12, $13, $14, 1, $15, $15)",
        )
        .bind(id)
        .bind(place.client)
        .bind(place.warehouse)
        .bind(commit.account)
        .bind(asn.id.clone())
        .bind(commit.connection)
        .bind(asn.po_reference.clone())
        .bind(asn.supplier.clone())
        .bind(asn.estimated_delivery)
        .bind(asn.comments.clone())
        .bind(GOODS_IN_TYPE)
        .bind(AsnStatus::New.id())
        .bind(asn.version.clone())
        .bind(asn.header_version.clone())
        .bind(commit.now)
        .execute(&mut **tx)
        .await?;
        let lines: Vec<(i64, &NewAsnLine)> = (1..).zip(lines).collect();
        insert_many(
            tx,
            "INSERT INTO asn_lines (asn_id, line_no, product_id, sku, source_line_id, ordered, delivered_before, expected, \
             received, booked, settled)",
            11,
            "",
            &lines,
            |args, (no, line)| {
                let product = products.ids.get(&line.sku).copied().unwrap_or_default();
                args.push(id).push(*no).push(product).push(line.sku.clone()).push(line.source_line_id.clone());
                args.push(i64::from(line.ordered)).push(i64::from(line.delivered)).push(i64::from(line.quantity));
                args.push(0_i64).push(0_i64).push(0_i64);
            },
        )
        .await?;
        Ok(AsnDecision::Created { asn_id: id, products: rows.iter().map(|(_, sku, _)| (*sku).to_owned()).collect() })
    }
}

fn check_ids(commit: &AsnCommit) -> StoreResult<()> {
    let lines = commit.ready.iter().flat_map(|asn| asn.lines.iter().map(|line| line.source_line_id.as_str()));
    for id in commit.ids().chain(lines) {
        if id.is_empty() || id.chars().any(char::is_control) {
            return Err(StoreError::Invalid {
                field: "purchase order or line id",
                found: format!("{id:?}"),
                expected: "a text without control characters".into(),
            });
        }
    }
    Ok(())
}

async fn place(tx: &mut Tx, connection: i64) -> StoreResult<Place> {
    let found: Option<(i64, i64)> = sqlx::query_as("SELECT client_id, warehouse_id FROM connections WHERE id = $1")
        .bind(connection)
        .fetch_optional(&mut **tx)
        .await?;
    let (client, warehouse) = found.ok_or_else(|| StoreError::not_found("connection", connection, None))?;
    Ok(Place { client, warehouse })
}

async fn known(tx: &mut Tx, commit: &AsnCommit, place: &Place) -> StoreResult<HashMap<String, Known>> {
    let ids: Vec<&str> = commit.ids().collect();
    let engine = tx.engine();
    let head = format!("{COLUMNS} WHERE client_id = $1 AND account_id = $2 AND source_id");
    let rows = sqlx::query(in_list(engine, &head, 3))
        .bind(place.client)
        .bind(commit.account)
        .bind(list(engine, &ids)?)
        .fetch_all(&mut **tx)
        .await?;
    let mut found = HashMap::with_capacity(rows.len());
    for row in &rows {
        let mut asn = read(row)?;
        asn.items = items(tx, asn.id).await?;
        let version: String =
            sqlx::query_scalar("SELECT version FROM asns WHERE id = $1").bind(asn.id).fetch_one(&mut **tx).await?;
        let by: Option<String> = sqlx::query_scalar("SELECT name FROM connections WHERE id = $1")
            .bind(asn.connection_id)
            .fetch_optional(&mut **tx)
            .await?;
        // A notice whose connection was removed belongs to the next one that lists its purchase order.
        let own = asn.connection_id == commit.connection || by.is_none();
        found.insert(asn.source_id.clone(), Known { asn, version, own, by: by.unwrap_or_default() });
    }
    Ok(found)
}

/// What the client has of the SKUs that a batch names.
struct Products {
    ids: HashMap<String, i64>,
    /// Unknown SKU: the one that differs in case and spaces only.
    near: HashMap<String, String>,
}

async fn products(tx: &mut Tx, commit: &AsnCommit, place: &Place) -> StoreResult<Products> {
    let engine = tx.engine();
    let skus: BTreeSet<&str> =
        commit.ready.iter().flat_map(|asn| asn.lines.iter().map(|line| line.sku.as_str())).collect();
    let keys: HashMap<String, &str> = skus.iter().map(|sku| (loose(sku), *sku)).collect();
    let wanted: Vec<&str> = keys.keys().map(String::as_str).collect();
    let head = "SELECT id, sku, sku_key FROM products WHERE client_id = $1 AND sku_key";
    let rows: Vec<(i64, String, String)> = sqlx::query_as(in_list(engine, head, 2))
        .bind(place.client)
        .bind(list(engine, &wanted)?)
        .fetch_all(&mut **tx)
        .await?;
    let mut products = Products { ids: HashMap::new(), near: HashMap::new() };
    for (id, sku, _) in &rows {
        if skus.contains(sku.as_str()) {
            products.ids.insert(sku.clone(), *id);
        }
    }
    for sku in skus.iter().filter(|sku| !products.ids.contains_key(**sku)) {
        if let Some((_, near, _)) = rows.iter().find(|(_, _, key)| *key == loose(sku)) {
            products.near.insert((*sku).to_owned(), near.clone());
        }
    }
    Ok(products)
}

/// All reasons why the warehouse does not announce it. Part of one is never announced: one unknown SKU keeps all of it out.
fn refusals(asn: &NewAsn, products: &Products) -> Vec<Problem> {
    let unknown = missing(asn, products);
    let Some(first) = unknown.first() else { return Vec::new() };
    let named: Vec<String> = unknown
        .iter()
        .map(|sku| {
            let hint = products.near.get(*sku).map(|near| format!(" (did you mean `{near}`?)")).unwrap_or_default();
            format!("`{sku}`{hint}")
        })
        .collect();
    vec![Problem {
        code: "sku-unknown".into(),
        message: format!(
            "The client has no product with the {} {}.",
            if named.len() == 1 { "SKU" } else { "SKUs" },
            named.join(", ")
        ),
        remedy: "Add the product to the client, or have new products imported with purchase orders; it is tried again \
                 once the product is there."
            .into(),
        retry: "after-a-change".into(),
        field: Some("lines".into()),
        sku: Some((*first).to_owned()),
    }]
}

fn missing<'a>(asn: &'a NewAsn, products: &Products) -> Vec<&'a str> {
    let lines = asn.lines.iter().filter(|line| line.quantity > 0 && line.product.is_none());
    let skus: BTreeSet<&str> = lines.map(|line| line.sku.as_str()).collect();
    skus.into_iter().filter(|sku| !products.ids.contains_key(*sku)).collect()
}

fn at(subject: &str, reference: &str, problem: Problem) -> ProblemAt {
    ProblemAt { subject: subject.to_owned(), reference: reference.to_owned(), problem }
}

fn near_miss(sku: &str, near: &str) -> Problem {
    Problem {
        code: "product.near-miss".into(),
        message: format!(
            "`{sku}` was created as a new product; the client has `{near}` already, which differs in case or spaces only."
        ),
        remedy: "If both are the same thing, correct the SKU at the source and merge the two products.".into(),
        retry: "never".into(),
        field: None,
        sku: Some(sku.to_owned()),
    }
}

fn elsewhere(known: &Known) -> Problem {
    Problem {
        code: "already-imported-by".into(),
        message: format!("Connection {} has announced it as ASN {}.", known.by, known.asn.id),
        remedy: "Nothing to do: it is announced once. If the goods go elsewhere now, speak to the warehouse.".into(),
        retry: "after-a-change".into(),
        field: None,
        sku: None,
    }
}

/// A purchase order that was announced before: what moved is remembered, what differs is told, nothing is changed.
async fn seen_again(
    tx: &mut Tx,
    commit: &AsnCommit,
    known: &Known,
    asn: &NewAsn,
    standing: &mut Vec<ProblemAt>,
) -> StoreResult<AsnDecision> {
    let differences = if known.version == asn.version { Vec::new() } else { differences(&known.asn, asn) };
    sqlx::query("UPDATE asns SET header_version = $1, awaited = 1, connection_id = $2 WHERE id = $3")
        .bind(asn.header_version.clone())
        .bind(commit.connection)
        .bind(known.asn.id)
        .execute(&mut **tx)
        .await?;
    if !differences.is_empty() {
        let problem = Problem {
            code: "asn.drift".into(),
            message: format!(
                "The purchase order was changed after ASN {} was made of it: {}.",
                known.asn.id,
                differences.join("; ")
            ),
            remedy: "A notice is never changed by itself. Tell the warehouse what else will come, or set the purchase order back."
                .into(),
            retry: "after-a-change".into(),
            field: Some("lines".into()),
            sku: None,
        };
        standing.push(at(&asn.id, &asn.po_reference, problem));
    }
    Ok(AsnDecision::Known { asn_id: known.asn.id, differences })
}

/// A notice whose purchase order was closed, moved or deleted at the source, found out by reading it.
async fn no_longer_awaited(
    tx: &mut Tx,
    commit: &AsnCommit,
    known: &Known,
    header_version: &str,
    found: &str,
    standing: &mut Vec<ProblemAt>,
) -> StoreResult<()> {
    let asn = &known.asn;
    sqlx::query("UPDATE asns SET awaited = 0, header_version = $1, connection_id = $2 WHERE id = $3")
        .bind(header_version.to_owned())
        .bind(commit.connection)
        .bind(asn.id)
        .execute(&mut **tx)
        .await?;
    let came = asn.items.iter().all(|item| item.quantity_booked >= item.quantity_expected);
    if asn.status.is_final() || came {
        return Ok(());
    }
    let short: i64 = asn.items.iter().map(|item| (item.quantity_expected - item.quantity_booked).max(0)).sum();
    let problem = Problem {
        code: "asn.no-longer-awaited".into(),
        message: format!("{found}; ASN {} still expects {short} units.", asn.id),
        remedy: "Complete the ASN with what came (`harness wms asns complete`), or open the purchase order again."
            .into(),
        retry: "after-a-change".into(),
        field: None,
        sku: None,
    };
    standing.push(at(&asn.source_id, &asn.po_reference, problem));
    Ok(())
}

/// A purchase order that no notice was made of, and why.
struct Waiting<'a> {
    id: &'a str,
    state: i64,
    reference: &'a str,
    header_version: &'a str,
    verdicts: Vec<Verdict>,
    missing: Vec<&'a str>,
}

impl<'a> Waiting<'a> {
    fn refused(asn: &'a NewAsn, reasons: &[Problem], products: &Products) -> Self {
        let verdict = |problem: &Problem| Verdict {
            check: problem.code.clone(),
            passed: false,
            found: problem.message.clone(),
            remedy: problem.remedy.clone(),
        };
        Self {
            id: &asn.id,
            state: 3,
            reference: &asn.po_reference,
            header_version: &asn.header_version,
            verdicts: reasons.iter().map(verdict).collect(),
            missing: missing(asn, products),
        }
    }

    fn skipped(skip: &'a SkippedAsn) -> Self {
        Self {
            id: &skip.id,
            state: 2,
            reference: &skip.reference,
            header_version: &skip.header_version,
            verdicts: skip.verdicts.clone(),
            missing: Vec::new(),
        }
    }

    fn absent(id: &'a str) -> Self {
        Self { id, state: 4, reference: "", header_version: "", verdicts: Vec::new(), missing: Vec::new() }
    }
}

async fn write_waiting(tx: &mut Tx, commit: &AsnCommit, place: &Place, waiting: &[Waiting<'_>]) -> StoreResult<()> {
    let mut seen = BTreeSet::new();
    let rows: Vec<&Waiting<'_>> = waiting.iter().filter(|one| seen.insert(one.id)).collect();
    insert_many(
        tx,
        "INSERT INTO purchase_orders (account_id, client_id, source_id, connection_id, state, reference, header_version, \
         verdicts, missing, first_seen, last_read)",
        11,
        "ON CONFLICT (account_id, client_id, source_id) DO UPDATE SET connection_id = excluded.connection_id, \
         state = excluded.state, reference = excluded.reference, header_version = excluded.header_version, \
         verdicts = excluded.verdicts, missing = excluded.missing, last_read = excluded.last_read",
        &rows,
        |args, one| {
            args.push(commit.account).push(place.client).push(one.id.to_owned()).push(commit.connection);
            args.push(one.state).push(one.reference.to_owned()).push(one.header_version.to_owned());
            args.push(serde_json::to_string(&one.verdicts).unwrap_or_default());
            args.push(serde_json::to_string(&one.missing).unwrap_or_default()).push(commit.now).push(commit.now);
        },
    )
    .await
}

async fn forget_waiting(tx: &mut Tx, commit: &AsnCommit, place: &Place, decided: &[AsnDecided]) -> StoreResult<()> {
    let settled: Vec<&str> = decided
        .iter()
        .filter(|one| !matches!(one.decision, AsnDecision::Refused(_)))
        .map(|one| one.id.as_str())
        .collect();
    if settled.is_empty() {
        return Ok(());
    }
    let engine = tx.engine();
    let head = "DELETE FROM purchase_orders WHERE account_id = $1 AND client_id = $2 AND source_id";
    sqlx::query(in_list(engine, head, 3))
        .bind(commit.account)
        .bind(place.client)
        .bind(list(engine, &settled)?)
        .execute(&mut **tx)
        .await?;
    Ok(())
}
