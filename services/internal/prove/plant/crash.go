package plant

// Crash lets a server kill itself in the midst of a change, at the point and in the method that the environment names: JIEBANG_CRASH="point method".
// A point that a database does not have is not reached in it.
var Crash = []Edit{
	{storageTx, "	\"errors\"\n	\"fmt\"\n	\"time\"\n", "	\"errors\"\n	\"fmt\"\n	\"os\"\n	\"syscall\"\n	\"time\"\n"},
	{storageTx, "// errVersion says", `// crash ends the process as a power cut would.
func crash(point, method string) {
	if os.Getenv("JIEBANG_CRASH") == point+" "+method {
		_ = syscall.Kill(syscall.Getpid(), syscall.SIGKILL)
		select {}
	}
}

var crashing string // the method whose change is being committed

// errVersion says`},
	{storageTx, "	defer db.hold(call.Method)()\n", "	defer db.hold(call.Method)()\n	crash(\"begun\", call.Method)\n"},
	{storageTx, "	if s.body != nil {\n		if !bytes", "	crash(\"authorized\", call.Method)\n	if s.body != nil {\n		if !bytes"},
	{storageTx, "	if tx.Withheld != nil || call.ValidateOnly {\n", "	crash(\"decided\", call.Method)\n	if tx.Withheld != nil || call.ValidateOnly {\n"},
	{storageTx, "	if err := s.commit(ctx, p); err != nil {\n		var zero T\n", "	crashing = call.Method\n	if err := s.commit(ctx, p); err != nil {\n		var zero T\n"},
	{storageTx, "	db.signal()\n	return answer, nil\n", "	crash(\"committed\", call.Method)\n	db.signal()\n	return answer, nil\n"},
	{storageSQLite, "	if p.request != \"\" {\n", "	crash(\"entered\", crashing)\n	if p.request != \"\" {\n"},
	{storageSQLite, "	_, err := e.stmts.ExecContext(ctx, \"UPDATE ledger_heads SET", "	crash(\"remembered\", crashing)\n	_, err := e.stmts.ExecContext(ctx, \"UPDATE ledger_heads SET"},
	{storageSQLite, "	err := broken\n	if err == nil && len(e.group) > 0 {\n", "	err := broken\n	crash(\"written\", crashing)\n	if err == nil && len(e.group) > 0 {\n"},
	{"services/internal/storage/postgres.go", "		appendTo(line.batch, p)\n		err := line.flush(", `		appendTo(line.batch, p)
		if os.Getenv("JIEBANG_CRASH") == "written "+crashing {
			line.batch.QueuedQueries = line.batch.QueuedQueries[:len(line.batch.QueuedQueries)-1] // all but the commit
			_ = line.flush(ctx)
			crash("written", crashing)
		}
		err := line.flush(`},
	{"services/internal/storage/postgres.go", "	\"fmt\"\n", "	\"fmt\"\n	\"os\"\n"},
}

// CrashPoints are the points of Crash in order, and whether SQLite alone has each.
var CrashPoints = []struct {
	Name   string
	SQLite bool
}{{"begun", false}, {"authorized", false}, {"decided", false}, {"entered", true}, {"remembered", true}, {"written", false}, {"committed", false}}

const (
	storageTx     = "services/internal/storage/tx.go"
	storageSQLite = "services/internal/storage/sqlite.go"
)
