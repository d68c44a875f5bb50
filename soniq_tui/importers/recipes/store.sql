-- log: writers and readers do not wait for each other
PRAGMA journal_mode = WAL;

-- pragmas: of every connection that writes
PRAGMA synchronous = FULL;
PRAGMA busy_timeout = 5000;

-- tables: version 2; the files are the truth, so what an older version noted is read from them anew
DROP TABLE IF EXISTS recipe;
CREATE TABLE recipe (
  slug TEXT PRIMARY KEY,           -- the name of its file
  title TEXT NOT NULL,
  url TEXT NOT NULL,               -- as it was asked for
  key TEXT NOT NULL,               -- of its own address; see links.py
  asked TEXT NOT NULL,             -- key of the address that was asked for
  fingerprint TEXT NOT NULL,
  host TEXT NOT NULL,
  saved_at REAL NOT NULL,          -- seconds since 1970, of the file
  mtime_ns INTEGER NOT NULL,       -- of the file, when it was last read
  flags TEXT NOT NULL,
  structured TEXT NOT NULL,        -- rules or llm
  yields TEXT NOT NULL,
  total_min INTEGER,
  categories TEXT NOT NULL,        -- a JSON list
  words TEXT NOT NULL              -- title, ingredients and keywords, folded; see fold.py
);
CREATE INDEX recipe_key ON recipe (key);
CREATE INDEX recipe_asked ON recipe (asked);
CREATE INDEX recipe_fingerprint ON recipe (fingerprint);
CREATE INDEX recipe_saved ON recipe (saved_at);
CREATE INDEX recipe_host ON recipe (host, saved_at);
CREATE TABLE IF NOT EXISTS trouble (
  item TEXT PRIMARY KEY,           -- an address or a file that gave no recipe so far
  kind TEXT NOT NULL,
  reason TEXT NOT NULL,
  last_at REAL NOT NULL,           -- seconds since 1970
  tries INTEGER NOT NULL
);
PRAGMA user_version = 2;

-- version: of the tables
PRAGMA user_version

-- begin: a transaction that writes
BEGIN IMMEDIATE

-- commit: it
COMMIT

-- rollback: it
ROLLBACK

-- put: a recipe under its slug
INSERT OR REPLACE INTO recipe (slug, title, url, key, asked, fingerprint, host, saved_at, mtime_ns,
  flags, structured, yields, total_min, categories, words)
VALUES (:slug, :title, :url, :key, :asked, :fingerprint, :host, :saved_at, :mtime_ns,
  :flags, :structured, :yields, :total_min, :categories, :words)

-- drop: a recipe whose file is gone
DELETE FROM recipe WHERE slug = ?

-- by_key: the recipe of an address, whichever way it is written
SELECT slug FROM recipe WHERE key = :key OR asked = :key ORDER BY saved_at LIMIT 1

-- by_address: what may be the recipe of an address that was asked for, or that a page calls its own
SELECT slug, title, fingerprint, asked FROM recipe
WHERE key IN (:own, :asked) OR asked IN (:own, :asked) ORDER BY saved_at LIMIT 50

-- by_fingerprint: recipes with the same ingredients from the same site or another
SELECT slug, title FROM recipe WHERE fingerprint = ? ORDER BY saved_at LIMIT 50

-- alike: recipes of an address, or with the same ingredients, the newest first
SELECT slug FROM recipe WHERE key = :key OR asked = :key OR fingerprint = :fingerprint
ORDER BY saved_at DESC LIMIT 50

-- all: recipes in the order in which they were saved
SELECT slug FROM recipe ORDER BY saved_at, slug

-- names: of all recipes, in whatever order
SELECT slug FROM recipe

-- where_words: recipes in whose words one begins so
instr(words, :word) > 0

-- where_site: recipes of sites whose name holds this
instr(host, :site) > 0

-- where_host: recipes of one site
host = :host

-- where_category: recipes of one category; '' is none
CASE :category WHEN '' THEN categories = '[]'
ELSE EXISTS (SELECT 1 FROM json_each(categories) WHERE value = :category) END

-- where_model: recipes that a model made
structured = 'llm'

-- where_odd: recipes about which something looks odd
flags != ''

-- order_time: the newest first
saved_at {way}, slug {way}

-- order_title: by title
sortable(title) {way}, slug {way}

-- order_host: by site
host {way}, saved_at DESC

-- order_total: by how long it takes; unknown ones last
total_min IS NULL, total_min {way}, slug

-- order_yields: by the first number of what it gives
CAST(yields AS INTEGER) {way}, yields {way}, slug

-- order_flags: those that look odd together
flags {way}, slug

-- matching: how many recipes fit
SELECT count(*) FROM recipe WHERE {where}

-- page: recipes that fit
SELECT slug, title, url, host, saved_at, flags, structured, yields, total_min, categories
FROM recipe WHERE {where} ORDER BY {order} LIMIT :limit OFFSET :offset

-- sites: with how many recipes, the newest of each
SELECT host, count(*) AS recipes, max(saved_at) FROM recipe WHERE {where} GROUP BY host

-- categories: with how many recipes
SELECT value, count(*) AS recipes FROM recipe, json_each(categories) WHERE {where} GROUP BY value

-- uncategorised: how many recipes say of no category
SELECT count(*) FROM recipe WHERE categories = '[]' AND {where}

-- flagged: how many recipes saved since a moment have a flag
SELECT count(*) FROM recipe WHERE saved_at >= :since_s AND instr(' ' || flags || ' ', :flag) > 0

-- note: that a page gave no recipe
INSERT INTO trouble (item, kind, reason, last_at, tries)
VALUES (:item, :kind, :reason, :last_at, 1)
ON CONFLICT (item) DO UPDATE SET kind = excluded.kind, reason = excluded.reason,
  last_at = excluded.last_at, tries = tries + 1

-- forget: the oldest of very many pages without a recipe; as long as there are fewer none is sorted
DELETE FROM trouble WHERE item IN (
  SELECT item FROM trouble WHERE (SELECT count(*) FROM trouble) > :most
  ORDER BY last_at DESC, item LIMIT -1 OFFSET :most)

-- solved: a page gave a recipe after all, or nobody wants it any more
DELETE FROM trouble WHERE item = ?

-- troubles: the newest first
SELECT item, kind, reason, last_at, tries FROM trouble ORDER BY last_at DESC, item

-- trouble_of: one page
SELECT item, kind, reason, last_at, tries FROM trouble WHERE item = ?
