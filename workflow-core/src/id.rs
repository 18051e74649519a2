//! Ids: of runs, and of events, from a generator that is seeded once per execution.

use std::fmt;
use std::str::FromStr;

use sha2::{Digest as _, Sha256};
use uuid::{Builder, Uuid};
use workflow_tracker::{LANES, Timestamp};

/// The id of a run, made when the run is created.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RunId(Uuid);

impl RunId {
    /// The id as a UUID.
    pub const fn as_uuid(self) -> Uuid {
        self.0
    }

    /// The id of the run that `operation` of this run starts: always the same one.
    ///
    /// It begins as this id does, so that children stand beside their parent where ids are sorted.
    pub(crate) fn of_child(self, operation: &str) -> Self {
        const TIME: usize = 6;
        let parent = self.0.as_bytes();
        let digest = Sha256::new()
            .chain_update(parent)
            .chain_update(operation)
            .finalize();
        let mut bytes = *parent;
        let rest = &mut bytes[TIME..];
        rest.copy_from_slice(&digest[..rest.len()]);
        Self(Builder::from_custom_bytes(bytes).into_uuid())
    }

    /// The run's lane in the log: the last byte of its id, which is random, modulo the lanes.
    pub(crate) const fn lane(self) -> u8 {
        self.0.as_bytes()[15] % LANES
    }
}

impl From<Uuid> for RunId {
    fn from(uuid: Uuid) -> Self {
        Self(uuid)
    }
}

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for RunId {
    type Err = uuid::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

/// Makes `UUIDv7`s and draws chances; the same seed gives the same ones.
#[derive(Debug)]
pub(crate) struct Chance(fastrand::Rng);

impl Chance {
    pub(crate) fn seeded(seed: u64) -> Self {
        Self(fastrand::Rng::with_seed(seed))
    }

    /// A seed for another generator.
    pub(crate) fn fork(&mut self) -> u64 {
        self.0.u64(..)
    }

    /// A number between 0 and 1.
    pub(crate) fn fraction(&mut self) -> f64 {
        self.0.f64()
    }

    /// A `UUIDv7` (RFC 9562) of this instant.
    pub(crate) fn uuid(&mut self, now: Timestamp) -> Uuid {
        let mut random = [0; 10];
        self.0.fill(&mut random);
        Builder::from_unix_timestamp_millis(now.as_millis(), &random).into_uuid()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_child_has_an_id_of_its_own_and_always_the_same() {
        let now = Timestamp::from_millis(1_700_000_000_000);
        let mut chance = Chance::seeded(7);
        let [one, other] = [chance.uuid(now), chance.uuid(now)].map(RunId::from);
        let child = one.of_child("invoice[42]");
        assert_eq!(child, one.of_child("invoice[42]"));
        assert_ne!(child, one.of_child("invoice[43]"));
        assert_ne!(child, other.of_child("invoice[42]"));
        assert_ne!(child, child.of_child("invoice[42]"));
        assert_eq!(child.0.get_version_num(), 8);
        assert_eq!(child.0.as_bytes()[..6], one.0.as_bytes()[..6]);
    }

    #[test]
    fn a_seed_gives_the_same_ids_again() {
        let now = Timestamp::from_millis(1_700_000_000_000);
        let ids = |seed| {
            let mut chance = Chance::seeded(seed);
            [chance.uuid(now), chance.uuid(now)]
        };
        assert_eq!(ids(7), ids(7));
        assert_ne!(ids(7), ids(8));
        assert_eq!(ids(7)[0].get_version_num(), 7);
    }
}
