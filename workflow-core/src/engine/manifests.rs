//! The manifests of this build, kept for later ones, and those of earlier ones, compared with it.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use super::core::Core;
use super::registry::Definition;
use crate::journal::Cause;
use crate::spec::Manifest;
use crate::store::{self, RunRecord};

/// What is known of earlier builds, by workflow, version and fingerprint: after a deploy many runs
/// ask for the same.
#[derive(Default)]
pub(super) struct Causes(Mutex<HashMap<Key, Cause>>);

type Key = (String, Option<u32>, u64);

impl Causes {
    fn get(&self, key: &Key) -> Option<Cause> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(key).cloned()
    }

    fn put(&self, key: Key, cause: Cause) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.insert(key, cause);
    }
}

impl Core {
    /// Keeps the manifests of this build. They are for messages, so an engine starts without.
    pub(super) async fn keep_manifests(&self) {
        let definitions = self.registry.definitions();
        let definitions = definitions.map(|definition| store::Definition {
            workflow: definition.spec().name.to_owned(),
            fingerprint: definition.fingerprint(),
            manifest: definition.spec().manifest().to_json(),
        });
        if let Err(error) = self.store.define(definitions.collect()).await {
            tracing::warn!(
                target: "workflow_core",
                %error,
                "the manifests of the workflows were not kept: where a later build does not fit \
                 their runs, it cannot say what changed"
            );
        }
    }

    /// What is known of the code that recorded a run so far.
    pub(super) async fn cause(&self, record: &RunRecord, definition: &dyn Definition) -> Cause {
        if record.fingerprint == definition.fingerprint() {
            return Cause::SameStructure;
        }
        let key = (record.workflow.clone(), record.version, record.fingerprint);
        if let Some(known) = self.causes.get(&key) {
            return known;
        }
        let old = self.store.definition(&record.workflow, record.fingerprint);
        let Ok(old) = old.await else {
            return Cause::Unknown;
        };
        // A manifest that a newer version wrote may be no manifest to this one.
        let old = old.and_then(|manifest| Manifest::from_json(&manifest).ok());
        let cause = old.map_or(Cause::Unknown, |old| {
            let changes = definition.spec().manifest().changes_since(&old);
            Cause::Changed(changes.into())
        });
        self.causes.put(key, cause.clone());
        cause
    }
}
