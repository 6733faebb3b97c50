-- +goose Up
-- modify "demands" table
ALTER TABLE "demands" ADD COLUMN "details" text NOT NULL DEFAULT '', ADD COLUMN "gated" text NOT NULL DEFAULT '', ADD COLUMN "comments" text NOT NULL DEFAULT '', ADD COLUMN "pending" text NOT NULL DEFAULT '', ADD COLUMN "vetted_by" character varying NOT NULL DEFAULT '', ADD COLUMN "vetted_at" timestamptz NULL, ADD COLUMN "reason" character varying NOT NULL DEFAULT '', ADD COLUMN "remark" text NOT NULL DEFAULT '', ADD COLUMN "related_id" character varying NULL, ADD COLUMN "attempt" bigint NOT NULL DEFAULT 1, ADD COLUMN "amended_at" timestamptz NULL, ADD COLUMN "heartbeat_at" timestamptz NULL;
-- create index "demand_heartbeat_at" to table: "demands"
CREATE INDEX "demand_heartbeat_at" ON "demands" ("heartbeat_at") WHERE (heartbeat_at IS NOT NULL);
-- create "disclosures" table
CREATE TABLE "disclosures" ("id" character varying NOT NULL, "jurisdiction" character varying NOT NULL, "version" bigint NOT NULL, "entry_seq" bigint NOT NULL, "entry_hash" bytea NOT NULL, "created_at" timestamptz NOT NULL, "updated_at" timestamptz NOT NULL, "demand_id" character varying NOT NULL, "organization_id" character varying NOT NULL, "agreement" character varying NOT NULL DEFAULT '', "accepted_by" character varying NOT NULL DEFAULT '', "times" bigint NOT NULL DEFAULT 0, "winner" boolean NOT NULL DEFAULT false, "read_by" character varying NOT NULL DEFAULT '', PRIMARY KEY ("id"));
-- create index "disclosure_created_at_id" to table: "disclosures"
CREATE INDEX "disclosure_created_at_id" ON "disclosures" ("created_at", "id");
-- create index "disclosure_demand_id_organization_id" to table: "disclosures"
CREATE UNIQUE INDEX "disclosure_demand_id_organization_id" ON "disclosures" ("demand_id", "organization_id");
-- create "opinions" table
CREATE TABLE "opinions" ("id" character varying NOT NULL, "jurisdiction" character varying NOT NULL, "version" bigint NOT NULL, "entry_seq" bigint NOT NULL, "entry_hash" bytea NOT NULL, "created_at" timestamptz NOT NULL, "updated_at" timestamptz NOT NULL, "demand_id" character varying NOT NULL, "organization_id" character varying NOT NULL, "person_id" character varying NOT NULL, "asked_by" character varying NOT NULL, "verdict" character varying NULL, "text" text NOT NULL DEFAULT '', "given_at" timestamptz NULL, PRIMARY KEY ("id"));
-- create index "opinion_created_at_id" to table: "opinions"
CREATE INDEX "opinion_created_at_id" ON "opinions" ("created_at", "id");
-- create index "opinion_demand_id_person_id" to table: "opinions"
CREATE UNIQUE INDEX "opinion_demand_id_person_id" ON "opinions" ("demand_id", "person_id");
-- create index "opinion_person_id" to table: "opinions"
CREATE INDEX "opinion_person_id" ON "opinions" ("person_id");
-- create "questions" table
CREATE TABLE "questions" ("id" character varying NOT NULL, "jurisdiction" character varying NOT NULL, "version" bigint NOT NULL, "entry_seq" bigint NOT NULL, "entry_hash" bytea NOT NULL, "created_at" timestamptz NOT NULL, "updated_at" timestamptz NOT NULL, "demand_id" character varying NOT NULL, "asker" character varying NOT NULL, "text" text NOT NULL, "answer" text NOT NULL DEFAULT '', "answered_at" timestamptz NULL, PRIMARY KEY ("id"));
-- create index "question_created_at_id" to table: "questions"
CREATE INDEX "question_created_at_id" ON "questions" ("created_at", "id");
-- create index "question_demand_id_created_at_id" to table: "questions"
CREATE INDEX "question_demand_id_created_at_id" ON "questions" ("demand_id", "created_at", "id");
