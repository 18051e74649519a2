//! The oracle itself: it accepts what happened, and refuses each way in which it could have gone
//! wrong.

use std::fs;

use rusqlite::Connection;
use tempfile::TempDir;
use workflow_tests::oracle::Traces;

use crate::lab::{LONG, Lab, end_of};
use crate::world::journey;

/// What could have gone wrong, as it would be in the database, and what the oracle says.
const TAMPERINGS: [(&str, &str); 16] = [
    ("DELETE FROM log WHERE seq = 3", "seq [1, 2, 4"),
    ("UPDATE log SET seq = 99 WHERE seq = 3", "seq [1, 2, 4"),
    (
        "UPDATE log SET turn = 0 WHERE seq = 4",
        "seq 3 and 4 go back",
    ),
    (
        "UPDATE log SET type = 'workflow.started' WHERE seq = 5",
        "started at seq [1, 5]",
    ),
    (
        "UPDATE log SET type = 'workflow.failed' WHERE seq = 5",
        "completed with outcomes [(5",
    ),
    ("UPDATE runs SET status = 'failed'", "failed with outcomes"),
    (
        "UPDATE runs SET status = 'running'",
        "running with outcomes",
    ),
    (
        "UPDATE log SET fields = json_set(fields, '$.attempt', 2) WHERE seq = 2",
        "seq 2: step.started of `pack`, attempt Some(2)",
    ),
    (
        "UPDATE log SET type = 'step.completed' WHERE seq = 2",
        "seq 2: step.completed of `pack`",
    ),
    (
        "UPDATE log SET fields = json_set(fields, '$.completedSteps[1]', 'fly') \
         WHERE type = 'workflow.completed'",
        "are listed",
    ),
    (
        "UPDATE log SET fields = json_set(fields, '$.durationMs', 99999) WHERE seq = 3",
        "not as in the log",
    ),
    (
        "UPDATE log SET payload = CAST('{\"execution\": 9}' AS BLOB) WHERE seq = 3",
        "executed again after its commit",
    ),
    (
        "UPDATE log SET event_id = randomblob(16) WHERE seq = 3",
        "is missing",
    ),
    ("UPDATE lanes SET head = head + 1", "with head"),
    (
        "UPDATE cursors SET pos = pos - 1 WHERE pos > 0",
        "is owed some",
    ),
    (
        "INSERT INTO inbox (run_no, kind, at) VALUES (1, 'cancel', 0)",
        "with a request in its inbox",
    ),
];

/// What the oracle says about a copy of the traces in which something was changed.
fn problems(lab: &Lab, change: impl FnOnce(&Traces)) -> String {
    let folder = TempDir::new().expect("a temporary folder");
    let copy = Traces::new(folder.path());
    let database = Connection::open(&lab.traces.database).expect("the database opens");
    let file = copy.database.to_str();
    let file = file.expect("a temporary folder has a plain name");
    let copied = database.execute("VACUUM INTO ?1", [file]);
    copied.expect("the database can be copied");
    fs::copy(&lab.traces.ledger, &copy.ledger).expect("the ledger can be copied");
    change(&copy);
    copy.problems(&lab.endpoint.seen()).join("\n")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_oracle_refuses_what_must_not_be() {
    let lab = Lab::new();
    let engine = lab.site.engine().await;
    let run = engine
        .start(journey, "journey", 1)
        .await
        .expect("it starts");
    end_of(&run).await.expect("it completes");
    engine.shutdown(LONG).await;
    assert_eq!(problems(&lab, |_| ()), "");

    for (sql, expected) in TAMPERINGS {
        let said = problems(&lab, |copy| {
            let database = Connection::open(&copy.database).expect("the copy opens");
            let changed = database.execute(sql, []).expect("the copy can be changed");
            assert!(changed > 0, "`{sql}` changed nothing");
        });
        assert!(said.contains(expected), "`{sql}`: {said}");
    }

    let said = problems(&lab, |copy| {
        let executions = fs::read_to_string(&copy.ledger).expect("the copy can be read");
        let first = executions.lines().next().expect("there are executions");
        fs::write(&copy.ledger, format!("{executions}{first}\n")).expect("it can be written");
    });
    assert!(said.contains("2 executions in 1 attempts"), "{said}");
    assert!(said.contains("is in line 15"), "{said}");
}
