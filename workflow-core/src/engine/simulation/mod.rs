//! Runs drivers in a loop, without a runtime: with crashes, stalled processes, failed and delayed
//! commits, doubled requests, cancels and a clock that jumps, over many seeds.

mod bodies;
mod course;
mod disturbance;
mod faults;
mod others;
mod world;

use world::World;

/// Seeds per body; `WORKFLOW_SEEDS` changes it.
fn seeds() -> std::ops::Range<u64> {
    let count = std::env::var("WORKFLOW_SEEDS").ok();
    let first = std::env::var("WORKFLOW_SEED").ok();
    match first.and_then(|seed| seed.parse().ok()) {
        Some(seed) => seed..seed + 1,
        None => 0..count.and_then(|count| count.parse().ok()).unwrap_or(1000),
    }
}

/// Runs a body under many schedules, each ending well, and checks each whole history.
fn survives(body: &'static str) {
    for seed in seeds() {
        let world = World::new(body, seed);
        if let Err(what) = world.run_with_faults() {
            panic!(
                "`{body}` with WORKFLOW_SEED={seed}: {what}\n{}",
                world.history()
            );
        }
    }
}

macro_rules! survive {
    ($($body:ident),* $(,)?) => {$(
        #[test]
        fn $body() {
            survives(stringify!($body));
        }
    )*};
}

survive! {
    sequence, joined, try_joined, selected, raced, many, retried, exhausted, looped, caught,
    slept_in_parallel, timed_out, nothing, observed, flagged, knocked, valued, parted,
    signalled, signalled_in_time, signal_raced, signals_joined, parented, child_raced, child_failed,
}

#[test]
fn a_step_that_vanished_from_the_code_blocks_the_run_and_names_both() {
    let world = World::new("sequence", 1);
    world.run_until_commits(2);
    let world = world.with_body("other_sequence");
    let reason = world.run_to_a_block();
    assert!(reason.contains("step `a` (seq 3 at body.rs:1)"), "{reason}");
    assert!(reason.contains("step `x` at body.rs:1"), "{reason}");
    assert!(reason.contains("engine.release"), "{reason}");
}

#[test]
fn a_body_that_returns_before_its_log_ends_is_blocked() {
    let world = World::new("sequence", 1);
    world.run_until_commits(3);
    let reason = world.with_body("nothing").run_to_a_block();
    assert!(
        reason.contains("the workflow returned, but its log goes on"),
        "{reason}"
    );
}

#[test]
fn a_step_that_became_a_sleep_is_blocked() {
    let world = World::new("sequence", 1);
    world.run_until_commits(2);
    let reason = world.with_body("slept_sequence").run_to_a_block();
    assert!(reason.contains("the log knows step `a`"), "{reason}");
    assert!(reason.contains("sleep `a`"), "{reason}");
}

#[test]
fn a_key_that_is_alive_twice_is_blocked_and_named() {
    let reason = World::new("same_key", 1).run_to_a_block();
    assert!(reason.contains("name and key `k`"), "{reason}");
}

#[test]
fn a_key_of_a_part_that_is_alive_twice_is_blocked_and_named() {
    let reason = World::new("same_part", 1).run_to_a_block();
    assert!(reason.contains("part `part[k]#2` at body.rs:1"), "{reason}");
    assert!(reason.contains("name and key `k`"), "{reason}");
}

#[test]
fn released_after_the_code_is_put_back_the_run_completes() {
    let world = World::new("sequence", 1);
    world.run_until_commits(2);
    let world = world.with_body("other_sequence");
    world.run_to_a_block();
    let world = world.with_body("sequence");
    assert_eq!(world.run_with_faults(), Ok(()), "{}", world.history());
}

#[test]
fn an_operation_dropped_before_the_commit_of_its_ask_leaves_no_row() {
    let world = World::new("withdrawn", 1);
    world.run_without_faults();
    let history = world.history();
    assert!(
        history.contains("quick") && !history.contains("loser"),
        "{history}"
    );
}

#[test]
fn a_run_whose_history_is_too_long_is_ended_with_advice() {
    let world = World::new("endless", 1);
    world.run_without_faults();
    let last = world.last_line();
    assert!(last.starts_with("100000 "), "{last}");
    assert!(last.contains("workflow.failed"), "{last}");
    assert!(last.contains("split the work into several runs"), "{last}");
}

#[test]
fn n_steps_cost_n_plus_one_commits() {
    let world = World::new("sequence", 1);
    world.run_without_faults();
    assert_eq!(world.commits(), 4, "{}", world.history());
}
