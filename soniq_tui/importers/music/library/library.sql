-- where_year: tracks of some years
track.year BETWEEN :low AND :high

-- where_bitrate: tracks of some bit rates, in kbit/s
track.bitrate_kbps BETWEEN :low AND :high

-- where_rate: tracks of some sample rates
track.sample_rate_hz BETWEEN :low AND :high

-- where_added: tracks that came since
track.added_at_s >= :since

-- where_changed: tracks that were read again since, because their files had changed
track.updated_at_s <> track.added_at_s AND track.updated_at_s >= :since

-- where_moved: tracks whose file has had its name since
track.file_id IN (SELECT file_id FROM moved WHERE at_s >= :since)

-- where_gone: tracks whose file was found to be gone since
track.file_id IN (SELECT id FROM file WHERE missing AND missing_at_s >= :since)

-- where_nothing: no track
0

-- changes: tracks that were read again, have moved or are gone, the newest change first
WITH happened (id, at_s) AS (
  SELECT id, updated_at_s FROM track WHERE updated_at_s <> added_at_s
  UNION ALL
  SELECT track.id, file.missing_at_s FROM file CROSS JOIN track ON track.file_id = file.id
  WHERE file.missing
  UNION ALL
  SELECT track.id, moved.at_s
  FROM ({moved}) AS moved CROSS JOIN track ON track.file_id = moved.file_id
)
SELECT id FROM happened GROUP BY id ORDER BY max(at_s) DESC NULLS LAST, id;

-- change_notes: what is known of changes of some tracks
SELECT track.id, file.missing, file.missing_at_s, moved.at_s,
  iif(track.updated_at_s <> track.added_at_s, track.updated_at_s, NULL)
FROM track JOIN file ON file.id = track.file_id
LEFT JOIN ({moved}) AS moved ON moved.file_id = track.file_id
WHERE track.id IN (SELECT value FROM json_each(:ids));

-- moved: files that moved, and when
SELECT file_id, at_s FROM moved

-- unmoved: none
SELECT 0 AS file_id, 0 AS at_s WHERE 0

-- moved_from: where a file was before, and until when
SELECT old, at_s FROM moved WHERE file_id = :file;

-- where_codec: tracks of a codec or in a container
track.codec = :value OR track.container = :value

-- where_genre: tracks whose genres are tagged in one of these ways
track.genres IN (SELECT value FROM json_each(:tagged))

-- where_path: tracks of files with a text in their path
track.file_id IN (SELECT id FROM file WHERE instr(lower(CAST(path AS TEXT)), :value))

-- where_files: tracks of some files
track.file_id IN (SELECT value FROM json_each(:files))

-- file_paths: all files
SELECT id, path FROM file;

-- where_is_missing: tracks whose file is gone
track.file_id IN (SELECT id FROM file WHERE missing)

-- where_is_lossless: tracks that keep the sound as it was
track.codec IN (
  'flac', 'alac', 'pcm', 'dsd', 'dst', 'tta', 'wavpack', 'monkeys', 'tak', 'optimfrog', 'wmalossless'
)

-- where_is_compilation: tracks of albums by several
track.compilation OR track.album_id IN (SELECT id FROM album WHERE compilation)

-- where_is_repaired: tracks with texts that were repaired
track.raw <> '[]'

-- where_no_cover: tracks without a picture, or with what calls itself one and is none
track.cover_id IS NULL OR track.cover_id IN (SELECT id FROM cover WHERE mime IS NULL)

-- where_no_title: tracks without a title
coalesce(track.title, '') = ''

-- where_no_artist: tracks without an artist
track.artists = '[]'

-- where_no_album: tracks without an album
coalesce(track.album, '') = ''

-- where_no_track: tracks without a number
track.track IS NULL

-- where_no_year: tracks without a year
track.year IS NULL

-- where_no_genre: tracks without a genre
track.genres = '[]'

-- where_ids: tracks of a list
track.id IN (SELECT value FROM json_each(:ids))

-- where_words: tracks with these words, as the index has them
track.id IN (SELECT rowid FROM search WHERE search MATCH :match)

-- where_indexed: tracks whose words are in the index as they are
track.id <= :searched AND track.id NOT IN (SELECT track_id FROM unsearched)

-- where_sign: tracks with a text that no index of words knows
instr(coalesce(track.title, '') || ' ' || coalesce(track.album, ''), :sign)
OR track.id IN (SELECT track_id FROM track_artist WHERE instr(name, :sign))

-- where_album: tracks of an album
track.album_id = :album

-- where_elsewhere: tracks of an artist that no album of theirs holds
track.id IN (SELECT track_id FROM track_artist WHERE artist_id = :artist)
AND NOT EXISTS (
  SELECT 1 FROM album_artist
  WHERE album_artist.album_id = track.album_id AND album_artist.artist_id = :artist
)

-- order_title: tracks by title, those without one at the end
coalesce(track.title, '') = '' {on}, iif(coalesce(track.title, '') = '', NULL, coalesce(
  (SELECT ltrim(c0) FROM search_content WHERE id = track.id), sortable(track.title)
)) {way}, track.id {way}

-- order_artist: tracks by the artist as tagged
track.artists = '[]' {on}, sortable_names(track.artists) {way}, sortable(track.album) {on},
track.disc {on}, track.track {on}, track.id {on}

-- order_album: tracks by album
coalesce(track.album, '') = '' {on}, sortable(track.album) {way}, track.disc {on}, track.track {on},
track.id {on}

-- order_number: tracks as an album has them
coalesce(track.disc, 1) {way}, track.track IS NULL {on}, track.track {way},
track.title COLLATE NOCASE {on}, track.id {on}

-- order_time: tracks by length
track.duration_s IS NULL {on}, track.duration_s {way}, track.id {on}

-- order_year: tracks by year
track.year IS NULL {on}, track.year {way}, track.id {on}

-- order_format: tracks by codec and bit rate
track.codec IS NULL {on}, track.codec {way}, track.bitrate_kbps IS NULL {on},
track.bitrate_kbps {way}, track.id {on}

-- order_added: tracks by the day they came; numbers are given in that order
track.id {way}

-- words_lack: whether there are tracks of which the index of words knows nothing, or too little
SELECT EXISTS (SELECT 1 FROM unsearched) OR coalesce((SELECT max(id) FROM track), 0)
  > coalesce((SELECT value FROM meta WHERE name = 'searched'), 0);

-- titled: tracks that have a title in the order of titles, where all words are in the index
SELECT id FROM search_content
WHERE id NOT IN (SELECT id FROM track WHERE coalesce(title, '') = '')
ORDER BY ltrim(c0) {way}, id {way} LIMIT :limit OFFSET :offset;

-- untitled: tracks that have none
SELECT id FROM track WHERE coalesce(title, '') = '' ORDER BY id {way};

-- tracks_count: how many tracks there are
SELECT count(*) FROM track WHERE {where};

-- tracks_of: tracks in no order
SELECT track.id FROM track WHERE {where};

-- as_json: numbers as one JSON array: as rows they would take twice as long
SELECT json_group_array(id) FROM ({query});

-- tracks_page: some tracks in order
SELECT track.id FROM track WHERE {where} ORDER BY {order} LIMIT :limit OFFSET :offset;

-- tracks_by_album: tracks of a list in the order of albums, each whole whoever made its tracks
WITH held AS MATERIALIZED (
  SELECT album.id, sortable(album.title) AS title, (
    SELECT sortable(coalesce(artist.sort_name, artist.name)) FROM album_artist
    JOIN artist ON artist.id = album_artist.artist_id
    WHERE album_artist.album_id = album.id ORDER BY album_artist.position LIMIT 1
  ) AS artist
  FROM album
  WHERE id IN (SELECT album_id FROM track WHERE id IN (SELECT value FROM json_each(:ids)))
)
SELECT track.id FROM json_each(:ids) AS wanted JOIN track ON track.id = wanted.value
JOIN file ON file.id = track.file_id LEFT JOIN held ON held.id = track.album_id
ORDER BY iif(held.id IS NULL, nullif(sortable_names(track.artists), ''), held.artist) NULLS LAST,
  held.title NULLS LAST, held.id, coalesce(track.disc, 1), track.track IS NULL, track.track,
  file.path, track.part;

-- matching: tracks with these words, in the order of the library
SELECT rowid FROM search WHERE search MATCH :match;

-- matching_ranked: tracks with these words, the best first; a title counts most
SELECT rowid FROM search WHERE search MATCH :match
ORDER BY bm25(search, 10.0, 5.0, 2.0, 1.0), rowid;

-- matching_count: how many tracks have these words
SELECT count(*) FROM search WHERE search MATCH :match;

-- matching_any: whether any track has these words
SELECT EXISTS (SELECT 1 FROM search WHERE search MATCH :match);

-- unsearched: tracks whose words in the index are old
SELECT track_id FROM unsearched;

-- unindexed_count: how many tracks the index of words lacks
SELECT (SELECT count(*) FROM track WHERE id > :searched) + (SELECT count(*) FROM unsearched);

-- unindexed: the newest tracks that the index of words lacks, or has old
SELECT track.id, track.title, track.artists, track.album, track.album_artists, track.genres,
  track.composers, file.path
FROM (
  SELECT id FROM (SELECT id FROM track WHERE id > :searched ORDER BY id DESC LIMIT :limit)
  UNION SELECT track_id FROM unsearched
) AS lacking CROSS JOIN track ON track.id = lacking.id JOIN file ON file.id = track.file_id
ORDER BY lacking.id DESC LIMIT :limit;

-- tagged_genres: lists of genres as tagged, with how many tracks
SELECT genres, count(*) FROM track GROUP BY genres;

-- tagged_genres_of: the same of some tracks
SELECT track.genres, count(*) FROM track WHERE {where} GROUP BY track.genres;

-- has_codec: whether there is such a codec or container
SELECT EXISTS (SELECT 1 FROM track WHERE codec = :value OR container = :value);

-- codecs: the codecs and containers there are
SELECT codec FROM track WHERE codec IS NOT NULL UNION SELECT container FROM track
WHERE container IS NOT NULL;

-- track_rows: what lists show of tracks, in the order of the numbers
SELECT track.id, track.title, track.artists, track.album, track.disc, track.track,
  track.duration_s, track.codec, track.bitrate_kbps, track.year, track.added_at_s, track.raw,
  track.container, file.path, file.missing, track.part, track.start_s
FROM json_each(:ids) AS wanted
JOIN track ON track.id = wanted.value JOIN file ON file.id = track.file_id
ORDER BY wanted.key;

-- artists: numbers of the artists that have tracks or albums, in order
SELECT artist.id FROM artist
WHERE (
  artist.id IN (SELECT artist_id FROM track_artist)
  OR artist.id IN (
    SELECT artist_id FROM album_artist WHERE album_id IN (SELECT DISTINCT album_id FROM track)
  )
) AND {where}
ORDER BY {order};

-- where_artist_named: artists whose name fits what was typed
fits(artist.name, artist.sort_name)

-- where_artist_of: artists of some tracks
artist.id IN (
  SELECT artist_id FROM track_artist WHERE track_id IN (SELECT track.id FROM track WHERE {where})
)

-- order_artist_name: by the name to sort by, else by the name
sortable(coalesce(artist.sort_name, artist.name)) {way}, artist.id

-- artist_rows: what lists show of artists
  -- "+", or each album would be looked for under each artist.
WITH
  wanted AS MATERIALIZED (SELECT key AS place, value AS id FROM json_each(:ids)),
  gone AS MATERIALIZED (
    SELECT id, album_id FROM track WHERE file_id IN (SELECT id FROM file WHERE missing)
  ),
  emptied AS MATERIALIZED (
    SELECT album_id FROM track WHERE album_id IN (SELECT album_id FROM gone)
    GROUP BY album_id HAVING min(id IN (SELECT id FROM gone))
  ),
  made AS MATERIALIZED (
    SELECT DISTINCT artist_id, album_id, album_id IN (SELECT album_id FROM emptied) AS gone
    FROM album_artist
    WHERE artist_id IN (SELECT id FROM wanted)
    AND +album_id IN (SELECT DISTINCT album_id FROM track)
  ),
  albums AS MATERIALIZED (
    SELECT artist_id, count(*) AS number, min(gone) AS gone FROM made GROUP BY artist_id
  ),
  tracks AS MATERIALIZED (
    SELECT artist_id, count(*) AS number, min(track_id IN (SELECT id FROM gone)) AS gone
    FROM track_artist WHERE artist_id IN (SELECT id FROM wanted) GROUP BY artist_id
  )
SELECT artist.id, artist.name, coalesce(albums.number, 0), coalesce(tracks.number, 0),
  NOT coalesce(min(albums.gone, tracks.gone), albums.gone, tracks.gone, 0)
FROM wanted JOIN artist ON artist.id = wanted.id
LEFT JOIN albums ON albums.artist_id = artist.id LEFT JOIN tracks ON tracks.artist_id = artist.id
ORDER BY wanted.place;

-- artist_tracks: how many tracks artists have
SELECT artist_id, count(*) FROM track_artist GROUP BY artist_id;

-- artist_albums: how many albums with tracks artists have
SELECT artist_id, count(DISTINCT album_id) FROM album_artist
WHERE album_id IN (SELECT DISTINCT album_id FROM track) GROUP BY artist_id;

-- album_tracks: how many tracks albums have
SELECT album_id, count(*) FROM track WHERE album_id IS NOT NULL GROUP BY album_id;

-- album_time: how long albums last
SELECT album_id, total(duration_s) FROM track WHERE album_id IS NOT NULL GROUP BY album_id;

-- artist: one artist
SELECT name, sort_name, musicbrainz_id FROM artist WHERE id = :artist;

-- albums: numbers of the albums that have tracks, in order
SELECT album.id FROM album
WHERE album.id IN (SELECT DISTINCT album_id FROM track) AND {where}
ORDER BY {order};

-- album_names: albums by title
SELECT id, title, version FROM album;

-- album_credits: who made which album
SELECT album_id, name FROM album_artist ORDER BY album_id, position;

-- where_album_of: albums of some tracks
album.id IN (SELECT album_id FROM track WHERE {where})

-- where_album_by: albums that an artist made
album.id IN (SELECT album_id FROM album_artist WHERE artist_id = :artist)

-- where_album_year: albums of a year
album.id IN (SELECT album_id FROM track WHERE year IS :year)

-- order_album_title: by title
sortable(album.title) {way}, album.year, album.id

-- order_album_artist: by the first artist, then by year
(
  SELECT sortable(coalesce(artist.sort_name, artist.name)) FROM album_artist
  JOIN artist ON artist.id = album_artist.artist_id
  WHERE album_artist.album_id = album.id ORDER BY album_artist.position LIMIT 1
) {way} NULLS LAST, album.year NULLS LAST, sortable(album.title), album.id

-- order_album_year: by year
album.year {way} NULLS LAST, album.date, sortable(album.title), album.id

-- album_rows: what lists show of albums
WITH held AS MATERIALIZED (
  SELECT album_id, count(*) AS number, sum(duration_s) AS duration_s,
    sum(file_id IN (SELECT id FROM file WHERE missing)) AS missing
  FROM track WHERE album_id IN (SELECT value FROM json_each(:ids)) GROUP BY album_id
)
SELECT album.id, album.title, album.version, album.year,
  (
    SELECT json_group_array(name) FROM (
      SELECT name FROM album_artist WHERE album_artist.album_id = album.id ORDER BY position
    )
  ),
  held.number, held.duration_s, held.missing
FROM json_each(:ids) AS wanted JOIN album ON album.id = wanted.value
JOIN held ON held.album_id = album.id
ORDER BY wanted.key;

-- years: years with how many albums and tracks; the year that is not known last
SELECT year, count(DISTINCT album_id), count(*) FROM track WHERE {where}
GROUP BY year ORDER BY year IS NULL, year DESC;

-- errors: files that cannot be read, the newest trouble first
SELECT id, kind, reason, path, first_at_s, last_at_s, tries, size FROM scan_error
ORDER BY last_at_s DESC, path;

-- error: one of them
SELECT kind, reason, path, first_at_s, last_at_s, tries, size FROM scan_error WHERE id = :id;

-- playlists: all playlists with how many tracks, and how long they last
SELECT playlist.id, playlist.name, playlist.made_at_s, count(track.id), total(track.duration_s),
  count(file.id) - total(file.missing)
FROM playlist LEFT JOIN playlist_track ON playlist_track.playlist_id = playlist.id
LEFT JOIN track ON track.id = playlist_track.track_id
LEFT JOIN file ON file.id = track.file_id
GROUP BY playlist.id ORDER BY sortable(playlist.name), playlist.id;

-- playlist_named: the number of a playlist
SELECT id FROM playlist WHERE name = :name;

-- playlist: the name of a playlist
SELECT name FROM playlist WHERE id = :playlist;

-- playlist_ids: the tracks of a playlist in order
SELECT playlist_track.track_id FROM playlist_track
JOIN track ON track.id = playlist_track.track_id
WHERE playlist_track.playlist_id = :playlist ORDER BY playlist_track.position;

-- add_playlist: one that is new
INSERT INTO playlist (name, made_at_s) VALUES (:name, :now) RETURNING id;

-- rename_playlist: another name
UPDATE playlist SET name = :to WHERE id = :playlist;

-- delete_playlist: it goes
DELETE FROM playlist WHERE id = :playlist;

-- empty_playlist: what was in it goes
DELETE FROM playlist_track WHERE playlist_id = :playlist;

-- last_place: the last place that is taken
SELECT coalesce(max(position), 0) FROM playlist_track WHERE playlist_id = :playlist;

-- add_to_playlist: tracks in the order of the numbers, after a place
INSERT INTO playlist_track (playlist_id, position, track_id)
SELECT :playlist, :after + 1 + key, value FROM json_each(:ids);

-- files_by_path: tracks of a file
SELECT track.id, track.part, track.start_s FROM file JOIN track ON track.file_id = file.id
WHERE file.path = :path ORDER BY track.part;

-- all_paths: every file
SELECT path, missing FROM file;

-- track_detail: all that is known of a track
SELECT track.*, file.path, file.size, file.mtime_ns, file.missing, file.missing_at_s,
  album.title AS album_title, album.version, album.compilation AS album_compilation
FROM track JOIN file ON file.id = track.file_id LEFT JOIN album ON album.id = track.album_id
WHERE track.id = :id;

-- album_detail: what is known of an album
SELECT album.title, album.version, album.date, album.year, album.compilation,
  album.musicbrainz_album_id, album.musicbrainz_releasegroup_id, count(*), sum(track.duration_s),
  sum(file.missing), max(coalesce(track.disc, 1)), sum(file.size), min(file.path),
  min(track.added_at_s),
  coalesce(
    min(iif(NOT file.missing AND cover.mime IS NOT NULL AND cover.problem IS NULL, cover.id, NULL)),
    min(iif(NOT file.missing, cover.id, NULL)), min(cover.id)
  ),
  group_concat(DISTINCT track.codec),
  (
    SELECT json_group_array(name) FROM (
      SELECT name FROM album_artist WHERE album_artist.album_id = album.id ORDER BY position
    )
  ),
  (SELECT json_group_array(DISTINCT genres) FROM track WHERE track.album_id = album.id)
FROM album JOIN track ON track.album_id = album.id JOIN file ON file.id = track.file_id
LEFT JOIN cover ON cover.id = track.cover_id
WHERE album.id = :id GROUP BY album.id;

-- artist_cover: a picture of an album of an artist: of a file that is there, and none known as bad
WITH held AS NOT MATERIALIZED (
  SELECT cover.id, file.missing AS gone, cover.mime IS NOT NULL AND cover.problem IS NULL AS good
  FROM album_artist JOIN track ON track.album_id = album_artist.album_id
  JOIN file ON file.id = track.file_id JOIN cover ON cover.id = track.cover_id
  WHERE album_artist.artist_id = :artist
)
SELECT coalesce(
  (SELECT id FROM held WHERE good AND NOT gone LIMIT 1), (SELECT id FROM held WHERE NOT gone LIMIT 1),
  (SELECT id FROM held LIMIT 1)
);

-- artist_times: how long the tracks of an artist last, and how many there are
SELECT count(*), total(track.duration_s) FROM track_artist
JOIN track ON track.id = track_artist.track_id WHERE track_artist.artist_id = :artist;

-- artist_spellings: names by which tracks call an artist
SELECT name, count(*) FROM track_artist WHERE artist_id = :artist
GROUP BY name ORDER BY count(*) DESC, name LIMIT 20;

-- health_tracks: counts of tracks that are there by several conditions, in one pass
SELECT {counts} FROM track WHERE track.file_id NOT IN (SELECT id FROM file WHERE missing);

-- where_there: tracks whose file is there
track.file_id NOT IN (SELECT id FROM file WHERE missing)

-- where_low_bitrate: lossy tracks below 128 kbit/s
track.bitrate_kbps < 128 AND track.codec IN (
  'mp3', 'mp2', 'mp1', 'aac', 'vorbis', 'opus', 'wma', 'wmav2', 'wmapro', 'musepack', 'ac3', 'eac3'
)

-- health_missing: how many tracks belong to files that are gone
SELECT count(*) FROM track WHERE file_id IN (SELECT id FROM file WHERE missing);

-- health_broken: files that cannot be read, by kind
SELECT kind, count(*) FROM scan_error GROUP BY kind ORDER BY count(*) DESC, kind;

-- health_same_recording: tracks of a recording that is there more than once
SELECT id FROM track
WHERE track.file_id NOT IN (SELECT id FROM file WHERE missing) AND musicbrainz_recording_id IN (
  SELECT musicbrainz_recording_id FROM track WHERE musicbrainz_recording_id IS NOT NULL
  AND track.file_id NOT IN (SELECT id FROM file WHERE missing) GROUP BY musicbrainz_recording_id HAVING count(*) > 1
)
ORDER BY musicbrainz_recording_id, id;

-- health_same_size: tracks whose files are as large and as long as another; same titles together
SELECT id FROM (
  SELECT track.id, file.size, track.duration_s, track.title,
    count(*) OVER (PARTITION BY file.size, track.duration_s) AS alike
  FROM file JOIN track ON track.file_id = file.id
  WHERE NOT file.missing AND track.part = 0 AND track.duration_s > 0
  AND file.size IN (SELECT size FROM file WHERE NOT missing GROUP BY size HAVING count(*) > 1)
) WHERE alike > 1 ORDER BY size, duration_s, title COLLATE NOCASE, id;

-- health_wrong_suffix: tracks whose content is not what the name says
SELECT id FROM (
  SELECT track.id, track.container, CAST(substr(file.path, -5) AS TEXT) AS tail
  FROM track JOIN file ON file.id = track.file_id WHERE NOT file.missing
) WHERE NOT CASE container
  WHEN 'mp3' THEN tail LIKE '%.mp3' OR tail LIKE '%.mp2' OR tail LIKE '%.mp1'
  WHEN 'flac' THEN tail LIKE '%.flac'
  WHEN 'mp4' THEN tail LIKE '%.m4a' OR tail LIKE '%.m4b' OR tail LIKE '%.mp4'
  WHEN 'ogg' THEN tail LIKE '%.ogg' OR tail LIKE '%.opus' OR tail LIKE '%.oga' OR tail LIKE '%.spx'
  WHEN 'mp2' THEN tail LIKE '%.mp2' OR tail LIKE '%.mp3'
  WHEN 'mp1' THEN tail LIKE '%.mp1' OR tail LIKE '%.mp3'
  WHEN 'asf' THEN tail LIKE '%.wma' OR tail LIKE '%.asf'
  WHEN 'wav' THEN tail LIKE '%.wav'
  WHEN 'aiff' THEN tail LIKE '%.aif' OR tail LIKE '%.aiff' OR tail LIKE '%.aifc'
  WHEN 'wavpack' THEN tail LIKE '%.wv'
  WHEN 'musepack' THEN tail LIKE '%.mpc' OR tail LIKE '%.mp+'
  WHEN 'optimfrog' THEN tail LIKE '%.ofr'
  WHEN 'midi' THEN tail LIKE '%.mid' OR tail LIKE '%.midi' OR tail LIKE '%.smf'
  WHEN 'ape' THEN tail LIKE '%.ape'
  WHEN 'dsf' THEN tail LIKE '%.dsf'
  WHEN 'dff' THEN tail LIKE '%.dff'
  WHEN 'tta' THEN tail LIKE '%.tta'
  WHEN 'tak' THEN tail LIKE '%.tak'
  WHEN 'aac' THEN tail LIKE '%.aac'
  WHEN 'ac3' THEN tail LIKE '%.ac3'
  ELSE 1
END ORDER BY id;

-- health_gaps: albums whose track numbers leave some out, or go beyond the total; a disc may begin
  -- where the one before it ends, and tell the total of all
SELECT DISTINCT album_id FROM (
  SELECT album_id, tracks, have, most, total, iif(least IS before + 1, before, 0) AS before,
    (least IS before + 1 OR after IS most + 1) AND total = of_album AS goes_on
  FROM (
    SELECT *, lag(most) OVER discs AS before, lead(least) OVER discs AS after,
      sum(have) OVER (PARTITION BY album_id) AS of_album
    FROM (
      SELECT album_id, coalesce(disc, 1) AS disc, count(*) AS tracks,
        count(DISTINCT track.track) AS have, min(track.track) AS least, max(track.track) AS most,
        max(track_total) AS total
      FROM track
      WHERE track.file_id NOT IN (SELECT id FROM file WHERE missing)
        AND album_id IS NOT NULL AND track.track > 0
      GROUP BY album_id, coalesce(disc, 1)
    ) WINDOW discs AS (PARTITION BY album_id ORDER BY disc)
  )
)
WHERE tracks > 1 AND (most - before > have OR (total <> have AND NOT goes_on))
ORDER BY album_id;

-- health_numbers: track numbers and totals of some albums, by disc
SELECT track.album_id, coalesce(track.disc, 1), json_group_array(DISTINCT track.track),
  max(track.track_total)
FROM track JOIN file ON file.id = track.file_id
WHERE NOT file.missing AND track.track > 0
AND track.album_id IN (SELECT value FROM json_each(:ids))
GROUP BY track.album_id, coalesce(track.disc, 1)
ORDER BY track.album_id, coalesce(track.disc, 1);

-- health_no_cover: albums without any picture
SELECT album_id FROM track WHERE track.file_id NOT IN (SELECT id FROM file WHERE missing) AND album_id IS NOT NULL
GROUP BY album_id
HAVING NOT max(coalesce(cover_id IN (SELECT id FROM cover WHERE mime IS NOT NULL), 0));

-- health_tiny_cover: albums with a picture that is known to be small
SELECT DISTINCT album_id FROM track
WHERE cover_id IN (SELECT id FROM cover WHERE max(width, height) < 300)
AND track.file_id NOT IN (SELECT id FROM file WHERE missing) AND album_id IS NOT NULL
ORDER BY album_id;

-- health_album_titles: albums by title
SELECT id, title FROM album;

-- health_album_paths: where the tracks of some albums lie that are there
SELECT track.album_id, file.path FROM track JOIN file ON file.id = track.file_id
WHERE track.album_id IN (SELECT value FROM json_each(:ids)) AND NOT file.missing
ORDER BY track.album_id, track.id;

-- health_releases: which release some albums are, where their tracks say so
SELECT id, musicbrainz_album_id FROM album
WHERE id IN (SELECT value FROM json_each(:ids)) AND musicbrainz_album_id <> '';

-- health_paths: files that are there
SELECT id, path FROM file WHERE NOT missing;

-- health_tracks_of: tracks of some files, in the order of the numbers
SELECT track.id FROM json_each(:ids) AS wanted JOIN track ON track.file_id = wanted.value
ORDER BY wanted.key, track.part;

-- health_twins: size and length of some tracks
SELECT track.id, file.size, coalesce(track.duration_s, 0.0) FROM track
JOIN file ON file.id = track.file_id WHERE track.id IN (SELECT value FROM json_each(:ids));

-- where_album_ids: albums of a list
album.id IN (SELECT value FROM json_each(:ids))

-- playlist_entries: what a file for players says of the tracks of a playlist
SELECT file.path, track.title, track.artists, track.duration_s, track.part, track.start_s
FROM playlist_track JOIN track ON track.id = playlist_track.track_id
JOIN file ON file.id = track.file_id
WHERE playlist_track.playlist_id = :playlist ORDER BY playlist_track.position;

-- playlist_names: the names of all playlists
SELECT name FROM playlist ORDER BY name;
