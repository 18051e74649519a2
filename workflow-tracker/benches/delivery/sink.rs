//! An HTTP endpoint that reads what it is sent and answers 200, on a thread of its own.

use std::io;
use std::net::SocketAddr;
use std::sync::mpsc::channel;
use std::thread;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use super::raw::runtime;

/// It ends with the process.
pub(super) struct Sink(SocketAddr);

impl Sink {
    pub(super) fn start() -> Self {
        let (ready, address) = channel();
        thread::spawn(move || {
            runtime().block_on(async {
                let listener = TcpListener::bind(("127.0.0.1", 0)).await;
                let listener = listener.expect("a free port");
                let _ = ready.send(listener.local_addr().expect("an address"));
                while let Ok((stream, _)) = listener.accept().await {
                    tokio::spawn(serve(stream));
                }
            });
        });
        Self(address.recv().expect("the sink listens"))
    }

    pub(super) fn url(&self) -> String {
        format!("http://{}/events", self.0)
    }
}

async fn serve(mut stream: TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut buffer = vec![0; 256 * 1024];
    let mut filled = 0;
    loop {
        let read = stream.read(&mut buffer[filled..]).await?;
        if read == 0 {
            return Ok(());
        }
        filled += read;
        let Some(end) = find(&buffer[..filled], b"\r\n\r\n") else {
            continue;
        };
        let mut left = length(&buffer[..end]).saturating_sub(filled - end - 4);
        while left > 0 {
            left = left.saturating_sub(match stream.read(&mut buffer).await? {
                0 => return Ok(()),
                read => read,
            });
        }
        let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
        stream.write_all(answer).await?;
        filled = 0;
    }
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|window| window == what)
}

/// The value of `content-length`.
fn length(head: &[u8]) -> usize {
    let head = String::from_utf8_lossy(head).to_ascii_lowercase();
    let mut lines = head.lines();
    let value = lines.find_map(|line| line.strip_prefix("content-length:"));
    value
        .and_then(|value| value.trim().parse().ok())
        .unwrap_or(0)
}
