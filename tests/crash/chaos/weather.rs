//! The endpoint's weather: what it answers for a while.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use fastrand::Rng;
use workflow_tests::endpoint::{DeliveredEvent, Endpoint, Received, Reply};

/// How requests are answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Weather {
    Calm,
    /// Every fault that passes by itself.
    Storm,
    /// Refusals that wait for somebody to act.
    Refusing,
    /// Nothing but small requests is accepted.
    Narrow,
    /// Everything is accepted, late.
    Slow,
}

impl Weather {
    pub(super) const ALL: [Self; 5] = [
        Self::Calm,
        Self::Storm,
        Self::Refusing,
        Self::Narrow,
        Self::Slow,
    ];
}

/// An answer that is as late as this may not have been heard: who asked has given up.
const LATE: Duration = Duration::from_millis(500);
/// The same for one that was on its way when its connection was cut.
const CUT: Duration = Duration::from_secs(1);

struct State {
    weather: Weather,
    chance: Rng,
    /// When connections were cut.
    cuts: Vec<Instant>,
}

/// The weather over an endpoint.
#[derive(Clone)]
pub(crate) struct Sky(Arc<Mutex<State>>);

impl Sky {
    pub(super) fn over(endpoint: &Endpoint, chance: Rng) -> Self {
        let state = State {
            weather: Weather::Calm,
            chance,
            cuts: Vec::new(),
        };
        let sky = Self(Arc::new(Mutex::new(state)));
        let above = sky.clone();
        endpoint.answer(move |request| above.answer(request));
        sky
    }

    pub(super) fn turns(&self, weather: Weather) {
        self.lock().weather = weather;
    }

    /// The endpoint's connections are being cut.
    pub(super) fn cuts(&self) {
        self.lock().cuts.push(Instant::now());
    }

    /// Whether the one who sent it has certainly heard the answer, if it lived on.
    pub(super) fn was_heard(&self, request: &Received) -> bool {
        let Some(answered) = request.answered_at else {
            return false;
        };
        let cut =
            |cut: &Instant| cut.saturating_duration_since(answered) < CUT && *cut + CUT > answered;
        answered - request.at < LATE && !self.lock().cuts.iter().any(cut)
    }

    fn answer(&self, request: &Received) -> Reply {
        let mut state = self.lock();
        let weather = state.weather;
        let chance = &mut state.chance;
        let status = usual(request);
        let usual = || Reply::status(status);
        match weather {
            Weather::Slow => usual().after(Duration::from_millis(chance.u64(20..200))),
            Weather::Narrow if request.events.len() > 2 => Reply::status(413),
            Weather::Calm | Weather::Narrow => usual(),
            Weather::Refusing => match chance.u8(..4) {
                0 => usual(),
                1 => Reply::status(401),
                2 => Reply::status(404),
                _ => Reply::status(302).header("Location", "/elsewhere"),
            },
            Weather::Storm => match chance.u8(..16) {
                0 => Reply::status(500),
                1 => Reply::status(503).header("Retry-After", "0"),
                2 => Reply::status(429),
                3 => Reply::status(408),
                4 => Reply::hang(),
                5 => Reply::close(),
                6 => Reply::reset(),
                7 => Reply::garbage(),
                8 => usual().cut_after_bytes(12),
                9 => usual().reset_after_bytes(7),
                10 if status == 200 => Reply::slow_body(200, Duration::from_millis(5)),
                11 => Reply::status(500).after(Duration::from_millis(chance.u64(..200))),
                _ => usual(),
            },
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The status in calm weather: some events are refused, whatever the weather, unless they come
/// as tombstones.
fn usual(request: &Received) -> u16 {
    let poison = request
        .events
        .iter()
        .any(|event| !event.tombstone && poisons(event));
    if poison { 400 } else { 200 }
}

fn poisons(event: &DeliveredEvent) -> bool {
    let rest = event.bytes.split_once("\"soak-");
    let id = rest.and_then(|(_, rest)| rest.split('"').next());
    id.is_some_and(|number| is_poison(&format!("soak-{number}"), event.seq))
}

/// Whether the endpoint refuses this event for good.
pub(super) fn is_poison(id: &str, seq: u64) -> bool {
    let number: Option<u64> = id
        .strip_prefix("soak-")
        .and_then(|number| number.parse().ok());
    number.is_some_and(|number| number % 40 == 7) && seq == 2
}
