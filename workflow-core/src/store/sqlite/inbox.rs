//! Requests to runs and what commits do with them, inside a transaction.

use rusqlite::{OptionalExtension as _, params};
use workflow_tracker::Timestamp;

use super::convert::{self, int, millis};
use super::transaction::Transaction;
use crate::id::RunId;
use crate::store::rules;
use crate::store::{
    Await, CancelChildren, Children, EndStatus, NewRequest, NewRow, Refused, RequestKind,
    RequestReply, RunNo, RunStatus,
};

impl Transaction<'_, '_> {
    pub(super) fn request(&mut self, request: &NewRequest) -> rusqlite::Result<RequestReply> {
        let run = request.run.0;
        let listening = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, convert::awaits(row, 1)?));
        let found = self.sql.listening_run.query_row([run], listening);
        let Some((status, awaits)): Option<(RunStatus, _)> = found.optional()? else {
            return Ok(RequestReply::Unknown);
        };
        if status.is_terminal() {
            return Ok(RequestReply::Ended(status));
        }
        let is_cancel = matches!(request.kind, RequestKind::Cancel { .. });
        if is_cancel && self.sql.first_cancel.exists([run])? {
            return Ok(RequestReply::Accepted);
        }
        let (kind, body, name, payload) = convert::request_columns(&request.kind);
        let values = params![run, kind, body, millis(request.at), name, payload];
        self.sql.insert_request.execute(values)?;
        self.left = true;
        if status == RunStatus::Waiting && rules::wakes(&awaits, &request.kind) {
            self.wake(request.run, request.at)?;
        }
        Ok(RequestReply::Accepted)
    }

    /// Makes a waiting run due.
    fn wake(&mut self, run: RunNo, at: Timestamp) -> rusqlite::Result<()> {
        self.sql.wake_run.execute(params![run.0, millis(at)])?;
        Ok(())
    }

    /// The refusal of an end by the first cancel in the inbox of a run, if there is one.
    pub(super) fn cancel_of(&mut self, run: RunNo) -> rusqlite::Result<Option<Refused>> {
        let refused = |row: &rusqlite::Row<'_>| {
            let reason = row.get(0)?;
            Ok(Refused::CancelRequested { reason })
        };
        let cancel = self.sql.first_cancel.query_row([run.0], refused);
        cancel.optional()
    }

    /// Takes the requests that a commit used out of the inbox; one that is not there is named,
    /// and then nothing is taken.
    pub(super) fn use_requests(
        &mut self,
        run: RunNo,
        used: &[u64],
    ) -> rusqlite::Result<Option<u64>> {
        for id in used {
            if !self.sql.request_of_run.exists(params![int(*id), run.0])? {
                return Ok(Some(*id));
            }
        }
        for id in used {
            self.sql.use_request.execute([int(*id)])?;
        }
        Ok(None)
    }

    /// A run waits: it is due at once where what it awaits has come already.
    pub(super) fn await_in(
        &mut self,
        run: RunNo,
        awaits: &[Await],
        at: Timestamp,
    ) -> rusqlite::Result<()> {
        if awaits.is_empty() {
            return Ok(());
        }
        let came = self
            .sql
            .names_in_inbox
            .query_map([run.0], convert::ended_wait)?;
        let came: Vec<_> = came.collect::<rusqlite::Result<_>>()?;
        if came.iter().flatten().any(|wait| awaits.contains(wait)) {
            self.wake(run, at)?;
        }
        Ok(())
    }

    /// Tells the parent of a run that it has ended, by its last row.
    pub(super) fn tell_parent(
        &mut self,
        parent: RunNo,
        child: RunNo,
        status: EndStatus,
        last: &NewRow,
        at: Timestamp,
    ) -> rusqlite::Result<()> {
        let of_child = |row: &rusqlite::Row<'_>| convert::uuid(row, 0);
        let child = self.sql.id_of_run.query_row([child.0], of_child)?;
        let kind = RequestKind::ChildEnded {
            child: RunId::from(child),
            status,
            fields: last.fields.clone(),
            payload: last.payload.clone(),
        };
        // A parent that has ended, or is gone, does not want to know.
        self.request(&NewRequest {
            run: parent,
            kind,
            at,
        })?;
        Ok(())
    }

    /// Nobody waits for these children of a run any more.
    fn give_up(&mut self, run: RunNo, children: &[RunId]) -> rusqlite::Result<()> {
        for child in children {
            let id = child.as_uuid();
            let given_up = &mut self.sql.give_up;
            given_up.execute(params![id.as_bytes(), run.0])?;
            let told = params![run.0, child.to_string()];
            self.sql.forget_end.execute(told)?;
        }
        Ok(())
    }

    pub(super) fn cancel_children(
        &mut self,
        run: RunNo,
        cancels: &CancelChildren,
        at: Timestamp,
    ) -> rusqlite::Result<()> {
        let child = |row: &rusqlite::Row<'_>| {
            let id = convert::uuid(row, 1)?;
            Ok((RunNo(row.get(0)?), RunId::from(id)))
        };
        let open = self.sql.open_children.query_map([run.0], child)?;
        let open: Vec<_> = open.collect::<rusqlite::Result<_>>()?;
        match &cancels.which {
            Children::All => {}
            Children::These(these) => self.give_up(run, these)?,
        }
        let is_meant = |id: &RunId| match &cancels.which {
            Children::All => true,
            Children::These(these) => these.contains(id),
        };
        for (child, _) in open.into_iter().filter(|(_, id)| is_meant(id)) {
            let reason = Some(cancels.reason.clone());
            self.request(&NewRequest {
                run: child,
                kind: RequestKind::Cancel { reason },
                at,
            })?;
        }
        Ok(())
    }
}
