-- make: tables and triggers, made when the first scan has ended: a first import does without
BEGIN IMMEDIATE;
CREATE TABLE IF NOT EXISTS folder (
  path BLOB PRIMARY KEY,            -- every folder of a file with a number up to meta.summed
  files INTEGER NOT NULL,           -- of music in it that are there, not in those below it
  digest BLOB NOT NULL,             -- sums.py: of their names, sizes, times and inodes
  beside INTEGER                    -- that of all of them; NULL: they differ
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS touched (  -- files that are not what the sum of their folder says
  path BLOB PRIMARY KEY
) WITHOUT ROWID;
CREATE TRIGGER IF NOT EXISTS file_touched
AFTER UPDATE OF path, size, mtime_ns, ctime_ns, inode, missing, beside ON file
WHEN OLD.path IS NOT NEW.path OR OLD.size IS NOT NEW.size OR OLD.mtime_ns IS NOT NEW.mtime_ns
  OR OLD.ctime_ns IS NOT NEW.ctime_ns OR OLD.inode IS NOT NEW.inode
  OR OLD.missing IS NOT NEW.missing OR OLD.beside IS NOT NEW.beside
BEGIN
  INSERT INTO touched SELECT OLD.path
  WHERE NOT EXISTS (SELECT 1 FROM touched WHERE path = OLD.path);
  INSERT INTO touched SELECT NEW.path
  WHERE NOT EXISTS (SELECT 1 FROM touched WHERE path = NEW.path);
END;
CREATE TRIGGER IF NOT EXISTS file_forgotten AFTER DELETE ON file
BEGIN
  INSERT INTO touched SELECT OLD.path
  WHERE NOT EXISTS (SELECT 1 FROM touched WHERE path = OLD.path);
    -- the last number is given again
  UPDATE meta SET value = (SELECT coalesce(max(id), 0) FROM file)
  WHERE name = 'summed' AND value > (SELECT coalesce(max(id), 0) FROM file);
END;
INSERT OR IGNORE INTO meta (name, value) VALUES ('summed', 0);
COMMIT;

-- made: whether they are there
SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'folder');

-- folders: the sums of a folder and of all below it, in order of path
  -- The folder itself comes first: an OR would sort them all once more.
SELECT path, files, digest, beside FROM folder WHERE path = ?
UNION ALL
SELECT * FROM (
  SELECT path, files, digest, beside FROM folder WHERE path >= ? AND path < ? ORDER BY path);

-- counted: how many of these folders there are, and how many files they hold
SELECT count(*), total(files) FROM folder WHERE path = ? OR (path >= ? AND path < ?);

-- nth: the path of one of those below a folder, in order of path
SELECT path FROM folder WHERE path >= ? AND path < ? ORDER BY path LIMIT 1 OFFSET ?;

-- any_within: whether there is one between two others
SELECT EXISTS (SELECT 1 FROM folder WHERE path > ? AND path < ?);

-- stale: files whose folders have no sum, or an old one
SELECT path FROM touched
UNION ALL SELECT path FROM file WHERE id > (SELECT value FROM meta WHERE name = 'summed');

-- in_folder: the files of a folder itself, as they are compared; the last: where their names begin
SELECT path, size, mtime_ns, ctime_ns, inode, missing, beside FROM file
WHERE path >= ? AND path < ? AND instr(substr(path, ?), x'2f') = 0;

-- there: how many files below a folder were there, readable or not
  -- Counted are paths, which an index has; "+": the few that are missing are in another one.
SELECT
  (SELECT count(*) FROM file WHERE path >= ?1 AND path < ?2)
  - (SELECT count(*) FROM file WHERE missing AND +path >= ?1 AND +path < ?2)
  + (SELECT count(*) FROM scan_error WHERE path >= ?1 AND path < ?2
     AND NOT EXISTS (SELECT 1 FROM file WHERE file.path = scan_error.path));

-- sum_up: one folder
INSERT INTO folder (path, files, digest, beside) VALUES (?, ?, ?, ?)
ON CONFLICT (path) DO UPDATE SET
  files = excluded.files, digest = excluded.digest, beside = excluded.beside;

-- forget: a folder without known files
DELETE FROM folder WHERE path = ?;

-- untouch: all folders have their sums
DELETE FROM touched;

-- summed: up to which file they have
UPDATE meta SET value = (SELECT coalesce(max(id), 0) FROM file) WHERE name = 'summed';
