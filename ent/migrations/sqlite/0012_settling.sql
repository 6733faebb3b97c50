-- +goose Up
-- modify "contracts" table
ALTER TABLE `contracts` ADD COLUMN `text_version` integer NOT NULL DEFAULT (1);
ALTER TABLE `contracts` ADD COLUMN `change_request` text NULL;
ALTER TABLE `contracts` ADD COLUMN `plan` text NOT NULL DEFAULT ('');
ALTER TABLE `contracts` ADD COLUMN `buyer_signature` text NULL;
ALTER TABLE `contracts` ADD COLUMN `seller_signature` text NULL;
ALTER TABLE `contracts` ADD COLUMN `end_code` text NULL;
ALTER TABLE `contracts` ADD COLUMN `amount_paid_fen` integer NULL;
-- create "account_totals" table
CREATE TABLE `account_totals` (`id` text NOT NULL, `posting_id` integer NOT NULL, `committed` integer NOT NULL DEFAULT (0), `amended` integer NOT NULL DEFAULT (0), `paid` integer NOT NULL DEFAULT (0), `accepted` integer NOT NULL DEFAULT (0), `registered` integer NOT NULL DEFAULT (0), `obligation` integer NOT NULL DEFAULT (0), `cash` integer NOT NULL DEFAULT (0), `work` integer NOT NULL DEFAULT (0), `registry` integer NOT NULL DEFAULT (0), PRIMARY KEY (`id`));
-- create "amendments" table
CREATE TABLE `amendments` (`id` text NOT NULL, `jurisdiction` text NOT NULL, `version` integer NOT NULL, `entry_seq` integer NOT NULL, `entry_hash` blob NOT NULL, `created_at` datetime NOT NULL, `updated_at` datetime NOT NULL, `contract_id` text NOT NULL, `buyer_id` text NOT NULL, `seller_id` text NOT NULL, `drafter_id` text NOT NULL, `number` integer NOT NULL, `reasons` json NOT NULL, `explanation` text NOT NULL, `new_total_fen` integer NOT NULL, `difference_fen` integer NOT NULL, `text_digest` blob NOT NULL, `state` text NOT NULL, `buyer_signed_at` datetime NULL, `seller_signed_at` datetime NULL, `buyer_signature` text NULL, `seller_signature` text NULL, `effective_at` datetime NULL, `end_reason` text NULL, PRIMARY KEY (`id`), CONSTRAINT `amendment_total` CHECK (new_total_fen > 0 AND new_total_fen <= 1000000000000000));
-- create index "amendment_created_at_id" to table: "amendments"
CREATE INDEX `amendment_created_at_id` ON `amendments` (`created_at`, `id`);
-- create index "amendment_contract_id_number" to table: "amendments"
CREATE UNIQUE INDEX `amendment_contract_id_number` ON `amendments` (`contract_id`, `number`);
-- create index "amendment_buyer_id" to table: "amendments"
CREATE INDEX `amendment_buyer_id` ON `amendments` (`buyer_id`);
-- create index "amendment_seller_id" to table: "amendments"
CREATE INDEX `amendment_seller_id` ON `amendments` (`seller_id`);
-- create "balances" table
CREATE TABLE `balances` (`id` text NOT NULL, `jurisdiction` text NOT NULL, `posting_id` integer NOT NULL, `committed` integer NOT NULL DEFAULT (0), `amended` integer NOT NULL DEFAULT (0), `paid` integer NOT NULL DEFAULT (0), `accepted` integer NOT NULL DEFAULT (0), `registered` integer NOT NULL DEFAULT (0), `obligation` integer NOT NULL DEFAULT (0), `cash` integer NOT NULL DEFAULT (0), `work` integer NOT NULL DEFAULT (0), `registry` integer NOT NULL DEFAULT (0), PRIMARY KEY (`id`), CONSTRAINT `balance_accepted` CHECK (accepted >= 0 AND accepted <= committed + amended), CONSTRAINT `balance_current` CHECK (committed + amended > 0), CONSTRAINT `balance_paid` CHECK (paid >= 0 AND paid <= committed + amended));
-- create "milestones" table
CREATE TABLE `milestones` (`id` text NOT NULL, `jurisdiction` text NOT NULL, `version` integer NOT NULL, `entry_seq` integer NOT NULL, `entry_hash` blob NOT NULL, `created_at` datetime NOT NULL, `updated_at` datetime NOT NULL, `contract_id` text NOT NULL, `buyer_id` text NOT NULL, `seller_id` text NOT NULL, `number` integer NOT NULL, `title` text NOT NULL, `share` integer NOT NULL, `amount_fen` integer NOT NULL, `accepted_fen` integer NOT NULL DEFAULT (0), `due_date` text NOT NULL, `indicators` json NOT NULL, `evidence` text NOT NULL DEFAULT (''), `state` text NOT NULL, `reworks` integer NOT NULL DEFAULT (0), `reason` text NULL, `buyer_waived_at` datetime NULL, `seller_waived_at` datetime NULL, PRIMARY KEY (`id`), CONSTRAINT `milestone_accepted` CHECK (amount_fen >= 0 AND accepted_fen >= 0 AND accepted_fen <= amount_fen));
-- create index "milestone_created_at_id" to table: "milestones"
CREATE INDEX `milestone_created_at_id` ON `milestones` (`created_at`, `id`);
-- create index "milestone_contract_id_number" to table: "milestones"
CREATE UNIQUE INDEX `milestone_contract_id_number` ON `milestones` (`contract_id`, `number`);
-- create index "milestone_buyer_id" to table: "milestones"
CREATE INDEX `milestone_buyer_id` ON `milestones` (`buyer_id`);
-- create index "milestone_seller_id" to table: "milestones"
CREATE INDEX `milestone_seller_id` ON `milestones` (`seller_id`);
-- create "payments" table
CREATE TABLE `payments` (`id` text NOT NULL, `jurisdiction` text NOT NULL, `version` integer NOT NULL, `entry_seq` integer NOT NULL, `entry_hash` blob NOT NULL, `created_at` datetime NOT NULL, `updated_at` datetime NOT NULL, `contract_id` text NOT NULL, `buyer_id` text NOT NULL, `seller_id` text NOT NULL, `milestone_id` text NULL, `kind` text NOT NULL, `amount_fen` integer NOT NULL, `holder` text NULL, `state` text NOT NULL, `voucher` text NULL, `voucher_digest` blob NULL, `reason` text NULL, `confirmed_at` datetime NULL, PRIMARY KEY (`id`), CONSTRAINT `payment_amount` CHECK (amount_fen <> 0 AND amount_fen <= 1000000000000000 AND amount_fen >= -1000000000000000 AND (amount_fen < 0) = (kind = 'refund')));
-- create index "payment_created_at_id" to table: "payments"
CREATE INDEX `payment_created_at_id` ON `payments` (`created_at`, `id`);
-- create index "payment_contract_id" to table: "payments"
CREATE INDEX `payment_contract_id` ON `payments` (`contract_id`);
-- create index "payment_buyer_id" to table: "payments"
CREATE INDEX `payment_buyer_id` ON `payments` (`buyer_id`);
-- create index "payment_seller_id" to table: "payments"
CREATE INDEX `payment_seller_id` ON `payments` (`seller_id`);
-- create "postings" table
CREATE TABLE `postings` (`id` integer NOT NULL PRIMARY KEY AUTOINCREMENT, `jurisdiction` text NOT NULL, `contract_id` text NOT NULL, `committed` integer NOT NULL DEFAULT (0), `amended` integer NOT NULL DEFAULT (0), `paid` integer NOT NULL DEFAULT (0), `accepted` integer NOT NULL DEFAULT (0), `registered` integer NOT NULL DEFAULT (0), `obligation` integer NOT NULL DEFAULT (0), `cash` integer NOT NULL DEFAULT (0), `work` integer NOT NULL DEFAULT (0), `registry` integer NOT NULL DEFAULT (0), CONSTRAINT `posting_sums_to_zero` CHECK (committed + amended + paid + accepted + registered + obligation + cash + work + registry = 0));
-- create index "posting_contract_id" to table: "postings"
CREATE INDEX `posting_contract_id` ON `postings` (`contract_id`);
-- What came into force before there were accounts is posted as of its own entry, whose header names the kind and the subject.
INSERT INTO postings (id, jurisdiction, contract_id, committed, obligation)
SELECT e.id, c.jurisdiction, c.id, c.total_fen, -c.total_fen
FROM (SELECT id, CAST(substr(body, instr(body, X'0A6B696E6420') + 1, 72) AS TEXT) AS head FROM ledger_entries) e
JOIN contracts c ON e.head IN ('kind 18 contract.activated' || char(10) || 'subject 34 contracts/' || c.id, 'kind 17 contract.recorded' || char(10) || 'subject 34 contracts/' || c.id || char(10));
INSERT INTO balances (id, jurisdiction, posting_id, committed, amended, paid, accepted, registered, obligation, cash, work, registry) SELECT contract_id, jurisdiction, id, committed, amended, paid, accepted, registered, obligation, cash, work, registry FROM postings;
INSERT INTO account_totals (id, posting_id, committed, amended, paid, accepted, registered, obligation, cash, work, registry) SELECT jurisdiction, MAX(id), SUM(committed), SUM(amended), SUM(paid), SUM(accepted), SUM(registered), SUM(obligation), SUM(cash), SUM(work), SUM(registry) FROM postings GROUP BY jurisdiction;
-- The database adds each posting to the balance of its contract and to the total of its jurisdiction, and refuses to change these by anything else.
-- +goose StatementBegin
CREATE TRIGGER postings_add AFTER INSERT ON postings BEGIN
  INSERT INTO balances (id, jurisdiction, posting_id, committed, amended, paid, accepted, registered, obligation, cash, work, registry)
    SELECT NEW.contract_id, NEW.jurisdiction, NEW.id, NEW.committed, NEW.amended, NEW.paid, NEW.accepted, NEW.registered, NEW.obligation, NEW.cash, NEW.work, NEW.registry WHERE NEW.committed <> 0;
  SELECT RAISE(ABORT, 'a posting needs a contract in force, and comes after those before it') WHERE NEW.committed = 0
    AND NOT EXISTS (SELECT 1 FROM balances WHERE id = NEW.contract_id AND jurisdiction = NEW.jurisdiction AND posting_id < NEW.id);
  UPDATE balances SET posting_id = NEW.id, committed = committed + NEW.committed, amended = amended + NEW.amended, paid = paid + NEW.paid, accepted = accepted + NEW.accepted, registered = registered + NEW.registered, obligation = obligation + NEW.obligation, cash = cash + NEW.cash, work = work + NEW.work, registry = registry + NEW.registry WHERE id = NEW.contract_id AND NEW.committed = 0;
  UPDATE account_totals SET posting_id = NEW.id, committed = committed + NEW.committed, amended = amended + NEW.amended, paid = paid + NEW.paid, accepted = accepted + NEW.accepted, registered = registered + NEW.registered, obligation = obligation + NEW.obligation, cash = cash + NEW.cash, work = work + NEW.work, registry = registry + NEW.registry WHERE id = NEW.jurisdiction;
  INSERT INTO account_totals (id, posting_id, committed, amended, paid, accepted, registered, obligation, cash, work, registry)
    SELECT NEW.jurisdiction, NEW.id, NEW.committed, NEW.amended, NEW.paid, NEW.accepted, NEW.registered, NEW.obligation, NEW.cash, NEW.work, NEW.registry WHERE NOT EXISTS (SELECT 1 FROM account_totals WHERE id = NEW.jurisdiction);
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER postings_keep BEFORE UPDATE ON postings BEGIN SELECT RAISE(ABORT, 'postings are append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER postings_stay BEFORE DELETE ON postings BEGIN SELECT RAISE(ABORT, 'postings are append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER balances_insert BEFORE INSERT ON balances WHEN (SELECT SUM(committed), SUM(amended), SUM(paid), SUM(accepted), SUM(registered), SUM(obligation), SUM(cash), SUM(work), SUM(registry) FROM postings WHERE contract_id = NEW.id)
  IS NOT (NEW.committed, NEW.amended, NEW.paid, NEW.accepted, NEW.registered, NEW.obligation, NEW.cash, NEW.work, NEW.registry) BEGIN SELECT RAISE(ABORT, 'a balance is what its postings add up to'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER balances_update BEFORE UPDATE ON balances WHEN (SELECT SUM(committed), SUM(amended), SUM(paid), SUM(accepted), SUM(registered), SUM(obligation), SUM(cash), SUM(work), SUM(registry) FROM postings WHERE contract_id = NEW.id)
  IS NOT (NEW.committed, NEW.amended, NEW.paid, NEW.accepted, NEW.registered, NEW.obligation, NEW.cash, NEW.work, NEW.registry) BEGIN SELECT RAISE(ABORT, 'a balance is what its postings add up to'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER balances_stay BEFORE DELETE ON balances BEGIN SELECT RAISE(ABORT, 'balances are kept'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER account_totals_insert BEFORE INSERT ON account_totals WHEN (SELECT SUM(committed), SUM(amended), SUM(paid), SUM(accepted), SUM(registered), SUM(obligation), SUM(cash), SUM(work), SUM(registry) FROM postings WHERE jurisdiction = NEW.id)
  IS NOT (NEW.committed, NEW.amended, NEW.paid, NEW.accepted, NEW.registered, NEW.obligation, NEW.cash, NEW.work, NEW.registry) BEGIN SELECT RAISE(ABORT, 'a total is what its postings add up to'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER account_totals_update BEFORE UPDATE ON account_totals WHEN NEW.posting_id <= OLD.posting_id OR (SELECT committed, amended, paid, accepted, registered, obligation, cash, work, registry FROM postings WHERE id = NEW.posting_id AND jurisdiction = NEW.id)
  IS NOT (NEW.committed - OLD.committed, NEW.amended - OLD.amended, NEW.paid - OLD.paid, NEW.accepted - OLD.accepted, NEW.registered - OLD.registered, NEW.obligation - OLD.obligation, NEW.cash - OLD.cash, NEW.work - OLD.work, NEW.registry - OLD.registry) BEGIN SELECT RAISE(ABORT, 'a total changes by one posting at a time'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER account_totals_stay BEFORE DELETE ON account_totals BEGIN SELECT RAISE(ABORT, 'totals are kept'); END;
-- +goose StatementEnd
