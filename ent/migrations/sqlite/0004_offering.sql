-- +goose Up
-- create "achievements" table
CREATE TABLE `achievements` (`id` text NOT NULL, `jurisdiction` text NOT NULL, `version` integer NOT NULL, `entry_seq` integer NOT NULL, `entry_hash` blob NOT NULL, `created_at` datetime NOT NULL, `updated_at` datetime NOT NULL, `organization_id` text NOT NULL, `external_id` text NULL, `title` text NOT NULL, `summary` text NOT NULL, `field` text NOT NULL, `industries` json NOT NULL, `disciplines` json NOT NULL, `keywords` json NOT NULL, `properties` json NOT NULL, `trl` integer NOT NULL, `maturity` text NOT NULL, `modes` json NOT NULL, `price_fen` integer NULL, `region` text NOT NULL, `state` text NOT NULL, `published_at` datetime NULL, PRIMARY KEY (`id`));
-- create index "achievement_created_at_id" to table: "achievements"
CREATE INDEX `achievement_created_at_id` ON `achievements` (`created_at`, `id`);
-- create index "achievement_organization_id_external_id" to table: "achievements"
CREATE UNIQUE INDEX `achievement_organization_id_external_id` ON `achievements` (`organization_id`, `external_id`);
-- create index "achievement_organization_id_title" to table: "achievements"
CREATE INDEX `achievement_organization_id_title` ON `achievements` (`organization_id`, `title`);
-- create index "achievement_organization_id_created_at_id" to table: "achievements"
CREATE INDEX `achievement_organization_id_created_at_id` ON `achievements` (`organization_id`, `created_at`, `id`);
-- create index "achievement_published_at_id" to table: "achievements"
CREATE INDEX `achievement_published_at_id` ON `achievements` (`published_at`, `id`);
-- create "profiles" table
CREATE TABLE `profiles` (`id` text NOT NULL, `jurisdiction` text NOT NULL, `version` integer NOT NULL, `entry_seq` integer NOT NULL, `entry_hash` blob NOT NULL, `created_at` datetime NOT NULL, `updated_at` datetime NOT NULL, `organization_id` text NOT NULL, `external_id` text NULL, `kind` text NOT NULL, `display_name` text NOT NULL, `position` text NOT NULL, `introduction` text NOT NULL, `fields` json NOT NULL, `industries` json NOT NULL, `disciplines` json NOT NULL, `keywords` json NOT NULL, `equipment` json NOT NULL, `region` text NOT NULL, `consented` bool NOT NULL, `state` text NOT NULL, `published_at` datetime NULL, PRIMARY KEY (`id`));
-- create index "profile_created_at_id" to table: "profiles"
CREATE INDEX `profile_created_at_id` ON `profiles` (`created_at`, `id`);
-- create index "profile_organization_id_external_id" to table: "profiles"
CREATE UNIQUE INDEX `profile_organization_id_external_id` ON `profiles` (`organization_id`, `external_id`);
-- create index "profile_organization_id_display_name" to table: "profiles"
CREATE INDEX `profile_organization_id_display_name` ON `profiles` (`organization_id`, `display_name`);
-- create index "profile_organization_id_created_at_id" to table: "profiles"
CREATE INDEX `profile_organization_id_created_at_id` ON `profiles` (`organization_id`, `created_at`, `id`);
-- create index "profile_published_at_id" to table: "profiles"
CREATE INDEX `profile_published_at_id` ON `profiles` (`published_at`, `id`);
