//! Letting a component in.

use harness_contract::glue::exports;
use harness_contract::inspect::{InspectError, Inspection, inspect};
use harness_contract::manifest::{Description, Flow};
use harness_contract::review::{interface_of, review};
use harness_precompiled::{Cache, CacheError, Origin};
use wasmtime::component::{InstancePre, Linker};

use crate::engine::Engine;
use crate::invoke::{Invocation, describe};
use crate::limits::Ended;
use crate::state::{HasHost, HostState};

/// The import list is the capability list: what a component may ask for.
const IMPORTS: [&str; 5] = [
    "wms:connector/http",
    "wms:connector/storage",
    "wms:connector/progress",
    "wms:connector/types",
    "wasi:logging/logging",
];

/// A component that was let in: checked, compiled, linked, its manifest read.
pub struct Plugin {
    pub(crate) engine: Engine,
    pub(crate) pre: InstancePre<HostState>,
    pub(crate) exports: Exports,
    /// Digest, imports, exports.
    pub inspection: Inspection,
    /// The manifest.
    pub description: Description,
    /// Whether its machine code came from the cache.
    pub origin: Origin,
}

/// Where each interface's functions are; a flow that the connector has not is absent.
pub(crate) struct Exports {
    pub(crate) manifest: exports::manifest::GuestIndices,
    pub(crate) setup: exports::setup::GuestIndices,
    pub(crate) import_orders: Option<exports::import_orders::GuestIndices>,
    pub(crate) review_orders: Option<exports::review_orders::GuestIndices>,
    pub(crate) push_despatch: Option<exports::push_despatch::GuestIndices>,
    pub(crate) sync_stock: Option<exports::sync_stock::GuestIndices>,
    pub(crate) import_purchase_orders: Option<exports::import_purchase_orders::GuestIndices>,
    pub(crate) export_returns: Option<exports::export_returns::GuestIndices>,
}

/// Why a component is not let in.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// It is no component.
    #[error(transparent)]
    Inspect(#[from] InspectError),
    /// Its bytes are not those that were approved.
    #[error(
        "the component's digest is {found}, approved was {pinned}; approve the new one with `harness plugin upgrade` after reading what changed"
    )]
    Digest {
        /// What was approved.
        pinned: String,
        /// What the file has.
        found: String,
    },
    /// It asks for something that is not in the contract.
    #[error(
        "the component imports {0}, which no connector is given; build it against the world in wit/ and for wasm32-unknown-unknown"
    )]
    Import(String),
    /// It lacks an export that every connector has, or one has another shape.
    #[error("the component does not fit the contract: {0}")]
    Contract(String),
    /// Its manifest does not hold together.
    #[error("the component's manifest is refused:\n- {}", .0.join("\n- "))]
    Manifest(Vec<String>),
    /// It could not be compiled or cached.
    #[error(transparent)]
    Cache(#[from] CacheError),
    /// `manifest.describe` did not return.
    #[error("the component's manifest cannot be read: {0}")]
    Describe(#[from] Ended),
}

impl Engine {
    /// Lets the component in `wasm` in. With `pinned`, only if its SHA-256 is that one.
    ///
    /// # Errors
    /// See [`LoadError`]; nothing of the component has run except, at the very end, `manifest.describe` without any capability.
    pub async fn load(&self, wasm: &[u8], cache: &Cache, pinned: Option<&str>) -> Result<Plugin, LoadError> {
        let inspection = inspect(wasm)?;
        if let Some(pinned) = pinned.filter(|pinned| *pinned != inspection.digest) {
            return Err(LoadError::Digest { pinned: pinned.to_owned(), found: inspection.digest });
        }
        let foreign = |import: &&String| !IMPORTS.contains(&import.split('@').next().unwrap_or_default());
        if let Some(import) = inspection.imports.iter().find(foreign) {
            return Err(LoadError::Import(import.clone()));
        }
        let (component, origin) = cache.component(&self.inner, &inspection.digest, wasm)?;
        let mut linker = Linker::new(&self.inner);
        add_imports(&mut linker).map_err(contract)?;
        let pre = linker.instantiate_pre(&component).map_err(contract)?;
        let exports = Exports {
            manifest: exports::manifest::GuestIndices::new(&pre).map_err(contract)?,
            setup: exports::setup::GuestIndices::new(&pre).map_err(contract)?,
            import_orders: flow(&inspection, Flow::ImportOrders, || exports::import_orders::GuestIndices::new(&pre))?,
            review_orders: flow(&inspection, Flow::ReviewOrders, || exports::review_orders::GuestIndices::new(&pre))?,
            push_despatch: flow(&inspection, Flow::PushDespatch, || exports::push_despatch::GuestIndices::new(&pre))?,
            sync_stock: flow(&inspection, Flow::SyncStock, || exports::sync_stock::GuestIndices::new(&pre))?,
            import_purchase_orders: flow(&inspection, Flow::ImportPurchaseOrders, || {
                exports::import_purchase_orders::GuestIndices::new(&pre)
            })?,
            export_returns: flow(&inspection, Flow::ExportReturns, || {
                exports::export_returns::GuestIndices::new(&pre)
            })?,
        };
        let description = describe(self, &pre, &exports, Invocation::without_capabilities()).await?;
        let wrong = review(&description, &inspection.exports);
        if !wrong.is_empty() {
            return Err(LoadError::Manifest(wrong));
        }
        Ok(Plugin { engine: self.clone(), pre, exports, inspection, description, origin })
    }
}

fn contract(error: wasmtime::Error) -> LoadError {
    LoadError::Contract(format!("{error:#}"))
}

/// Where the functions of a flow are, when the component exports it.
fn flow<T>(
    inspection: &Inspection,
    flow: Flow,
    find: impl FnOnce() -> wasmtime::Result<T>,
) -> Result<Option<T>, LoadError> {
    let exported = inspection.exports.iter().any(|export| export.split('@').next() == Some(interface_of(flow)));
    exported.then(find).transpose().map_err(contract)
}

fn add_imports(linker: &mut Linker<HostState>) -> wasmtime::Result<()> {
    use harness_contract::glue::{wasi, wms};
    fn state(state: &mut HostState) -> &mut HostState {
        state
    }
    wms::connector::types::add_to_linker::<HostState, HasHost>(linker, state)?;
    wms::connector::http::add_to_linker::<HostState, HasHost>(linker, state)?;
    wms::connector::storage::add_to_linker::<HostState, HasHost>(linker, state)?;
    wms::connector::progress::add_to_linker::<HostState, HasHost>(linker, state)?;
    wasi::logging::logging::add_to_linker::<HostState, HasHost>(linker, state)
}
