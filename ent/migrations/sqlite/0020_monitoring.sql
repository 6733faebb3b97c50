-- +goose Up
-- create "monitoring_cases" table
CREATE TABLE `monitoring_cases` (`id` text NOT NULL, `jurisdiction` text NOT NULL, `version` integer NOT NULL, `entry_seq` integer NOT NULL, `entry_hash` blob NOT NULL, `created_at` datetime NOT NULL, `updated_at` datetime NOT NULL, `organization_id` text NOT NULL, `subject` text NOT NULL, `demander_id` text NOT NULL DEFAULT (''), `solver_id` text NOT NULL DEFAULT (''), `state` text NOT NULL, `cause` text NOT NULL, `text` text NOT NULL, `finding` text NOT NULL DEFAULT (''), `evidence` text NOT NULL DEFAULT (''), `opened_by` text NOT NULL, `decision` text NOT NULL DEFAULT (''), `conclusion` text NOT NULL DEFAULT (''), `violations` text NOT NULL DEFAULT (''), `answers` text NOT NULL DEFAULT (''), `concluded_by` text NOT NULL DEFAULT (''), `end_reason` text NOT NULL DEFAULT (''), `activated_at` datetime NULL, `concluded_at` datetime NULL, `ended_at` datetime NULL, PRIMARY KEY (`id`));
-- create index "monitoringcase_created_at_id" to table: "monitoring_cases"
CREATE INDEX `monitoringcase_created_at_id` ON `monitoring_cases` (`created_at`, `id`);
-- create index "monitoringcase_subject" to table: "monitoring_cases"
CREATE INDEX `monitoringcase_subject` ON `monitoring_cases` (`subject`);
-- create index "monitoringcase_demander_id" to table: "monitoring_cases"
CREATE INDEX `monitoringcase_demander_id` ON `monitoring_cases` (`demander_id`);
-- create index "monitoringcase_solver_id" to table: "monitoring_cases"
CREATE INDEX `monitoringcase_solver_id` ON `monitoring_cases` (`solver_id`);
