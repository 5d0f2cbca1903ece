//! What happens in the warehouse.

use std::collections::BTreeSet;

use harness_wms::{NewProduct, Order, OrderStatus, Parcel, PickedBatch};
use host_harness::flow::review_orders;

use super::World;
use crate::format::{Given, Hand, NamedParcel, OneParcel, Operation, Product, Sent};

impl World {
    pub(super) async fn stock_warehouse(&mut self, given: &Given) -> anyhow::Result<()> {
        let host = self.host()?;
        let now = host.now();
        for warehouse in &given.wms.warehouses {
            host.store.add_warehouse(&warehouse.code, &warehouse.code, &warehouse.time_zone).await?;
        }
        if given.mode == Operation::Multichannel {
            host.account_client().await?;
        } else {
            for code in &given.wms.clients {
                host.store.add_client(code, code, now).await?;
            }
        }
        for (code, addresses) in &given.wms.notify {
            let client = host.store.client(code).await?.id;
            for address in addresses {
                host.store.add_notified_user(client, address).await?;
            }
        }
        let products = given.wms.products.clone().unwrap_or_else(|| self.skus());
        for client in self.clients.clone() {
            let hand = Hand {
                client: Some(client),
                products: products.clone(),
                channels: given.wms.channels.clone(),
                ..Hand::default()
            };
            self.hand(&hand).await?;
        }
        self.hand(&Hand { couriers: given.wms.couriers.clone(), ..Hand::default() }).await
    }

    /// Every SKU at Linnworks that can be put into a parcel.
    fn skus(&self) -> Vec<Product> {
        self.sim.with(|world| {
            let items = world.accounts.iter().flat_map(|account| account.items.iter());
            let skus: BTreeSet<String> =
                items.map(|item| item.item_number.clone()).filter(|sku| !sku.is_empty()).collect();
            skus.into_iter().map(Product::Sku).collect()
        })
    }

    /// Carries out what happens in the warehouse.
    ///
    /// # Errors
    /// When the warehouse refuses.
    pub async fn hand(&mut self, hand: &Hand) -> anyhow::Result<()> {
        let code = hand.client.clone().unwrap_or_else(|| self.home.0.clone());
        let (host, shelf) = (self.host()?, self.shelf);
        let (store, now) = (&host.store, host.now());
        let client = store.client(&code).await?.id;
        let warehouse = store.warehouse(&self.home.1).await?.id;
        for channel in &hand.channels {
            store.add_channel(client, channel).await?;
        }
        for courier in &hand.couriers {
            store.add_courier_service(courier, None).await?;
        }
        let products: Vec<NewProduct> = hand
            .products
            .iter()
            .map(|product| NewProduct {
                sku: product.sku().into(),
                name: product.sku().into(),
                ..NewProduct::default()
            })
            .collect();
        if !products.is_empty() {
            store.add_products(client, &products, now).await?;
        }
        for product in &hand.products {
            let units = product.stock().unwrap_or(shelf);
            // Thousands of products of a generated account need no shelf of their own.
            if hand.products.len() <= 100 && units > 0 {
                store.set_stock(client, warehouse, product.sku(), units, 0, now).await?;
            }
        }
        for (sku, units) in &hand.stock {
            store.set_stock(client, warehouse, sku, *units, 0, now).await?;
        }
        for (sku, units) in &hand.adjust {
            store.adjust_stock(client, warehouse, sku, *units, "as the scenario says", now).await?;
        }
        for (sku, units) in &hand.quarantine {
            store.quarantine(client, warehouse, sku, *units, "as the scenario says", now).await?;
        }
        for (sku, units) in &hand.release_quarantine {
            store.release_quarantine(client, warehouse, sku, *units, "as the scenario says", now).await?;
        }
        for reference in &hand.pick {
            store.pick(store.order(reference).await?.id, now).await?;
        }
        for (reference, skus) in &hand.batches {
            let batches = skus.iter().flat_map(|(sku, batches)| {
                batches.iter().map(|(number, units)| PickedBatch {
                    sku: sku.clone(),
                    number: number.clone(),
                    quantity: *units,
                })
            });
            let batches: Vec<PickedBatch> = batches.collect();
            store.pick_batches(store.order(reference).await?.id, &batches, now).await?;
        }
        for reference in &hand.pack {
            store.pack(store.order(reference).await?.id, now).await?;
        }
        for (reference, units) in &hand.split {
            let units: Vec<(String, i64)> = units.iter().map(|(sku, units)| (sku.clone(), *units)).collect();
            store.split(store.order(reference).await?.id, &units, now).await?;
        }
        for (reference, sent) in &hand.despatch {
            store.despatch(store.order(reference).await?.id, &parcels(sent.as_ref()), now).await?;
        }
        if let Some(text) = &hand.despatch_all {
            for order in store.orders(None, Some(OrderStatus::New), 0, 100_000).await? {
                let parcel = Sent::One(format!("{text}{}", order.order_number));
                store.despatch(order.id, &parcels(Some(&parcel)), now).await?;
            }
        }
        for reference in &hand.bill {
            store.bill(store.order(reference).await?.id, now).await?;
        }
        for reference in &hand.put_back {
            store.put_back(store.order(reference).await?.id, now).await?;
        }
        for reference in &hand.cancel {
            store.cancel(store.order(reference).await?.id, "as the scenario says", now).await?;
        }
        for reference in &hand.hold {
            store.hold(store.order(reference).await?.id, "as the scenario says", now).await?;
        }
        for reference in &hand.release {
            store.release(store.order(reference).await?.id, now).await?;
        }
        for reference in hand.look_and_pick.clone() {
            self.look_and_pick(reference).await?;
        }
        for comeback in &hand.returns {
            self.comeback(comeback).await?;
        }
        self.goods(&hand.asns).await
    }

    /// Picks an order as the command does: the source is asked first.
    async fn look_and_pick(&mut self, reference: String) -> anyhow::Result<()> {
        let id = self.host()?.store.order(&reference).await?.id;
        self.with_host(async move |host| {
            review_orders::hands::look(host, id).await?;
            Ok(host.store.pick(id, host.now()).await?)
        })
        .await
    }

    /// All orders of the warehouse.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn orders(&self) -> anyhow::Result<Vec<Order>> {
        let (mut all, mut after) = (Vec::new(), 0);
        loop {
            let page = self.host()?.store.orders(None, None, after, 500).await?;
            let Some(last) = page.last() else { return Ok(all) };
            after = last.id;
            all.extend(page);
        }
    }

    /// Stock of the first client in the first warehouse.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn stock(&self) -> anyhow::Result<Vec<harness_wms::StockLevel>> {
        let store = &self.host()?.store;
        let (client, warehouse) = (store.client(&self.home.0).await?.id, store.warehouse(&self.home.1).await?.id);
        Ok(store.stock_levels(client, warehouse).await?)
    }
}

/// What an order leaves in; when nothing is said, one parcel without number.
fn parcels(sent: Option<&Sent>) -> Vec<Parcel> {
    let numbered = |number: &str| Parcel { tracking_number: Some(number.to_owned()), ..Parcel::default() };
    match sent {
        None => vec![Parcel::default()],
        Some(Sent::One(number)) => vec![numbered(number)],
        Some(Sent::Several(parcels)) => parcels
            .iter()
            .map(|parcel| match parcel {
                OneParcel::Number(number) => numbered(number),
                OneParcel::Named(NamedParcel { tracking, courier }) => {
                    Parcel { tracking_number: tracking.clone(), courier_service: courier.clone() }
                }
            })
            .collect(),
    }
}
