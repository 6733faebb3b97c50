-- +goose Up
-- disable the enforcement of foreign-keys constraints
PRAGMA foreign_keys = off;
-- create "new_contracts" table
CREATE TABLE `new_contracts` (`id` text NOT NULL, `jurisdiction` text NOT NULL, `version` integer NOT NULL, `entry_seq` integer NOT NULL, `entry_hash` blob NOT NULL, `created_at` datetime NOT NULL, `updated_at` datetime NOT NULL, `number` text NULL, `title` text NOT NULL, `demand_id` text NULL, `buyer_id` text NOT NULL, `seller_id` text NOT NULL, `broker_id` text NULL, `channel` text NOT NULL, `class` text NOT NULL, `field` text NOT NULL, `total_fen` integer NOT NULL, `text_digest` blob NULL, `state` text NOT NULL, `recorded` bool NOT NULL, `buyer_signed_at` datetime NULL, `seller_signed_at` datetime NULL, `sign_date` text NULL, `buyer_completed_at` datetime NULL, `seller_completed_at` datetime NULL, `end_reason` text NULL, `text_version` integer NOT NULL DEFAULT (1), `change_request` text NULL, `plan` text NOT NULL DEFAULT (''), `clauses` text NOT NULL DEFAULT (''), `buyer_signature` text NULL, `seller_signature` text NULL, `end_code` text NULL, `amount_paid_fen` integer NULL, PRIMARY KEY (`id`), CONSTRAINT `contract_total` CHECK (total_fen > 0 AND total_fen <= 1000000000000000));
-- copy rows from old table "contracts" to new temporary table "new_contracts"
INSERT INTO `new_contracts` (`id`, `jurisdiction`, `version`, `entry_seq`, `entry_hash`, `created_at`, `updated_at`, `number`, `title`, `demand_id`, `buyer_id`, `seller_id`, `broker_id`, `channel`, `class`, `field`, `total_fen`, `text_digest`, `state`, `recorded`, `buyer_signed_at`, `seller_signed_at`, `sign_date`, `buyer_completed_at`, `seller_completed_at`, `end_reason`, `text_version`, `change_request`, `plan`, `buyer_signature`, `seller_signature`, `end_code`, `amount_paid_fen`) SELECT `id`, `jurisdiction`, `version`, `entry_seq`, `entry_hash`, `created_at`, `updated_at`, `number`, `title`, `demand_id`, `buyer_id`, `seller_id`, `broker_id`, `channel`, `class`, `field`, `total_fen`, `text_digest`, `state`, `recorded`, `buyer_signed_at`, `seller_signed_at`, `sign_date`, `buyer_completed_at`, `seller_completed_at`, `end_reason`, `text_version`, `change_request`, `plan`, `buyer_signature`, `seller_signature`, `end_code`, `amount_paid_fen` FROM `contracts`;
-- drop "contracts" table after copying rows
DROP TABLE `contracts`;
-- rename temporary table "new_contracts" to "contracts"
ALTER TABLE `new_contracts` RENAME TO `contracts`;
-- create index "contract_created_at_id" to table: "contracts"
CREATE INDEX `contract_created_at_id` ON `contracts` (`created_at`, `id`);
-- create index "contract_number" to table: "contracts"
CREATE UNIQUE INDEX `contract_number` ON `contracts` (`number`);
-- create index "contract_demand_id" to table: "contracts"
CREATE UNIQUE INDEX `contract_demand_id` ON `contracts` (`demand_id`);
-- create index "contract_buyer_id" to table: "contracts"
CREATE INDEX `contract_buyer_id` ON `contracts` (`buyer_id`);
-- create index "contract_seller_id" to table: "contracts"
CREATE INDEX `contract_seller_id` ON `contracts` (`seller_id`);
-- create index "contract_broker_id" to table: "contracts"
CREATE INDEX `contract_broker_id` ON `contracts` (`broker_id`);
-- create "contract_texts" table
CREATE TABLE `contract_texts` (`id` text NOT NULL, `jurisdiction` text NOT NULL, `contract_id` text NOT NULL, `template` text NOT NULL, `content` blob NOT NULL, PRIMARY KEY (`id`));
-- enable back the enforcement of foreign-keys constraints
PRAGMA foreign_keys = on;
