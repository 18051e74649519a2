//! Operations inside the macros of others, and bodies that take by value.

/// As it is written.
pub(crate) mod written {
    use workflow_core::{Result, Retry, sleep, step, workflow};

    pub(super) async fn length(text: &str) -> Result<usize> {
        std::future::ready(Ok(text.len())).await
    }

    pub(super) async fn archive(text: String) -> Result<usize> {
        std::future::ready(Ok(text.len())).await
    }

    #[workflow]
    pub(crate) async fn parallel(text: String) -> Result<usize> {
        let (a, b) = tokio::try_join!(
            step!("first", length(&text)),
            step!("second", key = a_key(), async { length(&text).await })
        )?;
        let copy = text.clone();
        let lent = step!("lent", retry = Retry::standard(), move length(&copy)).await?;
        let winner = tokio::select! {
            taken = step!("taken", move archive(text)) => taken?,
            () = sleep!("give-up", "1h") => 0,
        };
        Ok(a + b + lent + winner)
    }

    pub(super) const fn a_key() -> &'static str {
        "second"
    }
}

/// The same function, as `#[workflow]` writes it.
pub(crate) mod expanded {
    use workflow_core::{Result, Retry, sleep, step};

    use super::written::{a_key, archive, length};

    pub(crate) fn parallel(text: String) -> impl ::workflow_core::Call<Output = Result<usize>> {
        const _: () = {
            step!(@used);
            sleep!(@used);
        };
        use ::workflow_core::__private::{
            self as __private, sleep as __sleep, step as __step, step_move as __step_move,
            step_once as __step_once,
        };
        struct __Workflow;
        impl __Workflow {
            #[allow(dead_code, clippy::too_many_arguments, clippy::unused_async)]
            async fn body(workflow_scope: &__private::Scope<'_>, text: String) -> Result<usize> {
                let (a, b) = tokio::try_join!(
                    __step!(workflow_scope, step "first", {}, length(&text)),
                    __step!(
                        workflow_scope,
                        step "second",
                        { key(a_key()), },
                        async { length(&text).await }
                    )
                )?;
                let copy = text.clone();
                let lent = __step_move!(
                    workflow_scope,
                    step "lent",
                    { retry(Retry::standard()), },
                    length(&copy)
                )
                .await?;
                let winner = tokio::select! {
                    taken = __step_once!(workflow_scope, step "taken", {}, archive(text)) => taken?,
                    () = __sleep!(workflow_scope, sleep "give-up", { after_text("1h"), }) => 0,
                };
                Ok(a + b + lent + winner)
            }
        }
        impl ::workflow_core::Workflow for __Workflow {
            type Input = (String,);
            type Output = Result<usize>;
            const SPEC: &'static __private::Spec = &__private::Spec::__new(
                "parallel",
                ::core::option::Option::None,
                &[__private::Input {
                    name: "text",
                    type_name: "String",
                }],
                &[],
                &[
                    __private::Operation {
                        kind: __private::OperationKind::Step,
                        name: "first",
                        keyed: false,
                        options: &[],
                        line: ::core::line!(),
                        nesting: &[],
                        part: ::core::option::Option::None,
                    },
                    __private::Operation {
                        kind: __private::OperationKind::Step,
                        name: "second",
                        keyed: true,
                        options: &[("key", "a_key()")],
                        line: ::core::line!(),
                        nesting: &[],
                        part: ::core::option::Option::None,
                    },
                    __private::Operation {
                        kind: __private::OperationKind::Step,
                        name: "lent",
                        keyed: false,
                        options: &[("retry", "Retry::standard()")],
                        line: ::core::line!(),
                        nesting: &[],
                        part: ::core::option::Option::None,
                    },
                    __private::Operation {
                        kind: __private::OperationKind::Step,
                        name: "taken",
                        keyed: false,
                        options: &[],
                        line: ::core::line!(),
                        nesting: &[],
                        part: ::core::option::Option::None,
                    },
                    __private::Operation {
                        kind: __private::OperationKind::Sleep,
                        name: "give-up",
                        keyed: false,
                        options: &[("for", "\"1h\"")],
                        line: ::core::line!(),
                        nesting: &[],
                        part: ::core::option::Option::None,
                    },
                ],
                ::core::file!(),
                ::core::line!(),
                false,
            );
            fn run<'run>(
                token: __private::RunToken<'run>,
                (text,): Self::Input,
            ) -> __private::Run<'run, Self::Output> {
                __private::Run::new(async move {
                    let guard = __private::TrackerGuard::open(token, Self::SPEC);
                    let body = Self::body(guard.scope(), text);
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
        __private::call::<__Workflow>((text,))
    }
}
