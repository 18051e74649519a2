//! How many events an endpoint takes together, as far as it has found requests too large.

/// How many requests in a row must be accepted before larger ones are tried again.
const CALM: u32 = 32;

/// How many events are not too large together; everything where nothing was found so.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Fits(Option<Found>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Found {
    events: usize,
    accepted: u32,
    /// How many were, before the search that is under way.
    before: Option<usize>,
}

impl Fits {
    /// How many events to send where `events_max` are allowed.
    pub(super) fn at_most(&self, events_max: usize) -> usize {
        self.0
            .map_or(events_max, |found| found.events.min(events_max))
    }

    /// More than so many were too large, which begins a search.
    pub(super) fn search(&mut self, events: usize) {
        let before = self.0.map(|found| found.events);
        self.0 = Some(Found::new(events, before));
    }

    /// The same within a search.
    pub(super) fn search_on(&mut self, events: usize) {
        let before = self.0.and_then(|found| found.before);
        self.0 = Some(Found::new(events, before));
    }

    /// The search came to one event: the others were not too large.
    pub(super) fn one_is_too_large(&mut self) {
        let before = self.0.and_then(|found| found.before);
        self.0 = before.map(|events| Found::new(events, None));
    }

    /// A request was accepted. What fits may have grown: an endpoint's limit is of bytes, and
    /// events differ.
    pub(super) fn accepted(&mut self) {
        if let Some(found) = &mut self.0 {
            found.accepted += 1;
            if found.accepted >= CALM {
                found.accepted = 0;
                found.events = found.events.saturating_mul(2);
            }
        }
    }
}

impl Found {
    const fn new(events: usize, before: Option<usize>) -> Self {
        Self {
            events,
            accepted: 0,
            before,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fitted_before_a_search_for_one_event_fits_again() {
        let mut fits = Fits::default();
        assert_eq!(fits.at_most(100), 100);
        fits.search(50);
        fits.accepted();
        assert_eq!(fits.at_most(100), 50);
        fits.search(25);
        fits.search_on(12);
        assert_eq!(fits.at_most(100), 12);
        fits.one_is_too_large();
        assert_eq!(fits.at_most(100), 50);
    }

    #[test]
    fn what_fits_doubles_when_nothing_was_too_large_for_long() {
        let mut fits = Fits::default();
        fits.search(50);
        (1..CALM).for_each(|_| fits.accepted());
        assert_eq!(fits.at_most(500), 50);
        fits.accepted();
        assert_eq!(fits.at_most(500), 100);
    }
}
