package storage

// AssertDurable is assertDurable, for tests.
var AssertDurable = assertDurable
