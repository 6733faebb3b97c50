-- +goose Up
-- modify "demands" table
ALTER TABLE "demands" ADD COLUMN "procedure" character varying NULL;
