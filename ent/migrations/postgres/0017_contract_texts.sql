-- +goose Up
-- modify "contracts" table
ALTER TABLE "contracts" ADD COLUMN "clauses" character varying NOT NULL DEFAULT '';
-- create "contract_texts" table
CREATE TABLE "contract_texts" ("id" character varying NOT NULL, "jurisdiction" character varying NOT NULL, "contract_id" character varying NOT NULL, "template" character varying NOT NULL, "content" bytea NOT NULL, PRIMARY KEY ("id"));
