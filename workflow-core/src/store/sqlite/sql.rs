//! Every statement of the store, each with its name.

use rusqlite::{Connection, Statement};

/// Statements that are prepared once for a connection.
macro_rules! statements {
    ($(#[$doc:meta])* $set:ident { $( $(#[$field_doc:meta])* $name:ident = $sql:expr; )* }) => {
        $(#[$doc])*
        pub(super) struct $set<'c> {
            $( $(#[$field_doc])* pub(super) $name: Statement<'c>, )*
        }

        impl<'c> $set<'c> {
            /// The name and the text of every statement.
            #[cfg(test)]
            pub(super) const TEXTS: &'static [(&'static str, &'static str)] =
                &[$((stringify!($name), $sql)),*];

            pub(super) fn prepare(connection: &'c Connection) -> rusqlite::Result<Self> {
                Ok(Self { $( $name: connection.prepare($sql)?, )* })
            }
        }
    };
}

/// The columns of a run's record, in the order in which `convert::record` takes them.
macro_rules! select_run {
    ($rest:literal) => {
        concat!(
            "SELECT run_no, run_id, workflow, version, user_id, input_digest, fingerprint, status, \
             wake_at, lane, owner, execution, crash_count, crash_seq, created_at, finished_at, parent, \
             awaits FROM runs ",
            $rest
        )
    };
}

/// The columns of a row, in the order in which `convert::row` takes them.
macro_rules! select_row {
    ($rest:literal) => {
        concat!(
            "SELECT seq, turn, event_id, type, occurred_at, recorded_at, format, fields, payload \
             FROM log ",
            $rest
        )
    };
}

/// The columns of an event as delivery sees it, and then those of its dead letter.
macro_rules! select_letter {
    ($rest:literal) => {
        concat!(
            "SELECT log.pos, event_id, run_id, log.seq, type, occurred_at, recorded_at, workflow, \
             user_id, fingerprint, format, fields, NULL, tracker, log.lane, at, http_status, reason \
             FROM dead_letters AS letters \
             CROSS JOIN log ON log.lane = letters.lane AND log.pos = letters.pos \
             CROSS JOIN runs ON runs.run_no = log.run_no ",
            $rest
        )
    };
}

statements! {
    /// What the writing connection does.
    Writes {
        begin = "BEGIN IMMEDIATE";
        commit = "COMMIT";
        rollback = "ROLLBACK";
        data_version = "PRAGMA data_version";

        standing = "SELECT status, owner, execution, lane, CASE given_up WHEN 0 THEN parent END, \
             (SELECT max(seq) FROM log WHERE log.run_no = runs.run_no) \
             FROM runs WHERE run_no = ?1";
        insert_run = "INSERT INTO runs (run_id, workflow, version, user_id, input_digest, \
             fingerprint, status, wake_at, lane, owner, execution, created_at, finished_at, \
             parent, awaits) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15) \
             ON CONFLICT DO NOTHING";
        place_run = "UPDATE runs SET status = ?2, wake_at = ?3, owner = ?4, finished_at = ?5, \
             awaits = ?6 WHERE run_no = ?1";
        take_run = "UPDATE runs SET status = ?2, wake_at = ?3, owner = ?4, finished_at = ?5, \
             awaits = ?6, execution = ?7, fingerprint = ?8, \
             crash_count = coalesce(?9, crash_count), crash_seq = coalesce(?10, crash_seq) \
             WHERE run_no = ?1";
        release_run = "UPDATE runs SET owner = NULL \
             WHERE run_no = ?1 AND owner = ?2 AND execution = ?3 AND status = 'running'";
        run_by_user_id = select_run!("WHERE workflow = ?1 AND user_id = ?2 AND replaced = 0");
        run_by_id = select_run!("WHERE run_id = ?1");
        set_code = "UPDATE runs SET fingerprint = ?2 WHERE run_no = ?1";
        define = "INSERT INTO definitions (workflow, fingerprint, manifest) VALUES (?1, ?2, ?3) \
             ON CONFLICT DO UPDATE SET manifest = excluded.manifest";
        id_of_run = "SELECT run_id FROM runs WHERE run_no = ?1";
        listening_run = "SELECT status, awaits FROM runs WHERE run_no = ?1";
        wake_run = "UPDATE runs SET wake_at = min(coalesce(wake_at, ?2), ?2) WHERE run_no = ?1";
        give_up = "UPDATE runs SET given_up = 1 WHERE run_id = ?1 AND parent = ?2";
        forget_end = "DELETE FROM inbox WHERE run_no = ?1 AND name = ?2 AND kind GLOB 'child_*'";
        open_children = "SELECT run_no, run_id FROM runs \
             WHERE parent = ?1 AND finished_at IS NULL ORDER BY run_no";

        unblock = "UPDATE runs SET status = 'waiting', wake_at = ?2 \
             WHERE run_no = ?1 AND status = 'blocked'";
        set_aside = "UPDATE runs SET replaced = 1 WHERE run_no = ?1 AND finished_at IS NOT NULL";

        // Purging: by the index of finished runs.
        finished_runs = "SELECT run_no, finished_at, lane FROM runs \
             WHERE status = ?1 AND finished_at IS NOT NULL AND (finished_at, run_no) > (?2, ?3) \
             AND finished_at <= ?4 ORDER BY finished_at, run_no LIMIT ?5";
        last_pos = LAST_POS;
        open_parent = "SELECT 1 FROM runs AS child \
             JOIN runs AS parent ON parent.run_no = child.parent \
             WHERE child.run_no = ?1 AND parent.finished_at IS NULL";
        letter_of_run = "SELECT 1 FROM dead_letters WHERE run_no = ?1";
        delete_run = "DELETE FROM runs WHERE run_no = ?1";
        insert_gone_run = "INSERT INTO gone (run_no) VALUES (?1)";
        gone_run = "SELECT run_no FROM gone ORDER BY run_no LIMIT 1";
        forget_gone_run = "DELETE FROM gone WHERE run_no = ?1";
        delete_rows = "DELETE FROM log WHERE run_no = ?1 \
             AND seq < (SELECT min(seq) FROM log WHERE run_no = ?1) + ?2";
        least_cursors = "SELECT lane, min(pos) FROM cursors GROUP BY lane";
        note_delivered = "INSERT OR REPLACE INTO delivered (lane, at, pos) \
             SELECT lane, ?1, min(pos) AS least FROM cursors GROUP BY lane \
             HAVING least > coalesce((SELECT max(pos) FROM delivered AS earlier \
               WHERE earlier.lane = cursors.lane), 0)";
        delivered_at = "SELECT pos FROM delivered WHERE lane = ?1 AND at <= ?2 \
             ORDER BY at DESC LIMIT 1";
        forget_delivered = "DELETE FROM delivered WHERE lane = ?1 AND at < ( \
             SELECT max(at) FROM delivered WHERE lane = ?1 AND at <= ?2)";

        insert_row = "INSERT INTO log (run_no, seq, turn, lane, pos, event_id, type, occurred_at, \
             recorded_at, format, fields, codec, payload) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)";
        head_of_lane = "SELECT head FROM lanes WHERE lane = ?1";
        move_head = "UPDATE lanes SET head = ?2 WHERE lane = ?1";
        heads = "SELECT head FROM lanes ORDER BY lane";

        first_cancel = "SELECT body FROM inbox WHERE run_no = ?1 AND kind = 'cancel' \
             ORDER BY id LIMIT 1";
        insert_request = "INSERT INTO inbox (run_no, kind, body, at, name, payload) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
        names_in_inbox = "SELECT kind, name FROM inbox WHERE run_no = ?1 ORDER BY id";
        request_of_run = "SELECT 1 FROM inbox WHERE id = ?1 AND run_no = ?2";
        use_request = "DELETE FROM inbox WHERE id = ?1";
        clear_inbox = "DELETE FROM inbox WHERE run_no = ?1";

        insert_cursors = "INSERT INTO cursors (tracker, lane, start, pos) \
             SELECT ?1, lane, at, at FROM (SELECT lane, CASE WHEN ?2 THEN coalesce( \
               (SELECT min(pos) - 1 FROM log WHERE log.lane = lanes.lane), head) ELSE head END AS at \
               FROM lanes) WHERE TRUE \
             ON CONFLICT DO NOTHING";
        move_cursor = "UPDATE cursors SET pos = ?3 WHERE tracker = ?1 AND lane = ?2 AND pos < ?3";
        pass_quarantined = "UPDATE cursors SET pos = ?3, quarantined = quarantined + 1 \
             WHERE tracker = ?1 AND lane = ?2 AND pos < ?3";
        insert_letter = "INSERT INTO dead_letters \
             (tracker, lane, pos, run_no, seq, at, http_status, reason) \
             SELECT ?1, lane, pos, run_no, seq, ?4, ?5, ?6 FROM log \
             WHERE lane = ?2 AND pos = ?3 ON CONFLICT DO NOTHING";
        pass_expired = "UPDATE cursors SET pos = ?3, expired = expired + ?4 \
             WHERE tracker = ?1 AND lane = ?2 AND pos < ?3";
        delete_letter = "DELETE FROM dead_letters WHERE tracker = ?1 AND lane = ?2 AND pos = ?3";
        count_delivered = "UPDATE cursors SET quarantined = quarantined - 1 \
             WHERE tracker = ?1 AND lane = ?2";
        delete_cursors = "DELETE FROM cursors WHERE tracker = ?1";
        delete_letters = "DELETE FROM dead_letters WHERE tracker = ?1";
        positions = POSITIONS;
        account = ACCOUNT;

        insert_engine = "INSERT INTO engines (pid, started_at) VALUES (?1, ?2)";
        mark_sync = "INSERT INTO meta (key, value) VALUES ('syncs', 1) \
             ON CONFLICT DO UPDATE SET value = value + 1";
    }
}

statements! {
    /// What a reading connection does.
    Reads {
        begin = "BEGIN";
        /// Nothing was written; and unlike a commit, a rollback cannot fail and leave the
        /// connection with an old view of the file.
        end = "ROLLBACK";

        definition = "SELECT manifest FROM definitions WHERE workflow = ?1 AND fingerprint = ?2";
        run_by_no = select_run!("WHERE run_no = ?1");
        run_by_id = select_run!("WHERE run_id = ?1");
        run_by_user_id = select_run!("WHERE workflow = ?1 AND user_id = ?2 AND replaced = 0");
        runs = select_run!("WHERE run_no < ?1 AND (?2 IS NULL OR workflow = ?2) \
             AND (?3 IS NULL OR status = ?3) AND created_at >= ?5 AND created_at < ?6 \
             ORDER BY run_no DESC LIMIT ?4");
        /// The same for a status that few runs have: by the index of open runs, then sorted.
        few_runs = select_run!("WHERE run_no < ?1 AND (?2 IS NULL OR workflow = ?2) \
             AND status = ?3 AND finished_at IS NULL AND created_at >= ?5 AND created_at < ?6 \
             ORDER BY run_no DESC LIMIT ?4");
        /// And for a way to end that few runs took.
        few_ended_runs = select_run!("WHERE run_no < ?1 AND (?2 IS NULL OR workflow = ?2) \
             AND status = ?3 AND finished_at IS NOT NULL AND created_at >= ?5 AND created_at < ?6 \
             ORDER BY run_no DESC LIMIT ?4");
        /// How many open runs have a status, counted no further than a limit.
        count_open = "SELECT count(*) FROM (SELECT 1 FROM runs \
             WHERE status = ?1 AND finished_at IS NULL LIMIT ?2)";
        count_ended = "SELECT count(*) FROM (SELECT 1 FROM runs \
             WHERE status = ?1 AND finished_at IS NOT NULL LIMIT ?2)";
        /// In the order of the index.
        census_of_open = "SELECT status, workflow, version, count(*) FROM runs \
             WHERE finished_at IS NULL GROUP BY status, workflow, version";
        census_of_ended = "SELECT status, count(*) FROM runs \
             WHERE finished_at IS NOT NULL GROUP BY status";

        // Due runs of one workflow: the index begins with status, workflow and version.
        /// In the order of the index: `wake_at` is empty here.
        ownerless_runs = select_run!("WHERE status = 'running' AND finished_at IS NULL \
             AND workflow = ?1 AND version IS ?2 AND owner IS NULL ORDER BY wake_at, run_no");
        abandoned_runs = select_run!("WHERE status = 'running' AND finished_at IS NULL \
             AND workflow = ?1 AND version IS ?2 AND owner < ?3 ORDER BY owner, wake_at, run_no");
        due_runs = select_run!("WHERE status = ?3 AND finished_at IS NULL \
             AND workflow = ?1 AND version IS ?2 AND owner IS NULL AND wake_at <= ?4 \
             ORDER BY wake_at, run_no");
        later_runs = "SELECT run_no, wake_at FROM runs \
             WHERE status = ?3 AND finished_at IS NULL AND workflow = ?1 AND version IS ?2 \
             AND owner IS NULL AND wake_at > ?4 ORDER BY wake_at";

        gone = "SELECT max(0, coalesce( \
             (SELECT min(pos) - 1 FROM log WHERE log.lane = lanes.lane AND pos > ?2), head) - ?2) \
             FROM lanes WHERE lane = ?1";

        rows = select_row!("WHERE run_no = ?1 AND seq > ?2 ORDER BY seq LIMIT ?3");
        last_row = select_row!("WHERE run_no = ?1 ORDER BY seq DESC LIMIT 1");

        requests = "SELECT id, run_no, kind = 'cancel' FROM inbox WHERE id > ?1 \
             ORDER BY id LIMIT ?2";
        inbox = "SELECT id, run_no, kind, body, at, name, payload FROM inbox WHERE run_no = ?1 \
             ORDER BY id";

        lane = "SELECT pos, event_id, run_id, seq, type, occurred_at, recorded_at, workflow, \
             user_id, fingerprint, format, fields, CASE WHEN ?3 THEN payload END \
             FROM log CROSS JOIN runs USING (run_no) \
             WHERE log.lane = ?1 AND pos > ?2 ORDER BY pos";
        positions = POSITIONS;
        account = ACCOUNT;
        trackers = "SELECT DISTINCT tracker FROM cursors ORDER BY tracker";
        letters = select_letter!("WHERE (?1 IS NULL OR tracker = ?1) \
             AND (tracker, letters.lane, letters.pos) > (?2, ?3, ?4) \
             ORDER BY tracker, letters.lane, letters.pos LIMIT ?5");
        letter = select_letter!("WHERE tracker = ?1 AND letters.lane = ?2 AND letters.pos = ?3");

        lane_of_run = "SELECT lane FROM runs WHERE run_no = ?1";
        last_pos = LAST_POS;
        rows_after = "SELECT count(*) FROM log WHERE run_no = ?1 AND pos > ?2";
    }
}

const ACCOUNT: &str = "SELECT sum(head - start), sum(pos - start), sum(quarantined), sum(expired) \
     FROM cursors JOIN lanes USING (lane) WHERE tracker = ?1";

const LAST_POS: &str = "SELECT pos FROM log WHERE run_no = ?1 ORDER BY seq DESC LIMIT 1";

const POSITIONS: &str = "SELECT lane, head, pos FROM cursors JOIN lanes USING (lane) \
     WHERE tracker = ?1 ORDER BY lane";
