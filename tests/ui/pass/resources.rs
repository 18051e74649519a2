//! Resources of every kind.

#![deny(warnings)]

use std::any::TypeId;
use std::sync::Arc;

use workflow_core::{Result, step, workflow};

use super::work::double;

struct Pool<T>(T);

trait Bank: Send + Sync {
    fn fee(&self) -> u64;
}

#[workflow]
async fn resources(
    #[resource] number: &u64,
    n: u64,
    #[resource] pool: &Pool<Vec<u8>>,
    #[resource] bank: &dyn Bank,
    #[resource] shared: &Arc<str>,
    #[resource] text: &str,
) -> Result<u64> {
    let fee = step!("fee", double(bank.fee())).await?;
    let rest = pool.0.len() + shared.len() + text.len();
    Ok(n + number + fee + u64::try_from(rest)?)
}

#[test]
fn the_manifest_lists_the_resources() {
    let spec = super::spec(resources);
    assert_eq!(spec.inputs.len(), 1);
    let listed: Vec<_> = spec
        .resources
        .iter()
        .map(|resource| (resource.name, resource.type_name, (resource.id)()))
        .collect();
    let expected = [
        ("number", "u64", TypeId::of::<u64>()),
        ("pool", "Pool<Vec<u8>>", TypeId::of::<Pool<Vec<u8>>>()),
        ("bank", "dyn Bank", TypeId::of::<dyn Bank>()),
        ("shared", "Arc<str>", TypeId::of::<Arc<str>>()),
        ("text", "str", TypeId::of::<str>()),
    ];
    assert_eq!(listed, expected);
}
