//! The exports of every [`OrderSource`]: the contract's functions on one side, [`super`] on the other, nothing in between.

use super::OrderSource;
use crate::bindings::exports::wms::connector::{import_orders, manifest, setup};
use crate::contract::{Context, Description, Explanation, Failure, Fetched, Location, Outcome, Page, Problem, Verdict};
use crate::host;

impl<S: OrderSource> manifest::Guest for S {
    fn describe() -> Description {
        // No hook: no other import may be called.
        S::describe()
    }
}

impl<S: OrderSource> setup::Guest for S {
    async fn check(ctx: Context) -> Result<Vec<Verdict>, Failure> {
        S::check(&host(), &ctx).await
    }

    async fn list_locations(ctx: Context) -> Result<Vec<Location>, Failure> {
        S::locations(&host(), &ctx).await
    }

    fn migrate(from_version: u32, settings: String) -> Result<String, Problem> {
        // No hook: no import may be called.
        S::migrate(from_version, settings)
    }
}

impl<S: OrderSource> import_orders::Guest for S {
    async fn discover(ctx: Context, _: Option<String>) -> Result<Page, Failure> {
        super::discover::<S>(&host(), &ctx).await
    }

    async fn fetch(ctx: Context, ids: Vec<String>) -> Result<Vec<Fetched>, Failure> {
        super::fetch::<S>(&host(), &ctx, &ids).await
    }

    async fn acknowledge(ctx: Context, ids: Vec<String>) -> Result<Vec<Outcome>, Failure> {
        super::acknowledge::<S>(&host(), &ctx, &ids).await
    }

    async fn find(ctx: Context, reference: String) -> Result<Vec<String>, Failure> {
        super::find::<S>(&host(), &ctx, &reference).await
    }

    async fn explain(ctx: Context, reference: String) -> Result<Vec<Explanation>, Failure> {
        super::explain::<S>(&host(), &ctx, &reference).await
    }
}
