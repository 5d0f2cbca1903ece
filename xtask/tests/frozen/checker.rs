//! The checker sees each kind of change that breaks a compiled guest, and lets pass what does not.

use crate::compare::breaks;
use crate::structure::of_text;

const PUBLISHED: &str = "
    package a:b@0.1.0;
    interface shared { type instant = s64; enum mode { plan, apply } flags can { read, write } }
    interface work {
        use shared.{instant, mode};
        record item { id: string, at: instant }
        variant end { done, failed(string) }
        do: async func(mode: mode, items: list<item>) -> result<end, string>;
        stop: func();
    }
    world worker { import shared; export work; }
";

/// The breaks after `from` became `to`.
fn after(from: &str, to: &str) -> Vec<String> {
    assert!(PUBLISHED.contains(from), "the change must change something");
    breaks(&of_text(PUBLISHED), &of_text(&PUBLISHED.replace(from, to)))
}

#[track_caller]
fn told(breaks: &[String], item: &str, change: &str) {
    assert!(
        matches!(breaks, [one] if one.starts_with(item) && one.contains(change) && one.contains("wit/since-VERSION")),
        "expected one break of {item:?} with {change:?}, got {breaks:#?}"
    );
}

#[test]
fn the_same_text_breaks_nothing() {
    assert_eq!(breaks(&of_text(PUBLISHED), &of_text(PUBLISHED)), Vec::<String>::new());
}

#[test]
fn a_removed_record_field_is_a_break() {
    told(&after("id: string, at", "at"), "interface work, record item", "lost id: string");
}

#[test]
fn an_added_record_field_is_a_break() {
    told(
        &after("id: string, at", "id: string, name: string, at"),
        "interface work, record item",
        "gained name: string",
    );
}

#[test]
fn reordered_fields_are_a_break() {
    told(&after("id: string, at: instant", "at: instant, id: string"), "interface work, record item", "another order");
}

#[test]
fn an_added_enum_case_is_a_break() {
    told(&after("plan, apply", "plan, apply, guess"), "interface shared, enum mode", "gained guess");
}

#[test]
fn an_added_flag_is_a_break() {
    told(&after("read, write", "read, write, run"), "interface shared, flags can", "gained run");
}

#[test]
fn another_payload_of_a_variant_is_a_break() {
    told(
        &after("failed(string)", "failed(u32)"),
        "interface work, variant end",
        "lost failed(string) and gained failed(u32)",
    );
}

#[test]
fn another_parameter_type_is_a_break() {
    told(
        &after("items: list<item>", "items: list<string>"),
        "interface work, function do",
        "gained items: list<string>",
    );
}

#[test]
fn another_result_is_a_break() {
    told(&after("result<end, string>", "result<end>"), "interface work, function do", "lost -> result<end, string>");
}

#[test]
fn a_synchronous_function_made_async_is_a_break() {
    told(
        &after("stop: func()", "stop: async func()"),
        "interface work, function stop",
        "lost synchronous and gained async",
    );
}

#[test]
fn a_removed_function_is_a_break() {
    told(&after("stop: func();", ""), "interface work, function stop", "is gone");
}

#[test]
fn a_record_made_a_variant_is_a_break() {
    told(
        &after("record item { id: string, at: instant }", "variant item { id(string) }"),
        "interface work, record item",
        "is gone",
    );
}

#[test]
fn another_meaning_of_a_shared_name_is_a_break() {
    told(&after("instant = s64", "instant = u64"), "interface shared, type instant", "lost s64 and gained u64");
}

#[test]
fn an_import_taken_from_a_world_is_a_break() {
    told(&after("export work", "import work"), "world worker", "lost export a:b/work");
}

#[test]
fn new_functions_types_interfaces_and_worlds_are_welcome() {
    let additions = [
        ("stop: func();", "stop: func(); pause: func();"),
        ("variant end", "record extra { id: string } variant end"),
        ("world worker {", "interface more { } world second { } world worker { import more;"),
    ];
    for (from, to) in additions {
        assert_eq!(after(from, to), Vec::<String>::new(), "{to}");
    }
}

#[test]
fn a_type_counts_by_its_home_and_not_by_the_way_it_came() {
    let around = "interface work {\n        use shared.{instant, mode};";
    let through =
        "interface between { use shared.{instant, mode}; }\n    interface work {\n        use between.{instant, mode};";
    assert_eq!(after(around, through), Vec::<String>::new());
}
