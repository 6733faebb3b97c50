package entry

// Max is more entries than a ledger will ever have; it separates the keys of jurisdictions.
const Max = 1_000_000_000_000

// Key is the primary key of an entry: one number that orders by jurisdiction and sequence.
func Key(jurisdiction string, sequence int64) int64 {
	var j int64
	for _, c := range []byte(jurisdiction) {
		j = j*10 + int64(c-'0')
	}
	return j*Max + sequence
}
