//! The storage suite: every fact on SQLite, and on PostgreSQL where its server is installed.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "what is not as expected ends the test"
)]

mod asns;
mod facts;
mod hands;
mod imports;
mod ledger;
mod life;
mod parts;
mod place;
mod queue;
mod returns;
mod reviews;
mod running;
mod stock;
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
    life::erasing_a_customer_empties_names_and_keeps_the_order,
    life::what_an_erasure_would_blank_is_named_and_stays,
    life::what_repeats_a_name_elsewhere_is_blanked_and_the_rest_of_it_stays,
    life::all_parts_of_a_split_order_are_erased_together,
    life::buyers_are_erased_so_long_after_their_order_left_or_was_cancelled,
    life::an_erased_order_that_is_committed_again_gets_no_names_back,
    life::a_connection_with_something_to_tell_is_not_removed_unless_that_is_abandoned,
    life::all_that_was_a_connections_own_goes_with_it_and_no_orders,
    life::removing_a_connection_erases_the_buyers_of_its_orders_and_of_no_other,
    life::orders_of_a_removed_connection_go_to_the_next_of_their_account,
    life::orders_go_on_with_a_connection_of_their_account_that_is_there_already,
    life::a_despatch_is_told_by_another_connection_of_the_account_when_the_first_was_removed,
    hands::a_despatch_takes_the_goods_out_of_stock,
    hands::a_cancelled_order_gives_its_stock_to_the_order_that_waits_longest,
    hands::new_stock_serves_back_orders_first,
    hands::a_released_order_returns_to_where_it_was,
    hands::a_picked_order_cannot_be_cancelled,
    hands::stock_cannot_fall_below_what_is_allocated,
    asns::a_purchase_order_becomes_one_notice_of_what_is_still_to_come,
    asns::a_notice_is_made_once_however_often_and_through_whom_it_is_committed,
    asns::an_unknown_sku_keeps_it_out_until_the_product_is_there,
    asns::products_are_created_only_where_they_are_missing_and_wanted,
    asns::only_what_moved_or_waits_is_read_again,
    asns::what_was_ordered_anew_is_told_and_the_notice_stays,
    asns::a_purchase_order_that_was_closed_or_deleted_is_told_while_goods_are_expected,
    asns::goods_are_received_in_parts_and_serve_back_orders,
    asns::more_and_less_than_announced_is_reported,
    asns::the_hands_keep_their_order,
    asns::what_the_source_is_told_are_totals_that_settle,
    asns::without_the_option_nothing_is_to_be_told,
    queue::an_item_is_due_until_it_is_told,
    queue::what_is_in_doubt_waits_and_says_so,
    queue::an_outcome_of_what_an_item_was_before_does_not_settle_it,
    queue::problems_of_an_item_stand_until_it_goes_through,
    queue::what_was_given_up_is_tried_again_when_a_person_says_so,
    parts::an_order_that_leaves_whole_is_told_with_its_parcels_lines_and_batches,
    parts::a_billed_order_has_left_all_the_same,
    parts::a_split_moves_units_and_what_is_allocated_to_them,
    parts::nothing_is_told_until_the_last_part_has_left,
    parts::a_cancelled_last_part_lets_the_others_be_told,
    parts::parts_are_told_one_by_one_where_the_connection_says_so,
    stock::only_what_changed_is_news_and_what_has_no_row_is_never_told,
    stock::what_is_in_doubt_waits_and_what_was_refused_is_no_news,
    stock::what_left_is_in_flight_until_the_source_was_told,
    stock::parts_that_left_are_in_flight_until_the_one_that_tells_for_all_has_told,
    stock::parts_told_one_by_one_are_in_flight_one_by_one,
    stock::quarantine_is_in_none_of_the_numbers,
    stock::stock_moves_are_counted_per_account,
    stock::a_held_plan_is_released_once_and_only_as_it_was_shown,
    reviews::an_edit_before_picking_changes_address_and_goods_and_reserves_anew,
    reviews::an_edit_loses_nothing_to_orders_that_wait_and_gives_them_what_it_frees,
    reviews::an_edit_while_picking_stops_the_order_until_a_person_decides,
    reviews::what_a_person_releases_goes_on_until_it_is_edited_again,
    reviews::an_edit_that_the_warehouse_cannot_take_holds_the_order_until_it_can,
    reviews::an_erased_order_is_not_given_its_names_back,
    reviews::a_cancellation_frees_the_stock_before_picking_and_stops_the_order_afterwards,
    reviews::what_is_blocked_or_moved_or_processed_waits_and_goes_on_by_itself,
    reviews::what_a_person_holds_is_not_released_by_a_review,
    reviews::a_move_within_the_warehouse_is_told_and_stops_nothing,
    reviews::gone_counts_in_a_second_run_ten_minutes_later_and_nothing_is_picked_meanwhile,
    reviews::an_order_cancelled_here_and_open_there_is_told_until_it_is_closed,
    reviews::merged_orders_give_way_to_the_merged_one_when_none_is_being_picked,
    reviews::a_merged_order_waits_while_one_that_it_was_made_of_is_being_picked,
    reviews::goods_put_back_let_the_merged_order_take_the_place,
    reviews::a_merged_order_that_came_in_first_is_stopped_when_the_merge_is_seen,
    reviews::parts_of_a_split_order_wait_while_the_whole_is_being_picked,
    reviews::a_new_order_with_the_reference_of_an_open_one_waits_until_that_was_looked_at,
    reviews::vanished_orders_are_due_at_once_and_the_others_in_the_order_of_their_last_look,
    reviews::new_orders_wait_until_it_is_known_what_became_of_vanished_ones,
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
