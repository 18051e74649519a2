//! A lane and an endpoint for the tests, which play a course of answers to its end.

use super::{Do, Portion, Refusal, Sent, Sift, Then};
use crate::Form;

/// An endpoint, a lane of events at positions 1 to `last`, and what became of them.
pub(super) struct Bench {
    pub(super) sift: Sift,
    pub(super) cursor: u64,
    last: u64,
    pub(super) put_aside: Vec<u64>,
    pub(super) truncated: Vec<u64>,
    pub(super) asked: usize,
}

/// How the bench ended.
#[derive(Debug, PartialEq)]
pub(super) enum End {
    AllPassed,
    Contract,
}

impl Bench {
    pub(super) fn new(last: u64) -> Self {
        Self {
            sift: Sift::default(),
            cursor: 0,
            last,
            put_aside: Vec::new(),
            truncated: Vec::new(),
            asked: 0,
        }
    }

    /// Asks on until all events are passed or a contract error is found. Every other event is
    /// of another run.
    pub(super) fn run(&mut self, answer: impl Fn(Form, &[u64]) -> Option<Refusal>) -> End {
        while self.cursor < self.last {
            assert!(self.asked < 10_000, "it asks for ever: {:?}", self.sift);
            let portion = match self.sift.next(100) {
                Do::Ask(portion) => portion,
                Do::PutAside(pos) => {
                    assert_eq!(pos, self.cursor + 1);
                    self.put_aside.push(pos);
                    self.cursor = pos;
                    self.sift.passed();
                    continue;
                }
            };
            let (form, first, events) = match portion {
                Portion::Next(events) => (Form::Whole, self.cursor + 1, events),
                Portion::Alone(form) => (form, self.cursor + 1, 1),
                Portion::OtherRun => (Form::Whole, self.cursor + 2, 1),
            };
            let last = self.last.min(first + events as u64 - 1);
            let then = if first > last {
                self.sift.no_other_run()
            } else {
                let asked: Vec<u64> = (first..=last).collect();
                self.ask(portion, &asked, answer(form, &asked))
            };
            if then == Then::Contract {
                return End::Contract;
            }
        }
        End::AllPassed
    }

    fn ask(&mut self, portion: Portion, asked: &[u64], answer: Option<Refusal>) -> Then {
        self.asked += 1;
        let sent = Sent {
            portion,
            events: asked.len(),
            last: *asked.last().expect("an event"),
        };
        if let Some(refusal) = answer {
            return self.sift.refused(sent, refusal);
        }
        if sent.delivers() {
            self.cursor = sent.last;
        }
        if portion == Portion::Alone(Form::Truncated) {
            self.truncated.push(sent.last);
        }
        self.sift.accepted(sent);
        Then::GoOn
    }
}
