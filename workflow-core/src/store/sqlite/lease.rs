//! The lock beside the file: which engine may execute its runs, as the operating system knows it.

use std::collections::VecDeque;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread::Builder;

use tokio::sync::oneshot;
use workflow_tracker::Timestamp;

/// The lock file of a store. It is never deleted: a deleted file could be locked twice.
pub(super) struct LockFile {
    path: PathBuf,
    waiting: Arc<Mutex<Waiting>>,
}

/// The lock, until this is dropped or the process ends.
#[derive(Debug)]
pub(super) struct Held(Arc<File>);

/// Takes the words off that say who has the lock.
pub(super) struct Resignation(Arc<File>);

type Waiter = oneshot::Sender<io::Result<Held>>;

/// Those who wait, and whether a thread waits for them.
#[derive(Default)]
struct Waiting {
    queue: VecDeque<Waiter>,
    thread: bool,
}

impl LockFile {
    pub(super) fn beside(database: &Path) -> Self {
        let mut name = database.as_os_str().to_owned();
        name.push("-lock");
        Self {
            path: name.into(),
            waiting: Arc::default(),
        }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// The lock, if nobody has it.
    pub(super) fn try_lock(&self) -> io::Result<Option<Held>> {
        let file = open(&self.path)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Held(Arc::new(file)))),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    /// The lock, once nobody else has it: a thread waits in a blocking call, one for all.
    ///
    /// A lock that comes when nobody waits for it any more is given back at once.
    pub(super) fn wait(&self) -> io::Result<oneshot::Receiver<io::Result<Held>>> {
        let (waiter, lock) = oneshot::channel();
        let mut waiting = locked(&self.waiting);
        waiting.queue.push_back(waiter);
        if !waiting.thread {
            let (path, queue) = (self.path.clone(), Arc::clone(&self.waiting));
            Builder::new()
                .name("workflow-lease".to_owned())
                .spawn(move || serve(&path, &queue))?;
            waiting.thread = true;
        }
        Ok(lock)
    }

    /// What the holder wrote about itself, if there is one.
    pub(super) fn holder(&self) -> Option<String> {
        let words = std::fs::read_to_string(&self.path).ok()?;
        let words = words.trim();
        (!words.is_empty() && is_alive(words)).then(|| words.to_owned())
    }
}

impl Held {
    /// Writes for others who has the lock.
    pub(super) fn sign(&self, epoch: u64, since: Timestamp) -> io::Result<()> {
        let pid = std::process::id();
        self.0.set_len(0)?;
        let mut file = &*self.0;
        writeln!(file, "process {pid} (engine {epoch}, since {since})")
    }

    pub(super) fn resignation(&self) -> Resignation {
        Resignation(Arc::clone(&self.0))
    }
}

impl Resignation {
    pub(super) fn hand_in(&self) {
        // Whoever comes next writes its own name; this one only must not seem to stay.
        let _ = self.0.set_len(0);
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.resignation().hand_in();
        // A program that this process is just starting has the file open too, until it runs, so
        // that closing it here would not be enough. If this fails, closing has to do.
        let _ = self.0.unlock();
    }
}

fn open(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    options.open(path)
}

fn lock(path: &Path) -> io::Result<Held> {
    let file = open(path)?;
    loop {
        match file.lock() {
            Ok(()) => return Ok(Held(Arc::new(file))),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

/// Takes the lock for one waiter after the other, until none is left.
fn serve(path: &Path, waiting: &Mutex<Waiting>) {
    loop {
        hand_over(lock(path), waiting);
        let mut waiting = locked(waiting);
        waiting.queue.retain(|waiter| !waiter.is_closed());
        if waiting.queue.is_empty() {
            waiting.thread = false;
            return;
        }
    }
}

/// Gives the lock to the first who still waits for it.
fn hand_over(mut lock: io::Result<Held>, waiting: &Mutex<Waiting>) {
    loop {
        let Some(waiter) = locked(waiting).queue.pop_front() else {
            return;
        };
        match waiter.send(lock) {
            Ok(()) => return,
            Err(unwanted) => lock = unwanted,
        }
    }
}

fn locked(waiting: &Mutex<Waiting>) -> MutexGuard<'_, Waiting> {
    waiting
        .lock()
        .expect("nothing panics while it holds the queue")
}

/// A killed process leaves its words behind. Where the system shows its processes, those of one
/// that is gone do not count.
fn is_alive(words: &str) -> bool {
    let pid = words.split(' ').nth(1).unwrap_or_default();
    let processes = Path::new("/proc");
    !processes.join("self").exists() || processes.join(pid).exists()
}
