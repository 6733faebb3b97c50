-- +goose Up
-- create "monitoring_cases" table
CREATE TABLE "monitoring_cases" ("id" character varying NOT NULL, "jurisdiction" character varying NOT NULL, "version" bigint NOT NULL, "entry_seq" bigint NOT NULL, "entry_hash" bytea NOT NULL, "created_at" timestamptz NOT NULL, "updated_at" timestamptz NOT NULL, "organization_id" character varying NOT NULL, "subject" character varying NOT NULL, "demander_id" character varying NOT NULL DEFAULT '', "solver_id" character varying NOT NULL DEFAULT '', "state" character varying NOT NULL, "cause" character varying NOT NULL, "text" text NOT NULL, "finding" character varying NOT NULL DEFAULT '', "evidence" text NOT NULL DEFAULT '', "opened_by" character varying NOT NULL, "decision" text NOT NULL DEFAULT '', "conclusion" text NOT NULL DEFAULT '', "violations" text NOT NULL DEFAULT '', "answers" text NOT NULL DEFAULT '', "concluded_by" character varying NOT NULL DEFAULT '', "end_reason" text NOT NULL DEFAULT '', "activated_at" timestamptz NULL, "concluded_at" timestamptz NULL, "ended_at" timestamptz NULL, PRIMARY KEY ("id"));
-- create index "monitoringcase_created_at_id" to table: "monitoring_cases"
CREATE INDEX "monitoringcase_created_at_id" ON "monitoring_cases" ("created_at", "id");
-- create index "monitoringcase_demander_id" to table: "monitoring_cases"
CREATE INDEX "monitoringcase_demander_id" ON "monitoring_cases" ("demander_id");
-- create index "monitoringcase_solver_id" to table: "monitoring_cases"
CREATE INDEX "monitoringcase_solver_id" ON "monitoring_cases" ("solver_id");
-- create index "monitoringcase_subject" to table: "monitoring_cases"
CREATE INDEX "monitoringcase_subject" ON "monitoring_cases" ("subject");
