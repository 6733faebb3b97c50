-- +goose Up
-- add column "doubted_at" to table: "ledger_heads"
ALTER TABLE `ledger_heads` ADD COLUMN `doubted_at` datetime NULL;
-- add column "jump_us" to table: "ledger_heads"
ALTER TABLE `ledger_heads` ADD COLUMN `jump_us` integer NULL;
