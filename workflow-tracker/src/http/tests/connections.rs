//! Which connections are used again, against a server on this machine that counts them.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::Duration;

use http::header::HeaderMap;
use tokio::runtime::Runtime;

use super::super::endpoint::{Clear, Endpoint};
use super::super::tls;
use super::super::transport::{HttpTransport, Setup, Timeouts};
use crate::transport::{Reply, Request, Transport};

/// Longer than anything takes that happens at all.
const PATIENCE: Duration = Duration::from_secs(20);

/// What the server sees.
#[derive(Debug, PartialEq, Eq)]
enum Seen {
    Connected,
    /// A request was read; this is the answer.
    Answered(&'static str),
    Closed,
}

/// A server that gives these answers, whatever connections they are asked for on.
fn server(answers: &'static [&'static str]) -> (u16, Receiver<Seen>) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    let port = listener.local_addr().expect("an address").port();
    let (seen, watch) = channel();
    // It ends with the process.
    thread::spawn(move || {
        let mut answers = answers.iter();
        for socket in listener.incoming().flatten() {
            serve(socket, &mut answers, &seen);
        }
    });
    (port, watch)
}

fn serve(
    mut socket: TcpStream,
    answers: &mut std::slice::Iter<'static, &'static str>,
    seen: &Sender<Seen>,
) {
    let _ = seen.send(Seen::Connected);
    let (mut request, mut buffer) = (Vec::new(), [0; 1024]);
    loop {
        match socket.read(&mut buffer) {
            Ok(read) if read > 0 => request.extend_from_slice(&buffer[..read]),
            _ => break,
        }
        if !request.ends_with(b"events") {
            continue;
        }
        request.clear();
        let Some(answer) = answers.next() else { break };
        // Before it is: whoever has the answer may look at once.
        let _ = seen.send(Seen::Answered(answer));
        let _ = socket.write_all(answer.as_bytes());
        if answer.contains("close") {
            break;
        }
    }
    let _ = seen.send(Seen::Closed);
}

fn transport(port: u16, timeouts: Timeouts) -> HttpTransport {
    let url = format!("http://localhost:{port}/");
    let endpoint = Endpoint::parse(&url, Clear::ThisMachine).expect("a good url");
    let transport = HttpTransport::new(Setup {
        url: endpoint.url(),
        headers: &HeaderMap::new(),
        credentials: None,
        timeouts,
        tls: tls::trusting_nobody(),
    });
    transport.expect("a target")
}

fn runtime() -> Runtime {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    builder.enable_all().build().expect("a runtime")
}

/// The status of an answer whose body was taken as well.
async fn send(transport: &HttpTransport) -> u16 {
    let body = b"events".as_slice().into();
    let request = Request::new("text/plain", body, "key".to_owned(), 1);
    let Reply { head, rest } = transport.send(&request).await.expect("an answer");
    rest.await;
    head.status
}

const PLAIN: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
const EMPTY: &str = "HTTP/1.1 204 No Content\r\n\r\n";
const LAST: &str = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";

#[test]
fn a_connection_is_used_until_the_endpoint_closes_it() {
    let (port, watch) = server(&[PLAIN, EMPTY, LAST, PLAIN]);
    let transport = transport(port, Timeouts::default());
    // It holds the connections.
    let runtime = runtime();
    runtime.block_on(async {
        for expected in [200, 204, 200, 200] {
            assert_eq!(send(&transport).await, expected);
        }
    });
    let seen: Vec<Seen> = watch.try_iter().collect();
    let expected = [
        Seen::Connected,
        Seen::Answered(PLAIN),
        Seen::Answered(EMPTY),
        Seen::Answered(LAST),
        Seen::Closed,
        Seen::Connected,
        Seen::Answered(PLAIN),
    ];
    assert_eq!(seen, expected);
    drop(runtime);
}

#[test]
fn a_connection_that_nobody_needs_is_closed() {
    let (port, watch) = server(&[PLAIN]);
    let idle = Duration::from_millis(10);
    let transport = transport(
        port,
        Timeouts {
            idle,
            ..Timeouts::default()
        },
    );
    let runtime = runtime();
    assert_eq!(runtime.block_on(send(&transport)), 200);
    let closed = runtime.block_on(async {
        let next = move || watch.iter().find(|seen| *seen == Seen::Closed);
        let closed = tokio::task::spawn_blocking(next);
        tokio::time::timeout(PATIENCE, closed).await
    });
    let closed = closed.expect("it is closed in time").expect("no panic");
    assert_eq!(closed, Some(Seen::Closed));
    drop(transport);
}
