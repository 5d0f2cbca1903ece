//! The storage suite: every fact on SQLite, and on PostgreSQL where its server is installed.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "what is not as expected ends the test"
)]

mod facts;
mod hands;
mod imports;
mod ledger;
mod place;
mod queue;
mod returns;
mod running;
mod watching;

use place::Place;

/// Each fact is a test on SQLite by its name; all of them together are one test on PostgreSQL, which starts one server.
macro_rules! facts {
    ($($module:ident :: $name:ident),* $(,)?) => {
        mod sqlite {
            $(#[tokio::test] async fn $name() { crate::$module::$name(crate::Place::on_sqlite().await).await; })*
        }

        #[tokio::test]
        async fn every_fact_holds_on_postgresql_too() {
            let Some(server) = test_needs::postgres::Server::start() else { return };
            $(
                println!("on PostgreSQL: {}", stringify!($name));
                $module::$name(Place::on_postgres(&server).await).await;
            )*
        }
    };
}

facts! {
    facts::names_are_unique_and_errors_say_what_there_is,
    facts::a_connection_is_kept_with_its_sealed_secrets_and_removed_with_its_storage,
    facts::a_plugin_has_one_current_version_and_stays_while_it_is_used,
    facts::an_account_is_the_same_row_however_often_it_is_named,
    facts::an_account_may_go_by_another_name_unless_another_account_has_it,
    facts::one_call_adds_many_products_and_leaves_those_there_are,
    facts::erasing_a_customer_empties_names_and_keeps_the_order,
    facts::the_dump_does_not_depend_on_ids_and_times,
    imports::an_order_is_created_with_lines_stock_timeline_ledger_and_acknowledgement,
    imports::an_order_comes_in_once_however_often_it_is_committed,
    imports::an_order_of_another_connection_is_not_imported_again,
    imports::a_refused_order_does_not_hold_back_the_others,
    imports::all_unknown_skus_are_named_with_near_misses,
    imports::an_unknown_sku_goes_in_once_the_product_is_added_and_its_problem_clears,
    imports::an_order_number_of_another_order_is_refused_with_the_prefix_as_remedy,
    imports::two_orders_of_one_batch_do_not_share_a_number,
    imports::an_unknown_channel_or_courier_service_is_refused_with_a_near_miss,
    imports::what_is_free_is_allocated_and_the_rest_is_on_back_order,
    imports::held_orders_wait_in_status_holding,
    imports::the_despatch_date_is_the_date_of_the_warehouse_on_both_sides_of_a_clock_change,
    imports::a_lost_fence_commits_nothing,
    imports::storage_that_moved_commits_nothing,
    imports::storage_beyond_its_quota_commits_nothing,
    imports::a_commit_that_is_dropped_at_any_point_leaves_nothing_or_all,
    imports::problems_of_orders_left_out_are_part_of_the_commit,
    imports::acknowledgements_are_repeated_until_done,
    imports::who_was_tried_in_vain_goes_to_the_end_of_the_queue,
    imports::what_will_never_be_acknowledged_leaves_the_queue_and_its_problem_stays,
    imports::a_cancelled_order_is_not_acknowledged_any_more_and_its_problem_clears,
    ledger::known_ids_are_taken_away_and_waiting_ones_are_not,
    ledger::what_has_not_changed_for_a_day_is_read_once_an_hour,
    ledger::an_imported_order_stays_imported_whatever_is_said_later,
    ledger::one_hundred_thousand_ids_are_compared,
    hands::a_despatch_takes_the_goods_out_of_stock,
    hands::a_cancelled_order_gives_its_stock_to_the_order_that_waits_longest,
    hands::new_stock_serves_back_orders_first,
    hands::a_released_order_returns_to_where_it_was,
    hands::a_picked_order_cannot_be_cancelled,
    hands::stock_cannot_fall_below_what_is_allocated,
    queue::an_item_is_due_until_it_is_told,
    queue::what_is_in_doubt_waits_and_says_so,
    queue::an_outcome_of_what_an_item_was_before_does_not_settle_it,
    queue::problems_of_an_item_stand_until_it_goes_through,
    queue::what_was_given_up_is_tried_again_when_a_person_says_so,
    returns::goods_come_back_to_the_shelf_or_are_scrapped_when_a_return_is_confirmed,
    returns::what_comes_back_serves_back_orders_first,
    returns::only_what_was_sent_can_come_back_and_only_once,
    returns::a_reason_must_be_one_of_the_warehouses_and_says_what_is_usually_done,
    returns::a_confirmed_return_is_queued_where_the_connection_exports_returns,
    returns::a_reopened_return_takes_its_goods_off_the_shelf_and_is_looked_at_again,
    returns::goods_that_went_on_cannot_be_taken_back_by_reopening,
    returns::what_the_source_does_not_count_yet_is_what_will_be_actioned_and_is_not,
    returns::another_connection_of_the_account_tells_when_the_first_was_removed,
    returns::erasing_an_order_empties_the_remarks_on_its_returns,
    running::a_flow_of_a_connection_runs_once_at_a_time,
    running::problems_are_counted_and_cleared_by_subject,
    running::taking_a_lease_closes_the_runs_that_nobody_works_on_any_more,
    running::a_run_ends_with_its_problem_and_its_usage_in_one,
    running::who_lost_the_lease_writes_no_storage,
    running::clients_take_turns,
    running::a_beat_is_claimed_once_and_again_after_its_lease,
    running::usage_adds_up_per_client_and_day,
    running::requests_are_logged_in_order_and_pruned,
    running::storage_of_another_version_is_emptied,
    watching::requests_are_kept_for_48_hours_from_the_switch_and_from_nothing_else,
    watching::a_cause_is_told_once_a_day_and_only_when_there_is_something_new,
    watching::a_client_is_written_to_so_often_a_day_and_no_more,
    watching::addresses_are_added_once_and_taken_out,
}
