//! `harness wms`: the warehouse's hands, and what has to be there before a connection.

mod returns;

use anyhow::Context as _;
use clap::{Args, Subcommand};
use harness_wms::{NewProduct, Order, OrderStatus, Parcel};
use serde_json::json;

use super::output::{instant, table};
use super::{Done, Output};
use crate::platform::Platform;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Clients.
    #[command(subcommand)]
    Client(Client),
    /// Warehouses.
    #[command(subcommand)]
    Warehouse(Warehouse),
    /// Sales channels of a client.
    #[command(subcommand)]
    Channel(Channel),
    /// Courier services.
    #[command(subcommand)]
    Courier(Courier),
    /// Products of a client.
    #[command(subcommand)]
    Product(Product),
    /// Stock of a client in a warehouse.
    #[command(subcommand)]
    Stock(Stock),
    /// Orders.
    #[command(subcommand)]
    Order(OrderCommand),
    /// Goods that come back.
    #[command(subcommand)]
    Returns(returns::Command),
}

#[derive(Debug, Subcommand)]
pub(super) enum Client {
    /// Add a client.
    Add { code: String, name: String },
    /// List all.
    List,
    /// Connect Notifications: whom of the client to write to about orders that do not import. Without an address they are listed.
    Notify {
        client: String,
        email: Option<String>,
        /// Do not write to that address any more.
        #[arg(long, requires = "email")]
        remove: bool,
    },
}

#[derive(Debug, Subcommand)]
pub(super) enum Warehouse {
    /// Add a warehouse; its time zone decides what day a despatch is due.
    Add {
        code: String,
        name: String,
        /// IANA name.
        #[arg(long, default_value = "Europe/London")]
        time_zone: String,
    },
    /// List all.
    List,
}

#[derive(Debug, Subcommand)]
pub(super) enum Channel {
    /// Add a channel to a client.
    Add { client: String, name: String },
    /// List those of a client.
    List { client: String },
}

#[derive(Debug, Subcommand)]
pub(super) enum Courier {
    /// Add a courier service.
    Add {
        name: String,
        #[arg(long)]
        tracking_url: Option<String>,
    },
    /// List all.
    List,
}

#[derive(Debug, Subcommand)]
pub(super) enum Product {
    /// Add a product to a client.
    Add {
        client: String,
        sku: String,
        /// For people; the SKU when left out.
        name: Option<String>,
        #[arg(long)]
        ean: Option<String>,
        /// Kilograms.
        #[arg(long)]
        weight: Option<String>,
    },
    /// Add products from a CSV file with the columns sku,name (a header line is skipped).
    Import { client: String, file: std::path::PathBuf },
    /// List those of a client.
    List { client: String },
}

#[derive(Debug, Subcommand)]
pub(super) enum Stock {
    /// Set what lies on the shelf, allocated units included.
    Set {
        client: String,
        warehouse: String,
        sku: String,
        quantity: i64,
        /// Units that may not be sold.
        #[arg(long, default_value_t = 0)]
        quarantine: i64,
    },
    /// List it.
    List { client: String, warehouse: String },
}

#[derive(Debug, Subcommand)]
pub(super) enum OrderCommand {
    /// List orders.
    List(OrderList),
    /// Show one.
    Show { order: String },
    /// Pick it.
    Pick { order: String },
    /// Despatch it.
    Despatch {
        order: String,
        /// One for each parcel.
        #[arg(long = "tracking", value_name = "NUMBER")]
        tracking: Vec<String>,
        #[arg(long, default_value = "")]
        courier: String,
    },
    /// Cancel it in the warehouse; nothing is told to the source.
    Cancel {
        order: String,
        #[arg(long, default_value = "cancelled in the warehouse")]
        reason: String,
    },
    /// Hold it.
    Hold {
        order: String,
        #[arg(long, default_value = "")]
        reason: String,
    },
    /// Release it.
    Release { order: String },
}

#[derive(Debug, Args)]
pub(super) struct OrderList {
    /// Only of that client.
    #[arg(long)]
    client: Option<String>,
    /// Only in that status, by id (1 NEW, 4 DESPATCHED, 7 HOLDING, 9 ONBACKORDER, ...).
    #[arg(long)]
    status: Option<i64>,
    #[arg(long, default_value_t = 50)]
    limit: u32,
}

pub(super) async fn run(platform: &Platform, command: Command, output: Output) -> anyhow::Result<Done> {
    let (store, now) = (&platform.store, platform.now());
    match command {
        Command::Client(Client::Add { code, name }) => {
            output.show(&store.add_client(&code, &name, now).await?, |c| format!("client {} is added", c.code))?;
        }
        Command::Client(Client::List) => output.show(&store.clients().await?, |rows| {
            table(["ID", "CODE", "NAME"], rows.iter().map(|c| [c.id.to_string(), c.code.clone(), c.name.clone()]))
        })?,
        Command::Client(Client::Notify { client, email, remove }) => {
            let client = store.client(&client).await?;
            match email {
                Some(email) if remove => store.remove_notified_user(client.id, &email).await?,
                Some(email) => store.add_notified_user(client.id, &email).await?,
                None => {}
            }
            output.show(&store.notified_users(client.id).await?, |rows| {
                table(["CONNECT NOTIFICATIONS"], rows.iter().map(|email| [email.clone()]))
            })?;
        }
        Command::Warehouse(Warehouse::Add { code, name, time_zone }) => {
            output.show(&store.add_warehouse(&code, &name, &time_zone).await?, |w| {
                format!("warehouse {} is added", w.code)
            })?;
        }
        Command::Warehouse(Warehouse::List) => output.show(&store.warehouses().await?, |rows| {
            table(
                ["ID", "CODE", "NAME", "TIME ZONE"],
                rows.iter().map(|w| [w.id.to_string(), w.code.clone(), w.name.clone(), w.time_zone.clone()]),
            )
        })?,
        Command::Channel(Channel::Add { client, name }) => {
            let client = store.client(&client).await?;
            output.show(&store.add_channel(client.id, &name).await?, |c| {
                format!("channel {} is added to {}", c.name, client.code)
            })?;
        }
        Command::Channel(Channel::List { client }) => {
            let client = store.client(&client).await?;
            output.show(&store.channels(client.id).await?, |rows| {
                table(["ID", "NAME"], rows.iter().map(|c| [c.id.to_string(), c.name.clone()]))
            })?;
        }
        Command::Courier(Courier::Add { name, tracking_url }) => {
            output.show(&store.add_courier_service(&name, tracking_url.as_deref()).await?, |c| {
                format!("courier service {} is added", c.name)
            })?;
        }
        Command::Courier(Courier::List) => output.show(&store.courier_services().await?, |rows| {
            table(["ID", "NAME"], rows.iter().map(|c| [c.id.to_string(), c.name.clone()]))
        })?,
        Command::Product(command) => products(platform, command, output).await?,
        Command::Stock(command) => stock(platform, command, output).await?,
        Command::Order(command) => orders(platform, command, output).await?,
        Command::Returns(command) => returns::run(platform, command, output).await?,
    }
    Ok(Done::Well)
}

async fn products(platform: &Platform, command: Product, output: Output) -> anyhow::Result<()> {
    let (store, now) = (&platform.store, platform.now());
    match command {
        Product::Add { client, sku, name, ean, weight } => {
            let client = store.client(&client).await?;
            let product = NewProduct { name: name.unwrap_or_else(|| sku.clone()), sku, ean, weight };
            let added = store.add_products(client.id, std::slice::from_ref(&product), now).await?;
            output.show(&json!({ "sku": product.sku, "added": added }), |_| match added {
                0 => format!("{} has a product {} already; it was left as it is", client.code, product.sku),
                _ => format!("product {} is added to {}", product.sku, client.code),
            })
        }
        Product::Import { client, file } => {
            let client = store.client(&client).await?;
            let text = std::fs::read_to_string(&file).with_context(|| format!("{} cannot be read", file.display()))?;
            let mut products = Vec::new();
            for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
                let (sku, name) = line.split_once(',').unwrap_or((line, line));
                if !(products.is_empty() && sku.eq_ignore_ascii_case("sku")) {
                    products.push(NewProduct {
                        sku: sku.trim().into(),
                        name: name.trim().into(),
                        ean: None,
                        weight: None,
                    });
                }
            }
            let added = store.add_products(client.id, &products, now).await?;
            output.show(&json!({ "read": products.len(), "added": added }), |_| {
                format!("{added} of {} products are new", products.len())
            })
        }
        Product::List { client } => {
            let client = store.client(&client).await?;
            output.show(&store.products(client.id).await?, |rows| {
                table(["ID", "SKU", "NAME"], rows.iter().map(|p| [p.id.to_string(), p.sku.clone(), p.name.clone()]))
            })
        }
    }
}

async fn stock(platform: &Platform, command: Stock, output: Output) -> anyhow::Result<()> {
    let store = &platform.store;
    match command {
        Stock::Set { client, warehouse, sku, quantity, quarantine } => {
            let (client, warehouse) = (store.client(&client).await?, store.warehouse(&warehouse).await?);
            store.set_stock(client.id, warehouse.id, &sku, quantity, quarantine, platform.now()).await?;
            output.show(&json!({ "sku": sku, "total_stock_level": quantity }), |_| {
                format!("{sku}: {quantity} in {}", warehouse.code)
            })
        }
        Stock::List { client, warehouse } => {
            let (client, warehouse) = (store.client(&client).await?, store.warehouse(&warehouse).await?);
            output.show(&store.stock_levels(client.id, warehouse.id).await?, |rows| {
                table(
                    ["SKU", "LEVEL", "ALLOCATED", "TOTAL", "QUARANTINE"],
                    rows.iter().map(|s| {
                        [
                            s.sku.clone(),
                            s.level.to_string(),
                            s.allocated.to_string(),
                            s.total_stock_level.to_string(),
                            s.in_quarantine.to_string(),
                        ]
                    }),
                )
            })
        }
    }
}

async fn orders(platform: &Platform, command: OrderCommand, output: Output) -> anyhow::Result<()> {
    let (store, now) = (&platform.store, platform.now());
    let id = match &command {
        OrderCommand::List(list) => {
            let client = match &list.client {
                Some(code) => Some(store.client(code).await?.id),
                None => None,
            };
            let status = match list.status {
                Some(id) => Some(OrderStatus::from_id(id).with_context(|| format!("there is no order status {id}"))?),
                None => None,
            };
            let orders = store.orders(client, status, 0, list.limit).await?;
            return output.show(&orders, |rows| {
                table(
                    ["ID", "NUMBER", "REFERENCE", "STATUS", "LINES", "VALUE", "DUE", "SOURCE DATE"],
                    rows.iter().map(|o| {
                        [
                            o.id.to_string(),
                            o.order_number.clone(),
                            o.external_order_reference.clone(),
                            o.order_status.name().to_owned(),
                            o.order_items.len().to_string(),
                            format!("{} {}", o.order_value, o.currency),
                            o.required_despatch_date.clone().unwrap_or_default(),
                            o.source_order_date.map(instant).unwrap_or_default(),
                        ]
                    }),
                )
            });
        }
        OrderCommand::Show { order }
        | OrderCommand::Pick { order }
        | OrderCommand::Despatch { order, .. }
        | OrderCommand::Cancel { order, .. }
        | OrderCommand::Hold { order, .. }
        | OrderCommand::Release { order } => store.order(order).await?.id,
    };
    match &command {
        OrderCommand::Pick { .. } => store.pick(id, now).await?,
        OrderCommand::Cancel { reason, .. } => store.cancel(id, reason, now).await?,
        OrderCommand::Hold { reason, .. } => store.hold(id, reason, now).await?,
        OrderCommand::Release { .. } => store.release(id, now).await?,
        OrderCommand::Despatch { tracking, courier, .. } => {
            let parcel = |number: Option<String>| Parcel { tracking_number: number, courier_service: courier.clone() };
            let mut parcels: Vec<Parcel> = tracking.iter().map(|number| parcel(Some(number.clone()))).collect();
            if parcels.is_empty() {
                parcels.push(parcel(None));
            }
            store.despatch(id, &parcels, now).await?;
        }
        OrderCommand::List(_) | OrderCommand::Show { .. } => {}
    }
    output.show(&store.order_by_id(id).await?, show)
}

fn show(order: &Order) -> String {
    let head = format!(
        "order {} ({}), {}\nreference {}, {} {}, due {}\nto {} {}, {}, {} {}\n",
        order.order_number,
        order.id,
        order.order_status.name(),
        order.external_order_reference,
        order.order_value,
        order.currency,
        order.required_despatch_date.as_deref().unwrap_or("-"),
        order.first_name,
        order.last_name,
        order.town,
        order.post_code,
        order.country,
    );
    head + &table(
        ["SKU", "QUANTITY", "ALLOCATED", "PRICE", "DETAILS"],
        order.order_items.iter().map(|item| {
            [
                item.sku.clone(),
                item.quantity.to_string(),
                item.allocated.to_string(),
                item.price.clone(),
                item.details.clone(),
            ]
        }),
    )
}
