// Package witnessing keeps the ledgers honest towards outsiders: it asks witnesses to sign each checkpoint that was kept, notes the last one in an anchor
// file, and refuses a database that does not continue what they know.
//
//   - No business waits for a witness, and none that fails stops anything but its own signature.
//   - Only what this ledger's own key has signed speaks against a database, so a witness that lies cannot keep a server from starting.
package witnessing

import (
	"github.com/jiebang/jiebang/services/internal/storage"
	"github.com/jiebang/jiebang/services/ledger"
	"github.com/jiebang/jiebang/services/ledger/witness"
)

// Witnessing knows the witnesses and the anchor file of the ledgers of a database.
type Witnessing struct {
	db      *storage.DB
	ledger  *ledger.Ledger
	members []witness.Member
	anchor  anchor
	asking  asking
}

// New returns what watches over the ledgers: their anchor file, and the witnesses that have a URL. Each checkpoint that is kept is noted in the file.
func New(db *storage.DB, l *ledger.Ledger, anchorFile string, members []witness.Member) *Witnessing {
	w := &Witnessing{db: db, ledger: l, members: members, anchor: anchor{path: anchorFile}}
	l.OnKept(w.anchor.keep)
	return w
}
