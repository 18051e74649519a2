//! The endpoint that events are sent to: a small HTTP server that keeps all that it receives.

use std::collections::HashSet;
use std::io;
use std::sync::{Arc, Mutex};

use axum::extract::State;
use axum::routing::post;
use axum::{Json, Router};
use serde::Deserialize;
use tokio::net::TcpListener;
use tokio::sync::watch;

/// An event as it came over the wire; of its fields, those that are looked at here.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Received {
    pub(crate) event_id: String,
    pub(crate) run_id: String,
    pub(crate) seq: u64,
    #[serde(rename = "type")]
    pub(crate) event_type: String,
    pub(crate) cause: Option<String>,
}

impl Received {
    /// The event's id without its hyphens, as a database prints 16 bytes.
    pub(crate) fn bare_id(&self) -> String {
        self.event_id.replace('-', "")
    }
}

/// The body of a request.
#[derive(Deserialize)]
struct Batch {
    events: Vec<Received>,
}

/// How far the orders are, by the events received so far.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Progress {
    pub(crate) started: usize,
    pub(crate) completed: usize,
    /// How often a run went on after a crash.
    pub(crate) recovered: usize,
}

pub(crate) struct Endpoint {
    url: String,
    inbox: Arc<Inbox>,
}

#[derive(Default)]
struct Inbox {
    events: Mutex<Events>,
    progress: watch::Sender<Progress>,
}

#[derive(Default)]
struct Events {
    ids: HashSet<String>,
    received: Vec<Received>,
}

impl Endpoint {
    /// Listens on a free port of this machine.
    pub(crate) async fn start() -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let url = format!("http://{}/events", listener.local_addr()?);
        let inbox = Arc::new(Inbox::default());
        let router = Router::new()
            .route("/events", post(receive))
            .with_state(Arc::clone(&inbox));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Ok(Self { url, inbox })
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Everything that was received, repeats included, in the order of arrival.
    pub(crate) fn received(&self) -> Vec<Received> {
        self.inbox.lock().received.clone()
    }

    pub(crate) fn progress(&self) -> watch::Receiver<Progress> {
        self.inbox.progress.subscribe()
    }
}

impl Inbox {
    fn lock(&self) -> std::sync::MutexGuard<'_, Events> {
        self.events.lock().expect("nobody panics while holding it")
    }
}

/// Keeps a batch. The answer is 200, and it says that the events have arrived.
async fn receive(State(inbox): State<Arc<Inbox>>, Json(batch): Json<Batch>) {
    let mut events = inbox.lock();
    for event in batch.events {
        // An event can come more than once; its id tells.
        if events.ids.insert(event.event_id.clone()) {
            inbox
                .progress
                .send_modify(|progress| progress.count(&event));
        }
        events.received.push(event);
    }
}

impl Progress {
    fn count(&mut self, event: &Received) {
        match event.event_type.as_str() {
            "workflow.started" => self.started += 1,
            "workflow.completed" => self.completed += 1,
            "workflow.resumed" if event.cause.as_deref() == Some("crash") => self.recovered += 1,
            _ => {}
        }
    }
}
