// Package bundle writes a ledger that is as large as one likes, without a database, for measuring how fast it is verified.
package bundle

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/jiebang/jiebang/services/internal/chance"
	"github.com/jiebang/jiebang/services/internal/id"
	"github.com/jiebang/jiebang/services/ledger/entry"
)

// jurisdiction is whose ledger it is.
const jurisdiction = "330182"

// ledgerFile writes the entries of one ledger as the product would have, without a database.
type ledgerFile struct {
	out      *entry.BundleWriter
	rand     chance.Source
	now      time.Time // of the next entry
	size     int64
	frontier entry.Frontier
	actor    string
	err      error // the first; later calls do nothing
}

// append writes the next entry. The subject's row is the product's own image of it.
func (l *ledgerFile) append(kind, subject, organization string, row entry.Row) {
	if l.err != nil {
		return
	}
	e := entry.Entry{Jurisdiction: jurisdiction, Sequence: l.size, Time: l.now, Kind: kind, Subject: subject, Organization: organization,
		Actor: l.actor, Request: chance.UUID(chance.System()), Row: row}
	body, salt := e.Encode(), chance.Bytes(l.rand, entry.SaltSize)
	leaf := entry.Leaf(salt, body)
	l.frontier, _ = l.frontier.Append(l.size, leaf)
	l.size++
	l.now = l.now.Add(time.Second)
	l.err = errors.Join(e.Valid(), l.out.Write(salt, body, leaf[:]))
}

// checkpoint signs what was written.
func (l *ledgerFile) checkpoint(signer note.Signer) (string, error) {
	return entry.Checkpoint{Origin: entry.Origin(jurisdiction), Size: l.size, Root: l.frontier.Root()}.Sign(signer)
}

// Write writes a valid bundle of n entries. The header comes first and names the root, so the entries go to a file of their own and
// follow it.
func Write(file string, n int64) (err error) {
	secret, verifier, err := note.GenerateKey(chance.System(), entry.Origin(jurisdiction))
	if err != nil {
		return err
	}
	signer, err := note.NewSigner(secret)
	if err != nil {
		return err
	}
	entries, err := os.Create(filepath.Clean(file + ".entries"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, entries.Close(), os.Remove(entries.Name())) }()
	l := &ledgerFile{rand: chance.Seeded("bench"), now: time.Date(2022, 1, 4, 1, 0, 0, 0, time.UTC), actor: "t330182-0000000000000000"}
	if l.out, err = entry.NewBundleWriter(entries, entry.Header{}); err != nil {
		return err
	}
	writeYears(l, verifier, n)
	if err := errors.Join(l.err, l.out.Close()); err != nil {
		return err
	}
	checkpoint, err := l.checkpoint(signer)
	if err != nil {
		return err
	}
	return joinBundle(file, entries, entry.Header{Jurisdiction: jurisdiction, Origin: entry.Origin(jurisdiction), VerifierKey: verifier, Checkpoint: checkpoint})
}

// joinBundle writes the header and copies the entries after their own empty header.
func joinBundle(file string, entries *os.File, h entry.Header) error {
	f, err := os.Create(filepath.Clean(file))
	if err != nil {
		return err
	}
	w, err := entry.NewBundleWriter(f, h)
	if err != nil {
		return errors.Join(err, f.Close())
	}
	if err := w.Close(); err != nil {
		return errors.Join(err, f.Close())
	}
	_, err = entries.Seek(0, io.SeekStart)
	lines := bufio.NewReaderSize(entries, 1<<20)
	_, skipErr := lines.ReadBytes('\n')
	_, copyErr := io.Copy(f, lines)
	return errors.Join(err, skipErr, copyErr, f.Close())
}

// writeYears writes n entries: the founding, organizations, and waves of deals through their whole lives.
func writeYears(l *ledgerFile, verifier string, n int64) {
	l.append("ledger.founded", id.LedgerName(jurisdiction), "",
		(&entry.Image{}).Text("display_name", "建德市科学技术局").Text("verifier_key", verifier).Row())
	y := &years{ledgerFile: l}
	for range organizations {
		y.organization()
	}
	for l.err == nil && n-l.size >= entriesPerDeal {
		wave := make([]*deal, min(dealsPerWave, (n-l.size)/entriesPerDeal))
		for i := range wave {
			wave[i] = y.deal()
		}
		for _, step := range steps {
			for _, d := range wave {
				step(y, d)
			}
		}
	}
	for l.err == nil && l.size < n { // what is left is too little for a deal
		y.register()
	}
	if l.err == nil && l.size != n {
		l.err = fmt.Errorf("%d entries instead of %d", l.size, n)
	}
}
