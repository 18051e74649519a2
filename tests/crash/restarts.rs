//! A process that is killed again and again while its run advances, and one that is told to end.

use std::process::Command;
use std::time::{Duration, Instant};

use workflow_core::prelude::*;
use workflow_tests::endpoint::Endpoint;
use workflow_tests::oracle::Ledger;

use crate::child::Role;
use crate::lab::Lab;
use crate::number;
use crate::world::World;

/// Steps of a long way.
pub(crate) const STEPS: u64 = 120;

/// One step after the other, each with its number as the key.
#[workflow]
pub(crate) async fn long_way(start: u64, #[resource] world: &World) -> Result<u64> {
    let mut value = start;
    for number in 0..STEPS {
        value = step!("walk", key = number, world.act(value)).await?.value;
    }
    Ok(value)
}

#[test]
fn a_process_that_is_killed_15_times_while_its_run_advances_comes_to_the_end() {
    restart(15);
}

#[test]
#[ignore = "long: 50 restarts while a run advances; WORKFLOW_RESTARTS sets the number"]
fn a_process_that_is_killed_50_times_while_its_run_advances_comes_to_the_end() {
    restart(number("WORKFLOW_RESTARTS").unwrap_or(50));
}

/// Kills each process after two more steps, which is one more than it may have lost.
fn restart(times: u64) {
    let lab = Lab::new();
    for _ in 0..times {
        let before = Ledger::read(&lab.traces.ledger).len() as u64;
        assert!(
            before < STEPS,
            "all steps were executed in too few processes"
        );
        let child = lab.start(Role::LongWay);
        child.hear("step ");
        child.hear("step ");
        child.kill();
        lab.traces.check_log();
    }
    let said = lab.start(Role::LongWay).succeed();
    assert_eq!(said.last().map(String::as_str), Some("left 0"));
    let verdict = lab.check();
    assert_eq!(
        verdict.recoveries as u64, times,
        "each death is one crash, and none is a loop"
    );
    let again = verdict.executions as u64 - STEPS;
    assert!(again <= times, "{again} steps were executed again");
    println!(
        "{times} kills: {again} of {STEPS} steps executed again, {} of {} events sent again",
        verdict.delivered.duplicates, verdict.delivered.events
    );
}

/// SIGTERM while the endpoint is down: the process has a second, uses it, and loses nothing.
#[test]
fn a_process_that_is_told_to_end_while_the_endpoint_is_down_counts_what_is_left() {
    const ERRANDS: u64 = 10;
    const SOON: Duration = Duration::from_secs(4);
    let lab = Lab::with(Endpoint::closed());
    let mut child = lab.start(Role::Serve);
    child.tell(&format!("errands 0 {ERRANDS} 0"));
    child.hear("done");
    let began = Instant::now();
    let pid = child.id().to_string();
    let told = Command::new("kill").args(["-TERM", &pid]).status();
    assert!(told.expect("there is a program `kill`").success());
    let left = child.hear("left ");
    let (_, status) = child.finish();
    assert!(status.success(), "{status}");
    assert!(began.elapsed() < SOON, "{:?}", began.elapsed());
    assert_eq!(left, (4 * ERRANDS).to_string());
    let database = lab.traces.check_log();
    assert_eq!(database.accounts["default"].pending, 4 * ERRANDS);

    lab.endpoint.open();
    let mut next = lab.start(Role::Serve);
    next.tell("leave");
    assert_eq!(next.succeed(), ["serving", "left 0"]);
    assert_eq!(lab.check().delivered.duplicates, 0);
}
