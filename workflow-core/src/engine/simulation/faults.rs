//! What goes wrong in a simulated execution, as it was drawn.

/// So many executions are disturbed; those that follow are not, so that every history ends.
const ROUNDS: u32 = 5;

/// What goes wrong in an execution.
#[derive(Clone, Copy, Debug, Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each fault is there or not, by itself"
)]
pub(super) struct Faults {
    /// The process dies instead of the commit after so many.
    pub(super) crash_after: Option<usize>,
    /// It dies after that commit was made and before its reply.
    pub(super) crash_late: bool,
    /// It was not dead but stalled, and goes on when another one has the run.
    pub(super) stalls: bool,
    /// Replies come as late as possible.
    pub(super) slow_commits: bool,
    /// Commits fail now and then.
    pub(super) failing_commits: bool,
    /// The clock jumps now and then, also back.
    pub(super) clock_jumps: bool,
    /// The run is asked for again, under its id.
    pub(super) doubled_starts: bool,
    /// Somebody cancels the run after so many commits.
    pub(super) cancel_after: Option<usize>,
}

impl Faults {
    /// The faults of an execution.
    pub(super) fn draw(chance: &mut fastrand::Rng, round: u32) -> Self {
        let slow_commits = chance.bool();
        if round >= ROUNDS {
            return Self {
                slow_commits,
                ..Self::default()
            };
        }
        Self {
            crash_after: chance.bool().then(|| chance.usize(..8)),
            crash_late: chance.bool(),
            stalls: chance.bool(),
            slow_commits,
            failing_commits: chance.u8(..4) == 0,
            clock_jumps: chance.u8(..4) == 0,
            doubled_starts: chance.u8(..4) == 0,
            cancel_after: (chance.u8(..16) == 0).then(|| chance.usize(..6)),
        }
    }
}
