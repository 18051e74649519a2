//! What must be true of delivery: every row arrived as it is, and the accounts balance.

use std::collections::HashMap;
use std::path::Path;
use std::thread;

use uuid::Uuid;
use workflow_core::store::SqliteStore;
use workflow_core::tracker::{Account, EventLog as _};

use super::database::{Balance, Database, LogRow};
use crate::endpoint::{DeliveredEvent, Seen};

/// Everything that is wrong with the accounts, by SQL and by the library, whoever is to blame.
pub(super) fn accounts(database: &Database, path: &Path) -> Vec<String> {
    let mut wrong = Vec::new();
    for (tracker, balance) in &database.accounts {
        let Balance {
            accepted,
            delivered,
            pending,
            quarantined,
            expired,
        } = *balance;
        if accepted != delivered + pending + quarantined + expired {
            wrong.push(format!("`{tracker}` by SQL: {balance:?} does not add up"));
        }
        let rows = database.pending.get(tracker).map_or(0, Vec::len) as u64;
        if pending != rows {
            wrong.push(format!("`{tracker}`: {pending} pending, but {rows} rows"));
        }
        let account = account(path, tracker);
        if account != *balance {
            wrong.push(format!(
                "`{tracker}`: {balance:?} by SQL, {account:?} by API"
            ));
        }
    }
    wrong
}

/// The account as the library gives it.
fn account(path: &Path, tracker: &str) -> Balance {
    // The caller may be inside of a runtime, where none can be started.
    let asked = thread::scope(|scope| {
        let ask = scope.spawn(|| {
            let runtime = tokio::runtime::Builder::new_current_thread().build();
            let store = SqliteStore::open(path).expect("the database opens");
            runtime
                .expect("a runtime starts")
                .block_on(store.account(tracker))
        });
        ask.join()
    });
    let account = asked.expect("reading an account does not panic");
    Balance::from(account.expect("the account can be read"))
}

impl From<Account> for Balance {
    fn from(account: Account) -> Self {
        Self {
            accepted: account.accepted,
            delivered: account.delivered,
            pending: account.pending,
            quarantined: account.quarantined,
            expired: account.expired,
        }
    }
}

/// Everything that is wrong with what arrived.
pub(super) fn problems(database: &Database, seen: &Seen) -> Vec<String> {
    let runs = database.runs.iter().map(|run| (run.run_no, run.run_id));
    let runs: HashMap<i64, Uuid> = runs.collect();
    let rows = database.log.iter().map(|row| (row.event_id, row));
    let rows: HashMap<Uuid, &LogRow> = rows.collect();
    let acknowledged = seen.ids();
    let missing = database.log.iter();
    let missing = missing.filter(|row| {
        let known = acknowledged.contains(&row.event_id) || database.dead.contains(&row.event_id);
        !known
    });
    let mut wrong: Vec<_> = missing
        .map(|row| format!("{} of run {} is missing", row.seq, runs[&row.run_no]))
        .collect();
    for event in seen.requests().iter().flat_map(|request| &request.events) {
        let bytes = &event.bytes;
        match rows.get(&event.event_id) {
            None => wrong.push(format!("not in the log: {bytes}")),
            Some(row) if event.is_whole() && !agrees(event, row, runs[&row.run_no]) => {
                wrong.push(format!("not as in the log: {bytes}"));
            }
            Some(_) => {}
        }
    }
    wrong
}

fn agrees(event: &DeliveredEvent, row: &LogRow, run_id: Uuid) -> bool {
    let wire: serde_json::Value = serde_json::from_str(&event.bytes).expect("it was parsed before");
    let own = row.fields.as_object().expect("own fields are an object");
    let fields = own
        .iter()
        .all(|(name, value)| wire.get(name) == Some(value));
    let place = (event.run_id, event.seq) == (run_id, row.seq);
    fields && place && event.event_type == row.event_type
}
