//! As much of the language server protocol as the probe speaks.

use std::collections::VecDeque;
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// Longer than any answer takes on a slow machine, the first build of the macros included.
const PATIENCE: Duration = Duration::from_secs(600);

/// A running rust-analyzer.
pub(crate) struct Server {
    child: Child,
    stdin: ChildStdin,
    incoming: Receiver<Value>,
    /// Notifications that came while an answer was awaited.
    notifications: VecDeque<Value>,
    requests: u64,
}

impl Server {
    /// Starts the server on a workspace and waits until it knows all of it.
    pub(crate) fn start(root: &Path) -> io::Result<Self> {
        let mut child = Command::new("rust-analyzer")
            .current_dir(root)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let stdin = child.stdin.take().expect("it was piped");
        let stdout = child.stdout.take().expect("it was piped");
        let (sender, incoming) = channel();
        thread::spawn(move || {
            let mut stdout = BufReader::new(stdout);
            while let Ok(message) = read(&mut stdout) {
                if sender.send(message).is_err() {
                    break;
                }
            }
        });
        let mut server = Self {
            child,
            stdin,
            incoming,
            notifications: VecDeque::new(),
            requests: 0,
        };
        server.initialize(root)?;
        Ok(server)
    }

    fn initialize(&mut self, root: &Path) -> io::Result<()> {
        self.request(
            "initialize",
            &json!({
                "processId": std::process::id(),
                "rootUri": uri(root),
                "capabilities": {
                    "experimental": { "serverStatusNotification": true },
                    "textDocument": {
                        "hover": { "contentFormat": ["plaintext"] },
                        "completion": { "completionItem": { "snippetSupport": false } },
                    },
                    "window": { "workDoneProgress": false },
                },
                "initializationOptions": {
                    "checkOnSave": false,
                    "cachePriming": { "enable": false },
                    "completion": { "autoimport": { "enable": false } },
                },
            }),
        )?;
        self.notify("initialized", &json!({}))?;
        self.wait_until_quiescent()
    }

    /// Waits until the workspace is loaded and the macros are built.
    fn wait_until_quiescent(&mut self) -> io::Result<()> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let message = match self.notifications.pop_front() {
                Some(message) => message,
                None => self.next(deadline)?,
            };
            if message["method"] == "experimental/serverStatus"
                && message["params"]["quiescent"] == true
            {
                return match message["params"]["health"].as_str() {
                    Some("error") => {
                        Err(io::Error::other(message["params"]["message"].to_string()))
                    }
                    _ => Ok(()),
                };
            }
        }
    }

    /// Sends a request and waits for its result.
    pub(crate) fn request(&mut self, method: &str, params: &Value) -> io::Result<Value> {
        self.requests += 1;
        let id = self.requests;
        self.send(&json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params }))?;
        let deadline = Instant::now() + PATIENCE;
        loop {
            let mut message = self.next(deadline)?;
            if message["id"] == id && message.get("method").is_none() {
                return match message.get("error") {
                    // The text has changed while it was looked at; asking again is the protocol.
                    Some(error) if error["code"] == -32801 => self.request(method, params),
                    Some(error) => Err(io::Error::other(format!("{method}: {error}"))),
                    None => Ok(message["result"].take()),
                };
            }
            self.notifications.push_back(message);
        }
    }

    /// Sends what has no answer.
    pub(crate) fn notify(&mut self, method: &str, params: &Value) -> io::Result<()> {
        self.send(&json!({ "jsonrpc": "2.0", "method": method, "params": params }))
    }

    fn send(&mut self, message: &Value) -> io::Result<()> {
        let text = message.to_string();
        write!(self.stdin, "Content-Length: {}\r\n\r\n{text}", text.len())?;
        self.stdin.flush()
    }

    /// The next message; what the server asks of an editor is answered with nothing.
    fn next(&mut self, deadline: Instant) -> io::Result<Value> {
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let message = self
                .incoming
                .recv_timeout(left)
                .map_err(|error| match error {
                    RecvTimeoutError::Timeout => io::Error::other("rust-analyzer does not answer"),
                    RecvTimeoutError::Disconnected => io::Error::other("rust-analyzer has ended"),
                })?;
            match (message.get("id"), message.get("method")) {
                (Some(id), Some(_)) => {
                    self.send(&json!({ "jsonrpc": "2.0", "id": id, "result": null }))?;
                }
                _ => return Ok(message),
            }
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // The process ends with its input; if not, by force.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// One message: headers, an empty line, a body of the length that the headers say.
fn read(stdout: &mut BufReader<ChildStdout>) -> io::Result<Value> {
    let mut length = None;
    loop {
        let mut line = String::new();
        if stdout.read_line(&mut line)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let line = line.trim();
        if line.is_empty() {
            break;
        }
        if let Some(value) = line.strip_prefix("Content-Length:") {
            length = value.trim().parse().ok();
        }
    }
    let length = length.ok_or_else(|| io::Error::other("a message without a length"))?;
    let mut body = vec![0; length];
    stdout.read_exact(&mut body)?;
    serde_json::from_slice(&body).map_err(io::Error::other)
}

/// A path as the protocol writes it.
pub(crate) fn uri(path: &Path) -> String {
    format!("file://{}", path.display())
}
