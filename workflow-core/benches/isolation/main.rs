//! How much an endpoint, in whatever state, shows in the latency and the rate of runs.
//!
//! The same runs beside no tracker and beside four endpoints: one that answers at once, one that
//! takes a second, one that is down and one that never answers. The rounds of all five take
//! turns in an order that changes, so that whatever else the machine does hits all alike; the
//! endpoints live in a process of their own.
//!
//! ```text
//! cargo bench -p workflow-core --bench isolation -- [rounds] [runs a round] [runs at once] [--json FILE] [--only KIND]
//! ```
//!
//! `--only healthy` leaves the other endpoints out; `--only nothing` leaves all of them out.

mod endpoint;
mod figures;
mod work;

use std::path::PathBuf;

use figures::{Figures, Round};
use work::{Beside, Site};

/// What the arguments ask for.
struct Wish {
    rounds: usize,
    runs: usize,
    at_once: usize,
    json: Option<PathBuf>,
    /// The one endpoint that is asked for, by its name.
    only: Option<String>,
}

impl Wish {
    /// Without `--bench` it is a test that the program works, and small.
    fn from_args() -> Self {
        let mut words = std::env::args().skip(1).peekable();
        let mut numbers = Vec::new();
        let (mut is_bench, mut json, mut only) = (false, None, None);
        while let Some(word) = words.next() {
            match &*word {
                "--bench" => is_bench = true,
                "--json" => json = words.next().map(PathBuf::from),
                "--only" => only = words.next(),
                number => numbers.extend(number.parse::<usize>()),
            }
        }
        let usual = if is_bench { [25, 400, 8] } else { [2, 10, 4] };
        let number = |nth: usize| numbers.get(nth).copied().unwrap_or(usual[nth]);
        Self {
            rounds: number(0),
            runs: number(1),
            at_once: number(2),
            json,
            only,
        }
    }

    fn wants(&self, beside: Beside) -> bool {
        let named = |only: &String| beside == Beside::Nothing || beside.name() == only;
        self.only.as_ref().is_none_or(named)
    }
}

fn main() {
    if let Some(mode) = endpoint::asked_for() {
        endpoint::serve(mode);
    }
    let wish = Wish::from_args();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build();
    let figures = runtime.expect("a runtime").block_on(measure(&wish));
    println!("{figures}");
    if let Some(path) = &wish.json {
        std::fs::write(path, figures.json()).expect("the file can be written");
    }
}

async fn measure(wish: &Wish) -> Figures {
    let mut sites = Vec::new();
    for beside in Beside::ALL.into_iter().filter(|kind| wish.wants(*kind)) {
        sites.push(Site::open(beside).await);
    }
    // What is done for the first time is not counted.
    for site in &mut sites {
        site.round(wish.runs.min(50), wish.at_once).await;
    }
    let mut figures = Figures::new(wish.runs * wish.rounds, wish.at_once);
    let mut order: Vec<usize> = (0..sites.len()).collect();
    for _ in 0..wish.rounds {
        fastrand::shuffle(&mut order);
        let mut round: Vec<Option<Round>> = sites.iter().map(|_| None).collect();
        for nth in &order {
            let site = &mut sites[*nth];
            round[*nth] = Some(site.round(wish.runs, wish.at_once).await);
            site.rest().await;
        }
        figures.add(round.into_iter().flatten().collect());
    }
    for site in sites {
        site.close().await;
    }
    figures
}
