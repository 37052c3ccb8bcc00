CREATE TABLE IF NOT EXISTS "suffix" ("site" BIGINT NOT NULL, "feed" BYTEA NOT NULL, "base" BYTEA NOT NULL, "first_seq" BIGINT NOT NULL, "prev_hash" BYTEA NOT NULL, PRIMARY KEY ("site", "feed"));
CREATE INDEX IF NOT EXISTS "suffix_by_base" ON "suffix" ("site", "base");
