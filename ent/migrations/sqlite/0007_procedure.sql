-- +goose Up
-- add column "procedure" to table: "demands"
ALTER TABLE `demands` ADD COLUMN `procedure` text NULL;
