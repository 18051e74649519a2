//! The `#[workflow]` attribute and its operations; use them through `workflow-core`.
//!
//! Syntax in, syntax out: this crate knows nothing of runs, logs or engines. A function is read
//! into a model, its body is walked once (`analyze`), the rules look at the model (`check`), and
//! only then is anything printed (`expand`). All wording is in `diag`.

mod analyze;
mod args;
mod audience;
mod borrows;
mod check;
mod diag;
mod expand;
mod model;
mod ops;
mod signature;
mod text;
mod workflow;

#[cfg(test)]
mod tests;

use audience::Audience;
use proc_macro::TokenStream;

/// Makes an `async fn` a workflow: a function whose runs survive crashes and restarts.
///
/// The function keeps its name, visibility, docs and inputs. Calling it runs nothing: it is what
/// `Engine::start` and `EngineBuilder::workflow` take. Its body stays an ordinary `async fn`, in
/// which [`step!`], [`sleep!`] and [`value!`] work, also inside `join!`, `select!`, `vec!` and other macros.
///
/// - **Inputs** are recorded when a run starts and read back after a restart, so they are owned
///   and implement `Serialize` and `Deserialize`. There may be up to twelve.
/// - **`#[resource] name: &T`** borrows what the engine was built with: clients, pools, settings;
///   also `&dyn Trait`. One of each type, absent from the inputs.
/// - **The output** is a `Result`. Its value is recorded; its error is anything that implements
///   `std::error::Error` or `Display`, and has `From<StepError>` if steps are handed on with `?`.
///
/// After a restart the body runs again from its first line, and operations that have a recorded
/// result return it without running. So all that is not an operation must come to the same on
/// every run: the clock and chance belong into [`value!`], and what others may change into steps.
///
/// ```
/// use serde::{Deserialize, Serialize};
/// use workflow_core::{Result, Retry, sleep, step, workflow};
///
/// #[derive(Serialize, Deserialize)]
/// struct Order {
///     id: u64,
///     items: Vec<String>,
/// }
///
/// struct Shop;
///
/// impl Shop {
///     async fn charge(&self, order: &Order) -> Result<u64> {
///         Ok(order.id)
///     }
///
///     async fn ship(&self, item: &str) -> Result<()> {
///         println!("shipping {item}");
///         Ok(())
///     }
/// }
///
/// /// Charges the card and ships the order.
/// #[workflow]
/// async fn checkout(order: Order, #[resource] shop: &Shop) -> Result<u64> {
///     let retry = Retry::exponential("1s").times(5);
///     let payment = step!("charge", retry = retry, timeout = "30s", shop.charge(&order)).await?;
///     sleep!("cooling-off", "1 day").await;
///     for item in &order.items {
///         step!("ship", key = item, shop.ship(item)).await?;
///     }
///     Ok(payment)
/// }
/// ```
///
/// # Options
///
/// | `#[workflow(..)]` | |
/// | --- | --- |
/// | `name = "checkout"` | the name that runs are stored under; the function's, if not given |
/// | `version = 2` | runs remember the version that started them, and only it goes on with them |
/// | `capture = "full"` | events show inputs, outputs and the payloads of signals, after redaction |
/// | `crate = path` | where `workflow_core` is, if it is not found under its own name |
/// | `allow(nondeterminism, reason = "..")` | switches off the [errors about nondeterminism](#nondeterminism) |
///
/// # Nondeterminism
///
/// Between the operations a replay runs the same code again, and it must come to the same. What
/// evidently does not is an error, with what to write instead: reading the clock, random numbers,
/// new ids, tasks and threads, the runtime's timers, the environment, files and
/// `reqwest::get`; going through a `HashMap` or `HashSet` that the body made or was given; what is
/// deferred to the end of a scope (`defer!`). In the bodies of steps and in [`value!`] all of it is
/// fine.
///
/// Where a replay may differ, such as in a line for the terminal,
/// `allow(nondeterminism, reason = "..")` switches this off for one workflow.
///
/// The errors come from what is written in the body. **They cannot see**
///
/// - **calls inside other functions:** a helper that reads the clock, a method such as
///   `client.get(url).send()`, an implementation behind a trait;
/// - **what was imported under another name,** or is reached through a function of your own;
/// - **shared state:** statics, locks, atomics, what a resource holds at the moment;
/// - **whether something foreign is ready:** a channel, a task or a socket in a `select!` with a
///   step is ready at another moment on a replay. Wait for it inside a step, and act on what the
///   step gave.
///
/// What slips through is found when it matters: a replay that asks for something else than the log
/// holds blocks the run, and says what was recorded, what was asked for, and where.
///
/// ```
/// # use std::time::{Duration, SystemTime};
/// # use workflow_core::{Result, step, value, workflow};
/// # async fn remind() -> Result<()> { Ok(()) }
/// #[workflow]
/// async fn reminder(due: SystemTime) -> Result<()> {
///     // Not `SystemTime::now() < due`: a replay would ask again, and may take the other branch.
///     if value!("now", SystemTime::now()).await < due {
///         step!("remind", remind()).await?;
///     }
///     Ok(())
/// }
/// ```
///
/// # Docs
///
/// A workflow with docs gets a list of its steps in them.
///
/// # Seeing what it becomes
///
/// With `WORKFLOW_PRINT_EXPANSION=checkout` in its environment, the compiler prints what the
/// workflow of that name becomes (touch the file if it is compiled already).
#[proc_macro_attribute]
pub fn workflow(args: TokenStream, item: TokenStream) -> TokenStream {
    workflow::expand(args.into(), &item.into(), Audience::current()).into()
}

/// Runs something in a workflow and remembers its result:
/// `step!("name", option = value, .., body)`.
///
/// The body is a future of a `Result`. `.await` on the step gives `Result<T, StepError>`. Once it
/// has a result, no restart runs the body again. **A body that was running when the process died
/// runs again**: `workflow_core::idempotency_key()` inside it is the same for all attempts.
///
/// The body borrows what it uses and cannot change it, since a replay does not run it. With
/// `move` before it, it takes by value: for bodies that consume a local, and for steps that
/// outlive the variables of a loop, as in `join_all`.
///
/// ```
/// # use workflow_core::{Result, Retry, step, workflow};
/// # async fn double(n: u64) -> std::result::Result<u64, std::io::Error> { Ok(2 * n) }
/// # async fn store(text: String) -> Result<()> { drop(text); Ok(()) }
/// #[workflow]
/// async fn numbers(numbers: Vec<u64>) -> Result<u64> {
///     let mut sum = 0;
///     for n in &numbers {
///         sum += step!(
///             "double",
///             key = n,
///             retry = Retry::exponential("1s").times(3),
///             retry_if = |error| error.kind() == std::io::ErrorKind::TimedOut,
///             timeout = "30s",
///             double(*n)
///         )
///         .await?;
///     }
///     let text = sum.to_string();
///     step!("store", move store(text)).await?;
///     Ok(sum)
/// }
/// ```
///
/// - **The name** is a string literal of `a-z`, `0-9`, `_`, `.` and `-`, and unique in the body:
///   after a restart the result is found by it.
/// - **`key = ..`** tells apart the runs of a step in a `for` or a closure, where it is required:
///   anything that implements `Display`. `key = _` says that the order is the same on every
///   replay.
/// - **`retry = ..`** is a `Retry`; without it the first failure is final.
/// - **`retry_if = |error| ..`** looks at the live error, and ends the attempts with `false`.
/// - **`timeout = ..`** limits each attempt: a literal such as `"30s"`, or a `Duration`.
///
/// The value implements `Serialize` and `Deserialize`. The error is anything that implements
/// `std::error::Error`, becomes one (`String`, `&str`, `anyhow::Error`), or implements `Display`.
#[proc_macro]
pub fn step(tokens: TokenStream) -> TokenStream {
    workflow::misplaced(model::Kind::Step, tokens.into()).into()
}

/// Waits in a workflow, also across restarts: `sleep!("name", length)`.
///
/// The length is a literal such as `"30s"`, `"1 day"` or `"2h 30m"`, which the compiler checks, or
/// a `std::time::Duration`; `until = ..` waits for a `SystemTime` or a `Timestamp`. The end of the
/// sleep is recorded when it begins: a run that was down meanwhile goes on at once. In a `for` or
/// a closure a `key` is required, as for steps.
///
/// ```
/// # use std::time::{Duration, SystemTime};
/// # use workflow_core::{Result, sleep, workflow};
/// #[workflow]
/// async fn reminders(days: u64, renewal: SystemTime) -> Result<()> {
///     sleep!("settle", "1 day").await;
///     sleep!("wait", Duration::from_secs(days * 24 * 60 * 60)).await;
///     sleep!("renew", until = renewal).await;
///     Ok(())
/// }
/// ```
#[proc_macro]
pub fn sleep(tokens: TokenStream) -> TokenStream {
    workflow::misplaced(model::Kind::Sleep, tokens.into()).into()
}

/// Takes a value in a workflow that differs from call to call, and remembers it:
/// `value!("name", key = .., expression)`.
///
/// For what is at hand at once and cannot fail: the time, a random number, a new id. `.await` on it
/// gives the value itself. The expression is evaluated once in a run and recorded; a replay reads
/// what was recorded. What waits, fails or has an effect is a [`step!`].
///
/// ```
/// # use std::time::SystemTime;
/// # use workflow_core::{Result, sleep, value, workflow};
/// #[workflow]
/// async fn trial(days: u64) -> Result<SystemTime> {
///     let now = value!("now", SystemTime::now()).await;
///     let end = now + std::time::Duration::from_secs(days * 24 * 60 * 60);
///     sleep!("trial", until = end).await;
///     Ok(end)
/// }
/// ```
///
/// The value implements `Serialize` and `Deserialize`. Like the body of a step, the expression
/// borrows what it uses and cannot change it; like a step, a value in a `for` or a closure has a
/// `key`. **A value that was taken when the process died, and was not committed yet, is taken
/// again**: nobody has seen the first one, since what follows it is committed with it or after it.
#[proc_macro]
pub fn value(tokens: TokenStream) -> TokenStream {
    workflow::misplaced(model::Kind::Value, tokens.into()).into()
}

/// Calls a helper of a workflow that has operations of its own:
/// `part!("name", key = .., helper(..))`.
///
/// The helper is an `async fn` marked `#[workflow(part)]`. `.await` on the part gives what it
/// returns, which may be anything. Its arguments may be borrowed, also mutably; a `#[resource]` is
/// borrowed from the engine, as in a workflow. Parts may call parts, and themselves.
///
/// Nothing is recorded for the part itself. Its name and key stand before the names of what is
/// inside it, so a part may be called for many items, and from many workflows: `key` is required
/// in a `for` or a closure, as for steps. In events that is the field `path`: `invoices[42]/`.
///
/// ```
/// # use workflow_core::{Result, part, step, workflow};
/// # struct Order { id: u64, items: Vec<u64> }
/// # async fn write(item: u64) -> Result<u64> { Ok(item) }
/// # async fn send(lines: &[u64]) -> Result<()> { drop(lines.len()); Ok(()) }
/// #[workflow(part)]
/// async fn invoice(order: u64, items: &[u64]) -> Result<usize> {
///     let mut lines = Vec::new();
///     for item in items {
///         lines.push(step!("line", key = item, write(*item)).await?);
///     }
///     step!("send", send(&lines)).await?;
///     Ok(lines.len())
/// }
///
/// #[workflow]
/// async fn month(orders: Vec<(u64, Vec<u64>)>) -> Result<usize> {
///     let mut lines = 0;
///     for (id, items) in &orders {
///         lines += part!("invoice", key = id, invoice(*id, items)).await?;
///     }
///     Ok(lines)
/// }
/// ```
///
/// A part is listed in the manifest of every workflow that calls it, with all its operations and
/// resources. So it is called by its path, is not generic, and takes no `self`.
#[proc_macro]
pub fn part(tokens: TokenStream) -> TokenStream {
    workflow::misplaced(model::Kind::Part, tokens.into()).into()
}

/// Waits in a workflow for a signal, also across restarts: `wait!("name", option = value, ..)`.
///
/// `.await` gives `Result<T, StepError>`, where the type that the value is bound to says what
/// comes with the signal; `let () = ..` where nothing does. `engine.signal(run, "name", value)`
/// sends one, from any process, before or after the run waits for it. A signal is kept until it is
/// taken, and it is taken once; several of one name are taken in the order in which they were
/// sent.
///
/// ```
/// # use serde::{Deserialize, Serialize};
/// # use workflow_core::{Result, step, wait, workflow};
/// # use workflow_core::ErrorKind;
/// # async fn pay(amount: u64) -> Result<()> { drop(amount); Ok(()) }
/// #[derive(Serialize, Deserialize)]
/// struct Approval {
///     by: String,
/// }
///
/// #[workflow]
/// async fn expense(amount: u64) -> Result<String> {
///     let approval: Approval = match wait!("approval", timeout = "3 days").await {
///         Ok(approval) => approval,
///         Err(error) if error.kind() == ErrorKind::Timeout => return Ok("expired".to_owned()),
///         Err(error) => return Err(error.into()),
///     };
///     step!("pay", pay(amount)).await?;
///     Ok(approval.by)
/// }
/// ```
///
/// - **`timeout = ..`** says how long to wait from when the wait is first polled: a literal such as
///   `"3 days"`, or a `Duration`. The deadline is recorded then: a run that was down meanwhile
///   takes what was sent before it, and otherwise gets an error of kind `timeout`.
/// - **`signal = ..`** is the name under which the signal is sent, where it is not the wait's own:
///   for several waits for one signal.
/// - **`key = ..`** tells apart the waits in a `for` or a closure, as for steps.
///
/// A value that is none of the type is an error of kind `encoding`, and the signal is used up. Waits
/// in `select!` are dropped with their branch and take nothing then.
#[proc_macro]
pub fn wait(tokens: TokenStream) -> TokenStream {
    workflow::misplaced(model::Kind::Wait, tokens.into()).into()
}

/// Starts another workflow as a run of its own and waits for its end:
/// `child!("name", key = .., invoice(order))`.
///
/// `.await` gives `Result<T, StepError>` with the child's output, or an error of kind `error` or
/// `cancelled`, whose message and chain are the child's. The child is created by the very commit
/// that records its start, so that no crash loses or doubles it, and its end wakes this run,
/// which needs no memory while it waits.
///
/// ```
/// # use workflow_core::{Result, child, step, workflow};
/// # async fn print(order: &str) -> Result<u64> { Ok(order.len() as u64) }
/// #[workflow]
/// async fn invoice(order: String) -> Result<u64> {
///     Ok(step!("print", print(&order)).await?)
/// }
///
/// #[workflow]
/// async fn checkout(orders: Vec<String>) -> Result<u64> {
///     let mut pages = 0;
///     for order in orders {
///         pages += child!("invoice", key = order, invoice(order.clone())).await?;
///     }
///     Ok(pages)
/// }
/// ```
///
/// - **The child belongs to this run.** It is cancelled when this run ends before it, however that
///   is, and when its future is dropped: the branch that lost in a `select!`, the others where one
///   of a `try_join!` failed.
/// - **The engine must know it:** `.workflow(invoice)` on the builder. A child of a workflow that
///   no engine serves waits until one does, and this run with it.
/// - **A child has no id but its own,** `childRunId` in the events of this run. A workflow may start
///   itself.
#[proc_macro]
pub fn child(tokens: TokenStream) -> TokenStream {
    workflow::misplaced(model::Kind::Child, tokens.into()).into()
}
