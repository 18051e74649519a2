//! Counting what the endpoint received and what the steps wrote down.

use std::collections::{HashMap, HashSet};

use crate::endpoint::Received;
use crate::ledger::{Effect, Execution, StepName};

/// What the endpoint saw.
#[derive(Default)]
pub(crate) struct Events {
    /// Events by their ids.
    pub(crate) distinct: usize,
    /// Deliveries beyond the first of their event.
    pub(crate) again: usize,
    /// Places of a run that are empty although later ones are not.
    pub(crate) gaps: usize,
    /// Events beyond the first with their place in their run.
    pub(crate) clashes: usize,
    /// Runs whose last event says that they completed.
    pub(crate) completed: usize,
}

impl Events {
    pub(crate) fn count(received: &[Received]) -> Self {
        let mut ids = HashSet::new();
        let mut runs: HashMap<&str, Vec<&Received>> = HashMap::new();
        for event in received {
            if ids.insert(&event.event_id) {
                runs.entry(&event.run_id).or_default().push(event);
            }
        }
        let mut events = Self {
            distinct: ids.len(),
            again: received.len() - ids.len(),
            ..Self::default()
        };
        for run in runs.values_mut() {
            run.sort_by_key(|event| event.seq);
            events.add(run);
        }
        events
    }

    /// Adds the events of a run, sorted by `seq`.
    fn add(&mut self, run: &[&Received]) {
        let places: HashSet<u64> = run.iter().map(|event| event.seq).collect();
        let last = run.last().expect("a run is known by its events");
        let expected = usize::try_from(last.seq).unwrap_or(usize::MAX);
        self.clashes += run.len() - places.len();
        self.gaps += expected - places.len();
        self.completed += usize::from(last.event_type == "workflow.completed");
    }
}

/// What the side-effect file says.
#[derive(Default)]
pub(crate) struct Steps {
    pub(crate) executed: usize,
    /// Cut off before they were committed, and executed again.
    pub(crate) interrupted: Vec<Execution>,
    /// Executions of steps that were committed before.
    pub(crate) doubled: usize,
    /// Side effects, the first of each step.
    pub(crate) effects: usize,
    /// Side effects beyond the first of their step.
    pub(crate) effects_doubled: usize,
}

impl Steps {
    /// `committed_before` has, for each process, the steps that were committed when it started.
    pub(crate) fn count(executions: &[Execution], committed_before: &[HashSet<StepName>]) -> Self {
        let mut steps = Self {
            executed: executions.len(),
            ..Self::default()
        };
        let mut last_process = HashMap::new();
        let mut acted = HashSet::new();
        for execution in executions {
            let step = &execution.step;
            let before = last_process.insert(step, execution.process);
            if committed_before[execution.process - 1].contains(step)
                // A step that was executed and not cut off was committed.
                || before == Some(execution.process)
            {
                steps.doubled += 1;
            } else if before.is_some() {
                steps.interrupted.push(execution.clone());
            }
            if execution.effect == Effect::Done {
                let first = acted.insert(step);
                steps.effects += usize::from(first);
                steps.effects_doubled += usize::from(!first);
            }
        }
        steps
    }
}
