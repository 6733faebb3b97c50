-- +goose Up
-- A speed bump, not the proof: the proof is the tree. Whoever gets past these triggers is found by verify.
-- +goose StatementBegin
CREATE TRIGGER ledger_entries_keep BEFORE UPDATE ON ledger_entries BEGIN SELECT RAISE(ABORT, 'ledger entries are append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER ledger_entries_stay BEFORE DELETE ON ledger_entries BEGIN SELECT RAISE(ABORT, 'ledger entries are append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER ledger_heads_grow BEFORE UPDATE ON ledger_heads WHEN NEW.size < OLD.size OR NEW.id <> OLD.id BEGIN SELECT RAISE(ABORT, 'a ledger never shrinks'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER ledger_heads_stay BEFORE DELETE ON ledger_heads BEGIN SELECT RAISE(ABORT, 'a ledger is never deleted'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER requests_keep BEFORE UPDATE ON requests BEGIN SELECT RAISE(ABORT, 'answers are kept as they were given'); END;
-- +goose StatementEnd
