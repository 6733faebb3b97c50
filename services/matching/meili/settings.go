package meili

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/meilisearch/meilisearch-go"

	"github.com/jiebang/jiebang/services/matching/engine"
	"github.com/jiebang/jiebang/services/matching/meili/wire"
)

// settings are what an index of a schema is like.
func (e *Engine) settings(s engine.Schema) *meilisearch.Settings {
	if e.o.Embedder == nil {
		return wire.Settings(s, nil)
	}
	return wire.Settings(s, map[string]meilisearch.Embedder{e.o.Embedder.Name: e.o.Embedder.settings(s)})
}

// settings are those of the embedder: vectors that are given, or a service that is asked with as much of the texts as it may want.
func (m *Embedder) settings(s engine.Schema) meilisearch.Embedder {
	if m.Embed != nil {
		return meilisearch.Embedder{Source: meilisearch.UserProvidedEmbedderSource, Dimensions: m.Dimensions}
	}
	w := m.Settings
	if w.DocumentTemplate == "" {
		for _, f := range s.Text {
			w.DocumentTemplate += fmt.Sprintf("{%% if doc.%[1]s %%}{{ doc.%[1]s }}\n{%% endif %%}", wire.AsGiven+f.Name)
		}
		w.DocumentTemplateMaxBytes = 6000 // the server's 400 are 133 Chinese characters
	}
	return w
}

// Ensure makes the index of a kind if it is missing. One that was made otherwise is left as it is, unless it is empty.
func (e *Engine) Ensure(ctx context.Context, k engine.Kind, s engine.Schema) error {
	if e.fill == nil {
		return ErrReadOnly
	}
	if err := wellNamed(k, s); err != nil {
		return err
	}
	uid, want := e.uid(k), e.settings(s)
	err := e.within(ctx, func(ctx context.Context) error { return e.same(ctx, uid, want) })
	switch {
	case errors.Is(err, engine.ErrNotReady):
		_, err = e.create(ctx, uid, want)
	case errors.Is(err, engine.ErrRebuildNeeded):
		n, statErr := e.count(ctx, uid)
		if statErr != nil {
			return statErr
		}
		if n == 0 {
			_, err = e.create(ctx, uid, want)
		}
	}
	if err != nil {
		return err
	}
	e.of(k).schema.Store(&s)
	return nil
}

// same returns ErrRebuildNeeded if an index has other settings, ErrNotReady if it is not there.
func (e *Engine) same(ctx context.Context, uid string, want *meilisearch.Settings) error {
	have, err := e.fill.Index(uid).GetSettingsWithContext(ctx)
	if err != nil {
		return wire.Typed("settings of "+uid, err)
	}
	if !wire.Same(have, want) {
		return fmt.Errorf("%w: %s", engine.ErrRebuildNeeded, uid)
	}
	return nil
}

// create makes an index, if it is not there, and gives it its settings, with a mark that no other index has.
func (e *Engine) create(ctx context.Context, uid string, want *meilisearch.Settings) (mark string, err error) {
	task, err := e.hand(ctx, "making "+uid, func(ctx context.Context) (*meilisearch.TaskInfo, error) {
		return e.fill.CreateIndexWithContext(ctx, &meilisearch.IndexConfig{Uid: uid, PrimaryKey: "id"})
	})
	if err == nil {
		err = e.finish(ctx, task)
	}
	if err != nil && !errors.Is(err, errExists) {
		return "", err
	}
	mark = fmt.Sprintf("made%d", task)
	wire.Mark(want, mark)
	return mark, e.do(ctx, "settings of "+uid, func(ctx context.Context) (*meilisearch.TaskInfo, error) {
		return e.fill.Index(uid).UpdateSettingsWithContext(ctx, want)
	})
}

// wellNamed makes sure that no name of a kind, field or attribute can mean anything else to the server.
func wellNamed(k engine.Kind, s engine.Schema) error {
	names := slices.Concat([]string{string(k)}, s.Filter, s.Facet, s.Sort)
	for _, f := range s.Text {
		names = append(names, f.Name)
	}
	return wire.CheckNames(names...)
}
