//! Letting a component in.

use harness_contract::glue::exports;
use harness_contract::inspect::{InspectError, Inspection, inspect};
use harness_contract::manifest::Description;
use harness_contract::review::review;
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
        let contract = |error: wasmtime::Error| LoadError::Contract(format!("{error:#}"));
        let mut linker = Linker::new(&self.inner);
        add_imports(&mut linker).map_err(contract)?;
        let pre = linker.instantiate_pre(&component).map_err(contract)?;
        let has = |name: &str| inspection.exports.iter().any(|export| export.split('@').next() == Some(name));
        let exports = Exports {
            manifest: exports::manifest::GuestIndices::new(&pre).map_err(contract)?,
            setup: exports::setup::GuestIndices::new(&pre).map_err(contract)?,
            import_orders: has("wms:connector/import-orders")
                .then(|| exports::import_orders::GuestIndices::new(&pre))
                .transpose()
                .map_err(contract)?,
        };
        let description = describe(self, &pre, &exports, Invocation::without_capabilities()).await?;
        let wrong = review(&description, &inspection.exports);
        if !wrong.is_empty() {
            return Err(LoadError::Manifest(wrong));
        }
        Ok(Plugin { engine: self.clone(), pre, exports, inspection, description, origin })
    }
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
