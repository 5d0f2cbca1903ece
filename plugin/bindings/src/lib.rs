//! The contract in Rust, as seen from inside the sandbox: types of every record, traits of every export, functions of every
//! import, generated from `wit/`. Nothing is written by hand here; beside the kit's bindings of the same kind, the only code of the
//! connector that may hold `unsafe`.
//!
//! It also compiles natively, where the imports are unreachable: the connector's logic uses the types and reaches the host
//! through the kit's trait.
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
    // The flows that this connector has: one `include` each.
    inline: "
        package linnworks:connector;
        world linnworks {
            include wms:connector/order-importer@0.1.0;
            include wms:connector/order-reviewer@0.1.0;
            include wms:connector/despatch-pusher@0.1.0;
            include wms:connector/stock-syncer@0.1.0;
            include wms:connector/purchase-order-importer@0.1.0;
            include wms:connector/return-exporter@0.1.0;
        }
    ",
    world: "linnworks:connector/linnworks",
    path: "../../wit",
    generate_all,
    pub_export_macro: true,
    default_bindings_module: "connector_bindings",
    additional_derives: [PartialEq, serde::Serialize, serde::Deserialize],
});
