package services

import (
	"context"
	"path/filepath"
	"time"

	"github.com/jiebang/jiebang/services/internal/secretfile"
	"github.com/jiebang/jiebang/services/keeping"
	"github.com/jiebang/jiebang/services/posting"
)

// openKeys opens the platform's own keys to sealed bids. Their secret is a file of its own: what the ledger's key signs, this one opens, and
// whoever is given one of them must not have the other.
func (s *Server) openKeys(ctx context.Context) error {
	secret, err := secretfile.Read(filepath.Join(s.config.DataDir, "sealing.key"), s.db.Rand())
	if err != nil {
		return err
	}
	s.keeping = keeping.New(s.db, secret)
	if err := s.keeping.CheckKey(ctx); err != nil {
		return err
	}
	return s.keeping.FixOlder(ctx, posting.Image)
}

// CoverDue appends the entries that cover for bids and are due, and returns when the next one is. Work does it too; a server without Cover has none.
func (s *Server) CoverDue(ctx context.Context) (next time.Time, err error) {
	return s.cover.Due(ctx)
}

// Cover appends one entry that covers for a bid, at an instant that the caller has drawn.
func (s *Server) Cover(ctx context.Context, jurisdiction string) error {
	return s.ledger.Cover(ctx, jurisdiction)
}
