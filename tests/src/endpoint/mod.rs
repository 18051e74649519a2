//! A raw TCP endpoint in this process: it is told how to misbehave, and remembers what it was sent.
//!
//! ```
//! use workflow_tests::endpoint::{Endpoint, Reply};
//!
//! let endpoint = Endpoint::start();
//! endpoint.then([Reply::status(500), Reply::hang()]); // and 200 from the third request on
//! println!("send events to {}", endpoint.url());
//! assert_eq!(endpoint.seen().requests().len(), 0);
//! ```

mod reply;
mod request;
mod seen;
mod server;

use std::collections::VecDeque;
use std::net::{Ipv4Addr, SocketAddrV4, TcpListener};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

pub use reply::Reply;
pub use request::{DeliveredEvent, Received};
pub use seen::{Seen, Tally};

/// How long [`Endpoint::wait_for`] waits before it gives up. Generous: it only passes where
/// something is broken.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// What decides about the answer to a request.
type Script = Box<dyn FnMut(&Received) -> Reply + Send>;

/// An endpoint that listens on this machine, on threads of its own.
///
/// It is closed, and its connections are cut, when it is dropped.
pub struct Endpoint {
    port: u16,
    shared: Arc<Shared>,
    listening: Mutex<Option<server::Listening>>,
}

/// What the endpoint and its threads share.
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    seen: Seen,
    queued: VecDeque<Reply>,
    script: Script,
    keeps: bool,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Endpoint {
    /// An endpoint that answers 200 to every request.
    pub fn start() -> Self {
        let (listener, port) = reserve();
        let endpoint = Self::on(port);
        endpoint.listen(listener);
        endpoint
    }

    /// An endpoint that refuses connections until it is [opened](Self::open).
    pub fn closed() -> Self {
        let (_, port) = reserve();
        Self::on(port)
    }

    fn on(port: u16) -> Self {
        let state = State {
            seen: Seen::default(),
            queued: VecDeque::new(),
            script: Box::new(|_| Reply::status(200)),
            keeps: true,
        };
        Self {
            port,
            shared: Arc::new(Shared {
                state: Mutex::new(state),
                changed: Condvar::new(),
            }),
            listening: Mutex::new(None),
        }
    }

    /// Where to send events.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}/events", self.port)
    }

    /// Accepts connections again.
    ///
    /// # Panics
    ///
    /// Where another process has taken the port in the meantime.
    pub fn open(&self) {
        let listener = bind(self.port).expect("the port of a closed endpoint stays free");
        self.listen(listener);
    }

    fn listen(&self, listener: TcpListener) {
        let listening = server::listen(listener, &self.shared);
        *self.listening() = Some(listening);
    }

    /// Refuses connections from now on, and cuts those that are open.
    pub fn close(&self) {
        let listening = self.listening().take();
        drop(listening);
    }

    fn listening(&self) -> MutexGuard<'_, Option<server::Listening>> {
        self.listening
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Answers the next requests in this way, one after the other, and then as before.
    pub fn then(&self, replies: impl IntoIterator<Item = Reply>) {
        self.shared.lock().queued.extend(replies);
    }

    /// Answers every request that nothing was queued for in the way that `script` says.
    pub fn answer(&self, script: impl FnMut(&Received) -> Reply + Send + 'static) {
        self.shared.lock().script = Box::new(script);
    }

    /// Keeps nothing of what comes from now on: only the script sees it.
    pub fn keep_nothing(&self) {
        self.shared.lock().keeps = false;
    }

    /// What was received so far.
    pub fn seen(&self) -> Seen {
        self.shared.lock().seen.clone()
    }

    /// Waits until what was received is as it should be, and gives it.
    ///
    /// # Panics
    ///
    /// When that is not so after [`PATIENCE`].
    pub fn wait_for(&self, what: &str, condition: impl Fn(&Seen) -> bool) -> Seen {
        let deadline = Instant::now() + PATIENCE;
        let mut state = self.shared.lock();
        while !condition(&state.seen) {
            let left = deadline.saturating_duration_since(Instant::now());
            assert!(
                !left.is_zero(),
                "waited {PATIENCE:?} for {what}, but the endpoint saw only {:#?}",
                state.seen
            );
            let waited = self.shared.changed.wait_timeout(state, left);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        state.seen.clone()
    }
}

/// A port of its own, which no outgoing connection is given, so that a closed endpoint can open
/// again: it is given away only once in this process.
fn reserve() -> (TcpListener, u16) {
    const PORTS: u32 = 12_000;
    static NEXT: AtomicU32 = AtomicU32::new(0);
    // Processes that run at the same time begin far from each other.
    let start = std::process::id().wrapping_mul(211);
    for _ in 0..PORTS {
        let step = start.wrapping_add(NEXT.fetch_add(1, Ordering::Relaxed));
        let port = u16::try_from(20_000 + step % PORTS).expect("a number below 32,000");
        if let Ok(listener) = bind(port) {
            return (listener, port);
        }
    }
    panic!("one of {PORTS} ports is free");
}

fn bind(port: u16) -> std::io::Result<TcpListener> {
    TcpListener::bind(SocketAddrV4::new(Ipv4Addr::LOCALHOST, port))
}
