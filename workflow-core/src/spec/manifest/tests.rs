//! Manifests printed, kept and compared.

use insta::{assert_snapshot, with_settings};

use super::*;
use crate::spec::tests::{CHARGE, spec};
use crate::spec::{Input, Operation, ResourceSpec, Spec};

const fn named(name: &'static str) -> Operation {
    Operation { name, ..CHARGE }
}

const A: Operation = named("a");
const B: Operation = named("b");
const C: Operation = named("c");
const D: Operation = named("d");
const X: Operation = named("x");

const fn part(name: &'static str, part: fn() -> &'static Spec) -> Operation {
    Operation {
        kind: OperationKind::Part,
        name,
        part: Some(part),
        ..CHARGE
    }
}

static LINES: Spec = Spec {
    file: "src/lines.rs",
    inputs: &[Input {
        name: "order",
        type_name: "&Order",
    }],
    resources: &[ResourceSpec {
        name: "shop",
        type_name: "Shop",
        id: std::any::TypeId::of::<u8>,
    }],
    ..spec("lines", &[PRICE, LINES_AGAIN])
};
const PRICE: Operation = Operation {
    keyed: true,
    options: &[("key", "item.id"), ("timeout", "\"3s\"")],
    nesting: &[Nesting::For, Nesting::Branch],
    ..named("price")
};
const LINES_AGAIN: Operation = part("rest", || &LINES);
const SETTLE: Operation = Operation {
    kind: OperationKind::Sleep,
    options: &[("for", "\"1 day\"")],
    nesting: &[Nesting::Loop],
    ..named("settle")
};
const NOW: Operation = Operation {
    kind: OperationKind::Value,
    nesting: &[Nesting::Branch],
    ..named("now")
};
static EVERYTHING: Spec = Spec {
    version: Some(2),
    ..spec("checkout", &[A, INVOICE, SETTLE, NOW, B])
};
const INVOICE: Operation = part("invoice", || &LINES);

#[test]
fn a_manifest_as_a_flowchart() {
    assert_snapshot!(EVERYTHING.manifest().to_mermaid(), @r#"
    flowchart TD
        n0(["checkout"])
        n1["a"]
        subgraph b0["part invoice"]
            subgraph b1["for"]
                subgraph b2["branch"]
                    n2["price, for each item.id"]
                end
            end
            n3[["part rest, again"]]
        end
        subgraph b3["loop"]
            n4("sleep settle, 1 day")
        end
        subgraph b4["branch"]
            n5[/"value now"/]
        end
        n6["b"]
        n7(["end"])
        n0 --> n1
        n1 -.-> n2
        n2 -.-> n2
        n2 --> n3
        n1 --> n3
        n3 --> n4
        n4 -.-> n4
        n4 -.-> n5
        n5 --> n6
        n4 --> n6
        n6 --> n7
    "#);
}

#[test]
fn a_manifest_as_json_comes_back() {
    let manifest = EVERYTHING.manifest();
    let json = manifest.to_json();
    assert_eq!(Manifest::from_json(&json).expect("it is one"), manifest);
    with_settings!({omit_expression => true}, { assert_snapshot!("as_json", json) });
}

/// The changes from one list of operations to another, a line each.
fn changes(old: &'static [Operation], new: &'static [Operation]) -> String {
    let (old, new) = (spec("w", old).manifest(), spec("w", new).manifest());
    assert_eq!(
        old.fingerprint == new.fingerprint,
        new.changes_since(&old).is_empty()
    );
    let changes = new.changes_since(&old).into_iter();
    changes
        .map(|change| change.to_string())
        .collect::<Vec<_>>()
        .join("\n")
}

#[test]
fn nothing_changed() {
    assert_eq!(changes(&[A, B, C], &[A, B, C]), "");
}

#[test]
fn what_was_added_and_whether_runs_go_on_with_it() {
    const LOOPED: Operation = Operation {
        nesting: &[Nesting::Loop],
        ..X
    };
    assert_snapshot!(changes(&[A, B], &[A, X, B]), @"step `x` was added before `b`: runs that have a result of `b` cannot go on");
    assert_snapshot!(changes(&[A, B], &[A, B, X, C]), @r"
    step `x` was added at the end: runs in flight go on with it
    step `c` was added at the end: runs in flight go on with it
    ");
    assert_snapshot!(changes(&[A, B], &[A, B, LOOPED]), @"step `x` was added in a loop: runs that went through the loop have no result of it and cannot go on");
}

#[test]
fn what_is_gone_or_called_otherwise() {
    assert_snapshot!(changes(&[A, B, C], &[A, C]), @"step `b` was removed");
    assert_snapshot!(changes(&[A, B, C], &[A, X, C]), @"step `b` is called `x` now");
    assert_snapshot!(changes(&[A, B, C], &[X, A, C]), @r"
    step `b` was removed
    step `x` was added before `a`: runs that have a result of `a` cannot go on
    ");
}

#[test]
fn what_moved() {
    assert_snapshot!(changes(&[A, B, C, D], &[D, A, B, C]), @"step `d` moved before `a`");
    assert_snapshot!(changes(&[A, B, C, D], &[B, C, A, D]), @"step `a` moved before `d`");
    assert_snapshot!(changes(&[A, B, C, D], &[B, C, D, A]), @"step `a` moved to the end");
    assert_snapshot!(changes(&[A, B], &[B, A]), @"step `b` moved before `a`");
}

#[test]
fn what_is_something_else() {
    const SLEEP: Operation = Operation {
        kind: OperationKind::Sleep,
        ..B
    };
    const KEYED: Operation = Operation { keyed: true, ..B };
    const FOR: Operation = Operation {
        nesting: &[Nesting::For],
        ..B
    };
    const DEEP: Operation = Operation {
        nesting: &[Nesting::For, Nesting::Branch],
        ..B
    };
    const CLOSURE: Operation = Operation {
        nesting: &[Nesting::Closure],
        ..B
    };
    assert_snapshot!(changes(&[A, SLEEP], &[A, B]), @"sleep `b` is a step now");
    assert_snapshot!(changes(&[A, B], &[A, KEYED]), @"`key` was added to step `b`");
    assert_snapshot!(changes(&[A, KEYED], &[A, B]), @"`key` was removed from step `b`");
    assert_snapshot!(changes(&[B], &[DEEP]), @"step `b` moved into a branch in a loop over items");
    assert_snapshot!(changes(&[DEEP], &[FOR]), @"step `b` moved out of a branch");
    assert_snapshot!(changes(&[DEEP], &[CLOSURE]), @"step `b` moved from a branch in a loop over items into a closure");
}

#[test]
fn what_changed_inside_a_part() {
    const BEFORE: Operation = part("lines", || &LINES_BEFORE);
    const AFTER: Operation = part("lines", || &LINES_AFTER);
    const LAST: Operation = part("last", || &LINES_BEFORE);
    const LAST_AFTER: Operation = part("last", || &LINES_AFTER);
    const EACH: Operation = Operation {
        nesting: &[Nesting::For],
        ..LAST
    };
    const EACH_AFTER: Operation = Operation {
        nesting: &[Nesting::For],
        ..LAST_AFTER
    };
    static LINES_BEFORE: Spec = spec("lines", &[A]);
    static LINES_AFTER: Spec = spec("lines_by_another_name", &[A, X]);
    assert_snapshot!(changes(&[BEFORE, B], &[AFTER, B]), @"step `lines/x` was added before `b`: runs that have a result of `b` cannot go on");
    assert_snapshot!(changes(&[B, LAST], &[B, LAST_AFTER]), @"step `last/x` was added at the end: runs in flight go on with it");
    assert_snapshot!(changes(&[B, EACH], &[B, EACH_AFTER]), @"step `last/x` was added in a loop: runs that went through the loop have no result of it and cannot go on");
    assert_snapshot!(changes(&[A, BEFORE], &[A]), @"part `lines` was removed");
}
