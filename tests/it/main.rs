//! Real servers, real databases and real processes, without a window.
//!
//! The scenarios of the center run under the same names on both of its stores, SQLite and PostgreSQL.
#![forbid(unsafe_code)]
#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing
    )
)]

mod client;
mod device;
mod durability;
mod enrolling;
mod exchanging;
mod faults;
mod fixtures;
mod founding;
mod full_disk;
mod live;
mod people;
mod policy;
mod restoring;
mod stage;
mod workload;

/// Each scenario on SQLite and on a PostgreSQL of its own.
macro_rules! on_both_stores {
    ($($module:ident: $($scenario:ident),* $(,)?;)*) => {
        mod sqlite {
            $($(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $scenario() {
                    crate::$module::$scenario(crate::stage::Stage::sqlite()).await;
                }
            )*)*
        }

        mod postgres {
            $($(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $scenario() {
                    crate::$module::$scenario(crate::stage::Stage::postgres()).await;
                }
            )*)*
        }
    };
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_postgresql_that_crashes_is_told_and_what_was_acknowledged_is_there() {
    faults::a_database_that_crashes(stage::Stage::postgres()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_postgresql_that_forgets_or_is_elsewhere_is_refused() {
    founding::a_database_that_is_not_fit(stage::Stage::postgres()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_of_one_database_is_restored_onto_the_other() {
    restoring::onto_the_other_database().await;
}

on_both_stores! {
    founding:
        a_center_is_made_serves_and_ends_cleanly_at_sigterm,
        a_center_is_made_once_and_opened_by_its_own_key_and_database_only,
        staff_are_added_given_a_password_and_retired,
        the_demo_fills_a_center_once,
        the_pages_for_watchers_hold_numbers_and_no_names;
    enrolling:
        a_device_enrols_and_has_all_it_needs_to_work,
        a_center_of_another_authority_is_not_given_the_token,
        an_expired_code_is_refused,
        a_used_code_is_refused_to_another_key_and_answered_again_to_the_same,
        a_wrong_token_is_refused_and_too_many_are_not_answered,
        a_request_that_is_none_is_refused_and_nothing_is_written,
        two_devices_that_enrol_at_once_get_letters_of_their_own;
    exchanging:
        without_a_certificate_nothing_is_exchanged,
        plain_http_is_answered_with_nothing,
        what_one_device_writes_another_reads,
        the_workers_documents_equal_what_a_device_projects,
        a_reference_table_is_fetched_by_its_hash,
        bytes_that_are_no_exchange_are_refused_by_their_kind,
        devices_that_push_at_once_all_find_their_work_acknowledged,
        two_servers_of_one_center_lose_nothing;
    faults:
        a_link_cut_on_the_way_up_is_taken_up_where_it_ended,
        a_link_cut_on_the_way_down_is_taken_up_where_it_ended,
        an_exchange_in_flight_is_answered_before_the_center_ends,
        a_killed_center_holds_all_that_it_acknowledged,
        a_false_frame_is_refused_with_its_code_and_the_others_are_taken,
        a_document_that_cannot_be_kept_holds_up_nobody,
        text_that_no_database_takes_is_kept_all_the_same,
        logs_hold_no_names_no_tokens_and_no_passwords;
    live:
        a_waiting_device_hears_of_what_another_sent_and_else_its_heartbeat,
        what_one_server_took_in_is_news_at_the_other,
        a_center_that_ends_lets_those_who_wait_go,
        a_wait_that_is_none_or_a_stranger_s_is_refused;
    policy:
        site_data_written_by_a_device_is_held,
        a_revoked_device_uploads_into_holding_and_gets_no_data,
        a_stranger_s_feed_is_held;
    restoring:
        a_restored_center_is_refilled_by_its_devices,
        a_tablet_that_no_backup_and_no_tablet_knows_is_taken_by_its_certificate,
        an_admin_ends_the_wait_and_revokes_before_it,
        a_backup_is_whole_or_not_there_and_opens_with_its_key_only,
        a_restore_overwrites_nothing_unless_told_and_then_keeps_the_old_beside,
        backups_made_under_load_are_each_of_one_moment,
        devices_rely_on_the_oldest_promised_backup_and_never_on_an_older_one;
}
