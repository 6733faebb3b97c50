-- +goose Up
-- modify "contracts" table
ALTER TABLE "contracts" ADD COLUMN "evidence_grade" character varying NULL, ADD COLUMN "registry_number" character varying NULL, ADD COLUMN "backfill_id" character varying NULL, ADD COLUMN "backfill_row" bigint NULL, ADD COLUMN "source" character varying NULL, ADD COLUMN "number_there" character varying NULL;
-- create index "contract_backfill_id" to table: "contracts"
CREATE INDEX "contract_backfill_id" ON "contracts" ("backfill_id");
-- create index "contract_jurisdiction_registry_number" to table: "contracts"
CREATE UNIQUE INDEX "contract_jurisdiction_registry_number" ON "contracts" ("jurisdiction", "registry_number");
-- create index "contract_jurisdiction_source_number_there" to table: "contracts"
CREATE UNIQUE INDEX "contract_jurisdiction_source_number_there" ON "contracts" ("jurisdiction", "source", "number_there");
-- modify "tallies" table
ALTER TABLE "tallies" ADD COLUMN "collected" bigint NOT NULL DEFAULT 0;
-- create "backfills" table
CREATE TABLE "backfills" ("id" character varying NOT NULL, "jurisdiction" character varying NOT NULL, "version" bigint NOT NULL, "entry_seq" bigint NOT NULL, "entry_hash" bytea NOT NULL, "created_at" timestamptz NOT NULL, "updated_at" timestamptz NOT NULL, "source" character varying NOT NULL, "state" character varying NOT NULL, "digest" bytea NOT NULL, "row_count" bigint NOT NULL, "recorded_count" bigint NOT NULL DEFAULT 0, "staged_by" character varying NOT NULL, "requested_by" character varying NOT NULL DEFAULT '', "approved_by" character varying NOT NULL DEFAULT '', "reason" character varying NOT NULL DEFAULT '', PRIMARY KEY ("id"));
-- create index "backfill_created_at_id" to table: "backfills"
CREATE INDEX "backfill_created_at_id" ON "backfills" ("created_at", "id");
-- create index "backfill_jurisdiction_state" to table: "backfills"
CREATE INDEX "backfill_jurisdiction_state" ON "backfills" ("jurisdiction", "state");
-- create "backfill_rows" table
CREATE TABLE "backfill_rows" ("id" character varying NOT NULL, "jurisdiction" character varying NOT NULL, "content" bytea NOT NULL, PRIMARY KEY ("id"));
-- create "past_records" table
CREATE TABLE "past_records" ("id" character varying NOT NULL, "jurisdiction" character varying NOT NULL, "version" bigint NOT NULL, "entry_seq" bigint NOT NULL, "entry_hash" bytea NOT NULL, "created_at" timestamptz NOT NULL, "updated_at" timestamptz NOT NULL, "backfill_id" character varying NOT NULL, "backfill_row" bigint NOT NULL, "source" character varying NOT NULL, "number_there" character varying NOT NULL, "kind" character varying NOT NULL, "state" character varying NOT NULL, "title" character varying NOT NULL, "buyer_id" character varying NOT NULL, "seller_id" character varying NULL, "field" character varying NOT NULL, "collected_date" character varying NULL, "date" character varying NULL, "amount_fen" bigint NULL, "demand_number" character varying NULL, PRIMARY KEY ("id"));
-- create index "pastrecord_backfill_id" to table: "past_records"
CREATE INDEX "pastrecord_backfill_id" ON "past_records" ("backfill_id");
-- create index "pastrecord_buyer_id" to table: "past_records"
CREATE INDEX "pastrecord_buyer_id" ON "past_records" ("buyer_id");
-- create index "pastrecord_created_at_id" to table: "past_records"
CREATE INDEX "pastrecord_created_at_id" ON "past_records" ("created_at", "id");
-- create index "pastrecord_jurisdiction_source_kind_number_there" to table: "past_records"
CREATE UNIQUE INDEX "pastrecord_jurisdiction_source_kind_number_there" ON "past_records" ("jurisdiction", "source", "kind", "number_there");
-- create index "pastrecord_seller_id" to table: "past_records"
CREATE INDEX "pastrecord_seller_id" ON "past_records" ("seller_id");
-- the figures are counted anew from the first entry: by grade, and what was collected
DELETE FROM figure_members;
DELETE FROM figures;
DELETE FROM figure_parties;
DELETE FROM tallies;
DELETE FROM cursors WHERE id LIKE 'figures/%';
