//! Drives the lanes of one tracker: asks each what to do next, does it, and takes note of it.

mod conclude;
mod refusals;

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use tokio::task::JoinSet;
use tokio::time::{Sleep, sleep_until};

use super::job::{Bench, Finished, Found, Outcome, Verdict};
use super::reading::Reading;
use super::signal::LaneSet;
use super::state::PerLane;
use crate::lane::{Gather, Lane, Next, View};
use crate::outage::Outage;
use crate::sift::{Do, Sift};
use crate::squeeze::Squeeze;
use crate::tracker::FOREVER;
use crate::transport::{Fault, Transport};
use crate::{LANES, Pace};

/// How long ago a failure must be for a flush to try again at once.
pub(crate) const HASTE_SINCE: Duration = Duration::from_secs(1);

/// Delivers to one tracker.
pub(crate) struct Driver {
    bench: Bench,
    pace: Pace,
    lanes: PerLane<Lane>,
    sifts: PerLane<Sift>,
    /// Why the next event of each lane was refused, where it was.
    refusals: PerLane<Found>,
    squeeze: Squeeze,
    outage: Outage,
    /// The lanes whose last answer waits for somebody to act.
    blocked: LaneSet,
    /// Whether that was told.
    block_told: bool,
    /// Before this instant nothing is sent: the destination asked for it.
    hold: Option<Instant>,
    /// Nothing is sent until somebody resumes delivery: the destination is gone.
    stopped: bool,
    jobs: JoinSet<Finished>,
    transport: Option<Arc<dyn Transport>>,
    /// The lane whose turn it is: it is looked at first.
    turn: u8,
    rng: fastrand::Rng,
}

/// What ended a pause of the driver.
enum Heard {
    Finished(Finished),
    /// A commit, a flush, or an instant that has come.
    Look,
}

impl Driver {
    pub(crate) fn new(bench: Bench, rng: fastrand::Rng) -> Self {
        let pace = bench.tracker.config.pace();
        let gather = Gather {
            linger: pace.linger,
            events_max: pace.batch_events_max as u64,
        };
        let loaded = |lane: usize| bench.tracker.batch(lane_number(lane)).is_some();
        bench.tracker.unblock();
        Self {
            lanes: std::array::from_fn(|lane| Lane::new(gather, loaded(lane))),
            sifts: PerLane::default(),
            refusals: PerLane::default(),
            squeeze: Squeeze::Untried,
            outage: Outage::default(),
            blocked: LaneSet::default(),
            block_told: false,
            hold: None,
            stopped: false,
            jobs: JoinSet::new(),
            transport: None,
            turn: 0,
            pace,
            bench,
            rng,
        }
    }

    /// Delivers for ever.
    pub(crate) async fn run(mut self) {
        loop {
            if self.bench.tracker.take_resume() {
                self.resume();
            }
            if self.bench.tracker.take_hasten() {
                self.hasten(HASTE_SINCE);
            }
            let nexts = self.nexts();
            self.begin(&nexts);
            if self.went_quiet(&nexts) {
                match self.pause(earliest(&nexts)).await {
                    Heard::Finished(finished) => self.conclude(finished),
                    Heard::Look => {}
                }
            }
        }
    }

    fn nexts(&mut self) -> PerLane<Next> {
        let now = Instant::now();
        let (relay, tracker) = (&self.bench.relay, &self.bench.tracker);
        let for_ever = self.stopped.then(|| now + FOREVER);
        let hold = for_ever.or(self.hold);
        let mut number = 0..LANES;
        self.lanes.each_mut().map(|state| {
            let lane = number.next().expect("as many numbers as lanes");
            let acknowledged = tracker.acknowledged(lane);
            let pending = relay.head(lane).saturating_sub(acknowledged);
            tracker.look(lane, pending);
            state.next(View {
                now,
                pending,
                urgent: relay.urgent(lane) > acknowledged,
                hold,
            })
        })
    }

    /// Begins what the lanes want, in turn, as far as the pace allows. While requests are in
    /// flight, as many batches are made ready to follow them.
    fn begin(&mut self, nexts: &PerLane<Next>) {
        let at_once = self.pace.lanes_at_once;
        let first = self.turn;
        let in_turn = (0..LANES).map(|step| (first + step) % LANES);
        let wants = |wanted: Next| {
            let lanes = in_turn.clone();
            lanes.filter(move |lane| nexts[usize::from(*lane)] == wanted)
        };
        let ready = wants(Next::Send).count();
        let sending = self.lanes.iter().filter(|lane| lane.is_sending()).count();
        let sent = ready.min(at_once.saturating_sub(sending));
        let reading = self.jobs.len().saturating_sub(sending);
        let read = at_once.saturating_sub(reading + ready - sent);
        for lane in wants(Next::Send).take(sent) {
            self.send(lane);
            self.turn = (lane + 1) % LANES;
        }
        for lane in wants(Next::Read).take(read) {
            self.read(lane);
        }
    }

    fn read(&mut self, lane: u8) {
        self.lane(lane).began();
        let refusal = self.refusals[usize::from(lane)].clone();
        let bench = self.bench.clone();
        let events_max = self.pace.batch_events_max;
        match self.sift(lane).next(events_max) {
            Do::Ask(portion) => {
                let reading = Reading {
                    portion,
                    compress: self.squeeze.is_on(),
                    refusal,
                };
                self.jobs.spawn(bench.read(lane, reading));
            }
            Do::PutAside(pos) => {
                self.jobs.spawn(bench.put_aside(lane, pos, refusal));
            }
        }
    }

    fn send(&mut self, lane: u8) {
        let batch = self.bench.tracker.batch(lane);
        let batch = batch.expect("a lane wants to send only what it has in hand");
        if self.bench.tracker.is_expired(batch.oldest) {
            self.bench.tracker.unload(lane);
            self.lane(lane).reload();
            return self.read(lane);
        }
        self.lane(lane).began();
        match self.connected() {
            Ok(transport) => {
                self.jobs
                    .spawn(self.bench.clone().send(lane, batch, transport));
            }
            Err(fault) => self.conclude(Finished {
                lane,
                began: Instant::now(),
                outcome: Outcome::Answered(Verdict::of_fault(&fault, &batch)),
            }),
        }
    }

    fn connected(&mut self) -> Result<Arc<dyn Transport>, Fault> {
        if let Some(transport) = &self.transport {
            return Ok(Arc::clone(transport));
        }
        let transport = self.bench.tracker.config.connect()?;
        Ok(Arc::clone(self.transport.insert(transport.into())))
    }

    fn lane(&mut self, lane: u8) -> &mut Lane {
        &mut self.lanes[usize::from(lane)]
    }

    fn sift(&mut self, lane: u8) -> &mut Sift {
        &mut self.sifts[usize::from(lane)]
    }

    /// Takes back what commits need not tell any more, and looks once more at the lanes that go
    /// quiet by it. Says whether they stay quiet.
    fn went_quiet(&self, nexts: &PerLane<Next>) -> bool {
        let (mut resting, mut gathering) = (LaneSet::default(), LaneSet::default());
        for (lane, next) in (0..LANES).zip(nexts) {
            match next {
                Next::Rest => resting.insert(lane),
                Next::Linger(_) => gathering.insert(lane),
                Next::WaitUntil(_) | Next::Read | Next::Send | Next::Busy => {}
            }
        }
        let (relay, tracker) = (&self.bench.relay, &self.bench.tracker);
        tracker.signal.clear(resting, gathering);
        (0..LANES).zip(nexts).all(|(lane, next)| match next {
            Next::Rest => relay.head(lane) <= tracker.acknowledged(lane),
            Next::Linger(_) => relay.urgent(lane) <= tracker.acknowledged(lane),
            Next::WaitUntil(_) | Next::Read | Next::Send | Next::Busy => true,
        })
    }

    async fn pause(&mut self, until: Option<Instant>) -> Heard {
        let mut heard = pin!(self.bench.tracker.signal.heard());
        let mut alarm = pin!(until.map(|until| sleep_until(until.into())));
        let jobs = &mut self.jobs;
        poll_fn(|cx| {
            if let Poll::Ready(Some(finished)) = jobs.poll_join_next(cx) {
                let finished = finished.expect("a job catches its panics and is never aborted");
                return Poll::Ready(Heard::Finished(finished));
            }
            let rang = poll_alarm(alarm.as_mut(), cx);
            if heard.as_mut().poll(cx).is_ready() || rang.is_ready() {
                return Poll::Ready(Heard::Look);
            }
            Poll::Pending
        })
        .await
    }

    fn hasten(&mut self, since: Duration) {
        let now = Instant::now();
        self.lanes
            .iter_mut()
            .for_each(|lane| lane.hasten(now, since));
    }
}

fn poll_alarm(alarm: Pin<&mut Option<Sleep>>, cx: &mut Context<'_>) -> Poll<()> {
    match alarm.as_pin_mut() {
        Some(sleep) => sleep.poll(cx),
        None => Poll::Pending,
    }
}

/// The first instant at which a lane has to be looked at again.
fn earliest(nexts: &PerLane<Next>) -> Option<Instant> {
    let instants = nexts.iter().filter_map(|next| match next {
        Next::Linger(until) | Next::WaitUntil(until) => Some(*until),
        Next::Rest | Next::Read | Next::Send | Next::Busy => None,
    });
    instants.min()
}

fn lane_number(index: usize) -> u8 {
    u8::try_from(index).expect("there are sixteen lanes")
}
