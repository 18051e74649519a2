//! The relay beside the user's runtime: single-threaded, blocked or gone, it makes no difference.

use std::sync::mpsc;
use std::sync::{Arc, Barrier};

use tokio::runtime::{Builder, Runtime};
use workflow_tests::endpoint::Endpoint;

use crate::kit::{LONG, Setup, once_each, start, tracker};
use crate::shelf::Shelf;

/// What a user may have: one thread, and not even timers.
fn single_threaded() -> Runtime {
    Builder::new_current_thread().build().expect("a runtime")
}

async fn set_up(endpoint: &Endpoint) -> Setup {
    let log = Arc::new(Shelf::default());
    let relay = start(&log, [tracker(endpoint)]).await;
    Setup {
        relay: relay.expect("the relay starts"),
        log,
    }
}

#[test]
fn delivery_goes_on_beside_a_single_threaded_runtime() {
    let endpoint = Endpoint::start();
    single_threaded().block_on(async {
        let setup = set_up(&endpoint).await;
        setup.commit(1, 3);
        assert!(setup.relay.flush(LONG).await.is_complete());
        assert!(setup.relay.shutdown(LONG).await.is_complete());
        assert_eq!(endpoint.seen().check(&setup.log.ids()), once_each(3));
    });
}

#[test]
fn delivery_goes_on_while_the_runtime_is_blocked() {
    let endpoint = Endpoint::start();
    single_threaded().block_on(async {
        let setup = set_up(&endpoint).await;
        setup.commit(1, 3);
        // This blocks the runtime's only thread.
        assert_eq!(setup.check(&endpoint), once_each(3));
    });
}

#[test]
fn delivery_goes_on_after_the_runtime_was_dropped() {
    let endpoint = Endpoint::start();
    let runtime = single_threaded();
    let setup = runtime.block_on(set_up(&endpoint));
    drop(runtime);
    setup.commit(1, 3);
    assert_eq!(setup.check(&endpoint), once_each(3));
}

#[test]
fn a_wait_that_is_given_up_disturbs_nobody() {
    let endpoint = Endpoint::closed();
    let setup = Setup::new(tracker(&endpoint));
    setup.commit(1, 3);
    for _ in 0..10 {
        drop(setup.relay.flush(LONG));
    }
    endpoint.open();
    assert_eq!(setup.check(&endpoint), once_each(3));
}

#[test]
fn commits_from_many_threads_at_once_are_all_noticed() {
    const THREADS: u128 = 8;
    let endpoint = Endpoint::start();
    let setup = Setup::new(tracker(&endpoint));
    for round in 0..20 {
        let barrier = Barrier::new(8);
        let (done, finished) = mpsc::channel();
        std::thread::scope(|scope| {
            for thread in 0..THREADS {
                let (setup, barrier, done) = (&setup, &barrier, done.clone());
                scope.spawn(move || {
                    barrier.wait();
                    setup.commit(round * THREADS + thread, 2);
                    done.send(()).expect("the test waits");
                });
            }
        });
        assert_eq!(finished.try_iter().count(), 8);
        // Everything at rest between two rounds: the relay has to be woken each time.
        setup.check(&endpoint);
    }
    assert_eq!(setup.check(&endpoint), once_each(320));
}
