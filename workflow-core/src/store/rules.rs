//! The rules of a commit, as every backend applies them: who may write, and where the run stands then.

use workflow_tracker::Timestamp;

use super::{
    Await, Change, Claim, CrashCount, NewRow, NewRun, NewStatus, RequestKind, RunNo, RunStatus,
    StoreError, StoreErrorKind, Target,
};

/// What a commit must know of the row of a run that exists.
#[derive(Clone, Copy, Debug)]
pub(super) struct Standing {
    pub(super) status: RunStatus,
    pub(super) owner: Option<u64>,
    pub(super) execution: u64,
    /// The `seq` of the last row of its log.
    pub(super) last_seq: u64,
}

/// The part of a run's row that a change of status replaces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) status: RunStatus,
    pub(super) wake_at: Option<Timestamp>,
    pub(super) owner: Option<u64>,
    pub(super) finished_at: Option<Timestamp>,
}

/// What a claim on a run that exists replaces in its row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Taken {
    pub(super) fingerprint: u64,
    pub(super) crashes: Option<CrashCount>,
}

/// A run that exists, as a commit means it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Existing {
    run: RunNo,
    /// The claim that the run must be under, or the one that is to be made of the last.
    claim: Claim,
    pub(super) taken: Option<Taken>,
}

/// What a commit aims at.
pub(super) enum Aim<'a> {
    New(&'a NewRun),
    Existing(Existing),
}

impl<'a> From<&'a Target> for Aim<'a> {
    fn from(target: &'a Target) -> Self {
        match *target {
            Target::New(ref run) => Self::New(run),
            Target::Claimed(claim) => Self::Existing(Existing {
                run: claim.run,
                claim,
                taken: None,
            }),
            Target::Take {
                run,
                execution,
                epoch,
                fingerprint,
                crashes,
            } => Self::Existing(Existing {
                run,
                claim: Claim {
                    run,
                    epoch,
                    execution: execution.saturating_add(1),
                },
                taken: Some(Taken {
                    fingerprint,
                    crashes,
                }),
            }),
        }
    }
}

impl Existing {
    pub(super) const fn run(&self) -> RunNo {
        self.run
    }

    /// The claim under which the commit goes, or `None` where it is fenced off.
    pub(super) fn admit(&self, standing: &Standing) -> Option<Claim> {
        let running = standing.status == RunStatus::Running;
        let admitted = if self.taken.is_some() {
            let held = running && standing.owner >= Some(self.claim.epoch);
            !standing.status.is_terminal()
                && standing.execution + 1 == self.claim.execution
                && !held
        } else {
            running
                && standing.owner == Some(self.claim.epoch)
                && standing.execution == self.claim.execution
        };
        admitted.then_some(self.claim)
    }
}

/// The claim with which a new run begins; without an owner where it is queued.
pub(super) const fn first_claim(run: RunNo, status: NewStatus) -> Claim {
    let (epoch, execution) = match status {
        NewStatus::Queued { .. } => (0, 0),
        NewStatus::Claimed { epoch } => (epoch, 1),
    };
    Claim {
        run,
        epoch,
        execution,
    }
}

impl Place {
    /// Where a new run stands before its commit's change.
    pub(super) const fn begun(status: NewStatus) -> Self {
        match status {
            NewStatus::Queued { wake_at } => {
                Self::open(RunStatus::Queued, None).waking(Some(wake_at))
            }
            NewStatus::Claimed { epoch } => Self::running(epoch),
        }
    }

    /// Where a run stands that an engine claimed.
    pub(super) const fn running(epoch: u64) -> Self {
        Self::open(RunStatus::Running, Some(epoch))
    }

    /// Where the run stands after the change.
    pub(super) fn after(self, change: Option<Change>, at: Timestamp) -> Self {
        match change {
            None => self,
            Some(Change::Wait { wake_at }) => Self::open(RunStatus::Waiting, None).waking(wake_at),
            Some(Change::Block) => Self::open(RunStatus::Blocked, None),
            Some(Change::Release) => Self::open(RunStatus::Running, None),
            Some(Change::End { status, .. }) => Self {
                finished_at: Some(at),
                ..Self::open(status.into(), None)
            },
        }
    }

    const fn open(status: RunStatus, owner: Option<u64>) -> Self {
        Self {
            status,
            wake_at: None,
            owner,
            finished_at: None,
        }
    }

    const fn waking(mut self, wake_at: Option<Timestamp>) -> Self {
        self.wake_at = wake_at;
        self
    }
}

/// Whether the rows go on where the run's log ends.
pub(super) fn check_seq(rows: &[NewRow], last_seq: u64) -> Result<(), StoreError> {
    let mut expected = last_seq;
    for row in rows {
        expected += 1;
        if row.seq != expected {
            return Err(StoreError::new(
                StoreErrorKind::Corrupt,
                format!(
                    "a row of type `{}` was to be appended as number {}, but the run's log goes on \
                     with {expected}; its log was changed by something else, or this is a defect of the engine; nothing was \
                     written",
                    row.event_type, row.seq
                ),
            ));
        }
    }
    Ok(())
}

/// What a commit is refused with that used a request which is not in the run's inbox.
pub(super) fn not_in_the_inbox(request: u64) -> StoreError {
    StoreError::new(
        StoreErrorKind::Corrupt,
        format!(
            "request {request} was to be used, but it is not in the run's inbox; this is a defect \
             of the engine, nothing was written"
        ),
    )
}

/// Whether a request is what somebody waits for.
pub(super) fn wakes(awaits: &[Await], request: &RequestKind) -> bool {
    let ends = || request.ends();
    !awaits.is_empty() && ends().is_some_and(|ended| awaits.contains(&ended))
}

/// When a waiting run is due that something came for at this instant.
pub(super) fn sooner(wake_at: Option<Timestamp>, at: Timestamp) -> Timestamp {
    wake_at.map_or(at, |wake_at| wake_at.min(at))
}

/// Whether the commit gives way to a cancel in the inbox.
pub(super) const fn yields_to_cancel(change: Option<Change>) -> bool {
    matches!(
        change,
        Some(Change::End {
            unless_cancelled: true,
            ..
        })
    )
}
