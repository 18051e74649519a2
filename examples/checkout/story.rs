//! The story: a process is killed in the middle of the orders, and the next one goes on.

use std::collections::HashSet;
use std::process::{ExitCode, ExitStatus};
use std::time::Instant;

use tempfile::TempDir;
use tokio::process::Child;
use tokio::sync::watch;
use workflow_core::{Error, Result};

use crate::database::Database;
use crate::endpoint::{Endpoint, Progress};
use crate::ledger::{self, StepName};
use crate::verdict::{Verdict, Witnesses};
use crate::worker::Job;

pub(crate) struct Options {
    pub(crate) orders: usize,
    pub(crate) kills: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            orders: 40,
            kills: 1,
        }
    }
}

/// Tells the story and gives the verdict.
pub(crate) async fn tell(options: Options) -> Result<ExitCode> {
    let folder = tempfile::Builder::new().prefix("checkout-").tempdir()?;
    let endpoint = Endpoint::start().await?;
    let (orders, url) = (options.orders, endpoint.url());
    println!("{orders} orders; their events go to {url}\n");

    let mut story = Story::new(&options, &folder, &endpoint);
    story.run(options.kills).await?;
    let verdict = Verdict::of(&Witnesses {
        orders: options.orders,
        received: endpoint.received(),
        executions: ledger::read(&story.job.ledger())?,
        committed_before: story.committed_before,
        database: Database::open(&story.job.database())?,
    })?;
    println!("\n{verdict}");
    if verdict.is_good() {
        return Ok(ExitCode::SUCCESS);
    }
    println!("the files are kept in {}", folder.keep().display());
    Ok(ExitCode::FAILURE)
}

struct Story {
    began: Instant,
    /// What the next process is told.
    job: Job,
    progress: watch::Receiver<Progress>,
    /// How many quarters of the orders were reported.
    quarters: usize,
    /// For each process, the steps that were committed before it was started.
    committed_before: Vec<HashSet<StepName>>,
}

impl Story {
    fn new(options: &Options, folder: &TempDir, endpoint: &Endpoint) -> Self {
        Self {
            began: Instant::now(),
            job: Job {
                process: 1,
                orders: options.orders,
                folder: folder.path().to_owned(),
                url: endpoint.url().to_owned(),
            },
            progress: endpoint.progress(),
            quarters: 0,
            committed_before: vec![HashSet::new()],
        }
    }

    /// One process after the other, until one comes to the end.
    async fn run(&mut self, kills: usize) -> Result<()> {
        let mut worker = self.start()?;
        for kill in 1..=kills {
            let middle = self.job.orders * kill / (kills + 2);
            let in_middle = |now: &Progress| now.completed >= middle && now.started > now.completed;
            if !self.follow(&mut worker, in_middle).await? {
                self.say("the process ended before it was in the middle of anything");
                return Ok(());
            }
            let interrupted = self.kill(&mut worker).await?;
            worker = self.start()?;
            self.watch_recovery(&mut worker, interrupted).await?;
        }
        self.follow(&mut worker, |_| false).await?;
        self.say(&format!("process {} ends", self.job.process));
        Ok(())
    }

    fn start(&self) -> Result<Child> {
        let worker = self.job.spawn()?;
        let (process, pid) = (self.job.process, worker.id().unwrap_or_default());
        self.say(&format!("process {process} starts (pid {pid})"));
        Ok(worker)
    }

    /// Kills the process; gives the number of runs that were executing and not just waiting.
    async fn kill(&mut self, worker: &mut Child) -> Result<usize> {
        // On Unix this is SIGKILL: the process has no chance to tidy up, or even to notice.
        worker.kill().await?;
        let database = Database::open(&self.job.database())?;
        let runs = database.runs()?;
        let process = self.job.process;
        let (completed, executing, waiting) = (runs.completed, runs.running, runs.waiting);
        self.say(&format!("process {process} is killed with SIGKILL"));
        self.say(&format!(
            "  {completed} orders completed, {executing} executing, {waiting} waiting"
        ));
        let committed = database.committed_steps()?;
        self.committed_before.push(committed.into_iter().collect());
        self.job.process += 1;
        Ok(runs.running)
    }

    async fn watch_recovery(&mut self, worker: &mut Child, interrupted: usize) -> Result<()> {
        let before = self.progress.borrow().recovered;
        let recovered = |now: &Progress| now.recovered >= before + interrupted;
        if self.follow(worker, recovered).await? {
            self.say(&format!(
                "  {interrupted} interrupted runs go on where they were"
            ));
        }
        Ok(())
    }

    /// Says how far the orders are until that is far enough; false where the process came to its
    /// end first.
    async fn follow(
        &mut self,
        worker: &mut Child,
        enough: impl Fn(&Progress) -> bool,
    ) -> Result<bool> {
        loop {
            let now = *self.progress.borrow_and_update();
            self.report(now)?;
            if enough(&now) {
                return Ok(true);
            }
            tokio::select! {
                changed = self.progress.changed() => changed?,
                status = worker.wait() => return self.ended(status?).map(|()| false),
            }
        }
    }

    fn ended(&mut self, status: ExitStatus) -> Result<()> {
        if !status.success() {
            let message = format!("process {} failed: {status}", self.job.process);
            return Err(Error::msg(message));
        }
        // Its last events may have come in the same moment.
        let last = *self.progress.borrow_and_update();
        self.report(last)
    }

    /// A line at every quarter of the orders.
    fn report(&mut self, now: Progress) -> Result<()> {
        let quarters = 4 * now.completed / self.job.orders.max(1);
        if quarters > self.quarters {
            self.quarters = quarters;
            let steps = ledger::read(&self.job.ledger())?.len();
            let completed = now.completed;
            self.say(&format!(
                "{completed} orders completed, {steps} steps executed"
            ));
        }
        Ok(())
    }

    fn say(&self, text: &str) {
        println!("{:5.2} s  {text}", self.began.elapsed().as_secs_f64());
    }
}
