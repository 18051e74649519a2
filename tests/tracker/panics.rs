//! A log that fails or panics: the relay goes on, and says how often.

use std::sync::Arc;
use std::time::Duration;

use workflow_tests::endpoint::{Endpoint, Reply};
use workflow_tracker::{
    Encoded, Encoder, Fault, LoggedEvent, Native, Origin, Pace, Relay, RelayOptions, StartError,
    Tracker, Transport, Urgency,
};

use crate::kit::{LONG, Setup, block_on, eventually, once_each, tracker};
use crate::shelf::{Faults, Shelf};

#[test]
fn a_log_that_panics_is_read_again() {
    let endpoint = Endpoint::start();
    let setup = Setup::new(tracker(&endpoint));
    setup.log.fail(Faults {
        panic_read: 3,
        ..Faults::default()
    });
    setup.commit(1, 4);
    assert_eq!(setup.check(&endpoint), once_each(4));
    assert_eq!(setup.stats().restarts, 3);
}

#[test]
fn a_cursor_whose_move_panics_is_moved_later_and_nothing_goes_out_twice() {
    let endpoint = Endpoint::start();
    let setup = Setup::new(tracker(&endpoint));
    setup.log.fail(Faults {
        panic_advance: 1,
        ..Faults::default()
    });
    setup.commit(1, 4);
    assert!(block_on(setup.relay.flush(LONG)).is_complete());
    assert_eq!(setup.check(&endpoint), once_each(4));
    assert_eq!(setup.stats().restarts, 1);
    assert!(block_on(setup.relay.shutdown(LONG)).is_complete());
    let setup = Setup::with(Arc::clone(&setup.log), [tracker(&endpoint)]);
    assert_eq!(setup.check(&endpoint), once_each(4));
}

#[test]
fn a_log_that_refuses_is_read_again_without_a_busy_loop() {
    let endpoint = Endpoint::start();
    let setup = Setup::new(tracker(&endpoint));
    setup.log.fail(Faults {
        refuse_read: 3,
        empty_read: 2,
        refuse_positions: 1,
        ..Faults::default()
    });
    setup.commit(1, 4);
    setup.relay.refresh();
    assert_eq!(setup.check(&endpoint), once_each(4));
    eventually("the errors of all kinds", || {
        (setup.stats().log_errors == 6).then_some(())
    });
    assert_eq!(setup.log.reads(), 6);
}

#[test]
fn a_log_that_is_busy_at_first_is_opened_later() {
    let endpoint = Endpoint::start();
    let log = Arc::new(Shelf::default());
    log.fail(Faults {
        refuse_open: 2,
        ..Faults::default()
    });
    let setup = Setup::with(log, [tracker(&endpoint)]);
    setup.commit(1, 1);
    assert_eq!(setup.check(&endpoint), once_each(1));
}

#[test]
fn a_log_that_stays_closed_is_an_error_at_the_start() {
    let endpoint = Endpoint::start();
    let log = Arc::new(Shelf::default());
    log.fail(Faults {
        refuse_open: usize::MAX,
        ..Faults::default()
    });
    let trackers = vec![Arc::new(tracker(&endpoint)) as Arc<dyn Tracker>];
    let options = RelayOptions::default().open_within(Duration::from_millis(10));
    let started = block_on(Relay::start(log, trackers, options));
    let Err(error @ StartError::Log { .. }) = started else {
        panic!("the log's error is given, not {started:?}");
    };
    let message = error.to_string();
    assert!(
        message.contains("`default`") && message.contains("locked"),
        "{message}"
    );
}

#[test]
fn conservation_holds_while_everything_fails() {
    let endpoint = Endpoint::start();
    let mut number = 0;
    endpoint.answer(move |_| {
        number += 1;
        match number % 5 {
            0 => Reply::status(200),
            1 => Reply::status(500),
            2 => Reply::close(),
            3 => Reply::garbage(),
            _ => Reply::status(401),
        }
    });
    let setup = Setup::new(tracker(&endpoint));
    let mut told = 0;
    for run in 0..60 {
        setup.log.fail(Faults {
            panic_read: 1,
            refuse_read: 1,
            ..Faults::default()
        });
        setup.commit(run, 2);
        told += 2;
        assert_eq!(setup.stats().account.accepted, told);
    }
    assert_eq!(setup.check(&endpoint), once_each(120));
}

/// A tracker whose parts panic in turn: the first connection, then the first body.
#[derive(Debug)]
struct Clumsy {
    inner: workflow_tracker::HttpTracker,
    encoder: ClumsyEncoder,
    falls: std::sync::atomic::AtomicUsize,
}

#[derive(Debug, Default)]
struct ClumsyEncoder {
    falls: std::sync::atomic::AtomicUsize,
}

fn falls(counter: &std::sync::atomic::AtomicUsize) -> bool {
    counter.fetch_add(1, std::sync::atomic::Ordering::SeqCst) == 0
}

impl Encoder for ClumsyEncoder {
    fn encode(&self, origin: &Origin, events: &[LoggedEvent]) -> Encoded {
        assert!(!falls(&self.falls), "a scripted panic");
        Native.encode(origin, events)
    }
}

impl Tracker for Clumsy {
    fn name(&self) -> &str {
        Tracker::name(&self.inner)
    }
    fn origin(&self) -> &Origin {
        self.inner.origin()
    }
    fn encoder(&self) -> &dyn Encoder {
        &self.encoder
    }
    fn pace(&self) -> Pace {
        Tracker::pace(&self.inner)
    }
    fn connect(&self) -> Result<Box<dyn Transport>, Fault> {
        assert!(!falls(&self.falls), "a scripted panic");
        self.inner.connect()
    }
}

#[test]
fn a_driver_that_panics_is_started_again() {
    let endpoint = Endpoint::start();
    let log = Arc::new(Shelf::default());
    let clumsy = Clumsy {
        inner: tracker(&endpoint),
        encoder: ClumsyEncoder::default(),
        falls: 0.into(),
    };
    let started = block_on(Relay::start(
        Arc::clone(&log) as _,
        vec![Arc::new(clumsy)],
        RelayOptions::default().seed(1),
    ));
    let relay = started.expect("the relay starts");
    let setup = Setup { log, relay };
    let end = setup.log.append(1, 3);
    setup.relay.committed(end.lane, end.pos, Urgency::Linger);
    assert_eq!(setup.check(&endpoint), once_each(3));
    assert_eq!(setup.stats().restarts, 2);
}
