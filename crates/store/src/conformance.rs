//! What every backend must do: one suite, run by each backend's tests.
//!
//! A backend implements [`Backend`] for a fresh place of its own and writes `store::conformance!(Place::new());` in a test file. Each check opens the place,
//! and some open it again to see what has lasted. A check that fails panics.
//!
//! It measures nothing and it knows no backend's words; what only one backend has (statements, files) is tested beside that backend.

#![expect(
    clippy::missing_panics_doc,
    clippy::unwrap_used,
    reason = "a check that fails panics"
)]

use std::sync::Arc;

use async_trait::async_trait;

use crate::Store;

pub mod access;
pub mod archive;
pub mod attention;
pub mod figures;
pub mod given;
pub mod groups;
pub mod history;
pub mod jobs;
pub mod logs;
pub mod predicates;
pub mod registry;
pub mod twins;

/// A place where a store can be opened, and opened again after it was closed.
#[async_trait]
pub trait Backend: Send + Sync {
    /// Opens the store of this place.
    async fn open(&self) -> Arc<dyn Store>;
}

/// Writes a test for each check. The expression gives a fresh [`Backend`](crate::conformance::Backend).
#[macro_export]
macro_rules! conformance {
    ($backend:expr) => {
        $crate::conformance!($backend;
            registry::devices_are_created_read_and_paged,
            registry::a_name_is_taken_once,
            registry::an_identity_changes_under_its_own_etag,
            registry::a_device_is_deleted_and_its_name_is_free,
            registry::thousands_are_created_in_one_call,
            registry::everything_lasts,
            twins::reports_move_versions_and_leave_the_etag,
            twins::service_changes_need_the_etag,
            twins::writes_of_one_call_see_each_other,
            twins::a_refused_write_leaves_nothing,
            twins::callers_at_once_each_get_their_own_answers,
            twins::observers_hear_first_and_in_order,
            twins::activity_is_written_behind_and_only_forward,
            twins::a_closed_store_is_busy,
            history::it_tells_who_what_and_when,
            history::it_is_read_in_pages,
            history::a_new_device_of_an_old_name_has_its_own,
            history::a_reader_resumes_where_it_stopped,
            history::numbers_never_go_back,
            history::pruning_is_bounded_by_count_age_and_batch,
            logs::events_are_paged_newest_first,
            logs::calls_are_paged_newest_first,
            logs::the_latest_messages_come_back_as_they_were,
            logs::audit_entries_ride_with_what_they_tell_of,
            logs::the_audit_log_of_a_period_is_tallied,
            logs::only_devices_that_exist_have_logs,
            predicates::types_are_not_confused,
            predicates::any_key_can_be_asked_for,
            predicates::stretches_and_pages_cover_the_same_devices,
            predicates::columns_are_what_records_say,
            access::people_have_unique_names,
            access::sessions_follow_their_person,
            access::policies_properties_and_facts_are_overwritten,
            archive::a_retired_device_is_gone_and_in_the_archive,
            archive::a_refused_retirement_leaves_nothing,
            archive::a_restored_device_is_the_one_that_left,
            archive::a_device_comes_back_only_in_time_and_to_a_free_name,
            archive::a_new_device_takes_over,
            archive::the_archive_is_searched,
            archive::the_past_of_a_retired_device_is_read,
            attention::what_needs_a_person_lasts,
            jobs::a_step_is_taken_once_with_its_outcome,
            jobs::every_device_of_a_job_has_an_outcome,
            jobs::a_canceled_job_begins_nothing,
            jobs::a_job_takes_another_back,
            groups::groups_have_names_and_revisions,
            figures::samples_fall_into_buckets,
            figures::old_figures_are_coarse_and_then_gone,
            figures::what_is_kept_depends_on_how_old_it_is,
        );
    };
    ($backend:expr; $($area:ident::$check:ident),* $(,)?) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $check() {
                let backend = $backend;
                $crate::conformance::$area::$check(&backend).await;
            }
        )*
    };
}
