CREATE TABLE IF NOT EXISTS "suffix" ("site" INTEGER NOT NULL, "feed" BLOB NOT NULL, "base" BLOB NOT NULL, "first_seq" INTEGER NOT NULL, "prev_hash" BLOB NOT NULL, PRIMARY KEY ("site", "feed")) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS "suffix_by_base" ON "suffix" ("site", "base");
