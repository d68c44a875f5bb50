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

-- migration_2: queue controls, scale events, history; payloads beside their jobs
  -- A row that changes is written as a whole: 8 kB of payload must not ride on every move of a job.
CREATE TABLE payload (
  job_id INTEGER PRIMARY KEY REFERENCES job (id) ON DELETE CASCADE,
  origin BLOB NOT NULL,
  now BLOB
) STRICT;
INSERT INTO payload (job_id, origin, now)
  SELECT id, origin, payload FROM job WHERE state NOT IN ('done', 'skipped') ORDER BY id;
ALTER TABLE job DROP COLUMN payload;
ALTER TABLE job DROP COLUMN origin;
ALTER TABLE job ADD COLUMN deaths INTEGER NOT NULL DEFAULT 0;
ALTER TABLE job ADD COLUMN died_at INTEGER NOT NULL DEFAULT -1;
CREATE TABLE queue_control (
  queue TEXT PRIMARY KEY,
  slots INTEGER,
  held INTEGER,
  autoscaled INTEGER
) STRICT, WITHOUT ROWID;
CREATE TABLE scale (
  id INTEGER PRIMARY KEY,
  at_s REAL NOT NULL,
  queue TEXT NOT NULL,
  before INTEGER NOT NULL,
  after INTEGER NOT NULL,
  reason TEXT NOT NULL
) STRICT;
CREATE TABLE history (
  id INTEGER PRIMARY KEY,
  at_s REAL NOT NULL,
  batch_id INTEGER NOT NULL,
  queue TEXT NOT NULL,
  jobs INTEGER NOT NULL,
  failed INTEGER NOT NULL,
  items INTEGER NOT NULL,
  busy_s REAL NOT NULL
) STRICT;
CREATE INDEX history_at ON history (at_s);

-- migration_3: how runs ended; how long stages took and how many items failed, by the minute
CREATE TABLE attempt (
  job_id INTEGER NOT NULL REFERENCES job (id) ON DELETE CASCADE,
  fence INTEGER NOT NULL,
  stage TEXT NOT NULL,
  attempt INTEGER NOT NULL,
  state TEXT NOT NULL,
  again INTEGER NOT NULL,
  at_s REAL NOT NULL,
  run_s REAL NOT NULL,
  reason TEXT NOT NULL,
  PRIMARY KEY (job_id, fence)
) STRICT, WITHOUT ROWID;
ALTER TABLE history ADD COLUMN errors INTEGER;
ALTER TABLE history ADD COLUMN took TEXT;

-- migration_4: batches that are removed, and the largest numbers of what is gone
  -- Without these a number could be given twice: once more when the newest batch was removed.
CREATE TABLE forgotten (batch_id INTEGER PRIMARY KEY) STRICT;
CREATE TABLE gone (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  batch_id INTEGER NOT NULL,
  job_id INTEGER NOT NULL,
  error_id INTEGER NOT NULL,
  history_id INTEGER NOT NULL,
  ended_at_s REAL NOT NULL
) STRICT;
INSERT INTO gone VALUES (1, 0, 0, 0, 0, 0.0);
CREATE INDEX history_of_batch ON history (batch_id, at_s);

-- later_indexes: what journals of this version had not from the first; older programs do not mind
CREATE INDEX IF NOT EXISTS job_of_batch ON job (batch_id);
CREATE INDEX IF NOT EXISTS job_owed ON job (batch_id)
  WHERE weight = 0 AND state IN ('cancelled', 'failed', 'set aside');

-- put_batch: insert or update one batch
INSERT INTO batch (id, importer, label, options, priority, state, total, done, skipped, failed,
                   added_at_s, ended_at_s, worked_s, error)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (id) DO UPDATE SET
  priority = excluded.priority, state = excluded.state, total = excluded.total,
  done = excluded.done, skipped = excluded.skipped, failed = excluded.failed,
  ended_at_s = excluded.ended_at_s, worked_s = excluded.worked_s, error = excluded.error;

-- add_job: a job that was admitted
INSERT INTO job (stage, priority, state, attempt, fence, not_before_at_s, total, done,
                 skipped, failed, suspects, deaths, died_at, retries, error, run_s, changed_at_s, id,
                 batch_id, importer, first_stage, key, label, weight, lane)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?);

-- add_payload: what a job was admitted with, where a retry starts from; and what it carries now
INSERT INTO payload (job_id, origin, now) VALUES (?, ?, ?);

-- move_job: a job that moved
UPDATE job SET stage = ?, priority = ?, state = ?, attempt = ?, fence = ?,
  not_before_at_s = ?, total = ?, done = ?, skipped = ?, failed = ?, suspects = ?, deaths = ?,
  died_at = ?, retries = ?, error = ?, run_s = ?, changed_at_s = ?
WHERE id = ?;

-- move_payload: what a job carries now
UPDATE payload SET now = ? WHERE job_id = ?;

-- drop_payload: a job that is never run again; a small payload is not worth the page it costs
DELETE FROM payload WHERE job_id = ? AND length(origin) + coalesce(length(now), 0) > ?;

-- empty_batch: cancel all that waits in a batch
UPDATE job SET state = 'cancelled', changed_at_s = ?
WHERE batch_id = ? AND state IN ('queued', 'paused');

-- book_error: one item that could not be done
INSERT INTO error (id, batch_id, job_id, item, stage, kind, reason, attempts, at_s)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?);

-- drop_job: one that a commit may have written of which nobody knows whether it came through
DELETE FROM job WHERE id = ?;

-- drop_payload_of: what it was admitted with
DELETE FROM payload WHERE job_id = ?;

-- drop_attempts_of: how its runs ended
DELETE FROM attempt WHERE job_id = ?;

-- drop_errors: those such a commit may have booked
DELETE FROM error WHERE id >= ?;

-- drop_scales: those such a commit may have written
DELETE FROM scale WHERE id >= ?;

-- drop_history: that such a commit may have written
DELETE FROM history WHERE id >= ?;

-- last_numbers: the largest numbers of errors, scale events and minutes given so far
SELECT max(error_id, coalesce((SELECT max(id) FROM error), 0)),
  coalesce((SELECT max(id) FROM scale), 0),
  max(history_id, coalesce((SELECT max(id) FROM history), 0))
FROM gone;

-- clear_errors: a job starts again
DELETE FROM error WHERE job_id = ?;

-- put_control: what a person set of a queue; what is not given stays
INSERT INTO queue_control (queue, slots, held, autoscaled) VALUES (?, ?, ?, ?)
ON CONFLICT (queue) DO UPDATE SET slots = coalesce(excluded.slots, slots),
  held = coalesce(excluded.held, held), autoscaled = coalesce(excluded.autoscaled, autoscaled);

-- add_scale: one scale event
INSERT INTO scale (id, at_s, queue, before, after, reason) VALUES (?, ?, ?, ?, ?, ?);

-- prune_scales: forget old scale events
DELETE FROM scale WHERE id <= ?;

-- add_history: one minute of one queue and batch
INSERT INTO history (id, at_s, batch_id, queue, jobs, failed, items, busy_s, errors, took)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?);

-- add_attempt: one run of a stage that has ended; a commit that is repeated writes it again
INSERT OR REPLACE INTO attempt (job_id, fence, stage, attempt, state, again, at_s, run_s, reason)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?);

-- prune_attempts: forget the runs of the oldest jobs when there are more rows than that
DELETE FROM attempt WHERE job_id <= (
  SELECT job_id FROM attempt ORDER BY job_id DESC, fence DESC LIMIT 1 OFFSET ?);

-- prune_attempts_of: forget the oldest runs of a job that begins again and again
DELETE FROM attempt WHERE job_id = ? AND fence <= ?;

-- attempts: how the runs of a job ended, oldest first
SELECT fence, stage, attempt, state, again, at_s, run_s, reason FROM attempt
WHERE job_id = ? ORDER BY fence;

-- errors_of_job: the first items of a job that could not be done
SELECT id, batch_id, (SELECT b.importer FROM batch AS b WHERE b.id = error.batch_id) AS importer,
  job_id, item, stage, kind, reason, attempts, at_s FROM error
WHERE job_id = ? ORDER BY id LIMIT ?;

-- one_job: one job as lists show it, and what they do not show
SELECT id, batch_id, importer, queue, label, stage, shown, attempt, total, done, skipped, failed,
  ran_s, error, first_stage, priority, fence, retries, lane, not_before_at_s, changed_at_s
FROM ({shown_jobs}) WHERE id = ?;

-- prune_history: forget minutes that are too many
DELETE FROM history WHERE id <= ?;

-- prune_history_days: forget minutes that are too old
DELETE FROM history WHERE at_s < ?;

-- keep_numbers: what is removed was given numbers that must not be given again; ended_at_s
UPDATE gone SET batch_id = max(batch_id, coalesce((SELECT max(id) FROM batch), 0)),
  job_id = max(job_id, coalesce((SELECT max(id) FROM job), 0)),
  error_id = max(error_id, coalesce((SELECT max(id) FROM error), 0)),
  history_id = max(history_id, coalesce((SELECT max(id) FROM history), 0)),
  ended_at_s = max(ended_at_s, ?);

-- forget_batch: what it leaves goes bit by bit
INSERT OR IGNORE INTO forgotten (batch_id) VALUES (?);

-- drop_batch: a batch, and nothing else: what is its goes with it only where foreign keys are on
DELETE FROM batch WHERE id = ?;

-- left_behind: a batch that is gone and has left something
SELECT min(batch_id) FROM forgotten;

-- sweep_errors: some failed items of a batch that is gone
DELETE FROM error WHERE id IN (SELECT id FROM error WHERE batch_id = ? ORDER BY id LIMIT ?);

-- sweep_history: some minutes of it
DELETE FROM history WHERE id IN (SELECT id FROM history WHERE batch_id = ? LIMIT ?);

-- jobs_to_sweep: some jobs of it, with the bytes of their payloads
SELECT j.id, coalesce(length(p.origin) + coalesce(length(p.now), 0), 0)
FROM job AS j LEFT JOIN payload AS p ON p.job_id = j.id
WHERE j.batch_id = ? ORDER BY j.id LIMIT ?;

-- sweep_job: with payload and runs, by foreign keys
DELETE FROM job WHERE id = ?;

-- swept: nothing is left of it
DELETE FROM forgotten WHERE batch_id = ?;

-- free_pages: how many pages nobody uses, of how many, and whether some can be given back (2)
SELECT f.freelist_count, p.page_count, a.auto_vacuum
FROM pragma_freelist_count AS f, pragma_page_count AS p, pragma_auto_vacuum AS a;

-- give_back: some of them; 12,850 of 13,160 took 65 slices of 2 ms
PRAGMA incremental_vacuum(200);

-- ended_batches: those that can be forgotten, of some or of all: nothing of them is left to do
SELECT id, ended_at_s FROM batch AS b
WHERE (:batches IS NULL OR id IN (SELECT value FROM json_each(:batches)))
  AND state IN ('done', 'cancelled', 'failed')
  AND NOT EXISTS (SELECT 1 FROM job INDEXED BY job_live WHERE batch_id = b.id AND {is_live})
ORDER BY id;

-- ended_before: those of them that ended before a moment, as far as their time can be true
  -- Numbers only grow, so a batch begins behind those with smaller ones. One that is said to have
  -- ended before that ended under a clock that was behind, and nobody knows when. What is said to
  -- have begun in a time to come tells nothing.
  -- What shows that stays with it, or nothing would show it any more.
WITH known AS (
  SELECT *, max(iif(added_at_s <= :now_at_s, added_at_s, 0.0)) OVER (ORDER BY id) AS begun_at_s
  FROM batch
)
SELECT id, ended_at_s FROM known AS b
WHERE state IN ('done', 'cancelled', 'failed')
  AND (:batches IS NULL OR id IN (SELECT value FROM json_each(:batches)))
  AND ended_at_s >= :first_at_s AND ended_at_s >= begun_at_s - :slack_s
  AND max(ended_at_s, begun_at_s) < :before_s
  AND added_at_s NOT IN (
    SELECT begun_at_s FROM known
    WHERE ended_at_s >= :first_at_s AND ended_at_s < begun_at_s - :slack_s)
  AND NOT EXISTS (SELECT 1 FROM job INDEXED BY job_live WHERE batch_id = b.id AND {is_live})
ORDER BY id;

-- newest_moment: when a batch had last begun or ended before a moment; null: none had
SELECT max(max(added_at_s, iif(ended_at_s < :before_s, ended_at_s, 0.0))) FROM batch
WHERE added_at_s < :before_s;

-- weigh_batch: jobs and failed items of one batch, and about how many bytes all of it takes
  -- Beside its texts a row takes what its numbers and its entries in indexes do.
SELECT
  (SELECT count(*) FROM job WHERE batch_id = :batch_id),
  (SELECT count(*) FROM error WHERE batch_id = :batch_id),
  (SELECT coalesce(sum(130 + length(j.importer) + length(j.stage) + length(j.first_stage)
      + 2 * length(j.key) + length(j.label) + length(j.error) + length(j.lane)
      + coalesce(12 + length(p.origin) + coalesce(length(p.now), 0), 0)), 0)
    FROM job AS j LEFT JOIN payload AS p ON p.job_id = j.id WHERE j.batch_id = :batch_id)
  + (SELECT coalesce(sum(50 + length(item) + length(stage) + length(kind) + length(reason)), 0)
    FROM error WHERE batch_id = :batch_id)
  + (SELECT coalesce(sum(50 + length(a.stage) + length(a.reason)), 0)
    FROM job AS j JOIN attempt AS a ON a.job_id = j.id WHERE j.batch_id = :batch_id)
  + (SELECT 90 * count(*) FROM history WHERE batch_id = :batch_id);

-- last_end: when the last of the batches that are gone had ended
SELECT ended_at_s FROM gone;

-- controls: what was ever set of the queues
SELECT queue, slots, held, autoscaled FROM queue_control;

-- open_batches: batches that have not ended
SELECT * FROM batch WHERE state NOT IN ('done', 'cancelled', 'failed') ORDER BY id;

-- batch: one batch
SELECT * FROM batch WHERE id = ?;

-- newest_batches: the newest ones, newest first
SELECT * FROM batch ORDER BY id DESC LIMIT ?;

-- job_columns: a job as it is made from a row, without payload
j.id, j.batch_id, j.importer, j.stage, j.first_stage, j.key, j.label, j.priority, j.state,
  j.attempt, j.fence, j.not_before_at_s, j.weight, j.total, j.done, j.skipped, j.failed, j.suspects,
  j.deaths, j.died_at, j.retries, j.error, j.lane, j.run_s

-- is_live: a job that has not ended; the words of the index job_live
  -- It is named wherever it helps: left to itself SQLite may take job_of_batch.
state NOT IN ('done', 'skipped', 'failed', 'cancelled', 'set aside')

-- is_plain: a job of which there is nothing to know but that it waits
state = 'queued' AND attempt = 0 AND not_before_at_s = 0 AND deaths = 0 AND suspects = '[]'
  AND priority = 0

-- hot_jobs: jobs of a batch that have not ended and are not plain
SELECT {job_columns}, coalesce(p.now, p.origin) AS payload
FROM job AS j INDEXED BY job_live LEFT JOIN payload AS p ON p.job_id = j.id
WHERE j.batch_id = ? AND {is_live} AND NOT ({is_plain})
ORDER BY j.id;

-- cold_ids: those that are plain, by stage, as JSON: a row each would take three times as long
SELECT stage, first_stage, json_group_array(id) FROM job INDEXED BY job_live
WHERE batch_id = ? AND {is_live} AND {is_plain}
GROUP BY stage, first_stage;

-- waiting_jobs: some jobs with their payload
SELECT {job_columns}, coalesce(p.now, p.origin) AS payload
FROM job AS j LEFT JOIN payload AS p ON p.job_id = j.id
WHERE j.id IN (SELECT value FROM json_each(?)) ORDER BY j.id;

-- ended_jobs: jobs of a batch that a retry can queue again; cancelled ones if the batch was
SELECT {job_columns}, x'' AS payload
FROM job AS j JOIN batch AS b ON b.id = j.batch_id WHERE j.batch_id = :batch_id AND {retryable}
ORDER BY j.id;

-- owed_jobs: jobs of a batch that stand for no items and ended without their work
SELECT {job_columns}, x'' AS payload
FROM job AS j
WHERE batch_id = ? AND weight = 0 AND state IN ('cancelled', 'failed', 'set aside') ORDER BY id;

-- jobs_by_id: some jobs, ended or not
SELECT {job_columns}, x'' AS payload
FROM job AS j WHERE id IN (SELECT value FROM json_each(?)) ORDER BY id;

-- live_ids: all jobs that have not ended, as JSON
SELECT json_group_array(id) FROM job INDEXED BY job_live WHERE {is_live};

-- keys: keys of all jobs of a batch, as JSON
SELECT json_group_array(key) FROM job WHERE batch_id = ?;

-- payload: what a job starts with
SELECT coalesce(now, origin) FROM payload WHERE job_id = ?;

-- last_ids: the largest numbers given so far
SELECT max(batch_id, coalesce((SELECT max(id) FROM batch), 0)),
  max(job_id, coalesce((SELECT max(id) FROM job), 0))
FROM gone;

-- shown_jobs: jobs with the word on screen; what waits because its batch is paused reads paused
  -- Every job has a batch. As a left join it is left out where nobody asks for that word.
SELECT j.*, queue_of(j.importer, j.stage) AS queue,
  CASE WHEN j.state = 'queued' AND b.state IN ('paused', 'pausing') THEN 'paused' ELSE j.state END
    AS shown,
  CASE WHEN j.state IN ('running', 'pausing', 'cancelling') THEN runs_s(j.id, j.run_s)
    ELSE j.run_s END AS ran_s
FROM job AS j LEFT JOIN batch AS b ON b.id = j.batch_id

-- count_all_jobs: how many jobs there are; without a condition no row is looked at
SELECT count(*) FROM job;

-- count_jobs: how many jobs match
SELECT count(*) FROM ({listed_jobs}) WHERE {of_batch} AND {filter};

-- matching_jobs: numbers of jobs that match, of some batches or of all
SELECT id FROM ({listed_jobs})
WHERE {of_batches} AND {filter}
ORDER BY id;

-- of_batches: of some batches; where none is named this stands in no query, or no index would help
batch_id IN (SELECT value FROM json_each(:batches))

-- of_no_forgotten: of batches that are there, not of one that is being removed
batch_id NOT IN (SELECT f.batch_id FROM forgotten AS f)

-- of_causes: failures of some causes
(e.batch_id, e.stage, e.kind, e.reason) IN (
  SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]'), json_extract(value, '$[2]'),
    json_extract(value, '$[3]') FROM json_each(:causes))

-- retryable: a job that a retry can queue again; a cancelled one if its batch was
(j.state IN ('failed', 'set aside') OR j.state = 'cancelled' AND b.state = 'cancelled')

-- jobs_behind: jobs behind failures that can be queued again, of some batches and causes or of all
SELECT DISTINCT e.job_id
FROM error AS e JOIN job AS j ON j.id = e.job_id JOIN batch AS b ON b.id = e.batch_id
WHERE {of_batches} AND {of_causes} AND {retryable} AND {filter}
ORDER BY e.job_id;

-- page_jobs: one page of jobs; its numbers are found first, for whole rows are slow to sort
SELECT id, batch_id, importer, queue, label, stage, shown, attempt, total, done, skipped, failed,
  ran_s, error
FROM ({shown_jobs}) WHERE id IN ({part})
ORDER BY {order};

-- part_jobs: which are on a page
SELECT id FROM ({listed_jobs}) WHERE {of_batch} AND {filter}
ORDER BY {cut} LIMIT :limit OFFSET :offset

-- around_jobs: the same of the page with the one that is looked for: of the others none is sorted
SELECT id FROM (
  SELECT id FROM ({listed_jobs}) WHERE {of_batch} AND {filter} AND {before}
  ORDER BY {cut} LIMIT :ahead)
UNION ALL SELECT id FROM (
  SELECT id FROM ({listed_jobs}) WHERE {of_batch} AND {filter} AND NOT ({before})
  ORDER BY {order} LIMIT :limit - :ahead)

-- known_of_jobs: what is known in a column of the one that is looked for
(SELECT {column} FROM ({shown_jobs}) WHERE id = :find)

-- place_jobs: the number in its order of the one that is looked for: how many come before it
SELECT (SELECT count(*) FROM ({listed_jobs}) WHERE {of_batch} AND {filter} AND {before})
FROM ({shown_jobs}) WHERE id = :find AND {of_batch} AND {filter};

-- count_causes: how many causes match; what is grouped would all be sorted, and takes twice as long
SELECT count(*) FROM (
  SELECT DISTINCT e.batch_id, e.stage, e.kind, e.reason FROM error AS e
  WHERE {of_batch} AND {filter});

-- failed_by_job: failures grouped within each job by what caused them
SELECT e.job_id, e.batch_id, e.stage, e.kind, e.reason, count(*) AS failed,
  min(e.at_s) AS first_at_s, max(e.at_s) AS last_at_s, min(e.item) AS sample
FROM {failures} AS e WHERE {of_batch} AND {filter}
GROUP BY e.job_id, e.batch_id, e.stage, e.kind, e.reason

-- causes: failures grouped by what caused them
SELECT e.batch_id, b.importer, e.stage, e.kind, e.reason, sum(e.failed) AS count,
  min(e.first_at_s) AS first_at_s, max(e.last_at_s) AS last_at_s, min(e.sample) AS sample,
  sum({retryable}) AS jobs
FROM ({failed_by_job}) AS e JOIN batch AS b ON b.id = e.batch_id JOIN job AS j ON j.id = e.job_id
GROUP BY e.batch_id, e.stage, e.kind, e.reason

-- page_causes: one page of them
{causes}
ORDER BY {order}, e.batch_id, e.stage, e.kind, e.reason LIMIT :limit OFFSET :offset;

-- known_batches: up to which failure those of a batch were grouped, how many there were, and how it was
CREATE TEMP TABLE IF NOT EXISTS known_batch (
  id INTEGER PRIMARY KEY, mark TEXT, last_id INTEGER, errors INTEGER, cancelled INTEGER);

-- known_causes: failures grouped; settled are those of jobs that have ended, which change no more
CREATE TEMP TABLE IF NOT EXISTS known_cause (
  batch_id, importer, stage, kind, reason, settled, count, first_at_s, last_at_s, sample, jobs,
  PRIMARY KEY (batch_id, stage, kind, reason, settled)) WITHOUT ROWID;

-- open_errors: failures whose jobs had not ended when they were grouped
CREATE TEMP TABLE IF NOT EXISTS open_error (batch_id, id, PRIMARY KEY (batch_id, id)) WITHOUT ROWID;

-- batches_to_group: those that have not ended, and those that have ended since; with what tells
SELECT id, mark, cancelled FROM (
  SELECT id, state = 'cancelled' AS cancelled, iif(
    state IN ('done', 'cancelled', 'failed'),
    json_array(state, total, done, skipped, failed, ended_at_s, worked_s,
      (SELECT max(id) FROM error WHERE batch_id = batch.id)),
    NULL) AS mark
  FROM batch WHERE {of_id}
) AS b
WHERE mark IS NULL OR mark IS NOT (SELECT k.mark FROM temp.known_batch AS k WHERE k.id = b.id);

-- batches_gone: those that were grouped and have been removed since
SELECT id FROM temp.known_batch WHERE id NOT IN (SELECT b.id FROM batch AS b);

-- know_no_more: they are not grouped any more
DELETE FROM temp.known_batch WHERE id = :batch_id;

-- grouped_up_to: the last failure of a batch that was grouped, if all before it are still there
  -- None is changed; a retry takes away those of its jobs. In a batch that was cancelled other jobs
  -- can be queued again.
SELECT last_id, errors FROM temp.known_batch AS k
WHERE id = :batch_id AND cancelled = :cancelled AND errors = (
  SELECT count(*) FROM error WHERE batch_id = :batch_id AND id <= k.last_id);

-- forget_causes: before all of a batch are grouped again
DELETE FROM temp.known_cause WHERE batch_id = :batch_id;

-- forget_open_errors: the same
DELETE FROM temp.open_error WHERE batch_id = :batch_id;

-- forget_open_causes: those of jobs that had not ended; they are grouped once more
DELETE FROM temp.known_cause WHERE batch_id = :batch_id AND NOT settled;

-- is_over: a job that has ended
j.state IN ('done', 'skipped', 'failed', 'cancelled', 'set aside')

-- failures_to_group: of one batch those that are new, and those that were open
(
  SELECT * FROM error WHERE batch_id = :batch_id AND id > :last_id
  UNION ALL
  SELECT * FROM error
  WHERE id IN (SELECT o.id FROM temp.open_error AS o WHERE o.batch_id = :batch_id)
)

-- group_causes: add these to what is grouped
INSERT INTO temp.known_cause
SELECT e.batch_id, b.importer, e.stage, e.kind, e.reason, {is_over} AS settled,
  sum(e.failed), min(e.first_at_s), max(e.last_at_s), min(e.sample), sum({retryable})
FROM ({failed_by_job}) AS e JOIN batch AS b ON b.id = e.batch_id JOIN job AS j ON j.id = e.job_id
WHERE 1
GROUP BY e.batch_id, e.stage, e.kind, e.reason, settled
ON CONFLICT (batch_id, stage, kind, reason, settled) DO UPDATE SET
  count = count + excluded.count, jobs = jobs + excluded.jobs,
  first_at_s = min(first_at_s, excluded.first_at_s),
  last_at_s = max(last_at_s, excluded.last_at_s), sample = min(sample, excluded.sample);

-- open_no_more: failures whose jobs have ended by now
DELETE FROM temp.open_error WHERE batch_id = :batch_id AND id IN (
  SELECT e.id FROM temp.open_error AS o JOIN error AS e ON e.id = o.id JOIN job AS j ON j.id = e.job_id
  WHERE o.batch_id = :batch_id AND {is_over});

-- open_now: new failures whose jobs have not
INSERT INTO temp.open_error
SELECT e.batch_id, e.id FROM error AS e JOIN job AS j ON j.id = e.job_id
WHERE e.batch_id = :batch_id AND e.id > :last_id AND NOT {is_over};

-- know_batch: they are grouped
INSERT OR REPLACE INTO temp.known_batch (id, mark, cancelled, last_id, errors)
SELECT :batch_id, :mark, :cancelled, coalesce(max(id), :last_id), :errors + count(*)
FROM error WHERE batch_id = :batch_id AND id > :last_id;

-- grouped: causes of batches, settled or not
SELECT batch_id, importer, stage, kind, reason, sum(count) AS count, min(first_at_s) AS first_at_s,
  max(last_at_s) AS last_at_s, min(sample) AS sample, sum(jobs) AS jobs
FROM temp.known_cause
GROUP BY batch_id, importer, stage, kind, reason

-- page_known_causes: one page of them
SELECT * FROM ({grouped}) AS e WHERE {of_batch} AND {filter}
ORDER BY {order}, e.batch_id, e.stage, e.kind, e.reason LIMIT :limit OFFSET :offset;

-- count_known_causes: how many of them match
SELECT count(*) FROM ({grouped}) AS e WHERE {of_batch} AND {filter};

-- count_errors: how many failed items match
SELECT count(*) FROM error AS e
WHERE {of_batch} AND {of_cause} AND {filter};

-- count_all_errors: how many failed items there are; without a condition no row is looked at
SELECT count(*) FROM error;

-- page_errors: one page of failed items; its numbers are found first, as those of jobs
SELECT e.id, e.batch_id, b.importer, e.job_id, e.item, e.stage, e.kind, e.reason, e.attempts, e.at_s
FROM error AS e JOIN batch AS b ON b.id = e.batch_id
WHERE e.id IN ({part})
ORDER BY {order};

-- part_errors: which are on a page
SELECT e.id FROM error AS e WHERE {of_batch} AND {of_cause} AND {filter}
ORDER BY {cut} LIMIT :limit OFFSET :offset

-- around_errors: the same of the page with the one that is looked for
SELECT id FROM (
  SELECT e.id FROM error AS e WHERE {of_batch} AND {of_cause} AND {filter} AND {before}
  ORDER BY {cut} LIMIT :ahead)
UNION ALL SELECT id FROM (
  SELECT e.id FROM error AS e WHERE {of_batch} AND {of_cause} AND {filter} AND NOT ({before})
  ORDER BY {order} LIMIT :limit - :ahead)

-- known_of_errors: what is known in a column of the one that is looked for
(SELECT {column} FROM error AS e WHERE e.id = :find)

-- place_errors: the number in its order of the one that is looked for: how many come before it
SELECT (SELECT count(*) FROM error AS e WHERE {of_batch} AND {of_cause} AND {filter} AND {before})
FROM error AS e WHERE id = :find AND {of_batch} AND {of_cause} AND {filter};

-- queue_depths: waiting jobs by importer and stage, of all batches that have not ended
  -- CROSS: those batches first, then what has not ended of each, not all jobs there ever were.
SELECT j.importer, j.stage, count(*)
FROM batch AS b CROSS JOIN (
  SELECT batch_id, importer, stage, state FROM job INDEXED BY job_live WHERE {is_live}
) AS j ON j.batch_id = b.id
WHERE j.state = 'queued' AND b.state NOT IN ('done', 'cancelled', 'failed')
GROUP BY j.importer, j.stage;

-- count_batches: how many batches match
SELECT count(*) FROM batch WHERE (:batch_id IS NULL OR id = :batch_id) AND {filter};

-- page_batches: one page of batches, newest first
SELECT * FROM batch WHERE (:batch_id IS NULL OR id = :batch_id) AND {filter}
ORDER BY id DESC LIMIT :limit OFFSET :offset;

-- count_history: how many minutes match
SELECT count(*) FROM history WHERE {of_batch} AND {filter};

-- page_history: one page of minutes, newest first
SELECT at_s, batch_id, queue, jobs, failed, items, busy_s, errors, took FROM history
WHERE {of_batch} AND {filter}
ORDER BY at_s DESC, id DESC LIMIT :limit OFFSET :offset;

-- count_scales: how many scale events match
SELECT count(*) FROM scale WHERE {filter};

-- page_scales: one page of scale events, newest first
SELECT at_s, queue, before, after, reason FROM scale WHERE {filter}
ORDER BY id DESC LIMIT :limit OFFSET :offset;
