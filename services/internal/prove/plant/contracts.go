package plant

import "slices"

// Contracts are the bugs of contracts, of their money and of the ledger under them that the suite must find, by their numbers in the threat model.
var Contracts = []Bug{
	{"M05 a change is answered before it is durable", []Edit{{storageSQLite, "		ended = true\n		return <-e.join()\n	}\n	return s, nil\n}\n\n// join adds",
		"		ended = true\n		_ = e.join()\n		return nil\n	}\n	return s, nil\n}\n\n// join adds"}},
		"./services/internal/storage", "TestFailedCommit"},
	{"M06 a commit does not wait for the disk", []Edit{{storageSQLite, "_pragma=synchronous(FULL)", "_pragma=synchronous(NORMAL)"},
		{storageSQLite, "synchronous < 2 {", "synchronous < 1 {"}}, "./services/internal/storage", "TestWeakSQLiteIsRefused"},
	{"M07 a counter beside the head gives sequences", []Edit{
		{storageTx, "	e.Jurisdiction, e.Sequence, e.Time, e.Actor = tx.Jurisdiction, tx.head.Size, tx.Now, tx.Principal\n",
			"	tx.head.Size = next(tx.Jurisdiction, tx.head.Size)\n	e.Jurisdiction, e.Sequence, e.Time, e.Actor = tx.Jurisdiction, tx.head.Size, tx.Now, tx.Principal\n"},
		{storageTx, "	\"fmt\"\n	\"time\"\n", "	\"fmt\"\n	\"sync\"\n	\"time\"\n"},
		{storageTx, "// Size is the number", "var (\n	counting sync.Mutex\n	counter = map[string]int64{}\n)\n\nfunc next(ledger string, size int64) int64 {\n	counting.Lock()\n	defer counting.Unlock()\n" +
			"	n := max(counter[ledger], size)\n	counter[ledger] = n + 1\n	return n\n}\n\n// Size is the number"}},
		"./services/internal/storage", "TestUnderLoad"},
	{"M08 entries follow after the commit", []Edit{{storageSQLite,
		"		if err := e.append(ctx, p); err != nil {\n			return sqliteError(err)\n		}\n		ended = true\n		return <-e.join()\n",
		"		ended = true\n		if err := <-e.join(); err != nil {\n			return err\n		}\n		if err := e.take(ctx); err != nil {\n			return err\n		}\n" +
			"		if err := e.append(ctx, p); err != nil {\n			e.undo()\n			return sqliteError(err)\n		}\n		return <-e.join()\n"}},
		"./services/settling", "TestEverySnapshotAgrees"},
	{"M20 a version is the time", []Edit{
		{"services/contracting/rows.go", "	k.Version, k.UpdatedAt = k.Version+1, tx.Now\n", "	old := k.Version\n	k.Version, k.UpdatedAt = int(tx.Now.UnixNano()), tx.Now\n"},
		{"services/contracting/rows.go", "	if k.Version == 1 {\n", "	if old == 0 {\n"},
		{"services/contracting/rows.go", "entcontract.Version(k.Version-1)", "entcontract.Version(old)"}}, "./services/contracting", "TestVersions|TestRaces|TestSign$"},
	{"M21 the answer to a request is looked for before the lock", []Edit{
		{storageTx, "	began, before := db.clock.Now(), db.clock.Elapsed()\n", "	began, before := db.clock.Now(), db.clock.Elapsed()\n	var body, kept []byte\n" +
			"	_ = statement.Row(ctx, db.read, Rebind(db.dialect, \"SELECT body_hash, answer FROM requests WHERE id = ?\"), []any{request}, &body, &kept)\n"},
		{storageTx, "	defer s.abort()\n	defer db.hold", "	s.body, s.answer = body, kept\n	defer s.abort()\n	defer db.hold"}}, "./services/settling", "TestRetries"},
	{"M22 a request_id stands for any body", []Edit{{storageTx, "		if !bytes.Equal(s.body, call.BodyHash) {\n", "		if bytes.Equal(s.body, nil) {\n"}},
		"./services/settling", "TestRetries"},
	{"M23 the answer to a request is kept after the commit", slices.Concat(Crash, []Edit{
		{"services/internal/prove/retries/retries_test.go", "flag.Bool(\"crash-points\", false", "flag.Bool(\"crash-points\", true"},
		{storageSQLite, "	if p.request != \"\" {\n", "	if p.request == \"\" && ctx == nil {\n"},
		{storageTx, "	db.signal()\n	return answer, nil\n", "	if e, ok := db.engine.(*sqliteEngine); ok && request != \"\" && e.take(ctx) == nil {\n" +
			"		_, _ = e.stmts.ExecContext(ctx, \"INSERT INTO requests (id, jurisdiction, body_hash, answer, created_at) VALUES (?, ?, ?, ?, ?)\",\n" +
			"			request, p.jurisdiction, p.body, p.answer, p.now)\n		<-e.join()\n	}\n	db.signal()\n	return answer, nil\n"}}),
		crashes, "TestCrashes/sqlite"},
	{"M24 a repeated request needs no authorization", []Edit{{storageTx, "	if call.Authorize != nil {\n", "	if call.Authorize != nil && s.body == nil {\n"}},
		"./services/internal/storage", "TestReplay"},
	{"M25 shares are floats", []Edit{{"services/money/split.go", "		parts[i], rests[i], order[i] = Fen(quotient), rest, i\n",
		"		parts[i], rests[i], order[i] = min(Fen(float64(f)*(float64(s)/float64(whole))), left, Fen(quotient+1)), rest, i\n"}}, "./services/money", "TestSplit"},
	{"M26 an amount has 32 bits", []Edit{{"services/accounting/accounting.go", "SetCommitted(int64(a.Committed))", "SetCommitted(int64(int32(a.Committed)))"},
		{"services/accounting/accounting.go", "SetObligation(int64(a.Obligation))", "SetObligation(int64(int32(a.Obligation)))"}}, "./services/settling", "TestEverySnapshotAgrees"},
	{"M27 the fen that are left go to nobody", []Edit{{"services/money/split.go", "range order[:left] {", "range order[:left-left] {"}}, "./services/money", "TestSplit"},
	{"M28 a total follows in a later transaction", []Edit{
		{accounts, "AFTER INSERT ON postings BEGIN\n", "AFTER INSERT ON postings BEGIN\n" + late + "\n"},
		{accounts, "  UPDATE account_totals SET posting_id = NEW.id", "  UPDATE account_totals SET posting_id = posting_id"},
		{accounts, "registry = registry + NEW.registry WHERE id = NEW.jurisdiction;", "registry = registry + NEW.registry WHERE NEW.id = 0;"},
		{accounts, "ON account_totals WHEN NEW.posting_id <= OLD.posting_id OR (", "ON account_totals WHEN NEW.posting_id < 0 AND ("}},
		"./services/settling", "TestEverySnapshotAgrees"},
	{"M29 an amendment counts when it is proposed", []Edit{
		{"services/amending/amending.go", "		return save(ctx, tx, \"amendment.proposed\", a)\n",
			"		if err := save(ctx, tx, \"amendment.proposed\", a); err != nil {\n			return err\n		}\n		return accounting.Post(ctx, tx, k.ID, a.EntrySeq, account.Changed(a.DifferenceFen))\n"},
		{"services/amending/amending.go", "	if err := accounting.Post(ctx, tx, k.ID, a.EntrySeq, account.Changed(a.DifferenceFen)); err != nil {\n		return err\n	}\n	return settling", "	return settling"}},
		"./services/settling", "TestEverySnapshotAgrees"},
	{"M52 a database that was rolled back starts", []Edit{{"services/witnessing/guard.go", "			if r != nil {\n				found", "			if r != nil && len(found) > len(heads) {\n				found"}},
		"./services/witnessing", "TestRollback"},
	{"one person alone accepts a rollback", []Edit{{"services/witnessing/officers.go", "	if p.Operator == p.Approver {\n", "	if p.Operator == \"\" {\n"}}, "./services/witnessing", "TestRollback"},
	{"whoever has an account accepts a rollback", []Edit{{"services/witnessing/officers.go", "err == nil && !slices.Contains(m.Roles, who.role)", "err == nil && slices.Contains(m.Roles, \"\") && who.role == \"\""}},
		"./services/witnessing", "TestRollback"},
	{"a password alone accepts a rollback", []Edit{{"services/account/vouch.go", "	if err := a.withPassword(ctx, t, &o); err != nil {\n		return nil, err\n	}\n	if !o.Factor {\n",
		"	if err := a.withPassword(ctx, t, &o); err != nil && t.Code != \"\" {\n		return nil, err\n	}\n	if o.Person == nil {\n"}}, "./services/witnessing", "TestRollback"},
	{"an epoch names nobody", []Edit{{"services/reporting/replay/history/doubts/doubts.go", "		if !together(e) {\n", "		if !together(e) && e.Kind == \"\" {\n"}}, "./services/internal/prove/bundles", "TestDoubtForged"},
}

const (
	crashes  = "./services/internal/prove/retries"
	accounts = "ent/migrations/sqlite/0012_settling.sql"
	// late adds to a total the posting before the one that comes.
	late = `  UPDATE account_totals SET (posting_id, committed, amended, paid, accepted, registered, obligation, cash, work, registry) =
    (SELECT p.id, account_totals.committed + p.committed, account_totals.amended + p.amended, account_totals.paid + p.paid, account_totals.accepted + p.accepted,
      account_totals.registered + p.registered, account_totals.obligation + p.obligation, account_totals.cash + p.cash, account_totals.work + p.work, account_totals.registry + p.registry
      FROM postings p WHERE p.jurisdiction = NEW.jurisdiction AND p.id < NEW.id ORDER BY p.id DESC LIMIT 1)
    WHERE id = NEW.jurisdiction AND posting_id < (SELECT MAX(id) FROM postings WHERE jurisdiction = NEW.jurisdiction AND id < NEW.id);`
)
