-- looked_at: the newest album up to which torn ones were looked for, the newest, whether any changed
SELECT
  (SELECT value FROM meta WHERE name = 'torn'), coalesce(max(id), 0),
  EXISTS (SELECT 1 FROM album WHERE NOT settled)
FROM album;

-- set_looked_at: they were looked for up to the newest
INSERT INTO meta (name, value) VALUES ('torn', (SELECT coalesce(max(id), 0) FROM album))
ON CONFLICT (name) DO UPDATE SET value = excluded.value;

-- keys: those of albums without a release id
SELECT key FROM album WHERE key GLOB 't:*';

-- touched: keys of those of them that are newer than one, or have changed; "+", for these are few
  -- SQLite 3.53 walks all keys for the first part where it may use an index.
SELECT key FROM album NOT INDEXED WHERE id > ? AND key GLOB 't:*'
UNION SELECT key FROM album WHERE NOT settled AND +key GLOB 't:*';

-- names_nobody: whether some track of an album names no album artist
SELECT EXISTS (SELECT 1 FROM track WHERE album_id = ? AND album_artists = '[]');

-- tracks: what the tracks of some albums say that are there, with their numbers
SELECT track.id, track.album_id,
  file.path, track.part, track.artists, track.album, track.album_artists, track.date,
  track.year, track.compilation, track.musicbrainz_album_id, track.musicbrainz_artist_ids,
  track.musicbrainz_albumartist_ids, track.musicbrainz_releasegroup_id, track.artist_sort,
  track.album_artist_sort, track.album_version
FROM track JOIN file ON file.id = track.file_id
WHERE track.album_id IN (SELECT value FROM json_each(?)) AND NOT file.missing;
