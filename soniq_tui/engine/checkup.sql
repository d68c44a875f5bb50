-- quick_check: the first damage that SQLite finds in the structure of the file, or "ok"
PRAGMA quick_check(1)
