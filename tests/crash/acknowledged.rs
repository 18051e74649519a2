//! Killed between an acknowledgement and the commit of the cursor: sent again, and nothing more.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use uuid::Uuid;

use crate::child::Role;
use crate::lab::{Lab, eventually};
use crate::process::Process;

/// How often a killed process may have been too slow to be caught in between.
const TRIES: usize = 10;
/// After so long a cursor is committed where no other commit takes it along.
const ALONE_AFTER: Duration = Duration::from_millis(250);
/// For a machine that has other things to do.
const SLACK: Duration = Duration::from_secs(2);

#[tokio::test]
async fn what_was_acknowledged_and_not_committed_is_sent_again_and_nothing_else() {
    for _ in 0..TRIES {
        let lab = Lab::new();
        let mut child = lab.start(Role::Serve);
        errands(&mut child, 0, 8);
        let settled = settled(&lab).await;

        errands(&mut child, 8, 16);
        let all = lab.traces.database().event_ids();
        let seen = lab
            .endpoint
            .wait_for("every event", |seen| seen.has_all(&all));
        child.kill();
        assert_eq!(seen.check(&all).duplicates, 0);
        let left = lab.traces.check_log();
        let again = left.pending.get("default").cloned().unwrap_or_default();
        assert!(
            again.iter().all(|event| !settled.contains(event)),
            "{again:?}"
        );

        let mut next = lab.start(Role::Serve);
        next.tell("leave");
        assert_eq!(next.succeed().last().map(String::as_str), Some("left 0"));
        assert_eq!(lab.check().delivered.duplicates, again.len());
        println!("{} of {} events were sent again", again.len(), all.len());
        if !again.is_empty() {
            return;
        }
    }
    panic!("the cursors were committed before the kill {TRIES} times");
}

fn errands(child: &mut Process, from: u64, to: u64) {
    child.tell(&format!("errands {from} {to} 0"));
    child.hear("done");
}

/// Waits until every event is acknowledged and the database says so; gives their ids.
async fn settled(lab: &Lab) -> BTreeSet<Uuid> {
    let all = lab.traces.database().event_ids();
    lab.endpoint
        .wait_for("every event", |seen| seen.has_all(&all));
    let acknowledged = Instant::now();
    eventually("cursors that are committed", async || {
        lab.traces.database().pending.is_empty().then_some(())
    })
    .await;
    assert!(acknowledged.elapsed() < ALONE_AFTER + SLACK);
    all.into_iter().collect()
}
