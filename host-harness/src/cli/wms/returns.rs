//! `harness wms returns`: goods that come back.

use clap::{Args, Subcommand, ValueEnum};
use harness_wms::{NewReturnItem, Return, StockAction};

use crate::cli::Output;
use crate::cli::output::{instant, table};
use crate::platform::Platform;

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum Command {
    /// Begin a return of an order that has left.
    Create { order: String },
    /// Add what came back to a return that is not confirmed.
    Add(Add),
    /// Take a row out of a return that is not confirmed.
    Remove { r#return: String, row: i64 },
    /// Confirm a return: stock moves, and the source is told where the connection exports returns.
    Confirm { r#return: String },
    /// Reopen a confirmed return to correct it. What the source was told is not taken back.
    Reopen { r#return: String },
    /// Show one.
    Show { r#return: String },
    /// List returns.
    List(List),
    /// Why goods come back, and what is usually done with them.
    Reasons,
    /// Add a reason.
    AddReason { name: String, action: Action },
}

#[derive(Debug, Args)]
pub(in crate::cli) struct Add {
    r#return: String,
    sku: String,
    #[arg(default_value_t = 1)]
    quantity: u32,
    /// Exact name of a reason.
    #[arg(long)]
    reason: String,
    /// What is done with the goods; what the reason says when left out.
    #[arg(long)]
    action: Option<Action>,
    /// The order's line, by its place there, where several have the SKU.
    #[arg(long)]
    line: Option<i64>,
    /// Remarks; the source is told them.
    #[arg(long, default_value = "")]
    comments: String,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct List {
    /// Only of that client.
    #[arg(long)]
    client: Option<String>,
    /// Only those that are not confirmed.
    #[arg(long)]
    open: bool,
    #[arg(long, default_value_t = 50)]
    limit: u32,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(in crate::cli) enum Action {
    /// Back to the shelf.
    Restock,
    /// Not fit for sale.
    Scrap,
}

impl From<Action> for StockAction {
    fn from(action: Action) -> Self {
        match action {
            Action::Restock => Self::Restock,
            Action::Scrap => Self::Scrap,
        }
    }
}

pub(in crate::cli) async fn run(platform: &Platform, command: Command, output: Output) -> anyhow::Result<()> {
    let (store, now) = (&platform.store, platform.now());
    let shown = match command {
        Command::Create { order } => {
            let order = store.order(&order).await?;
            store.create_return(order.id, now).await?.to_string()
        }
        Command::Add(add) => {
            let one = store.find_return(&add.r#return).await?;
            let item = NewReturnItem {
                sku: add.sku,
                order_item_id: add.line,
                quantity: add.quantity,
                reason: add.reason,
                stock_action: add.action.map(Into::into),
                comments: add.comments,
            };
            store.add_return_item(one.id, &item, now).await?;
            one.reference
        }
        Command::Remove { r#return, row } => {
            let one = store.find_return(&r#return).await?;
            store.remove_return_item(one.id, row, now).await?;
            one.reference
        }
        Command::Confirm { r#return } => {
            let one = store.find_return(&r#return).await?;
            store.confirm_return(one.id, now).await?;
            one.reference
        }
        Command::Reopen { r#return } => {
            let one = store.find_return(&r#return).await?;
            store.reopen_return(one.id, now).await?;
            one.reference
        }
        Command::Show { r#return } => r#return,
        Command::List(list) => return self::list(platform, list, output).await,
        Command::Reasons => {
            return output.show(&store.return_reasons().await?, |rows| {
                table(["REASON", "ACTION"], rows.iter().map(|row| [row.name.clone(), row.stock_action.name().into()]))
            });
        }
        Command::AddReason { name, action } => {
            let reason = store.add_return_reason(&name, action.into()).await?;
            return output.show(&reason, |reason| format!("return reason {} is added", reason.name));
        }
    };
    output.show(&store.find_return(&shown).await?, text)
}

async fn list(platform: &Platform, list: List, output: Output) -> anyhow::Result<()> {
    let client = match &list.client {
        Some(code) => Some(platform.store.client(code).await?.id),
        None => None,
    };
    let returns = platform.store.returns(client, list.open.then_some(false), 0, list.limit).await?;
    output.show(&returns, |returns| {
        table(
            ["RETURN", "ORDER", "UNITS", "CONFIRMED"],
            returns.iter().map(|one| {
                let units: i64 = one.return_items.iter().map(|item| item.quantity).sum();
                let confirmed = one.confirmed_at.map_or_else(|| "no".to_owned(), instant);
                [one.reference.clone(), one.order_number.clone(), units.to_string(), confirmed]
            }),
        )
    })
}

fn text(one: &Return) -> String {
    let state = match one.confirmed_at {
        Some(at) => format!("confirmed {}", instant(at)),
        None => "not confirmed".to_owned(),
    };
    let rows = one.return_items.iter().map(|item| {
        [
            item.id.to_string(),
            item.sku.clone(),
            item.quantity.to_string(),
            item.stock_action.name().into(),
            item.return_reason_name.clone(),
        ]
    });
    format!(
        "return {} of order {}: {state}\n{}",
        one.reference,
        one.order_number,
        table(["ROW", "SKU", "QUANTITY", "ACTION", "REASON"], rows)
    )
}
