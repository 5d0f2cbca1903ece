//! Products with weights, barcodes and stock; every twentieth is a composite of two others.

use super::{FULFILMENT_CENTRE, GenerateOptions, SECOND_LOCATION, dice::Dice, present};
use crate::state::{Component, StockItem, StockLevel};
use uuid::Uuid;

const KIND: u64 = 1;
const THINGS: [&str; 12] = [
    "T-shirt",
    "Mug",
    "Coaster",
    "Notebook",
    "Candle",
    "Scarf",
    "Tea towel",
    "Crème brûlée dish",
    "Poster",
    "Keyring",
    "Socks",
    "Blanket",
];
const COLOURS: [&str; 8] = ["black", "red", "blue", "green", "weiß", "crème", "grey", "yellow"];

/// The products, composites after their components.
pub(super) fn items(count: usize, options: &GenerateOptions) -> Vec<StockItem> {
    let mut items: Vec<StockItem> = Vec::with_capacity(count);
    for place in 0..count {
        let mut dice = Dice::new(options.seed_number, KIND, place);
        let item = match parts(place, &items, &mut dice) {
            Some(parts) => composite(place, parts, &mut dice, options),
            None => simple(place, &mut dice, options),
        };
        items.push(item);
    }
    items
}

/// Two components for every twentieth product, from the simple ones before it.
fn parts(place: usize, before: &[StockItem], dice: &mut Dice) -> Option<Vec<Component>> {
    if place % 20 != 19 && !(place == 4 && before.len() == 4) {
        return None;
    }
    let first = place.checked_sub(1 + dice.place(3))?;
    let second = first.checked_sub(1)?;
    let component = |at: usize, quantity: i32| {
        let item = before.get(at).filter(|item| !item.is_composite())?;
        Some(Component { linked_stock_item_id: item.stock_item_id, sku: item.item_number.clone(), quantity })
    };
    Some(vec![component(first, dice.between(1, 2))?, component(second, dice.between(2, 4))?])
}

fn simple(place: usize, dice: &mut Dice, options: &GenerateOptions) -> StockItem {
    let thing = THINGS.get(place % THINGS.len()).copied().unwrap_or_default();
    let colour = COLOURS.get(dice.place(COLOURS.len())).copied().unwrap_or_default();
    let price = f64::from(dice.between(3, 60)) - 0.01;
    let bin_rack = format!("{}{}-{:02}", char::from(b'A' + (place % 8) as u8), place % 9 + 1, place % 40 + 1);
    let levels = levels(&bin_rack, dice, options);
    StockItem {
        barcode_number: barcode(place),
        item_title: format!("{thing} {colour} {}", place + 1),
        purchase_price: (price * 30.0).round() / 100.0,
        retail_price: price,
        weight: f64::from(dice.between(1, 120) * 10),
        height: f64::from(dice.between(1, 30)),
        width: f64::from(dice.between(5, 40)),
        depth: f64::from(dice.between(5, 40)),
        levels,
        ..base(place, dice, options)
    }
}

fn composite(place: usize, composition: Vec<Component>, dice: &mut Dice, options: &GenerateOptions) -> StockItem {
    StockItem {
        item_title: format!("Gift bundle {}", place + 1),
        retail_price: f64::from(dice.between(20, 90)) - 0.01,
        composition,
        ..base(place, dice, options)
    }
}

fn base(place: usize, dice: &mut Dice, options: &GenerateOptions) -> StockItem {
    StockItem {
        stock_item_id: dice.id(),
        stock_item_int_id: i32::try_from(place).unwrap_or(i32::MAX).saturating_add(1001),
        item_number: format!("SKU-{:05}", place + 1),
        creation_date: present(options).plus_seconds(-86_400.0 * 30.0),
        ..StockItem::default()
    }
}

/// Stock at every location; a tenth of the products is out of stock somewhere unless all is to be clean.
fn levels(bin_rack: &str, dice: &mut Dice, options: &GenerateOptions) -> Vec<StockLevel> {
    [Uuid::nil(), SECOND_LOCATION, FULFILMENT_CENTRE]
        .into_iter()
        .map(|location_id| {
            let out_of_stock = dice.chance(100);
            let level = match (options.clean, out_of_stock) {
                (true, _) => 1_000_000,
                (false, true) => 0,
                (false, false) => dice.between(1, 800),
            };
            StockLevel {
                location_id,
                level,
                bin_rack: bin_rack.to_owned(),
                last_update_date: present(options).plus_seconds(-86_400.0),
                last_update_operation: "DIRECT ADJUSTMENT".to_owned(),
                ..StockLevel::default()
            }
        })
        .collect()
}

/// An EAN-13 with its check digit, in the range that GS1 keeps for use inside a company.
fn barcode(place: usize) -> String {
    let body = format!("200{:09}", place + 1);
    let sum: u32 =
        body.bytes().zip([1, 3].into_iter().cycle()).map(|(digit, weight)| u32::from(digit - b'0') * weight).sum();
    format!("{body}{}", (10 - sum % 10) % 10)
}
