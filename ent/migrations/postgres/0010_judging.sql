-- +goose Up
-- modify "bids" table
ALTER TABLE "bids" ADD COLUMN "lane" bigint NULL;
-- create "evaluations" table
CREATE TABLE "evaluations" ("id" character varying NOT NULL, "jurisdiction" character varying NOT NULL, "version" bigint NOT NULL, "entry_seq" bigint NOT NULL, "entry_hash" bytea NOT NULL, "created_at" timestamptz NOT NULL, "updated_at" timestamptz NOT NULL, "state" character varying NOT NULL, "plan" text NOT NULL, "draw" text NOT NULL DEFAULT '', "panel" text NOT NULL DEFAULT '', "named_by" character varying NOT NULL DEFAULT '', "missing_reason" character varying NOT NULL DEFAULT '', "ranking" text NOT NULL DEFAULT '', "decision" text NOT NULL DEFAULT '', "decided_by" character varying NOT NULL DEFAULT '', "feedback" text NOT NULL DEFAULT '', "announced_at" timestamptz NULL, "standstill_until" timestamptz NULL, "next_event_at" timestamptz NULL, PRIMARY KEY ("id"));
-- create index "evaluation_created_at_id" to table: "evaluations"
CREATE INDEX "evaluation_created_at_id" ON "evaluations" ("created_at", "id");
-- create index "evaluation_next_event_at" to table: "evaluations"
CREATE INDEX "evaluation_next_event_at" ON "evaluations" ("next_event_at") WHERE (next_event_at IS NOT NULL);
-- create "objections" table
CREATE TABLE "objections" ("id" character varying NOT NULL, "jurisdiction" character varying NOT NULL, "version" bigint NOT NULL, "entry_seq" bigint NOT NULL, "entry_hash" bytea NOT NULL, "created_at" timestamptz NOT NULL, "updated_at" timestamptz NOT NULL, "demand_id" character varying NOT NULL, "organization_id" character varying NOT NULL, "state" character varying NOT NULL, "ground" character varying NOT NULL, "text" character varying NOT NULL, "reviewed_by" character varying NOT NULL DEFAULT '', "opinion" character varying NOT NULL DEFAULT '', "decided_by" character varying NOT NULL DEFAULT '', "reason" character varying NOT NULL DEFAULT '', "due_at" timestamptz NOT NULL, "escalated_at" timestamptz NULL, PRIMARY KEY ("id"));
-- create index "objection_created_at_id" to table: "objections"
CREATE INDEX "objection_created_at_id" ON "objections" ("created_at", "id");
-- create index "objection_demand_id_state" to table: "objections"
CREATE INDEX "objection_demand_id_state" ON "objections" ("demand_id", "state");
-- create index "objection_organization_id_created_at_id" to table: "objections"
CREATE INDEX "objection_organization_id_created_at_id" ON "objections" ("organization_id", "created_at", "id");
-- create index "objection_state_due_at" to table: "objections"
CREATE INDEX "objection_state_due_at" ON "objections" ("state", "due_at");
-- create "sheets" table
CREATE TABLE "sheets" ("id" character varying NOT NULL, "jurisdiction" character varying NOT NULL, "version" bigint NOT NULL, "entry_seq" bigint NOT NULL, "entry_hash" bytea NOT NULL, "created_at" timestamptz NOT NULL, "updated_at" timestamptz NOT NULL, "demand_id" character varying NOT NULL, "bid_id" character varying NOT NULL, "organization_id" character varying NOT NULL, "person_id" character varying NOT NULL DEFAULT '', "state" character varying NOT NULL, "hints" character varying NOT NULL DEFAULT '', "conflict" character varying NOT NULL DEFAULT '', "points" character varying NOT NULL DEFAULT '', "remark" character varying NOT NULL DEFAULT '', "words" character varying NOT NULL DEFAULT '', "locked_at" timestamptz NULL, "former" text NOT NULL DEFAULT '', PRIMARY KEY ("id"));
-- create index "sheet_bid_id_organization_id" to table: "sheets"
CREATE UNIQUE INDEX "sheet_bid_id_organization_id" ON "sheets" ("bid_id", "organization_id");
-- create index "sheet_created_at_id" to table: "sheets"
CREATE INDEX "sheet_created_at_id" ON "sheets" ("created_at", "id");
-- create index "sheet_demand_id" to table: "sheets"
CREATE INDEX "sheet_demand_id" ON "sheets" ("demand_id");
-- create index "sheet_organization_id_created_at_id" to table: "sheets"
CREATE INDEX "sheet_organization_id_created_at_id" ON "sheets" ("organization_id", "created_at", "id");
-- One effective award for each demand, announced or won, or one for each lane of a demand that has several.
DROP INDEX bid_one_winner;
CREATE UNIQUE INDEX bid_one_award ON bids (demand_id, (COALESCE(lane, 0))) WHERE state IN ('selected', 'won');
-- One open objection of an organization to a decision.
CREATE UNIQUE INDEX objection_one_open ON objections (demand_id, organization_id) WHERE state IN ('filed', 'admissible');
