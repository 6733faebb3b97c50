-- +goose Up
-- drop index "organization_jurisdiction_uscc" from table: "organizations"
DROP INDEX "organization_jurisdiction_uscc";
-- modify "organizations" table
ALTER TABLE "organizations" ADD COLUMN "state" character varying NOT NULL DEFAULT 'registered', ADD COLUMN "verified_until" timestamptz NULL, ADD COLUMN "parent_id" character varying NULL, ADD COLUMN "region" character varying NOT NULL DEFAULT '', ADD COLUMN "industry" character varying NOT NULL DEFAULT '';
-- create index "organization_jurisdiction_uscc" to table: "organizations"
CREATE INDEX "organization_jurisdiction_uscc" ON "organizations" ("jurisdiction", "uscc");
-- create index "organization_jurisdiction_uscc_display_name" to table: "organizations"
CREATE UNIQUE INDEX "organization_jurisdiction_uscc_display_name" ON "organizations" ("jurisdiction", "uscc", "display_name");
-- create index "organization_parent_id" to table: "organizations"
CREATE INDEX "organization_parent_id" ON "organizations" ("parent_id");
-- modify "tokens" table
ALTER TABLE "tokens" ADD COLUMN "scopes" jsonb NULL, ADD COLUMN "networks" jsonb NULL, ADD COLUMN "issued_by" character varying NOT NULL DEFAULT '';
-- create "approvals" table
CREATE TABLE "approvals" ("id" character varying NOT NULL, "jurisdiction" character varying NOT NULL, "version" bigint NOT NULL, "entry_seq" bigint NOT NULL, "entry_hash" bytea NOT NULL, "created_at" timestamptz NOT NULL, "updated_at" timestamptz NOT NULL, "organization_id" character varying NOT NULL, "action" character varying NOT NULL, "method" character varying NOT NULL, "subject" character varying NOT NULL, "request_hash" bytea NOT NULL, "request" bytea NOT NULL, "requested_by" character varying NOT NULL, "requested_session" character varying NOT NULL, "state" character varying NOT NULL, "decided_by" character varying NOT NULL DEFAULT '', "decided_session" character varying NOT NULL DEFAULT '', "expires_at" timestamptz NOT NULL, PRIMARY KEY ("id"));
-- create index "approval_created_at_id" to table: "approvals"
CREATE INDEX "approval_created_at_id" ON "approvals" ("created_at", "id");
-- create index "approval_organization_id_state_created_at" to table: "approvals"
CREATE INDEX "approval_organization_id_state_created_at" ON "approvals" ("organization_id", "state", "created_at");
-- create index "approval_request_hash" to table: "approvals"
CREATE INDEX "approval_request_hash" ON "approvals" ("request_hash");
-- create "ceremonies" table
CREATE TABLE "ceremonies" ("id" character varying NOT NULL, "person_id" character varying NOT NULL DEFAULT '', "data" bytea NOT NULL, "expires_at" timestamptz NOT NULL, PRIMARY KEY ("id"));
-- create index "ceremony_expires_at" to table: "ceremonies"
CREATE INDEX "ceremony_expires_at" ON "ceremonies" ("expires_at");
-- create "credentials" table
CREATE TABLE "credentials" ("id" character varying NOT NULL, "person_id" character varying NOT NULL, "kind" character varying NOT NULL, "label" character varying NOT NULL DEFAULT '', "secret" bytea NOT NULL, "confirmed" boolean NOT NULL DEFAULT true, "counter" bigint NOT NULL DEFAULT 0, "created_at" timestamptz NOT NULL, "used_at" timestamptz NULL, PRIMARY KEY ("id"));
-- create index "credential_person_id" to table: "credentials"
CREATE INDEX "credential_person_id" ON "credentials" ("person_id");
-- create "device_logins" table
CREATE TABLE "device_logins" ("id" character varying NOT NULL, "user_code" character varying NOT NULL, "agent" character varying NOT NULL, "address" character varying NOT NULL, "session_id" character varying NOT NULL DEFAULT '', "denied" boolean NOT NULL DEFAULT false, "taken" boolean NOT NULL DEFAULT false, "polled_at" timestamptz NULL, "created_at" timestamptz NOT NULL, "expires_at" timestamptz NOT NULL, PRIMARY KEY ("id"));
-- create index "device_logins_user_code_key" to table: "device_logins"
CREATE UNIQUE INDEX "device_logins_user_code_key" ON "device_logins" ("user_code");
-- create "facts" table
CREATE TABLE "facts" ("id" character varying NOT NULL, "salt" bytea NOT NULL, "login" character varying NOT NULL, "login_text" character varying NOT NULL, "display_name" character varying NOT NULL, "email" character varying NOT NULL DEFAULT '', "phone" character varying NOT NULL DEFAULT '', PRIMARY KEY ("id"));
-- create index "facts_login_key" to table: "facts"
CREATE UNIQUE INDEX "facts_login_key" ON "facts" ("login");
-- create "links" table
CREATE TABLE "links" ("id" character varying NOT NULL, "person_id" character varying NOT NULL, "issuer" character varying NOT NULL, "subject" character varying NOT NULL, "created_at" timestamptz NOT NULL, PRIMARY KEY ("id"));
-- create index "link_person_id" to table: "links"
CREATE INDEX "link_person_id" ON "links" ("person_id");
-- create "memberships" table
CREATE TABLE "memberships" ("id" character varying NOT NULL, "jurisdiction" character varying NOT NULL, "version" bigint NOT NULL, "entry_seq" bigint NOT NULL, "entry_hash" bytea NOT NULL, "created_at" timestamptz NOT NULL, "updated_at" timestamptz NOT NULL, "organization_id" character varying NOT NULL, "person_id" character varying NOT NULL DEFAULT '', "roles" jsonb NOT NULL, "state" character varying NOT NULL, "code_hash" bytea NOT NULL, "invited_by" character varying NOT NULL, "expires_at" timestamptz NOT NULL, "next_event_at" timestamptz NULL, "lent_until" timestamptz NULL, PRIMARY KEY ("id"));
-- create index "membership_created_at_id" to table: "memberships"
CREATE INDEX "membership_created_at_id" ON "memberships" ("created_at", "id");
-- create index "membership_next_event_at" to table: "memberships"
CREATE INDEX "membership_next_event_at" ON "memberships" ("next_event_at");
-- create index "membership_organization_id_state" to table: "memberships"
CREATE INDEX "membership_organization_id_state" ON "memberships" ("organization_id", "state");
-- create index "membership_person_id" to table: "memberships"
CREATE INDEX "membership_person_id" ON "memberships" ("person_id");
-- create "persons" table
CREATE TABLE "persons" ("id" character varying NOT NULL, "jurisdiction" character varying NOT NULL, "version" bigint NOT NULL, "entry_seq" bigint NOT NULL, "entry_hash" bytea NOT NULL, "created_at" timestamptz NOT NULL, "updated_at" timestamptz NOT NULL, "state" character varying NOT NULL, "facts_hash" bytea NOT NULL, "secured_at" timestamptz NOT NULL, PRIMARY KEY ("id"));
-- create index "person_created_at_id" to table: "persons"
CREATE INDEX "person_created_at_id" ON "persons" ("created_at", "id");
-- create "sessions" table
CREATE TABLE "sessions" ("id" character varying NOT NULL, "jurisdiction" character varying NOT NULL, "person_id" character varying NOT NULL, "person_version" bigint NOT NULL, "membership_id" character varying NULL, "membership_version" bigint NOT NULL DEFAULT 0, "secret_hash" bytea NOT NULL, "method" character varying NOT NULL, "address" character varying NOT NULL, "agent" character varying NOT NULL, "created_at" timestamptz NOT NULL, "expires_at" timestamptz NOT NULL, "seen_at" timestamptz NOT NULL, "stepped_at" timestamptz NULL, "ended_at" timestamptz NULL, PRIMARY KEY ("id"));
-- create index "session_expires_at" to table: "sessions"
CREATE INDEX "session_expires_at" ON "sessions" ("expires_at");
-- create index "session_person_id" to table: "sessions"
CREATE INDEX "session_person_id" ON "sessions" ("person_id");
-- create "throttles" table
CREATE TABLE "throttles" ("id" character varying NOT NULL, "failures" bigint NOT NULL, "until" timestamptz NOT NULL, "updated_at" timestamptz NOT NULL, PRIMARY KEY ("id"));
-- create index "throttle_updated_at" to table: "throttles"
CREATE INDEX "throttle_updated_at" ON "throttles" ("updated_at");
