-- +goose Up
-- modify "contracts" table
ALTER TABLE "contracts" ADD COLUMN "text_version" bigint NOT NULL DEFAULT 1, ADD COLUMN "change_request" character varying NULL, ADD COLUMN "plan" character varying NOT NULL DEFAULT '', ADD COLUMN "buyer_signature" character varying NULL, ADD COLUMN "seller_signature" character varying NULL, ADD COLUMN "end_code" character varying NULL, ADD COLUMN "amount_paid_fen" bigint NULL;
-- create "account_totals" table
CREATE TABLE "account_totals" ("id" character varying NOT NULL, "posting_id" bigint NOT NULL, "committed" bigint NOT NULL DEFAULT 0, "amended" bigint NOT NULL DEFAULT 0, "paid" bigint NOT NULL DEFAULT 0, "accepted" bigint NOT NULL DEFAULT 0, "registered" bigint NOT NULL DEFAULT 0, "obligation" bigint NOT NULL DEFAULT 0, "cash" bigint NOT NULL DEFAULT 0, "work" bigint NOT NULL DEFAULT 0, "registry" bigint NOT NULL DEFAULT 0, PRIMARY KEY ("id"));
-- create "amendments" table
CREATE TABLE "amendments" ("id" character varying NOT NULL, "jurisdiction" character varying NOT NULL, "version" bigint NOT NULL, "entry_seq" bigint NOT NULL, "entry_hash" bytea NOT NULL, "created_at" timestamptz NOT NULL, "updated_at" timestamptz NOT NULL, "contract_id" character varying NOT NULL, "buyer_id" character varying NOT NULL, "seller_id" character varying NOT NULL, "drafter_id" character varying NOT NULL, "number" bigint NOT NULL, "reasons" jsonb NOT NULL, "explanation" character varying NOT NULL, "new_total_fen" bigint NOT NULL, "difference_fen" bigint NOT NULL, "text_digest" bytea NOT NULL, "state" character varying NOT NULL, "buyer_signed_at" timestamptz NULL, "seller_signed_at" timestamptz NULL, "buyer_signature" character varying NULL, "seller_signature" character varying NULL, "effective_at" timestamptz NULL, "end_reason" character varying NULL, PRIMARY KEY ("id"), CONSTRAINT "amendment_total" CHECK ((new_total_fen > 0) AND (new_total_fen <= '1000000000000000'::bigint)));
-- create index "amendment_buyer_id" to table: "amendments"
CREATE INDEX "amendment_buyer_id" ON "amendments" ("buyer_id");
-- create index "amendment_contract_id_number" to table: "amendments"
CREATE UNIQUE INDEX "amendment_contract_id_number" ON "amendments" ("contract_id", "number");
-- create index "amendment_created_at_id" to table: "amendments"
CREATE INDEX "amendment_created_at_id" ON "amendments" ("created_at", "id");
-- create index "amendment_seller_id" to table: "amendments"
CREATE INDEX "amendment_seller_id" ON "amendments" ("seller_id");
-- create "balances" table
CREATE TABLE "balances" ("id" character varying NOT NULL, "jurisdiction" character varying NOT NULL, "posting_id" bigint NOT NULL, "committed" bigint NOT NULL DEFAULT 0, "amended" bigint NOT NULL DEFAULT 0, "paid" bigint NOT NULL DEFAULT 0, "accepted" bigint NOT NULL DEFAULT 0, "registered" bigint NOT NULL DEFAULT 0, "obligation" bigint NOT NULL DEFAULT 0, "cash" bigint NOT NULL DEFAULT 0, "work" bigint NOT NULL DEFAULT 0, "registry" bigint NOT NULL DEFAULT 0, PRIMARY KEY ("id"), CONSTRAINT "balance_accepted" CHECK ((accepted >= 0) AND (accepted <= (committed + amended))), CONSTRAINT "balance_current" CHECK ((committed + amended) > 0), CONSTRAINT "balance_paid" CHECK ((paid >= 0) AND (paid <= (committed + amended))));
-- create "milestones" table
CREATE TABLE "milestones" ("id" character varying NOT NULL, "jurisdiction" character varying NOT NULL, "version" bigint NOT NULL, "entry_seq" bigint NOT NULL, "entry_hash" bytea NOT NULL, "created_at" timestamptz NOT NULL, "updated_at" timestamptz NOT NULL, "contract_id" character varying NOT NULL, "buyer_id" character varying NOT NULL, "seller_id" character varying NOT NULL, "number" bigint NOT NULL, "title" character varying NOT NULL, "share" bigint NOT NULL, "amount_fen" bigint NOT NULL, "accepted_fen" bigint NOT NULL DEFAULT 0, "due_date" character varying NOT NULL, "indicators" jsonb NOT NULL, "evidence" character varying NOT NULL DEFAULT '', "state" character varying NOT NULL, "reworks" bigint NOT NULL DEFAULT 0, "reason" character varying NULL, "buyer_waived_at" timestamptz NULL, "seller_waived_at" timestamptz NULL, PRIMARY KEY ("id"), CONSTRAINT "milestone_accepted" CHECK ((amount_fen >= 0) AND (accepted_fen >= 0) AND (accepted_fen <= amount_fen)));
-- create index "milestone_buyer_id" to table: "milestones"
CREATE INDEX "milestone_buyer_id" ON "milestones" ("buyer_id");
-- create index "milestone_contract_id_number" to table: "milestones"
CREATE UNIQUE INDEX "milestone_contract_id_number" ON "milestones" ("contract_id", "number");
-- create index "milestone_created_at_id" to table: "milestones"
CREATE INDEX "milestone_created_at_id" ON "milestones" ("created_at", "id");
-- create index "milestone_seller_id" to table: "milestones"
CREATE INDEX "milestone_seller_id" ON "milestones" ("seller_id");
-- create "payments" table
CREATE TABLE "payments" ("id" character varying NOT NULL, "jurisdiction" character varying NOT NULL, "version" bigint NOT NULL, "entry_seq" bigint NOT NULL, "entry_hash" bytea NOT NULL, "created_at" timestamptz NOT NULL, "updated_at" timestamptz NOT NULL, "contract_id" character varying NOT NULL, "buyer_id" character varying NOT NULL, "seller_id" character varying NOT NULL, "milestone_id" character varying NULL, "kind" character varying NOT NULL, "amount_fen" bigint NOT NULL, "holder" character varying NULL, "state" character varying NOT NULL, "voucher" character varying NULL, "voucher_digest" bytea NULL, "reason" character varying NULL, "confirmed_at" timestamptz NULL, PRIMARY KEY ("id"), CONSTRAINT "payment_amount" CHECK ((amount_fen <> 0) AND (amount_fen <= '1000000000000000'::bigint) AND (amount_fen >= '-1000000000000000'::bigint) AND ((amount_fen < 0) = ((kind)::text = 'refund'::text))));
-- create index "payment_buyer_id" to table: "payments"
CREATE INDEX "payment_buyer_id" ON "payments" ("buyer_id");
-- create index "payment_contract_id" to table: "payments"
CREATE INDEX "payment_contract_id" ON "payments" ("contract_id");
-- create index "payment_created_at_id" to table: "payments"
CREATE INDEX "payment_created_at_id" ON "payments" ("created_at", "id");
-- create index "payment_seller_id" to table: "payments"
CREATE INDEX "payment_seller_id" ON "payments" ("seller_id");
-- create "postings" table
CREATE TABLE "postings" ("id" bigint NOT NULL GENERATED BY DEFAULT AS IDENTITY, "jurisdiction" character varying NOT NULL, "contract_id" character varying NOT NULL, "committed" bigint NOT NULL DEFAULT 0, "amended" bigint NOT NULL DEFAULT 0, "paid" bigint NOT NULL DEFAULT 0, "accepted" bigint NOT NULL DEFAULT 0, "registered" bigint NOT NULL DEFAULT 0, "obligation" bigint NOT NULL DEFAULT 0, "cash" bigint NOT NULL DEFAULT 0, "work" bigint NOT NULL DEFAULT 0, "registry" bigint NOT NULL DEFAULT 0, PRIMARY KEY ("id"), CONSTRAINT "posting_sums_to_zero" CHECK (((((((((committed + amended) + paid) + accepted) + registered) + obligation) + cash) + work) + registry) = 0));
-- create index "posting_contract_id" to table: "postings"
CREATE INDEX "posting_contract_id" ON "postings" ("contract_id");
-- What came into force before there were accounts is posted as of its own entry, whose header names the kind and the subject.
INSERT INTO postings (id, jurisdiction, contract_id, committed, obligation)
SELECT e.id, c.jurisdiction, c.id, c.total_fen, -c.total_fen
FROM (SELECT id, encode(substr(body, position('\x0a6b696e6420'::bytea IN body) + 1, 72), 'escape') AS head FROM ledger_entries) e
JOIN contracts c ON e.head IN ('kind 18 contract.activated' || chr(10) || 'subject 34 contracts/' || c.id, 'kind 17 contract.recorded' || chr(10) || 'subject 34 contracts/' || c.id || chr(10));
INSERT INTO balances (id, jurisdiction, posting_id, committed, amended, paid, accepted, registered, obligation, cash, work, registry) SELECT contract_id, jurisdiction, id, committed, amended, paid, accepted, registered, obligation, cash, work, registry FROM postings;
INSERT INTO account_totals (id, posting_id, committed, amended, paid, accepted, registered, obligation, cash, work, registry) SELECT jurisdiction, MAX(id), SUM(committed), SUM(amended), SUM(paid), SUM(accepted), SUM(registered), SUM(obligation), SUM(cash), SUM(work), SUM(registry) FROM postings GROUP BY jurisdiction;
-- The database adds each posting to the balance of its contract and to the total of its jurisdiction, and refuses to change these by anything else.
-- +goose StatementBegin
CREATE FUNCTION jiebang_post() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.committed <> 0 THEN
    INSERT INTO balances (id, jurisdiction, posting_id, committed, amended, paid, accepted, registered, obligation, cash, work, registry)
      VALUES (NEW.contract_id, NEW.jurisdiction, NEW.id, NEW.committed, NEW.amended, NEW.paid, NEW.accepted, NEW.registered, NEW.obligation, NEW.cash, NEW.work, NEW.registry);
  ELSE
    UPDATE balances SET posting_id = NEW.id, committed = committed + NEW.committed, amended = amended + NEW.amended, paid = paid + NEW.paid, accepted = accepted + NEW.accepted, registered = registered + NEW.registered, obligation = obligation + NEW.obligation, cash = cash + NEW.cash, work = work + NEW.work, registry = registry + NEW.registry
      WHERE id = NEW.contract_id AND jurisdiction = NEW.jurisdiction AND posting_id < NEW.id;
    IF NOT FOUND THEN
      RAISE EXCEPTION 'a posting needs a contract in force, and comes after those before it';
    END IF;
  END IF;
  UPDATE account_totals SET posting_id = NEW.id, committed = committed + NEW.committed, amended = amended + NEW.amended, paid = paid + NEW.paid, accepted = accepted + NEW.accepted, registered = registered + NEW.registered, obligation = obligation + NEW.obligation, cash = cash + NEW.cash, work = work + NEW.work, registry = registry + NEW.registry WHERE id = NEW.jurisdiction;
  IF NOT FOUND THEN
    INSERT INTO account_totals (id, posting_id, committed, amended, paid, accepted, registered, obligation, cash, work, registry) VALUES (NEW.jurisdiction, NEW.id, NEW.committed, NEW.amended, NEW.paid, NEW.accepted, NEW.registered, NEW.obligation, NEW.cash, NEW.work, NEW.registry);
  END IF;
  RETURN NULL;
END
$$;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE FUNCTION jiebang_balance() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM postings WHERE contract_id = NEW.id HAVING SUM(committed) = NEW.committed AND SUM(amended) = NEW.amended AND SUM(paid) = NEW.paid AND SUM(accepted) = NEW.accepted AND SUM(registered) = NEW.registered AND SUM(obligation) = NEW.obligation AND SUM(cash) = NEW.cash AND SUM(work) = NEW.work AND SUM(registry) = NEW.registry) THEN
    RAISE EXCEPTION 'a balance is what its postings add up to';
  END IF;
  RETURN NEW;
END
$$;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE FUNCTION jiebang_account_total() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF NOT EXISTS (SELECT FROM postings WHERE jurisdiction = NEW.id HAVING SUM(committed) = NEW.committed AND SUM(amended) = NEW.amended AND SUM(paid) = NEW.paid AND SUM(accepted) = NEW.accepted AND SUM(registered) = NEW.registered AND SUM(obligation) = NEW.obligation AND SUM(cash) = NEW.cash AND SUM(work) = NEW.work AND SUM(registry) = NEW.registry) THEN
      RAISE EXCEPTION 'a total is what its postings add up to';
    END IF;
  ELSIF NEW.posting_id <= OLD.posting_id OR NOT EXISTS (SELECT FROM postings WHERE id = NEW.posting_id AND jurisdiction = NEW.id
      AND committed = NEW.committed - OLD.committed AND amended = NEW.amended - OLD.amended AND paid = NEW.paid - OLD.paid AND accepted = NEW.accepted - OLD.accepted AND registered = NEW.registered - OLD.registered AND obligation = NEW.obligation - OLD.obligation AND cash = NEW.cash - OLD.cash AND work = NEW.work - OLD.work AND registry = NEW.registry - OLD.registry) THEN
    RAISE EXCEPTION 'a total changes by one posting at a time';
  END IF;
  RETURN NEW;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER postings_add AFTER INSERT ON postings FOR EACH ROW EXECUTE FUNCTION jiebang_post();
CREATE TRIGGER postings_keep BEFORE UPDATE OR DELETE ON postings FOR EACH ROW EXECUTE FUNCTION jiebang_refuse();
CREATE TRIGGER postings_stay BEFORE TRUNCATE ON postings EXECUTE FUNCTION jiebang_refuse();
CREATE TRIGGER balances_add_up BEFORE INSERT OR UPDATE ON balances FOR EACH ROW EXECUTE FUNCTION jiebang_balance();
CREATE TRIGGER balances_stay BEFORE DELETE ON balances FOR EACH ROW EXECUTE FUNCTION jiebang_refuse();
CREATE TRIGGER account_totals_add_up BEFORE INSERT OR UPDATE ON account_totals FOR EACH ROW EXECUTE FUNCTION jiebang_account_total();
CREATE TRIGGER account_totals_stay BEFORE DELETE ON account_totals FOR EACH ROW EXECUTE FUNCTION jiebang_refuse();
