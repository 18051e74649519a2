//! What changed between two manifests of a workflow.

use std::collections::{HashMap, HashSet};

use super::{Manifest, ManifestOperation};
use crate::spec::{Nesting, OperationKind};

/// One change; it displays as a sentence.
///
/// Operations are named with the parts around them: `invoices/ship`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Change {
    /// There is a new operation.
    Added {
        /// What it is.
        kind: OperationKind,
        /// Its name.
        name: String,
        /// The first operation after it that was there before; `None` where it comes last.
        before: Option<String>,
        /// Whether a loop is around it, which runs may have gone through.
        repeated: bool,
    },
    /// An operation is gone.
    Removed {
        /// What it was.
        kind: OperationKind,
        /// Its name.
        name: String,
    },
    /// In the place of an operation is one of another name.
    Renamed {
        /// What it is.
        kind: OperationKind,
        /// Its old name.
        from: String,
        /// Its new name.
        to: String,
    },
    /// An operation comes earlier or later.
    Moved {
        /// What it is.
        kind: OperationKind,
        /// Its name.
        name: String,
        /// The operation that it comes before now; `None` where it comes last.
        before: Option<String>,
    },
    /// An operation is another kind of operation.
    Became {
        /// Its name.
        name: String,
        /// What it was.
        from: OperationKind,
        /// What it is.
        to: OperationKind,
    },
    /// An operation has a `key` now.
    KeyAdded {
        /// What it is.
        kind: OperationKind,
        /// Its name.
        name: String,
    },
    /// An operation has no `key` any more.
    KeyRemoved {
        /// What it is.
        kind: OperationKind,
        /// Its name.
        name: String,
    },
    /// Other loops or branches are around an operation.
    Nested {
        /// What it is.
        kind: OperationKind,
        /// Its name.
        name: String,
        /// What was around it, outermost first.
        from: Vec<Nesting>,
        /// What is around it.
        to: Vec<Nesting>,
    },
}

impl Manifest {
    /// What changed since an earlier build: nothing that a replay cannot see, such as bodies and
    /// options.
    pub fn changes_since(&self, old: &Self) -> Vec<Change> {
        let mut changes = Vec::new();
        Body {
            old: &old.operations,
            new: &self.operations,
            path: "",
            next: None,
            around: &[],
        }
        .compare(&mut changes);
        changes
    }
}

/// The operations of one function, before and now.
struct Body<'a> {
    old: &'a [ManifestOperation],
    new: &'a [ManifestOperation],
    /// The parts around it.
    path: &'a str,
    /// What comes after it.
    next: Option<&'a str>,
    /// What is around the call of the part that it is.
    around: &'a [Nesting],
}

impl Body<'_> {
    fn compare(&self, changes: &mut Vec<Change>) {
        let renamed = self.renamed();
        for old in self.old.iter().filter(|old| !has(self.new, &old.name)) {
            let kind = old.kind;
            let from = self.full(&old.name);
            changes.push(match renamed.get(&*old.name) {
                Some(new) => Change::Renamed {
                    kind,
                    from,
                    to: self.full(new),
                },
                None => Change::Removed { kind, name: from },
            });
        }
        let renamed: HashSet<&str> = renamed.into_values().collect();
        let moved = self.moved();
        for (i, new) in self.new.iter().enumerate() {
            match self.old.iter().find(|old| old.name == new.name) {
                Some(old) => {
                    let is_moved = moved.contains(&*new.name);
                    self.operation(i, old, new, is_moved, changes);
                }
                None if renamed.contains(&*new.name) => {}
                None => changes.push(self.added(i, new)),
            }
        }
    }

    fn added(&self, i: usize, new: &ManifestOperation) -> Change {
        Change::Added {
            kind: new.kind,
            name: self.full(&new.name),
            before: self.after(i),
            repeated: is_repeated(self.around) || is_repeated(&new.nesting),
        }
    }

    /// What changed in an operation that was there before.
    fn operation(
        &self,
        i: usize,
        old: &ManifestOperation,
        new: &ManifestOperation,
        is_moved: bool,
        changes: &mut Vec<Change>,
    ) {
        let (kind, name) = (new.kind, self.full(&new.name));
        if old.kind != kind {
            changes.push(Change::Became {
                name: name.clone(),
                from: old.kind,
                to: kind,
            });
        }
        let named = || name.clone();
        match (old.keyed, new.keyed) {
            (false, true) => changes.push(Change::KeyAdded {
                kind,
                name: named(),
            }),
            (true, false) => changes.push(Change::KeyRemoved {
                kind,
                name: named(),
            }),
            (true, true) | (false, false) => {}
        }
        if old.nesting != new.nesting {
            changes.push(Change::Nested {
                kind,
                name: named(),
                from: old.nesting.clone(),
                to: new.nesting.clone(),
            });
        }
        if is_moved {
            changes.push(Change::Moved {
                kind,
                name: named(),
                before: self.after(i),
            });
        }
        let new_nesting = &new.nesting;
        if let (Some(old), Some(new)) = (&old.calls, &new.calls) {
            let (path, next) = (format!("{name}/"), self.after(i));
            let around = [self.around, &new_nesting[..]].concat();
            let inside = Body {
                old: &old.operations,
                new: &new.operations,
                path: &path,
                next: next.as_deref(),
                around: &around,
            };
            inside.compare(changes);
        }
    }

    /// A name with the parts around it.
    fn full(&self, name: &str) -> String {
        format!("{}{name}", self.path)
    }

    /// The first operation after this place that was there before.
    fn after(&self, i: usize) -> Option<String> {
        let mut later = self.new[i + 1..].iter();
        let known = later.find(|later| has(self.old, &later.name));
        let known = known.map(|known| self.full(&known.name));
        known.or_else(|| self.next.map(str::to_owned))
    }

    /// New names by old ones: where one operation is gone, and one of its kind stands between the
    /// same neighbours.
    fn renamed(&self) -> HashMap<&str, &str> {
        let gone =
            |of: &[ManifestOperation], in_: &[ManifestOperation], i: usize| !has(in_, &of[i].name);
        let mut renamed = HashMap::new();
        for (i, old) in self.old.iter().enumerate() {
            if !gone(self.old, self.new, i) {
                continue;
            }
            let around = neighbours(self.old, i);
            let fits = |&(j, new): &(usize, &ManifestOperation)| {
                gone(self.new, self.old, j)
                    && (new.kind, new.keyed) == (old.kind, old.keyed)
                    && new.nesting == old.nesting
                    && neighbours(self.new, j) == around
            };
            if let Some((_, new)) = self.new.iter().enumerate().find(fits) {
                renamed.insert(&*old.name, &*new.name);
            }
        }
        renamed
    }

    /// The operations that come earlier or later: as few as explain the new order.
    fn moved(&self) -> HashSet<&str> {
        let place = |name: &str| self.old.iter().position(|old| old.name == name);
        let known = self.new.iter();
        let known: Vec<_> = known
            .filter_map(|new| Some((place(&new.name)?, &*new.name)))
            .collect();
        let kept = longest_rising(&known);
        let moved = known.into_iter().filter(|(at, _)| !kept.contains(at));
        moved.map(|(_, name)| name).collect()
    }
}

fn is_repeated(nesting: &[Nesting]) -> bool {
    nesting.iter().any(|around| around.is_repeated())
}

fn has(operations: &[ManifestOperation], name: &str) -> bool {
    operations.iter().any(|operation| operation.name == name)
}

/// The names before and after a place.
fn neighbours(operations: &[ManifestOperation], i: usize) -> (Option<&str>, Option<&str>) {
    let name = |i: usize| operations.get(i).map(|operation| &*operation.name);
    (i.checked_sub(1).and_then(name), name(i + 1))
}

/// The places of a longest sequence that rises.
fn longest_rising(known: &[(usize, &str)]) -> HashSet<usize> {
    // For each end of a sequence, its length and the end before it. Bodies are short.
    let mut best: Vec<(usize, Option<usize>)> = Vec::new();
    for (i, (at, _)) in known.iter().enumerate() {
        let before = (0..i).filter(|&j| known[j].0 < *at);
        let before = before.max_by_key(|&j| best[j].0);
        best.push((before.map_or(1, |j| best[j].0 + 1), before));
    }
    let mut end = (0..known.len()).max_by_key(|&i| best[i].0);
    let mut kept = HashSet::new();
    while let Some(i) = end {
        kept.insert(known[i].0);
        end = best[i].1;
    }
    kept
}
