//! The operations of a body as a tree: what stands around them as blocks.

use super::ManifestOperation;
use crate::spec::Nesting;

/// An operation, or a loop or branch with what is in it.
#[derive(Debug)]
pub(super) enum Item<'a> {
    Operation(&'a ManifestOperation),
    Block(Nesting, Vec<Self>),
}

/// The tree of a body. Neighbours in blocks of one kind are taken for one block: the manifest does
/// not tell them apart.
pub(super) fn tree(operations: &[ManifestOperation]) -> Vec<Item<'_>> {
    level(operations, 0)
}

fn level(operations: &[ManifestOperation], depth: usize) -> Vec<Item<'_>> {
    let around = |operation: &ManifestOperation| operation.nesting.get(depth).copied();
    let groups = operations.chunk_by(|a, b| around(a) == around(b));
    groups
        .flat_map(|group| match group.first().and_then(around) {
            None => group.iter().map(Item::Operation).collect(),
            Some(nesting) => vec![Item::Block(nesting, level(group, depth + 1))],
        })
        .collect()
}
