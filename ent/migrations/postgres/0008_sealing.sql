-- +goose Up
-- modify "bids" table
ALTER TABLE "bids" ALTER COLUMN "amount_fen" DROP NOT NULL, ALTER COLUMN "proposal" DROP NOT NULL, ALTER COLUMN "nonce" DROP NOT NULL, ADD COLUMN "draft" bytea NULL, ADD COLUMN "envelope" bytea NULL, ADD COLUMN "policy" bytea NULL, ADD COLUMN "level" character varying NULL, ADD COLUMN "sealed_by" character varying NULL, ADD COLUMN "fault" character varying NULL;
-- create "custodians" table
CREATE TABLE "custodians" ("id" character varying NOT NULL, "jurisdiction" character varying NOT NULL, "version" bigint NOT NULL, "entry_seq" bigint NOT NULL, "entry_hash" bytea NOT NULL, "created_at" timestamptz NOT NULL, "updated_at" timestamptz NOT NULL, "organization_id" character varying NOT NULL, "person_id" character varying NOT NULL, "display_name" character varying NOT NULL, "recipient" character varying NOT NULL, "state" character varying NOT NULL, "confirmed_by" character varying NULL, "checked_at" timestamptz NULL, PRIMARY KEY ("id"));
-- create index "custodian_created_at_id" to table: "custodians"
CREATE INDEX "custodian_created_at_id" ON "custodians" ("created_at", "id");
-- create index "custodian_jurisdiction_state" to table: "custodians"
CREATE INDEX "custodian_jurisdiction_state" ON "custodians" ("jurisdiction", "state");
-- create index "custodian_recipient" to table: "custodians"
CREATE UNIQUE INDEX "custodian_recipient" ON "custodians" ("recipient");
-- create "openings" table
CREATE TABLE "openings" ("id" character varying NOT NULL, "jurisdiction" character varying NOT NULL, "version" bigint NOT NULL, "entry_seq" bigint NOT NULL, "entry_hash" bytea NOT NULL, "created_at" timestamptz NOT NULL, "updated_at" timestamptz NOT NULL, "demand_id" character varying NOT NULL, "custodian_id" character varying NOT NULL, "organization_id" character varying NOT NULL, "shares" bytea NOT NULL, "shares_digest" bytea NOT NULL, "used" boolean NOT NULL, PRIMARY KEY ("id"));
-- create index "opening_created_at_id" to table: "openings"
CREATE INDEX "opening_created_at_id" ON "openings" ("created_at", "id");
-- create index "opening_demand_id_custodian_id" to table: "openings"
CREATE UNIQUE INDEX "opening_demand_id_custodian_id" ON "openings" ("demand_id", "custodian_id");
-- create index "opening_used" to table: "openings"
CREATE INDEX "opening_used" ON "openings" ("used");
-- create "refusals" table
CREATE TABLE "refusals" ("id" character varying NOT NULL, "jurisdiction" character varying NOT NULL, "version" bigint NOT NULL, "entry_seq" bigint NOT NULL, "entry_hash" bytea NOT NULL, "created_at" timestamptz NOT NULL, "updated_at" timestamptz NOT NULL, "demand_id" character varying NOT NULL, "organization_id" character varying NOT NULL, "digest" bytea NOT NULL, "received_at" timestamptz NOT NULL, PRIMARY KEY ("id"));
-- create index "refusal_created_at_id" to table: "refusals"
CREATE INDEX "refusal_created_at_id" ON "refusals" ("created_at", "id");
-- create index "refusal_demand_id_organization_id" to table: "refusals"
CREATE UNIQUE INDEX "refusal_demand_id_organization_id" ON "refusals" ("demand_id", "organization_id");
-- create "sealings" table
CREATE TABLE "sealings" ("id" character varying NOT NULL, "jurisdiction" character varying NOT NULL, "version" bigint NOT NULL, "entry_seq" bigint NOT NULL, "entry_hash" bytea NOT NULL, "created_at" timestamptz NOT NULL, "updated_at" timestamptz NOT NULL, "demand_id" character varying NOT NULL, "policy" bytea NOT NULL, "terms_digest" bytea NOT NULL, "deadline" timestamptz NOT NULL, "level" character varying NOT NULL, "threshold" bigint NOT NULL, "recipients" text NOT NULL, PRIMARY KEY ("id"));
-- create index "sealing_created_at_id" to table: "sealings"
CREATE INDEX "sealing_created_at_id" ON "sealings" ("created_at", "id");
-- create index "sealing_demand_id_entry_seq" to table: "sealings"
CREATE INDEX "sealing_demand_id_entry_seq" ON "sealings" ("demand_id", "entry_seq");
