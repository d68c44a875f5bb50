-- pragmas: of every connection that writes
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
PRAGMA busy_timeout = 5000;

-- tables: version 1
CREATE TABLE IF NOT EXISTS recipe (
  slug TEXT PRIMARY KEY,           -- the name of its file
  title TEXT NOT NULL,
  url TEXT NOT NULL,               -- as it was asked for
  key TEXT NOT NULL,               -- of its own address; see links.py
  asked TEXT NOT NULL,             -- key of the address that was asked for
  fingerprint TEXT NOT NULL,
  host TEXT NOT NULL,
  saved_at REAL NOT NULL,          -- seconds since 1970
  mtime_ns INTEGER NOT NULL,       -- of the file, when it was last read
  flags TEXT NOT NULL DEFAULT '',
  structured TEXT NOT NULL DEFAULT 'rules'
);
CREATE INDEX IF NOT EXISTS recipe_key ON recipe (key);
CREATE INDEX IF NOT EXISTS recipe_asked ON recipe (asked);
CREATE INDEX IF NOT EXISTS recipe_fingerprint ON recipe (fingerprint);
PRAGMA user_version = 1;

-- version: of the tables
PRAGMA user_version

-- begin: a transaction that writes
BEGIN IMMEDIATE

-- commit: it
COMMIT

-- rollback: it
ROLLBACK

-- put: a recipe under its slug
INSERT INTO recipe (slug, title, url, key, asked, fingerprint, host, saved_at, mtime_ns, flags, structured)
VALUES (:slug, :title, :url, :key, :asked, :fingerprint, :host, :saved_at, :mtime_ns, :flags, :structured)
ON CONFLICT (slug) DO UPDATE SET title = excluded.title, url = excluded.url, key = excluded.key,
  asked = excluded.asked, fingerprint = excluded.fingerprint, host = excluded.host,
  saved_at = excluded.saved_at, mtime_ns = excluded.mtime_ns, flags = excluded.flags,
  structured = excluded.structured

-- drop: a recipe whose file is gone
DELETE FROM recipe WHERE slug = ?

-- by_key: the recipe of an address, whichever way it is written
SELECT slug FROM recipe WHERE key = :key OR asked = :key ORDER BY saved_at LIMIT 1

-- by_fingerprint: recipes with the same ingredients from the same site or another
SELECT slug, title FROM recipe WHERE fingerprint = ? ORDER BY saved_at LIMIT 5

-- all: recipes in the order in which they were saved
SELECT slug, mtime_ns FROM recipe ORDER BY saved_at, slug

-- count: recipes
SELECT count(*) FROM recipe
