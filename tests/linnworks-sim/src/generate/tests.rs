use super::{FULFILMENT_CENTRE, GenerateOptions, SECOND_LOCATION, generate};
use crate::state::{Account, Order, PurchaseStatus};
use uuid::Uuid;

fn account(orders: usize, items: usize, seed_number: u64, clean: bool) -> Account {
    generate(&GenerateOptions { orders, items, seed_number, clean, ..GenerateOptions::default() })
}

fn written(account: &Account) -> String {
    serde_json::to_string(account).unwrap()
}

fn share(account: &Account, of: impl Fn(&Order) -> bool) -> usize {
    account.orders.iter().filter(|order| of(order)).count()
}

#[test]
fn the_same_seed_number_gives_the_same_account_and_another_another() {
    assert_eq!(written(&account(50, 20, 7, false)), written(&account(50, 20, 7, false)));
    assert_ne!(written(&account(50, 20, 7, false)), written(&account(50, 20, 8, false)));
}

#[test]
fn a_larger_account_begins_with_the_orders_of_a_smaller_one() {
    let (small, large) = (account(10, 20, 7, false), account(40, 20, 7, false));
    for order in small.orders.iter() {
        let same = large.orders.get(order.order_id).unwrap();
        assert_eq!((&same.items.len(), &same.customer_info), (&order.items.len(), &order.customer_info));
    }
}

#[test]
fn the_account_has_as_many_orders_and_items_as_asked_for() {
    let account = account(500, 60, 3, false);
    assert_eq!((account.orders.len(), account.items.len(), account.locations.len()), (500, 60, 3));
    assert_eq!(super::generate(&GenerateOptions { orders: 1, items: 0, ..GenerateOptions::default() }).items.len(), 5);
}

#[test]
fn a_clean_account_has_nothing_that_stops_an_import_or_a_despatch() {
    let account = account(2000, 100, 5, true);
    let stops = share(&account, |order| {
        order.is_parked()
            || order.is_locked()
            || order.general_info.status != 1
            || order.general_info.source == "AMAZON FBA"
            || !order.fulfilment_location_id.is_nil()
            || order.items.iter().any(|line| line.is_unlinked())
            || order.customer_info.address.country.as_deref() == Some("UNKNOWN")
            || order
                .stock_parts()
                .iter()
                .any(|(item, quantity)| account.items.get(*item).unwrap().level(Uuid::nil()).unwrap().level < *quantity)
    });
    assert_eq!(stops, 0);
}

#[test]
fn every_oddity_occurs_in_a_small_share() {
    let account = account(4000, 100, 5, false);
    let few = 1..400;
    assert!(few.contains(&share(&account, |o| o.is_parked() && o.general_info.status == 1 && !o.is_locked())));
    assert!(few.contains(&share(&account, |o| o.is_locked() && !o.is_parked())));
    assert!(few.contains(&share(&account, |o| o.general_info.source == "AMAZON FBA")));
    for status in [0, 3, 4] {
        assert!(few.contains(&share(&account, |o| o.general_info.status == status)), "status {status}");
    }
    for location in [SECOND_LOCATION, FULFILMENT_CENTRE] {
        assert!(few.contains(&share(&account, |o| o.fulfilment_location_id == location)), "location {location}");
    }
    assert!(few.contains(&share(&account, |o| o.items.iter().any(|line| line.is_unlinked()))));
    assert!(few.contains(&share(&account, |o| o.customer_info.address.country.as_deref() == Some("UNKNOWN"))));
}

#[test]
fn orders_have_two_to_five_goods_and_all_that_real_ones_have() {
    let account = account(2000, 100, 5, false);
    for order in account.orders.iter() {
        let goods = order.items.iter().filter(|line| !line.is_service).count();
        assert!((2..=5).contains(&goods), "order {} has {goods} lines", order.num_order_id);
        let parts = order.totals_info.subtotal + order.totals_info.postage_cost_ex_tax + order.totals_info.tax;
        assert!((parts - order.totals_info.total_charge).abs() < 0.006, "order {} does not add up", order.num_order_id);
    }
    let lines = |of: fn(&crate::state::OrderItem) -> bool| share(&account, |order| order.items.iter().any(of));
    assert!(lines(|line| line.composite_sub_items.len() == 2) > 0);
    assert!(lines(|line| line.is_service) > 0);
    assert!(lines(|line| !line.additional_info.is_empty()) > 0);
    assert!(share(&account, |order| !order.notes.is_empty()) > 0);
    assert!(share(&account, |order| !order.folder_name.is_empty()) > 0);
    assert!(share(&account, |order| order.totals_info.tax * 100.0 % 1.0 > 0.001) > 0, "no unrounded money");
    for source in ["AMAZON", "EBAY", "SHOPIFY", "DIRECT"] {
        assert!(share(&account, |order| order.general_info.source == source) > 100, "{source}");
    }
    for country in ["United Kingdom", "Germany", "United States"] {
        assert!(share(&account, |o| o.customer_info.address.country.as_deref() == Some(country)) > 10, "{country}");
    }
}

#[test]
fn components_have_the_quantity_of_the_whole_line_and_no_price() {
    let account = account(2000, 100, 5, false);
    let lines =
        account.orders.iter().flat_map(|order| &order.items).filter(|line| !line.composite_sub_items.is_empty());
    let mut seen = 0;
    for line in lines {
        seen += 1;
        let item = account.items.get(line.stock_item_id).unwrap();
        for (part, component) in line.composite_sub_items.iter().zip(&item.composition) {
            assert_eq!(part.quantity, component.quantity * line.quantity);
            assert!(part.cost_inc_tax == 0.0 && part.price_per_unit == 0.0);
        }
    }
    assert!(seen > 0);
}

#[test]
fn purchase_orders_of_every_status_add_up() {
    let account = account(0, 600, 5, false);
    assert_eq!(account.purchase_orders.len(), 60);
    for status in PurchaseStatus::ALL {
        let of: Vec<_> = account.purchase_orders.iter().filter(|order| order.status == status).collect();
        assert!(of.len() > 3, "{status:?}");
        for order in of.iter().filter(|order| order.status != PurchaseStatus::Pending) {
            assert_eq!(order.status_by_lines(), order.status, "{}", order.external_invoice_number);
            let delivered: i32 = order.items.iter().map(|line| line.delivered).sum();
            let recorded: i32 = order.delivered_records.iter().map(|record| record.delivered_quantity).sum();
            assert_eq!(delivered, recorded, "{}", order.external_invoice_number);
        }
    }
    let due: i32 = account.items.iter().map(|item| account.due(item.stock_item_id, Uuid::nil())).sum();
    let open = account.purchase_orders.iter().filter(|order| order.status.is_due() && order.location_id.is_nil());
    assert_eq!(due, open.flat_map(|order| &order.items).map(|line| line.outstanding()).sum::<i32>());
    assert!(due > 0);
}

#[test]
fn buyers_are_nobody() {
    let account = account(300, 20, 5, false);
    for address in account.orders.iter().map(|order| &order.customer_info.address) {
        assert!(address.email_address.as_deref().unwrap().ends_with("@example.test"));
        assert!(address.address1.as_deref().unwrap().ends_with(" Test Street"));
    }
}

#[test]
fn a_hundred_thousand_orders_take_seconds() {
    let start = std::time::Instant::now();
    let account = account(100_000, 2000, 7, false);
    assert_eq!(account.orders.len(), 100_000);
    assert!(start.elapsed().as_secs() < 15, "took {:?}", start.elapsed());
}
