-- +goose Up
-- One live bid for each demand and organization.
CREATE UNIQUE INDEX bid_one_live ON bids (demand_id, organization_id) WHERE state <> 'withdrawn';
-- One winner for each demand: the second belt of what the lock decides.
CREATE UNIQUE INDEX bid_one_winner ON bids (demand_id) WHERE state = 'won';
