-- +goose Up
-- create "registrations" table
CREATE TABLE `registrations` (`id` text NOT NULL, `jurisdiction` text NOT NULL, `version` integer NOT NULL, `entry_seq` integer NOT NULL, `entry_hash` blob NOT NULL, `created_at` datetime NOT NULL, `updated_at` datetime NOT NULL, `contract_id` text NOT NULL, `buyer_id` text NOT NULL, `seller_id` text NOT NULL, `registry` text NOT NULL, `state` text NOT NULL, `claimed_total_fen` integer NOT NULL, `claimed_technology_fen` integer NOT NULL, `filed_at` datetime NULL, `accepted_at` datetime NULL, `due_at` datetime NULL, `overdue_at` datetime NULL, `disputed` bool NOT NULL DEFAULT (false), `review` text NOT NULL DEFAULT (''), `review_digest` blob NULL, `recorded_number` text NOT NULL DEFAULT (''), `recorded_total_fen` integer NOT NULL DEFAULT (0), `recorded_technology_fen` integer NOT NULL DEFAULT (0), `recorded_date` text NOT NULL DEFAULT (''), `recorded_digest` blob NULL, `recorded_by` text NOT NULL DEFAULT (''), `number` text NULL, `total_fen` integer NULL, `technology_fen` integer NULL, `register_date` text NULL, `certificate_digest` blob NULL, `confirmed_by` text NOT NULL DEFAULT (''), `duty` text NOT NULL DEFAULT ('none'), `reason` text NOT NULL DEFAULT (''), `benefits` text NOT NULL DEFAULT (''), PRIMARY KEY (`id`), CONSTRAINT `registration_claimed` CHECK (claimed_technology_fen > 0 AND claimed_technology_fen <= claimed_total_fen), CONSTRAINT `registration_technology` CHECK (technology_fen IS NULL OR (technology_fen > 0 AND technology_fen <= total_fen)));
-- create index "registration_created_at_id" to table: "registrations"
CREATE INDEX `registration_created_at_id` ON `registrations` (`created_at`, `id`);
-- create index "registration_contract_id" to table: "registrations"
CREATE INDEX `registration_contract_id` ON `registrations` (`contract_id`);
-- create index "registration_jurisdiction_number" to table: "registrations"
CREATE UNIQUE INDEX `registration_jurisdiction_number` ON `registrations` (`jurisdiction`, `number`);
-- create index "registration_due_at" to table: "registrations"
CREATE INDEX `registration_due_at` ON `registrations` (`due_at`);
-- create index "registration_buyer_id" to table: "registrations"
CREATE INDEX `registration_buyer_id` ON `registrations` (`buyer_id`);
-- create index "registration_seller_id" to table: "registrations"
CREATE INDEX `registration_seller_id` ON `registrations` (`seller_id`);
-- create "registry_records" table
CREATE TABLE `registry_records` (`id` text NOT NULL, `jurisdiction` text NOT NULL, `version` integer NOT NULL, `entry_seq` integer NOT NULL, `entry_hash` blob NOT NULL, `created_at` datetime NOT NULL, `updated_at` datetime NOT NULL, `number` text NOT NULL, `title` text NOT NULL DEFAULT (''), `buyer` text NOT NULL DEFAULT (''), `seller` text NOT NULL DEFAULT (''), `total_fen` integer NOT NULL, `technology_fen` integer NOT NULL, `register_date` text NOT NULL DEFAULT (''), PRIMARY KEY (`id`));
-- create index "registryrecord_created_at_id" to table: "registry_records"
CREATE INDEX `registryrecord_created_at_id` ON `registry_records` (`created_at`, `id`);
-- create index "registryrecord_jurisdiction_number" to table: "registry_records"
CREATE UNIQUE INDEX `registryrecord_jurisdiction_number` ON `registry_records` (`jurisdiction`, `number`);
