//! The command `workflow`: looks into a store's file, and asks things of its runs.

mod ask;
mod command;
mod find;
mod list;
mod show;

use std::process::ExitCode;

use command::{Action, Command};
use workflow_core::store::SqliteStore;

/// What went wrong, as a sentence for people.
type Outcome = Result<(), String>;

fn main() -> ExitCode {
    let command = Command::from_args(lexopt::Parser::from_env());
    let done = command.and_then(|command| {
        let Some(command) = command else {
            print!("{}", command::HELP);
            return Ok(());
        };
        run(command)
    });
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("workflow: {why}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> Outcome {
    let Command { action, file, json } = command;
    let found = std::fs::metadata(&file);
    if found.is_ok_and(|found| found.len() == 0) {
        return Err(format!("{} is empty: it is no store", file.display()));
    }
    if !file.exists() {
        return Err(format!(
            "there is no file {}; give the path that your program gives to `SqliteStore::open`",
            file.display()
        ));
    }
    let store = SqliteStore::open(&file).map_err(|error| error.to_string())?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let runtime = runtime.map_err(|error| format!("cannot start: {error}"))?;
    runtime.block_on(async {
        match action {
            Action::List(query) => list::runs(&store, query, json).await,
            Action::Show { run } => show::run(&store, &run, json).await,
            Action::Letters { tracker } => list::letters(&store, tracker, json).await,
            Action::Stats => list::stats(&store, json).await,
            Action::Backup { to } => store.backup(to).map_err(|error| error.to_string()),
            Action::Cancel { run, reason } => ask::cancel(store, &run, reason).await,
            Action::Signal { run, name, value } => ask::signal(store, &run, &name, &value).await,
            Action::Release { run } => ask::release(&store, &run).await,
        }
    })
}
