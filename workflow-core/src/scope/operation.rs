//! The scope that operations borrow.
use super::sleep::{Sleep, Wake};
use super::step::{Attempt, Step, StepOptions};
use super::token::Brand;
use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;

#[derive(Debug)]
pub(crate) struct Execution {}

/// Where an operation stands in the source, and its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Site {
    /// The operation's name.
    pub name: &'static str,
    /// The file.
    pub file: &'static str,
    /// The line.
    pub line: u32,
}

/// What the operations of a body borrow; it lives in the guard.
#[derive(Debug)]
pub struct Scope<'run> {
    brand: Brand<'run>,
}

impl<'run> Scope<'run> {
    pub(crate) fn new() -> Self {
        Self { brand: PhantomData }
    }

    /// A step: named now, asked for when it is first polled.
    pub fn step<'a, T, F>(
        &'a self,
        site: Site,
        key: Option<String>,
        options: StepOptions,
        attempt: F,
    ) -> Step<'a, T>
    where
        F: FnMut() -> Pin<Box<dyn Future<Output = Attempt<T>> + Send + 'a>> + Send + 'a,
    {
        let _ = (site, key, options, attempt);
        todo!()
    }

    /// A durable sleep: named now, asked for when it is first polled.
    pub fn sleep<'a>(&'a self, site: Site, key: Option<String>, wake: Wake) -> Sleep<'a> {
        let _ = (site, key, wake);
        todo!()
    }
}
