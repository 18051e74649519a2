//! A value, two kinds of sleep, a retry that looks at the error, and no resources.

/// As it is written.
pub(crate) mod written {
    use std::time::{Duration, SystemTime};

    use workflow_core::{Result, Retry, sleep, step, value, workflow};

    pub(super) async fn mail(to: &str) -> Result<usize> {
        std::future::ready(Ok(to.len())).await
    }

    /// Reminds somebody, some milliseconds from now.
    #[workflow(name = "reminders.send", version = 2)]
    pub(crate) async fn reminder(to: String, delay_ms: u64) -> Result<usize> {
        let now = value!("now", SystemTime::now()).await;
        sleep!("until-due", until = now + Duration::from_millis(delay_ms)).await;
        sleep!("a-little-more", "10ms").await;
        let sent = step!(
            "mail",
            retry = Retry::standard(),
            retry_if = |error| error.to_string() != "no such address",
            mail(&to)
        )
        .await?;
        Ok(sent)
    }
}

/// The same function, as `#[workflow]` writes it.
pub(crate) mod expanded {
    use std::time::{Duration, SystemTime};

    use workflow_core::{Result, Retry, sleep, step, value};

    use super::written::mail;

    /// Reminds somebody, some milliseconds from now.
    ///
    /// # Steps
    ///
    /// - `now`: a value
    /// - `until-due`: sleeps until `now + Duration::from_millis(delay_ms)`
    /// - `a-little-more`: sleeps for `10ms`
    /// - `mail`, `retry = Retry::standard()`, `retry_if = |error| error.to_string() != "no such address"`
    pub(crate) fn reminder(
        to: String,
        delay_ms: u64,
    ) -> impl ::workflow_core::Call<Output = Result<usize>> {
        const _: () = {
            value!(@used);
            sleep!(@used);
            step!(@used);
        };
        use ::workflow_core::__private::{
            self as __private, sleep as __sleep, step as __step, value as __value,
        };
        struct __Workflow;
        impl __Workflow {
            #[allow(dead_code, clippy::too_many_arguments, clippy::unused_async)]
            async fn body(
                workflow_scope: &__private::Scope<'_>,
                to: String,
                delay_ms: u64,
            ) -> Result<usize> {
                let now = __value!(workflow_scope, value "now", {}, SystemTime::now()).await;
                __sleep!(
                    workflow_scope,
                    sleep "until-due",
                    { until(now + Duration::from_millis(delay_ms)), }
                )
                .await;
                __sleep!(workflow_scope, sleep "a-little-more", { after_text("10ms"), }).await;
                let sent = __step!(
                    workflow_scope,
                    step "mail",
                    {
                        retry(Retry::standard()),
                        retry_if(|error| error.to_string() != "no such address"),
                    },
                    mail(&to)
                )
                .await?;
                Ok(sent)
            }
        }
        impl ::workflow_core::Workflow for __Workflow {
            type Input = (String, u64);
            type Output = Result<usize>;
            const SPEC: &'static __private::Spec = &__private::Spec::__new(
                "reminders.send",
                ::core::option::Option::Some(2u32),
                &[
                    __private::Input {
                        name: "to",
                        type_name: "String",
                    },
                    __private::Input {
                        name: "delay_ms",
                        type_name: "u64",
                    },
                ],
                &[],
                &[
                    __private::Operation {
                        kind: __private::OperationKind::Value,
                        name: "now",
                        keyed: false,
                        options: &[],
                        line: ::core::line!(),
                        nesting: &[],
                        part: ::core::option::Option::None,
                    },
                    __private::Operation {
                        kind: __private::OperationKind::Sleep,
                        name: "until-due",
                        keyed: false,
                        options: &[("until", "now + Duration::from_millis(delay_ms)")],
                        line: ::core::line!(),
                        nesting: &[],
                        part: ::core::option::Option::None,
                    },
                    __private::Operation {
                        kind: __private::OperationKind::Sleep,
                        name: "a-little-more",
                        keyed: false,
                        options: &[("for", "\"10ms\"")],
                        line: ::core::line!(),
                        nesting: &[],
                        part: ::core::option::Option::None,
                    },
                    __private::Operation {
                        kind: __private::OperationKind::Step,
                        name: "mail",
                        keyed: false,
                        options: &[
                            ("retry", "Retry::standard()"),
                            (
                                "retry_if",
                                "|error| error.to_string() != \"no such address\"",
                            ),
                        ],
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
                (to, delay_ms): Self::Input,
            ) -> __private::Run<'run, Self::Output> {
                __private::Run::new(async move {
                    let guard = __private::TrackerGuard::open(token, Self::SPEC);
                    let body = Self::body(guard.scope(), to, delay_ms);
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
        __private::call::<__Workflow>((to, delay_ms))
    }
}
