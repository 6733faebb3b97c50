-- +goose Up
-- create "achievements" table
CREATE TABLE "achievements" ("id" character varying NOT NULL, "jurisdiction" character varying NOT NULL, "version" bigint NOT NULL, "entry_seq" bigint NOT NULL, "entry_hash" bytea NOT NULL, "created_at" timestamptz NOT NULL, "updated_at" timestamptz NOT NULL, "organization_id" character varying NOT NULL, "external_id" character varying NULL, "title" character varying NOT NULL, "summary" text NOT NULL, "field" character varying NOT NULL, "industries" jsonb NOT NULL, "disciplines" jsonb NOT NULL, "keywords" jsonb NOT NULL, "properties" jsonb NOT NULL, "trl" bigint NOT NULL, "maturity" character varying NOT NULL, "modes" jsonb NOT NULL, "price_fen" bigint NULL, "region" character varying NOT NULL, "state" character varying NOT NULL, "published_at" timestamptz NULL, PRIMARY KEY ("id"));
-- create index "achievement_created_at_id" to table: "achievements"
CREATE INDEX "achievement_created_at_id" ON "achievements" ("created_at", "id");
-- create index "achievement_organization_id_created_at_id" to table: "achievements"
CREATE INDEX "achievement_organization_id_created_at_id" ON "achievements" ("organization_id", "created_at", "id");
-- create index "achievement_organization_id_external_id" to table: "achievements"
CREATE UNIQUE INDEX "achievement_organization_id_external_id" ON "achievements" ("organization_id", "external_id");
-- create index "achievement_organization_id_title" to table: "achievements"
CREATE INDEX "achievement_organization_id_title" ON "achievements" ("organization_id", "title");
-- create index "achievement_published_at_id" to table: "achievements"
CREATE INDEX "achievement_published_at_id" ON "achievements" ("published_at", "id");
-- create "profiles" table
CREATE TABLE "profiles" ("id" character varying NOT NULL, "jurisdiction" character varying NOT NULL, "version" bigint NOT NULL, "entry_seq" bigint NOT NULL, "entry_hash" bytea NOT NULL, "created_at" timestamptz NOT NULL, "updated_at" timestamptz NOT NULL, "organization_id" character varying NOT NULL, "external_id" character varying NULL, "kind" character varying NOT NULL, "display_name" character varying NOT NULL, "position" character varying NOT NULL, "introduction" text NOT NULL, "fields" jsonb NOT NULL, "industries" jsonb NOT NULL, "disciplines" jsonb NOT NULL, "keywords" jsonb NOT NULL, "equipment" jsonb NOT NULL, "region" character varying NOT NULL, "consented" boolean NOT NULL, "state" character varying NOT NULL, "published_at" timestamptz NULL, PRIMARY KEY ("id"));
-- create index "profile_created_at_id" to table: "profiles"
CREATE INDEX "profile_created_at_id" ON "profiles" ("created_at", "id");
-- create index "profile_organization_id_created_at_id" to table: "profiles"
CREATE INDEX "profile_organization_id_created_at_id" ON "profiles" ("organization_id", "created_at", "id");
-- create index "profile_organization_id_display_name" to table: "profiles"
CREATE INDEX "profile_organization_id_display_name" ON "profiles" ("organization_id", "display_name");
-- create index "profile_organization_id_external_id" to table: "profiles"
CREATE UNIQUE INDEX "profile_organization_id_external_id" ON "profiles" ("organization_id", "external_id");
-- create index "profile_published_at_id" to table: "profiles"
CREATE INDEX "profile_published_at_id" ON "profiles" ("published_at", "id");
