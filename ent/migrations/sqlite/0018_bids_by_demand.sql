-- +goose Up
-- create index "bid_demand_id_state_submitted_at_id" to table: "bids"
CREATE INDEX `bid_demand_id_state_submitted_at_id` ON `bids` (`demand_id`, `state`, `submitted_at`, `id`);
