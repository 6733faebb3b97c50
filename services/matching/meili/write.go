package meili

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/meilisearch/meilisearch-go"

	"github.com/jiebang/jiebang/services/matching/engine"
	"github.com/jiebang/jiebang/services/matching/meili/wire"
)

// The most that one call hands over.
const maxBatch, maxBytes = 1000, 10 << 20

// Between two looks at a task, doubled up to the second.
const pollFirst, pollMost = 5 * time.Millisecond, 500 * time.Millisecond

// errExists is a task that found the index made already.
var errExists = errors.New("search: the index is there")

// ticket is the tasks of a write, and the documents that were not handed over.
type ticket struct {
	e     *Engine
	tasks []int64
	bad   error
}

// Wait looks at the tasks until the server has done with them. A task that failed is a write that failed.
func (t ticket) Wait(ctx context.Context) error {
	errs := []error{t.bad}
	for _, uid := range t.tasks {
		errs = append(errs, t.e.finish(ctx, uid))
	}
	return errors.Join(errs...)
}

// Put hands documents over.
func (e *Engine) Put(ctx context.Context, k engine.Kind, docs ...engine.Doc) (engine.Ticket, error) {
	if e.fill == nil {
		return nil, ErrReadOnly
	}
	kind := e.of(k)
	kind.writing.RLock()
	defer kind.writing.RUnlock()
	schema := kind.schema.Load()
	if schema == nil {
		return nil, fmt.Errorf("%w: %s was not ensured", engine.ErrNotReady, k)
	}
	if kind.next != nil {
		kind.next.alsoPut(ctx, docs)
	}
	t, _, err := e.put(ctx, e.uid(k), *schema, docs)
	return t, err
}

// put hands documents over to an index, in batches, and returns the ids of those that it took.
func (e *Engine) put(ctx context.Context, uid string, s engine.Schema, docs []engine.Doc) (ticket, []string, error) {
	t, ids := ticket{e: e}, []string(nil)
	var batch []json.RawMessage
	size := 0
	send := func() error {
		if len(batch) == 0 {
			return nil
		}
		task, err := e.hand(ctx, "putting documents", func(ctx context.Context) (*meilisearch.TaskInfo, error) {
			return e.fill.Index(uid).AddDocumentsWithContext(ctx, batch, nil)
		})
		if err == nil {
			t.tasks, batch, size = append(t.tasks, task), nil, 0
		}
		return err
	}
	for _, d := range docs {
		text, err := e.encode(d, s)
		if err != nil {
			t.bad = errors.Join(t.bad, err)
			continue
		}
		if len(batch) == maxBatch || size+len(text) > maxBytes {
			if err := send(); err != nil {
				return t, ids, err
			}
		}
		batch, size, ids = append(batch, text), size+len(text), append(ids, d.ID)
	}
	return t, ids, send()
}

// encode writes a document, with its vector if they are made here.
func (e *Engine) encode(d engine.Doc, s engine.Schema) (json.RawMessage, error) {
	fields, err := wire.Document(d, s)
	if err != nil {
		return nil, err
	}
	if m := e.o.Embedder; m != nil && m.Embed != nil {
		var all []string
		for _, f := range s.Text {
			all = append(all, d.Text[f.Name])
		}
		fields["_vectors"] = map[string][]float32{m.Name: m.Embed(strings.Join(all, "\n"))}
	}
	b, err := json.Marshal(fields)
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w", engine.ErrBadDocument, d.ID, err)
	}
	return b, nil
}

// Delete takes documents out.
func (e *Engine) Delete(ctx context.Context, k engine.Kind, ids ...string) (engine.Ticket, error) {
	if e.fill == nil {
		return nil, ErrReadOnly
	}
	kind := e.of(k)
	kind.writing.RLock()
	defer kind.writing.RUnlock()
	if kind.schema.Load() == nil {
		return nil, fmt.Errorf("%w: %s was not ensured", engine.ErrNotReady, k)
	}
	if kind.next != nil {
		kind.next.alsoDelete(ctx, ids)
	}
	return e.remove(ctx, e.uid(k), ids)
}

func (e *Engine) remove(ctx context.Context, uid string, ids []string) (ticket, error) {
	t := ticket{e: e}
	var there []string
	for _, id := range ids {
		if engine.ValidID(id) { // no other can be there
			there = append(there, id)
		}
	}
	for len(there) > 0 {
		n := min(len(there), maxBatch)
		task, err := e.hand(ctx, "deleting documents", func(ctx context.Context) (*meilisearch.TaskInfo, error) {
			return e.fill.Index(uid).DeleteDocumentsWithContext(ctx, there[:n], nil)
		})
		if err != nil {
			return t, err
		}
		t.tasks, there = append(t.tasks, task), there[n:]
	}
	return t, nil
}

// hand gives the server something to do, and returns the task.
func (e *Engine) hand(ctx context.Context, what string, call func(context.Context) (*meilisearch.TaskInfo, error)) (int64, error) {
	ctx, cancel := context.WithTimeout(ctx, e.o.Patience)
	defer cancel()
	task, err := call(ctx)
	if err != nil {
		return 0, wire.Typed(what, err)
	}
	return task.TaskUID, nil
}

// do gives the server something to do and waits until it is done.
func (e *Engine) do(ctx context.Context, what string, call func(context.Context) (*meilisearch.TaskInfo, error)) error {
	task, err := e.hand(ctx, what, call)
	if err != nil {
		return err
	}
	return e.finish(ctx, task)
}

// finish waits for a task. A task that the server no longer knows may have been done or not: whoever wrote writes again.
func (e *Engine) finish(ctx context.Context, uid int64) error {
	what := fmt.Sprintf("task %d", uid)
	for wait := pollFirst; ; wait = min(2*wait, pollMost) {
		var task *meilisearch.Task
		err := e.within(ctx, func(ctx context.Context) (err error) {
			task, err = e.fill.GetTaskWithContext(ctx, uid)
			return err
		})
		if err != nil {
			return wire.Typed(what, err)
		}
		switch task.Status {
		case meilisearch.TaskStatusSucceeded:
			return nil
		case meilisearch.TaskStatusFailed:
			if task.Error.Code == "index_already_exists" {
				return errExists
			}
			return wire.Meaning(what, task.Error.Code, task.Error.Message)
		case meilisearch.TaskStatusEnqueued, meilisearch.TaskStatusProcessing:
		default:
			return fmt.Errorf("%w: %s is %q", engine.ErrUnavailable, what, task.Status)
		}
		if err := e.o.Sleep(ctx, wait); err != nil {
			return fmt.Errorf("%w: %s: %w", engine.ErrUnavailable, what, err)
		}
	}
}

// within gives a call that reads its deadline.
func (e *Engine) within(ctx context.Context, call func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, e.o.Timeout)
	defer cancel()
	return call(ctx)
}

// count is how many documents an index has.
func (e *Engine) count(ctx context.Context, uid string) (int, error) {
	s, err := e.stats(ctx, uid)
	if err != nil {
		return 0, err
	}
	return int(s.NumberOfDocuments), nil
}

func (e *Engine) stats(ctx context.Context, uid string) (*meilisearch.StatsIndex, error) {
	ctx, cancel := context.WithTimeout(ctx, e.o.Timeout)
	defer cancel()
	s, err := e.fill.Index(uid).GetStatsWithContext(ctx, nil)
	return s, wire.Typed("counting "+uid, err)
}

// Stats are the figures of the server. Pending counts its tasks, each of up to a thousand documents.
func (e *Engine) Stats(ctx context.Context, k engine.Kind) (engine.Stats, error) {
	if e.fill == nil {
		return engine.Stats{}, ErrReadOnly
	}
	s, err := e.stats(ctx, e.uid(k))
	if err != nil {
		return engine.Stats{}, err
	}
	out := engine.Stats{Docs: int(s.NumberOfDocuments)}
	if n, ok := s.RawDocumentDbSize.(float64); ok {
		out.Bytes = int64(n)
	}
	err = e.within(ctx, func(ctx context.Context) error {
		tasks, err := e.fill.GetTasksWithContext(ctx, &meilisearch.TasksQuery{IndexUIDS: []string{e.uid(k)}, Limit: 1,
			Statuses: []meilisearch.TaskStatus{meilisearch.TaskStatusEnqueued, meilisearch.TaskStatusProcessing}})
		if err != nil {
			return wire.Typed("tasks", err)
		}
		out.Pending = int(tasks.Total)
		return nil
	})
	return out, err
}

// List pages through the documents.
func (e *Engine) List(ctx context.Context, k engine.Kind) (map[string]int64, error) {
	if e.fill == nil {
		return nil, ErrReadOnly
	}
	all := map[string]int64{}
	for offset := int64(0); ; offset += maxBatch {
		var page meilisearch.DocumentsResult
		err := e.within(ctx, func(ctx context.Context) error {
			return e.fill.Index(e.uid(k)).GetDocumentsWithContext(ctx, &meilisearch.DocumentsQuery{Offset: offset, Limit: maxBatch, Fields: []string{"id", wire.Version}}, &page)
		})
		if err != nil {
			return nil, wire.Typed("listing", err)
		}
		for _, h := range page.Results {
			var d struct {
				ID      string `json:"id"`
				Version int64  `json:"v"`
			}
			if err := h.DecodeInto(&d); err != nil {
				return nil, fmt.Errorf("%w: listing: %w", engine.ErrUnavailable, err)
			}
			all[d.ID] = d.Version
		}
		if len(page.Results) < maxBatch {
			return all, nil
		}
	}
}
