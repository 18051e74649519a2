//! How fast events are delivered, beside the same bytes sent by a bare HTTP client.
//!
//! `cargo bench -p workflow-tracker --bench delivery` sends batches of 1, 50, 100 and 500 events
//! to a sink in this process, in turn by the relay and by `reqwest` with four requests at once,
//! and prints a table and a line of JSON. `DELIVERY_ROUNDS` (3) is how often, `DELIVERY_SCALE` (1)
//! multiplies the number of requests. `-- gzip 100` does nothing but one round of one way (`raw`,
//! `plain` or `gzip`) with batches of one size: for a profiler.

mod raw;
mod shelf;
mod sink;

use std::sync::Arc;
use std::time::{Duration, Instant};

use workflow_tracker::{Compression, HttpTracker, Pace, Relay, RelayOptions, Tracker};

use shelf::Shelf;
use sink::Sink;

/// The sizes of batches, and how many requests are made of each.
const SIZES: [(usize, usize); 4] = [(1, 4_000), (50, 1_600), (100, 1_000), (500, 320)];

/// How many requests are in flight, with the relay as without it.
const AT_ONCE: usize = 4;

fn main() {
    // The test runner asks every bench target what it holds.
    if std::env::args().any(|argument| argument == "--list") {
        return;
    }
    let provider = rustls::crypto::ring::default_provider();
    let installed = provider.install_default();
    installed.expect("nobody else installs one in this process");
    let (rounds, scale) = (number("DELIVERY_ROUNDS", 3), number("DELIVERY_SCALE", 1));
    if let Some((way, size)) = asked_for() {
        let log = Arc::new(Shelf::filled(size * 1_000 * scale));
        let rate = way.rate(&Sink::start(), &log, size);
        println!(
            "{size} {way:?}: {rate:.0} events/s, {} requests",
            1_000 * scale
        );
        return;
    }
    println!("batch   raw events/s   relay events/s   ratio   relay with gzip   ratio");
    let rows: Vec<String> = SIZES
        .iter()
        .map(|&(size, requests)| measure(size, requests * scale, rounds))
        .collect();
    println!("\n[{}]", rows.join(","));
}

fn number(name: &str, default: usize) -> usize {
    let given = std::env::var(name).ok();
    given.and_then(|text| text.parse().ok()).unwrap_or(default)
}

/// How events get to the sink.
#[derive(Clone, Copy, Debug)]
enum Way {
    Raw,
    Plain,
    Gzip,
}

impl Way {
    const ALL: [Self; 3] = [Self::Raw, Self::Plain, Self::Gzip];

    fn rate(self, sink: &Sink, log: &Arc<Shelf>, size: usize) -> f64 {
        match self {
            Self::Raw => raw::rate(sink, log, size),
            Self::Plain => relayed(sink, log, size, Compression::Off),
            Self::Gzip => relayed(sink, log, size, Compression::Gzip),
        }
    }
}

/// The way and the size that the arguments name, where they do.
fn asked_for() -> Option<(Way, usize)> {
    let words: Vec<String> = std::env::args().map(|word| word.to_lowercase()).collect();
    let named = |way: &&Way| words.contains(&format!("{way:?}").to_lowercase());
    let way = Way::ALL.iter().find(named)?;
    let size = words.iter().find_map(|word| word.parse().ok());
    Some((*way, size.unwrap_or(100)))
}

/// The medians of some rounds, in which each way has its turn.
fn measure(size: usize, requests: usize, rounds: usize) -> String {
    let log = Arc::new(Shelf::filled(size * requests));
    let sink = Sink::start();
    let mut rates = [const { Vec::new() }; 3];
    for _ in 0..rounds {
        for (rates, way) in rates.iter_mut().zip(Way::ALL) {
            rates.push(way.rate(&sink, &log, size));
        }
    }
    let [raw, plain, gzip] = rates.map(median);
    let (plain_ratio, gzip_ratio) = (plain / raw, gzip / raw);
    println!(
        "{size:>5} {raw:>14.0} {plain:>16.0} {plain_ratio:>7.2} {gzip:>17.0} {gzip_ratio:>7.2}"
    );
    format!(
        "{{\"batch\":{size},\"raw\":{raw:.0},\"relay\":{plain:.0},\"ratio\":{plain_ratio:.3},\
         \"relayGzip\":{gzip:.0},\"ratioGzip\":{gzip_ratio:.3}}}"
    )
}

fn median(mut rates: Vec<f64>) -> f64 {
    rates.sort_by(f64::total_cmp);
    rates[rates.len() / 2]
}

/// Events a second, from the start of a relay behind a full log to the last acknowledgement.
fn relayed(sink: &Sink, log: &Arc<Shelf>, size: usize, compression: Compression) -> f64 {
    let pace = Pace::default()
        .batch_events_max(size)
        .batch_bytes_max(usize::MAX)
        .lanes_at_once(AT_ONCE);
    let tracker = HttpTracker::new(&sink.url()).expect("a url to this machine");
    let tracker = tracker.from_beginning().pace(pace).compression(compression);
    let runtime = raw::runtime();
    let log: Arc<Shelf> = Arc::new(log.rewound());
    let events = log.len();
    let began = Instant::now();
    let trackers: Vec<Arc<dyn Tracker>> = vec![Arc::new(tracker)];
    runtime.block_on(async {
        let relay = Relay::start(log, trackers, RelayOptions::default()).await;
        let relay = relay.expect("the relay starts");
        let report = relay.flush(Duration::from_secs(600)).await;
        assert!(report.is_complete(), "{report:?}");
    });
    rate_of(events, began)
}

#[expect(clippy::cast_precision_loss, reason = "counts far below 2^52")]
fn rate_of(events: usize, began: Instant) -> f64 {
    events as f64 / began.elapsed().as_secs_f64()
}
