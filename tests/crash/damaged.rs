//! A file that cannot be written, or that is damaged: a typed error, said aloud, and nothing is
//! half-written.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;

use workflow_core::EngineError;
use workflow_core::store::{SqliteStore, StoreErrorKind};
use workflow_tests::lines;

use crate::child::{Role, run_errands, say};
use crate::lab::{LONG, Lab, Site, eventually};
use crate::process::Process;

/// Where a page of the file begins that holds no header of it.
const SECOND_PAGE: usize = 4096;

async fn filled() -> Lab {
    let lab = Lab::new();
    let engine = lab.site.engine().await;
    run_errands(&engine, 0..20, 0).await;
    engine.shutdown(LONG).await;
    lab
}

/// The child: opens the store, and says what came of it.
pub(crate) fn open(site: &Site) {
    match SqliteStore::open(site.traces().database) {
        Ok(_) => say("opened"),
        Err(error) => say(format!("{:?}: {error}", error.kind())),
    }
}

/// Root may write everything, so that nobody has to try it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_cannot_be_written_is_refused_in_words() {
    const NOBODY: u32 = 65_534;
    let lab = filled().await;
    let before = fs::read(&lab.traces.database).expect("readable");
    let permit = |mode| {
        for entry in fs::read_dir(&lab.site.folder).expect("a folder") {
            let path = entry.expect("it can be listed").path();
            fs::set_permissions(path, Permissions::from_mode(mode & 0o666)).expect("it is ours");
        }
        let folder = fs::set_permissions(&lab.site.folder, Permissions::from_mode(mode));
        folder.expect("it is ours");
    };
    permit(0o555);
    let Some(child) = Process::start_as(NOBODY, Role::Open, &lab.site) else {
        println!("not checked: nobody may execute this program");
        return permit(0o755);
    };
    let said = child.succeed();
    permit(0o755);
    let [said] = &said[..] else {
        panic!("one sentence, not {said:?}");
    };
    assert!(said.starts_with("ReadOnly: "), "{said}");
    let path = lab.traces.database.display().to_string();
    assert!(
        said.contains(&path) && said.contains("the right to write"),
        "{said}"
    );
    assert_eq!(fs::read(&lab.traces.database).expect("readable"), before);
    // It was the right to write that was missing, and nothing else.
    lab.site.engine().await.shutdown(LONG).await;
    lab.check();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_is_no_database_any_more_is_refused_and_left_alone() {
    let lab = filled().await;
    let mut bytes = fs::read(&lab.traces.database).expect("readable");
    bytes[..100].fill(0xAA);
    fs::write(&lab.traces.database, &bytes).expect("writable");
    let error = SqliteStore::open(&lab.traces.database).expect_err("it is damaged");
    assert_eq!(error.kind(), StoreErrorKind::Corrupt);
    let path = lab.traces.database.display().to_string();
    assert!(error.to_string().contains(&path), "{error}");
    assert_eq!(fs::read(&lab.traces.database).expect("readable"), bytes);
}

/// The header is whole, and nothing behind it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_damaged_file_is_said_aloud_and_nothing_is_written_over_it() {
    lines::keep();
    let lab = filled().await;
    let mut bytes = fs::read(&lab.traces.database).expect("readable");
    bytes[SECOND_PAGE..].fill(0xAA);
    fs::write(&lab.traces.database, &bytes).expect("writable");
    let path = lab.traces.database.display().to_string();

    let said = match SqliteStore::open(&lab.traces.database) {
        Err(error) => (error.kind(), error.to_string()),
        Ok(store) => {
            let builder = crate::lab::builder_on(
                std::sync::Arc::new(store),
                lab.site.world(),
                lab.site.tracker(),
            );
            match builder.start().await {
                Err(EngineError::Store(error)) => (error.kind(), error.to_string()),
                Err(error) => (StoreErrorKind::Corrupt, error.to_string()),
                Ok(engine) => {
                    let found = eventually("health", async || engine.health().store).await;
                    assert!(!lines::with(&["WARN", &path]).is_empty());
                    engine.shutdown(LONG).await;
                    (found.kind(), found.to_string())
                }
            }
        }
    };
    let (kind, words) = said;
    println!("{words}");
    assert_eq!(kind, StoreErrorKind::Corrupt, "{words}");
    assert!(
        words.contains(&path) && words.contains("damaged"),
        "{words}"
    );
    assert_eq!(fs::read(&lab.traces.database).expect("readable"), bytes);
}
