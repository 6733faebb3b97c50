-- +goose Up
-- disable the enforcement of foreign-keys constraints
PRAGMA foreign_keys = off;
-- create "new_bids" table
CREATE TABLE `new_bids` (`id` text NOT NULL, `jurisdiction` text NOT NULL, `version` integer NOT NULL, `entry_seq` integer NOT NULL, `entry_hash` blob NOT NULL, `created_at` datetime NOT NULL, `updated_at` datetime NOT NULL, `demand_id` text NOT NULL, `organization_id` text NOT NULL, `amount_fen` integer NULL, `proposal` text NULL, `nonce` blob NULL, `draft` blob NULL, `envelope` blob NULL, `policy` blob NULL, `level` text NULL, `sealed_by` text NULL, `fault` text NULL, `content_digest` blob NOT NULL, `submission` integer NOT NULL, `state` text NOT NULL, `submitted_at` datetime NULL, `opened_at` datetime NULL, PRIMARY KEY (`id`));
-- copy rows from old table "bids" to new temporary table "new_bids"
INSERT INTO `new_bids` (`id`, `jurisdiction`, `version`, `entry_seq`, `entry_hash`, `created_at`, `updated_at`, `demand_id`, `organization_id`, `amount_fen`, `proposal`, `nonce`, `content_digest`, `submission`, `state`, `submitted_at`, `opened_at`) SELECT `id`, `jurisdiction`, `version`, `entry_seq`, `entry_hash`, `created_at`, `updated_at`, `demand_id`, `organization_id`, `amount_fen`, `proposal`, `nonce`, `content_digest`, `submission`, `state`, `submitted_at`, `opened_at` FROM `bids`;
-- drop "bids" table after copying rows
DROP TABLE `bids`;
-- rename temporary table "new_bids" to "bids"
ALTER TABLE `new_bids` RENAME TO `bids`;
-- create index "bid_created_at_id" to table: "bids"
CREATE INDEX `bid_created_at_id` ON `bids` (`created_at`, `id`);
-- create index "bid_organization_id_created_at_id" to table: "bids"
CREATE INDEX `bid_organization_id_created_at_id` ON `bids` (`organization_id`, `created_at`, `id`);
-- The two indexes by hand of 0003, which went with the old table.
CREATE UNIQUE INDEX bid_one_live ON bids (demand_id, organization_id) WHERE state <> 'withdrawn';
CREATE UNIQUE INDEX bid_one_winner ON bids (demand_id) WHERE state = 'won';
-- create "custodians" table
CREATE TABLE `custodians` (`id` text NOT NULL, `jurisdiction` text NOT NULL, `version` integer NOT NULL, `entry_seq` integer NOT NULL, `entry_hash` blob NOT NULL, `created_at` datetime NOT NULL, `updated_at` datetime NOT NULL, `organization_id` text NOT NULL, `person_id` text NOT NULL, `display_name` text NOT NULL, `recipient` text NOT NULL, `state` text NOT NULL, `confirmed_by` text NULL, `checked_at` datetime NULL, PRIMARY KEY (`id`));
-- create index "custodian_created_at_id" to table: "custodians"
CREATE INDEX `custodian_created_at_id` ON `custodians` (`created_at`, `id`);
-- create index "custodian_recipient" to table: "custodians"
CREATE UNIQUE INDEX `custodian_recipient` ON `custodians` (`recipient`);
-- create index "custodian_jurisdiction_state" to table: "custodians"
CREATE INDEX `custodian_jurisdiction_state` ON `custodians` (`jurisdiction`, `state`);
-- create "openings" table
CREATE TABLE `openings` (`id` text NOT NULL, `jurisdiction` text NOT NULL, `version` integer NOT NULL, `entry_seq` integer NOT NULL, `entry_hash` blob NOT NULL, `created_at` datetime NOT NULL, `updated_at` datetime NOT NULL, `demand_id` text NOT NULL, `custodian_id` text NOT NULL, `organization_id` text NOT NULL, `shares` blob NOT NULL, `shares_digest` blob NOT NULL, `used` bool NOT NULL, PRIMARY KEY (`id`));
-- create index "opening_created_at_id" to table: "openings"
CREATE INDEX `opening_created_at_id` ON `openings` (`created_at`, `id`);
-- create index "opening_demand_id_custodian_id" to table: "openings"
CREATE UNIQUE INDEX `opening_demand_id_custodian_id` ON `openings` (`demand_id`, `custodian_id`);
-- create index "opening_used" to table: "openings"
CREATE INDEX `opening_used` ON `openings` (`used`);
-- create "refusals" table
CREATE TABLE `refusals` (`id` text NOT NULL, `jurisdiction` text NOT NULL, `version` integer NOT NULL, `entry_seq` integer NOT NULL, `entry_hash` blob NOT NULL, `created_at` datetime NOT NULL, `updated_at` datetime NOT NULL, `demand_id` text NOT NULL, `organization_id` text NOT NULL, `digest` blob NOT NULL, `received_at` datetime NOT NULL, PRIMARY KEY (`id`));
-- create index "refusal_created_at_id" to table: "refusals"
CREATE INDEX `refusal_created_at_id` ON `refusals` (`created_at`, `id`);
-- create index "refusal_demand_id_organization_id" to table: "refusals"
CREATE UNIQUE INDEX `refusal_demand_id_organization_id` ON `refusals` (`demand_id`, `organization_id`);
-- create "sealings" table
CREATE TABLE `sealings` (`id` text NOT NULL, `jurisdiction` text NOT NULL, `version` integer NOT NULL, `entry_seq` integer NOT NULL, `entry_hash` blob NOT NULL, `created_at` datetime NOT NULL, `updated_at` datetime NOT NULL, `demand_id` text NOT NULL, `policy` blob NOT NULL, `terms_digest` blob NOT NULL, `deadline` datetime NOT NULL, `level` text NOT NULL, `threshold` integer NOT NULL, `recipients` text NOT NULL, PRIMARY KEY (`id`));
-- create index "sealing_created_at_id" to table: "sealings"
CREATE INDEX `sealing_created_at_id` ON `sealings` (`created_at`, `id`);
-- create index "sealing_demand_id_entry_seq" to table: "sealings"
CREATE INDEX `sealing_demand_id_entry_seq` ON `sealings` (`demand_id`, `entry_seq`);
-- enable back the enforcement of foreign-keys constraints
PRAGMA foreign_keys = on;
