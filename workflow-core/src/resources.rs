//! What workflows borrow from the engine: one value per type.

use std::any::{Any, TypeId, type_name};
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

/// The values that the engine's builder was given, by type.
#[derive(Clone, Default)]
pub(crate) struct Resources {
    /// Each holds an `Arc<T>` under the id of `T`, which may be a trait object.
    by_type: HashMap<TypeId, Arc<dyn Any + Send + Sync>>,
}

impl Resources {
    pub(crate) fn insert<T: ?Sized + Send + Sync + 'static>(&mut self, value: Arc<T>) {
        self.by_type.insert(TypeId::of::<T>(), Arc::new(value));
    }

    pub(crate) fn contains(&self, id: TypeId) -> bool {
        self.by_type.contains_key(&id)
    }

    /// The value of this type. The builder has checked that there is one for every workflow.
    pub(crate) fn get<T: ?Sized + Send + Sync + 'static>(&self) -> &T {
        self.by_type
            .get(&TypeId::of::<T>())
            .and_then(|value| value.downcast_ref::<Arc<T>>())
            .unwrap_or_else(|| {
                panic!(
                    "no resource of type `{}`: a workflow's `SPEC` must list what it borrows",
                    type_name::<T>()
                )
            })
    }
}

impl fmt::Debug for Resources {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Resources({})", self.by_type.len())
    }
}
