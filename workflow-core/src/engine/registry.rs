//! The workflows that an engine serves.
#![expect(
    clippy::inline_always,
    reason = "what is generic over a step or a workflow is compiled with the user's own module"
)]

use std::collections::HashMap;
use std::sync::Arc;

use workflow_tracker::Captured;

use super::driver::BoxRun;
use super::slots::Key;
use crate::resources::Resources;
use crate::scope::{Execution, Inputs, Run, RunToken, Workflow};
use crate::showing::Showing;
use crate::spec::Spec;

/// A workflow without its types.
pub(super) trait Definition: Send + Sync {
    fn spec(&self) -> &'static Spec;

    /// A recorded input as the events of a run show it.
    fn shown_input(&self, input: &[u8], showing: &Showing) -> Option<Captured>;

    /// The structure of the workflow with its parts.
    fn fingerprint(&self) -> u64;

    /// One execution with this encoded input, or why it does not decode.
    fn execute(&self, execution: Arc<Execution>, input: &[u8]) -> Result<BoxRun, String>;
}

/// A workflow by what it takes and gives, and not by its type: so the code is compiled once for
/// all workflows with these inputs and this output.
struct Defined<I, O> {
    spec: &'static Spec,
    fingerprint: u64,
    run: for<'run> fn(RunToken<'run>, I) -> Run<'run, O>,
}

impl<I: Inputs, O: 'static> Definition for Defined<I, O> {
    fn spec(&self) -> &'static Spec {
        self.spec
    }

    fn shown_input(&self, input: &[u8], showing: &Showing) -> Option<Captured> {
        // By its types: which parts are sensitive is not in the bytes.
        showing.value(|| I::decode(input)?.encode())
    }

    fn fingerprint(&self) -> u64 {
        self.fingerprint
    }

    fn execute(&self, execution: Arc<Execution>, input: &[u8]) -> Result<BoxRun, String> {
        let input = I::decode(input)?;
        let run = (self.run)(RunToken::new(execution), input);
        Ok(Box::pin(async move {
            // The proof that the scope was closed: the types demand it, nobody needs its value.
            let _finished = run.await;
        }))
    }
}

/// A workflow, without an engine.
#[inline(always)]
pub(super) fn define<W: Workflow>() -> Arc<dyn Definition> {
    Arc::new(Defined {
        spec: W::SPEC,
        fingerprint: W::SPEC.fingerprint(),
        run: W::run,
    })
}

/// The workflows of an engine, by name and version.
#[derive(Clone, Default)]
pub(super) struct Registry {
    definitions: HashMap<Key, Arc<dyn Definition>>,
    /// How many runs of some workflows execute at once at most.
    limits: HashMap<Key, usize>,
}

impl Registry {
    /// Adds a workflow; false where its name and version are taken.
    pub(super) fn add(&mut self, definition: Arc<dyn Definition>, runs_max: Option<usize>) -> bool {
        let spec = definition.spec();
        let key = (spec.name.to_owned(), spec.version);
        self.limits.extend(runs_max.map(|max| (key.clone(), max)));
        self.definitions.insert(key, definition).is_none()
    }

    pub(super) fn get(&self, name: &str, version: Option<u32>) -> Option<&Arc<dyn Definition>> {
        self.definitions.get(&(name.to_owned(), version))
    }

    /// All of them.
    pub(super) fn definitions(&self) -> impl Iterator<Item = &Arc<dyn Definition>> {
        self.definitions.values()
    }

    /// The names and versions.
    pub(super) fn keys(&self) -> impl Iterator<Item = &Key> {
        self.definitions.keys()
    }

    /// The workflows of which not any number of runs may execute at once.
    pub(super) fn limits(&self) -> impl Iterator<Item = (Key, usize)> {
        self.limits.iter().map(|(key, max)| (key.clone(), *max))
    }

    /// What workflows borrow and the engine does not have, in words.
    pub(super) fn missing(&self, resources: &Resources) -> Vec<String> {
        let mut missing: Vec<_> = self
            .definitions
            .values()
            .map(|definition| definition.spec())
            .flat_map(|spec| {
                let resources = spec.all_resources().into_iter();
                resources.map(move |resource| (spec, resource))
            })
            .filter(|(_, resource)| !resources.contains((resource.id)()))
            .map(|(spec, resource)| format!("`{}` (for `{}`)", resource.type_name, spec.name))
            .collect();
        missing.sort();
        missing
    }
}
