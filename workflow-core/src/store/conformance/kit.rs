//! What the tests of the contract are written with.

use std::sync::Arc;

use uuid::Uuid;
use workflow_tracker::{Audience, EventType, LanePosition, OpenCursor, StartAt, Timestamp};

use crate::id::RunId;
use crate::store::{
    Change, Claim, CommitResult, Committed, EndStatus, Lease, NewRow, NewRun, NewStatus, ReadRows,
    Refused, Row, RunCommit, RunKey, RunNo, RunRecord, Store, Target,
};

/// The workflow of all runs that name no other.
pub(in crate::store) const WORKFLOW: &str = "checkout";
/// The fingerprint of all runs that name no other.
pub(in crate::store) const FINGERPRINT: u64 = 0xfedc_ba98_7654_3210;

pub(in crate::store) const END: Change = Change::End {
    status: EndStatus::Completed,
    unless_cancelled: true,
};

pub(in crate::store) const fn at(millis: u64) -> Timestamp {
    Timestamp::from_millis(1_700_000_000_000 + millis)
}

/// A lease that nobody else has.
pub(in crate::store) async fn lease(store: &Arc<dyn Store>) -> Lease {
    let lease = store.try_lease().await.expect("the lease can be asked for");
    lease.expect("nobody else has the lease")
}

/// The id of run `n`, on lane `n` mod 16.
pub(in crate::store) fn run_id(n: u8) -> RunId {
    let mut bytes = [n; 16];
    bytes[0] = 0;
    Uuid::from_bytes(bytes).into()
}

/// Run `n`, claimed under a lease; its user id is `order-n`.
pub(in crate::store) fn run(n: u8, lease: &Lease) -> NewRun {
    let epoch = lease.epoch();
    NewRun {
        status: NewStatus::Claimed { epoch },
        ..queued_run(n, at(0))
    }
}

/// Run `n`, due at an instant.
pub(in crate::store) fn queued_run(n: u8, wake_at: Timestamp) -> NewRun {
    NewRun {
        run_id: run_id(n),
        workflow: WORKFLOW.into(),
        version: Some(1),
        user_id: Some(format!("order-{n}")),
        input_digest: [n; 32],
        fingerprint: FINGERPRINT,
        lane: n % 16,
        status: NewStatus::Queued { wake_at },
    }
}

/// Row `seq` of some run, with fields and a payload of its own.
pub(in crate::store) fn row(seq: u64) -> NewRow {
    NewRow {
        seq,
        turn: seq.div_ceil(2),
        event_id: Uuid::from_u128(u128::from(seq)),
        event_type: EventType::ValueRecorded,
        occurred_at: at(seq),
        fields: format!("{{\"name\":\"value {seq}\"}}"),
        audience: if seq.is_multiple_of(2) {
            Audience::Full
        } else {
            Audience::All
        },
        payload: Some(format!("payload {seq}").into_bytes()),
    }
}

/// Rows with these numbers.
pub(in crate::store) fn rows(numbers: impl IntoIterator<Item = u64>) -> Vec<NewRow> {
    numbers.into_iter().map(row).collect()
}

/// The row as it is read back.
pub(in crate::store) fn recorded(row: NewRow, recorded_at: Timestamp) -> Row {
    Row {
        seq: row.seq,
        turn: row.turn,
        event_id: row.event_id,
        event_type: row.event_type,
        occurred_at: row.occurred_at,
        recorded_at,
        fields: row.fields,
        audience: row.audience,
        payload: row.payload,
    }
}

/// A commit of a new run.
pub(in crate::store) fn create(run: NewRun, rows: Vec<NewRow>) -> RunCommit {
    RunCommit::new(Target::New(Box::new(run)), rows, at(100))
}

/// A commit under a claim.
pub(in crate::store) fn go_on(claim: Claim, rows: Vec<NewRow>) -> RunCommit {
    RunCommit::new(Target::Claimed(claim), rows, at(200))
}

/// A commit that takes a run whose last claim was this one.
pub(in crate::store) fn take(last: Claim, lease: &Lease) -> RunCommit {
    let target = Target::Take {
        run: last.run,
        execution: last.execution,
        epoch: lease.epoch(),
        fingerprint: FINGERPRINT,
        crashes: None,
    };
    RunCommit::new(target, Vec::new(), at(300))
}

/// Commits a group.
pub(in crate::store) async fn commit(
    store: &Arc<dyn Store>,
    group: Vec<RunCommit>,
) -> Vec<CommitResult> {
    let results = store.commit(group).await;
    results.expect("the store can write")
}

/// Commits one alone.
pub(in crate::store) async fn commit_one(store: &Arc<dyn Store>, one: RunCommit) -> CommitResult {
    let results = commit(store, vec![one]).await;
    let [result] = results.try_into().expect("one result for one commit");
    result
}

/// Commits one alone, which is not refused.
pub(in crate::store) async fn committed(store: &Arc<dyn Store>, one: RunCommit) -> Committed {
    let result = commit_one(store, one).await;
    result.expect("the commit is not refused")
}

/// Starts run `n` under the lease, with one row.
pub(in crate::store) async fn start(store: &Arc<dyn Store>, n: u8, lease: &Lease) -> Claim {
    committed(store, create(run(n, lease), rows([1])))
        .await
        .claim
}

/// Creates run `n` queued until an instant, with one row.
pub(in crate::store) async fn queue(store: &Arc<dyn Store>, n: u8, wake_at: Timestamp) -> Claim {
    let queued = create(queued_run(n, wake_at), rows([1]));
    committed(store, queued).await.claim
}

/// Starts run `n` and changes its status, in two commits.
pub(in crate::store) async fn start_then(
    store: &Arc<dyn Store>,
    n: u8,
    lease: &Lease,
    change: Change,
) -> Claim {
    let claim = start(store, n, lease).await;
    committed(store, go_on(claim, rows([2])).with_change(change)).await;
    claim
}

/// The record of a run that exists.
pub(in crate::store) async fn record(store: &Arc<dyn Store>, run: RunNo) -> RunRecord {
    let record = store.run(RunKey::No(run)).await;
    record.expect("the store can read").expect("the run exists")
}

/// The numbers of the rows of a run.
pub(in crate::store) async fn numbers(store: &Arc<dyn Store>, run: RunNo) -> Vec<u64> {
    let all = read_rows(store, run, 0, usize::MAX).await;
    all.iter().map(|row| row.seq).collect()
}

/// Rows of a run.
pub(in crate::store) async fn read_rows(
    store: &Arc<dyn Store>,
    run: RunNo,
    after: u64,
    rows_max: usize,
) -> Vec<Row> {
    let read = ReadRows {
        run,
        after,
        rows_max,
    };
    store.rows(read).await.expect("the store can read")
}

/// Opens a tracker's cursors.
pub(in crate::store) async fn open(
    store: &Arc<dyn Store>,
    tracker: &str,
    start_at: StartAt,
) -> Vec<LanePosition> {
    let positions = store.open_cursor(OpenCursor::new(tracker, start_at)).await;
    positions.expect("cursors can be opened")
}

/// Whether a commit was fenced off.
pub(in crate::store) fn is_fenced(result: &CommitResult) -> bool {
    *result == Err(Refused::Fenced)
}
