//! A process that exits right after the outcome: the next one delivers.

use workflow_tests::endpoint::Endpoint;

use crate::child::{ERRANDS, Role};
use crate::lab::Lab;

#[test]
fn what_a_process_leaves_behind_when_it_exits_the_next_one_delivers() {
    let lab = Lab::with(Endpoint::closed());
    lab.start(Role::Exit).succeed();
    let database = lab.traces.check_log();
    let pending = database.accounts["default"].pending;
    assert_eq!(pending, 4 * ERRANDS);

    lab.endpoint.open();
    next_delivers(&lab);
    assert_eq!(lab.check().delivered.duplicates, 0);
}

#[test]
fn a_process_that_exits_while_it_delivers_loses_nothing() {
    let lab = Lab::new();
    lab.start(Role::Exit).succeed();
    lab.traces.check_log();
    next_delivers(&lab);
    lab.check();
}

fn next_delivers(lab: &Lab) {
    let mut next = lab.start(Role::Serve);
    next.tell("leave");
    assert_eq!(next.succeed(), ["serving", "left 0"]);
}
