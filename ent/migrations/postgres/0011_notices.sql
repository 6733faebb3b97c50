-- +goose Up
-- create "deliveries" table
CREATE TABLE "deliveries" ("id" character varying NOT NULL, "webhook_id" character varying NOT NULL, "organization_id" character varying NOT NULL, "notice_id" character varying NOT NULL, "kind" character varying NOT NULL, "body" bytea NOT NULL, "state" character varying NOT NULL, "attempts" bigint NOT NULL DEFAULT 0, "failed" bigint NOT NULL DEFAULT 0, "next_at" timestamptz NOT NULL, "status" bigint NOT NULL DEFAULT 0, "error" character varying NOT NULL DEFAULT '', "created_at" timestamptz NOT NULL, "sequence" bigint NOT NULL DEFAULT 0, "delivered_at" timestamptz NULL, PRIMARY KEY ("id"));
-- create index "delivery_state_webhook_id" to table: "deliveries"
CREATE INDEX "delivery_state_webhook_id" ON "deliveries" ("state", "webhook_id");
-- create index "delivery_webhook_id_created_at_id" to table: "deliveries"
CREATE INDEX "delivery_webhook_id_created_at_id" ON "deliveries" ("webhook_id", "created_at", "id");
-- create index "delivery_webhook_id_notice_id" to table: "deliveries"
CREATE UNIQUE INDEX "delivery_webhook_id_notice_id" ON "deliveries" ("webhook_id", "notice_id");
-- create index "delivery_webhook_id_state_created_at_sequence_id" to table: "deliveries"
CREATE INDEX "delivery_webhook_id_state_created_at_sequence_id" ON "deliveries" ("webhook_id", "state", "created_at", "sequence", "id");
-- create "digests" table
CREATE TABLE "digests" ("id" character varying NOT NULL, "hook_organization_id" character varying NOT NULL DEFAULT '', "due_at" timestamptz NULL, "last_at" timestamptz NULL, PRIMARY KEY ("id"));
-- create index "digest_due_at" to table: "digests"
CREATE INDEX "digest_due_at" ON "digests" ("due_at");
-- create "imprints" table
CREATE TABLE "imprints" ("id" character varying NOT NULL, "kept" jsonb NOT NULL, "changed_at" timestamptz NOT NULL, PRIMARY KEY ("id"));
-- create "notices" table
CREATE TABLE "notices" ("id" character varying NOT NULL, "jurisdiction" character varying NOT NULL, "organization_id" character varying NOT NULL DEFAULT '', "person_id" character varying NOT NULL DEFAULT '', "kind" character varying NOT NULL, "subject" character varying NOT NULL, "text" text NOT NULL, "changes" jsonb NULL, "items" jsonb NULL, "created_at" timestamptz NOT NULL, "sequence" bigint NOT NULL DEFAULT 0, "expires_at" timestamptz NOT NULL, "read_at" timestamptz NULL, PRIMARY KEY ("id"));
-- create index "notice_expires_at" to table: "notices"
CREATE INDEX "notice_expires_at" ON "notices" ("expires_at");
-- create index "notice_organization_id_created_at_id" to table: "notices"
CREATE INDEX "notice_organization_id_created_at_id" ON "notices" ("organization_id", "created_at", "id");
-- create index "notice_person_id_created_at_id" to table: "notices"
CREATE INDEX "notice_person_id_created_at_id" ON "notices" ("person_id", "created_at", "id");
-- create "notice_switches" table
CREATE TABLE "notice_switches" ("id" character varying NOT NULL, "organization_id" character varying NOT NULL DEFAULT '', "person_id" character varying NOT NULL DEFAULT '', "kind" character varying NOT NULL, PRIMARY KEY ("id"));
-- create index "noticeswitch_organization_id" to table: "notice_switches"
CREATE INDEX "noticeswitch_organization_id" ON "notice_switches" ("organization_id");
-- create index "noticeswitch_person_id" to table: "notice_switches"
CREATE INDEX "noticeswitch_person_id" ON "notice_switches" ("person_id");
-- create "watches" table
CREATE TABLE "watches" ("id" character varying NOT NULL, "person_id" character varying NOT NULL, "organization_id" character varying NOT NULL DEFAULT '', "display_name" character varying NOT NULL, "target" character varying NOT NULL, "query" character varying NOT NULL DEFAULT '', "filter" jsonb NOT NULL, "since" timestamptz NULL, "consented_at" timestamptz NULL, "version" bigint NOT NULL, "created_at" timestamptz NOT NULL, PRIMARY KEY ("id"));
-- create index "watch_person_id_created_at_id" to table: "watches"
CREATE INDEX "watch_person_id_created_at_id" ON "watches" ("person_id", "created_at", "id");
-- create "watch_mutes" table
CREATE TABLE "watch_mutes" ("id" character varying NOT NULL, "person_id" character varying NOT NULL, "subject" character varying NOT NULL, PRIMARY KEY ("id"));
-- create index "watchmute_person_id" to table: "watch_mutes"
CREATE INDEX "watchmute_person_id" ON "watch_mutes" ("person_id");
-- create "watch_tolds" table
CREATE TABLE "watch_tolds" ("id" character varying NOT NULL, "person_id" character varying NOT NULL, "subject" character varying NOT NULL, "print" character varying NOT NULL, "told_at" timestamptz NOT NULL, PRIMARY KEY ("id"));
-- create index "watchtold_person_id_told_at" to table: "watch_tolds"
CREATE INDEX "watchtold_person_id_told_at" ON "watch_tolds" ("person_id", "told_at");
-- create "webhooks" table
CREATE TABLE "webhooks" ("id" character varying NOT NULL, "organization_id" character varying NOT NULL, "url" character varying NOT NULL, "kinds" jsonb NOT NULL, "nonce" bytea NOT NULL, "state" character varying NOT NULL, "failures" bigint NOT NULL DEFAULT 0, "created_by" character varying NOT NULL, "created_at" timestamptz NOT NULL, "leased_until" timestamptz NULL, PRIMARY KEY ("id"));
-- create index "webhook_organization_id_url" to table: "webhooks"
CREATE UNIQUE INDEX "webhook_organization_id_url" ON "webhooks" ("organization_id", "url");
