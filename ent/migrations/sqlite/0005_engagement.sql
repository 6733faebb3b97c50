-- +goose Up
-- create "engagements" table
CREATE TABLE `engagements` (`id` text NOT NULL, `jurisdiction` text NOT NULL, `source` text NOT NULL, `demand_id` text NOT NULL, `organization_id` text NOT NULL, `shown_at` datetime NOT NULL, `opened_at` datetime NULL, `contacted_at` datetime NULL, PRIMARY KEY (`id`));
-- create index "engagement_jurisdiction_shown_at" to table: "engagements"
CREATE INDEX `engagement_jurisdiction_shown_at` ON `engagements` (`jurisdiction`, `shown_at`);
