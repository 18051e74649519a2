//! The parts of a body: a part writes nothing itself, it gives what is inside it a path.

use super::operation::{Name, describe};
use super::{Interrupt, RunState};
use crate::journal::{Divergence, OperationId};
use crate::spec::OperationKind;

impl RunState {
    /// Names a part: its expression was evaluated. Its repeat is fixed now.
    pub(crate) fn name_part(&mut self, name: Name) -> OperationId {
        let site = name.site;
        let (id, key_is_alive) = self.identify(name);
        if key_is_alive {
            let asked = describe(OperationKind::Part, &id, site);
            let divergence = Divergence::key_twice(&id, &asked);
            self.interrupt(Interrupt::Blocked(Box::new(divergence)));
        }
        id
    }

    /// The future of a part was dropped, and everything inside it.
    pub(crate) fn drop_part(&mut self, id: &OperationId) {
        self.forget(id);
    }
}
