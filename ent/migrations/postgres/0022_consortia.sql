-- +goose Up
-- modify "bids" table
ALTER TABLE "bids" ADD COLUMN "consortium" text NULL;
-- modify "contracts" table
ALTER TABLE "contracts" ADD COLUMN "consortium" character varying NOT NULL DEFAULT '', ADD COLUMN "member_signatures" character varying NOT NULL DEFAULT '';
-- create "contract_members" table
CREATE TABLE "contract_members" ("id" character varying NOT NULL, "jurisdiction" character varying NOT NULL, "contract_id" character varying NOT NULL, "organization_id" character varying NOT NULL, PRIMARY KEY ("id"));
-- create index "contractmember_organization_id_contract_id" to table: "contract_members"
CREATE INDEX "contractmember_organization_id_contract_id" ON "contract_members" ("organization_id", "contract_id");
