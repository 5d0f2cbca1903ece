//! What people do in the warehouse, and what the books note of it when it is not refused.

use harness_wms::{Asn, AsnStatus};
use host_harness::flow::review_orders;
use scenarios::format::Hand;
use scenarios::world::DIED;
use serde_json::{Value, json};

use crate::course::Course;
use crate::generate::LACKED;
use crate::history::What;

/// Units of the lacked product on the shelf once it is made.
const MADE: i64 = 10;

impl Course<'_> {
    pub(crate) async fn in_the_warehouse(&mut self, id: u32, what: &What) -> anyhow::Result<bool> {
        Ok(match what {
            What::Adjust { sku, units } => {
                let did = self.hand(json!({ "adjust": { sku: units } })).await?;
                self.shelve(did, sku, i64::from(*units))
            }
            What::Quarantine { sku, units } => {
                let did = self.hand(json!({ "quarantine": { sku: units } })).await?;
                self.shelve(did, sku, -i64::from(*units))
            }
            What::ReleaseQuarantine { sku, units } => {
                let did = self.hand(json!({ "release-quarantine": { sku: units } })).await?;
                self.shelve(did, sku, i64::from(*units))
            }
            What::AddProduct => {
                let new = self.books.products.insert(LACKED.to_owned());
                let did = new && self.hand(json!({ "products": [{ "sku": LACKED, "stock": MADE }] })).await?;
                self.shelve(did, LACKED, MADE)
            }
            What::ConfirmAsn(of) => self.confirm(*of).await?,
            What::Receive { of, units } => self.receive(*of, *units).await?,
            What::BookIn(of) => self.book_in(*of).await?,
            What::Pick { of, look } => {
                let Some(order) = self.number(*of) else { return Ok(false) };
                let verb = if *look { "look-and-pick" } else { "pick" };
                let did = self.hand(json!({ verb: [order] })).await?;
                self.note(did, *of, |noted| noted.picked = true)
            }
            What::PutBack(of) => {
                let of = &self.books.next(*of, |noted| noted.picked && noted.left.is_none());
                let Some(order) = self.number(*of) else { return Ok(false) };
                let did = self.hand(json!({ "put-back": [order] })).await?;
                self.note(did, *of, |noted| noted.picked = false)
            }
            What::CancelHere(of) => {
                let Some(order) = self.number(*of) else { return Ok(false) };
                let did = self.hand(json!({ "cancel": [order] })).await?;
                self.note(did, *of, |noted| noted.cancelled = true)
            }
            What::Hold(of) => {
                let Some(order) = self.number(*of) else { return Ok(false) };
                let did = self.hand(json!({ "hold": [order] })).await?;
                self.note(did, *of, |noted| noted.held = true)
            }
            // What a review has stopped is for a person to judge; here nobody lets it go against better knowledge.
            What::Release(of) => {
                let of = &self.books.next(*of, |noted| noted.held);
                let held = self.books.order(*of).is_some_and(|(_, noted)| noted.held);
                let Some(order) = self.number(*of).filter(|_| held) else { return Ok(false) };
                let did = !self.is_found_fault_with(&order).await? && self.hand(json!({ "release": [order] })).await?;
                self.note(did, *of, |noted| noted.held = false)
            }
            What::Despatch { of, look, parcels } => self.despatch(id, *of, *look, *parcels).await?,
            What::Return { of, units, scrap } => self.comes_back(*of, *units, *scrap).await?,
            _ => false,
        })
    }

    async fn hand(&mut self, hand: Value) -> anyhow::Result<bool> {
        let hand: Hand = serde_json::from_value(hand)?;
        match self.world.hand(&hand).await {
            Ok(()) => Ok(true),
            Err(error) if error.to_string() == DIED => self.rise().await.map(|()| false),
            // Refused: it does not happen.
            Err(_) => Ok(false),
        }
    }

    fn note(&mut self, did: bool, of: u32, note: impl FnOnce(&mut crate::books::Noted)) -> bool {
        if let (true, Some((_, noted))) = (did, self.books.order(of)) {
            note(noted);
        }
        did
    }

    fn shelve(&mut self, did: bool, sku: &str, units: i64) -> bool {
        if did {
            *self.books.shelf.entry(sku.to_owned()).or_default() += units;
        }
        did
    }

    /// As the warehouse calls the order.
    fn number(&mut self, label: u32) -> Option<String> {
        self.books.order(label).map(|(_, noted)| noted.number.to_string())
    }

    /// Whether a problem about the order stands.
    async fn is_found_fault_with(&self, number: &str) -> anyhow::Result<bool> {
        let store = &self.world.host()?.store;
        let Ok(order) = store.order(number).await else { return Ok(false) };
        let problems = store.problems(None, false).await?;
        Ok(problems.iter().any(|problem| problem.subject == order.source_order_id))
    }

    async fn despatch(&mut self, id: u32, of: u32, look: bool, parcels: u32) -> anyhow::Result<bool> {
        let Some(order) = self.number(of) else { return Ok(false) };
        if look {
            let asked = order.clone();
            let looked = self.world.with_host(async move |host| {
                let found = host.store.order(&asked).await?;
                Ok(review_orders::hands::look(host, found.id).await?)
            });
            if let Err(error) = looked.await
                && error.to_string() == DIED
            {
                self.rise().await?;
                return Ok(false);
            }
        }
        let numbers: Vec<String> = (1..=parcels).map(|parcel| format!("T{id}-{parcel}")).collect();
        let sent = match numbers.as_slice() {
            [] => Value::Null,
            [one] => json!(one),
            several => json!(several),
        };
        let store = self.world.host()?.store.clone();
        let before = store.order(&order).await.ok();
        let did = self.hand(json!({ "despatch": { order: sent } })).await?;
        for line in before.iter().filter(|_| did).flat_map(|order| &order.order_items) {
            self.shelve(true, &line.sku, -line.quantity);
        }
        Ok(self.note(did, of, |noted| noted.left = Some(numbers)))
    }

    async fn comes_back(&mut self, of: u32, units: u32, scrap: bool) -> anyhow::Result<bool> {
        let Some(number) = self.number(of) else { return Ok(false) };
        let store = self.world.host()?.store.clone();
        let Ok(order) = store.order(&number).await else { return Ok(false) };
        let Some(line) = order.order_items.first() else { return Ok(false) };
        let units = i64::from(units).min(line.quantity);
        let action = if scrap { "scrap" } else { "restock" };
        let row = json!({ "sku": line.sku, "quantity": units, "action": action, "line": line.id });
        let did = self.hand(json!({ "returns": [{ "order": number, "items": [row] }] })).await?;
        Ok(self.shelve(did && !scrap, &line.sku, units) || did)
    }

    /// The notice of that purchase order where it `fits`, or else of the next that does.
    async fn asn(&self, of: u32, fits: impl Fn(&Asn) -> bool) -> anyhow::Result<Option<(String, Asn)>> {
        let store = &self.world.host()?.store;
        let (earlier, later): (Vec<u32>, Vec<u32>) = self.books.ordered.iter().partition(|one| **one < of);
        for label in later.into_iter().chain(earlier) {
            let key = format!("PO-{label}");
            if let Ok(asn) = store.asn(&key).await
                && fits(&asn)
            {
                return Ok(Some((key, asn)));
            }
        }
        Ok(None)
    }

    async fn confirm(&mut self, of: u32) -> anyhow::Result<bool> {
        let Some((key, _)) = self.asn(of, is_new).await? else { return Ok(false) };
        self.hand(json!({ "asns": { "confirm": [key] } })).await
    }

    /// Goods arrive, whether somebody had confirmed them or not.
    async fn receive(&mut self, of: u32, units: u32) -> anyhow::Result<bool> {
        let is_expected = |asn: &Asn| !asn.status.is_final() && asn.items.iter().any(|item| item.on_order > 0);
        let Some((key, asn)) = self.asn(of, is_expected).await? else { return Ok(false) };
        if is_new(&asn) && !self.hand(json!({ "asns": { "confirm": [key] } })).await? {
            return Ok(false);
        }
        let arrived: serde_json::Map<String, Value> = asn
            .items
            .iter()
            .map(|item| (item.sku.clone(), json!(item.on_order.min(i64::from(units)))))
            .filter(|(_, units)| units.as_i64() > Some(0))
            .collect();
        self.hand(json!({ "asns": { "receive": { key: arrived } } })).await
    }

    async fn book_in(&mut self, of: u32) -> anyhow::Result<bool> {
        let has_arrived = |asn: &Asn| asn.items.iter().any(|item| item.quantity_receieved > item.quantity_booked);
        let Some((key, before)) = self.asn(of, has_arrived).await? else { return Ok(false) };
        let did = self.hand(json!({ "asns": { "book-in": [key] } })).await?;
        for item in before.items.iter().filter(|_| did) {
            self.shelve(true, &item.sku, item.quantity_receieved - item.quantity_booked);
        }
        Ok(did)
    }
}

fn is_new(asn: &Asn) -> bool {
    matches!(asn.status, AsnStatus::New | AsnStatus::AwaitingApproval)
}
