-- +goose Up
-- create "files" table
CREATE TABLE `files` (`id` text NOT NULL, `jurisdiction` text NOT NULL, `version` integer NOT NULL, `entry_seq` integer NOT NULL, `entry_hash` blob NOT NULL, `created_at` datetime NOT NULL, `updated_at` datetime NOT NULL, `organization_id` text NOT NULL, `purpose` text NOT NULL, `display_name` text NOT NULL, `size` integer NOT NULL, `sha256` blob NOT NULL, `media_type` text NULL, `state` text NOT NULL, `scan` text NOT NULL, `attachments` json NOT NULL, `next_event_at` datetime NULL, PRIMARY KEY (`id`));
-- create index "file_created_at_id" to table: "files"
CREATE INDEX `file_created_at_id` ON `files` (`created_at`, `id`);
-- create index "file_organization_id_created_at_id" to table: "files"
CREATE INDEX `file_organization_id_created_at_id` ON `files` (`organization_id`, `created_at`, `id`);
-- create index "file_next_event_at_id" to table: "files"
CREATE INDEX `file_next_event_at_id` ON `files` (`next_event_at`, `id`);
-- create index "file_state_scan_id" to table: "files"
CREATE INDEX `file_state_scan_id` ON `files` (`state`, `scan`, `id`);
