-- +goose Up
-- disable the enforcement of foreign-keys constraints
PRAGMA foreign_keys = off;
-- create "new_demands" table
CREATE TABLE `new_demands` (`id` text NOT NULL, `jurisdiction` text NOT NULL, `version` integer NOT NULL, `entry_seq` integer NOT NULL, `entry_hash` blob NOT NULL, `created_at` datetime NOT NULL, `updated_at` datetime NOT NULL, `organization_id` text NOT NULL, `number` text NULL, `title` text NOT NULL, `description` text NOT NULL DEFAULT (''), `field` text NOT NULL, `budget_fen` integer NULL, `deadline` datetime NULL, `state` text NOT NULL, `failure` text NULL, `winning_bid_id` text NULL, `procedure` text NULL, `details` text NOT NULL DEFAULT (''), `gated` text NOT NULL DEFAULT (''), `comments` text NOT NULL DEFAULT (''), `pending` text NOT NULL DEFAULT (''), `vetted_by` text NOT NULL DEFAULT (''), `vetted_at` datetime NULL, `reason` text NOT NULL DEFAULT (''), `remark` text NOT NULL DEFAULT (''), `related_id` text NULL, `attempt` integer NOT NULL DEFAULT (1), `amended_at` datetime NULL, `heartbeat_at` datetime NULL, `published_at` datetime NULL, `next_event_at` datetime NULL, PRIMARY KEY (`id`));
-- copy rows from old table "demands" to new temporary table "new_demands"
INSERT INTO `new_demands` (`id`, `jurisdiction`, `version`, `entry_seq`, `entry_hash`, `created_at`, `updated_at`, `organization_id`, `number`, `title`, `description`, `field`, `budget_fen`, `deadline`, `state`, `failure`, `winning_bid_id`, `procedure`, `published_at`, `next_event_at`) SELECT `id`, `jurisdiction`, `version`, `entry_seq`, `entry_hash`, `created_at`, `updated_at`, `organization_id`, `number`, `title`, `description`, `field`, `budget_fen`, `deadline`, `state`, `failure`, `winning_bid_id`, `procedure`, `published_at`, `next_event_at` FROM `demands`;
-- drop "demands" table after copying rows
DROP TABLE `demands`;
-- rename temporary table "new_demands" to "demands"
ALTER TABLE `new_demands` RENAME TO `demands`;
-- create index "demand_created_at_id" to table: "demands"
CREATE INDEX `demand_created_at_id` ON `demands` (`created_at`, `id`);
-- create index "demand_number" to table: "demands"
CREATE UNIQUE INDEX `demand_number` ON `demands` (`number`);
-- create index "demand_next_event_at" to table: "demands"
CREATE INDEX `demand_next_event_at` ON `demands` (`next_event_at`) WHERE next_event_at IS NOT NULL;
-- create index "demand_organization_id_created_at_id" to table: "demands"
CREATE INDEX `demand_organization_id_created_at_id` ON `demands` (`organization_id`, `created_at`, `id`);
-- create index "demand_heartbeat_at" to table: "demands"
CREATE INDEX `demand_heartbeat_at` ON `demands` (`heartbeat_at`) WHERE heartbeat_at IS NOT NULL;
-- create "disclosures" table
CREATE TABLE `disclosures` (`id` text NOT NULL, `jurisdiction` text NOT NULL, `version` integer NOT NULL, `entry_seq` integer NOT NULL, `entry_hash` blob NOT NULL, `created_at` datetime NOT NULL, `updated_at` datetime NOT NULL, `demand_id` text NOT NULL, `organization_id` text NOT NULL, `agreement` text NOT NULL DEFAULT (''), `accepted_by` text NOT NULL DEFAULT (''), `times` integer NOT NULL DEFAULT (0), `winner` bool NOT NULL DEFAULT (false), `read_by` text NOT NULL DEFAULT (''), PRIMARY KEY (`id`));
-- create index "disclosure_created_at_id" to table: "disclosures"
CREATE INDEX `disclosure_created_at_id` ON `disclosures` (`created_at`, `id`);
-- create index "disclosure_demand_id_organization_id" to table: "disclosures"
CREATE UNIQUE INDEX `disclosure_demand_id_organization_id` ON `disclosures` (`demand_id`, `organization_id`);
-- create "opinions" table
CREATE TABLE `opinions` (`id` text NOT NULL, `jurisdiction` text NOT NULL, `version` integer NOT NULL, `entry_seq` integer NOT NULL, `entry_hash` blob NOT NULL, `created_at` datetime NOT NULL, `updated_at` datetime NOT NULL, `demand_id` text NOT NULL, `organization_id` text NOT NULL, `person_id` text NOT NULL, `asked_by` text NOT NULL, `verdict` text NULL, `text` text NOT NULL DEFAULT (''), `given_at` datetime NULL, PRIMARY KEY (`id`));
-- create index "opinion_created_at_id" to table: "opinions"
CREATE INDEX `opinion_created_at_id` ON `opinions` (`created_at`, `id`);
-- create index "opinion_demand_id_person_id" to table: "opinions"
CREATE UNIQUE INDEX `opinion_demand_id_person_id` ON `opinions` (`demand_id`, `person_id`);
-- create index "opinion_person_id" to table: "opinions"
CREATE INDEX `opinion_person_id` ON `opinions` (`person_id`);
-- create "questions" table
CREATE TABLE `questions` (`id` text NOT NULL, `jurisdiction` text NOT NULL, `version` integer NOT NULL, `entry_seq` integer NOT NULL, `entry_hash` blob NOT NULL, `created_at` datetime NOT NULL, `updated_at` datetime NOT NULL, `demand_id` text NOT NULL, `asker` text NOT NULL, `text` text NOT NULL, `answer` text NOT NULL DEFAULT (''), `answered_at` datetime NULL, PRIMARY KEY (`id`));
-- create index "question_created_at_id" to table: "questions"
CREATE INDEX `question_created_at_id` ON `questions` (`created_at`, `id`);
-- create index "question_demand_id_created_at_id" to table: "questions"
CREATE INDEX `question_demand_id_created_at_id` ON `questions` (`demand_id`, `created_at`, `id`);
-- enable back the enforcement of foreign-keys constraints
PRAGMA foreign_keys = on;
