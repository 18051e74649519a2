//! Every option of every operation.

#![deny(warnings)]

use std::time::{Duration, SystemTime};

use workflow_core::{Result, Retry, Timestamp, sleep, step, value, workflow};

use super::work::double;

const LIMIT: Duration = Duration::from_secs(30);

#[workflow]
async fn steps(n: u64) -> Result<u64> {
    let policy = Retry::linear("1s");
    let mut sum = step!("plain", double(n)).await?;
    sum += step!("trailing", double(n),).await?;
    sum += step!("borrowed-policy", retry = &policy, double(n)).await?;
    sum += step!("policy", retry = policy, double(n)).await?;
    sum += step!("list", retry = Retry::list(["1s", "5s"]), double(n)).await?;
    sum += step!("text", timeout = "2h 30m", double(n)).await?;
    sum += step!("constant", timeout = LIMIT, double(n)).await?;
    sum += step!("computed", timeout = LIMIT * 2, double(n)).await?;
    sum += step!("number", key = n, double(n)).await?;
    sum += step!("owned", key = n.to_string(), double(n)).await?;
    sum += step!("formatted", key = format!("{n}-{sum}"), double(n)).await?;
    sum += step!(
        "everything",
        key = "a",
        timeout = "1s",
        retry = Retry::simple(),
        double(n)
    )
    .await?;
    sum += step! { "braces", double(n) }.await?;
    sum += step!["brackets", double(n)].await?;
    for i in 0..n {
        sum += step!("in-order", key = _, double(i)).await?;
    }
    Ok(sum)
}

#[workflow]
async fn sleeps(until: u64) -> Result<()> {
    sleep!("text", "1 day").await;
    sleep!("constant", LIMIT).await;
    sleep!("computed", Duration::from_secs(until)).await;
    sleep!("until", until = SystemTime::UNIX_EPOCH + LIMIT).await;
    sleep!("timestamp", until = Timestamp::from_millis(until)).await;
    for i in 0..until {
        sleep!("keyed", key = i, "1s").await;
    }
    Ok(())
}

#[workflow]
async fn values(names: Vec<String>) -> Result<u64> {
    let mut sum = 0;
    let now = value!("time", SystemTime::now()).await;
    sleep!("until", until = now + LIMIT).await;
    for name in &names {
        sum += value!("borrowed", key = name, name.len()).await;
    }
    sum += names
        .iter()
        .map(|name| value!("mapped", key = name, name.len()))
        .len();
    sum += value!("block", {
        let mut n = sum;
        n += 1;
        n
    })
    .await;
    let (a, b) = tokio::join!(value!("a", sum + 1), value!("b", u64::MAX));
    Ok(u64::try_from(a)?.min(b))
}

#[test]
fn every_option_compiles() {
    assert_eq!(super::names(steps).len(), 15);
    assert_eq!(super::names(sleeps).len(), 6);
    assert_eq!(super::names(values).len(), 7);
}
