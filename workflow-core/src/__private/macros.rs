//! What the operations of a body become. Each has one arm: with a second one, editors complete
//! nothing inside the first. The options have parentheses of their own and are taken token by
//! token, for an expression that somebody has not finished yet matches no `expr`.
//!
//! `$op` is the method's name with the span of the operation's name: there the compiler reports
//! what is wrong with the method's types, and not at the whole operation.

/// A step of this workflow: runs its body once and remembers the result.
#[doc(hidden)]
#[macro_export]
macro_rules! __step {
    (
        $scope:ident, $op:ident $name:literal,
        {
            $(key($($key:tt)+),)?
            $(retry($($retry:tt)+),)?
            $(retry_if($($retry_if:tt)+),)?
            $(timeout($($timeout:tt)+),)?
            $(timeout_text($timeout_text:literal),)?
        },
        $body:expr
    ) => {
        $crate::__private::operation($scope, $name, ::core::file!(), ::core::line!())
            $(.key(&($($key)+)))?
            $(.retry($($retry)+))?
            $(.timeout($crate::__private::after($($timeout)+)))?
            $(.timeout($crate::__private::literal($timeout_text)))?
            .$op(|| $crate::__private::attempt($crate::__attempt!($op [] [$(($($retry_if)+))?] $body)))
    };
}

/// A step of this workflow that takes what it uses; its attempts borrow from that.
#[doc(hidden)]
#[macro_export]
macro_rules! __step_move {
    (
        $scope:ident, $op:ident $name:literal,
        {
            $(key($($key:tt)+),)?
            retry($($retry:tt)+),
            $(retry_if($($retry_if:tt)+),)?
            $(timeout($($timeout:tt)+),)?
            $(timeout_text($timeout_text:literal),)?
        },
        $body:expr
    ) => {
        $crate::__private::operation($scope, $name, ::core::file!(), ::core::line!())
            $(.key(&($($key)+)))?
            .retry($($retry)+)
            $(.timeout($crate::__private::after($($timeout)+)))?
            $(.timeout($crate::__private::literal($timeout_text)))?
            .$op($crate::__private::lend(|lender| async move {
                lender
                    .serve(|| $crate::__private::attempt($crate::__attempt!($op [] [$(($($retry_if)+))?] $body)))
                    .await
            }))
    };
}

/// A step of this workflow that takes what it uses, and is not tried again.
#[doc(hidden)]
#[macro_export]
macro_rules! __step_once {
    (
        $scope:ident, $op:ident $name:literal,
        {
            $(key($($key:tt)+),)?
            $(timeout($($timeout:tt)+),)?
            $(timeout_text($timeout_text:literal),)?
        },
        $body:expr
    ) => {
        $crate::__private::operation($scope, $name, ::core::file!(), ::core::line!())
            $(.key(&($($key)+)))?
            $(.timeout($crate::__private::after($($timeout)+)))?
            $(.timeout($crate::__private::literal($timeout_text)))?
            .$op($crate::__private::once($crate::__attempt!($op [move] [] $body)))
    };
}

/// One attempt of a step: its body, awaited in the expression that makes it, so that its
/// temporaries live as long; then what it came to.
#[doc(hidden)]
#[macro_export]
macro_rules! __attempt {
    ($op:ident [$($move:tt)?] [$(($($retry_if:tt)+))?] $body:expr) => {
        async $($move)? {
            match $crate::__private::Body.$op($body) {
                $crate::__private::Checked { future, poll } => {
                    let result = $crate::__private::perform(::core::pin::pin!(future), poll).await;
                    let retry = true $(&& $crate::__private::decide(&result, $($retry_if)+))?;
                    let describer = $crate::__describer!($crate::__private::Tag::of_body(&poll));
                    $crate::__private::ended(result, retry, &describer)
                }
            }
        }
    };
}

/// An error, described by the best of its traits.
#[doc(hidden)]
#[macro_export]
macro_rules! __describe {
    ($error:ident) => {
        $crate::__describer!($crate::__private::Tag::of(&$error)).describe($error)
    };
}

/// How errors are described whose type has this tag.
#[doc(hidden)]
#[macro_export]
macro_rules! __describer {
    ($tag:expr) => {{
        use $crate::__private::tags::*;
        let tag = $tag;
        (&&&&&tag).tag().describe((&&tag).data())
    }};
}

/// A durable sleep of this workflow.
#[doc(hidden)]
#[macro_export]
macro_rules! __sleep {
    (
        $scope:ident, $op:ident $name:literal,
        {
            $(key($($key:tt)+),)?
            $(after_text($after_text:literal),)?
            $(after($($after:tt)+),)?
            $(until($($until:tt)+),)?
        }
    ) => {
        $crate::__private::operation($scope, $name, ::core::file!(), ::core::line!())
            $(.key(&($($key)+)))?
            $(.$op($crate::__private::literal($after_text)))?
            $(.$op($crate::__private::after($($after)+)))?
            $(.$op($crate::__private::until($($until)+)))?
    };
}

/// A value of this workflow: taken once and recorded.
#[doc(hidden)]
#[macro_export]
macro_rules! __value {
    (
        $scope:ident, $op:ident $name:literal,
        {
            $(key($($key:tt)+),)?
        },
        $value:expr
    ) => {
        $crate::__private::operation($scope, $name, ::core::file!(), ::core::line!())
            $(.key(&($($key)+)))?
            .$op(|| $value)
    };
}

/// A part of this workflow, which is a helper with operations of its own, or a child, which is a
/// run of another workflow.
#[doc(hidden)]
#[macro_export]
macro_rules! __call {
    (
        $scope:ident, $op:ident $name:literal,
        {
            $(key($($key:tt)+),)?
        },
        $call:expr
    ) => {
        $crate::__private::operation($scope, $name, ::core::file!(), ::core::line!())
            $(.key(&($($key)+)))?
            .$op($call)
    };
}

/// A wait of this workflow for a signal.
#[doc(hidden)]
#[macro_export]
macro_rules! __wait {
    (
        $scope:ident, $op:ident $name:literal,
        {
            $(key($($key:tt)+),)?
            $(signal($($signal:tt)+),)?
            $(timeout($($timeout:tt)+),)?
            $(timeout_text($timeout_text:literal),)?
        }
    ) => {
        $crate::__private::operation($scope, $name, ::core::file!(), ::core::line!())
            $(.key(&($($key)+)))?
            $(.signal(&($($signal)+)))?
            $(.timeout($crate::__private::after($($timeout)+)))?
            $(.timeout($crate::__private::literal($timeout_text)))?
            .$op()
    };
}

/// Where the manifest of what a part calls is found.
#[doc(hidden)]
#[macro_export]
macro_rules! __spec_of {
    ([$($import:item)*] $callee:path) => {{
        #[allow(unused_imports, reason = "the path may need none of them")]
        fn spec() -> &'static $crate::__private::Spec {
            use $crate::__private::links::*;
            $($import)*
            (&&$crate::__private::Callee($callee)).spec()
        }
        spec
    }};
}

/// The body of a workflow with mistakes: editors go on completing in it, and the compiler does not
/// see it, so that one mistake does not become twenty.
#[cfg(rust_analyzer)]
#[doc(hidden)]
#[macro_export]
macro_rules! __for_editors {
    ($($token:tt)*) => { $($token)* };
}

/// See the other one.
#[cfg(not(rust_analyzer))]
#[doc(hidden)]
#[macro_export]
macro_rules! __for_editors {
    ($($token:tt)*) => {};
}
