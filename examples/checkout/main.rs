//! Forty orders in a process that is killed in the middle and started again: what is lost (nothing),
//! and what is done twice.
//!
//! `cargo run --example checkout` tells the story; `-- --orders 100 --kills 3` a longer one. The
//! program starts itself as a *worker* for the orders and kills it with SIGKILL. What it says at
//! the end is counted from outside: at the HTTP endpoint that received the events, in the file
//! that each executed step wrote a line to, and in the database. It exits with 0 only if no event
//! is lost, no event is missing in between, and no committed step was executed again.
//!
//! Read on in `shop.rs` (the workflow), `worker.rs` (the engine) and `story.rs` (the kill).

mod count;
mod database;
mod endpoint;
mod ledger;
mod shop;
mod story;
mod verdict;
mod worker;

use std::process::ExitCode;
use std::time::Duration;

use workflow_core::{Error, Result};

use story::Options;
use worker::Job;

/// Generous: the story takes a few seconds.
const PATIENCE: Duration = Duration::from_secs(120);

const USAGE: &str = "usage: cargo run --example checkout -- [--orders 40] [--kills 1]";

#[tokio::main]
async fn main() -> ExitCode {
    match tokio::time::timeout(PATIENCE, run()).await {
        Ok(Ok(code)) => code,
        Ok(Err(error)) => {
            eprintln!("checkout: {error}");
            ExitCode::FAILURE
        }
        Err(_) => {
            eprintln!("checkout: not done after {PATIENCE:?}; something hangs");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<ExitCode> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    if let [role, job @ ..] = &args[..]
        && role == worker::ROLE
    {
        worker::work(&Job::from_args(job)?).await?;
        return Ok(ExitCode::SUCCESS);
    }
    story::tell(options(&args)?).await
}

fn options(args: &[String]) -> Result<Options> {
    let mut options = Options::default();
    for pair in args.chunks(2) {
        let value = pair.get(1).and_then(|value| value.parse().ok());
        match (pair[0].as_str(), value) {
            ("--orders", Some(orders)) => options.orders = orders,
            ("--kills", Some(kills)) => options.kills = kills,
            _ => return Err(Error::msg(USAGE)),
        }
    }
    Ok(options)
}
