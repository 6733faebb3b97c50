-- +goose Up
-- add column "consortium" to table: "bids"
ALTER TABLE `bids` ADD COLUMN `consortium` text NULL;
-- add column "consortium" to table: "contracts"
ALTER TABLE `contracts` ADD COLUMN `consortium` text NOT NULL DEFAULT '';
-- add column "member_signatures" to table: "contracts"
ALTER TABLE `contracts` ADD COLUMN `member_signatures` text NOT NULL DEFAULT '';
-- create "contract_members" table
CREATE TABLE `contract_members` (`id` text NOT NULL, `jurisdiction` text NOT NULL, `contract_id` text NOT NULL, `organization_id` text NOT NULL, PRIMARY KEY (`id`));
-- create index "contractmember_organization_id_contract_id" to table: "contract_members"
CREATE INDEX `contractmember_organization_id_contract_id` ON `contract_members` (`organization_id`, `contract_id`);
