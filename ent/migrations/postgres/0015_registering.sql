-- +goose Up
-- create "registrations" table
CREATE TABLE "registrations" ("id" character varying NOT NULL, "jurisdiction" character varying NOT NULL, "version" bigint NOT NULL, "entry_seq" bigint NOT NULL, "entry_hash" bytea NOT NULL, "created_at" timestamptz NOT NULL, "updated_at" timestamptz NOT NULL, "contract_id" character varying NOT NULL, "buyer_id" character varying NOT NULL, "seller_id" character varying NOT NULL, "registry" character varying NOT NULL, "state" character varying NOT NULL, "claimed_total_fen" bigint NOT NULL, "claimed_technology_fen" bigint NOT NULL, "filed_at" timestamptz NULL, "accepted_at" timestamptz NULL, "due_at" timestamptz NULL, "overdue_at" timestamptz NULL, "disputed" boolean NOT NULL DEFAULT false, "review" text NOT NULL DEFAULT '', "review_digest" bytea NULL, "recorded_number" character varying NOT NULL DEFAULT '', "recorded_total_fen" bigint NOT NULL DEFAULT 0, "recorded_technology_fen" bigint NOT NULL DEFAULT 0, "recorded_date" character varying NOT NULL DEFAULT '', "recorded_digest" bytea NULL, "recorded_by" character varying NOT NULL DEFAULT '', "number" character varying NULL, "total_fen" bigint NULL, "technology_fen" bigint NULL, "register_date" character varying NULL, "certificate_digest" bytea NULL, "confirmed_by" character varying NOT NULL DEFAULT '', "duty" character varying NOT NULL DEFAULT 'none', "reason" character varying NOT NULL DEFAULT '', "benefits" character varying NOT NULL DEFAULT '', PRIMARY KEY ("id"), CONSTRAINT "registration_claimed" CHECK ((claimed_technology_fen > 0) AND (claimed_technology_fen <= claimed_total_fen)), CONSTRAINT "registration_technology" CHECK ((technology_fen IS NULL) OR ((technology_fen > 0) AND (technology_fen <= total_fen))));
-- create index "registration_buyer_id" to table: "registrations"
CREATE INDEX "registration_buyer_id" ON "registrations" ("buyer_id");
-- create index "registration_contract_id" to table: "registrations"
CREATE INDEX "registration_contract_id" ON "registrations" ("contract_id");
-- create index "registration_created_at_id" to table: "registrations"
CREATE INDEX "registration_created_at_id" ON "registrations" ("created_at", "id");
-- create index "registration_due_at" to table: "registrations"
CREATE INDEX "registration_due_at" ON "registrations" ("due_at");
-- create index "registration_jurisdiction_number" to table: "registrations"
CREATE UNIQUE INDEX "registration_jurisdiction_number" ON "registrations" ("jurisdiction", "number");
-- create index "registration_seller_id" to table: "registrations"
CREATE INDEX "registration_seller_id" ON "registrations" ("seller_id");
-- create "registry_records" table
CREATE TABLE "registry_records" ("id" character varying NOT NULL, "jurisdiction" character varying NOT NULL, "version" bigint NOT NULL, "entry_seq" bigint NOT NULL, "entry_hash" bytea NOT NULL, "created_at" timestamptz NOT NULL, "updated_at" timestamptz NOT NULL, "number" character varying NOT NULL, "title" character varying NOT NULL DEFAULT '', "buyer" character varying NOT NULL DEFAULT '', "seller" character varying NOT NULL DEFAULT '', "total_fen" bigint NOT NULL, "technology_fen" bigint NOT NULL, "register_date" character varying NOT NULL DEFAULT '', PRIMARY KEY ("id"));
-- create index "registryrecord_created_at_id" to table: "registry_records"
CREATE INDEX "registryrecord_created_at_id" ON "registry_records" ("created_at", "id");
-- create index "registryrecord_jurisdiction_number" to table: "registry_records"
CREATE UNIQUE INDEX "registryrecord_jurisdiction_number" ON "registry_records" ("jurisdiction", "number");
