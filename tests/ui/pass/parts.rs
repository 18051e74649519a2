//! Helpers with operations of their own.

#![deny(warnings)]

use futures_util::future::join_all;
use workflow_core::{OperationKind, Result, Spec, StepError, part, sleep, step, value, workflow};

use super::work::{double, length};

#[derive(Debug)]
struct Shop;

#[derive(Debug)]
struct Order {
    id: u64,
    items: Vec<u64>,
}

/// Nothing borrowed, nothing returned.
#[workflow(part)]
async fn pause() {
    sleep!("pause", "1s").await;
}

#[workflow(part)]
async fn ship(order: &Order, #[resource] shop: &Shop) -> Result<u64> {
    let mut sum = order.id;
    for item in &order.items {
        sum += step!("item", key = item, double(*item)).await?;
    }
    let _ = shop;
    part!("pause", pause()).await;
    Ok(sum)
}

/// Borrows in many ways, and gives back what it borrowed.
#[workflow(part)]
async fn longest<'a>(
    texts: &'a [String],
    (first, _): (&str, u8),
    length_max: &mut usize,
    by: &(dyn Fn(&str) -> usize + Sync),
    _unused: Option<&'static str>,
) -> std::result::Result<Option<&'a String>, StepError> {
    for text in texts {
        let long = step!("length", key = text, length(text)).await?;
        *length_max = (*length_max).max(long).max(by(first));
    }
    Ok(texts.iter().find(|text| text.len() == *length_max))
}

#[workflow(part)]
async fn elided(texts: &[String]) -> Option<&String> {
    value!("now", 1).await;
    texts.first()
}

#[derive(Debug)]
struct Tree {
    id: u64,
    children: Vec<Tree>,
}

/// Calls itself.
#[workflow(part)]
async fn weigh(tree: &Tree) -> Result<u64> {
    let mut sum = step!("node", double(tree.id)).await?;
    for child in &tree.children {
        sum += part!("child", key = child.id, weigh(child)).await?;
    }
    Ok(sum)
}

mod elsewhere {
    #[workflow_core::workflow(part)]
    pub(crate) async fn counted(n: u64) -> u64 {
        workflow_core::value!("count", n).await
    }

    pub(crate) struct Group;

    impl Group {
        #[workflow_core::workflow(part)]
        pub(crate) async fn associated(n: u64) -> u64 {
            workflow_core::value!("count", n).await
        }
    }
}

#[workflow]
async fn everywhere(orders: Vec<u64>, texts: Vec<String>) -> Result<u64> {
    let orders: Vec<_> = orders
        .into_iter()
        .map(|id| Order {
            id,
            items: vec![id],
        })
        .collect();
    let mut sum = 0;
    for order in &orders {
        sum += part!("ship", key = order.id, ship(order)).await?;
    }
    for order in &orders {
        sum += part!("in-order", key = _, ship(order)).await?;
    }
    let shipped = orders
        .iter()
        .map(|order| part!("all", key = order.id, ship(order)));
    sum += join_all(shipped).await.into_iter().sum::<Result<u64>>()?;
    let (a, b) = tokio::try_join!(part!("a", ship(&orders[0])), async {
        part!("b", elsewhere::Group::associated(2)).await;
        Ok(step!("c", double(1)).await?)
    })?;
    sum += a + b;
    tokio::select! {
        () = part!("pause", pause()) => {}
        shipped = part!("raced", ship(&orders[0])) => sum += shipped?,
    }
    let mut length_max = 0;
    let by = |text: &str| text.len();
    let found = part!(
        "longest",
        longest(&texts, (&texts[0], 1), &mut length_max, &by, None)
    )
    .await?;
    sum += found.map_or(0, |text| text.len() as u64);
    let first = part!("first", elided(&texts)).await;
    assert_eq!(first.is_some(), found.is_some());
    loop {
        use elsewhere::counted as count;
        sum += part!("counted", count(1)).await;
        if part!(
            "enough",
            elsewhere::counted(step!("limit", double(1)).await?)
        )
        .await
            > 1
        {
            break;
        }
    }
    Ok(sum)
}

#[workflow]
async fn recursive(id: u64) -> Result<u64> {
    let tree = Tree {
        id,
        children: vec![Tree {
            id: id + 1,
            children: Vec::new(),
        }],
    };
    part!("tree", weigh(&tree)).await
}

#[test]
fn parts_are_in_the_manifest() {
    assert_eq!(
        super::names(everywhere),
        [
            "ship", "in-order", "all", "a", "b", "c", "pause", "raced", "longest", "first",
            "counted", "limit", "enough"
        ]
    );
    let ship = &Spec::of(everywhere).operations[0];
    assert_eq!((ship.kind, ship.keyed), (OperationKind::Part, true));
    let inside = ship.part.expect("a part has a manifest")();
    assert_eq!(inside.name, "ship");
    assert_eq!(inside.inputs[0].type_name, "&Order");
    assert_eq!(inside.resources[0].type_name, "Shop");
    assert_eq!(inside.operations[1].name, "pause");
}

#[test]
fn a_part_has_a_manifest_of_its_own() {
    assert_eq!(Spec::of(ship).name, "ship");
    assert_eq!(Spec::of(longest).inputs[1].type_name, "(&str, u8)");
    let tree = &Spec::of(recursive).operations[0];
    let weigh = tree.part.expect("a part has a manifest")();
    let again = weigh.operations[1].part.expect("a part has a manifest")();
    assert_eq!((weigh.line, weigh.file), (again.line, again.file));
}
