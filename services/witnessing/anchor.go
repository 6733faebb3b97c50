package witnessing

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"github.com/jiebang/jiebang/services/ledger/entry"
)

// anchor is the file with the last checkpoint of each ledger.
type anchor struct {
	path string
	mu   sync.Mutex
}

// read reads the file: a note for each jurisdiction.
func (a *anchor) read() (map[string]string, error) {
	notes := map[string]string{}
	data, err := os.ReadFile(a.path)
	if errors.Is(err, fs.ErrNotExist) {
		return notes, nil
	}
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(data, &notes); err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrAnchor, a.path, err)
	}
	return notes, nil
}

// ErrAnchor says that the anchor file cannot be read.
var ErrAnchor = errors.New("锚文件已损坏;请先运行 jiebangd verify,并与见证人或已公布的检查点核对账本,确认无误后再移走这个文件重新启动")

// keep notes a checkpoint, unless a larger one of the same ledger stands there. The file is whole at any moment.
func (a *anchor) keep(jurisdiction, note string) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	notes, err := a.read()
	if err != nil {
		return err
	}
	have, err1 := entry.Unverified(notes[jurisdiction])
	next, err2 := entry.Unverified(note)
	if err2 != nil || err1 == nil && have.Size >= next.Size {
		return err2
	}
	notes[jurisdiction] = note
	return a.write(notes)
}

// replace notes a checkpoint whatever stands there: the ledger goes on from it.
func (a *anchor) replace(jurisdiction, note string) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	notes, err := a.read()
	if err != nil {
		return err
	}
	notes[jurisdiction] = note
	return a.write(notes)
}

func (a *anchor) write(notes map[string]string) error {
	data, err := json.MarshalIndent(notes, "", "  ")
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(a.path), "."+filepath.Base(a.path)+".*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.Write(append(data, '\n'))
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), a.path); err != nil {
		return err
	}
	dir, err := os.Open(filepath.Dir(a.path))
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}
