-- +goose Up
-- modify "ledger_heads" table
ALTER TABLE "ledger_heads" ADD COLUMN "doubted_at" timestamptz NULL, ADD COLUMN "jump_us" bigint NULL;
