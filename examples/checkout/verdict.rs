//! The verdict: what the witnesses say, side by side.

use std::collections::HashSet;
use std::fmt;

use workflow_core::Result;

use crate::count::{Events, Steps};
use crate::database::{Account, Database};
use crate::endpoint::Received;
use crate::ledger::{Execution, StepName};

/// Who saw what happened. None of them is the process that was killed.
pub(crate) struct Witnesses {
    pub(crate) orders: usize,
    /// What came to the endpoint, repeats included.
    pub(crate) received: Vec<Received>,
    /// The lines of the side-effect file.
    pub(crate) executions: Vec<Execution>,
    /// For each process, the steps that the database held when it was started.
    pub(crate) committed_before: Vec<HashSet<StepName>>,
    pub(crate) database: Database,
}

pub(crate) struct Verdict {
    orders: usize,
    completed: usize,
    account: Account,
    events: Events,
    /// Events of the database that did not come to the endpoint.
    lost: usize,
    /// Events that came to the endpoint and are not in the database.
    unknown: usize,
    committed: usize,
    steps: Steps,
}

impl Verdict {
    pub(crate) fn of(witnesses: &Witnesses) -> Result<Self> {
        let database = &witnesses.database;
        let received = witnesses.received.iter();
        let received: HashSet<String> = received.map(Received::bare_id).collect();
        let logged = database.event_ids()?;
        Ok(Self {
            orders: witnesses.orders,
            completed: database.runs()?.completed,
            account: database.account()?,
            events: Events::count(&witnesses.received),
            lost: logged.difference(&received).count(),
            unknown: received.difference(&logged).count(),
            committed: database.committed_steps()?.len(),
            steps: Steps::count(&witnesses.executions, &witnesses.committed_before),
        })
    }

    pub(crate) fn is_good(&self) -> bool {
        self.problems().is_empty()
    }

    /// Everything that is not as it must be, in words.
    fn problems(&self) -> Vec<String> {
        let (events, steps) = (&self.events, &self.steps);
        let effects = self.committed.abs_diff(steps.effects);
        let at_database = self.orders.abs_diff(self.completed);
        let at_endpoint = self.orders.abs_diff(events.completed);
        let must_be_zero = [
            (self.account.pending, "events are pending"),
            (self.lost, "events are lost"),
            (self.unknown, "events are not in the database"),
            (events.gaps, "events are missing in between"),
            (events.clashes, "events share a place in their run"),
            (steps.doubled, "committed steps were executed again"),
            (steps.effects_doubled, "side effects were done twice"),
            (effects, "committed steps differ from side effects"),
            (at_database, "orders are not completed in the database"),
            (at_endpoint, "orders are not completed at the endpoint"),
        ];
        let found = must_be_zero.iter().filter(|(number, _)| *number != 0);
        found
            .map(|(number, what)| format!("{number} {what}"))
            .collect()
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.table(f)?;
        if let Some(execution) = self.steps.interrupted.first() {
            example(f, execution)?;
        }
        match &self.problems()[..] {
            [] => write!(
                f,
                "Nothing is lost, and no committed step was executed again."
            ),
            problems => write!(f, "NOT AS PROMISED: {}", problems.join("; ")),
        }
    }
}

impl Verdict {
    fn table(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Account {
            accepted,
            delivered,
            pending,
        } = self.account;
        let Events {
            distinct,
            again,
            gaps,
            completed,
            ..
        } = self.events;
        let Steps {
            executed,
            doubled,
            effects_doubled,
            ..
        } = self.steps;
        let (lost, committed, orders) = (self.lost, self.committed, self.orders);
        let interrupted = self.steps.interrupted.len();
        writeln!(
            f,
            "\
events accepted                     {accepted:>6}   database
events delivered                    {delivered:>6}   database
events pending                      {pending:>6}   database
events received                     {distinct:>6}   endpoint, by their ids
events received again               {again:>6}   endpoint; at least once is the promise
events lost                         {lost:>6}   in the database, not at the endpoint
gaps in seq                         {gaps:>6}   endpoint

steps committed                     {committed:>6}   database
steps executed                      {executed:>6}   side-effect file
committed, executed again           {doubled:>6}   side-effect file
cut off by the kill, executed again {interrupted:>6}   side-effect file
side effects done twice             {effects_doubled:>6}   side-effect file

runs completed                      {completed:>6}   of {orders}
"
        )
    }
}

/// One of the steps that were executing when a process was killed.
fn example(f: &mut fmt::Formatter<'_>, execution: &Execution) -> fmt::Result {
    let StepName { order, step, .. } = &execution.step;
    writeln!(
        f,
        "`{step}` of {order} was executing at the kill, so it was executed again, with\n\
         the same idempotency key: {}\n",
        execution.idempotency_key
    )
}
