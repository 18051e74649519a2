//! Manifests are kept, and the code that recorded a run is known.

use std::sync::Arc;

use super::kit::{FINGERPRINT, WORKFLOW, at, committed, lease, record, rows, start};
use crate::store::{Definition, Effects, RunCommit, Store, Target};

fn definition(workflow: &str, fingerprint: u64, manifest: &str) -> Definition {
    Definition {
        workflow: workflow.to_owned(),
        fingerprint,
        manifest: manifest.to_owned(),
    }
}

async fn found(store: &Arc<dyn Store>, workflow: &str, fingerprint: u64) -> Option<String> {
    let found = store.definition(workflow, fingerprint).await;
    found.expect("the store can read")
}

/// A manifest is found by the workflow's name and the fingerprint; the last one counts.
pub async fn a_manifest_is_kept(store: Arc<dyn Store>) {
    let largest = u64::MAX;
    let kept = vec![
        definition(WORKFLOW, 1, "{\"a\":1}"),
        definition(WORKFLOW, largest, "{}"),
        definition("other", 1, "[]"),
    ];
    store.define(kept).await.expect("the store can write");
    let again = vec![definition(WORKFLOW, 1, "{\"a\":2}")];
    store.define(again).await.expect("the store can write");
    store.define(Vec::new()).await.expect("the store can write");
    assert_eq!(
        found(&store, WORKFLOW, 1).await.as_deref(),
        Some("{\"a\":2}")
    );
    assert_eq!(
        found(&store, WORKFLOW, largest).await.as_deref(),
        Some("{}")
    );
    assert_eq!(found(&store, "other", 1).await.as_deref(), Some("[]"));
    assert_eq!(found(&store, "other", 2).await, None);
}

/// A commit says that other code goes on with the run; one that does not leaves that alone.
pub async fn a_commit_records_the_code(store: Arc<dyn Store>) {
    let lease = lease(&store).await;
    let claim = start(&store, 1, &lease).await;
    let by_other = Effects {
        fingerprint: Some(u64::MAX),
        ..Effects::default()
    };
    let fingerprint = async || record(&store, claim.run).await.fingerprint;
    assert_eq!(fingerprint().await, FINGERPRINT);
    let second = RunCommit::new(Target::Claimed(claim), rows(2..=2), at(3));
    committed(&store, second.with_effects(by_other)).await;
    assert_eq!(fingerprint().await, u64::MAX);
    let third = RunCommit::new(Target::Claimed(claim), rows(3..=3), at(4));
    committed(&store, third).await;
    assert_eq!(fingerprint().await, u64::MAX);
}
