CREATE TABLE IF NOT EXISTS "center_value" ("site" BIGINT NOT NULL, "name" TEXT NOT NULL, "at" BIGINT NOT NULL, "bytes" BYTEA NOT NULL, PRIMARY KEY ("site", "name"));
CREATE TABLE IF NOT EXISTS "center_refilled" ("site" BIGINT NOT NULL, "device" BYTEA NOT NULL, "at" BIGINT NOT NULL, PRIMARY KEY ("site", "device"));
