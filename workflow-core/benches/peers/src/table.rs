//! Reads what was measured in turns, and prints medians and ratios.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use crate::Outcome;

/// The workload and the callers or runs; and for each system what was measured of it.
type Measured = BTreeMap<(String, u64), BTreeMap<String, Vec<f64>>>;

pub fn print(file: &Path) -> Outcome<()> {
    let mut measured = Measured::new();
    for line in std::fs::read_to_string(file)?.lines() {
        let line: Value = serde_json::from_str(line)?;
        let Some((key, system, figure)) = figure(&line) else {
            continue;
        };
        measured
            .entry(key)
            .or_default()
            .entry(system)
            .or_default()
            .push(figure);
    }
    println!("| workload | system | median | us at FULL, times that |\n| --- | --- | --- | --- |");
    for ((part, number), systems) in &measured {
        let ours = systems.get("workflow FULL").map(|figures| median(figures));
        for (system, figures) in systems {
            let theirs = median(figures);
            let ratio = ours.map_or(f64::NAN, |ours| {
                if part == "w4" {
                    theirs / ours
                } else {
                    ours / theirs
                }
            });
            let (what, unit) = match part.as_str() {
                "w1" => (format!("W1 c={number}"), "runs/s"),
                "w2" => (format!("W2 c={number}"), "steps/s"),
                _ => (format!("W4 {number} runs"), "s"),
            };
            println!("| {what} | {system} | {theirs:.2} {unit} | {ratio:.1} |");
        }
    }
    Ok(())
}

/// What one line says: ours name the durability and the callers in `name`, as in `FULL c=64`.
fn figure(line: &Value) -> Option<((String, u64), String, f64)> {
    let part = line["part"].as_str()?.to_owned();
    let column = match part.as_str() {
        "w1" => "runs/s",
        "w2" => "steps/s",
        "w4" => "all done in s",
        _ => return None,
    };
    let figure = line[column].as_f64()?;
    let number = line["callers"].as_u64().or(line["runs"].as_u64());
    if let (Some(system), Some(number)) = (line["system"].as_str(), number) {
        return Some(((part, number), system.to_owned(), figure));
    }
    let (durability, rest) = line["name"].as_str()?.split_once(' ')?;
    let number = rest.trim_start_matches("c=").parse().ok()?;
    Some(((part, number), format!("workflow {durability}"), figure))
}

fn median(figures: &[f64]) -> f64 {
    let mut sorted = figures.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    sorted[sorted.len() / 2]
}
