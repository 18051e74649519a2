//! The yardstick: the same bodies, encoded before, posted by a bare client.

use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use reqwest::Client;
use tokio::runtime::{Builder, Runtime};
use workflow_tracker::{Encoder as _, Native, Origin};

use super::shelf::Shelf;
use super::sink::Sink;
use super::{AT_ONCE, rate_of};

pub(super) fn runtime() -> Runtime {
    let runtime = Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime")
}

/// Events a second; as the relay, on one thread, with one connection for each request in flight.
pub(super) fn rate(sink: &Sink, log: &Arc<Shelf>, size: usize) -> f64 {
    let origin = Origin::default();
    let bodies = log.batches(size).map(|events| {
        let encoded = Native.encode(&origin, events);
        Bytes::from(encoded.body)
    });
    let bodies: Vec<Bytes> = bodies.collect();
    let url = sink.url();
    let runtime = runtime();
    let began = Instant::now();
    runtime.block_on(async {
        let posts = (0..AT_ONCE).map(|nth| {
            let mine = bodies.iter().skip(nth).step_by(AT_ONCE);
            tokio::spawn(post(url.clone(), mine.cloned().collect()))
        });
        let posts: Vec<_> = posts.collect();
        for posted in posts {
            posted.await.expect("every request is acknowledged");
        }
    });
    rate_of(log.len(), began)
}

async fn post(url: String, bodies: Vec<Bytes>) {
    let client = Client::builder().no_proxy().build().expect("a client");
    for body in bodies {
        let request = client.post(&url).header("content-type", "application/json");
        let answer = request.body(body).send().await.expect("an answer");
        assert!(answer.status().is_success());
        answer.bytes().await.expect("a body");
    }
}
