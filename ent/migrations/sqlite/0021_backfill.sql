-- +goose Up
-- add column "evidence_grade" to table: "contracts"
ALTER TABLE `contracts` ADD COLUMN `evidence_grade` text NULL;
-- add column "registry_number" to table: "contracts"
ALTER TABLE `contracts` ADD COLUMN `registry_number` text NULL;
-- add column "backfill_id" to table: "contracts"
ALTER TABLE `contracts` ADD COLUMN `backfill_id` text NULL;
-- add column "backfill_row" to table: "contracts"
ALTER TABLE `contracts` ADD COLUMN `backfill_row` integer NULL;
-- add column "source" to table: "contracts"
ALTER TABLE `contracts` ADD COLUMN `source` text NULL;
-- add column "number_there" to table: "contracts"
ALTER TABLE `contracts` ADD COLUMN `number_there` text NULL;
-- add column "collected" to table: "tallies"
ALTER TABLE `tallies` ADD COLUMN `collected` integer NOT NULL DEFAULT (0);
-- create index "contract_jurisdiction_registry_number" to table: "contracts"
CREATE UNIQUE INDEX `contract_jurisdiction_registry_number` ON `contracts` (`jurisdiction`, `registry_number`);
-- create index "contract_jurisdiction_source_number_there" to table: "contracts"
CREATE UNIQUE INDEX `contract_jurisdiction_source_number_there` ON `contracts` (`jurisdiction`, `source`, `number_there`);
-- create index "contract_backfill_id" to table: "contracts"
CREATE INDEX `contract_backfill_id` ON `contracts` (`backfill_id`);
-- create "backfills" table
CREATE TABLE `backfills` (`id` text NOT NULL, `jurisdiction` text NOT NULL, `version` integer NOT NULL, `entry_seq` integer NOT NULL, `entry_hash` blob NOT NULL, `created_at` datetime NOT NULL, `updated_at` datetime NOT NULL, `source` text NOT NULL, `state` text NOT NULL, `digest` blob NOT NULL, `row_count` integer NOT NULL, `recorded_count` integer NOT NULL DEFAULT (0), `staged_by` text NOT NULL, `requested_by` text NOT NULL DEFAULT (''), `approved_by` text NOT NULL DEFAULT (''), `reason` text NOT NULL DEFAULT (''), PRIMARY KEY (`id`));
-- create index "backfill_created_at_id" to table: "backfills"
CREATE INDEX `backfill_created_at_id` ON `backfills` (`created_at`, `id`);
-- create index "backfill_jurisdiction_state" to table: "backfills"
CREATE INDEX `backfill_jurisdiction_state` ON `backfills` (`jurisdiction`, `state`);
-- create "backfill_rows" table
CREATE TABLE `backfill_rows` (`id` text NOT NULL, `jurisdiction` text NOT NULL, `content` blob NOT NULL, PRIMARY KEY (`id`));
-- create "past_records" table
CREATE TABLE `past_records` (`id` text NOT NULL, `jurisdiction` text NOT NULL, `version` integer NOT NULL, `entry_seq` integer NOT NULL, `entry_hash` blob NOT NULL, `created_at` datetime NOT NULL, `updated_at` datetime NOT NULL, `backfill_id` text NOT NULL, `backfill_row` integer NOT NULL, `source` text NOT NULL, `number_there` text NOT NULL, `kind` text NOT NULL, `state` text NOT NULL, `title` text NOT NULL, `buyer_id` text NOT NULL, `seller_id` text NULL, `field` text NOT NULL, `collected_date` text NULL, `date` text NULL, `amount_fen` integer NULL, `demand_number` text NULL, PRIMARY KEY (`id`));
-- create index "pastrecord_created_at_id" to table: "past_records"
CREATE INDEX `pastrecord_created_at_id` ON `past_records` (`created_at`, `id`);
-- create index "pastrecord_jurisdiction_source_kind_number_there" to table: "past_records"
CREATE UNIQUE INDEX `pastrecord_jurisdiction_source_kind_number_there` ON `past_records` (`jurisdiction`, `source`, `kind`, `number_there`);
-- create index "pastrecord_backfill_id" to table: "past_records"
CREATE INDEX `pastrecord_backfill_id` ON `past_records` (`backfill_id`);
-- create index "pastrecord_buyer_id" to table: "past_records"
CREATE INDEX `pastrecord_buyer_id` ON `past_records` (`buyer_id`);
-- create index "pastrecord_seller_id" to table: "past_records"
CREATE INDEX `pastrecord_seller_id` ON `past_records` (`seller_id`);
-- the figures are counted anew from the first entry: by grade, and what was collected
DELETE FROM figure_members;
DELETE FROM figures;
DELETE FROM figure_parties;
DELETE FROM tallies;
DELETE FROM cursors WHERE id LIKE 'figures/%';
