//! The threads of an endpoint: one that accepts, and one for each connection.

use std::collections::HashMap;
use std::io::{self, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::reply::{Ending, Reply};
use super::{Received, Shared, request};

/// The connections that are open, to cut them.
type Connections = Mutex<HashMap<usize, TcpStream>>;

/// An open port. Dropping it closes the port and cuts its connections.
pub(super) struct Listening {
    port: u16,
    closed: Arc<AtomicBool>,
    connections: Arc<Connections>,
    accepting: Option<JoinHandle<()>>,
}

impl Drop for Listening {
    fn drop(&mut self) {
        self.closed.store(true, Ordering::SeqCst);
        // The accepting thread looks at the flag when the next connection comes: this one.
        let _ = TcpStream::connect(("127.0.0.1", self.port));
        if let Some(accepting) = self.accepting.take() {
            let _ = accepting.join();
        }
        for connection in lock(&self.connections).values() {
            let _ = connection.shutdown(Shutdown::Both);
        }
    }
}

pub(super) fn listen(listener: TcpListener, shared: &Arc<Shared>) -> Listening {
    let port = listener.local_addr().map_or(0, |address| address.port());
    let closed = Arc::new(AtomicBool::new(false));
    let connections = Arc::new(Connections::default());
    let accepting = {
        let (shared, closed) = (Arc::clone(shared), Arc::clone(&closed));
        let connections = Arc::clone(&connections);
        thread::spawn(move || accept(&listener, &shared, &closed, &connections))
    };
    Listening {
        port,
        closed,
        connections,
        accepting: Some(accepting),
    }
}

fn accept(
    listener: &TcpListener,
    shared: &Arc<Shared>,
    closed: &Arc<AtomicBool>,
    connections: &Arc<Connections>,
) {
    for stream in listener.incoming().flatten() {
        if closed.load(Ordering::SeqCst) {
            return;
        }
        let number = {
            let seen = &mut shared.lock().seen;
            seen.connections += 1;
            seen.connections - 1
        };
        if let Ok(clone) = stream.try_clone() {
            lock(connections).insert(number, clone);
        }
        let connection = Connection {
            number,
            shared: Arc::clone(shared),
            closed: Arc::clone(closed),
            connections: Arc::clone(connections),
            stream,
        };
        thread::spawn(move || connection.serve());
    }
}

fn lock(connections: &Connections) -> MutexGuard<'_, HashMap<usize, TcpStream>> {
    connections.lock().unwrap_or_else(PoisonError::into_inner)
}

struct Connection {
    number: usize,
    shared: Arc<Shared>,
    closed: Arc<AtomicBool>,
    connections: Arc<Connections>,
    stream: TcpStream,
}

impl Connection {
    /// Answers requests until one of them ends the connection, or the other side does.
    fn serve(mut self) {
        let _ = self.stream.set_nodelay(true);
        while let Ok(true) = self.serve_one() {}
        // Another handle would hold the connection open.
        lock(&self.connections).remove(&self.number);
    }

    /// Says whether the connection goes on.
    fn serve_one(&mut self) -> io::Result<bool> {
        let Some(mut received) = request::read(&mut self.stream)? else {
            return Ok(false);
        };
        received.connection = self.number;
        let reply = self.record(&mut received);
        if reply.ending != Ending::Reset {
            request::take_last_byte(&mut self.stream, &received)?;
        }
        self.pause(reply.delay);
        // Before the answer is written: whoever reads it may look here, or send the next request,
        // before this thread goes on.
        self.note(received.number, |request| {
            request.answered_at = Some(Instant::now());
            request.status = reply.status;
        });
        if let Err(error) = self.stream.write_all(&reply.bytes) {
            self.note(received.number, |request| request.status = None);
            return Err(error);
        }
        Ok(match reply.ending {
            Ending::KeepAlive => true,
            Ending::Close | Ending::Reset => false,
            Ending::Silence => self.wait_for_the_end(),
            Ending::Drip(every) => self.drip(every),
            Ending::Flood(text) => self.flood(received.number, text),
        })
    }

    /// Notes the request and finds its answer.
    fn record(&self, received: &mut Received) -> Reply {
        let mut state = self.shared.lock();
        received.number = state.seen.requests.len();
        let queued = state.queued.pop_front();
        let reply = queued.unwrap_or_else(|| (state.script)(received));
        if state.keeps {
            state.seen.requests.push(received.clone());
        }
        drop(state);
        self.shared.changed.notify_all();
        reply
    }

    fn note(&self, number: usize, change: impl FnOnce(&mut Received)) {
        if let Some(request) = self.shared.lock().seen.requests.get_mut(number) {
            change(request);
        }
        self.shared.changed.notify_all();
    }

    fn pause(&self, delay: Duration) {
        let until = Instant::now() + delay;
        while !self.closed.load(Ordering::SeqCst) {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return;
            }
            thread::sleep(left.min(Duration::from_millis(20)));
        }
    }

    fn wait_for_the_end(&self) -> bool {
        // Nothing more is expected: this returns when either side ends the connection.
        while matches!(self.stream.peek(&mut [0]), Ok(1)) {
            self.pause(Duration::from_millis(20));
        }
        false
    }

    fn drip(&mut self, every: Duration) -> bool {
        while self.stream.write_all(b".").is_ok() {
            self.pause(every);
        }
        false
    }

    fn flood(&mut self, number: usize, text: &str) -> bool {
        let much = text.repeat(1 + 64 * 1024 / text.len());
        let mut taken = 0;
        while let Ok(written @ 1..) = self.stream.write(much.as_bytes()) {
            taken += written;
        }
        self.note(number, |request| request.answer_length = taken);
        false
    }
}
