//! An endpoint that is down, fails, or hangs: runs do not notice, and everything arrives in the end.

use std::time::{Duration, Instant};

use workflow_core::Engine;
use workflow_tests::endpoint::{Endpoint, Reply};

use crate::child::Role;
use crate::lab::{LONG, Lab, end_of};
use crate::world::{errand, errands_end};

/// Runs errands one after the other; gives how long each took, the shortest first.
async fn errands(engine: &Engine, count: u64) -> Vec<Duration> {
    let mut took = Vec::new();
    for number in 0..count {
        let began = Instant::now();
        let run = engine.start(errand, format!("errand-{number}"), number);
        let run = run.await.expect("an errand starts");
        assert_eq!(end_of(&run).await, Ok(errands_end(number)));
        took.push(began.elapsed());
    }
    took.sort();
    took
}

async fn delivers_everything(lab: &Lab, engine: Engine) {
    let flushed = engine.flush(LONG).await.expect("it delivers");
    assert!(flushed.is_complete(), "{flushed:?}");
    let left = engine.shutdown(LONG).await;
    assert_eq!(left.runs_dropped, 0);
    assert!(left.delivery.expect("it delivers").is_complete());
    assert_eq!(lab.check().delivered.duplicates, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_endpoint_that_is_down_for_5_seconds_gets_everything() {
    let lab = Lab::with(Endpoint::closed());
    let engine = lab.site.engine().await;
    errands(&engine, 20).await;
    tokio::time::sleep(Duration::from_secs(5)).await;
    let stats = engine.tracker_stats("default").expect("it delivers");
    assert_eq!((stats.account.delivered, stats.account.pending), (0, 80));
    assert!(stats.requests.retry > 0, "{stats:?}");
    lab.endpoint.open();
    delivers_everything(&lab, engine).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_endpoint_that_fails_at_first_gets_everything() {
    let lab = Lab::new();
    lab.endpoint
        .then(std::iter::repeat_n(Reply::status(500), 10));
    let engine = lab.site.engine().await;
    errands(&engine, 20).await;
    delivers_everything(&lab, engine).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_endpoint_that_hangs_delays_neither_results_nor_the_shutdown() {
    const WITHIN: Duration = Duration::from_secs(1);
    let healthy = Lab::new();
    let engine = healthy.site.engine().await;
    let usual = errands(&engine, 50).await;
    delivers_everything(&healthy, engine).await;

    let lab = Lab::new();
    lab.endpoint.answer(|_| Reply::hang());
    let engine = lab.site.engine().await;
    let took = errands(&engine, 50).await;
    let median = |took: &[Duration]| took[took.len() / 2];
    println!(
        "half of the results within {:?}, and {:?} where the endpoint hangs; the last of all \
         within {:?} and {:?}",
        median(&usual),
        median(&took),
        usual[49],
        took[49]
    );
    assert!(median(&took) < 3 * median(&usual) + Duration::from_millis(20));
    // Whoever waited for the endpoint would wait for the 15 s of a request.
    assert!(took[49] < LONG / 2, "{:?}", took[49]);

    let began = Instant::now();
    let left = engine.shutdown(WITHIN).await;
    assert!(began.elapsed() < 2 * WITHIN, "{:?}", began.elapsed());
    assert_eq!(left.runs_dropped, 0);
    assert_eq!(left.delivery.expect("it delivers").pending(), 200);
    let database = lab.traces.check_log();
    assert_eq!(database.accounts["default"].pending, 200);

    lab.endpoint.answer(|_| Reply::status(200));
    let mut next = lab.start(Role::Serve);
    next.tell("leave");
    assert_eq!(next.succeed(), ["serving", "left 0"]);
    lab.check();
}
