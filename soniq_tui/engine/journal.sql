-- migration_1: the first version
CREATE TABLE batch (
  id INTEGER PRIMARY KEY,
  importer TEXT NOT NULL,
  label TEXT NOT NULL,
  options BLOB NOT NULL,
  priority INTEGER NOT NULL,
  state TEXT NOT NULL,
  total INTEGER NOT NULL,
  done INTEGER NOT NULL,
  skipped INTEGER NOT NULL,
  failed INTEGER NOT NULL,
  added_at_s REAL NOT NULL,
  ended_at_s REAL,
  worked_s REAL NOT NULL,
  error TEXT NOT NULL
) STRICT;
CREATE TABLE job (
  id INTEGER PRIMARY KEY,
  batch_id INTEGER NOT NULL REFERENCES batch (id) ON DELETE CASCADE,
  importer TEXT NOT NULL,
  stage TEXT NOT NULL,
  first_stage TEXT NOT NULL,
  key TEXT NOT NULL,
  label TEXT NOT NULL,
  origin BLOB NOT NULL,
  payload BLOB,
  priority INTEGER NOT NULL,
  state TEXT NOT NULL,
  attempt INTEGER NOT NULL,
  fence INTEGER NOT NULL,
  not_before_at_s REAL NOT NULL,
  weight INTEGER NOT NULL,
  total INTEGER NOT NULL,
  done INTEGER NOT NULL,
  skipped INTEGER NOT NULL,
  failed INTEGER NOT NULL,
  suspects TEXT NOT NULL,
  retries INTEGER NOT NULL,
  error TEXT NOT NULL,
  lane TEXT NOT NULL,
  run_s REAL NOT NULL,
  changed_at_s REAL NOT NULL,
  UNIQUE (batch_id, key)
) STRICT;
CREATE INDEX job_live ON job (batch_id, id)
  WHERE state NOT IN ('done', 'skipped', 'failed', 'cancelled', 'set aside');
CREATE TABLE error (
  id INTEGER PRIMARY KEY,
  batch_id INTEGER NOT NULL REFERENCES batch (id) ON DELETE CASCADE,
  job_id INTEGER NOT NULL REFERENCES job (id) ON DELETE CASCADE,
  item TEXT NOT NULL,
  stage TEXT NOT NULL,
  kind TEXT NOT NULL,
  reason TEXT NOT NULL,
  attempts INTEGER NOT NULL,
  at_s REAL NOT NULL
) STRICT;
CREATE INDEX error_of_batch ON error (batch_id, id);
CREATE INDEX error_of_job ON error (job_id);

-- put_batch: insert or update one batch
INSERT INTO batch (id, importer, label, options, priority, state, total, done, skipped, failed,
                   added_at_s, ended_at_s, worked_s, error)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (id) DO UPDATE SET
  priority = excluded.priority, state = excluded.state, total = excluded.total,
  done = excluded.done, skipped = excluded.skipped, failed = excluded.failed,
  ended_at_s = excluded.ended_at_s, worked_s = excluded.worked_s, error = excluded.error;

-- add_job: a job that was admitted; its payload is where a retry starts from
INSERT INTO job (stage, payload, priority, state, attempt, fence, not_before_at_s, total, done,
                 skipped, failed, suspects, retries, error, run_s, changed_at_s, id,
                 batch_id, importer, first_stage, key, label, origin, weight, lane)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?);

-- move_job: a job that moved, its payload with it
UPDATE job SET stage = ?, payload = ?, priority = ?, state = ?, attempt = ?, fence = ?,
  not_before_at_s = ?, total = ?, done = ?, skipped = ?, failed = ?, suspects = ?, retries = ?,
  error = ?, run_s = ?, changed_at_s = ?
WHERE id = ?;

-- move_job_only: a job that moved with the payload it has
UPDATE job SET stage = ?, priority = ?, state = ?, attempt = ?, fence = ?,
  not_before_at_s = ?, total = ?, done = ?, skipped = ?, failed = ?, suspects = ?, retries = ?,
  error = ?, run_s = ?, changed_at_s = ?
WHERE id = ?;

-- empty_batch: cancel all that waits in a batch
UPDATE job SET state = 'cancelled', changed_at_s = ?
WHERE batch_id = ? AND state IN ('queued', 'paused');

-- book_error: one item that could not be done
INSERT INTO error (batch_id, job_id, item, stage, kind, reason, attempts, at_s)
VALUES (?, ?, ?, ?, ?, ?, ?, ?);

-- clear_errors: a job starts again
DELETE FROM error WHERE job_id = ?;

-- open_batches: batches that have not ended
SELECT * FROM batch WHERE state NOT IN ('done', 'cancelled', 'failed') ORDER BY id;

-- batch: one batch
SELECT * FROM batch WHERE id = ?;

-- newest_batches: the newest ones, newest first
SELECT * FROM batch ORDER BY id DESC LIMIT ?;

-- live_jobs: jobs of a batch that have not ended
SELECT id, batch_id, importer, stage, first_stage, key, label, coalesce(payload, origin) AS payload,
  priority, state, attempt, fence, not_before_at_s, weight, total, done, skipped, failed, suspects,
  retries, error, lane, run_s
FROM job
WHERE batch_id = ? AND state NOT IN ('done', 'skipped', 'failed', 'cancelled', 'set aside')
ORDER BY id;

-- ended_jobs: jobs of a batch that a retry can queue again; cancelled ones if the batch was
SELECT id, batch_id, importer, stage, first_stage, key, label, x'' AS payload,
  priority, state, attempt, fence, not_before_at_s, weight, total, done, skipped, failed, suspects,
  retries, error, lane, run_s
FROM job WHERE batch_id = :batch_id AND (state IN ('failed', 'set aside') OR state = 'cancelled'
  AND (SELECT batch.state FROM batch WHERE batch.id = :batch_id) = 'cancelled')
ORDER BY id;

-- jobs_by_id: some jobs, ended or not
SELECT id, batch_id, importer, stage, first_stage, key, label, x'' AS payload,
  priority, state, attempt, fence, not_before_at_s, weight, total, done, skipped, failed, suspects,
  retries, error, lane, run_s
FROM job WHERE id IN (SELECT value FROM json_each(?)) ORDER BY id;

-- live_ids: all jobs that have not ended
SELECT id FROM job WHERE state NOT IN ('done', 'skipped', 'failed', 'cancelled', 'set aside');

-- keys: keys of all jobs of a batch
SELECT key FROM job WHERE batch_id = ?;

-- payload: what a job starts with
SELECT coalesce(payload, origin) FROM job WHERE id = ?;

-- last_ids: the largest numbers given so far
SELECT coalesce((SELECT max(id) FROM batch), 0), coalesce((SELECT max(id) FROM job), 0);

-- shown_jobs: jobs with the word on screen; what waits because its batch is paused reads paused
SELECT j.*, queue_of(j.importer, j.stage) AS queue,
  CASE WHEN j.state = 'queued' AND b.state IN ('paused', 'pausing') THEN 'paused' ELSE j.state END
    AS shown
FROM job AS j JOIN batch AS b ON b.id = j.batch_id

-- count_jobs: how many jobs match
SELECT count(*) FROM ({shown_jobs}) WHERE (:batch_id IS NULL OR batch_id = :batch_id) AND {filter};

-- page_jobs: one page of jobs
SELECT id, batch_id, importer, queue, label, stage, shown, attempt, total, done, skipped, failed,
  run_s, error
FROM ({shown_jobs}) WHERE (:batch_id IS NULL OR batch_id = :batch_id) AND {filter}
ORDER BY id LIMIT :limit OFFSET :offset;

-- count_causes: how many causes match
SELECT count(*) FROM (
  SELECT 1 FROM error AS e WHERE (:batch_id IS NULL OR e.batch_id = :batch_id) AND {filter}
  GROUP BY e.batch_id, e.stage, e.kind, e.reason);

-- page_causes: failures grouped by what caused them, most frequent first
SELECT e.batch_id, b.importer, e.stage, e.kind, e.reason, count(*) AS count,
  min(e.at_s) AS first_at_s, max(e.at_s) AS last_at_s, min(e.item) AS sample
FROM error AS e JOIN batch AS b ON b.id = e.batch_id
WHERE (:batch_id IS NULL OR e.batch_id = :batch_id) AND {filter}
GROUP BY e.batch_id, e.stage, e.kind, e.reason
ORDER BY count DESC, last_at_s DESC LIMIT :limit OFFSET :offset;

-- count_errors: how many failed items match
SELECT count(*) FROM error AS e
WHERE (:batch_id IS NULL OR e.batch_id = :batch_id)
  AND (:stage IS NULL OR e.stage = :stage) AND (:kind IS NULL OR e.kind = :kind)
  AND (:reason IS NULL OR e.reason = :reason) AND {filter};

-- page_errors: one page of failed items
SELECT e.id, e.batch_id, e.job_id, e.item, e.stage, e.kind, e.reason, e.attempts, e.at_s
FROM error AS e
WHERE (:batch_id IS NULL OR e.batch_id = :batch_id)
  AND (:stage IS NULL OR e.stage = :stage) AND (:kind IS NULL OR e.kind = :kind)
  AND (:reason IS NULL OR e.reason = :reason) AND {filter}
ORDER BY e.id LIMIT :limit OFFSET :offset;

-- queue_depths: waiting jobs by importer and stage, of all batches that have not ended
SELECT j.importer, j.stage, count(*) FROM job AS j JOIN batch AS b ON b.id = j.batch_id
WHERE j.state = 'queued' AND b.state NOT IN ('done', 'cancelled', 'failed')
GROUP BY j.importer, j.stage;

-- count_batches: how many batches match
SELECT count(*) FROM batch WHERE (:batch_id IS NULL OR id = :batch_id) AND {filter};

-- page_batches: one page of batches, newest first
SELECT * FROM batch WHERE (:batch_id IS NULL OR id = :batch_id) AND {filter}
ORDER BY id DESC LIMIT :limit OFFSET :offset;
