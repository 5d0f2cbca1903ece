//! The contract in Rust, as seen from inside the sandbox: types of every record, traits of every export, functions of every
//! import, generated from `wit/`. Nothing is written by hand here; the only crate of the connector that may hold `unsafe`.
//!
//! It also compiles natively, where the imports are unreachable: the connector's logic uses the types and reaches the host
//! through a trait of its own.
#![allow(
    unsafe_code,
    missing_docs,
    unreachable_pub,
    clippy::all,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

wit_bindgen::generate!({
    inline: "
        package wms:linnworks-connector;
        world linnworks {
            include wms:connector/order-importer@0.1.0;
            include wms:connector/return-exporter@0.1.0;
        }
    ",
    world: "wms:linnworks-connector/linnworks",
    path: "../../wit",
    generate_all,
    pub_export_macro: true,
    default_bindings_module: "connector_bindings",
    additional_derives: [PartialEq, serde::Serialize, serde::Deserialize],
});
