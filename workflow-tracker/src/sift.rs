//! Which of a lane's events an endpoint refuses, found by asking less and less. A state machine
//! without clock and without I/O.
//!
//! A refused request is halved until one event is refused alone. That event is passed only with a
//! proof that it is the event, and not the endpoint, that is at fault: the endpoint accepts its
//! tombstone, or an event of another run.
//!
//! An endpoint that refused all three may have been mended between two requests. So from then on
//! an event is at fault only if it is refused *after* something else was accepted.

use crate::Form;

/// How many requests in a row must be accepted before larger ones are tried again.
const CALM: u32 = 32;

/// Why a request's content was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// The request is too large.
    TooLarge,
    /// Something in it is not accepted.
    Content,
}

/// What a lane asks the endpoint next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Portion {
    /// The next events, at most so many.
    Next(usize),
    /// The next event alone.
    Alone(Form),
    /// The next event of another run than that of the next event.
    OtherRun,
}

/// What was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Sent {
    pub(crate) portion: Portion,
    pub(crate) events: usize,
    /// The position of the last event.
    pub(crate) last: u64,
}

impl Sent {
    /// Whether the events are delivered if this is accepted.
    pub(crate) const fn delivers(&self) -> bool {
        match self.portion {
            Portion::Next(_) | Portion::Alone(Form::Whole | Form::Truncated) => true,
            Portion::Alone(Form::Tombstone) | Portion::OtherRun => false,
        }
    }
}

/// What a lane does next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Do {
    /// Ask this.
    Ask(Portion),
    /// Put the event at this position aside: it is proven to be at fault.
    PutAside(u64),
}

/// What follows from a refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Then {
    /// Ask on at once.
    GoOn,
    /// Nothing is accepted, so nothing is proven: ask again after a while.
    Contract,
}

/// What is known about refusals in one lane.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sift {
    stage: Stage,
    fits: Option<Fits>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// Nothing was refused.
    Calm,
    /// Something up to `until` was refused; so many events are asked next.
    Halving {
        until: u64,
        events: usize,
        refusal: Refusal,
    },
    /// The next event is asked alone, in this form.
    Alone { form: Form, round: Round },
    /// The next event was refused, and an event of another run is asked.
    OtherRun(Round),
    /// All that was asked was refused.
    Contract,
    /// The event at `pos` is to be put aside.
    Proven { pos: u64 },
}

/// What was found out before the next event is asked alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Round {
    /// Nothing: the endpoint may well accept everything else.
    First,
    /// The endpoint refused whatever it was asked.
    Again,
    /// It has accepted an event of another run since.
    Witnessed,
    /// It has accepted the event's tombstone since.
    Buried,
}

/// How many events are not too large together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Fits {
    events: usize,
    accepted: u32,
    /// How many were, before the search that is under way.
    before: Option<usize>,
}

impl Default for Sift {
    fn default() -> Self {
        Self {
            stage: Stage::Calm,
            fits: None,
        }
    }
}

impl Sift {
    /// What to do next; a request may hold `events_max` events.
    pub(crate) fn next(&self, events_max: usize) -> Do {
        let fitting = self.fits.map_or(events_max, |fits| fits.events);
        let most = fitting.min(events_max);
        Do::Ask(match self.stage {
            Stage::Calm => Portion::Next(most),
            Stage::Halving { events, .. } => Portion::Next(events.min(most)),
            Stage::Alone { form, .. } => Portion::Alone(form),
            Stage::OtherRun(_) => Portion::OtherRun,
            Stage::Contract => Portion::Alone(Form::Whole),
            Stage::Proven { pos } => return Do::PutAside(pos),
        })
    }

    /// The endpoint accepted what was sent.
    pub(crate) fn accepted(&mut self, sent: Sent) {
        self.stage = match (sent.portion, self.stage) {
            (
                Portion::Next(_),
                Stage::Halving {
                    until,
                    events,
                    refusal,
                },
            ) if sent.last < until => Stage::Halving {
                until,
                refusal,
                events: match refusal {
                    Refusal::TooLarge => events,
                    // The guilty one is among those that are left.
                    Refusal::Content => half(distance(sent.last, until)),
                },
            },
            (Portion::Alone(Form::Tombstone), _) => self.buried(sent.last),
            (Portion::OtherRun, _) => Stage::whole(Round::Witnessed),
            (Portion::Next(_) | Portion::Alone(Form::Whole | Form::Truncated), _) => Stage::Calm,
        };
        self.grow();
    }

    /// The endpoint refused the content of what was sent.
    pub(crate) fn refused(&mut self, sent: Sent, refusal: Refusal) -> Then {
        if sent.events > 1 {
            self.halve(sent, refusal);
            return Then::GoOn;
        }
        if refusal == Refusal::TooLarge {
            self.one_is_too_large();
        }
        let round = self.round();
        self.stage = match (sent.portion, refusal) {
            (Portion::Next(_) | Portion::Alone(Form::Whole), Refusal::TooLarge)
                if round != Round::Buried =>
            {
                Stage::Alone {
                    form: Form::Truncated,
                    round,
                }
            }
            (Portion::Next(_) | Portion::Alone(Form::Whole | Form::Truncated), _) => {
                guilty(round, sent.last)
            }
            (Portion::Alone(Form::Tombstone), _) => match round {
                Round::First => Stage::OtherRun(Round::First),
                Round::Again => Stage::Contract,
                Round::Witnessed | Round::Buried => Stage::Proven { pos: sent.last },
            },
            (Portion::OtherRun, _) => without_witness(round),
        };
        self.then()
    }

    /// What the next event is asked for now.
    const fn round(&self) -> Round {
        match self.stage {
            Stage::Alone { round, .. } | Stage::OtherRun(round) => round,
            Stage::Contract => Round::Again,
            Stage::Calm | Stage::Halving { .. } | Stage::Proven { .. } => Round::First,
        }
    }

    const fn then(&self) -> Then {
        match self.stage {
            Stage::Contract => Then::Contract,
            Stage::Calm
            | Stage::Halving { .. }
            | Stage::Alone { .. }
            | Stage::OtherRun(_)
            | Stage::Proven { .. } => Then::GoOn,
        }
    }

    /// The tombstone of the event at `pos` was accepted.
    const fn buried(&self, pos: u64) -> Stage {
        match self.round() {
            Round::First | Round::Witnessed | Round::Buried => Stage::Proven { pos },
            Round::Again => Stage::whole(Round::Buried),
        }
    }

    fn halve(&mut self, sent: Sent, refusal: Refusal) {
        let events = half(sent.events);
        if refusal == Refusal::TooLarge {
            self.fits = Some(Fits {
                events,
                accepted: 0,
                before: match self.stage {
                    Stage::Halving { .. } => self.fits.and_then(|fits| fits.before),
                    Stage::Calm
                    | Stage::Alone { .. }
                    | Stage::OtherRun(_)
                    | Stage::Contract
                    | Stage::Proven { .. } => self.fits.map(|fits| fits.events),
                },
            });
        }
        self.stage = Stage::Halving {
            until: sent.last,
            events,
            refusal,
        };
    }

    /// The search came to one event: the others were not too large.
    fn one_is_too_large(&mut self) {
        let before = self.fits.and_then(|fits| fits.before);
        self.fits = before.map(|events| Fits {
            events,
            accepted: 0,
            before: None,
        });
    }

    /// What fits may have grown: an endpoint's limit is of bytes, and events differ.
    fn grow(&mut self) {
        if let Some(fits) = &mut self.fits {
            fits.accepted += 1;
            if fits.accepted >= CALM {
                fits.accepted = 0;
                fits.events = fits.events.saturating_mul(2);
            }
        }
    }

    /// There is nothing that the event could lose but everything.
    pub(crate) fn nothing_to_truncate(&mut self) {
        if let Stage::Alone { form, .. } = &mut self.stage {
            *form = Form::Tombstone;
        }
    }

    /// There is no event of another run in the lane.
    pub(crate) const fn no_other_run(&mut self) -> Then {
        self.stage = without_witness(self.round());
        self.then()
    }

    /// An event of another run was accepted elsewhere. Says whether it is worth to ask again now.
    pub(crate) fn witness(&mut self) -> bool {
        let waits = self.stage == Stage::Contract;
        if waits {
            self.stage = Stage::whole(Round::Witnessed);
        }
        waits
    }

    /// The destination refuses for another reason: what was found out may not hold afterwards.
    /// Says whether it was about to be asked for a proof, which it is not any more.
    pub(crate) const fn doubt(&mut self) -> bool {
        let proving = match self.stage {
            Stage::Alone { .. } | Stage::OtherRun(_) | Stage::Contract => true,
            Stage::Calm | Stage::Halving { .. } | Stage::Proven { .. } => false,
        };
        if proving {
            self.stage = Stage::Contract;
        }
        proving
    }

    /// The next events have been passed without being sent.
    pub(crate) fn passed(&mut self) {
        self.stage = Stage::Calm;
    }
}

impl Stage {
    const fn whole(round: Round) -> Self {
        Self::Alone {
            form: Form::Whole,
            round,
        }
    }
}

/// The event at `pos` was refused alone: what would prove that it is at fault?
const fn guilty(round: Round, pos: u64) -> Stage {
    match round {
        Round::First | Round::Witnessed => Stage::Alone {
            form: Form::Tombstone,
            round,
        },
        Round::Again => Stage::OtherRun(Round::Again),
        Round::Buried => Stage::Proven { pos },
    }
}

/// No event of another run was accepted.
const fn without_witness(round: Round) -> Stage {
    match round {
        Round::First => Stage::Contract,
        Round::Again | Round::Witnessed | Round::Buried => Stage::Alone {
            form: Form::Tombstone,
            round: Round::Again,
        },
    }
}

fn distance(from: u64, to: u64) -> usize {
    usize::try_from(to - from).unwrap_or(usize::MAX)
}

/// The larger half, of at least one.
const fn half(events: usize) -> usize {
    if events > 1 { events.div_ceil(2) } else { 1 }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An endpoint, a lane of events at positions 1 to `last`, and what became of them.
    struct Bench {
        sift: Sift,
        cursor: u64,
        last: u64,
        put_aside: Vec<u64>,
        truncated: Vec<u64>,
        asked: usize,
    }

    /// How the bench ended.
    #[derive(Debug, PartialEq)]
    enum End {
        AllPassed,
        Contract,
    }

    impl Bench {
        fn new(last: u64) -> Self {
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
        fn run(&mut self, answer: impl Fn(Form, &[u64]) -> Option<Refusal>) -> End {
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

    fn refuse(poison: &[u64], asked: &[u64]) -> Option<Refusal> {
        let found = asked.iter().any(|pos| poison.contains(pos));
        found.then_some(Refusal::Content)
    }

    #[test]
    fn the_guilty_event_is_found_wherever_it_lies_and_only_it() {
        for guilty in 1..=100 {
            let mut bench = Bench::new(200);
            let end = bench.run(|form, asked| match form {
                Form::Whole => refuse(&[guilty], asked),
                Form::Truncated | Form::Tombstone => None,
            });
            assert_eq!((end, &bench.put_aside), (End::AllPassed, &vec![guilty]));
            assert!(bench.asked <= 22, "{} requests for {guilty}", bench.asked);
        }
    }

    #[test]
    fn several_guilty_events_are_found_beside_each_other() {
        let guilty = [1, 2, 3, 50, 99, 100, 101, 150];
        let mut bench = Bench::new(150);
        let end = bench.run(|form, asked| match form {
            Form::Whole => refuse(&guilty, asked),
            Form::Truncated | Form::Tombstone => None,
        });
        assert_eq!((end, bench.put_aside), (End::AllPassed, guilty.to_vec()));
    }

    #[test]
    fn an_endpoint_that_refuses_everything_proves_nothing() {
        for refusal in [Refusal::Content, Refusal::TooLarge] {
            let mut bench = Bench::new(100);
            for _ in 0..5 {
                assert_eq!(bench.run(|_, _| Some(refusal)), End::Contract);
            }
            assert_eq!((bench.cursor, bench.put_aside.len()), (0, 0));
            assert!(bench.asked <= 5 * 14, "{} requests", bench.asked);
            assert_eq!(bench.run(|_, _| None), End::AllPassed);
            assert!(bench.put_aside.is_empty());
        }
    }

    #[test]
    fn an_event_whose_tombstone_is_refused_is_proven_by_another_run() {
        let mut bench = Bench::new(10);
        let end = bench.run(|_, asked| refuse(&[4], asked));
        assert_eq!((end, bench.put_aside), (End::AllPassed, vec![4]));
    }

    #[test]
    fn without_another_run_in_the_lane_a_witness_elsewhere_is_enough() {
        let mut bench = Bench::new(10);
        assert!(!bench.sift.witness());
        assert_eq!(bench.run(|_, asked| refuse(&[10], asked)), End::Contract);
        assert_eq!((bench.cursor, bench.put_aside.len()), (9, 0));
        assert!(bench.sift.witness());
        assert!(!bench.sift.witness(), "once");
        let end = bench.run(|_, asked| refuse(&[10], asked));
        assert_eq!((end, bench.put_aside), (End::AllPassed, vec![10]));
    }

    #[test]
    fn a_witness_does_not_condemn_what_is_accepted_now() {
        let mut bench = Bench::new(10);
        assert_eq!(bench.run(|_, _| Some(Refusal::Content)), End::Contract);
        assert!(bench.sift.witness());
        assert_eq!(bench.run(|_, _| None), End::AllPassed);
        assert!(bench.put_aside.is_empty());
    }

    #[test]
    fn what_is_too_large_is_sent_in_smaller_requests_and_that_is_remembered() {
        let mut bench = Bench::new(400);
        let too_large = |asked: &[u64]| (asked.len() > 30).then_some(Refusal::TooLarge);
        assert_eq!(bench.run(|_, asked| too_large(asked)), End::AllPassed);
        assert_eq!(bench.sift.next(100), Do::Ask(Portion::Next(25)));
        assert_eq!(bench.asked, 2 + 16);
        let mut later = Bench::new(2_100);
        later.sift = bench.sift;
        let end = later.run(|_, asked| (asked.len() > 90).then_some(Refusal::TooLarge));
        assert_eq!(end, End::AllPassed);
        assert_eq!(later.sift.next(100), Do::Ask(Portion::Next(50)));
    }

    #[test]
    fn one_event_that_is_too_large_loses_its_payload_and_is_delivered() {
        let mut bench = Bench::new(20);
        let end = bench.run(|form, asked| match form {
            Form::Whole if asked.contains(&7) => Some(Refusal::TooLarge),
            Form::Whole | Form::Truncated | Form::Tombstone => None,
        });
        assert_eq!((end, &bench.truncated), (End::AllPassed, &vec![7]));
        assert!(bench.put_aside.is_empty());
        assert_eq!(bench.sift.next(100), Do::Ask(Portion::Next(100)));
    }

    #[test]
    fn one_event_that_stays_too_large_is_put_aside() {
        let mut bench = Bench::new(20);
        let end = bench.run(|form, asked| match form {
            Form::Whole | Form::Truncated if asked.contains(&7) => Some(Refusal::TooLarge),
            Form::Whole | Form::Truncated | Form::Tombstone => None,
        });
        assert_eq!((end, bench.put_aside), (End::AllPassed, vec![7]));
        assert!(bench.truncated.is_empty());
    }

    #[test]
    fn an_event_that_cannot_be_truncated_goes_on_as_a_tombstone() {
        let mut sift = Sift::default();
        let sent = Sent {
            portion: Portion::Next(100),
            events: 1,
            last: 3,
        };
        sift.refused(sent, Refusal::TooLarge);
        assert_eq!(sift.next(100), Do::Ask(Portion::Alone(Form::Truncated)));
        sift.nothing_to_truncate();
        assert_eq!(sift.next(100), Do::Ask(Portion::Alone(Form::Tombstone)));
    }

    #[test]
    fn an_endpoint_that_is_mended_between_two_requests_gets_everything() {
        // It refuses everything until it was asked `mended` times, and nothing from then on.
        for mended in 12..40 {
            for events in [1, 10, 100] {
                let mut bench = Bench::new(events);
                let answers = std::cell::Cell::new(0);
                let answer = |_, _: &[u64]| {
                    answers.set(answers.get() + 1);
                    (answers.get() <= mended).then_some(Refusal::Content)
                };
                while bench.run(answer) == End::Contract {}
                assert_eq!(bench.put_aside, Vec::<u64>::new(), "after {mended}");
            }
        }
    }

    #[test]
    fn what_stays_guilty_after_the_endpoint_is_mended_is_put_aside() {
        for mended in 0..40 {
            for tombstones in [None, Some(Refusal::Content)] {
                let mut bench = Bench::new(20);
                let answers = std::cell::Cell::new(0);
                let answer = |form, asked: &[u64]| {
                    answers.set(answers.get() + 1);
                    let guilty = match form {
                        Form::Whole | Form::Truncated => refuse(&[1], asked),
                        Form::Tombstone => tombstones,
                    };
                    let broken = answers.get() <= mended;
                    guilty.or(broken.then_some(Refusal::Content))
                };
                while bench.run(answer) == End::Contract {}
                assert!(bench.put_aside.contains(&1), "after {mended}");
            }
        }
    }

    #[test]
    fn another_reason_to_refuse_begins_the_proof_again() {
        let mut sift = Sift::default();
        let sent = Sent {
            portion: Portion::Next(100),
            events: 1,
            last: 3,
        };
        sift.refused(sent, Refusal::Content);
        assert_eq!(sift.next(100), Do::Ask(Portion::Alone(Form::Tombstone)));
        assert!(sift.doubt());
        assert_eq!(sift.next(100), Do::Ask(Portion::Alone(Form::Whole)));
        assert!(!Sift::default().doubt());
    }
}
