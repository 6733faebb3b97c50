-- +goose Up
-- create "files" table
CREATE TABLE "files" ("id" character varying NOT NULL, "jurisdiction" character varying NOT NULL, "version" bigint NOT NULL, "entry_seq" bigint NOT NULL, "entry_hash" bytea NOT NULL, "created_at" timestamptz NOT NULL, "updated_at" timestamptz NOT NULL, "organization_id" character varying NOT NULL, "purpose" character varying NOT NULL, "display_name" character varying NOT NULL, "size" bigint NOT NULL, "sha256" bytea NOT NULL, "media_type" character varying NULL, "state" character varying NOT NULL, "scan" character varying NOT NULL, "attachments" jsonb NOT NULL, "next_event_at" timestamptz NULL, PRIMARY KEY ("id"));
-- create index "file_created_at_id" to table: "files"
CREATE INDEX "file_created_at_id" ON "files" ("created_at", "id");
-- create index "file_next_event_at_id" to table: "files"
CREATE INDEX "file_next_event_at_id" ON "files" ("next_event_at", "id");
-- create index "file_organization_id_created_at_id" to table: "files"
CREATE INDEX "file_organization_id_created_at_id" ON "files" ("organization_id", "created_at", "id");
-- create index "file_state_scan_id" to table: "files"
CREATE INDEX "file_state_scan_id" ON "files" ("state", "scan", "id");
