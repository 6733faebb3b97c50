-- +goose Up
-- add column "lane" to table: "bids"
ALTER TABLE `bids` ADD COLUMN `lane` integer NULL;
-- create "evaluations" table
CREATE TABLE `evaluations` (`id` text NOT NULL, `jurisdiction` text NOT NULL, `version` integer NOT NULL, `entry_seq` integer NOT NULL, `entry_hash` blob NOT NULL, `created_at` datetime NOT NULL, `updated_at` datetime NOT NULL, `state` text NOT NULL, `plan` text NOT NULL, `draw` text NOT NULL DEFAULT (''), `panel` text NOT NULL DEFAULT (''), `named_by` text NOT NULL DEFAULT (''), `missing_reason` text NOT NULL DEFAULT (''), `ranking` text NOT NULL DEFAULT (''), `decision` text NOT NULL DEFAULT (''), `decided_by` text NOT NULL DEFAULT (''), `feedback` text NOT NULL DEFAULT (''), `announced_at` datetime NULL, `standstill_until` datetime NULL, `next_event_at` datetime NULL, PRIMARY KEY (`id`));
-- create index "evaluation_created_at_id" to table: "evaluations"
CREATE INDEX `evaluation_created_at_id` ON `evaluations` (`created_at`, `id`);
-- create index "evaluation_next_event_at" to table: "evaluations"
CREATE INDEX `evaluation_next_event_at` ON `evaluations` (`next_event_at`) WHERE next_event_at IS NOT NULL;
-- create "objections" table
CREATE TABLE `objections` (`id` text NOT NULL, `jurisdiction` text NOT NULL, `version` integer NOT NULL, `entry_seq` integer NOT NULL, `entry_hash` blob NOT NULL, `created_at` datetime NOT NULL, `updated_at` datetime NOT NULL, `demand_id` text NOT NULL, `organization_id` text NOT NULL, `state` text NOT NULL, `ground` text NOT NULL, `text` text NOT NULL, `reviewed_by` text NOT NULL DEFAULT (''), `opinion` text NOT NULL DEFAULT (''), `decided_by` text NOT NULL DEFAULT (''), `reason` text NOT NULL DEFAULT (''), `due_at` datetime NOT NULL, `escalated_at` datetime NULL, PRIMARY KEY (`id`));
-- create index "objection_created_at_id" to table: "objections"
CREATE INDEX `objection_created_at_id` ON `objections` (`created_at`, `id`);
-- create index "objection_demand_id_state" to table: "objections"
CREATE INDEX `objection_demand_id_state` ON `objections` (`demand_id`, `state`);
-- create index "objection_organization_id_created_at_id" to table: "objections"
CREATE INDEX `objection_organization_id_created_at_id` ON `objections` (`organization_id`, `created_at`, `id`);
-- create index "objection_state_due_at" to table: "objections"
CREATE INDEX `objection_state_due_at` ON `objections` (`state`, `due_at`);
-- create "sheets" table
CREATE TABLE `sheets` (`id` text NOT NULL, `jurisdiction` text NOT NULL, `version` integer NOT NULL, `entry_seq` integer NOT NULL, `entry_hash` blob NOT NULL, `created_at` datetime NOT NULL, `updated_at` datetime NOT NULL, `demand_id` text NOT NULL, `bid_id` text NOT NULL, `organization_id` text NOT NULL, `person_id` text NOT NULL DEFAULT (''), `state` text NOT NULL, `hints` text NOT NULL DEFAULT (''), `conflict` text NOT NULL DEFAULT (''), `points` text NOT NULL DEFAULT (''), `remark` text NOT NULL DEFAULT (''), `words` text NOT NULL DEFAULT (''), `locked_at` datetime NULL, `former` text NOT NULL DEFAULT (''), PRIMARY KEY (`id`));
-- create index "sheet_created_at_id" to table: "sheets"
CREATE INDEX `sheet_created_at_id` ON `sheets` (`created_at`, `id`);
-- create index "sheet_bid_id_organization_id" to table: "sheets"
CREATE UNIQUE INDEX `sheet_bid_id_organization_id` ON `sheets` (`bid_id`, `organization_id`);
-- create index "sheet_organization_id_created_at_id" to table: "sheets"
CREATE INDEX `sheet_organization_id_created_at_id` ON `sheets` (`organization_id`, `created_at`, `id`);
-- create index "sheet_demand_id" to table: "sheets"
CREATE INDEX `sheet_demand_id` ON `sheets` (`demand_id`);
-- One effective award for each demand, announced or won, or one for each lane of a demand that has several.
DROP INDEX bid_one_winner;
CREATE UNIQUE INDEX bid_one_award ON bids (demand_id, (COALESCE(lane, 0))) WHERE state IN ('selected', 'won');
-- One open objection of an organization to a decision.
CREATE UNIQUE INDEX objection_one_open ON objections (demand_id, organization_id) WHERE state IN ('filed', 'admissible');
