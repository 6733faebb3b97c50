-- +goose Up
-- create "closures" table
CREATE TABLE `closures` (`id` text NOT NULL, `jurisdiction` text NOT NULL, `version` integer NOT NULL, `entry_seq` integer NOT NULL, `entry_hash` blob NOT NULL, `created_at` datetime NOT NULL, `updated_at` datetime NOT NULL, `period` text NOT NULL, `revision` integer NOT NULL, `size` integer NOT NULL, `root` blob NOT NULL, `figures` text NOT NULL, `reason` text NOT NULL DEFAULT (''), `closed_by` text NOT NULL DEFAULT (''), PRIMARY KEY (`id`));
-- create index "closure_created_at_id" to table: "closures"
CREATE INDEX `closure_created_at_id` ON `closures` (`created_at`, `id`);
-- create index "closure_jurisdiction_period_revision" to table: "closures"
CREATE UNIQUE INDEX `closure_jurisdiction_period_revision` ON `closures` (`jurisdiction`, `period`, `revision`);
-- create "figures" table
CREATE TABLE `figures` (`id` text NOT NULL, `jurisdiction` text NOT NULL, `metric` text NOT NULL, `period` text NOT NULL, `dimension` text NOT NULL, `key` text NOT NULL, `value` integer NOT NULL, PRIMARY KEY (`id`));
-- create index "figure_jurisdiction_metric_period_dimension_key" to table: "figures"
CREATE INDEX `figure_jurisdiction_metric_period_dimension_key` ON `figures` (`jurisdiction`, `metric`, `period`, `dimension`, `key`);
-- create "figure_members" table
CREATE TABLE `figure_members` (`id` text NOT NULL, `jurisdiction` text NOT NULL, PRIMARY KEY (`id`));
-- create "figure_parties" table
CREATE TABLE `figure_parties` (`id` text NOT NULL, `code` text NOT NULL, `region` text NOT NULL DEFAULT (''), `industry` text NOT NULL DEFAULT (''), PRIMARY KEY (`id`));
-- create "tallies" table
CREATE TABLE `tallies` (`id` integer NOT NULL PRIMARY KEY AUTOINCREMENT, `jurisdiction` text NOT NULL, `kind` text NOT NULL, `record` text NOT NULL, `number` text NOT NULL DEFAULT (''), `title` text NOT NULL DEFAULT (''), `day` text NOT NULL, `base` text NOT NULL, `count` integer NOT NULL, `unpriced` integer NOT NULL, `amount_fen` integer NOT NULL, `channel` text NOT NULL DEFAULT (''), `class` text NOT NULL DEFAULT (''), `field` text NOT NULL DEFAULT (''), `industry` text NOT NULL DEFAULT (''), `grade` text NOT NULL DEFAULT (''), `buyer_region` text NOT NULL DEFAULT (''), `seller_region` text NOT NULL DEFAULT (''), `buyer` text NOT NULL DEFAULT (''), `seller` text NOT NULL DEFAULT (''), `buyer_code` text NOT NULL DEFAULT (''), `seller_code` text NOT NULL DEFAULT (''));
-- create index "tally_record" to table: "tallies"
CREATE INDEX `tally_record` ON `tallies` (`record`);
-- create index "tally_jurisdiction_kind_day_id" to table: "tallies"
CREATE INDEX `tally_jurisdiction_kind_day_id` ON `tallies` (`jurisdiction`, `kind`, `day`, `id`);
-- create index "tally_jurisdiction_kind_base_id" to table: "tallies"
CREATE INDEX `tally_jurisdiction_kind_base_id` ON `tallies` (`jurisdiction`, `kind`, `base`, `id`);
-- What a period was closed with stays as it was; a restatement is a further row. A speed bump, like those of the entries.
-- +goose StatementBegin
CREATE TRIGGER closures_keep BEFORE UPDATE ON closures BEGIN SELECT RAISE(ABORT, 'what a period was closed with is kept'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER closures_stay BEFORE DELETE ON closures BEGIN SELECT RAISE(ABORT, 'what a period was closed with is kept'); END;
-- +goose StatementEnd
