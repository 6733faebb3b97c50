-- +goose Up
-- A speed bump, not the proof: the proof is the tree. Whoever gets past these triggers is found by verify.
-- +goose StatementBegin
CREATE FUNCTION jiebang_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is append-only', TG_TABLE_NAME;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER ledger_entries_keep BEFORE UPDATE OR DELETE ON ledger_entries FOR EACH ROW EXECUTE FUNCTION jiebang_refuse();
CREATE TRIGGER ledger_entries_stay BEFORE TRUNCATE ON ledger_entries EXECUTE FUNCTION jiebang_refuse();
CREATE TRIGGER ledger_heads_grow BEFORE UPDATE ON ledger_heads FOR EACH ROW WHEN (NEW.size < OLD.size OR NEW.id <> OLD.id) EXECUTE FUNCTION jiebang_refuse();
CREATE TRIGGER ledger_heads_stay BEFORE DELETE ON ledger_heads FOR EACH ROW EXECUTE FUNCTION jiebang_refuse();
CREATE TRIGGER requests_keep BEFORE UPDATE ON requests FOR EACH ROW EXECUTE FUNCTION jiebang_refuse();
