//! Keeps and finds the manifests of workflows.

use rusqlite::{OptionalExtension as _, params};

use super::convert::int;
use super::sql::Reads;
use super::transaction::Transaction;
use crate::store::Definition;

impl Transaction<'_, '_> {
    pub(super) fn define(&mut self, definitions: &[Definition]) -> rusqlite::Result<()> {
        for Definition {
            workflow,
            fingerprint,
            manifest,
        } in definitions
        {
            let define = &mut self.sql.define;
            define.execute(params![workflow, int(*fingerprint), manifest])?;
        }
        Ok(())
    }
}

impl Reads<'_> {
    pub(super) fn definition(
        &mut self,
        workflow: &str,
        fingerprint: u64,
    ) -> rusqlite::Result<Option<String>> {
        let key = params![workflow, int(fingerprint)];
        let found = self.definition.query_row(key, |row| row.get(0));
        found.optional()
    }
}
