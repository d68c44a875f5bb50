-- open_writer: how the writer holds the catalogue; FULL: what was reported done survives a power cut
PRAGMA busy_timeout = 10000;
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
PRAGMA cache_size = -16000;
PRAGMA foreign_keys = ON;

-- open_reader: how everybody else holds it
PRAGMA busy_timeout = 10000;
PRAGMA query_only = ON;

-- application_id: whose file this is; 0 is a file nobody has claimed yet
PRAGMA application_id;

-- user_version: up to which migration it was brought
PRAGMA user_version;

-- migration_1: the catalogue from nothing
BEGIN IMMEDIATE;
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
COMMIT;

-- begin: one job is one transaction; IMMEDIATE, so that it never fails half-way for a lock
BEGIN IMMEDIATE;

-- commit: make it last
COMMIT;

-- rollback: as if it had not begun
ROLLBACK;

-- upsert_artist: add an artist; the newest name wins, what is not said does not erase what was
INSERT INTO artist (key, name, sort_name, musicbrainz_id)
VALUES (?, ?, ?, ?)
ON CONFLICT (key) DO UPDATE SET
  name = excluded.name,
  sort_name = coalesce(excluded.sort_name, sort_name),
  musicbrainz_id = coalesce(excluded.musicbrainz_id, musicbrainz_id)
WHERE name IS NOT excluded.name
  OR sort_name IS NOT coalesce(excluded.sort_name, sort_name)
  OR musicbrainz_id IS NOT coalesce(excluded.musicbrainz_id, musicbrainz_id);

-- upsert_album: add an album, or bring it up to what its newest tracks say
INSERT INTO album (
  key, title, date, year, compilation, musicbrainz_album_id, musicbrainz_releasegroup_id
)
VALUES (?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (key) DO UPDATE SET
  title = excluded.title,
  date = coalesce(excluded.date, date),
  year = coalesce(excluded.year, year),
  compilation = excluded.compilation,
  musicbrainz_album_id = coalesce(excluded.musicbrainz_album_id, musicbrainz_album_id),
  musicbrainz_releasegroup_id =
    coalesce(excluded.musicbrainz_releasegroup_id, musicbrainz_releasegroup_id);

-- album_of_path: in which album a track is
SELECT album_id FROM track WHERE path = ? AND album_id IS NOT NULL;

-- tracks_of_album: what the tracks of an album that are there say of it, in the order of paths
SELECT path, artists, album, album_artists, date, year, compilation, musicbrainz_album_id,
  musicbrainz_artist_ids, musicbrainz_albumartist_ids, musicbrainz_releasegroup_id,
  artist_sort, album_artist_sort
FROM track WHERE album_id = ? AND NOT missing ORDER BY path;

-- settle_album: an album as all its tracks together say
UPDATE album SET title = ?, date = ?, year = ?, compilation = ?, musicbrainz_releasegroup_id = ?
WHERE key = ?;

-- forget_album_artists: before the artists of an album are set anew
DELETE FROM album_artist WHERE album_id = (SELECT id FROM album WHERE key = ?);

-- add_album_artist: position, key of the album, key of the artist
INSERT OR REPLACE INTO album_artist (album_id, position, artist_id)
SELECT album.id, ?, artist.id FROM album, artist WHERE album.key = ? AND artist.key = ?;

-- upsert_track: add a track or bring it up to date; its id and the day it was added stay.
INSERT INTO track (
  path, size, mtime_ns, ctime_ns, inode, device,
  title, artists, album, album_artists, track, track_total, disc, disc_total, date, year,
  genres, composers, compilation, duration_s, bitrate_kbps, sample_rate_hz, channels,
  bits_per_sample, codec, container, musicbrainz_recording_id, musicbrainz_album_id,
  musicbrainz_artist_ids, musicbrainz_albumartist_ids, musicbrainz_releasegroup_id,
  acoustid_id, isrc, bpm, replaygain_track_gain_db, replaygain_album_gain_db, lyrics,
  artist_sort, album_artist_sort,
  cover_source, cover_mime, cover_length, cover_key, cover_file,
  added_at_s, updated_at_s, album_id
)
VALUES (
  ?, ?, ?, ?, ?, ?,
  ?, ?, ?, ?, ?, ?, ?, ?, ?, ?,
  ?, ?, ?, ?, ?, ?, ?,
  ?, ?, ?, ?, ?,
  ?, ?, ?,
  ?, ?, ?, ?, ?, ?,
  ?, ?,
  ?, ?, ?, ?, ?,
  ?, ?, (SELECT id FROM album WHERE key = ?)
)
ON CONFLICT (path) DO UPDATE SET
  size = excluded.size, mtime_ns = excluded.mtime_ns, ctime_ns = excluded.ctime_ns,
  inode = excluded.inode, device = excluded.device, missing = 0,
  updated_at_s = excluded.updated_at_s, album_id = excluded.album_id,
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
  album_artist_sort = excluded.album_artist_sort,
  cover_source = excluded.cover_source, cover_mime = excluded.cover_mime,
  cover_length = excluded.cover_length, cover_key = excluded.cover_key,
  cover_file = excluded.cover_file,
  cover_width = iif(cover_key IS excluded.cover_key, cover_width, NULL),
  cover_height = iif(cover_key IS excluded.cover_key, cover_height, NULL),
  cover_sha256 = iif(cover_key IS excluded.cover_key, cover_sha256, NULL);

-- forget_track_artists: before the artists of a track are set anew
DELETE FROM track_artist WHERE track_id = (SELECT id FROM track WHERE path = ?);

-- add_track_artist: position, path of the track, key of the artist
INSERT OR REPLACE INTO track_artist (track_id, position, artist_id)
SELECT track.id, ?, artist.id FROM track, artist WHERE track.path = ? AND artist.key = ?;

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

-- is_there: a file that was missing is back, readable or not
UPDATE track SET missing = 0 WHERE path = ? AND missing;

-- forget_error: the file could be read, or is gone
DELETE FROM scan_error WHERE path = ?;

-- mark_missing: the file is gone; the row stays, for it may come back
UPDATE track SET missing = 1, updated_at_s = ? WHERE path = ? AND NOT missing;

-- known: the tracks below a folder with what tells whether they are unchanged; "0" follows "/"
SELECT path, size, mtime_ns, ctime_ns, inode, missing FROM track WHERE path >= ? AND path < ?;

-- broken: the files below a folder that could not be read, as they were then
SELECT path, size, mtime_ns, ctime_ns, inode, kind, reason FROM scan_error
WHERE path >= ? AND path < ?;

-- devices: on which devices the tracks below a folder were
SELECT DISTINCT device FROM track WHERE path >= ? AND path < ?;

-- export_tracks: all tracks in the order of their paths
SELECT
  path, title, artists, album, album_artists, track, track_total, disc, disc_total, date, year,
  genres, composers, compilation, duration_s, bitrate_kbps, sample_rate_hz, channels,
  bits_per_sample, codec, container, musicbrainz_recording_id, musicbrainz_album_id,
  musicbrainz_artist_ids, musicbrainz_albumartist_ids, musicbrainz_releasegroup_id,
  acoustid_id, isrc, bpm, replaygain_track_gain_db, replaygain_album_gain_db, lyrics,
  artist_sort, album_artist_sort,
  cover_source, cover_mime, cover_width, cover_height, cover_key, cover_sha256,
  size, mtime_ns, missing
FROM track ORDER BY path;

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
  sum(track.duration_s), album.compilation, album.musicbrainz_album_id,
  album.musicbrainz_releasegroup_id, sum(track.missing)
FROM album JOIN track ON track.album_id = album.id
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
