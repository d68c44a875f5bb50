-- chosen: files that are gone: all, or below a folder, or since long, or with such tracks
SELECT id, path, device FROM file
WHERE missing
  AND (:low IS NULL OR (path >= :low AND path < :high))
  AND (:before IS NULL OR missing_at_s BETWEEN :known AND :before)
  AND (:until IS NULL OR missing_at_s IS NULL OR missing_at_s <= :until)
  AND {tracks}
ORDER BY id;

-- with_tracks: a condition on files: that they have tracks that meet one
id IN (SELECT track.file_id FROM track WHERE {where})

-- one_of_each_device: on which devices files were that are gone, and the first of each
SELECT device, min(path) FROM file WHERE missing GROUP BY device;

-- some_on_device: a few files of a device that were there when a scan last looked
SELECT path FROM file WHERE device = ? AND NOT missing LIMIT 20;

-- weigh: tracks, whole albums, entries of playlists and playlists that go with some files
WITH going AS MATERIALIZED (
  SELECT id, album_id FROM track WHERE file_id IN (SELECT value FROM json_each(:files))
)
SELECT
  (SELECT count(*) FROM going),
  (
    SELECT count(*) FROM (SELECT album_id, count(*) AS number FROM going GROUP BY album_id) AS each
    WHERE number = (SELECT count(*) FROM track WHERE track.album_id = each.album_id)
  ),
  count(*),
  count(DISTINCT playlist_id)
FROM playlist_track WHERE track_id IN (SELECT id FROM going);

-- gone_still: which of some files are gone still, with their names
SELECT id, path FROM file WHERE missing AND id IN (SELECT value FROM json_each(:files));

-- tracks: of some files, with their albums and pictures
SELECT id, album_id, cover_id FROM track
WHERE file_id IN (SELECT value FROM json_each(:files));

-- artists_of_tracks: who made some tracks
SELECT DISTINCT artist_id FROM track_artist
WHERE track_id IN (SELECT value FROM json_each(:tracks));

-- keep_numbers: what is given to somebody is never given to another, also when it has gone
INSERT INTO meta (name, value)
SELECT * FROM (
  SELECT 'given_file', coalesce(max(id), 0) FROM file
  UNION ALL SELECT 'given_track', coalesce(max(id), 0) FROM track
  UNION ALL SELECT 'given_album', coalesce(max(id), 0) FROM album
  UNION ALL SELECT 'given_artist', coalesce(max(id), 0) FROM artist
  UNION ALL SELECT 'given_cover', coalesce(max(id), 0) FROM cover
) WHERE 1
ON CONFLICT (name) DO UPDATE SET value = max(value, excluded.value);

-- leave_playlists: entries of some tracks go
DELETE FROM playlist_track WHERE track_id IN (SELECT value FROM json_each(:tracks));

-- forget_credits: who made some tracks
DELETE FROM track_artist WHERE track_id IN (SELECT value FROM json_each(:tracks));

-- forget_words: their words
DELETE FROM search WHERE rowid IN (SELECT value FROM json_each(:tracks));

-- forget_unsearched: and that these were to be mended
DELETE FROM unsearched WHERE track_id IN (SELECT value FROM json_each(:tracks));

-- forget_tracks: they themselves
DELETE FROM track WHERE id IN (SELECT value FROM json_each(:tracks));

-- forget_files: and their files; a trigger tells discovery
DELETE FROM file WHERE id IN (SELECT value FROM json_each(:files));

-- empty_albums: which of some albums have no track
SELECT value FROM json_each(:albums)
EXCEPT SELECT album_id FROM track WHERE album_id IN (SELECT value FROM json_each(:albums));

-- artists_of_albums: who made some albums
SELECT DISTINCT artist_id FROM album_artist
WHERE album_id IN (SELECT value FROM json_each(:albums));

-- forget_album_credits: who made some albums
DELETE FROM album_artist WHERE album_id IN (SELECT value FROM json_each(:albums));

-- forget_albums: they themselves
DELETE FROM album WHERE id IN (SELECT value FROM json_each(:albums));

-- forget_artists: those of some who made nothing that is left
DELETE FROM artist WHERE id IN (
  SELECT value FROM json_each(:artists)
  EXCEPT SELECT artist_id FROM track_artist
    WHERE artist_id IN (SELECT value FROM json_each(:artists))
  EXCEPT SELECT artist_id FROM album_artist
    WHERE artist_id IN (SELECT value FROM json_each(:artists))
);

-- unused_covers: which of some pictures no track has
SELECT id, key FROM cover WHERE id IN (
  SELECT value FROM json_each(:covers)
  EXCEPT SELECT cover_id FROM track WHERE cover_id IN (SELECT value FROM json_each(:covers))
);

-- forget_covers: they themselves
DELETE FROM cover WHERE id IN (SELECT value FROM json_each(:covers));

-- left_albums: albums without any track
SELECT id FROM album EXCEPT SELECT album_id FROM track;

-- left_artists: artists of no track and no album
SELECT id FROM artist EXCEPT SELECT artist_id FROM track_artist
EXCEPT SELECT artist_id FROM album_artist;

-- left_covers: pictures of no track
SELECT id FROM cover EXCEPT SELECT cover_id FROM track;
