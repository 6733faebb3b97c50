package services

import (
	"context"
	"crypto/hkdf"
	"crypto/sha256"
	"sync"

	"github.com/jiebang/jiebang/services/internal/jobs"
	"github.com/jiebang/jiebang/services/noticing"
	"github.com/jiebang/jiebang/services/noticing/send"
)

// openNoticing makes the inbox and its webhooks, whose secrets are made with a key of their own.
func (s *Server) openNoticing(seed []byte) (*noticing.Noticing, error) {
	key, err := hkdf.Key(sha256.New, seed, nil, "jiebang webhooks 1", 32)
	return noticing.New(s.db, noticing.Options{Key: key, Loopback: s.config.HookLoopback, Sender: send.New(send.Options{Loopback: s.config.HookLoopback})}), err
}

// notify follows the ledger with the inbox, and sends, until ctx ends.
func (s *Server) notify(ctx context.Context) {
	var running sync.WaitGroup
	running.Go(func() { s.ledger.Follow(ctx, s.config.Log, s.noticing.Consumer()) })
	for _, job := range []jobs.Job{{Name: "webhooks", Run: s.noticing.DeliverDue}, {Name: "old notices", Run: s.noticing.SweepDue}, {Name: "digests", Run: s.watching.DigestDue}} {
		running.Go(func() { jobs.Run(ctx, s.db.Clock(), s.config.Log, job) })
	}
	running.Wait()
}

// Notify brings the inbox up to date, makes the digests that are due, sends what is due and deletes what is old, at once.
func (s *Server) Notify(ctx context.Context) error {
	if err := s.ledger.CatchUp(ctx, s.noticing.Consumer()); err != nil {
		return err
	}
	if _, err := s.watching.DigestDue(ctx); err != nil {
		return err
	}
	if _, err := s.noticing.DeliverDue(ctx); err != nil {
		return err
	}
	_, err := s.noticing.SweepDue(ctx)
	return err
}
