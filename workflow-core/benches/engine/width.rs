//! How cost grows with how much of a run happens at once.

use std::time::{Duration, Instant};

use workflow_core::testing::TestClock;
use workflow_core::{EngineBuilder, RunStatus};

use crate::Outcome;
use crate::arguments::Arguments;
use crate::database::{Database, Durability};
use crate::plot::{Chart, Series};
use crate::report::{Report, Row};
use crate::workflows::wide_then_nap;

/// So many steps at once, each of which waits once before it is done, and then the replay of them.
pub(crate) async fn all(arguments: &Arguments, report: &mut Report) -> Outcome<Chart> {
    const HOUR: Duration = Duration::from_secs(3_600);
    report.say(
        "Width: a run of so many steps at once, which end one after the other; then it is parked, wakes and \
         is replayed. In memory.",
    );
    let mut series = [Series::new("µs a step"), Series::new("µs a step, replayed")];
    for width in [10, 100, 1_000, 5_000] {
        let clock = TestClock::manual();
        let with_clock = std::sync::Arc::new(clock.clone());
        let build = |builder: EngineBuilder| builder.clock(with_clock);
        let folder = &arguments.folder;
        let database = Database::with(folder, Durability::Memory, build).await?;
        let begun = Instant::now();
        let run = database.engine.start(wide_then_nap, "wide", (width, HOUR));
        let run = run.await?;
        while run.status().await? != RunStatus::Waiting
            || database.engine.health().runs_in_memory > 0
        {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        let lived = begun.elapsed();
        let begun = Instant::now();
        clock.advance(HOUR);
        run.result().await?;
        let replayed = begun.elapsed();
        database.engine.shutdown(Duration::from_secs(5)).await;
        let steps = super::steps::per(width, 1);
        let each = [lived, replayed].map(|took| took.as_secs_f64() * 1e6 / steps);
        for (series, each) in series.iter_mut().zip(each) {
            series.point(steps, each);
        }
        report.row(
            Row::new(format!("width {width}"))
                .count("steps at once", width)
                .number("µs/step", each[0], 2)
                .number("µs/step replayed", each[1], 2),
        )?;
    }
    Ok(Chart::new("width", "steps at once", series.into()))
}
