//! Commits and releases, in memory.

use std::sync::Arc;

use workflow_tracker::Timestamp;

use super::lanes::LaneEntry;
use super::state::{State, place};
use crate::store::rules::{self, Aim, Existing, Place};
use crate::store::{
    Change, Claim, CommitResult, Committed, CrashCount, Effects, NewChild, NewRow, NewRun,
    NewStatus, Refused, Row, RunCommit, RunNo, RunRecord, RunStatus,
};

impl State {
    pub(super) fn commit(&mut self, commit: RunCommit) -> CommitResult {
        let RunCommit {
            target,
            rows,
            change,
            recorded_at,
            effects,
        } = commit;
        let claim = match Aim::from(&target) {
            Aim::New(new) => self.create(new, &rows, change, recorded_at)?,
            Aim::Existing(existing) => {
                let claim = self.admit(&existing, &rows, &effects)?;
                self.go_on(&existing, claim, change, recorded_at)?
            }
        };
        let committed = self.append(claim, Arc::unwrap_or_clone(rows), recorded_at);
        self.affect(claim.run, change, effects, recorded_at);
        Ok(committed)
    }

    fn create(
        &mut self,
        new: &NewRun,
        rows: &[NewRow],
        change: Option<Change>,
        at: Timestamp,
    ) -> Result<Claim, Refused> {
        if let Some(taken) = self.taken_by(new) {
            return Err(Refused::Exists(Box::new(taken.clone())));
        }
        rules::check_seq(rows, 0).map_err(Refused::Failed)?;
        let claim = rules::first_claim(self.next_run(), new.status);
        let place = Place::begun(new.status).after(change, at);
        self.add(record(new, claim, place, None, at));
        self.left += u64::from(matches!(new.status, NewStatus::Queued { .. }));
        Ok(claim)
    }

    /// Creates a run that another one starts, unless its id is taken.
    pub(super) fn create_child(&mut self, child: NewChild, parent: RunNo, at: Timestamp) {
        let NewChild { run, row } = child;
        if self.taken_by(&run).is_some() {
            return;
        }
        let claim = rules::first_claim(self.next_run(), run.status);
        self.add(record(
            &run,
            claim,
            Place::begun(run.status),
            Some(parent),
            at,
        ));
        self.append(claim, vec![row], at);
    }

    fn taken_by(&self, new: &NewRun) -> Option<&RunRecord> {
        let by_user_id = new
            .user_id
            .as_ref()
            .and_then(|id| self.by_user_id.get(&*new.workflow)?.get(id));
        let run = by_user_id.or_else(|| self.by_id.get(&new.run_id))?;
        self.run(*run).map(|run| &run.record)
    }

    /// The claim of a commit that may be made: an outdated one is told before anything else.
    fn admit(
        &self,
        existing: &Existing,
        rows: &[NewRow],
        effects: &Effects,
    ) -> Result<Claim, Refused> {
        let run = existing.run();
        let standing = self.run(run).ok_or(Refused::Fenced)?.standing();
        let claim = existing.admit(&standing).ok_or(Refused::Fenced)?;
        rules::check_seq(rows, standing.last_seq).map_err(Refused::Failed)?;
        self.check_used(run, effects)?;
        Ok(claim)
    }

    fn go_on(
        &mut self,
        existing: &Existing,
        claim: Claim,
        change: Option<Change>,
        at: Timestamp,
    ) -> Result<Claim, Refused> {
        let run = existing.run();
        if rules::yields_to_cancel(change)
            && let Some(refused) = self.cancel_of(run)
        {
            return Err(refused);
        }
        if existing.taken.is_some() || change.is_some() {
            self.update(run, |record| {
                if let Some(taken) = existing.taken {
                    record.execution = claim.execution;
                    record.fingerprint = taken.fingerprint;
                    record.crashes = taken.crashes.unwrap_or(record.crashes);
                }
                place(record, Place::running(claim.epoch).after(change, at));
            });
        }
        Ok(claim)
    }

    fn append(&mut self, claim: Claim, rows: Vec<NewRow>, at: Timestamp) -> Committed {
        let run = self.run_mut(claim.run).expect("the run was just found");
        let lane = run.record.lane;
        let first = run.last_seq() + 1;
        run.rows
            .extend(rows.into_iter().map(|row| recorded(row, at)));
        let last = run.last_seq();
        let entries = &mut self.lanes[usize::from(lane)];
        for seq in first..=last {
            entries.push(LaneEntry {
                run: claim.run,
                seq,
            });
        }
        let pos = if first > last { 0 } else { entries.head() };
        if pos > 0 {
            let run = self.run_mut(claim.run).expect("the run was just found");
            run.last_pos = pos;
        }
        Committed { claim, lane, pos }
    }

    pub(super) fn release(&mut self, claim: Claim) {
        let held = |record: &RunRecord| {
            record.status == RunStatus::Running
                && record.owner == Some(claim.epoch)
                && record.execution == claim.execution
        };
        if self.run(claim.run).is_some_and(|run| held(&run.record)) {
            self.update(claim.run, |record| record.owner = None);
        }
    }
}

fn record(
    new: &NewRun,
    claim: Claim,
    place: Place,
    parent: Option<RunNo>,
    at: Timestamp,
) -> RunRecord {
    RunRecord {
        run: claim.run,
        run_id: new.run_id,
        workflow: new.workflow.to_string(),
        version: new.version,
        user_id: new.user_id.clone(),
        input_digest: new.input_digest,
        fingerprint: new.fingerprint,
        status: place.status,
        wake_at: place.wake_at,
        lane: new.lane,
        owner: place.owner,
        execution: claim.execution,
        crashes: CrashCount::default(),
        created_at: at,
        finished_at: place.finished_at,
        parent,
        awaits: Vec::new(),
    }
}

fn recorded(row: NewRow, recorded_at: Timestamp) -> Row {
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
