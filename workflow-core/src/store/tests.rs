//! Every store of this crate keeps the contract.

use std::sync::Arc;

use super::MemoryStore;

crate::store_conformance!(memory, |_folder| Arc::new(MemoryStore::new()));

#[cfg(feature = "sqlite")]
mod in_a_file {
    use std::path::Path;
    use std::sync::Arc;

    use crate::store::{SqliteOptions, SqliteStore, Store, Synchronous};

    fn synced(folder: &Path) -> Arc<dyn Store> {
        let store = SqliteStore::open(folder.join("store.db"));
        Arc::new(store.expect("the folder can be written"))
    }

    fn not_synced(folder: &Path) -> Arc<dyn Store> {
        let options = SqliteOptions::new().synchronous(Synchronous::Normal);
        let store = options.open(folder.join("store.db"));
        Arc::new(store.expect("the folder can be written"))
    }

    crate::store_conformance!(sqlite, synced);
    crate::store_conformance!(sqlite_without_syncs, not_synced);
}
