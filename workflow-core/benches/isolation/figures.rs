//! What was measured, as a table and as JSON.

use std::fmt;
use std::time::Duration;

use crate::work::Beside;

/// One round of one kind.
pub(crate) struct Round {
    pub(crate) beside: Beside,
    pub(crate) latencies: Vec<Duration>,
    pub(crate) took: Duration,
}

/// Three figures of some runs.
#[derive(Clone, Copy, Debug)]
struct Three {
    p50_ms: f64,
    p99_ms: f64,
    runs_per_s: f64,
}

/// All rounds.
pub(crate) struct Figures {
    runs: usize,
    at_once: usize,
    rounds: Vec<Vec<Round>>,
}

impl Figures {
    pub(crate) const fn new(runs: usize, at_once: usize) -> Self {
        Self {
            runs,
            at_once,
            rounds: Vec::new(),
        }
    }

    /// Adds a round of every kind.
    pub(crate) fn add(&mut self, round: Vec<Round>) {
        self.rounds.push(round);
    }

    /// The kinds that were measured.
    fn kinds(&self) -> impl Iterator<Item = Beside> {
        let measured = |kind: &Beside| {
            let mut rounds = self.rounds.iter().flatten();
            rounds.any(|round| round.beside == *kind)
        };
        Beside::ALL.into_iter().filter(measured)
    }

    /// The figures of one kind, over all of its runs.
    fn of(&self, beside: Beside) -> Three {
        let rounds = self.rounds.iter().flatten();
        let rounds: Vec<&Round> = rounds.filter(|round| round.beside == beside).collect();
        let all = rounds.iter().flat_map(|round| &round.latencies).copied();
        three(all.collect(), rounds.iter().map(|round| round.took).sum())
    }

    /// How much each figure of a kind differs from those beside no tracker: the median of the
    /// differences within each round, so that a moment in which the machine was busy counts once.
    fn apart(&self, beside: Beside) -> [f64; 3] {
        let mut apart: [Vec<f64>; 3] = Default::default();
        for round in &self.rounds {
            let of = |beside: Beside| {
                let found = round.iter().find(|round| round.beside == beside);
                found.map(|round| three(round.latencies.clone(), round.took))
            };
            if let (Some(one), Some(base)) = (of(beside), of(Beside::Nothing)) {
                apart[0].push(one.p50_ms / base.p50_ms);
                apart[1].push(one.p99_ms / base.p99_ms);
                apart[2].push(one.runs_per_s / base.runs_per_s);
            }
        }
        apart.map(|ratios| 100.0 * (median(ratios) - 1.0))
    }

    pub(crate) fn json(&self) -> String {
        let kinds = self.kinds().map(|beside| {
            let Three {
                p50_ms,
                p99_ms,
                runs_per_s,
            } = self.of(beside);
            let [p50, p99, rate] = self.apart(beside);
            format!(
                "    {{\"beside\": \"{}\", \"p50_ms\": {p50_ms:.3}, \"p99_ms\": {p99_ms:.3}, \
                 \"runs_per_s\": {runs_per_s:.1}, \"apart_percent\": {{\"p50\": {p50:.2}, \
                 \"p99\": {p99:.2}, \"rate\": {rate:.2}}}}}",
                beside.name()
            )
        });
        format!(
            "{{\n  \"runs\": {}, \"steps_a_run\": 10, \"at_once\": {}, \"rounds\": {},\n  \
             \"kinds\": [\n{}\n  ]\n}}\n",
            self.runs,
            self.at_once,
            self.rounds.len(),
            kinds.collect::<Vec<_>>().join(",\n")
        )
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{} runs of 10 steps beside each, {} at once, in {} rounds that take turns\n",
            self.runs,
            self.at_once,
            self.rounds.len()
        )?;
        writeln!(
            f,
            "{:<12}{:>10}{:>10}{:>10}   apart from no tracker: p50, p99, rate",
            "endpoint", "p50 ms", "p99 ms", "runs/s"
        )?;
        for beside in self.kinds() {
            let three = self.of(beside);
            let [p50, p99, rate] = self.apart(beside);
            writeln!(
                f,
                "{:<12}{:>10.2}{:>10.2}{:>10.1}   {p50:>+6.1} % {p99:>+6.1} % {rate:>+6.1} %",
                beside.name(),
                three.p50_ms,
                three.p99_ms,
                three.runs_per_s
            )?;
        }
        Ok(())
    }
}

#[expect(clippy::cast_precision_loss, reason = "there are no 2^52 runs")]
fn three(mut latencies: Vec<Duration>, took: Duration) -> Three {
    latencies.sort_unstable();
    let at = |percent: usize| {
        let place = (latencies.len() * percent / 100).min(latencies.len() - 1);
        latencies[place].as_secs_f64() * 1_000.0
    };
    Three {
        p50_ms: at(50),
        p99_ms: at(99),
        runs_per_s: latencies.len() as f64 / took.as_secs_f64(),
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
