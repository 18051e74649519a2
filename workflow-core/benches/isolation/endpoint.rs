//! Endpoints in processes of their own: this program, started again.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

const MODE: &str = "ISOLATION_ENDPOINT";
const SLOW: Duration = Duration::from_secs(1);

/// How an endpoint answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    Healthy,
    Slow,
    Hanging,
}

impl Mode {
    const ALL: [(Self, &'static str); 3] = [
        (Self::Healthy, "healthy"),
        (Self::Slow, "slow"),
        (Self::Hanging, "hanging"),
    ];
}

/// An endpoint, which ends with this.
pub(crate) struct Endpoint {
    url: String,
    process: Option<Child>,
}

impl Endpoint {
    pub(crate) fn start(mode: Mode) -> Self {
        let named = Mode::ALL.iter().find(|(other, _)| *other == mode);
        let (_, name) = named.expect("every mode has a name");
        let program = std::env::current_exe().expect("a running program has a file");
        let mut process = Command::new(program)
            .env(MODE, name)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("this program can be started again");
        let stdout = process.stdout.take().expect("its output is a pipe");
        let mut port = String::new();
        let read = BufReader::new(stdout).read_line(&mut port);
        read.expect("it says its port");
        Self {
            url: format!("http://127.0.0.1:{}/events", port.trim()),
            process: Some(process),
        }
    }

    /// A port on which nobody listens.
    pub(crate) fn dead() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
        let port = listener.local_addr().expect("it is bound").port();
        Self {
            url: format!("http://127.0.0.1:{port}/events"),
            process: None,
        }
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for Endpoint {
    fn drop(&mut self) {
        if let Some(process) = &mut self.process {
            // An error means that it has ended by itself.
            let _ = process.kill();
            let _ = process.wait();
        }
    }
}

/// The mode that this process is asked to serve, if it is an endpoint.
pub(crate) fn asked_for() -> Option<Mode> {
    let name = std::env::var(MODE).ok()?;
    let named = Mode::ALL.iter().find(|(_, other)| **other == name);
    Some(named.expect("the parent knows the modes").0)
}

/// Serves until the parent is gone.
pub(crate) fn serve(mode: Mode) -> ! {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
    println!("{}", listener.local_addr().expect("it is bound").port());
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            thread::spawn(move || answer(stream, mode));
        }
    });
    let _ = std::io::stdin().read(&mut [0]);
    std::process::exit(0)
}

/// Answers one request after the other. `None` when the connection has ended.
fn answer(stream: TcpStream, mode: Mode) -> Option<()> {
    let mut writer = stream.try_clone().ok()?;
    let mut reader = BufReader::new(stream);
    loop {
        let length = head(&mut reader)?;
        std::io::copy(&mut reader.by_ref().take(length), &mut std::io::sink()).ok()?;
        match mode {
            Mode::Healthy => {}
            Mode::Slow => thread::sleep(SLOW),
            // The other side gives up, and closes the connection.
            Mode::Hanging => drop(reader.read(&mut [0])),
        }
        let reply = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
        writer.write_all(reply).ok()?;
    }
}

/// Reads a request's head; gives the length of its body.
fn head(reader: &mut BufReader<TcpStream>) -> Option<u64> {
    let mut length = 0;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        let line = line.trim().to_ascii_lowercase();
        if line.is_empty() {
            return Some(length);
        }
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
    }
}
