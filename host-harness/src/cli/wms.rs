//! `harness wms`: the warehouse's hands, and what has to be there before a connection. `orders`: what is done to orders.

mod orders;

mod asns;

mod returns;

use anyhow::Context as _;
use clap::Subcommand;
use harness_wms::NewProduct;
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
    Order(orders::Command),
    /// Goods that are announced (advance shipment notices).
    #[command(subcommand)]
    Asns(asns::Command),
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
    /// After how many days an order's buyer is erased, counted from when it left or was cancelled. Without a number it is shown.
    EraseAfter {
        client: String,
        /// 0 for never.
        days: Option<u16>,
        /// As the host's configuration says (`retention.buyers_days`).
        #[arg(long, conflicts_with = "days")]
        as_host: bool,
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
    /// Change what is free by so many units, more or less (`--units=-2`): what a count found.
    Adjust {
        client: String,
        warehouse: String,
        sku: String,
        #[arg(long, allow_negative_numbers = true)]
        units: i64,
        #[arg(long, default_value = "")]
        reason: String,
    },
    /// Put free units aside, so that they are not sold; or take them back.
    Quarantine {
        client: String,
        warehouse: String,
        sku: String,
        units: i64,
        /// Take them back.
        #[arg(long)]
        release: bool,
        #[arg(long, default_value = "")]
        reason: String,
    },
    /// What was changed by hand, newest first.
    Log {
        client: String,
        warehouse: String,
        #[arg(long, default_value_t = 50)]
        limit: u32,
    },
    /// List it.
    List { client: String, warehouse: String },
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
        Command::Client(Client::EraseAfter { client, days, as_host }) => {
            let client = store.client(&client).await?;
            if days.is_some() || as_host {
                store.set_erase_after_days(client.id, days.map(i64::from)).await?;
            }
            let own = store.erase_after_days(client.id).await?;
            let days = own.unwrap_or_else(|| platform.config.retention.buyers_days.into());
            let told = serde_json::json!({ "client": client.code, "days": days, "as_host": own.is_none() });
            output.show(&told, |_| match days {
                0 => format!("buyers of {} are not erased by themselves", client.code),
                _ => {
                    format!("buyers of {} are erased {days} days after their order left or was cancelled", client.code)
                }
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
        Command::Order(command) => orders::run(platform, command, output).await?,
        Command::Asns(command) => asns::run(platform, command, output).await?,
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
        Stock::Adjust { client, warehouse, sku, units, reason } => {
            let (client, warehouse) = (store.client(&client).await?, store.warehouse(&warehouse).await?);
            store.adjust_stock(client.id, warehouse.id, &sku, units, &reason, platform.now()).await?;
            output.show(&json!({ "sku": sku, "units": units }), |_| format!("{sku}: {units:+} in {}", warehouse.code))
        }
        Stock::Quarantine { client, warehouse, sku, units, release, reason } => {
            let (client, warehouse, now) =
                (store.client(&client).await?, store.warehouse(&warehouse).await?, platform.now());
            if release {
                store.release_quarantine(client.id, warehouse.id, &sku, units, &reason, now).await?;
            } else {
                store.quarantine(client.id, warehouse.id, &sku, units, &reason, now).await?;
            }
            let what = if release { "taken back from quarantine" } else { "put into quarantine" };
            output.show(&json!({ "sku": sku, "units": units, "released": release }), |_| {
                format!("{sku}: {units} {what} in {}", warehouse.code)
            })
        }
        Stock::Log { client, warehouse, limit } => {
            let (client, warehouse) = (store.client(&client).await?, store.warehouse(&warehouse).await?);
            output.show(&store.stock_adjustments(client.id, warehouse.id, limit).await?, |rows| {
                table(
                    ["AT", "SKU", "KIND", "UNITS", "REASON"],
                    rows.iter().map(|a| {
                        [instant(a.at), a.sku.clone(), a.kind.clone(), a.quantity.to_string(), a.reason.clone()]
                    }),
                )
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
