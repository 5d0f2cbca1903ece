//! What each API call means, by controller: one file per subject, each with its rows of the endpoint table.
//!
//! Not here: encodings, sessions, limits and faults (`http`), and the rules that several endpoints share (`rules`).

pub(crate) mod auth;
mod inventory;
mod item_view;
mod locations;
mod main_controller;
mod openorders;
mod order_create;
mod order_edit;
mod order_flags;
mod order_items;
mod order_lifecycle;
mod order_notes;
mod orders_read;
pub(crate) mod paging;
mod processed;
mod processing;
mod purchase_deliver;
mod purchase_edit;
mod purchase_extras;
mod purchase_read;
mod purchase_search;
mod purchase_view;
mod reference_data;
mod returns;
mod stock_items;
mod stock_levels;
mod suppliers;
pub(crate) mod view;

use crate::{
    config::Config,
    http::{
        bind::{Encoding, Wrapper},
        params::Params,
        reply::{ApiError, Reply},
    },
    state::{Account, Stamp},
};
use std::{collections::HashMap, sync::LazyLock};

/// What an endpoint gets to work with.
pub(crate) struct Call<'a> {
    pub(crate) account: &'a mut Account,
    pub(crate) config: &'a Config,
    pub(crate) now: Stamp,
    pub(crate) params: Params,
    pub(crate) encoding: Encoding,
    /// Who calls, for the audit trail.
    pub(crate) user: &'a str,
    /// Rows by which pages are moved (a fault).
    pub(crate) shift_rows: i64,
}

/// Does an endpoint change anything?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effect {
    Read,
    Write,
}

/// The verb that the vendor's description gives an endpoint. Endpoints described as GET also take POST (1.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verb {
    Get,
    Post,
}

/// One endpoint.
pub(crate) struct Endpoint {
    /// `Controller/Method`.
    pub(crate) path: &'static str,
    pub(crate) verb: Verb,
    /// Calls per minute (9.1).
    pub(crate) limit: u32,
    pub(crate) effect: Effect,
    pub(crate) wrapper: Wrapper,
    pub(crate) run: fn(&mut Call<'_>) -> Result<Reply, ApiError>,
}

impl Endpoint {
    /// A reading endpoint described as GET.
    pub(crate) const fn get(path: &'static str, limit: u32, run: fn(&mut Call<'_>) -> Result<Reply, ApiError>) -> Self {
        Self { path, verb: Verb::Get, limit, effect: Effect::Read, wrapper: Wrapper::Flat, run }
    }

    /// A reading endpoint described as POST.
    pub(crate) const fn read(
        path: &'static str,
        limit: u32,
        wrapper: Wrapper,
        run: fn(&mut Call<'_>) -> Result<Reply, ApiError>,
    ) -> Self {
        Self { path, verb: Verb::Post, limit, effect: Effect::Read, wrapper, run }
    }

    /// A changing endpoint, which takes POST only.
    pub(crate) const fn write(
        path: &'static str,
        limit: u32,
        wrapper: Wrapper,
        run: fn(&mut Call<'_>) -> Result<Reply, ApiError>,
    ) -> Self {
        Self { path, verb: Verb::Post, limit, effect: Effect::Write, wrapper, run }
    }
}

/// All endpoints but the login, by lower-case path.
static INDEX: LazyLock<HashMap<String, &'static Endpoint>> = LazyLock::new(|| {
    tables().into_iter().flatten().map(|endpoint| (endpoint.path.to_ascii_lowercase(), endpoint)).collect()
});

fn tables() -> Vec<&'static [Endpoint]> {
    let mut tables = vec![
        inventory::TABLE,
        locations::TABLE,
        main_controller::TABLE,
        openorders::TABLE,
        order_create::TABLE,
        order_edit::TABLE,
        order_flags::TABLE,
        order_items::TABLE,
        order_lifecycle::TABLE,
        order_notes::TABLE,
        orders_read::TABLE,
        processed::TABLE,
        processing::TABLE,
        purchase_deliver::TABLE,
        purchase_edit::TABLE,
        purchase_extras::TABLE,
        purchase_read::TABLE,
        purchase_search::TABLE,
        reference_data::TABLE,
        stock_items::TABLE,
        stock_levels::TABLE,
        suppliers::TABLE,
    ];
    tables.extend(returns::TABLES);
    tables
}

/// The endpoint at `Controller/Method`, any case.
pub(crate) fn find(path: &str) -> Option<&'static Endpoint> {
    INDEX.get(&path.to_ascii_lowercase()).copied()
}

/// Path, calls per minute and effect (`read`, `write`) of every endpoint, sorted by path.
pub fn catalogue() -> Vec<(&'static str, u32, &'static str)> {
    let mut rows: Vec<_> =
        INDEX.values().map(|endpoint| (endpoint.path, endpoint.limit, endpoint.effect.name())).collect();
    rows.push((auth::AUTHORIZE, auth::LIMIT, "none"));
    rows.sort_unstable();
    rows
}

impl Effect {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
        }
    }
}
