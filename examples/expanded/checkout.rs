//! Resources, a retry, a time-out, a loop with keys.

/// As it is written.
pub(crate) mod written {
    use serde::{Deserialize, Serialize};
    use workflow_core::{Result, Retry, step, workflow};

    /// What a customer wants.
    #[derive(Debug, Serialize, Deserialize)]
    pub(crate) struct Order {
        /// What is to be shipped.
        pub(crate) items: Vec<String>,
    }

    /// What the workflow borrows.
    #[derive(Debug)]
    pub(crate) struct Shop;

    impl Shop {
        pub(super) async fn charge(&self, order: &Order) -> Result<u64> {
            std::future::ready(Ok(100 * order.items.len() as u64)).await
        }

        pub(super) async fn ship(&self, item: &str) -> Result<usize> {
            std::future::ready(Ok(item.len())).await
        }
    }

    /// Charges the card and ships the items.
    #[workflow]
    pub(crate) async fn checkout(order: Order, #[resource] shop: &Shop) -> Result<u64> {
        let retry = Retry::exponential("1s").times(3);
        let paid = step!(
            "charge",
            retry = retry,
            timeout = "30s",
            shop.charge(&order)
        )
        .await?;
        for item in &order.items {
            step!("ship", key = item, shop.ship(item)).await?;
        }
        Ok(paid)
    }
}

/// The same function, as `#[workflow]` writes it.
pub(crate) mod expanded {
    use workflow_core::{Result, Retry, step};

    use super::written::{Order, Shop};

    /// Charges the card and ships the items.
    ///
    /// # Steps
    ///
    /// - `charge`, `retry = retry`, `timeout = "30s"`
    /// - `ship`, for each `item`
    pub(crate) fn checkout(order: Order) -> impl ::workflow_core::Call<Output = Result<u64>> {
        // The user's imports count as used, and are seen to be the library's.
        const _: () = {
            step!(@used);
        };
        use ::workflow_core::__private::{self as __private, step as __step};
        struct __Workflow;
        impl __Workflow {
            // The function as it was written. `?`, `return` and panics leave it, and no more.
            #[allow(dead_code, clippy::too_many_arguments, clippy::unused_async)]
            async fn body(
                workflow_scope: &__private::Scope<'_>,
                order: Order,
                shop: &Shop,
            ) -> Result<u64> {
                let retry = Retry::exponential("1s").times(3);
                let paid = __step!(
                    workflow_scope,
                    step "charge",
                    { retry(retry), timeout_text("30s"), },
                    shop.charge(&order)
                )
                .await?;
                for item in &order.items {
                    __step!(workflow_scope, step "ship", { key(item), }, shop.ship(item)).await?;
                }
                Ok(paid)
            }
        }
        impl ::workflow_core::Workflow for __Workflow {
            type Input = (Order,);
            type Output = Result<u64>;
            // What can be known of it before it runs.
            const SPEC: &'static __private::Spec = &__private::Spec::__new(
                "checkout",
                ::core::option::Option::None,
                &[__private::Input {
                    name: "order",
                    type_name: "Order",
                }],
                &[__private::ResourceSpec {
                    name: "shop",
                    type_name: "Shop",
                    id: ::core::any::TypeId::of::<Shop>,
                }],
                &[
                    __private::Operation {
                        kind: __private::OperationKind::Step,
                        name: "charge",
                        keyed: false,
                        options: &[("retry", "retry"), ("timeout", "\"30s\"")],
                        line: ::core::line!(),
                        nesting: &[],
                        part: ::core::option::Option::None,
                    },
                    __private::Operation {
                        kind: __private::OperationKind::Step,
                        name: "ship",
                        keyed: true,
                        options: &[("key", "item")],
                        line: ::core::line!(),
                        nesting: &[__private::Nesting::For],
                        part: ::core::option::Option::None,
                    },
                ],
                ::core::file!(),
                ::core::line!(),
                false,
            );
            // The one scope: opened with the token, closed with the outcome, flushed.
            fn run<'run>(
                token: __private::RunToken<'run>,
                (order,): Self::Input,
            ) -> __private::Run<'run, Self::Output> {
                __private::Run::new(async move {
                    let guard = __private::TrackerGuard::open(token, Self::SPEC);
                    let body = Self::body(guard.scope(), order, guard.resource::<Shop>());
                    let closed = match guard.drive(body).await {
                        __private::Driven::Returned(::core::result::Result::Ok(output)) => {
                            guard.completed::<Self>(output)
                        }
                        __private::Driven::Returned(::core::result::Result::Err(error)) => {
                            guard.failed(__private::describe!(error))
                        }
                        __private::Driven::Panicked(panic) => guard.panicked(panic),
                        __private::Driven::Interrupted(why) => guard.interrupted(why),
                    };
                    guard.flush(closed).await
                })
            }
        }
        __private::call::<__Workflow>((order,))
    }
}
