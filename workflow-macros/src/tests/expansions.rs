//! What workflows become, pretty-printed.

use insta::{assert_snapshot, with_settings};
use quote::ToTokens as _;
use syn::{Expr, File, ImplItem, Item, ItemFn, ItemImpl, Stmt};

use super::expand;
use crate::text;

#[track_caller]
fn check(name: &str, text: &str) {
    with_settings!({omit_expression => true}, { assert_snapshot!(name, text) });
}

fn file(source: &str) -> File {
    syn::parse2(expand(source)).expect("the expansion is Rust")
}

/// All that a workflow becomes.
fn whole(source: &str) -> String {
    prettyplease::unparse(&file(source))
}

/// Only the body, with what the operations became.
fn body(source: &str) -> String {
    let mut items = impls(source).into_iter();
    let body = items.find(|item| item.trait_.is_none());
    let body = syn::parse2(body.to_token_stream()).expect("an impl is a file");
    prettyplease::unparse(&body)
}

/// Only the operations of the manifest, one a line.
fn manifest(source: &str) -> String {
    let imp = impls(source).pop().expect("the workflow has an impl");
    let spec = imp.items.into_iter().find_map(|item| match item {
        ImplItem::Const(constant) => Some(constant.expr),
        _ => None,
    });
    let Some(Expr::Reference(spec)) = spec else {
        panic!("the manifest is borrowed")
    };
    let Expr::Call(spec) = *spec.expr else {
        panic!("the manifest is a call")
    };
    let Expr::Reference(operations) = &spec.args[4] else {
        panic!("the operations are borrowed")
    };
    let Expr::Array(operations) = &*operations.expr else {
        panic!("the operations are a list")
    };
    let lines = operations
        .elems
        .iter()
        .map(|op| text::line(op.to_token_stream()));
    lines.collect::<Vec<_>>().join("\n")
}

fn impls(source: &str) -> Vec<ItemImpl> {
    let function = file(source).items.into_iter().find_map(|item| match item {
        Item::Fn(function) => Some(function),
        _ => None,
    });
    let ItemFn { block, .. } = function.expect("a function");
    let items = block.stmts.into_iter().filter_map(|stmt| match stmt {
        Stmt::Item(Item::Impl(item)) => Some(item),
        _ => None,
    });
    items.collect()
}

#[test]
fn a_workflow() {
    let source = r#"
        /// Charges the card and ships the order.
        #[tracing::instrument]
        #[allow(clippy::too_many_lines)]
        #[cfg_attr(docsrs, doc(alias = "buy"))]
        #[cfg_attr(slow, tracing::instrument)]
        #[workflow(name = "shop.checkout", version = 2, capture = "full")]
        pub(crate) async fn checkout(
            mut order: Order,
            (a, b): (u8, u8),
            #[resource] shop: &Shop,
            #[resource] log: &dyn Log,
        ) -> Result<Receipt, Failure> {
            let charge = step!(
                "charge",
                timeout = "30s",
                retry = Retry::exponential("1s").times(3),
                shop.charge(&order)
            )
            .await?;
            sleep!("settle", "1 day").await;
            Ok(Receipt { a, b, charge })
        }
        "#;
    check("a_workflow", &whole(source));
}

#[test]
fn a_workflow_without_inputs_and_operations() {
    let source = "#[workflow] async fn nothing() -> Result<()> { Ok(()) }";
    check("a_workflow_without_inputs_and_operations", &whole(source));
}

#[test]
fn a_workflow_with_a_mistake() {
    let source = r#"
        #[workflow]
        async fn w(a: u8) -> Result<()> { step!("a", f().await); Ok(()) }
        "#;
    check("a_workflow_with_a_mistake", &whole(source));
}

#[test]
fn a_renamed_library() {
    let source = r#"
        #[workflow(crate = durable)]
        async fn w() -> Result<()> { step!("a", f()).await }
        "#;
    let text = whole(source);
    assert!(text.contains("use durable::__private::"), "{text}");
    assert!(!text.contains("workflow_core"), "{text}");
}

#[test]
fn all_forms_of_operations() {
    let source = r#"
        #[workflow]
        async fn w() -> Result<()> {
            step!("plain", f(&order)).await?;
            step!("retried", retry = Retry::patient(), retry_if = |e| e.is_transient(), f()).await?;
            step!("timed", timeout = limit, f()).await?;
            for item in &order.items { step!("keyed", key = item.id, f(item)).await?; }
            step!("in_order", key = _, async { f().await }).await?;
            step!("moving", move f(order)).await?;
            step!("moving-again", retry = Retry::patient(), move f(charge)).await?;
            sleep!("literal", "1 day").await;
            sleep!("value", order.delay()).await;
            sleep!("until", until = order.renewal).await;
            let now = value!("now", SystemTime::now()).await;
            for item in &order.items { value!("drawn", key = item.id, draw(item)).await; }
            Ok(())
        }
        "#;
    check("all_forms_of_operations", &body(source));
    check("all_forms_of_operations_in_the_manifest", &manifest(source));
}

#[test]
fn a_part() {
    let source = r#"
        /// Ships an order.
        #[workflow(part)]
        pub async fn ship<'a>(
            order: &'a Order,
            (a, b): (&str, u8),
            #[resource] shop: &Shop,
        ) -> Result<Option<&'a Item>> {
            use crate::lines::{each as one};
            for line in &order.lines { part!("line", key = line.id, one(line)).await?; }
            part!("parcel", crate::parcel(step!("weigh", shop.weigh(order)).await?)).await
        }
        "#;
    check("a_part", &whole(source));
}

#[test]
fn a_part_that_borrows_nothing_and_one_with_a_mistake() {
    let source = "#[workflow(part)] async fn pause() { sleep!(\"pause\", \"1s\").await }";
    check("a_part_that_borrows_nothing", &whole(source));
    let source = "#[workflow(part, version = 2)] async fn pause<T>(_: &T) -> T { f().await }";
    check("a_part_with_mistakes", &whole(source));
}

#[test]
fn operations_in_other_macros() {
    let source = r#"
        #[workflow]
        async fn w() -> Result<()> {
            let (a, b) = tokio::try_join!(step!("label", label(&order)), step!("bill", bill(a)))?;
            tokio::select! {
                biased;
                a = step!("a", f()) => a?,
                _ = workflow_core::sleep!("b", "1s") => { step!("c", f()).await? }
            }
            let list = vec![step!("d", f()).await?; 3];
            let json = json!({ "e": step!("e", f()).await?, "f": [step!("f", f()).await?] });
            odd!(for x in y { step!("g", key = x, f()) });
            Ok(())
        }
        "#;
    check("operations_in_other_macros", &body(source));
}

#[test]
fn conditions_and_nesting_reach_the_manifest() {
    let source = r#"
        #[workflow]
        async fn w() -> Result<()> {
            #[cfg(feature = "a")]
            step!("a", f()).await?;
            match x {
                #[cfg(feature = "b")]
                1 => loop { step!("b", f()).await?; },
                _ if c && step!("c", f()).await? => {}
                _ => {}
            }
            #[cfg(unix)]
            let x = if y { z.map(|z| step!("d", key = z, move f(z))) } else { e };
            while step!("e", f()).await? {}
            tokio::select! { a = step!("f", f()) => for x in a { step!("g", key = x, f(x)).await?; } }
            Ok(())
        }
        "#;
    check(
        "conditions_and_nesting_reach_the_manifest",
        &manifest(source),
    );
}
