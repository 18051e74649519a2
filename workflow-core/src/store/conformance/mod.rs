//! The contract of [`Store`] as tests: one for each promise, the same for every backend.
//!
//! A backend passes with one line in its tests, which makes a test of each promise:
//!
//! ```
//! # #[cfg(feature = "testing")] mod tests {
//! use std::sync::Arc;
//! use workflow_core::store::MemoryStore;
//!
//! workflow_core::store_conformance!(memory, |_folder| Arc::new(MemoryStore::new()));
//! # }
//! ```

#![expect(
    clippy::missing_panics_doc,
    reason = "a promise panics where the store breaks it"
)]

pub mod children;
pub mod claims;
pub mod commits;
pub mod cursors;
pub mod definitions;
pub mod due;
pub mod inbox;
pub(super) mod kit;
pub mod lease;
pub mod letters;
pub mod purge;
pub mod reading;
pub mod signals;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use tokio::runtime::Builder;

use super::Store;

/// How long a promise may take: far more than it needs.
const PATIENCE: Duration = Duration::from_secs(120);

/// Makes a test of every promise of the [`Store`](crate::store::Store) contract, in a module of
/// the given name.
///
/// The closure makes an empty store as an `Arc<dyn Store>`; it is given the path of an empty
/// folder, which is removed after the test.
#[macro_export]
macro_rules! store_conformance {
    ($backend:ident, $make:expr) => {
        mod $backend {
            #[allow(unused_imports, reason = "whatever the closure names")]
            use super::*;

            $crate::store_conformance! { @tests $make;
                commits {
                    a_commit_is_visible_whole,
                    a_run_can_begin_and_end_in_one_commit,
                    a_plain_commit_leaves_the_record_alone,
                    an_empty_group_is_no_error,
                    a_refused_commit_leaves_the_others_of_its_group,
                    commits_of_a_group_happen_in_order,
                    rows_that_do_not_continue_the_log_are_refused,
                    positions_are_contiguous_in_the_order_of_commits,
                    committers_on_many_threads_leave_no_gap,
                    large_payloads_come_back,
                    names_hold_any_characters,
                }
                claims {
                    a_user_id_names_one_run_of_a_workflow,
                    a_run_id_names_one_run,
                    a_commit_under_another_claim_is_fenced,
                    a_commit_on_a_run_that_ended_is_fenced,
                    a_run_that_nobody_drives_can_be_taken,
                    a_run_of_an_earlier_lease_can_be_taken,
                    a_run_of_the_same_lease_cannot_be_taken,
                    a_take_counts_from_the_last_claim,
                    a_take_records_who_took,
                    a_change_moves_the_run,
                    a_released_claim_is_gone,
                    a_stale_release_is_ignored,
                    a_user_id_can_be_taken_from_a_run_that_has_ended,
                    a_blocked_run_can_be_released,
                }
                inbox {
                    an_end_gives_way_to_a_cancel,
                    an_end_that_does_not_look_goes_through,
                    an_end_empties_the_inbox,
                    an_ended_run_takes_no_request,
                    an_unknown_run_takes_no_request,
                    a_second_cancel_changes_nothing,
                    requests_are_listed_from_a_number_on,
                    a_list_of_requests_is_limited,
                    a_request_races_an_end_and_one_wins,
                    what_is_left_for_the_engine_that_executes_changes_the_number,
                }
                signals {
                    signals_are_kept_in_the_order_of_sending,
                    signals_and_cancels_do_not_hide_each_other,
                    a_commit_takes_the_signals_that_it_used,
                    a_refused_commit_takes_no_signal,
                    a_signal_is_taken_once,
                    an_outdated_claim_is_fenced_whatever_it_used,
                    a_signal_wakes_the_run_that_awaits_it,
                    a_signal_never_puts_a_wake_up_off,
                    what_came_before_the_wait_wakes_too,
                }
                children {
                    a_child_is_created_with_its_parents_commit,
                    a_refused_commit_bears_no_child,
                    a_child_is_created_once,
                    the_end_of_a_child_wakes_its_parent,
                    an_ended_parent_is_not_told,
                    a_commit_cancels_children,
                    nobody_waits_for_a_child_that_was_given_up,
                }
                due {
                    what_nobody_drives_is_due,
                    what_waits_is_due_at_its_instant,
                    what_is_taken_is_due_no_more,
                    running_ones_come_first_then_the_longest_waiting,
                    only_served_workflows_are_due,
                    known_runs_are_left_out,
                    no_more_than_asked_for_and_whether_there_are_more,
                    a_workflow_can_be_asked_for_with_a_limit,
                    the_next_instant_is_the_earliest_later_one,
                }
                purge {
                    a_finished_run_goes_when_it_is_old_enough,
                    the_id_of_a_purged_run_is_free,
                    what_is_not_delivered_stays,
                    a_run_is_kept_since_its_delivery,
                    a_new_tracker_counts_and_a_forgotten_one_does_not,
                    a_dead_letter_keeps_its_run,
                    a_child_of_an_open_run_stays,
                    a_purge_changes_no_account,
                    a_purge_goes_on_part_by_part,
                }
                definitions {
                    a_manifest_is_kept,
                    a_commit_records_the_code,
                }
                reading {
                    a_run_is_found_by_each_of_its_names,
                    runs_are_listed_newest_first,
                    runs_are_listed_by_workflow_and_status,
                    runs_are_listed_in_pages,
                    runs_are_listed_by_the_time_of_their_creation,
                    every_run_is_counted_where_it_stands,
                    rows_are_read_in_pages,
                    the_last_row_is_the_outcome,
                }
                cursors {
                    a_new_tracker_begins_at_the_end,
                    a_new_tracker_can_begin_at_the_beginning,
                    a_known_tracker_goes_on_where_it_was,
                    an_unknown_tracker_is_an_error,
                    a_settled_move_is_recorded,
                    a_move_is_recorded_soon,
                    a_cursor_never_moves_back,
                    the_account_adds_up_at_every_commit,
                    trackers_do_not_disturb_each_other,
                    an_event_is_read_as_it_was_written,
                    a_read_stops_at_its_limits,
                    payloads_are_read_where_they_are_asked_for,
                }
                letters {
                    an_event_put_aside_is_passed_and_kept,
                    what_was_passed_is_not_passed_again,
                    a_move_that_comes_late_does_not_undo_a_quarantine,
                    dropped_events_are_passed_and_counted,
                    letters_are_listed_in_pages,
                    a_closed_letter_is_gone,
                    trackers_are_listed_by_name,
                    a_forgotten_tracker_is_unknown,
                    a_forgotten_name_begins_anew,
                    the_extent_of_a_run_is_its_own,
                }
                lease {
                    one_engine_at_a_time_has_the_lease,
                    each_lease_has_a_larger_epoch,
                    a_waiting_engine_gets_the_lease,
                    whoever_stops_waiting_does_not_get_the_lease,
                    the_holder_is_named,
                }
            }
        }
    };
    (@tests $make:expr; $($part:ident { $($promise:ident,)* })*) => {
        $($(
            #[test]
            fn $promise() {
                $crate::store::conformance::check($make, $crate::store::conformance::$part::$promise);
            }
        )*)*
    };
}

/// Checks one promise on a new store.
///
/// # Panics
///
/// Where the store does not keep it.
pub fn check<P>(
    make: impl FnOnce(&Path) -> Arc<dyn Store>,
    promise: impl FnOnce(Arc<dyn Store>) -> P,
) where
    P: Future<Output = ()>,
{
    let folder = Folder::new();
    let runtime = Builder::new_current_thread().enable_time().build();
    let runtime = runtime.expect("a runtime needs only memory");
    let store = make(&folder.0);
    runtime.block_on(async {
        let kept = tokio::time::timeout(PATIENCE, promise(store)).await;
        kept.expect("the store did not answer in time");
    });
}

/// An empty folder for a test.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("workflow-store-{}-{number}", std::process::id());
        let path = std::env::temp_dir().join(name);
        // A killed test of a process with the same number may have left one behind.
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir(&path).expect("the temporary folder can be written");
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
