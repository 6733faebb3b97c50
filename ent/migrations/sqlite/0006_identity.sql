-- +goose Up
-- disable the enforcement of foreign-keys constraints
PRAGMA foreign_keys = off;
-- create "new_organizations" table
CREATE TABLE `new_organizations` (`id` text NOT NULL, `jurisdiction` text NOT NULL, `version` integer NOT NULL, `entry_seq` integer NOT NULL, `entry_hash` blob NOT NULL, `created_at` datetime NOT NULL, `updated_at` datetime NOT NULL, `display_name` text NOT NULL, `kind` text NOT NULL, `uscc` text NOT NULL, `code_check` text NOT NULL, `state` text NOT NULL DEFAULT ('registered'), `verified_until` datetime NULL, `parent_id` text NULL, `region` text NOT NULL DEFAULT (''), `industry` text NOT NULL DEFAULT (''), PRIMARY KEY (`id`));
-- copy rows from old table "organizations" to new temporary table "new_organizations"
INSERT INTO `new_organizations` (`id`, `jurisdiction`, `version`, `entry_seq`, `entry_hash`, `created_at`, `updated_at`, `display_name`, `kind`, `uscc`, `code_check`) SELECT `id`, `jurisdiction`, `version`, `entry_seq`, `entry_hash`, `created_at`, `updated_at`, `display_name`, `kind`, `uscc`, `code_check` FROM `organizations`;
-- drop "organizations" table after copying rows
DROP TABLE `organizations`;
-- rename temporary table "new_organizations" to "organizations"
ALTER TABLE `new_organizations` RENAME TO `organizations`;
-- create index "organization_created_at_id" to table: "organizations"
CREATE INDEX `organization_created_at_id` ON `organizations` (`created_at`, `id`);
-- create index "organization_jurisdiction_uscc" to table: "organizations"
CREATE INDEX `organization_jurisdiction_uscc` ON `organizations` (`jurisdiction`, `uscc`);
-- create index "organization_jurisdiction_uscc_display_name" to table: "organizations"
CREATE UNIQUE INDEX `organization_jurisdiction_uscc_display_name` ON `organizations` (`jurisdiction`, `uscc`, `display_name`);
-- create index "organization_parent_id" to table: "organizations"
CREATE INDEX `organization_parent_id` ON `organizations` (`parent_id`);
-- create "new_tokens" table
CREATE TABLE `new_tokens` (`id` text NOT NULL, `jurisdiction` text NOT NULL, `version` integer NOT NULL, `entry_seq` integer NOT NULL, `entry_hash` blob NOT NULL, `created_at` datetime NOT NULL, `updated_at` datetime NOT NULL, `organization_id` text NOT NULL, `display_name` text NOT NULL, `roles` json NOT NULL, `secret_hash` blob NOT NULL, `scopes` json NULL, `networks` json NULL, `issued_by` text NOT NULL DEFAULT (''), `expires_at` datetime NOT NULL, `revoked_at` datetime NULL, PRIMARY KEY (`id`));
-- copy rows from old table "tokens" to new temporary table "new_tokens"
INSERT INTO `new_tokens` (`id`, `jurisdiction`, `version`, `entry_seq`, `entry_hash`, `created_at`, `updated_at`, `organization_id`, `display_name`, `roles`, `secret_hash`, `expires_at`, `revoked_at`) SELECT `id`, `jurisdiction`, `version`, `entry_seq`, `entry_hash`, `created_at`, `updated_at`, `organization_id`, `display_name`, `roles`, `secret_hash`, `expires_at`, `revoked_at` FROM `tokens`;
-- drop "tokens" table after copying rows
DROP TABLE `tokens`;
-- rename temporary table "new_tokens" to "tokens"
ALTER TABLE `new_tokens` RENAME TO `tokens`;
-- create index "token_created_at_id" to table: "tokens"
CREATE INDEX `token_created_at_id` ON `tokens` (`created_at`, `id`);
-- create index "token_organization_id_created_at_id" to table: "tokens"
CREATE INDEX `token_organization_id_created_at_id` ON `tokens` (`organization_id`, `created_at`, `id`);
-- create "approvals" table
CREATE TABLE `approvals` (`id` text NOT NULL, `jurisdiction` text NOT NULL, `version` integer NOT NULL, `entry_seq` integer NOT NULL, `entry_hash` blob NOT NULL, `created_at` datetime NOT NULL, `updated_at` datetime NOT NULL, `organization_id` text NOT NULL, `action` text NOT NULL, `method` text NOT NULL, `subject` text NOT NULL, `request_hash` blob NOT NULL, `request` blob NOT NULL, `requested_by` text NOT NULL, `requested_session` text NOT NULL, `state` text NOT NULL, `decided_by` text NOT NULL DEFAULT (''), `decided_session` text NOT NULL DEFAULT (''), `expires_at` datetime NOT NULL, PRIMARY KEY (`id`));
-- create index "approval_created_at_id" to table: "approvals"
CREATE INDEX `approval_created_at_id` ON `approvals` (`created_at`, `id`);
-- create index "approval_organization_id_state_created_at" to table: "approvals"
CREATE INDEX `approval_organization_id_state_created_at` ON `approvals` (`organization_id`, `state`, `created_at`);
-- create index "approval_request_hash" to table: "approvals"
CREATE INDEX `approval_request_hash` ON `approvals` (`request_hash`);
-- create "ceremonies" table
CREATE TABLE `ceremonies` (`id` text NOT NULL, `person_id` text NOT NULL DEFAULT (''), `data` blob NOT NULL, `expires_at` datetime NOT NULL, PRIMARY KEY (`id`));
-- create index "ceremony_expires_at" to table: "ceremonies"
CREATE INDEX `ceremony_expires_at` ON `ceremonies` (`expires_at`);
-- create "credentials" table
CREATE TABLE `credentials` (`id` text NOT NULL, `person_id` text NOT NULL, `kind` text NOT NULL, `label` text NOT NULL DEFAULT (''), `secret` blob NOT NULL, `confirmed` bool NOT NULL DEFAULT (true), `counter` integer NOT NULL DEFAULT (0), `created_at` datetime NOT NULL, `used_at` datetime NULL, PRIMARY KEY (`id`));
-- create index "credential_person_id" to table: "credentials"
CREATE INDEX `credential_person_id` ON `credentials` (`person_id`);
-- create "device_logins" table
CREATE TABLE `device_logins` (`id` text NOT NULL, `user_code` text NOT NULL, `agent` text NOT NULL, `address` text NOT NULL, `session_id` text NOT NULL DEFAULT (''), `denied` bool NOT NULL DEFAULT (false), `taken` bool NOT NULL DEFAULT (false), `polled_at` datetime NULL, `created_at` datetime NOT NULL, `expires_at` datetime NOT NULL, PRIMARY KEY (`id`));
-- create index "device_logins_user_code_key" to table: "device_logins"
CREATE UNIQUE INDEX `device_logins_user_code_key` ON `device_logins` (`user_code`);
-- create "facts" table
CREATE TABLE `facts` (`id` text NOT NULL, `salt` blob NOT NULL, `login` text NOT NULL, `login_text` text NOT NULL, `display_name` text NOT NULL, `email` text NOT NULL DEFAULT (''), `phone` text NOT NULL DEFAULT (''), PRIMARY KEY (`id`));
-- create index "facts_login_key" to table: "facts"
CREATE UNIQUE INDEX `facts_login_key` ON `facts` (`login`);
-- create "links" table
CREATE TABLE `links` (`id` text NOT NULL, `person_id` text NOT NULL, `issuer` text NOT NULL, `subject` text NOT NULL, `created_at` datetime NOT NULL, PRIMARY KEY (`id`));
-- create index "link_person_id" to table: "links"
CREATE INDEX `link_person_id` ON `links` (`person_id`);
-- create "memberships" table
CREATE TABLE `memberships` (`id` text NOT NULL, `jurisdiction` text NOT NULL, `version` integer NOT NULL, `entry_seq` integer NOT NULL, `entry_hash` blob NOT NULL, `created_at` datetime NOT NULL, `updated_at` datetime NOT NULL, `organization_id` text NOT NULL, `person_id` text NOT NULL DEFAULT (''), `roles` json NOT NULL, `state` text NOT NULL, `code_hash` blob NOT NULL, `invited_by` text NOT NULL, `expires_at` datetime NOT NULL, `next_event_at` datetime NULL, `lent_until` datetime NULL, PRIMARY KEY (`id`));
-- create index "membership_created_at_id" to table: "memberships"
CREATE INDEX `membership_created_at_id` ON `memberships` (`created_at`, `id`);
-- create index "membership_organization_id_state" to table: "memberships"
CREATE INDEX `membership_organization_id_state` ON `memberships` (`organization_id`, `state`);
-- create index "membership_person_id" to table: "memberships"
CREATE INDEX `membership_person_id` ON `memberships` (`person_id`);
-- create index "membership_next_event_at" to table: "memberships"
CREATE INDEX `membership_next_event_at` ON `memberships` (`next_event_at`);
-- create "persons" table
CREATE TABLE `persons` (`id` text NOT NULL, `jurisdiction` text NOT NULL, `version` integer NOT NULL, `entry_seq` integer NOT NULL, `entry_hash` blob NOT NULL, `created_at` datetime NOT NULL, `updated_at` datetime NOT NULL, `state` text NOT NULL, `facts_hash` blob NOT NULL, `secured_at` datetime NOT NULL, PRIMARY KEY (`id`));
-- create index "person_created_at_id" to table: "persons"
CREATE INDEX `person_created_at_id` ON `persons` (`created_at`, `id`);
-- create "sessions" table
CREATE TABLE `sessions` (`id` text NOT NULL, `jurisdiction` text NOT NULL, `person_id` text NOT NULL, `person_version` integer NOT NULL, `membership_id` text NULL, `membership_version` integer NOT NULL DEFAULT (0), `secret_hash` blob NOT NULL, `method` text NOT NULL, `address` text NOT NULL, `agent` text NOT NULL, `created_at` datetime NOT NULL, `expires_at` datetime NOT NULL, `seen_at` datetime NOT NULL, `stepped_at` datetime NULL, `ended_at` datetime NULL, PRIMARY KEY (`id`));
-- create index "session_person_id" to table: "sessions"
CREATE INDEX `session_person_id` ON `sessions` (`person_id`);
-- create index "session_expires_at" to table: "sessions"
CREATE INDEX `session_expires_at` ON `sessions` (`expires_at`);
-- create "throttles" table
CREATE TABLE `throttles` (`id` text NOT NULL, `failures` integer NOT NULL, `until` datetime NOT NULL, `updated_at` datetime NOT NULL, PRIMARY KEY (`id`));
-- create index "throttle_updated_at" to table: "throttles"
CREATE INDEX `throttle_updated_at` ON `throttles` (`updated_at`);
-- enable back the enforcement of foreign-keys constraints
PRAGMA foreign_keys = on;
