-- +goose Up
-- create "deliveries" table
CREATE TABLE `deliveries` (`id` text NOT NULL, `webhook_id` text NOT NULL, `organization_id` text NOT NULL, `notice_id` text NOT NULL, `kind` text NOT NULL, `body` blob NOT NULL, `state` text NOT NULL, `attempts` integer NOT NULL DEFAULT (0), `failed` integer NOT NULL DEFAULT (0), `next_at` datetime NOT NULL, `status` integer NOT NULL DEFAULT (0), `error` text NOT NULL DEFAULT (''), `created_at` datetime NOT NULL, `sequence` integer NOT NULL DEFAULT (0), `delivered_at` datetime NULL, PRIMARY KEY (`id`));
-- create index "delivery_webhook_id_notice_id" to table: "deliveries"
CREATE UNIQUE INDEX `delivery_webhook_id_notice_id` ON `deliveries` (`webhook_id`, `notice_id`);
-- create index "delivery_webhook_id_state_created_at_sequence_id" to table: "deliveries"
CREATE INDEX `delivery_webhook_id_state_created_at_sequence_id` ON `deliveries` (`webhook_id`, `state`, `created_at`, `sequence`, `id`);
-- create index "delivery_webhook_id_created_at_id" to table: "deliveries"
CREATE INDEX `delivery_webhook_id_created_at_id` ON `deliveries` (`webhook_id`, `created_at`, `id`);
-- create index "delivery_state_webhook_id" to table: "deliveries"
CREATE INDEX `delivery_state_webhook_id` ON `deliveries` (`state`, `webhook_id`);
-- create "digests" table
CREATE TABLE `digests` (`id` text NOT NULL, `hook_organization_id` text NOT NULL DEFAULT (''), `due_at` datetime NULL, `last_at` datetime NULL, PRIMARY KEY (`id`));
-- create index "digest_due_at" to table: "digests"
CREATE INDEX `digest_due_at` ON `digests` (`due_at`);
-- create "imprints" table
CREATE TABLE `imprints` (`id` text NOT NULL, `kept` json NOT NULL, `changed_at` datetime NOT NULL, PRIMARY KEY (`id`));
-- create "notices" table
CREATE TABLE `notices` (`id` text NOT NULL, `jurisdiction` text NOT NULL, `organization_id` text NOT NULL DEFAULT (''), `person_id` text NOT NULL DEFAULT (''), `kind` text NOT NULL, `subject` text NOT NULL, `text` text NOT NULL, `changes` json NULL, `items` json NULL, `created_at` datetime NOT NULL, `sequence` integer NOT NULL DEFAULT (0), `expires_at` datetime NOT NULL, `read_at` datetime NULL, PRIMARY KEY (`id`));
-- create index "notice_organization_id_created_at_id" to table: "notices"
CREATE INDEX `notice_organization_id_created_at_id` ON `notices` (`organization_id`, `created_at`, `id`);
-- create index "notice_person_id_created_at_id" to table: "notices"
CREATE INDEX `notice_person_id_created_at_id` ON `notices` (`person_id`, `created_at`, `id`);
-- create index "notice_expires_at" to table: "notices"
CREATE INDEX `notice_expires_at` ON `notices` (`expires_at`);
-- create "notice_switches" table
CREATE TABLE `notice_switches` (`id` text NOT NULL, `organization_id` text NOT NULL DEFAULT (''), `person_id` text NOT NULL DEFAULT (''), `kind` text NOT NULL, PRIMARY KEY (`id`));
-- create index "noticeswitch_organization_id" to table: "notice_switches"
CREATE INDEX `noticeswitch_organization_id` ON `notice_switches` (`organization_id`);
-- create index "noticeswitch_person_id" to table: "notice_switches"
CREATE INDEX `noticeswitch_person_id` ON `notice_switches` (`person_id`);
-- create "watches" table
CREATE TABLE `watches` (`id` text NOT NULL, `person_id` text NOT NULL, `organization_id` text NOT NULL DEFAULT (''), `display_name` text NOT NULL, `target` text NOT NULL, `query` text NOT NULL DEFAULT (''), `filter` json NOT NULL, `since` datetime NULL, `consented_at` datetime NULL, `version` integer NOT NULL, `created_at` datetime NOT NULL, PRIMARY KEY (`id`));
-- create index "watch_person_id_created_at_id" to table: "watches"
CREATE INDEX `watch_person_id_created_at_id` ON `watches` (`person_id`, `created_at`, `id`);
-- create "watch_mutes" table
CREATE TABLE `watch_mutes` (`id` text NOT NULL, `person_id` text NOT NULL, `subject` text NOT NULL, PRIMARY KEY (`id`));
-- create index "watchmute_person_id" to table: "watch_mutes"
CREATE INDEX `watchmute_person_id` ON `watch_mutes` (`person_id`);
-- create "watch_tolds" table
CREATE TABLE `watch_tolds` (`id` text NOT NULL, `person_id` text NOT NULL, `subject` text NOT NULL, `print` text NOT NULL, `told_at` datetime NOT NULL, PRIMARY KEY (`id`));
-- create index "watchtold_person_id_told_at" to table: "watch_tolds"
CREATE INDEX `watchtold_person_id_told_at` ON `watch_tolds` (`person_id`, `told_at`);
-- create "webhooks" table
CREATE TABLE `webhooks` (`id` text NOT NULL, `organization_id` text NOT NULL, `url` text NOT NULL, `kinds` json NOT NULL, `nonce` blob NOT NULL, `state` text NOT NULL, `failures` integer NOT NULL DEFAULT (0), `created_by` text NOT NULL, `created_at` datetime NOT NULL, `leased_until` datetime NULL, PRIMARY KEY (`id`));
-- create index "webhook_organization_id_url" to table: "webhooks"
CREATE UNIQUE INDEX `webhook_organization_id_url` ON `webhooks` (`organization_id`, `url`);
