//! One run's commit, inside a transaction.

use rusqlite::{OptionalExtension as _, params};
use workflow_tracker::Timestamp;

use super::convert::{self, CODEC_JSON, awaits_text, int, maybe_number, millis, number};
use super::transaction::Transaction;
use crate::store::rules::{self, Aim, Existing, Place, Standing};
use crate::store::{
    Change, Claim, CommitResult, Committed, NewChild, NewRow, NewRun, NewStatus, Refused,
    RunCommit, RunNo, RunRecord,
};

/// A refusal is an ordinary result; whatever is refused has written nothing.
type Admitted<T> = rusqlite::Result<Result<T, Refused>>;

/// The claim under which rows are written, and their lane.
#[derive(Clone, Copy)]
struct Ticket {
    claim: Claim,
    lane: u8,
    parent: Option<RunNo>,
}

/// How a run's row begins.
struct Begun {
    place: Place,
    parent: Option<RunNo>,
    awaits: Option<String>,
    at: Timestamp,
}

impl Transaction<'_, '_> {
    pub(super) fn commit_run(&mut self, commit: &RunCommit) -> rusqlite::Result<CommitResult> {
        let admitted = match Aim::from(&commit.target) {
            Aim::New(new) => self.create(new, commit)?,
            Aim::Existing(existing) => self.go_on(&existing, commit)?,
        };
        match admitted {
            Ok(ticket) => {
                self.affect(ticket, commit)?;
                self.append(ticket, commit).map(Ok)
            }
            Err(refused) => Ok(Err(refused)),
        }
    }

    fn create(&mut self, new: &NewRun, commit: &RunCommit) -> Admitted<Ticket> {
        if let Err(error) = rules::check_seq(&commit.rows, 0) {
            return Ok(Err(Refused::Failed(error)));
        }
        let place = Place::begun(new.status).after(commit.change, commit.recorded_at);
        let begun = Begun {
            place,
            parent: None,
            awaits: awaited(commit),
            at: commit.recorded_at,
        };
        if !self.insert_run(new, begun)? {
            let taken = self.taken_by(new)?;
            return Ok(Err(Refused::Exists(Box::new(taken))));
        }
        self.left |= matches!(new.status, NewStatus::Queued { .. });
        let run = RunNo(self.connection.last_insert_rowid());
        Ok(Ok(Ticket {
            claim: rules::first_claim(run, new.status),
            lane: new.lane,
            parent: None,
        }))
    }

    /// Creates a run that another one starts, unless its id is taken.
    fn create_child(
        &mut self,
        child: &NewChild,
        parent: RunNo,
        at: Timestamp,
    ) -> rusqlite::Result<()> {
        let NewChild { run, row } = child;
        let begun = Begun {
            place: Place::begun(run.status),
            parent: Some(parent),
            awaits: None,
            at,
        };
        if !self.insert_run(run, begun)? {
            return Ok(());
        }
        let run_no = RunNo(self.connection.last_insert_rowid());
        let ticket = Ticket {
            claim: rules::first_claim(run_no, run.status),
            lane: run.lane,
            parent: Some(parent),
        };
        let pos = self.next_pos(run.lane)?;
        self.rows += 1;
        self.insert_row(ticket, pos, row, at)
    }

    /// What a commit does beyond its run's own rows.
    fn affect(&mut self, ticket: Ticket, commit: &RunCommit) -> rusqlite::Result<()> {
        let RunCommit {
            effects,
            change,
            recorded_at: at,
            ..
        } = commit;
        let run = ticket.claim.run;
        if let Some(fingerprint) = effects.fingerprint {
            let set = &mut self.sql.set_code;
            set.execute(params![run.0, int(fingerprint)])?;
        }
        for child in &effects.children {
            self.create_child(child, run, *at)?;
        }
        if let Some(cancels) = &effects.cancels {
            self.cancel_children(run, cancels, *at)?;
        }
        match (change, ticket.parent, commit.rows.last()) {
            (Some(Change::Wait { .. }), _, _) => self.await_in(run, &effects.awaits, *at),
            (Some(Change::End { status, .. }), Some(parent), Some(last)) => {
                self.tell_parent(parent, run, *status, last, *at)
            }
            _ => Ok(()),
        }
    }

    fn insert_run(&mut self, new: &NewRun, begun: Begun) -> rusqlite::Result<bool> {
        let Begun {
            place,
            parent,
            awaits,
            at,
        } = begun;
        let first = rules::first_claim(RunNo(0), new.status);
        let inserted = self.sql.insert_run.execute(params![
            new.run_id.as_uuid().as_bytes(),
            &*new.workflow,
            new.version,
            new.user_id,
            new.input_digest,
            int(new.fingerprint),
            place.status.as_str(),
            place.wake_at.map(millis),
            new.lane,
            place.owner.map(int),
            int(first.execution),
            millis(at),
            place.finished_at.map(millis),
            parent.map(|parent| parent.0),
            awaits,
        ])?;
        Ok(inserted == 1)
    }

    fn taken_by(&mut self, new: &NewRun) -> rusqlite::Result<RunRecord> {
        if let Some(id) = &new.user_id {
            let by_user_id = params![&*new.workflow, id];
            let found = self
                .sql
                .run_by_user_id
                .query_row(by_user_id, convert::record);
            if let Some(record) = found.optional()? {
                return Ok(record);
            }
        }
        let id = new.run_id.as_uuid();
        let by_id = &mut self.sql.run_by_id;
        by_id.query_row([id.as_bytes()], convert::record)
    }

    fn go_on(&mut self, existing: &Existing, commit: &RunCommit) -> Admitted<Ticket> {
        let run = existing.run();
        let Some((standing, lane, parent)) = self.standing(run)? else {
            return Ok(Err(Refused::Fenced));
        };
        let Some(claim) = existing.admit(&standing) else {
            return Ok(Err(Refused::Fenced));
        };
        if let Err(error) = rules::check_seq(&commit.rows, standing.last_seq) {
            return Ok(Err(Refused::Failed(error)));
        }
        if rules::yields_to_cancel(commit.change)
            && let Some(refused) = self.cancel_of(run)?
        {
            return Ok(Err(refused));
        }
        if let Some(missing) = self.use_requests(run, &commit.effects.used)? {
            return Ok(Err(Refused::Failed(rules::not_in_the_inbox(missing))));
        }
        if let Some(Change::End { .. }) = commit.change {
            self.sql.clear_inbox.execute([run.0])?;
        }
        self.place(existing, claim, commit)?;
        Ok(Ok(Ticket {
            claim,
            lane,
            parent,
        }))
    }

    /// Where a run stands, its lane and its parent.
    fn standing(&mut self, run: RunNo) -> rusqlite::Result<Option<(Standing, u8, Option<RunNo>)>> {
        let standing = |row: &rusqlite::Row<'_>| {
            let standing = Standing {
                status: row.get(0)?,
                owner: maybe_number(row, 1)?,
                execution: number(row, 2)?,
                last_seq: maybe_number(row, 5)?.unwrap_or(0),
            };
            let parent: Option<i64> = row.get(4)?;
            Ok((standing, row.get(3)?, parent.map(RunNo)))
        };
        let found = self.sql.standing.query_row([run.0], standing);
        found.optional()
    }

    /// Updates the run's row; a plain step leaves it alone.
    fn place(
        &mut self,
        existing: &Existing,
        claim: Claim,
        commit: &RunCommit,
    ) -> rusqlite::Result<()> {
        if existing.taken.is_none() && commit.change.is_none() {
            return Ok(());
        }
        let place = Place::running(claim.epoch).after(commit.change, commit.recorded_at);
        let run = claim.run.0;
        let status = place.status.as_str();
        let wake_at = place.wake_at.map(millis);
        let owner = place.owner.map(int);
        let finished_at = place.finished_at.map(millis);
        let awaits = awaited(commit);
        match existing.taken {
            None => {
                let values = params![run, status, wake_at, owner, finished_at, awaits];
                self.sql.place_run.execute(values)?;
            }
            Some(taken) => {
                self.sql.take_run.execute(params![
                    run,
                    status,
                    wake_at,
                    owner,
                    finished_at,
                    awaits,
                    int(claim.execution),
                    int(taken.fingerprint),
                    taken.crashes.map(|crashes| crashes.count),
                    taken.crashes.map(|crashes| int(crashes.at_seq)),
                ])?;
            }
        }
        Ok(())
    }

    fn append(&mut self, ticket: Ticket, commit: &RunCommit) -> rusqlite::Result<Committed> {
        let mut last = 0;
        for row in commit.rows.iter() {
            last = self.next_pos(ticket.lane)?;
            self.insert_row(ticket, last, row, commit.recorded_at)?;
        }
        self.rows += commit.rows.len() as u64;
        Ok(Committed {
            claim: ticket.claim,
            lane: ticket.lane,
            pos: last,
        })
    }

    fn insert_row(
        &mut self,
        ticket: Ticket,
        pos: u64,
        row: &NewRow,
        recorded_at: Timestamp,
    ) -> rusqlite::Result<()> {
        self.sql.insert_row.execute(params![
            ticket.claim.run.0,
            int(row.seq),
            int(row.turn),
            ticket.lane,
            int(pos),
            row.event_id.as_bytes(),
            row.event_type.as_str(),
            millis(row.occurred_at),
            millis(recorded_at),
            convert::format(row.audience),
            row.fields,
            row.payload.as_ref().map(|_| CODEC_JSON),
            row.payload,
        ])?;
        Ok(())
    }
}

/// What the run awaits after the commit, as its row holds it.
fn awaited(commit: &RunCommit) -> Option<String> {
    match commit.change {
        Some(Change::Wait { .. }) => awaits_text(&commit.effects.awaits),
        None | Some(Change::Block | Change::Release | Change::End { .. }) => None,
    }
}
