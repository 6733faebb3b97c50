package services

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/health"
	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/reflection"

	"github.com/jiebang/jiebang/services/bidding"
	"github.com/jiebang/jiebang/services/counting"
	"github.com/jiebang/jiebang/services/internal/jobs"
	"github.com/jiebang/jiebang/services/internal/rpc"
	"github.com/jiebang/jiebang/services/internal/tracing"
	"github.com/jiebang/jiebang/services/reporting"
)

// Addresses are where a server listens.
type Addresses struct{ GRPC, HTTP string }

// stopAfter is how long a stopping server lets calls finish.
const stopAfter = 20 * time.Second

// Serve listens, does what falls due, and follows the ledger until ctx ends; then it stops taking calls, lets those that run finish, and
// returns. ready is called once with the addresses when both ports answer.
func (s *Server) Serve(ctx context.Context, ready func(Addresses)) error {
	grpcListener, err := net.Listen("tcp", s.config.GRPCAddress)
	if err != nil {
		return fmt.Errorf("gRPC port: %w", err)
	}
	httpListener, err := net.Listen("tcp", s.config.HTTPAddress)
	if err != nil {
		return errors.Join(fmt.Errorf("HTTP port: %w", err), grpcListener.Close())
	}
	if s.config.TLSCert != "" {
		config, err := s.tls()
		if err != nil {
			return errors.Join(err, grpcListener.Close(), httpListener.Close())
		}
		httpListener = tls.NewListener(httpListener, config)
	}
	shutdown := tracing.Start(ctx, s.config.Log)
	defer shutdown()
	healthy := health.NewServer()
	grpc_health_v1.RegisterHealthServer(s.grpc, healthy)
	if s.config.Reflection {
		reflection.Register(s.grpc)
	}
	handler, err := s.handler()
	if err != nil {
		return err
	}
	web := &http.Server{Handler: handler, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 30 * time.Second, WriteTimeout: 60 * time.Second,
		IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 16 << 10}

	background, stopBackground := context.WithCancel(context.WithoutCancel(ctx))
	var running sync.WaitGroup
	running.Go(func() { s.Work(background) })
	failed := make(chan error, 2)
	running.Go(func() { failed <- s.grpc.Serve(grpcListener) })
	running.Go(func() { failed <- web.Serve(httpListener) })
	if ready != nil {
		ready(Addresses{grpcListener.Addr().String(), httpListener.Addr().String()})
	}
	select {
	case err = <-failed:
	case <-ctx.Done():
		s.config.Log.Info("stopping")
	}
	healthy.Shutdown()
	s.stop(web)
	stopBackground()
	running.Wait()
	return err
}

// Work does what falls due and follows the ledger until ctx ends. Serve does it too; it is for a server that is used in process only.
func (s *Server) Work(ctx context.Context) {
	var running sync.WaitGroup
	running.Go(func() { s.index.Run(ctx) })
	running.Go(func() { s.matching.Run(ctx) })
	running.Go(func() { s.ledger.Watch(ctx, s.config.Log, "checkpoints", s.ledger.SignDue) })
	running.Go(func() { jobs.Run(ctx, s.db.Clock(), s.config.Log, jobs.Job{Name: "clock", Run: s.doubtDue}) })
	running.Go(func() { s.ledger.Watch(ctx, s.config.Log, "witnesses", s.witnessing.AskDue) })
	running.Go(func() { s.ledger.Follow(ctx, s.config.Log, reporting.Totals(), counting.Figures()) })
	running.Go(func() { s.notify(ctx) })
	due := []jobs.Job{
		{Name: "deadlines", Run: s.bidding.CloseDue},
		{Name: "openings", Run: s.opening.OpenDue},
		{Name: "heartbeats", Run: s.wiltDue},
		{Name: "publicity", Run: s.judging.SettleDue},
		{Name: "objections", Run: s.objecting.EscalateDue},
		{Name: "registrations", Run: s.registering.RemindDue},
		{Name: "backfills", Run: s.backfilling.RecordDue},
		{Name: "accounts", Run: s.accounts.SweepDue},
		{Name: "invitations", Run: s.members.ExpireDue},
	}
	if s.cover != nil {
		due = append(due, jobs.Job{Name: "cover", Run: s.CoverDue})
	}
	for _, j := range due {
		running.Go(func() { jobs.Run(ctx, s.db.Clock(), s.config.Log, j) })
	}
	for name, run := range s.files.Jobs() {
		running.Go(func() { jobs.Run(ctx, s.db.Clock(), s.config.Log, jobs.Job{Name: name, Run: run}) })
	}
	running.Wait()
}

// doubtDue looks whether the clock was set.
func (s *Server) doubtDue(ctx context.Context) (time.Time, error) {
	return time.Time{}, s.ledger.DoubtDue(ctx, s.config.Log)
}

// wiltDue acts for the owners of demands who do not say that they are alive.
func (s *Server) wiltDue(ctx context.Context) (time.Time, error) {
	return s.posting.WiltDue(ctx, bidding.Lapse)
}

// AwaitSearch returns when searches see all that is committed now; Work must run.
func (s *Server) AwaitSearch(ctx context.Context) error { return s.index.Await(ctx) }

// FlushEngagements writes what matches were shown and opened until now.
func (s *Server) FlushEngagements(ctx context.Context) error { return s.matching.Flush(ctx) }

// Hashed is how many passwords this server has hashed, each of them at a price.
func (s *Server) Hashed() int64 { return s.accounts.Hashed() }

// stop lets calls finish, and after a while ends them.
func (s *Server) stop(web *http.Server) {
	ctx, cancel := context.WithTimeout(context.Background(), stopAfter)
	defer cancel()
	if err := web.Shutdown(ctx); err != nil {
		_ = web.Close()
	}
	done := make(chan struct{})
	go func() {
		s.grpc.GracefulStop()
		close(done)
	}()
	select {
	case <-done:
	case <-ctx.Done():
		s.grpc.Stop()
		<-done
	}
}

func (s *Server) tls() (*tls.Config, error) {
	cert, err := tls.LoadX509KeyPair(s.config.TLSCert, s.config.TLSKey)
	if err != nil {
		return nil, fmt.Errorf("TLS: %w", err)
	}
	return &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12, NextProtos: []string{"http/1.1"}}, nil
}

func (s *Server) grpcOptions() ([]grpc.ServerOption, error) {
	options := rpc.ServerOptions(s.gate)
	if s.config.TLSCert == "" {
		return options, nil
	}
	config, err := s.tls()
	if err != nil {
		return nil, err
	}
	config.NextProtos = []string{"h2"}
	return append(options, grpc.Creds(credentials.NewTLS(config))), nil
}

// Ready reports whether the database answers.
func (s *Server) Ready(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	var one int
	return s.db.ReadSQL().QueryRowContext(ctx, "SELECT 1").Scan(&one)
}

// URL is how a person would open an address.
func (s *Server) URL(address string) string {
	scheme := "http://"
	if s.config.TLSCert != "" {
		scheme = "https://"
	}
	return scheme + strings.Replace(address, "[::]", "localhost", 1)
}
