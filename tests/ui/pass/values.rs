//! Values of steps, and how their types are found.

#![deny(warnings)]

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use workflow_core::{Error, Result, step, workflow};

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Generic<T> {
    value: T,
}

async fn make<T: Default>() -> Result<T> {
    std::future::ready(Ok(T::default())).await
}

async fn parse<T: DeserializeOwned>(text: &str) -> Result<T> {
    std::future::ready(()).await;
    serde_json::from_str(text).map_err(Error::from)
}

#[workflow]
async fn values() -> Result<Generic<BTreeMap<String, Option<u64>>>> {
    step!("unit", make::<()>()).await?;
    let () = step!("inferred-unit", make()).await?;
    let inferred: Vec<u64> = step!("inferred", make()).await?;
    let turbofish = step!("turbofish", make::<Generic<(u8, String)>>()).await?;
    let collected: Vec<u64> = step!("collected", async {
        Ok::<_, Error>(inferred.iter().map(|n| n + 1).collect())
    })
    .await?;
    let length = step!("method", parse::<Vec<u64>>("[1]")).await?.len();
    let mut map = BTreeMap::new();
    map.insert(
        turbofish.value.1,
        Some(u64::try_from(length + collected.len())?),
    );
    Ok(step!("generic", async {
        Ok::<_, Error>(Generic { value: map.clone() })
    })
    .await?)
}

#[test]
fn values_compile() {
    assert_eq!(super::names(values).len(), 7);
}
