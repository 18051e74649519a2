//! What was written is found again.

use std::sync::Arc;

use super::kit::{
    END, FINGERPRINT, WORKFLOW, at, committed, create, lease, read_rows, record, recorded, row,
    rows, run, run_id, start, start_then,
};
use crate::id::RunId;
use crate::store::{Census, Change, NewRun, RunKey, RunNo, RunQuery, RunStatus, Store};

/// No numbers.
const NONE: [u64; 0] = [];

fn by_user_id(workflow: &str, id: &str) -> RunKey {
    RunKey::UserId {
        workflow: workflow.to_owned(),
        id: id.to_owned(),
    }
}

async fn list(store: &Arc<dyn Store>, query: RunQuery) -> Vec<RunId> {
    let runs = store.runs(query).await.expect("the store can read");
    runs.iter().map(|run| run.run_id).collect()
}

/// The number, the id and the user's id lead to the same run; others lead nowhere.
pub async fn a_run_is_found_by_each_of_its_names(store: Arc<dyn Store>) {
    let lease = lease(&store).await;
    let run = start(&store, 1, &lease).await.run;
    start(&store, 2, &lease).await;
    let expected = record(&store, run).await;
    assert_eq!(
        (expected.run_id, expected.fingerprint),
        (run_id(1), FINGERPRINT)
    );
    let names = [RunKey::Id(run_id(1)), by_user_id(WORKFLOW, "order-1")];
    for name in names {
        let found = store.run(name).await.expect("the store can read");
        assert_eq!(found.as_ref(), Some(&expected));
    }
    let others = [
        RunKey::No(RunNo(99)),
        RunKey::No(RunNo(0)),
        RunKey::No(RunNo(-1)),
        RunKey::Id(run_id(3)),
        by_user_id(WORKFLOW, "order-3"),
        by_user_id("refund", "order-1"),
    ];
    for name in others {
        let found = store.run(name.clone()).await.expect("the store can read");
        assert_eq!(found, None, "{name:?}");
    }
}

/// The list begins with the newest run.
pub async fn runs_are_listed_newest_first(store: Arc<dyn Store>) {
    let lease = lease(&store).await;
    assert_eq!(list(&store, RunQuery::default()).await, []);
    for n in [3, 1, 2] {
        start(&store, n, &lease).await;
    }
    let all = list(&store, RunQuery::default()).await;
    assert_eq!(all, [2, 1, 3].map(run_id));
}

/// Workflow and status narrow the list, alone and together.
pub async fn runs_are_listed_by_workflow_and_status(store: Arc<dyn Store>) {
    let lease = lease(&store).await;
    start_then(&store, 1, &lease, END).await;
    start(&store, 2, &lease).await;
    start_then(&store, 3, &lease, Change::Block).await;
    let refund = NewRun {
        workflow: "refund".into(),
        ..run(4, &lease)
    };
    committed(&store, create(refund, rows([1]))).await;
    let narrowed = async |workflow: Option<&str>, status| {
        let query = RunQuery {
            workflow: workflow.map(str::to_owned),
            status,
            ..RunQuery::default()
        };
        list(&store, query).await
    };
    assert_eq!(narrowed(Some("refund"), None).await, [run_id(4)]);
    assert_eq!(narrowed(Some("Refund"), None).await, []);
    let running = Some(RunStatus::Running);
    assert_eq!(narrowed(None, running).await, [4, 2].map(run_id));
    assert_eq!(narrowed(Some(WORKFLOW), running).await, [run_id(2)]);
    let completed = Some(RunStatus::Completed);
    assert_eq!(narrowed(None, completed).await, [run_id(1)]);
    assert_eq!(narrowed(Some("refund"), completed).await, []);
    assert_eq!(narrowed(None, Some(RunStatus::Blocked)).await, [run_id(3)]);
}

/// A page begins after the last run of the page before it.
pub async fn runs_are_listed_in_pages(store: Arc<dyn Store>) {
    let lease = lease(&store).await;
    for n in 1..=5 {
        start(&store, n, &lease).await;
    }
    for status in [None, Some(RunStatus::Running)] {
        let mut query = RunQuery {
            status,
            runs_max: 2,
            ..RunQuery::default()
        };
        let mut pages = Vec::new();
        loop {
            let page = store.runs(query.clone()).await.expect("readable");
            let Some(last) = page.last() else { break };
            query.before = Some(last.run);
            pages.push(page.iter().map(|run| run.run_id).collect::<Vec<_>>());
        }
        let expected = [vec![5, 4], vec![3, 2], vec![1]];
        let expected = expected.map(|page| page.into_iter().map(run_id).collect::<Vec<_>>());
        assert_eq!(pages, expected);
    }
}

/// A page of rows begins after a number and has no more rows than asked for.
pub async fn rows_are_read_in_pages(store: Arc<dyn Store>) {
    let lease = lease(&store).await;
    let run = committed(&store, create(run(1, &lease), rows(1..=5))).await;
    let run = run.claim.run;
    let page = async |after, rows_max| {
        let page = read_rows(&store, run, after, rows_max).await;
        page.iter().map(|row| row.seq).collect::<Vec<_>>()
    };
    assert_eq!(page(0, 2).await, [1, 2]);
    assert_eq!(page(2, 2).await, [3, 4]);
    assert_eq!(page(4, 2).await, [5]);
    assert_eq!(page(5, 2).await, NONE);
    assert_eq!(page(0, 0).await, NONE);
    assert_eq!(page(u64::MAX >> 1, usize::MAX).await, NONE);
    assert_eq!(read_rows(&store, RunNo(99), 0, 10).await, []);
}

/// A list can be of the runs of a span of time, from its beginning and before its end.
pub async fn runs_are_listed_by_the_time_of_their_creation(store: Arc<dyn Store>) {
    let lease = lease(&store).await;
    for n in 1..=4 {
        let mut commit = create(run(n, &lease), rows([1]));
        commit.recorded_at = at(100 * u64::from(n));
        committed(&store, commit).await;
    }
    let cases = [
        (Some(200), None, vec![4, 3, 2]),
        (None, Some(200), vec![1]),
        (Some(200), Some(400), vec![3, 2]),
        (Some(401), None, vec![]),
    ];
    for (from, until, expected) in cases {
        for status in [None, Some(RunStatus::Running)] {
            let query = RunQuery {
                created_from: from.map(at),
                created_until: until.map(at),
                status,
                ..RunQuery::default()
            };
            let expected: Vec<_> = expected.iter().copied().map(run_id).collect();
            assert_eq!(list(&store, query).await, expected, "{from:?} {until:?}");
        }
    }
}

/// Every run is counted once: where it stands, and while it is open by its workflow and version.
pub async fn every_run_is_counted_where_it_stands(store: Arc<dyn Store>) {
    let lease = lease(&store).await;
    assert_eq!(store.census().await, Ok(Census::default()));
    for n in 1..=2 {
        start_then(&store, n, &lease, Change::Block).await;
    }
    for n in 3..=5 {
        start_then(&store, n, &lease, END).await;
    }
    let refund = NewRun {
        workflow: "refund".into(),
        version: None,
        ..run(6, &lease)
    };
    committed(&store, create(refund, rows([1]))).await;
    start(&store, 7, &lease).await;
    let census = store.census().await.expect("the store can read");
    let mut open: Vec<_> = census
        .open
        .iter()
        .map(|line| {
            (
                line.status.as_str(),
                line.workflow.as_str(),
                line.version,
                line.runs,
            )
        })
        .collect();
    open.sort_unstable();
    assert_eq!(
        open,
        [
            ("blocked", WORKFLOW, Some(1), 2),
            ("running", WORKFLOW, Some(1), 1),
            ("running", "refund", None, 1),
        ]
    );
    assert_eq!(census.ended, [(RunStatus::Completed, 3)]);
    assert_eq!(census.count(RunStatus::Running), 2);
    assert_eq!(census.count(RunStatus::Completed), 3);
    assert_eq!(census.count(RunStatus::Failed), 0);
}

/// The last row of a run's log is found alone, with its payload.
pub async fn the_last_row_is_the_outcome(store: Arc<dyn Store>) {
    let lease = lease(&store).await;
    let whole = create(run(1, &lease), rows(1..=3)).with_change(END);
    let run = committed(&store, whole).await.claim.run;
    let last = store.last_row(run).await.expect("the store can read");
    assert_eq!(last, Some(recorded(row(3), at(100))));
    let none = store.last_row(RunNo(99)).await.expect("the store can read");
    assert_eq!(none, None);
}
