// Package offering is what organizations offer: achievements 科技成果, and profiles of the experts, laboratories and brokers who can help.
//
//   - Each belongs to one organization and to that organization's ledger, for ever.
//   - A file of many rows is taken row by row in one transaction; each row that changes something leaves an entry, and no other does.
//   - What is slow, such as reading a workbook, comes before the transaction.
package offering

import (
	"github.com/jiebang/jiebang/services/fault"
	"github.com/jiebang/jiebang/services/internal/storage"
)

// Offering keeps achievements and profiles.
type Offering struct {
	db    *storage.DB
	books chan struct{} // has room for as many as may read a workbook at once
}

// booksAtOnce is how many workbooks are read at once: each unfolds to many times the bytes that came.
const booksAtOnce = 2

// New returns the offering of db.
func New(db *storage.DB) *Offering { return &Offering{db, make(chan struct{}, booksAtOnce)} }

// first returns the first of faults with the path of its field from the request on.
func first(wrong []*fault.Fault, prefix string) error {
	if len(wrong) == 0 {
		return nil
	}
	return wrong[0].At(prefix + wrong[0].Field)
}

// list is values as a column that is never null keeps them.
func list[T any](values []T) []T {
	if values == nil {
		return []T{}
	}
	return values
}

// optional is a text as a column that may be null keeps it.
func optional(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

func text(optional *string) string {
	if optional == nil {
		return ""
	}
	return *optional
}
