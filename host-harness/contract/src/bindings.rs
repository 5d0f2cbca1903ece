//! Generated from `wit/`. Nothing is written by hand here.
#![allow(
    missing_docs,
    unreachable_pub,
    clippy::all,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

wasmtime::component::bindgen!({
    path: "../../wit",
    world: "connector",
    imports: {
        default: trappable,
        "wms:connector/http.send": async | store | trappable,
        "wms:connector/storage.get-many": async | trappable,
        "wms:connector/storage.set-many": async | trappable,
        "wms:connector/storage.delete-many": async | trappable,
    },
    exports: { default: async },
    additional_derives: [PartialEq, serde::Serialize, serde::Deserialize],
});
