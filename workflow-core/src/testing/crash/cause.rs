//! What the cause of a failure may be.

use super::super::calls::OUTSIDE;
use super::failure::Problem;
use super::through::Through;

const EFFECT_OUTSIDE: &str = "a side effect outside of every step: the code between the \
     operations runs again with every replay; put the call into a `step!`";
const NOT_IDEMPOTENT: &str = "a step whose effect is done twice: a step that is executing when \
     its process dies runs again; give `idempotency_key()` to the service that it calls, and let \
     the fake deduplicate by it, as `Calls` does. Or a side effect outside of every step: put it \
     into a `step!`";
const STATE: &str = "something between the operations depends on more than the input and the \
     recorded results: the state of a resource that a side effect outside of a step changed, \
     time, or chance; put it into a `step!`, or record it with `value!`. Where a fake answers \
     each call otherwise, let it answer by `idempotency_key()`";
const NONDETERMINISM: &str = "the code took another path when it was replayed: it depends on \
     time, chance, the state of a resource, or the order of a `HashMap`; put that into a \
     `step!`, or record it with `value!`";
const WAITS: &str = "the workflow waits for something that nobody does in this test";
const DEFECT: &str = "a defect of this library; please report it with the message above";

/// What the cause may be, by what is wrong.
pub(super) fn likely(problem: &Problem, crashed: &Through) -> &'static str {
    let called_outside = || crashed.observed.iter().any(|seen| seen.contains(OUTSIDE));
    match problem {
        Problem::Log(_) => DEFECT,
        Problem::Endless(_) => WAITS,
        _ if called_outside() => EFFECT_OUTSIDE,
        Problem::Diverged(_) | Problem::Replay(_) => NONDETERMINISM,
        Problem::Ending { .. } => STATE,
        Problem::Observed { .. } => NOT_IDEMPOTENT,
    }
}
