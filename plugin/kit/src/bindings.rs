//! The contract in Rust for a connector that imports orders and has no other flow by the kit. Nothing is written by hand here.
//!
//! Words that all interfaces share (problems, verdicts, requests) are those of `connector-bindings`, so that the host's glue
//! serves every connector. The records of manifest, set-up and orders are the kit's own, so that it can give them defaults,
//! and so that a component exports this one flow however many the other bindings grow.
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
    world: "order-importer",
    path: "../../wit",
    with: {
        "wms:connector/types@0.1.0": connector_bindings::wms::connector::types,
        "wms:connector/http@0.1.0": connector_bindings::wms::connector::http,
        "wms:connector/storage@0.1.0": connector_bindings::wms::connector::storage,
        "wms:connector/progress@0.1.0": connector_bindings::wms::connector::progress,
        "wasi:logging/logging@0.1.0-draft": connector_bindings::wasi::logging::logging,
    },
    generate_all,
    pub_export_macro: true,
    export_macro_name: "export_order_importer",
    default_bindings_module: "connector_kit::bindings",
    // Sections of one name are glued together by the linker, and `connector-bindings` brings its own.
    type_section_suffix: "-kit",
    additional_derives: [PartialEq],
    // Records whose every field may be left out. The others' defaults are in `defaults`.
    additional_type_attributes: {
        "wms:connector/setup@0.1.0/location": [#[derive(Default)]],
        "wms:connector/import-orders@0.1.0/address": [#[derive(Default)]],
        "wms:connector/import-orders@0.1.0/order": [#[derive(Default)]],
        "wms:connector/import-orders@0.1.0/explanation": [#[derive(Default)]],
    },
});
