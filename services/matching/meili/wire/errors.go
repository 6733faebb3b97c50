package wire

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/meilisearch/meilisearch-go"

	"github.com/jiebang/jiebang/services/matching/engine"
)

// meanings are the codes of the server that mean more than that it did not do it.
var meanings = map[string]error{
	"index_not_found":          engine.ErrNotReady,
	"invalid_search_filter":    engine.ErrBadFilter,
	"invalid_search_facets":    engine.ErrBadFilter,
	"invalid_search_sort":      engine.ErrBadFilter,
	"invalid_similar_filter":   engine.ErrBadFilter,
	"not_found_similar_id":     engine.ErrNotFound,
	"invalid_document_id":      engine.ErrBadDocument,
	"missing_document_id":      engine.ErrBadDocument,
	"invalid_document_fields":  engine.ErrBadDocument,
	"invalid_vector_dimension": engine.ErrBadDocument,
}

// Typed turns an error of the client library into one of the port. What it says holds neither the request nor the answer, which may be long, nor the key.
func Typed(what string, err error) error {
	if err == nil {
		return nil
	}
	e, ok := errors.AsType[*meilisearch.Error](err)
	switch {
	case !ok:
		return fmt.Errorf("%w: %s: %w", engine.ErrUnavailable, what, err)
	case e.StatusCode == http.StatusUnauthorized || e.StatusCode == http.StatusForbidden:
		return fmt.Errorf("%w: %s: the key is refused (%s); jiebangd search keys makes those that are needed", engine.ErrUnavailable, what, e.MeilisearchApiError.Code)
	case e.ErrCode == meilisearch.ErrCodeResponseUnmarshalBody:
		return fmt.Errorf("%w: %s: the answer is not Meilisearch's", engine.ErrUnavailable, what)
	case e.StatusCode == 0 && e.OriginError != nil:
		return fmt.Errorf("%w: %s: %w", engine.ErrUnavailable, what, e.OriginError)
	}
	return Meaning(what, e.MeilisearchApiError.Code, fmt.Sprintf("%d %s", e.StatusCode, e.MeilisearchApiError.Message))
}

// Meaning is the error of the port for a code of the server.
func Meaning(what, code, message string) error {
	kind := meanings[code]
	if kind == nil {
		kind = engine.ErrUnavailable
	}
	return fmt.Errorf("%w: %s: %s %s", kind, what, code, message)
}
