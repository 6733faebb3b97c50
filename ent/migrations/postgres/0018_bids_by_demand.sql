-- +goose Up
-- create index "bid_demand_id_state_submitted_at_id" to table: "bids"
CREATE INDEX "bid_demand_id_state_submitted_at_id" ON "bids" ("demand_id", "state", "submitted_at", "id");
-- envelopes, alone and in entries, do not get shorter by compression, which takes most of the time of an opening
ALTER TABLE "bids" ALTER COLUMN "envelope" SET STORAGE EXTERNAL, ALTER COLUMN "draft" SET STORAGE EXTERNAL;
ALTER TABLE "ledger_entries" ALTER COLUMN "body" SET STORAGE EXTERNAL;
