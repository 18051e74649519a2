//! The bodies that are simulated.

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::future::{Either, join, join_all, select};
use futures_util::poll;
use futures_util::stream::{FuturesUnordered, StreamExt};

use super::world::{Effects, Simulated};
use crate::error::{Failure, StepError};
use crate::retry::Retry;
use crate::scope::{
    Attempt, Call, Child, Failed, InPart, Part, Scope, Site, Sleep, Step, StepOptions, Wait,
    WaitOptions, Workflow,
};
use crate::spec::{HasSpec, Spec};
use workflow_tracker::events::ErrorKind;

/// What every body returns.
pub(super) type Output = Result<String, StepError>;

/// What a body works with.
#[derive(Clone, Copy)]
pub(super) struct Ctx<'a, 'run> {
    pub(super) scope: &'a Scope<'run>,
    pub(super) effects: &'a Effects,
}

/// Is pending for so many polls.
struct Yields(u32);

impl Future for Yields {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if self.0 == 0 {
            return Poll::Ready(());
        }
        self.0 -= 1;
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}

const fn site(name: &'static str, line: u32) -> Site {
    Site {
        name,
        file: "body.rs",
        line,
    }
}

impl<'a> Ctx<'a, '_> {
    fn step(self, name: &'static str) -> Step<'a, String> {
        self.keyed(name, None)
    }

    fn keyed(self, name: &'static str, key: Option<String>) -> Step<'a, String> {
        self.with(name, key, StepOptions::default(), 0)
    }

    /// A step whose first `failures` executions fail.
    fn with(
        self,
        name: &'static str,
        key: Option<String>,
        options: StepOptions,
        failures: u32,
    ) -> Step<'a, String> {
        let id = format!("{name}{}", key.as_deref().unwrap_or_default());
        let effects = self.effects;
        self.scope.step(site(name, 1), key, options, move || {
            let id = id.clone();
            Box::pin(async move {
                effects.began(&id);
                if id != "quick" {
                    Yields(effects.chance(4)).await;
                }
                let executions = effects.ended(&id);
                if executions > failures {
                    return Attempt::completed(format!("<{id}>"));
                }
                Attempt::failed(Failed {
                    failure: Failure::new(ErrorKind::Error, format!("{id} is down")),
                    retry: true,
                })
            })
        })
    }

    fn sleep(self, name: &'static str, millis: u64) -> Sleep<'a> {
        let wake = Duration::from_millis(millis);
        self.scope.sleep(site(name, 1), None, wake)
    }
}

impl<'a> Ctx<'a, '_> {
    fn wait(self, name: &'static str, timeout_ms: Option<u64>) -> Wait<'a, u32> {
        let options = WaitOptions {
            signal: name.to_owned(),
            timeout: timeout_ms.map(Duration::from_millis),
        };
        self.scope.wait(site(name, 1), None, options)
    }

    fn child(self, name: &'static str) -> Child<'a, String> {
        self.scope.child(site(name, 1), None, Started(name))
    }
}

/// A call of the simulated workflow as a child.
struct Started(&'static str);

impl HasSpec for Started {
    const SPEC: &'static Spec = <Simulated as Workflow>::SPEC;
}

impl Call for Started {
    type Output = Output;
    type Workflow = Simulated;

    fn into_input(self) -> (String,) {
        (self.0.to_owned(),)
    }
}

/// Runs the body with this name.
pub(super) async fn run(name: &str, ctx: Ctx<'_, '_>) -> Output {
    match name {
        "sequence" => sequence(ctx).await,
        "other_sequence" => ctx.step("x").await,
        "slept_sequence" => {
            ctx.sleep("a", 500).await;
            Ok(String::new())
        }
        "joined" => joined(ctx).await,
        "try_joined" => try_joined(ctx).await,
        "selected" => selected(ctx).await,
        "raced" => raced(ctx).await,
        "many" => many(ctx).await,
        "retried" => retried(ctx).await,
        "exhausted" => exhausted(ctx).await,
        "looped" => looped(ctx).await,
        "caught" => caught(ctx).await,
        "slept_in_parallel" => slept_in_parallel(ctx).await,
        "timed_out" => timed_out(ctx).await,
        "observed" => observed(ctx).await,
        "flagged" => flagged(ctx).await,
        "knocked" => knocked(ctx).await,
        "withdrawn" => withdrawn(ctx).await,
        "valued" => valued(ctx).await,
        "signalled" => signalled(ctx).await,
        "signalled_in_time" => signalled_in_time(ctx).await,
        "signal_raced" => signal_raced(ctx).await,
        "signals_joined" => signals_joined(ctx).await,
        "parented" => parented(ctx).await,
        "child_raced" => child_raced(ctx).await,
        "child_failed" => child_failed(ctx).await,
        "endless" => loop {
            ctx.step("again").await?;
        },
        "nothing" => Ok("nothing".to_owned()),
        "same_key" => same_key(ctx).await,
        "parted" => parted(ctx).await,
        "same_part" => same_part(ctx).await,
        other => panic!("there is no body `{other}`"),
    }
}

async fn sequence(ctx: Ctx<'_, '_>) -> Output {
    let a = ctx.step("a").await?;
    let b = ctx.step("b").await?;
    Ok(a + &b + &ctx.step("c").await?)
}

async fn joined(ctx: Ctx<'_, '_>) -> Output {
    let (a, b, c) = tokio::join!(ctx.step("a"), ctx.step("b"), ctx.step("c"));
    Ok(a? + &b? + &c? + &ctx.step("d").await?)
}

async fn try_joined(ctx: Ctx<'_, '_>) -> Output {
    let failing = ctx.with("bad", None, StepOptions::default(), 99);
    let joined = tokio::try_join!(ctx.step("a"), failing, async {
        let b = ctx.step("b").await?;
        ctx.sleep("nap", 300).await;
        Ok(b + &ctx.step("c").await?)
    });
    match joined {
        Ok(_) => panic!("one of them fails"),
        Err(error) => Ok(error.message().to_owned() + &ctx.step("after").await?),
    }
}

async fn selected(ctx: Ctx<'_, '_>) -> Output {
    let mut out = String::new();
    for _ in 0..3 {
        tokio::select! {
            a = ctx.step("a") => out += &a?,
            b = ctx.step("b") => out += &b?,
            () = ctx.sleep("nap", 150) => out += "nap",
        }
    }
    Ok(out + &ctx.step("c").await?)
}

async fn raced(ctx: Ctx<'_, '_>) -> Output {
    let first = match select(ctx.step("a"), ctx.step("b")).await {
        Either::Left((a, b)) => a? + &b.await?,
        Either::Right((b, a)) => b? + &a.await?,
    };
    Ok(first + &ctx.step("c").await?)
}

/// More futures than `join_all` polls itself: each has a waker of its own.
async fn many(ctx: Ctx<'_, '_>) -> Output {
    let steps = (0..40).map(|item| ctx.keyed("item", Some(item.to_string())));
    let joined: Result<Vec<_>, _> = join_all(steps).await.into_iter().collect();
    let mut unordered: FuturesUnordered<_> = (0..5)
        .map(|item| ctx.keyed("loose", Some(item.to_string())))
        .collect();
    let mut out = joined?.concat();
    while let Some(loose) = unordered.next().await {
        out += &loose?;
        out += &ctx.step("between").await?;
    }
    Ok(out)
}

/// Looks whether the slower one of two steps has its result, and goes different ways.
async fn observed(ctx: Ctx<'_, '_>) -> Output {
    let mut out = String::new();
    for _ in 0..3 {
        let (first, mut other) = match select(ctx.step("a"), ctx.step("b")).await {
            Either::Left((first, other)) | Either::Right((first, other)) => (first?, other),
        };
        out += &first;
        out += &match poll!(&mut other) {
            Poll::Ready(second) => second? + &ctx.step("was ready").await?,
            Poll::Pending => ctx.step("was pending").await? + &other.await?,
        };
    }
    Ok(out)
}

/// Looks, some polls after one result, whether another one was there: only turns tell.
async fn flagged(ctx: Ctx<'_, '_>) -> Output {
    let seen = AtomicBool::new(false);
    let other = async {
        let b = ctx.step("b").await?;
        seen.store(true, Ordering::Relaxed);
        Ok(b)
    };
    let looking = async {
        let a = ctx.step("a").await?;
        Yields(1).await;
        let next = if seen.load(Ordering::Relaxed) {
            "seen"
        } else {
            "not seen"
        };
        Ok(a + &ctx.step(next).await?)
    };
    let (b, a) = join(other, looking).await;
    Ok(a? + &b?)
}

/// Something foreign wakes the body while the run is paused.
async fn knocked(ctx: Ctx<'_, '_>) -> Output {
    let opening = async {
        ctx.effects.knock().await;
        ctx.step("open").await
    };
    let (open, ()) = tokio::join!(opening, ctx.sleep("nap", 500));
    open
}

/// Takes a number that is another one at every call, and goes by it.
async fn valued(ctx: Ctx<'_, '_>) -> Output {
    let mut out = String::new();
    for _ in 0..3 {
        let drawn = ctx
            .scope
            .value(site("drawn", 1), None, || ctx.effects.chance(1000));
        let drawn = drawn.await;
        out += &drawn.to_string();
        if drawn % 2 == 0 {
            out += &ctx.step("even").await?;
        } else {
            ctx.sleep("odd", 200).await;
        }
    }
    Ok(out + &ctx.step("last").await?)
}

async fn signalled(ctx: Ctx<'_, '_>) -> Output {
    let mut out = String::new();
    for _ in 0..3 {
        out += &ctx.wait("go", None).await?.to_string();
        out += &ctx.step("a").await?;
    }
    assert_eq!(out, "1<a>3<a>4<a>");
    Ok(out)
}

/// Waits that give up: what came and what did not is the same on every replay.
async fn signalled_in_time(ctx: Ctx<'_, '_>) -> Output {
    let mut out = String::new();
    for timeout_ms in [50, 300, 90_000, 0] {
        match ctx.wait("go", Some(timeout_ms)).await {
            Ok(value) => {
                out += &value.to_string();
                out += &ctx.step("came").await?;
            }
            Err(error) => out += &error.to_string(),
        }
    }
    Ok(out)
}

async fn signal_raced(ctx: Ctx<'_, '_>) -> Output {
    let mut out = String::new();
    for _ in 0..4 {
        tokio::select! {
            value = ctx.wait("go", None) => out += &value?.to_string(),
            a = ctx.step("a") => out += &a?,
            () = ctx.sleep("nap", 200) => out += "nap",
        }
    }
    Ok(out + &ctx.step("last").await?)
}

/// Several waits at once, two for one name, and one that is not polled for a while.
async fn signals_joined(ctx: Ctx<'_, '_>) -> Output {
    let mut late = ctx.wait("b", None);
    assert!(poll!(&mut late).is_pending(), "it is asked for");
    let (first, second, nap) = tokio::join!(
        ctx.wait("go", None),
        ctx.wait("go", None),
        ctx.sleep("nap", 130)
    );
    let () = nap;
    let two = [ctx.wait("a", None).await?, ctx.wait("a", None).await?];
    assert_eq!(two, [3, 5]);
    Ok(format!("{}{}{}", first?, second?, late.await?))
}

async fn parented(ctx: Ctx<'_, '_>) -> Output {
    let (one, two, step) = tokio::join!(ctx.child("one"), ctx.child("two"), ctx.step("a"));
    let three = ctx.child("three").await?;
    assert_eq!(three, "three");
    Ok(one? + &two? + &step? + &three)
}

/// Children that the body no longer waits for are cancelled.
async fn child_raced(ctx: Ctx<'_, '_>) -> Output {
    let mut out = String::new();
    for _ in 0..3 {
        tokio::select! {
            one = ctx.child("one") => out += &one?,
            () = ctx.sleep("nap", 150) => out += "nap",
        }
    }
    let mut left = ctx.child("left");
    assert!(poll!(&mut left).is_pending(), "it is asked for");
    Ok(out + &ctx.child("last").await?)
}

async fn child_failed(ctx: Ctx<'_, '_>) -> Output {
    let error = ctx.child("bad").await.expect_err("it fails");
    assert_eq!(error.chain(), ["no power"]);
    let message = error.to_string();
    ctx.child("bad").await.map(|good| good + &message)
}

/// Drops a step in the poll that asked for it.
async fn withdrawn(ctx: Ctx<'_, '_>) -> Output {
    let mut quick = ctx.step("quick");
    assert!(poll!(&mut quick).is_pending(), "it is not committed");
    let first = ctx.step("first").await?;
    match select(ctx.step("loser"), quick).await {
        Either::Left(_) => panic!("it was never committed"),
        Either::Right((quick, _)) => Ok(first + &quick?),
    }
}

fn retry(retry: Retry) -> StepOptions {
    StepOptions {
        retry: Some(retry),
        timeout: None,
    }
}

async fn retried(ctx: Ctx<'_, '_>) -> Output {
    let options = retry(Retry::exponential(Duration::from_millis(60)).times(5));
    let a = ctx.with("a", None, options.clone(), 2);
    let b = ctx.with("b", None, options, 1);
    let (a, b) = tokio::join!(a, b);
    Ok(a? + &b? + &ctx.step("c").await?)
}

async fn exhausted(ctx: Ctx<'_, '_>) -> Output {
    let options = retry(Retry::constant(Duration::from_millis(200)).times(2));
    ctx.with("a", None, options, 99).await
}

async fn looped(ctx: Ctx<'_, '_>) -> Output {
    let mut out = String::new();
    while out.len() < 12 {
        out += &ctx.step("a").await?;
        ctx.sleep("nap", 120).await;
    }
    Ok(out)
}

async fn caught(ctx: Ctx<'_, '_>) -> Output {
    let failed = ctx.with("a", None, StepOptions::default(), 99).await;
    let message = failed.expect_err("it fails").to_string();
    ctx.sleep("zero", 0).await;
    Ok(message + &ctx.step("b").await?)
}

async fn slept_in_parallel(ctx: Ctx<'_, '_>) -> Output {
    let long = async {
        ctx.sleep("long", 70_000).await;
        ctx.step("after long").await
    };
    let short = async {
        ctx.sleep("short", 40).await;
        ctx.sleep("middle", 400).await;
        ctx.step("after short").await
    };
    let (long, short) = tokio::join!(long, short);
    Ok(long? + &short?)
}

async fn timed_out(ctx: Ctx<'_, '_>) -> Output {
    let options = StepOptions {
        retry: Some(Retry::constant(Duration::from_millis(10)).times(1)),
        timeout: Some(Duration::from_millis(500)),
    };
    let hanging = ctx
        .scope
        .step::<String, _>(site("hang", 1), None, options, || {
            Box::pin(std::future::pending())
        });
    let error = hanging.await.expect_err("it hangs");
    Ok(error.message().to_owned() + &ctx.step("b").await?)
}

/// A part with a part inside it.
fn part<'a>(ctx: Ctx<'a, '_>, key: &'static str) -> InPart<'a, Output> {
    let effects = ctx.effects;
    let part = Part::<_, ()>::new(move |scope| {
        let ctx = Ctx { scope, effects };
        Box::pin(async move {
            let before = ctx.keyed("step", Some(format!("{key}1"))).await?;
            ctx.sleep("nap", 150).await;
            let inner = Part::<_, ()>::new(move |scope| {
                let ctx = Ctx { scope, effects };
                Box::pin(ctx.keyed("step", Some(format!("{key}2"))))
            });
            let inner = ctx.scope.part(site("inner", 1), None, inner);
            Ok(before + &inner.await?)
        })
    });
    ctx.scope.part(site("part", 1), Some(key.to_owned()), part)
}

async fn parted(ctx: Ctx<'_, '_>) -> Output {
    let mut out = ctx.step("a").await?;
    for round in [["x", "y"], ["y", "z"]] {
        for done in join_all(round.map(|key| part(ctx, key))).await {
            out += &done?;
        }
        if out.len() > 60 {
            break;
        }
    }
    Ok(out)
}

async fn same_part(ctx: Ctx<'_, '_>) -> Output {
    let (a, b) = tokio::join!(part(ctx, "k"), part(ctx, "k"));
    Ok(a? + &b?)
}

async fn same_key(ctx: Ctx<'_, '_>) -> Output {
    let key = || Some("k".to_owned());
    let (a, b) = tokio::join!(ctx.keyed("item", key()), ctx.keyed("item", key()));
    Ok(a? + &b?)
}
