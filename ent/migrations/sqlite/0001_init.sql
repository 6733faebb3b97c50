-- +goose Up
-- create "bids" table
CREATE TABLE `bids` (`id` text NOT NULL, `jurisdiction` text NOT NULL, `version` integer NOT NULL, `entry_seq` integer NOT NULL, `entry_hash` blob NOT NULL, `created_at` datetime NOT NULL, `updated_at` datetime NOT NULL, `demand_id` text NOT NULL, `organization_id` text NOT NULL, `amount_fen` integer NOT NULL, `proposal` text NOT NULL, `nonce` blob NOT NULL, `content_digest` blob NOT NULL, `submission` integer NOT NULL, `state` text NOT NULL, `submitted_at` datetime NULL, `opened_at` datetime NULL, PRIMARY KEY (`id`));
-- create index "bid_created_at_id" to table: "bids"
CREATE INDEX `bid_created_at_id` ON `bids` (`created_at`, `id`);
-- create index "bid_organization_id_created_at_id" to table: "bids"
CREATE INDEX `bid_organization_id_created_at_id` ON `bids` (`organization_id`, `created_at`, `id`);
-- create "contracts" table
CREATE TABLE `contracts` (`id` text NOT NULL, `jurisdiction` text NOT NULL, `version` integer NOT NULL, `entry_seq` integer NOT NULL, `entry_hash` blob NOT NULL, `created_at` datetime NOT NULL, `updated_at` datetime NOT NULL, `number` text NULL, `title` text NOT NULL, `demand_id` text NULL, `buyer_id` text NOT NULL, `seller_id` text NOT NULL, `broker_id` text NULL, `channel` text NOT NULL, `class` text NOT NULL, `field` text NOT NULL, `total_fen` integer NOT NULL, `text_digest` blob NULL, `state` text NOT NULL, `recorded` bool NOT NULL, `buyer_signed_at` datetime NULL, `seller_signed_at` datetime NULL, `sign_date` text NULL, `buyer_completed_at` datetime NULL, `seller_completed_at` datetime NULL, `end_reason` text NULL, PRIMARY KEY (`id`), CONSTRAINT `contract_total` CHECK (total_fen > 0 AND total_fen <= 1000000000000000));
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
-- create "cursors" table
CREATE TABLE `cursors` (`id` text NOT NULL, `jurisdiction` text NOT NULL, `position` integer NOT NULL, PRIMARY KEY (`id`));
-- create "demands" table
CREATE TABLE `demands` (`id` text NOT NULL, `jurisdiction` text NOT NULL, `version` integer NOT NULL, `entry_seq` integer NOT NULL, `entry_hash` blob NOT NULL, `created_at` datetime NOT NULL, `updated_at` datetime NOT NULL, `organization_id` text NOT NULL, `number` text NULL, `title` text NOT NULL, `description` text NOT NULL DEFAULT (''), `field` text NOT NULL, `budget_fen` integer NULL, `deadline` datetime NULL, `state` text NOT NULL, `failure` text NULL, `winning_bid_id` text NULL, `published_at` datetime NULL, `next_event_at` datetime NULL, PRIMARY KEY (`id`));
-- create index "demand_created_at_id" to table: "demands"
CREATE INDEX `demand_created_at_id` ON `demands` (`created_at`, `id`);
-- create index "demand_number" to table: "demands"
CREATE UNIQUE INDEX `demand_number` ON `demands` (`number`);
-- create index "demand_next_event_at" to table: "demands"
CREATE INDEX `demand_next_event_at` ON `demands` (`next_event_at`) WHERE next_event_at IS NOT NULL;
-- create index "demand_organization_id_created_at_id" to table: "demands"
CREATE INDEX `demand_organization_id_created_at_id` ON `demands` (`organization_id`, `created_at`, `id`);
-- create "ledger_entries" table
CREATE TABLE `ledger_entries` (`id` integer NOT NULL PRIMARY KEY AUTOINCREMENT, `jurisdiction` text NOT NULL, `sequence` integer NOT NULL, `salt` blob NOT NULL, `body` blob NOT NULL, `hashes` blob NOT NULL);
-- create "ledger_heads" table
CREATE TABLE `ledger_heads` (`id` text NOT NULL, `display_name` text NOT NULL, `verifier_key` text NOT NULL, `size` integer NOT NULL, `frontier` blob NOT NULL, `last_at` datetime NOT NULL, PRIMARY KEY (`id`));
-- create "organizations" table
CREATE TABLE `organizations` (`id` text NOT NULL, `jurisdiction` text NOT NULL, `version` integer NOT NULL, `entry_seq` integer NOT NULL, `entry_hash` blob NOT NULL, `created_at` datetime NOT NULL, `updated_at` datetime NOT NULL, `display_name` text NOT NULL, `kind` text NOT NULL, `uscc` text NOT NULL, `code_check` text NOT NULL, PRIMARY KEY (`id`));
-- create index "organization_created_at_id" to table: "organizations"
CREATE INDEX `organization_created_at_id` ON `organizations` (`created_at`, `id`);
-- create index "organization_jurisdiction_uscc" to table: "organizations"
CREATE UNIQUE INDEX `organization_jurisdiction_uscc` ON `organizations` (`jurisdiction`, `uscc`);
-- create "requests" table
CREATE TABLE `requests` (`id` text NOT NULL, `jurisdiction` text NOT NULL, `body_hash` blob NOT NULL, `answer` blob NOT NULL, `created_at` datetime NOT NULL, PRIMARY KEY (`id`));
-- create "serials" table
CREATE TABLE `serials` (`id` text NOT NULL, `jurisdiction` text NOT NULL, `last` integer NOT NULL, PRIMARY KEY (`id`));
-- create "tokens" table
CREATE TABLE `tokens` (`id` text NOT NULL, `jurisdiction` text NOT NULL, `version` integer NOT NULL, `entry_seq` integer NOT NULL, `entry_hash` blob NOT NULL, `created_at` datetime NOT NULL, `updated_at` datetime NOT NULL, `organization_id` text NOT NULL, `display_name` text NOT NULL, `roles` json NOT NULL, `secret_hash` blob NOT NULL, `expires_at` datetime NOT NULL, `revoked_at` datetime NULL, PRIMARY KEY (`id`));
-- create index "token_created_at_id" to table: "tokens"
CREATE INDEX `token_created_at_id` ON `tokens` (`created_at`, `id`);
-- create index "token_organization_id_created_at_id" to table: "tokens"
CREATE INDEX `token_organization_id_created_at_id` ON `tokens` (`organization_id`, `created_at`, `id`);
-- create "totals" table
CREATE TABLE `totals` (`id` text NOT NULL, `jurisdiction` text NOT NULL, `metric` text NOT NULL, `month` text NOT NULL, `channel` text NOT NULL, `field` text NOT NULL, `count` integer NOT NULL, `amount_fen` integer NOT NULL, PRIMARY KEY (`id`));
-- create index "total_jurisdiction_month" to table: "totals"
CREATE INDEX `total_jurisdiction_month` ON `totals` (`jurisdiction`, `month`);
