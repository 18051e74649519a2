//! What an endpoint received, and the one check that every test ends with.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;

use uuid::Uuid;

use super::{DeliveredEvent, Received};

/// Everything that an endpoint received, in the order of arrival.
#[derive(Clone, Default)]
pub struct Seen {
    pub(super) requests: Vec<Received>,
    pub(super) connections: usize,
}

/// What the check counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tally {
    /// Distinct events that were acknowledged.
    pub events: usize,
    /// Deliveries that were acknowledged although that event had been before.
    pub duplicates: usize,
}

impl Seen {
    /// The requests.
    pub fn requests(&self) -> &[Received] {
        &self.requests
    }

    /// How many connections were made.
    pub const fn connections(&self) -> usize {
        self.connections
    }

    /// The requests that were answered with a 2xx status.
    pub fn acknowledged(&self) -> impl Iterator<Item = &Received> {
        self.requests
            .iter()
            .filter(|request| request.is_acknowledged())
    }

    /// The ids of the distinct events that were acknowledged; not those of which only the
    /// tombstone was.
    pub fn ids(&self) -> BTreeSet<Uuid> {
        let events = self.deliveries().filter(|event| !event.tombstone);
        events.map(|event| event.event_id).collect()
    }

    /// The ids of the events whose tombstone was acknowledged.
    pub fn tombstones(&self) -> BTreeSet<Uuid> {
        let events = self.deliveries().filter(|event| event.tombstone);
        events.map(|event| event.event_id).collect()
    }

    fn deliveries(&self) -> impl Iterator<Item = &DeliveredEvent> {
        self.acknowledged().flat_map(|request| &request.events)
    }

    /// Whether all of these events were acknowledged.
    pub fn has_all(&self, expected: &[Uuid]) -> bool {
        let ids = self.ids();
        expected.iter().all(|id| ids.contains(id))
    }

    /// The most bytes of an endless answer that were taken.
    pub fn most_bytes_answered(&self) -> usize {
        let lengths = self.requests.iter().map(|request| request.answer_length);
        lengths.max().unwrap_or(0)
    }

    /// The most requests that were being answered at one moment.
    pub fn most_at_once(&self) -> usize {
        let overlaps = |one: &Received| {
            let others = self.requests.iter().filter(|other| {
                let still = other.answered_at.is_none_or(|answered| answered > one.at);
                other.at <= one.at && still
            });
            others.count()
        };
        self.requests.iter().map(overlaps).max().unwrap_or(0)
    }

    /// Checks that exactly the expected events were acknowledged, each run's in the order of
    /// `seq`, each event with the same bytes every time, and each repeated request as a whole.
    ///
    /// # Panics
    ///
    /// With everything that is not so.
    pub fn check(&self, expected: &[Uuid]) -> Tally {
        let mut wrong = Vec::new();
        let ids = self.ids();
        let expected: BTreeSet<Uuid> = expected.iter().copied().collect();
        wrong.extend(expected.difference(&ids).map(|id| format!("missing: {id}")));
        wrong.extend(ids.difference(&expected).map(|id| format!("unknown: {id}")));
        wrong.extend(self.out_of_order());
        wrong.extend(self.thawed_events());
        wrong.extend(self.thawed_requests());
        assert!(wrong.is_empty(), "{}\n{self:#?}", wrong.join("\n"));
        let deliveries = self.deliveries().filter(|event| !event.tombstone).count();
        Tally {
            events: ids.len(),
            duplicates: deliveries - ids.len(),
        }
    }

    fn events(&self) -> impl Iterator<Item = &DeliveredEvent> {
        self.requests.iter().flat_map(|request| &request.events)
    }

    /// Each run's events arrive for the first time in the order of `seq`, without a hole.
    fn out_of_order(&self) -> Vec<String> {
        let mut last: BTreeMap<Uuid, u64> = BTreeMap::new();
        let mut wrong = Vec::new();
        for event in self.events() {
            let last = last.entry(event.run_id).or_insert(event.seq - 1);
            if event.seq > *last + 1 {
                let (run, seq) = (event.run_id, event.seq);
                wrong.push(format!("run {run}: {seq} came after {last}"));
            }
            *last = event.seq.max(*last);
        }
        wrong
    }

    fn thawed_events(&self) -> Vec<String> {
        let mut bytes: HashMap<Uuid, &str> = HashMap::new();
        let mut wrong = Vec::new();
        for event in self.events().filter(|event| event.is_whole()) {
            if *bytes.entry(event.event_id).or_insert(&event.bytes) != event.bytes {
                wrong.push(format!("event {} has other bytes", event.event_id));
            }
        }
        wrong
    }

    fn thawed_requests(&self) -> Vec<String> {
        let mut bodies: HashMap<&str, &[u8]> = HashMap::new();
        let mut wrong = Vec::new();
        for request in &self.requests {
            let Some(key) = request.header("idempotency-key") else {
                wrong.push(format!("request {} has no idempotency key", request.number));
                continue;
            };
            if *bodies.entry(key).or_insert(&request.body) != request.body {
                wrong.push(format!("request {} has another body", request.number));
            }
        }
        wrong
    }
}

impl fmt::Debug for Seen {
    /// A line for each request.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let line = |request: &Received| {
            let seqs: Vec<u64> = request.events.iter().map(|event| event.seq).collect();
            format!(
                "#{} on connection {}, answered {:?}: seq {seqs:?}",
                request.number, request.connection, request.status
            )
        };
        f.debug_list()
            .entries(self.requests.iter().map(line))
            .finish()
    }
}
