//! One engine executes, and the next one takes over.

use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use super::kit::lease;
use crate::store::Store;

async fn is_free(store: &Arc<dyn Store>) -> bool {
    let lease = store.try_lease().await.expect("the lease can be asked for");
    lease.is_some()
}

/// While one has the lease, nobody else gets it.
pub async fn one_engine_at_a_time_has_the_lease(store: Arc<dyn Store>) {
    let held = lease(&store).await;
    assert!(!is_free(&store).await);
    let mut waiting = store.lease();
    let mut context = Context::from_waker(Waker::noop());
    assert!(waiting.as_mut().poll(&mut context).is_pending());
    drop(waiting);
    assert!(!is_free(&store).await);
    drop(held);
}

/// The numbers of leases grow.
pub async fn each_lease_has_a_larger_epoch(store: Arc<dyn Store>) {
    let mut last = 0;
    for _ in 0..5 {
        let lease = store.lease().await.expect("the lease is free");
        assert!(lease.epoch() > last);
        last = lease.epoch();
    }
}

/// Whoever waits gets the lease when it is given back, one after the other.
pub async fn a_waiting_engine_gets_the_lease(store: Arc<dyn Store>) {
    let held = lease(&store).await;
    let (mut first, mut second) = (store.lease(), store.lease());
    let mut context = Context::from_waker(Waker::noop());
    assert!(first.as_mut().poll(&mut context).is_pending());
    assert!(second.as_mut().poll(&mut context).is_pending());
    let epoch = held.epoch();
    drop(held);
    let first = first.await.expect("the lease comes");
    assert!(first.epoch() > epoch);
    assert!(matches!(second.as_mut().poll(&mut context), Poll::Pending));
    assert!(!is_free(&store).await);
    let epoch = first.epoch();
    drop(first);
    let second = second.await.expect("the lease comes");
    assert!(second.epoch() > epoch);
}

/// A future that was dropped neither gets nor keeps the lease.
pub async fn whoever_stops_waiting_does_not_get_the_lease(store: Arc<dyn Store>) {
    let held = lease(&store).await;
    let mut gives_up = store.lease();
    let mut stays = store.lease();
    let mut context = Context::from_waker(Waker::noop());
    assert!(gives_up.as_mut().poll(&mut context).is_pending());
    assert!(stays.as_mut().poll(&mut context).is_pending());
    drop(gives_up);
    drop(held);
    let next = stays.await.expect("the lease comes");
    let mut gives_up = store.lease();
    assert!(gives_up.as_mut().poll(&mut context).is_pending());
    drop(gives_up);
    drop(next);
    let last = store.lease().await.expect("the lease comes");
    drop(last);
}

/// While somebody has the lease, messages can say who.
pub async fn the_holder_is_named(store: Arc<dyn Store>) {
    let holder = async || store.holder().await.expect("the holder can be asked for");
    assert_eq!(holder().await, None);
    let held = lease(&store).await;
    let name = holder().await.expect("there is one");
    assert!(!name.is_empty());
    drop(held);
    assert_eq!(holder().await, None);
}
