package storage

// AssertDurable is assertDurable, for tests.
var AssertDurable = assertDurable

// Queued is how many callers wait to write, on SQLite.
func Queued(db *DB) int64 { return db.engine.(*sqliteEngine).waiting.Load() }
