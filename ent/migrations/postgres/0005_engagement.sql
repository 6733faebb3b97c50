-- +goose Up
-- create "engagements" table
CREATE TABLE "engagements" ("id" character varying NOT NULL, "jurisdiction" character varying NOT NULL, "source" character varying NOT NULL, "demand_id" character varying NOT NULL, "organization_id" character varying NOT NULL, "shown_at" timestamptz NOT NULL, "opened_at" timestamptz NULL, "contacted_at" timestamptz NULL, PRIMARY KEY ("id"));
-- create index "engagement_jurisdiction_shown_at" to table: "engagements"
CREATE INDEX "engagement_jurisdiction_shown_at" ON "engagements" ("jurisdiction", "shown_at");
