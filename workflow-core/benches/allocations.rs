//! How often a run allocates; a program of its own, because counting makes every allocation dearer.

use allocation_counter::measure;
use workflow_core::Engine;
use workflow_core::prelude::*;
use workflow_core::store::MemoryStore;
use workflow_core::testing::Emitter;

/// So many steps in sequence.
#[workflow]
async fn many(steps: u64) -> Result<u64> {
    let mut done = 0;
    while done < steps {
        done += step!("count", async { Ok::<_, Error>(1_u64) }).await?;
    }
    Ok(done)
}

/// The same, each with a sleep of no length.
#[workflow]
async fn naps(sleeps: u64) -> Result<u64> {
    let mut done = 0;
    while done < sleeps {
        sleep!("nap", std::time::Duration::ZERO).await;
        done += 1;
    }
    Ok(done)
}

type Outcome<T> = std::result::Result<T, Box<dyn std::error::Error>>;

fn main() -> Outcome<()> {
    const MORE: u64 = 1_000;
    let step = (steps(100 + MORE)? - steps(100)?).div_ceil(MORE);
    let nap = (sleeps(100 + MORE)? - sleeps(100)?).div_ceil(MORE);
    let emit = measure(|| Emitter::new().emit("charge")).count_total;
    println!("allocations, in memory, on a runtime of one thread");
    println!("{step:>4} a step");
    println!("{nap:>4} a sleep that is over at once");
    println!("{emit:>4} for the first event of a run, until a commit takes it");
    Ok(())
}

fn steps(steps: u64) -> Outcome<u64> {
    counted(async move |engine| Ok(engine.start_new(many, steps).await?.result().await?))
}

fn sleeps(sleeps: u64) -> Outcome<u64> {
    counted(async move |engine| Ok(engine.start_new(naps, sleeps).await?.result().await?))
}

/// How often this allocates, with the engine that it is done on.
fn counted(act: impl AsyncFnOnce(Engine) -> Outcome<u64>) -> Outcome<u64> {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = runtime.enable_all().build()?;
    let mut done = Ok(0);
    let counted = measure(|| {
        done = runtime.block_on(async {
            let builder = Engine::builder().store(MemoryStore::new());
            let engine = builder.workflow(many).workflow(naps).start().await?;
            act(engine).await
        });
    });
    done.map(|_| counted.count_total)
}
