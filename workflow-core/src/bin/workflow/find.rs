//! Finds the run that somebody means.

use workflow_core::store::{RunKey, Store};
use workflow_core::{RunId, RunQuery, RunRecord};

/// So many runs are looked through for an id whose workflow was not said.
const RUNS_MAX: usize = 100_000;
/// So many runs with a similar id are shown.
const SIMILAR_MAX: usize = 5;

/// The run with this id, or why there is none.
pub(crate) async fn run(store: &impl Store, name: &str) -> Result<RunRecord, String> {
    let read = |error: workflow_core::store::StoreError| error.to_string();
    if let Ok(id) = name.parse::<RunId>() {
        let found = store.run(RunKey::Id(id)).await.map_err(read)?;
        return found.ok_or_else(|| format!("there is no run {id}"));
    }
    if let Some((workflow, id)) = name.split_once('/') {
        let key = RunKey::UserId {
            workflow: workflow.to_owned(),
            id: id.to_owned(),
        };
        if let Some(found) = store.run(key).await.map_err(read)? {
            return Ok(found);
        }
    }
    let all = store.runs(RunQuery::default().max(RUNS_MAX)).await;
    let all = all.map_err(read)?;
    let is_meant = |run: &&RunRecord| run.user_id.as_deref() == Some(name);
    let mut found: Vec<_> = all.iter().filter(is_meant).collect();
    // Of runs that replaced each other the newest is meant.
    found.dedup_by(|older, newer| older.workflow == newer.workflow);
    match found.as_slice() {
        [run] => Ok((*run).clone()),
        [] => Err(unknown(name, &all)),
        several => {
            let names: Vec<_> = several
                .iter()
                .map(|run| format!("{}/{name}", run.workflow))
                .collect();
            Err(format!("`{name}` may be {}: say which", names.join(" or ")))
        }
    }
}

fn unknown(name: &str, all: &[RunRecord]) -> String {
    let mut similar: Vec<_> = all
        .iter()
        .filter_map(|run| Some((distance(name, run.user_id.as_deref()?), run)))
        .filter(|(far, _)| *far <= name.chars().count() / 3 + 1)
        .collect();
    similar.sort_by_key(|(far, _)| *far);
    let names: Vec<_> = similar
        .iter()
        .take(SIMILAR_MAX)
        .map(|(_, run)| format!("`{}`", title(run)))
        .collect();
    if names.is_empty() {
        format!("there is no run `{name}`; `workflow list` shows those that there are")
    } else {
        format!("there is no run `{name}`; similar are {}", names.join(", "))
    }
}

/// The run as people name it.
pub(crate) fn title(run: &RunRecord) -> String {
    match &run.user_id {
        Some(id) => format!("{}/{id}", run.workflow),
        None => run.run_id.to_string(),
    }
}

/// How many letters have to be put in, left out or changed.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (line, letter) in one.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = line + 1;
        for (column, &against) in other.iter().enumerate() {
            let above = row[column + 1];
            let change = diagonal + usize::from(letter != against);
            row[column + 1] = change.min(above + 1).min(row[column] + 1);
            diagonal = above;
        }
    }
    row[other.len()]
}

#[cfg(test)]
mod tests {
    use super::distance;

    #[test]
    fn the_distance_counts_letters() {
        for (one, other, far) in [
            ("", "abc", 3),
            ("order-1", "order-1", 0),
            ("ordre-1", "order-2", 3),
        ] {
            assert_eq!(distance(one, other), far, "{one} {other}");
        }
    }
}
