//! What workflows become, pretty-printed.

use insta::assert_snapshot;

use super::expand;

fn pretty(source: &str) -> String {
    let file = syn::parse2(expand(source)).expect("the expansion is Rust");
    prettyplease::unparse(&file)
}

#[test]
fn a_workflow_without_steps() {
    assert_snapshot!(pretty("#[workflow] async fn nothing() -> Result<()> { Ok(()) }"));
}

#[test]
fn a_workflow_with_everything() {
    assert_snapshot!(pretty(
        r#"
        /// Charges the card and ships the order.
        #[tracing::instrument]
        #[allow(clippy::too_many_lines)]
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
                retry_if = |e| e.is_transient(),
                shop.charge(&order)
            )
            .await?;
            sleep!("settle", "1 day").await;
            sleep!("longer", order.delay()).await;
            sleep!("renew", until = order.renewal).await;
            let (a, b) = tokio::try_join!(step!("label", label(&order)), step!("bill", bill(a)))?;
            for item in &order.items {
                step!("ship", key = item.id, ship(item)).await?;
            }
            step!("notify", key = _, move notify(order)).await?;
            step!("archive", retry = Retry::patient(), move archive(charge)).await?;
            Ok(Receipt { a, b })
        }
        "#
    ));
}

#[test]
fn operations_in_other_macros() {
    assert_snapshot!(pretty(
        r#"
        #[workflow]
        async fn w() -> Result<()> {
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
        "#
    ));
}

#[test]
fn conditions_and_nesting_reach_the_manifest() {
    assert_snapshot!(pretty(
        r#"
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
            Ok(())
        }
        "#
    ));
}

#[test]
fn a_renamed_library() {
    assert_snapshot!(pretty(
        r#"#[workflow(crate = durable)] async fn w() -> Result<()> { step!("a", f()).await }"#
    ));
}

#[test]
fn a_workflow_with_a_mistake() {
    assert_snapshot!(pretty(
        r#"#[workflow] async fn w(a: u8) -> Result<()> { step!("a", f().await); Ok(()) }"#
    ));
}
