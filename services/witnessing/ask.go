package witnessing

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/jiebang/jiebang/ent/gen/ent"
	"github.com/jiebang/jiebang/services/internal/storage"
	"github.com/jiebang/jiebang/services/ledger"
	"github.com/jiebang/jiebang/services/ledger/entry"
	"github.com/jiebang/jiebang/services/ledger/witness"
)

const (
	askTime  = 5 * time.Second  // a witness has so long for an answer
	askAgain = 30 * time.Second // one that failed is asked again after
)

// asking remembers what is known of the witnesses while the server runs; it is found out again after a start.
type asking struct {
	mu   sync.Mutex
	size map[string]int64     // what a witness signed last, by witness and ledger
	rest map[string]time.Time // when a witness that failed is asked again
}

// AskDue asks each witness to sign the newest checkpoint of each ledger, all at once, and keeps what they sign.
func (w *Witnessing) AskDue(ctx context.Context) error {
	if len(w.members) == 0 {
		return nil
	}
	heads, err := ledger.Heads(ctx, w.db.Read)
	if err != nil {
		return err
	}
	var errs []error
	for _, h := range heads {
		last, err := w.ledger.Newest(ctx, h.ID, entry.Max, 1)
		if err != nil {
			return err
		}
		if len(last) > 0 {
			errs = append(errs, w.askAll(ctx, last[0]))
		}
	}
	return errors.Join(errs...)
}

func (w *Witnessing) askAll(ctx context.Context, c *ent.Checkpoint) error {
	have, err := witness.Cosignatures(c.Note+c.Cosignatures, w.keys())
	if err != nil {
		return err
	}
	signed := map[string]bool{}
	for _, s := range have {
		signed[s.Key.String()] = true
	}
	now := w.db.Clock().Now()
	var running sync.WaitGroup
	errs := make([]error, len(w.members))
	for i, m := range w.members {
		if m.URL == "" || signed[m.Key.String()] || w.asking.resting(m, c.Jurisdiction, now) {
			continue
		}
		running.Go(func() {
			line, err := w.ask(ctx, m, c)
			if err == nil {
				err = w.keep(ctx, c.ID, line)
			}
			if err != nil {
				w.asking.fail(m, c.Jurisdiction, now)
				errs[i] = fmt.Errorf("witness %s, ledger %s: %w", m.Name, c.Jurisdiction, err)
			}
		})
	}
	running.Wait()
	return errors.Join(errs...)
}

func (w *Witnessing) keys() []*witness.Verifier {
	keys := make([]*witness.Verifier, len(w.members))
	for i, m := range w.members {
		keys[i] = m.Key
	}
	return keys
}

func askKey(m witness.Member, jurisdiction string) string { return m.Key.String() + " " + jurisdiction }

func (a *asking) resting(m witness.Member, jurisdiction string, now time.Time) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return now.Before(a.rest[askKey(m, jurisdiction)])
}

func (a *asking) fail(m witness.Member, jurisdiction string, now time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.rest == nil {
		a.rest = map[string]time.Time{}
	}
	a.rest[askKey(m, jurisdiction)] = now.Add(askAgain)
}

// signedLast is what a witness is known to have signed last; set notes it.
func (a *asking) signedLast(m witness.Member, jurisdiction string, set ...int64) int64 {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.size == nil {
		a.size = map[string]int64{}
	}
	for _, n := range set {
		a.size[askKey(m, jurisdiction)] = n
	}
	return a.size[askKey(m, jurisdiction)]
}

// ErrWitnessAhead says that a witness has signed a larger ledger than this one: this database is older than what was published of it.
var ErrWitnessAhead = errors.New("the witness has signed a larger ledger than this database has: it was rolled back")

// ask gets the signature line of a witness. A witness that signed another size last says which, and is asked again from there.
func (w *Witnessing) ask(ctx context.Context, m witness.Member, c *ent.Checkpoint) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, askTime)
	defer cancel()
	old := w.asking.signedLast(m, c.Jurisdiction)
	for range 3 {
		if old > c.Size {
			return "", fmt.Errorf("%w (%d, here %d)", ErrWitnessAhead, old, c.Size)
		}
		r := witness.Request{Old: old, Checkpoint: c.Note}
		if old > 0 && old < c.Size {
			var err error
			if r.Proof, err = tlog.ProveTree(c.Size, old, w.ledger.Reader(ctx, c.Jurisdiction)); err != nil {
				return "", err
			}
		}
		status, answer, err := call(ctx, http.MethodPost, m.URL+"/add-checkpoint", r.Encode())
		if err != nil {
			return "", err
		}
		if status == http.StatusConflict {
			if old, err = strconv.ParseInt(strings.TrimSuffix(answer, "\n"), 10, 64); err != nil || old < 0 {
				return "", fmt.Errorf("409 with the size %q", answer)
			}
			w.asking.signedLast(m, c.Jurisdiction, old)
			continue
		}
		if status != http.StatusOK {
			return "", fmt.Errorf("answered %d: %.200q", status, answer)
		}
		found, err := witness.Cosignatures(c.Note+answer, []*witness.Verifier{m.Key})
		if err != nil || len(found) != 1 {
			return "", fmt.Errorf("answered without its signature: %.200q (%w)", answer, errors.Join(err))
		}
		w.asking.signedLast(m, c.Jurisdiction, c.Size)
		return found[0].Line, nil
	}
	return "", errors.New("says 409 again and again")
}

// call makes a call to a witness.
func call(ctx context.Context, method, url string, body []byte) (int, string, error) {
	req, err := http.NewRequestWithContext(ctx, method, url, bytes.NewReader(body))
	if err != nil {
		return 0, "", err
	}
	req.Header.Set("Content-Type", "text/plain; charset=utf-8")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, "", err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, witness.MaxRequest))
	return resp.StatusCode, string(answer), err
}

// keep adds a signature line to a kept checkpoint, unless it has one of the same witness, whoever has asked for that.
func (w *Witnessing) keep(ctx context.Context, id int64, line string) error {
	const known = len("AAAAA") // of the base64: the key's number, without the bits that it shares with the time
	who := line[:strings.LastIndex(line, " ")+1+known]
	return storage.Aside(ctx, w.db, func(tx *storage.Side) error {
		_, err := tx.ExecContext(storage.Several(ctx), storage.Rebind(w.db.Dialect(), `UPDATE checkpoints SET cosignatures = cosignatures || ? WHERE id = ? AND REPLACE(cosignatures, ?, '') = cosignatures`),
			line, id, who)
		return err
	})
}
