-- 1: a child whose parent no longer waits for it, and is not told of its end. Runs that wait for a
-- child wait for any of those that they have not given up ("child:any").
ALTER TABLE runs ADD COLUMN given_up INTEGER NOT NULL DEFAULT 0;
