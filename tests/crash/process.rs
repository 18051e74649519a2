//! A child process as its parent sees it: started, listened to, killed.

use std::cell::Cell;
use std::fs;
use std::io::{BufRead as _, BufReader, ErrorKind, Write as _};
use std::os::unix::fs::MetadataExt as _;
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::Duration;

use workflow_tests::endpoint::{Endpoint, PATIENCE, Reply};

use crate::child::{ENTRY, MARK, ROLE, Role};
use crate::lab::Site;

fn command(role: Role, site: &Site) -> Command {
    let program = std::env::current_exe().expect("a running program has a file");
    let mut command = Command::new(program);
    command
        .args([ENTRY, "--exact", "--ignored", "--nocapture"])
        .env(ROLE, role.name())
        .envs(site.as_env())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped());
    command
}

/// A child process: this very program, with a role. Killed when it is dropped.
pub(crate) struct Process {
    child: Child,
    signs: Receiver<Sign>,
    sender: Sender<Sign>,
    ended: Cell<bool>,
}

/// What a parent notices.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Sign {
    /// The child said something.
    Said(String),
    /// The endpoint received a request.
    Request,
    /// The child ended.
    Ended,
}

impl Process {
    pub(crate) fn start(role: Role, site: &Site) -> Self {
        let child = command(role, site).spawn();
        Self::listen(child.expect("this program can be started again"))
    }

    /// The same as another user, where this process may do so and that user may execute it.
    /// Who may not do so has no rights that must be taken away, and stays who it is.
    pub(crate) fn start_as(user: u32, role: Role, site: &Site) -> Option<Self> {
        let child = command(role, site).uid(user).spawn();
        let child = match child {
            Err(error) if error.kind() == ErrorKind::PermissionDenied => {
                let is_root = fs::metadata("/proc/self").is_ok_and(|this| this.uid() == 0);
                (!is_root).then(|| command(role, site).spawn())?
            }
            child => child,
        };
        Some(Self::listen(
            child.expect("this program can be started again"),
        ))
    }

    fn listen(mut child: Child) -> Self {
        let (sender, signs) = channel();
        let said = sender.clone();
        let stdout = child.stdout.take().expect("its output is a pipe");
        thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                // Whoever runs tests writes into the same lines.
                if let Some((_, words)) = line.split_once(MARK) {
                    let _ = said.send(Sign::Said(words.to_owned()));
                }
            }
            let _ = said.send(Sign::Ended);
        });
        Self {
            child,
            signs,
            sender,
            ended: Cell::new(false),
        }
    }

    /// Takes requests to the endpoint, which are answered so, as signs.
    pub(crate) fn watch(
        &self,
        endpoint: &Endpoint,
        mut answer: impl FnMut() -> Reply + Send + 'static,
    ) {
        let sender = self.sender.clone();
        endpoint.answer(move |_| {
            let _ = sender.send(Sign::Request);
            answer()
        });
    }

    /// Waits for the next sign.
    pub(crate) fn next(&self) -> Sign {
        self.next_within(PATIENCE)
    }

    fn next_within(&self, patience: Duration) -> Sign {
        if self.ended.get() {
            return Sign::Ended;
        }
        let sign = self.signs.recv_timeout(patience);
        let sign = sign.unwrap_or_else(|_| panic!("waited {patience:?} for the child"));
        self.ended.set(sign == Sign::Ended);
        sign
    }

    /// Waits until the child says something that begins so, and gives the rest of it.
    pub(crate) fn hear(&self, beginning: &str) -> String {
        self.hear_within(beginning, PATIENCE)
    }

    /// The same where it is silent for so long.
    pub(crate) fn hear_within(&self, beginning: &str, patience: Duration) -> String {
        loop {
            match self.next_within(patience) {
                Sign::Said(words) => {
                    if let Some(rest) = words.strip_prefix(beginning) {
                        return rest.trim_start().to_owned();
                    }
                }
                Sign::Request => {}
                Sign::Ended => panic!("the child ended and never said `{beginning}`"),
            }
        }
    }

    /// Everything that the child says from now on until it ends by itself, and how it ended.
    pub(crate) fn finish(mut self) -> (Vec<String>, ExitStatus) {
        let mut said = Vec::new();
        loop {
            match self.next() {
                Sign::Said(words) => said.push(words),
                Sign::Request => {}
                Sign::Ended => break,
            }
        }
        (said, self.child.wait().expect("a child can be waited for"))
    }

    /// The same for a child that has to succeed.
    pub(crate) fn succeed(self) -> Vec<String> {
        let (said, status) = self.finish();
        assert!(status.success(), "the child ended with {status}: {said:?}");
        said
    }

    /// The child's number.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Tells the child something.
    pub(crate) fn tell(&mut self, words: &str) {
        let stdin = self.child.stdin.as_mut().expect("its input is a pipe");
        writeln!(stdin, "{words}").expect("the child reads");
    }

    /// Kills the child with SIGKILL. When this returns it is gone, and so are its locks.
    pub(crate) fn kill(mut self) {
        self.end();
    }

    fn end(&mut self) {
        // An error means that it has ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.end();
    }
}
