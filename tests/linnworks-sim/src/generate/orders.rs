//! Open orders of two to five lines.

use super::{FOLDERS, GenerateOptions, dice::Dice, oddity, people, present};
use crate::state::{
    Account, CustomerInfo, ExtendedProperty, GeneralInfo, Identifier, ItemOption, Note, Order, OrderItem,
    PostalService, ScheduledDelivery, ShippingInfo, Stamp, StockItem, render::rounded,
};

const KIND: u64 = 2;
const FIRST_NUMBER: i32 = 100_001;
const DAYS: i32 = 5;
const DAY: f64 = 86_400.0;

/// Source, sub-source and site of a channel.
struct Channel {
    source: &'static str,
    sub_source: &'static str,
    site: &'static str,
}

const CHANNELS: [Channel; 6] = [
    Channel { source: "AMAZON", sub_source: "Example Amazon UK", site: "GB" },
    Channel { source: "AMAZON", sub_source: "Example Amazon DE", site: "DE" },
    Channel { source: "EBAY", sub_source: "EBAY0", site: "UK" },
    Channel { source: "SHOPIFY", sub_source: "Example Shopify", site: "" },
    Channel { source: "SHOPIFY", sub_source: "Example Boutique – Zürich", site: "" },
    Channel { source: "DIRECT", sub_source: "", site: "" },
];

/// Writes the orders of one account.
pub(super) struct Writer<'a> {
    account: &'a Account,
    items: Vec<&'a StockItem>,
    options: &'a GenerateOptions,
    services: Vec<&'a PostalService>,
    premium: Option<&'a Identifier>,
}

impl<'a> Writer<'a> {
    /// For an account whose items, locations and services stand.
    pub(super) fn new(account: &'a Account, options: &'a GenerateOptions) -> Self {
        Self {
            account,
            items: account.items.iter().collect(),
            options,
            services: account.postal_services.iter().collect(),
            premium: account.identifiers.iter().find(|identifier| identifier.tag == "AMAZON_PREMIUM"),
        }
    }

    /// The order at a place, counted from 0.
    pub(super) fn order(&self, place: usize) -> Order {
        let dice = &mut Dice::new(self.options.seed_number, KIND, place);
        let number = FIRST_NUMBER.saturating_add(i32::try_from(place).unwrap_or(i32::MAX));
        let received = self.received(place, dice);
        let order_id = dice.id();
        let Some(channel) = CHANNELS.get(dice.place(CHANNELS.len())) else { return Order::default() };
        // Marketplaces send sums that were never rounded; shops send cents.
        let rounds = matches!(channel.source, "SHOPIFY" | "DIRECT");
        let mut order = Order {
            order_id,
            num_order_id: number,
            general_info: self.general(channel, number, received, dice),
            customer_info: self.customer(number, dice),
            folder_name: folders(dice),
            items: self.lines(channel, received, rounds, dice),
            notes: notes(order_id, received, dice),
            extended_properties: properties(channel, number, dice),
            paid_date_time: Some(received.plus_seconds(1.0)),
            tax_id: Some(String::new()),
            ..Order::default()
        };
        order.shipping_info = self.shipping(dice);
        total(&mut order, rounds);
        let oddity = oddity::draw(dice).filter(|_| !self.options.clean);
        if let Some(oddity) = oddity {
            oddity::apply(oddity, &mut order);
        }
        order
    }

    /// Some time in the last days; the lower the number, the earlier.
    fn received(&self, place: usize, dice: &mut Dice) -> Stamp {
        let span = f64::from(DAYS) * DAY;
        let share = place as f64 / self.options.orders.max(1) as f64;
        let moment = present(self.options).plus_seconds(-span * (1.0 - share));
        // Linnworks shows whole seconds for some channels and fractions for others.
        if dice.chance(300) {
            moment.plus_seconds(f64::from(dice.between(1, 999)) / 1000.0)
        } else {
            whole_second(moment)
        }
    }

    fn general(&self, channel: &Channel, number: i32, received: Stamp, dice: &mut Dice) -> GeneralInfo {
        let reference = match channel.source {
            "AMAZON" => format!("{}-{}-{}", dice.digits(3), dice.digits(7), dice.digits(7)),
            "EBAY" => format!("{}-{}-{}", dice.digits(2), dice.digits(5), dice.digits(5)),
            "SHOPIFY" => dice.digits(13),
            _ => format!("DIRECT-{number}"),
        };
        let premium = channel.source == "AMAZON" && dice.chance(100);
        let despatch_by = received.plus_seconds(DAY * f64::from(dice.between(1, 3)));
        let slot = dice.chance(50).then(|| ScheduledDelivery {
            from: Some(whole_second(despatch_by.plus_seconds(DAY))),
            to: Some(whole_second(despatch_by.plus_seconds(2.0 * DAY))),
        });
        GeneralInfo {
            is_rule_run: dice.chance(500),
            marker: if dice.chance(50) { dice.between(1, 6) } else { 0 },
            identifiers: self.premium.filter(|_| premium).cloned().into_iter().collect(),
            secondary_reference: Some(if channel.source == "SHOPIFY" {
                format!("#{number}")
            } else {
                reference.clone()
            }),
            external_reference_num: Some(reference.clone()),
            reference_num: reference,
            received_date: received,
            source: channel.source.to_owned(),
            sub_source: Some(channel.sub_source.to_owned()),
            site_code: Some(channel.site.to_owned()),
            despatch_by_date: whole_second(despatch_by),
            scheduled_delivery: slot,
            ..GeneralInfo::default()
        }
    }

    fn customer(&self, number: i32, dice: &mut Dice) -> CustomerInfo {
        let address = people::address(number, dice, &self.account.countries);
        let billing_address = match dice.between(1, 10) {
            1..=7 => Some(address.clone()),
            8 => Some(people::address(number, dice, &self.account.countries)),
            _ => None,
        };
        CustomerInfo { channel_buyer_name: Some(format!("test-buyer-{number}")), address, billing_address }
    }

    fn shipping(&self, dice: &mut Dice) -> ShippingInfo {
        let postage = dice.pick(0.0, &[3.99, 4.99, 7.5, 12.95]);
        let service = self.services.get(dice.place(self.services.len())).copied().cloned().unwrap_or_default();
        ShippingInfo {
            vendor: service.vendor,
            postal_service_id: service.id,
            postal_service_name: service.postal_service_name,
            // Until the totals are worked out: the packaging alone.
            total_weight: f64::from(dice.between(1, 10) * 10),
            postage_cost: postage,
            postage_cost_ex_tax: rounded(postage / 1.2, 3),
            ..ShippingInfo::default()
        }
    }

    fn lines(&self, channel: &Channel, received: Stamp, rounds: bool, dice: &mut Dice) -> Vec<OrderItem> {
        let count = dice.between(2, 5);
        let mut lines: Vec<OrderItem> = (0..count).filter_map(|_| self.line(channel, received, rounds, dice)).collect();
        if dice.chance(30) {
            let row_id = dice.id();
            let mut line = OrderItem {
                row_id,
                sku: "SERVICE-GIFT-WRAP".to_owned(),
                title: "Gift wrapping".to_owned(),
                is_service: true,
                price_per_unit: 2.5,
                ..fresh(channel, received, dice)
            };
            price(&mut line, rounds);
            lines.push(line);
        }
        lines
    }

    fn line(&self, channel: &Channel, received: Stamp, rounds: bool, dice: &mut Dice) -> Option<OrderItem> {
        let item = *self.items.get(dice.place(self.items.len()))?;
        let quantity = dice.pick(1, &[1, 1, 2, 2, 3, 6]);
        let options = gift_options(dice);
        let mut line = OrderItem {
            row_id: dice.id(),
            stock_item_id: item.stock_item_id,
            quantity,
            price_per_unit: item.retail_price,
            additional_info: options,
            bin_rack: item.levels.first().map(|level| level.bin_rack.clone()),
            ..fresh(channel, received, dice)
        };
        line.take_over(item, self.account);
        for part in &mut line.composite_sub_items {
            part.row_id = dice.id();
            part.added_date = received;
        }
        price(&mut line, rounds);
        Some(line)
    }
}

fn fresh(channel: &Channel, received: Stamp, dice: &mut Dice) -> OrderItem {
    OrderItem {
        item_number: dice.digits(14),
        item_source: Some(channel.source.to_owned()),
        tax_rate: 20.0,
        tax_cost_inclusive: true,
        added_date: received.plus_seconds(91.32),
        ..OrderItem::default()
    }
}

/// Works out the money of a line; without rounding the tax keeps the noise of the division.
fn price(line: &mut OrderItem, rounds: bool) {
    line.recalculate();
    if !rounds {
        line.cost = line.cost_inc_tax / (1.0 + line.tax_rate / 100.0);
        line.tax = line.cost_inc_tax - line.cost;
        line.sales_tax = line.tax;
    }
}

fn total(order: &mut Order, rounds: bool) {
    order.recalculate();
    let totals = &mut order.totals_info;
    totals.country_tax_rate = 20.0;
    let country = order.customer_info.address.country.as_deref();
    let (currency, rate) = match country {
        Some("United Kingdom") | None => ("GBP", 1.0),
        Some("United States") => ("USD", 0.79),
        Some(_) => ("EUR", 0.86),
    };
    totals.currency = currency.to_owned();
    totals.conversion_rate = rate;
    if !rounds {
        totals.subtotal = order.items.iter().map(|line| line.cost).sum();
        totals.tax =
            order.items.iter().map(|line| line.tax).sum::<f64>() + totals.postage_cost - totals.postage_cost_ex_tax;
        totals.total_charge = totals.subtotal + totals.postage_cost_ex_tax + totals.tax;
    }
}

fn folders(dice: &mut Dice) -> Vec<String> {
    if !dice.chance(150) {
        return Vec::new();
    }
    FOLDERS.get(dice.place(FOLDERS.len())).map(|folder| (*folder).to_owned()).into_iter().collect()
}

fn notes(order_id: uuid::Uuid, received: Stamp, dice: &mut Dice) -> Vec<Note> {
    let mut notes = Vec::new();
    let mut note = |internal: bool, text: &str, created_by: &str, dice: &mut Dice| {
        notes.push(Note {
            order_note_id: dice.id(),
            order_id,
            note_date: received.plus_seconds(2.0),
            internal,
            text: text.to_owned(),
            created_by: created_by.to_owned(),
            note_type_id: Some(0),
        });
    };
    if dice.chance(250) {
        let texts =
            ["Ring twice, then the door at the back", "Bitte beim Nachbarn abgeben – danke!", "Gift 🎁: no invoice"];
        note(false, dice.pick("Please leave with neighbour", &texts), "Channel", dice);
    }
    if dice.chance(80) {
        note(true, "Checked by the office", "owner@example.test", dice);
    }
    notes
}

fn gift_options(dice: &mut Dice) -> Vec<ItemOption> {
    if !dice.chance(60) {
        return Vec::new();
    }
    let wrap = ItemOption { option_id: dice.id(), property: "Gift wrap".to_owned(), value: "Yes".to_owned() };
    let message = ItemOption {
        option_id: dice.id(),
        property: "Gift message".to_owned(),
        value: "Happy birthday, Zoë!".to_owned(),
    };
    if dice.chance(500) { vec![wrap, message] } else { vec![wrap] }
}

fn properties(channel: &Channel, number: i32, dice: &mut Dice) -> Vec<ExtendedProperty> {
    if channel.source != "SHOPIFY" {
        return Vec::new();
    }
    vec![ExtendedProperty {
        row_id: dice.id(),
        name: "channel_order_name".to_owned(),
        value: format!("#{number}"),
        kind: "Order".to_owned(),
    }]
}

fn whole_second(moment: Stamp) -> Stamp {
    Stamp(chrono::DateTime::from_timestamp(moment.0.timestamp(), 0).unwrap_or(moment.0))
}
