-- picture: what is known of a picture
SELECT id, key, mime, length, problem, looked_at_s FROM cover WHERE id = ?;

-- places_of_picture: where it is, in files that are there; what lies beside the music is read sooner
SELECT file.path, track.cover_source, track.cover_file
FROM track JOIN file ON file.id = track.file_id
WHERE track.cover_id = ? AND NOT file.missing
ORDER BY track.cover_source DESC, track.id;

-- pictures_to_look_at: those that some file has, each with the first; all or only new ones; how many
  -- CROSS: a scan ends with asking for new ones, and as a rule there are none: not all files first.
SELECT track.cover_id, min(file.path)
FROM track CROSS JOIN file ON file.id = track.file_id
WHERE NOT file.missing AND track.cover_id IN (SELECT id FROM cover WHERE ? OR looked_at_s IS NULL)
GROUP BY track.cover_id ORDER BY 2 LIMIT ?;

-- count_pictures: those that some file has, and those of them that nobody has looked at
SELECT count(*), coalesce(sum(new), 0)
FROM (
  SELECT DISTINCT cover.id, looked_at_s IS NULL AS new
  FROM track JOIN file ON file.id = track.file_id JOIN cover ON cover.id = track.cover_id
  WHERE NOT file.missing
);

-- looked_at: what a picture turned out to be; what its content does not tell stays as it was tagged
UPDATE cover SET width = ?, height = ?, mime = coalesce(?, mime), sha256 = ?, problem = ?,
  looked_at_s = ?
WHERE id = ?;

-- not_met: no file that has it could be read; it is worth another try
UPDATE cover SET problem = ? WHERE id = ?;
