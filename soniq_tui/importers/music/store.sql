-- open_writer: how the writer holds the catalogue; FULL: what was reported done survives a power cut
PRAGMA busy_timeout = 10000;
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
PRAGMA cache_size = -16000;
PRAGMA temp_store = MEMORY;
PRAGMA wal_autocheckpoint = 4000;   -- pages: fewer, longer writes are what cards like
PRAGMA analysis_limit = 1000;        -- rows of an index that optimize looks at, not all
PRAGMA foreign_keys = OFF;  -- the one writer keeps them; looking up each parent again is a fifth of its time

-- open_reader: how everybody else holds it
PRAGMA busy_timeout = 10000;
PRAGMA query_only = ON;

-- application_id: whose file this is; 0 is a file nobody has claimed yet
PRAGMA application_id;

-- user_version: up to which migration it was brought
PRAGMA user_version;

-- migration_1: the catalogue from nothing; all that are due are one transaction
CREATE TABLE IF NOT EXISTS artist (
  id INTEGER PRIMARY KEY,
  key TEXT NOT NULL UNIQUE,         -- group.name_key of the name
  name TEXT NOT NULL,
  sort_name TEXT,
  musicbrainz_id TEXT
);
CREATE TABLE IF NOT EXISTS album (
  id INTEGER PRIMARY KEY,
  key TEXT NOT NULL UNIQUE,         -- group.album_key of its tracks
  title TEXT NOT NULL,
  date TEXT,
  year INTEGER,
  compilation INTEGER NOT NULL DEFAULT 0,
  musicbrainz_album_id TEXT,
  musicbrainz_releasegroup_id TEXT
);
CREATE TABLE IF NOT EXISTS album_artist (
  album_id INTEGER NOT NULL REFERENCES album (id) ON DELETE CASCADE,
  position INTEGER NOT NULL,
  artist_id INTEGER NOT NULL REFERENCES artist (id) ON DELETE CASCADE,
  PRIMARY KEY (album_id, position)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS album_artist_artist ON album_artist (artist_id);
CREATE TABLE IF NOT EXISTS track (
  id INTEGER PRIMARY KEY,
  path BLOB NOT NULL UNIQUE,        -- the bytes of the name on disk
  size INTEGER NOT NULL,            -- these five tell whether a file is unchanged; signed 64 bits
  mtime_ns INTEGER NOT NULL,
  ctime_ns INTEGER NOT NULL,
  inode INTEGER NOT NULL,
  device INTEGER NOT NULL,
  missing INTEGER NOT NULL DEFAULT 0,
  added_at_s REAL NOT NULL,         -- seconds since 1970
  updated_at_s REAL NOT NULL,
  album_id INTEGER REFERENCES album (id),
  title TEXT,
  artists TEXT NOT NULL,            -- lists are JSON
  album TEXT,
  album_artists TEXT NOT NULL,
  track INTEGER,
  track_total INTEGER,
  disc INTEGER,
  disc_total INTEGER,
  date TEXT,
  year INTEGER,
  genres TEXT NOT NULL,
  composers TEXT NOT NULL,
  compilation INTEGER,
  duration_s REAL,
  bitrate_kbps INTEGER,
  sample_rate_hz INTEGER,
  channels INTEGER,
  bits_per_sample INTEGER,
  codec TEXT,
  container TEXT,
  musicbrainz_recording_id TEXT,
  musicbrainz_album_id TEXT,
  musicbrainz_artist_ids TEXT NOT NULL,
  musicbrainz_albumartist_ids TEXT NOT NULL,
  musicbrainz_releasegroup_id TEXT,
  acoustid_id TEXT,
  isrc TEXT,
  bpm REAL,
  replaygain_track_gain_db REAL,
  replaygain_album_gain_db REAL,
  lyrics TEXT,
  artist_sort TEXT,
  album_artist_sort TEXT,
  cover_source TEXT,                -- NULL: no cover
  cover_mime TEXT,
  cover_length INTEGER,
  cover_key TEXT,
  cover_file BLOB,
  cover_width INTEGER,              -- these three stay NULL until someone looks at the picture
  cover_height INTEGER,
  cover_sha256 TEXT
);
CREATE INDEX IF NOT EXISTS track_album ON track (album_id);
CREATE TABLE IF NOT EXISTS track_artist (
  track_id INTEGER NOT NULL REFERENCES track (id) ON DELETE CASCADE,
  position INTEGER NOT NULL,
  artist_id INTEGER NOT NULL REFERENCES artist (id) ON DELETE CASCADE,
  PRIMARY KEY (track_id, position)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS track_artist_artist ON track_artist (artist_id);
CREATE TABLE IF NOT EXISTS scan_error (
  id INTEGER PRIMARY KEY,
  path BLOB NOT NULL UNIQUE,
  size INTEGER NOT NULL,            -- the file as it was when it could not be read
  mtime_ns INTEGER NOT NULL,
  ctime_ns INTEGER NOT NULL,
  inode INTEGER NOT NULL,
  device INTEGER NOT NULL,
  stage TEXT NOT NULL,
  kind TEXT NOT NULL,
  reason TEXT NOT NULL,
  first_at_s REAL NOT NULL,
  last_at_s REAL NOT NULL,
  tries INTEGER NOT NULL
);
PRAGMA application_id = 0x736f6e71;  -- "sonq"
PRAGMA user_version = 1;

-- migration_2: files apart from their tracks (a cue sheet makes several), pictures known once, search
CREATE TABLE meta (
  name TEXT PRIMARY KEY,
  value
) WITHOUT ROWID;
CREATE TABLE file (
  id INTEGER PRIMARY KEY,
  path BLOB NOT NULL UNIQUE,        -- the bytes of the name on disk; after a NUL: it was overwritten
  size INTEGER NOT NULL,            -- these five tell whether a file is unchanged; signed 64 bits
  mtime_ns INTEGER NOT NULL,
  ctime_ns INTEGER NOT NULL,
  inode INTEGER NOT NULL,
  device INTEGER NOT NULL,
  missing INTEGER NOT NULL DEFAULT 0,
  missing_at_s REAL,                -- seconds since 1970: when it was first found gone
  beside INTEGER NOT NULL DEFAULT 0  -- together.py: signature of what lay around it when it was read
);
INSERT INTO file (id, path, size, mtime_ns, ctime_ns, inode, device, missing)
SELECT id, path, size, mtime_ns, 0, inode, device, missing FROM track;  -- ctime 0: read again
CREATE INDEX file_inode ON file (inode);
CREATE TABLE cover (
  id INTEGER PRIMARY KEY,
  key TEXT NOT NULL UNIQUE,         -- pictures.py: equal for equal pictures
  mime TEXT,
  length INTEGER NOT NULL,
  width INTEGER,                    -- these stay NULL until someone looks at the picture
  height INTEGER,
  sha256 TEXT,
  looked_at_s REAL,
  problem TEXT                      -- why it cannot be shown
);
INSERT INTO cover (key, mime, length, width, height, sha256)
SELECT cover_key, min(cover_mime), min(cover_length), min(cover_width), min(cover_height),
  min(cover_sha256)
FROM track WHERE cover_key IS NOT NULL GROUP BY cover_key;
ALTER TABLE track RENAME TO track_1;
CREATE TABLE track (
  id INTEGER PRIMARY KEY,
  file_id INTEGER NOT NULL,
  part INTEGER NOT NULL DEFAULT 0,  -- 0: the whole file; from 1 on: a track of its cue sheet
  pid TEXT,                         -- group.persistent_id
  added_at_s REAL NOT NULL,         -- seconds since 1970
  updated_at_s REAL NOT NULL,
  album_id INTEGER,
  cover_id INTEGER,
  cover_source TEXT,                -- embedded or folder; NULL: no cover
  cover_file BLOB,                  -- a picture beside the music, from the folder of the file
  title TEXT,
  artists TEXT NOT NULL,            -- as tagged; lists are JSON
  album TEXT,
  album_artists TEXT NOT NULL,
  track INTEGER,
  track_total INTEGER,
  disc INTEGER,
  disc_total INTEGER,
  date TEXT,
  year INTEGER,
  genres TEXT NOT NULL,
  composers TEXT NOT NULL,
  compilation INTEGER,
  duration_s REAL,
  bitrate_kbps INTEGER,
  sample_rate_hz INTEGER,
  channels INTEGER,
  bits_per_sample INTEGER,
  codec TEXT,
  container TEXT,
  musicbrainz_recording_id TEXT,
  musicbrainz_album_id TEXT,
  musicbrainz_artist_ids TEXT NOT NULL,
  musicbrainz_albumartist_ids TEXT NOT NULL,
  musicbrainz_releasegroup_id TEXT,
  acoustid_id TEXT,
  isrc TEXT,
  bpm REAL,
  replaygain_track_gain_db REAL,
  replaygain_album_gain_db REAL,
  lyrics TEXT,
  artist_sort TEXT,
  album_artist_sort TEXT,
  album_version TEXT,
  musicbrainz_track_id TEXT,
  start_s REAL,                     -- where in the file a part begins
  raw TEXT NOT NULL                 -- texts that were repaired, as the file has them: [[field, text]]
);
INSERT INTO track
SELECT id, id, 0, NULL, added_at_s, updated_at_s, album_id,
  (SELECT cover.id FROM cover WHERE cover.key = cover_key), cover_source, NULL,
  title, artists, album, album_artists, track, track_total, disc, disc_total, date, year, genres,
  composers, compilation, duration_s, bitrate_kbps, sample_rate_hz, channels, bits_per_sample,
  codec, container, musicbrainz_recording_id, musicbrainz_album_id, musicbrainz_artist_ids,
  musicbrainz_albumartist_ids, musicbrainz_releasegroup_id, acoustid_id, isrc, bpm,
  replaygain_track_gain_db, replaygain_album_gain_db, lyrics, artist_sort, album_artist_sort,
  NULL, NULL, NULL, '[]'
FROM track_1;
DROP TABLE track_1;
CREATE UNIQUE INDEX track_file ON track (file_id, part);
CREATE INDEX track_album ON track (album_id);  -- numbers rise together: in order it grows at its end
CREATE INDEX track_again ON track (updated_at_s, added_at_s) WHERE updated_at_s <> added_at_s;
DROP TABLE track_artist;            -- credits come back with the next scan, which reads all again
CREATE TABLE track_artist (
  track_id INTEGER NOT NULL,
  position INTEGER NOT NULL,
  artist_id INTEGER NOT NULL,
  name TEXT NOT NULL,               -- as this track spells it
  sort_name TEXT,
  musicbrainz_id TEXT,
  PRIMARY KEY (track_id, position)
) WITHOUT ROWID;
DROP TABLE album_artist;
CREATE TABLE album_artist (
  album_id INTEGER NOT NULL,
  position INTEGER NOT NULL,
  artist_id INTEGER NOT NULL,
  name TEXT NOT NULL,
  sort_name TEXT,
  musicbrainz_id TEXT,
  PRIMARY KEY (album_id, position)
) WITHOUT ROWID;
ALTER TABLE album ADD COLUMN version TEXT;
ALTER TABLE album ADD COLUMN settled INTEGER NOT NULL DEFAULT 0;   -- it is what all its tracks say
ALTER TABLE artist ADD COLUMN settled INTEGER NOT NULL DEFAULT 0;
CREATE TABLE unsearched (           -- tracks whose words in the index are old; new ones: meta.searched
  track_id INTEGER PRIMARY KEY
);
CREATE VIRTUAL TABLE search USING fts5 (
  title, artists, album, genres, tokenize = 'unicode61'  -- of words that search.words has folded
);
CREATE TABLE playlist (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  made_at_s REAL NOT NULL
);
CREATE TABLE playlist_track (
  playlist_id INTEGER NOT NULL,
  position INTEGER NOT NULL,
  track_id INTEGER NOT NULL,
  PRIMARY KEY (playlist_id, position)
) WITHOUT ROWID;
PRAGMA user_version = 2;

-- late_indexes: what a first import does without: made at the end of it, in half the time
PRAGMA cache_size = -4000;  -- tables are read once each; what is sorted has its memory instead
BEGIN IMMEDIATE;
CREATE INDEX IF NOT EXISTS track_album ON track (album_id);
CREATE INDEX IF NOT EXISTS track_cover ON track (cover_id);
CREATE INDEX IF NOT EXISTS track_untitled ON track (id) WHERE coalesce(title, '') = '';
DROP INDEX IF EXISTS track_recorded;  -- of older versions; who looks for copies of a recording
DROP INDEX IF EXISTS track_recording;  -- looks at most rows, which is quicker in their own order
DROP INDEX IF EXISTS track_title;
CREATE INDEX IF NOT EXISTS search_title ON search_content (ltrim(c0));  -- of folded titles
CREATE INDEX IF NOT EXISTS track_again ON track (updated_at_s, added_at_s)
  WHERE updated_at_s <> added_at_s;  -- libraries of older versions lack it; empty while they are new
CREATE INDEX IF NOT EXISTS track_genres ON track (genres);
CREATE INDEX IF NOT EXISTS track_year ON track (year, album_id);
CREATE INDEX IF NOT EXISTS file_missing ON file (id) WHERE missing;
CREATE INDEX IF NOT EXISTS track_artist_artist ON track_artist (artist_id);
CREATE INDEX IF NOT EXISTS album_artist_artist ON album_artist (artist_id);
CREATE INDEX IF NOT EXISTS album_unsettled ON album (id) WHERE NOT settled;
CREATE INDEX IF NOT EXISTS artist_unsettled ON artist (id) WHERE NOT settled;
CREATE INDEX IF NOT EXISTS playlist_track_track ON playlist_track (track_id);
COMMIT;
PRAGMA cache_size = -16000;

-- begin: IMMEDIATE, so that it never fails half-way for a lock
BEGIN IMMEDIATE;

-- commit: make it last
COMMIT;

-- begin_looking: all that is read until the end is of one moment
BEGIN;

-- open_changer: how somebody else than the writer holds it for one short change
PRAGMA busy_timeout = 10000;
PRAGMA synchronous = FULL;

-- rollback: as if it had not begun
ROLLBACK;

-- next_ids: the first free numbers of files, tracks, albums, artists and pictures
  -- That of what was forgotten, or of a part which its cue sheet lost, is not given away again.
SELECT
  (SELECT max(coalesce(max(file.id), 0), given.file) FROM file) + 1,
  (SELECT max(coalesce(max(track.id), 0), given.track) FROM track) + 1,
  (SELECT max(coalesce(max(album.id), 0), given.album) FROM album) + 1,
  (SELECT max(coalesce(max(artist.id), 0), given.artist) FROM artist) + 1,
  (SELECT max(coalesce(max(cover.id), 0), given.cover) FROM cover) + 1
FROM (
  SELECT
    coalesce(max(iif(name = 'given_file', value, 0)), 0) AS file,
    coalesce(max(iif(name IN ('given_track', 'searched', 'known_again'), value, 0)), 0) AS track,
    coalesce(max(iif(name = 'given_album', value, 0)), 0) AS album,
    coalesce(max(iif(name = 'given_artist', value, 0)), 0) AS artist,
    coalesce(max(iif(name = 'given_cover', value, 0)), 0) AS cover
  FROM meta
) AS given;

-- file_of: the number of a file
SELECT id FROM file WHERE path = ?;

-- files_of: the numbers of files of these paths
SELECT id, path FROM file WHERE path IN (?);

-- files_between: files of one folder with names from one to another; where a name begins in a path
SELECT path, id FROM file WHERE path BETWEEN ? AND ? AND instr(substr(path, ?), x'2f') = 0;

-- any_between: whether there are files with paths from one to another; any that could not be read
SELECT EXISTS (SELECT 1 FROM file WHERE path BETWEEN ?1 AND ?2),
  EXISTS (SELECT 1 FROM scan_error WHERE path BETWEEN ?1 AND ?2);

-- tracks_of_file: its tracks, with the albums they are in
SELECT id, part, album_id FROM track WHERE file_id = ?;

-- known_again: up to which track it was looked whether it replaces one; the last one; words so far
SELECT
  (SELECT value FROM meta WHERE name = 'known_again'), coalesce(max(id), 0),
  coalesce((SELECT value FROM meta WHERE name = 'searched'), 0)
FROM track;

-- set_known_again: it was looked that far
INSERT INTO meta (name, value) VALUES ('known_again', ?)
ON CONFLICT (name) DO UPDATE SET value = max(value, excluded.value);

-- grouped: by which rules tracks were grouped; up to which one they were by those that are given
SELECT
  (SELECT value FROM meta WHERE name = 'rules'),
  (SELECT value FROM meta WHERE name = 'grouped by ' || ?);

-- set_grouped: all were grouped by these rules
INSERT INTO meta (name, value) VALUES ('rules', ?)
ON CONFLICT (name) DO UPDATE SET value = excluded.value;

-- set_regrouped: by these rules they were up to this track
INSERT INTO meta (name, value) VALUES ('grouped by ' || ?, ?)
ON CONFLICT (name) DO UPDATE SET value = excluded.value;

-- regrouped: they were to the last one, or other rules begin with the first
DELETE FROM meta WHERE name GLOB 'grouped by *';

-- unsettle_all_albums: all their tracks are asked again what they say
UPDATE album SET settled = 0 WHERE settled;

-- disc_is_open: whether what the tracks of a file are known by does not hold what the tag says of discs
SELECT EXISTS (SELECT 1 FROM track WHERE file_id = ? AND (pid IS NULL OR pid GLOB 'mb:*'));

-- set_place: by what a track is known again, and on which disc it is
UPDATE track SET pid = ?, disc = ? WHERE id = ?;

-- tracks_after: the next tracks after one
SELECT id FROM track WHERE id > ? ORDER BY id LIMIT ?;

-- tracks_of_albums: those after one that are in some albums, given as JSON
SELECT id FROM track WHERE album_id IN (SELECT value FROM json_each(?)) AND id > ?
ORDER BY id LIMIT ?;

-- grouped_tracks: tracks, given as JSON, with what they belong to, and what grouping looks at
SELECT track.id, track.album_id, album.key,
  (
    SELECT json_group_array(key) FROM (
      SELECT artist.key FROM track_artist JOIN artist ON artist.id = track_artist.artist_id
      WHERE track_artist.track_id = track.id ORDER BY track_artist.position
    )
  ),
  track.pid, track.title, track.track, track.disc, track.musicbrainz_track_id,
  track.musicbrainz_recording_id,
  file.path, track.part, track.artists, track.album, track.album_artists, track.date,
  track.year, track.compilation, track.musicbrainz_album_id, track.musicbrainz_artist_ids,
  track.musicbrainz_albumartist_ids, track.musicbrainz_releasegroup_id, track.artist_sort,
  track.album_artist_sort, track.album_version
FROM track JOIN file ON file.id = track.file_id LEFT JOIN album ON album.id = track.album_id
WHERE track.id IN (SELECT value FROM json_each(?)) ORDER BY track.id;

-- index_pids: for same_track; the first scan ever, which is the longest, has nothing to know again
CREATE INDEX IF NOT EXISTS track_pid ON track (pid);

-- new_tracks: those after one up to another that may be known again
SELECT track.id, track.pid, track.album_id, track.disc FROM track JOIN file ON file.id = track.file_id
WHERE track.id > ? AND track.id <= ? AND track.pid IS NOT NULL AND track.part = 0
  AND NOT file.missing
ORDER BY track.id;

-- same_track: tracks of this persistent id up to one, oldest first; missing is, too, whose name a
  -- broken file has taken; see disown
SELECT track.id, file.id, file.path,
  file.missing OR (file.inode = 0 AND EXISTS (
    SELECT 1 FROM scan_error WHERE scan_error.path = file.path AND scan_error.inode <> 0
  )),
  track.album_id, track.disc
FROM track JOIN file ON file.id = track.file_id
WHERE track.pid = ? AND track.part = 0 AND track.id <= ? ORDER BY track.id;

-- keep_day: the day an older track was added
UPDATE track SET added_at_s = (SELECT added_at_s FROM track WHERE id = ?) WHERE id = ?;

-- renumber_track: a track takes over the number of an older one
UPDATE track SET id = ? WHERE id = ?;

-- renumber_credits: who made it
UPDATE track_artist SET track_id = ? WHERE track_id = ?;

-- renumber_in_playlists: somebody may have been quick
UPDATE playlist_track SET track_id = ? WHERE track_id = ?;

-- forget_file: another one has taken over what it held
DELETE FROM file WHERE id = ?;

-- add_file: a file that is new
INSERT INTO file (id, path, size, mtime_ns, ctime_ns, inode, device, beside)
VALUES (?, ?, ?, ?, ?, ?, ?, ?);

-- update_file: a file that was read again
UPDATE file SET size = ?, mtime_ns = ?, ctime_ns = ?, inode = ?, device = ?, beside = ?,
  missing = 0, missing_at_s = NULL
WHERE id = ?;

-- move_file: a file that was found under another name, unread: it says what it said
UPDATE file SET path = ?, size = ?, mtime_ns = ?, ctime_ns = ?, inode = ?, device = ?,
  missing = 0, missing_at_s = NULL
WHERE id = ?;

-- displace: another file has taken the name of this one; after a NUL the number keeps names apart
UPDATE file SET path = CAST(path || x'00' || CAST(id AS TEXT) AS BLOB), missing = 1,
  missing_at_s = coalesce(missing_at_s, ?)
WHERE path = ? AND id <> ?;

-- add_track: one that is new and says nothing of what few say; first what tracks of an album share
INSERT INTO track (
  album_id, cover_id, cover_source, cover_file, added_at_s, updated_at_s,
  album_artists, genres, musicbrainz_albumartist_ids, raw,
  album, track_total, disc, disc_total, year, channels, codec, container, part,
  musicbrainz_album_id, musicbrainz_releasegroup_id, compilation,
  id, file_id, pid, artists, composers, musicbrainz_artist_ids,
  title, track, date, duration_s, bitrate_kbps, sample_rate_hz,
  bits_per_sample, musicbrainz_recording_id, replaygain_track_gain_db, artist_sort,
  album_artist_sort, lyrics
)
VALUES (
  ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?,
  ?, ?, ?, ?, ?, ?, ?, ?, ?, ?
);

-- upsert_track: any; the day it was added stays
INSERT INTO track (
  album_id, cover_id, cover_source, cover_file, added_at_s, updated_at_s,
  album_artists, genres, musicbrainz_albumartist_ids, raw,
  album, track_total, disc, disc_total, year, channels, codec, container, part,
  musicbrainz_album_id, musicbrainz_releasegroup_id, compilation,
  id, file_id, pid, artists, composers, musicbrainz_artist_ids,
  title, track, date, duration_s, bitrate_kbps, sample_rate_hz,
  bits_per_sample, musicbrainz_recording_id, replaygain_track_gain_db, artist_sort,
  album_artist_sort, lyrics,
  acoustid_id, isrc, bpm, replaygain_album_gain_db, album_version, musicbrainz_track_id, start_s
)
VALUES (
  ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?,
  ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?
)
ON CONFLICT (id) DO UPDATE SET
  file_id = excluded.file_id, pid = excluded.pid, album_id = excluded.album_id,
  cover_id = excluded.cover_id, cover_source = excluded.cover_source,
  cover_file = excluded.cover_file, updated_at_s = excluded.updated_at_s,
  title = excluded.title, artists = excluded.artists, album = excluded.album,
  album_artists = excluded.album_artists, track = excluded.track,
  track_total = excluded.track_total, disc = excluded.disc, disc_total = excluded.disc_total,
  date = excluded.date, year = excluded.year, genres = excluded.genres,
  composers = excluded.composers, compilation = excluded.compilation,
  duration_s = excluded.duration_s, bitrate_kbps = excluded.bitrate_kbps,
  sample_rate_hz = excluded.sample_rate_hz, channels = excluded.channels,
  bits_per_sample = excluded.bits_per_sample, codec = excluded.codec,
  container = excluded.container,
  musicbrainz_recording_id = excluded.musicbrainz_recording_id,
  musicbrainz_album_id = excluded.musicbrainz_album_id,
  musicbrainz_artist_ids = excluded.musicbrainz_artist_ids,
  musicbrainz_albumartist_ids = excluded.musicbrainz_albumartist_ids,
  musicbrainz_releasegroup_id = excluded.musicbrainz_releasegroup_id,
  acoustid_id = excluded.acoustid_id, isrc = excluded.isrc, bpm = excluded.bpm,
  replaygain_track_gain_db = excluded.replaygain_track_gain_db,
  replaygain_album_gain_db = excluded.replaygain_album_gain_db,
  lyrics = excluded.lyrics, artist_sort = excluded.artist_sort,
  album_artist_sort = excluded.album_artist_sort, album_version = excluded.album_version,
  musicbrainz_track_id = excluded.musicbrainz_track_id, part = excluded.part,
  start_s = excluded.start_s, raw = excluded.raw;

-- forget_track: a part that its cue sheet no longer has
DELETE FROM track WHERE id = ?;

-- leave_playlists: what is gone is in none; nobody else gets its number
DELETE FROM playlist_track WHERE track_id = ?;

-- forget_words: with what was said of it
DELETE FROM search WHERE rowid = ?;

-- unsettle_artists_of: the artists of a track may be called otherwise without it
UPDATE artist SET settled = 0
WHERE settled AND id IN (SELECT artist_id FROM track_artist WHERE track_id = ?);

-- unsettle_album: its tracks have changed; its artists may be called otherwise, too
UPDATE album SET settled = 0 WHERE id = ? AND settled;

-- unsettle_album_of: the album of a track that is replaced
UPDATE album SET settled = 0 WHERE id = (SELECT album_id FROM track WHERE id = ?);

-- unsettle_album_artists_of: and its artists
UPDATE artist SET settled = 0
WHERE settled AND id IN (
  SELECT artist_id FROM album_artist
  WHERE album_id = (SELECT album_id FROM track WHERE id = ?)
);

-- unsettle_album_artists: of an album whose tracks have changed
UPDATE artist SET settled = 0
WHERE settled AND id IN (SELECT artist_id FROM album_artist WHERE album_id = ?);

-- forget_credits: before the artists of a track are set anew
DELETE FROM track_artist WHERE track_id = ?;

-- add_credit: who made a track
INSERT OR REPLACE INTO track_artist (
  track_id, position, artist_id, name, sort_name, musicbrainz_id
)
VALUES (?, ?, ?, ?, ?, ?);

-- forget_album_credits: before the artists of an album are set anew
DELETE FROM album_artist WHERE album_id = ?;

-- add_album_credit: who made an album
INSERT OR REPLACE INTO album_artist (
  album_id, position, artist_id, name, sort_name, musicbrainz_id
)
VALUES (?, ?, ?, ?, ?, ?);

-- artist_of: number and names of an artist, and whether they are what all tracks say
SELECT id, name, sort_name, musicbrainz_id, settled FROM artist WHERE key = ?;

-- add_artist: one that is new
INSERT INTO artist (id, key, name, sort_name, musicbrainz_id, settled) VALUES (?, ?, ?, ?, ?, 1);

-- unsettle_artist: its tracks call it by several names
UPDATE artist SET settled = 0 WHERE id = ?;

-- complete_artist: what no track said of it before
UPDATE artist SET sort_name = ?, musicbrainz_id = ? WHERE id = ?;

-- artists_of: the same of artists of these keys
SELECT key, id, name, sort_name, musicbrainz_id FROM artist WHERE key IN (?);

-- albums_of: the numbers of albums of these keys
SELECT key, id FROM album WHERE key IN (?);

-- albums_settled: the same, and whether they are what all their tracks say
SELECT id, key, settled FROM album WHERE key IN (?);

-- add_album: one that is new
INSERT INTO album (
  id, key, title, version, date, year, compilation, musicbrainz_album_id,
  musicbrainz_releasegroup_id, settled
)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 1);

-- covers_of: the numbers of pictures of these keys
SELECT key, id FROM cover WHERE key IN (?);

-- add_cover: one that is new
INSERT INTO cover (id, key, mime, length) VALUES (?, ?, ?, ?);

-- searched: up to which track the index of words goes
SELECT coalesce((SELECT value FROM meta WHERE name = 'searched'), 0);

-- set_searched: it goes that far now
INSERT INTO meta (name, value) VALUES ('searched', ?)
ON CONFLICT (name) DO UPDATE SET value = excluded.value;

-- note_unsearched: the words of a track have changed
INSERT OR IGNORE INTO unsearched (track_id) VALUES (?);

-- note_unsearched_of: the words of files without a title, given as JSON, have changed with their names
INSERT OR IGNORE INTO unsearched (track_id)
SELECT id FROM track
WHERE file_id IN (SELECT value FROM json_each(?)) AND id <= ? AND coalesce(title, '') = '';

-- upsert_error: note a file that could not be read, as it was then
INSERT INTO scan_error (
  path, size, mtime_ns, ctime_ns, inode, device, stage, kind, reason,
  first_at_s, last_at_s, tries
)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1)
ON CONFLICT (path) DO UPDATE SET
  size = excluded.size, mtime_ns = excluded.mtime_ns, ctime_ns = excluded.ctime_ns,
  inode = excluded.inode, device = excluded.device, stage = excluded.stage,
  kind = excluded.kind, reason = excluded.reason, last_at_s = excluded.last_at_s,
  tries = tries + 1;

-- disown: another file than the one that was read has its name and cannot be read: what moved is
  -- no more found by what was known of the one before, of which there may be a row by now
UPDATE file SET inode = 0 WHERE path = ? AND inode NOT IN (?, 0);

-- is_there: a file that was missing is back, though it cannot be read
UPDATE file SET missing = 0, missing_at_s = NULL WHERE path = ? AND missing;

-- forget_error: the file could be read, or is gone
DELETE FROM scan_error WHERE path = ?;

-- mark_missing: the file is gone; the row stays, for it may come back
UPDATE file SET missing = 1, missing_at_s = ? WHERE path = ? AND NOT missing;

-- known: the files below a folder with what tells whether they are unchanged; "0" follows "/"
SELECT path, size, mtime_ns, ctime_ns, inode, missing, beside FROM file
WHERE path >= ? AND path < ?;

-- broken: the files below a folder that could not be read, as they were then
SELECT path, size, mtime_ns, ctime_ns, inode, kind, reason, last_at_s FROM scan_error
WHERE path >= ? AND path < ?;

-- path_of: where the file is that discovery found under another name, by number, inode, size and
  -- time of modification, if it is known to be there and its row is its own still
SELECT path FROM file WHERE id = ? AND inode = ? AND size = ? AND mtime_ns = ? AND NOT missing;

-- is_gone_or_moved: whether a file is known to be missing, or to have another name: its path,
  -- inode (0: it has none that lasts), size and time of modification
SELECT EXISTS (SELECT 1 FROM file WHERE path = ?1 AND missing)
  OR ?2 != 0 AND EXISTS (
    SELECT 1 FROM file WHERE inode = ?2 AND size = ?3 AND mtime_ns = ?4 AND path != ?1
  );

-- make_broken_inode: an index of them, made with the first one: older versions know of none
CREATE INDEX IF NOT EXISTS scan_error_inode ON scan_error (inode);

-- broken_of_inodes: files that could not be read: of these inodes, as JSON
SELECT path, inode, size, mtime_ns FROM scan_error
WHERE inode IN (SELECT value FROM json_each(CAST(? AS TEXT)));

-- by_inode: files that may have another name now
SELECT id, path, size, mtime_ns, beside FROM file WHERE inode = ?;

-- unsettled_albums: albums whose tracks have changed since they were last looked at
SELECT id FROM album WHERE NOT settled ORDER BY id LIMIT ?;

-- tracks_of_album: what the tracks of an album that are there say of it
SELECT file.path, track.part, track.artists, track.album, track.album_artists, track.date,
  track.year, track.compilation, track.musicbrainz_album_id, track.musicbrainz_artist_ids,
  track.musicbrainz_albumartist_ids, track.musicbrainz_releasegroup_id, track.artist_sort,
  track.album_artist_sort, track.album_version
FROM track JOIN file ON file.id = track.file_id
WHERE track.album_id = ? AND NOT file.missing;

-- tracks_of_files: what grouping looks at in the tracks of files, given as JSON, with their numbers
SELECT file.path, track.part, track.artists, track.album, track.album_artists, track.date,
  track.year, track.compilation, track.musicbrainz_album_id, track.musicbrainz_artist_ids,
  track.musicbrainz_albumartist_ids, track.musicbrainz_releasegroup_id, track.artist_sort,
  track.album_artist_sort, track.album_version, track.id, track.album_id, file.id
FROM json_each(?) AS given JOIN file ON file.id = given.value JOIN track ON track.file_id = file.id;

-- move_track: its album has another key since its file lies elsewhere
UPDATE track SET album_id = ? WHERE id = ?;

-- has_late_indexes: whether the first scan has ended
SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE type = 'index' AND name = 'album_artist_artist');

-- tracks_there: how many tracks of an album are there
SELECT count(*) FROM track JOIN file ON file.id = track.file_id
WHERE track.album_id = ? AND NOT file.missing;

-- renumber_album: an album has another number, by which nobody sees that it is new
UPDATE album SET id = ?, settled = 0 WHERE id = ?;

-- renumber_album_credits: who made it
UPDATE album_artist SET album_id = ? WHERE album_id = ?;

-- exchange_albums: the tracks of two albums that have each other's numbers by now
UPDATE track SET album_id = iif(album_id = ?1, ?2, ?1) WHERE album_id IN (?1, ?2);

-- settle_album: an album as all its tracks together say
UPDATE album SET title = ?, version = ?, date = ?, year = ?, compilation = ?,
  musicbrainz_album_id = ?, musicbrainz_releasegroup_id = ?, settled = 1
WHERE id = ?;

-- settled_album: nobody is left to say anything of it
UPDATE album SET settled = 1 WHERE id = ?;

-- unsettled_artists: artists that may be called otherwise
SELECT id FROM artist WHERE NOT settled ORDER BY id LIMIT ?;

-- any_missing: whether some file is not there
SELECT EXISTS (SELECT 1 FROM file WHERE missing);

-- said_of_artist: how tracks and albums that are there spell an artist, and how many of them
  -- ?2: whether any file is missing; where none is, nobody need look for it
SELECT name, sort_name, musicbrainz_id, count(*) FROM (
  SELECT name, sort_name, musicbrainz_id FROM track_artist
  WHERE artist_id = ?1 AND NOT (?2 AND EXISTS (
    SELECT 1 FROM track JOIN file ON file.id = track.file_id
    WHERE track.id = track_artist.track_id AND file.missing
  ))
  UNION ALL
  SELECT name, sort_name, musicbrainz_id FROM album_artist
  WHERE artist_id = ?1 AND EXISTS (
    SELECT 1 FROM track JOIN file ON file.id = track.file_id
    WHERE track.album_id = album_artist.album_id AND NOT file.missing
  )
) GROUP BY name, sort_name, musicbrainz_id;

-- said_by_albums: how each album spells its artists
SELECT artist_id, name, sort_name, musicbrainz_id, 1 FROM album_artist;

-- settle_artist: an artist as most spell it; a name of nobody stays
UPDATE artist SET name = coalesce(?, name), sort_name = ?, musicbrainz_id = ?, settled = 1
WHERE id = ?;

-- to_come: how many numbers of tracks the index of words is behind
SELECT coalesce((SELECT max(id) FROM track), 0)
  - coalesce((SELECT value FROM meta WHERE name = 'searched'), 0);

-- words_to_come: tracks that are new to the index of words, in order; after which, how many
SELECT track.id, track.title, track.artists, track.album, track.album_artists, track.genres,
  track.composers, file.path
FROM track JOIN file ON file.id = track.file_id
WHERE track.id > ? ORDER BY track.id LIMIT ?;

-- words_to_mend: tracks whose words have changed; CROSS: as a rule there are none, so not all tracks
SELECT track.id, track.title, track.artists, track.album, track.album_artists, track.genres,
  track.composers, file.path
FROM unsearched CROSS JOIN track ON track.id = unsearched.track_id
JOIN file ON file.id = track.file_id
ORDER BY unsearched.track_id LIMIT ?;

-- mended: the words of a track are up to date
DELETE FROM unsearched WHERE track_id = ?;

-- add_words: the words of a track
INSERT INTO search (rowid, title, artists, album, genres) VALUES (?, ?, ?, ?, ?);

-- optimize: let SQLite look at its indexes, as its authors advise
PRAGMA optimize;

-- read_since: how many tracks are new, and how many were read again, since a moment; numbers are
  -- given in the order of days, so those above the last that is older are new
SELECT
  CASE
    WHEN (SELECT added_at_s FROM track NOT INDEXED ORDER BY id LIMIT 1) >= ?1
    THEN (SELECT count(*) FROM track)  -- a first scan: an index tells
    ELSE (
      SELECT count(*) FROM track NOT INDEXED WHERE id > coalesce(
        (SELECT id FROM track NOT INDEXED WHERE added_at_s < ?1 ORDER BY id DESC LIMIT 1), 0
      )
    )
  END,
  (
    SELECT count(*) FROM track
    WHERE updated_at_s <> added_at_s AND updated_at_s >= ?1 AND added_at_s < ?1
  );

-- gone_since: how many files are missing since a moment
SELECT count(*) FROM file WHERE missing AND missing_at_s >= ?;

-- make_moved: where files were before they got the names they have; made when the first one moves,
  -- for a new version of the tables would have a library read again
CREATE TABLE IF NOT EXISTS moved (
  file_id INTEGER PRIMARY KEY,
  old BLOB NOT NULL,                -- the name before
  at_s REAL NOT NULL                -- seconds since 1970
);

-- make_moved_forgotten: a file that goes leaves nothing there
CREATE TRIGGER IF NOT EXISTS moved_forgotten AFTER DELETE ON file
BEGIN DELETE FROM moved WHERE file_id = old.id; END;

-- note_moved: a file is about to get another name; the one before
INSERT INTO moved (file_id, old, at_s) VALUES (?, ?, ?)
ON CONFLICT (file_id) DO UPDATE SET old = excluded.old, at_s = excluded.at_s;

-- knows_moves: whether any file ever moved
SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE name = 'moved');

-- moved_since: how many files have other names since a moment, and are there
SELECT count(*) FROM moved CROSS JOIN file ON file.id = moved.file_id
WHERE moved.at_s >= ? AND NOT file.missing;

-- export_tracks: all tracks in the order of their paths
SELECT
  file.path, title, artists, album, album_artists, track, track_total, disc, disc_total, date,
  year, genres, composers, compilation, duration_s, bitrate_kbps, sample_rate_hz, channels,
  bits_per_sample, codec, container, musicbrainz_recording_id, musicbrainz_album_id,
  musicbrainz_artist_ids, musicbrainz_albumartist_ids, musicbrainz_releasegroup_id,
  acoustid_id, isrc, bpm, replaygain_track_gain_db, replaygain_album_gain_db, lyrics,
  artist_sort, album_artist_sort,
  cover_source, cover.mime, cover.width, cover.height, cover.key, cover.sha256,
  file.size, file.mtime_ns, file.missing,
  album_version, musicbrainz_track_id, part, start_s, raw
FROM track JOIN file ON file.id = track.file_id LEFT JOIN cover ON cover.id = track.cover_id
ORDER BY file.path, track.part;

-- export_albums: albums that have tracks, in the order of their keys
SELECT
  album.title,
  (
    SELECT json_group_array(name) FROM (
      SELECT artist.name FROM album_artist JOIN artist ON artist.id = album_artist.artist_id
      WHERE album_artist.album_id = album.id ORDER BY album_artist.position
    )
  ),
  album.year, album.date, count(*), count(DISTINCT coalesce(track.disc, 1)),
  round(sum(track.duration_s), 3), album.compilation, album.musicbrainz_album_id,
  album.musicbrainz_releasegroup_id, sum(file.missing), album.version
FROM album JOIN track ON track.album_id = album.id JOIN file ON file.id = track.file_id
GROUP BY album.id ORDER BY album.key;

-- export_artists: artists of tracks and albums, in the order of their keys
SELECT name, sort_name, musicbrainz_id, albums, tracks FROM (
  SELECT
    key, name, sort_name, musicbrainz_id,
    (
      SELECT count(DISTINCT album_artist.album_id) FROM album_artist
      WHERE album_artist.artist_id = artist.id
      AND EXISTS (SELECT 1 FROM track WHERE track.album_id = album_artist.album_id)
    ) AS albums,
    (
      SELECT count(DISTINCT track_artist.track_id) FROM track_artist
      WHERE track_artist.artist_id = artist.id
    ) AS tracks
  FROM artist
)
WHERE albums OR tracks ORDER BY key;

-- still_are: files, given as JSON, whether they are missing, and what tells that they are the same still
SELECT id, path, missing, inode, size, mtime_ns FROM file WHERE id IN (SELECT value FROM json_each(?));

-- data_version: another number when somebody else has written since
PRAGMA data_version;

-- owing: what the closing stage has to do, each 0 or 1, after the number of the newest track
SELECT
  (SELECT coalesce(max(id), 0) FROM track),
  EXISTS (SELECT 1 FROM album WHERE NOT settled),
  EXISTS (SELECT 1 FROM artist WHERE NOT settled),
  EXISTS (SELECT 1 FROM unsearched),
  (SELECT coalesce(max(id), 0) FROM track)
    > coalesce((SELECT value FROM meta WHERE name = 'searched'), 0),
  NOT EXISTS (SELECT 1 FROM sqlite_schema WHERE type = 'index' AND name = 'album_artist_artist');

-- closed: how often the closing stage had something to do, and did it
SELECT coalesce((SELECT value FROM meta WHERE name = 'closed'), 0);

-- set_closed: once more
INSERT INTO meta (name, value) VALUES ('closed', 1)
ON CONFLICT (name) DO UPDATE SET value = value + 1;

-- count_below: how many files are known below a folder
SELECT count(*) FROM file WHERE path >= ? AND path < ?;

-- path_below: the file below a folder that has so many before it
SELECT path FROM file WHERE path >= ? AND path < ? ORDER BY path LIMIT 1 OFFSET ?;

-- loose_below: a file between two paths that lies in no folder; where a name begins in a path
SELECT 1 FROM file WHERE path >= ? AND path < ? AND instr(substr(path, ?), x'2f') = 0 LIMIT 1;

-- last_below: the last file below a folder
SELECT path FROM file WHERE path >= ? AND path < ? ORDER BY path DESC LIMIT 1;

-- places: the files below a folder that are there, with the devices they were on
SELECT path, device FROM file WHERE path >= ? AND path < ? AND NOT missing;
