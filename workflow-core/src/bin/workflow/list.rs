//! Prints runs, dead letters and counts.

use serde_json::json;
use workflow_core::store::Store;
use workflow_core::tracker::LetterQuery;
use workflow_core::{RunQuery, RunRecord, RunStatus};

use crate::Outcome;
use crate::find::title;

/// A run as one JSON object.
pub(crate) fn as_json(run: &RunRecord) -> serde_json::Value {
    json!({
        "number": run.run.0,
        "runId": run.run_id.to_string(),
        "workflow": run.workflow,
        "version": run.version,
        "id": run.user_id,
        "status": run.status.as_str(),
        "createdAt": run.created_at,
        "wakeAt": run.wake_at,
        "finishedAt": run.finished_at,
        "executions": run.execution,
    })
}

pub(crate) async fn runs(store: &impl Store, query: RunQuery, as_lines: bool) -> Outcome {
    let runs_max = query.runs_max;
    let runs = store.runs(query).await.map_err(|error| error.to_string())?;
    if as_lines {
        for run in &runs {
            println!("{}", as_json(run));
        }
        return Ok(());
    }
    let width = runs.iter().map(|run| title(run).len()).max().unwrap_or(0);
    for run in &runs {
        let (title, status, created) = (title(run), run.status, run.created_at);
        let then = match (run.wake_at, run.finished_at) {
            (_, Some(at)) => format!("ended {at}"),
            (Some(at), None) => format!("wakes {at}"),
            (None, None) => String::new(),
        };
        let line = format!(
            "{title:width$}  {:9}  created {created}  {then}",
            status.as_str()
        );
        println!("{}", line.trim_end());
    }
    if let Some(last) = runs.last().filter(|_| runs.len() == runs_max) {
        println!("there may be more: --before {}", last.run.0);
    }
    Ok(())
}

pub(crate) async fn letters(
    store: &impl Store,
    tracker: Option<String>,
    as_lines: bool,
) -> Outcome {
    let mut query = LetterQuery {
        tracker,
        ..LetterQuery::default()
    };
    loop {
        let letters = store
            .dead_letters(query.clone())
            .await
            .map_err(|error| error.to_string())?;
        let Some(last) = letters.last() else {
            return Ok(());
        };
        query.after = Some(last.id());
        for letter in letters {
            let event = &letter.event;
            if as_lines {
                let line = json!({
                    "tracker": letter.tracker,
                    "lane": event.lane,
                    "pos": event.pos,
                    "runId": event.run_id.to_string(),
                    "workflow": &*event.workflow_name,
                    "id": event.user_id.as_deref(),
                    "seq": event.seq,
                    "type": event.event_type.as_str(),
                    "at": letter.at,
                    "status": letter.status,
                    "reason": letter.reason,
                });
                println!("{line}");
            } else {
                let (run, seq) = (event.run_id, event.seq);
                let (what, at, why) = (event.event_type, letter.at, &letter.reason);
                println!("{}  {at}  {what} {run} seq {seq}: {why}", letter.tracker);
            }
        }
    }
}

pub(crate) async fn stats(store: &impl Store, as_lines: bool) -> Outcome {
    let census = store.census().await.map_err(|error| error.to_string())?;
    let holder = store.holder().await.map_err(|error| error.to_string())?;
    let counts = RunStatus::ALL.map(|status| (status.as_str(), census.count(status)));
    let mut accounts = Vec::new();
    for tracker in store.trackers().await.map_err(|error| error.to_string())? {
        let account = store
            .account(&tracker)
            .await
            .map_err(|error| error.to_string())?;
        accounts.push((tracker, account));
    }
    if as_lines {
        let counts: serde_json::Map<_, _> = counts
            .iter()
            .map(|(status, runs)| ((*status).to_owned(), json!(runs)))
            .collect();
        let trackers: Vec<_> = accounts
            .iter()
            .map(|(tracker, account)| {
                json!({
                    "tracker": tracker,
                    "accepted": account.accepted,
                    "delivered": account.delivered,
                    "pending": account.pending,
                    "quarantined": account.quarantined,
                    "expired": account.expired,
                })
            })
            .collect();
        println!(
            "{}",
            json!({"runs": counts, "trackers": trackers, "executing": holder})
        );
        return Ok(());
    }
    match holder {
        Some(holder) => println!("executed by {holder}"),
        None => println!("executed by nobody now"),
    }
    for (status, runs) in counts {
        println!("{status:9}  {runs:>9}");
    }
    for line in &census.open {
        let version = line
            .version
            .map_or(String::new(), |version| format!(" version {version}"));
        println!(
            "  {} {}{version}: {}",
            line.workflow, line.status, line.runs
        );
    }
    for (tracker, account) in accounts {
        println!(
            "tracker {tracker}: {} accepted, {} delivered, {} pending, {} quarantined, {} expired",
            account.accepted,
            account.delivered,
            account.pending,
            account.quarantined,
            account.expired
        );
    }
    Ok(())
}
