// Command figures measures what figures over a million contracts cost: total_ms is the median time of GetFigure through gRPC, of the figure, the period and the
// group for which it is the longest. Every figure that is recorded is asked for as a whole and by each of its dimensions, for all time, a year, a quarter, a
// month and a week; what the contracts come to is asked for too, and must be right.
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"

	"github.com/jiebang/jiebang/services"
	"github.com/jiebang/jiebang/services/counting/figure"
	"github.com/jiebang/jiebang/services/internal/bench/contracts"
	"github.com/jiebang/jiebang/services/internal/clock"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

const (
	ledger = "ledgers/330182"
	rows   = 1_000_000
	times  = 9 // that each question is asked
)

func main() {
	log.SetFlags(0)
	log.SetPrefix("figures: ")
	if err := run(context.Background()); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context) (err error) {
	dir, err := os.MkdirTemp("", "jiebang-figures-*")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	s, err := services.Open(ctx, services.Config{DataDir: dir, GRPCAddress: "localhost:0", HTTPAddress: "localhost:0", Limits: services.Unlimited})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	filled, err := fill(ctx, filepath.Join(dir, "jiebang.db"))
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancel(ctx)
	ready, done := make(chan services.Addresses, 1), make(chan error, 1)
	go func() { done <- s.Serve(ctx, func(a services.Addresses) { ready <- a }) }()
	defer func() {
		stop()
		err = errors.Join(err, <-done)
	}()
	conn, err := grpc.NewClient((<-ready).GRPC, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	return ask(metadata.AppendToOutgoingContext(ctx, "authorization", "Bearer "+s.FirstTokens["330182"]), pb.NewFigureServiceClient(conn), filled)
}

func fill(ctx context.Context, path string) (*contracts.Figures, error) {
	db, err := contracts.Fill(ctx, path, rows)
	if err != nil {
		return nil, err
	}
	filled, err := contracts.FillFigures(ctx, db)
	return filled, errors.Join(err, db.Close())
}

// ask asks every question and prints the time of the one that takes the longest.
func ask(ctx context.Context, api pb.FigureServiceClient, filled *contracts.Figures) error {
	worst, of, asked := time.Duration(0), "", 0
	for _, d := range figure.Definitions() {
		if d.Missing != "" {
			continue
		}
		for _, p := range figure.Periods(filled.Day) {
			for _, by := range append([]figure.Dimension{figure.Whole}, d.Dimensions...) {
				req := &pb.GetFigureRequest{Name: ledger + "/figures/" + d.Code, Period: string(p), Dimension: pb.FigureDimension(pb.FigureDimension_value[strings.ToUpper(string(by))])}
				if by != figure.Whole {
					req.Key = filled.Traits.Key(by)
				}
				took, err := median(ctx, api, req, d, filled.Values[figure.Cell{Ref: d.Ref(), Period: p, Dimension: by, Key: req.GetKey()}])
				if err != nil {
					return fmt.Errorf("%v: %w", req, err)
				}
				asked++
				if took > worst {
					worst, of = took, fmt.Sprintf("%s %q by %q", d.Code, p, by)
				}
			}
		}
	}
	log.Printf("%d questions; the longest: %s", asked, of)
	fmt.Printf("total_ms %.3g ms\n", float64(worst.Microseconds())/1000)
	return nil
}

// median asks one question again and again, and compares the answers with what they must be.
func median(ctx context.Context, api pb.FigureServiceClient, req *pb.GetFigureRequest, d figure.Definition, want int64) (time.Duration, error) {
	took, system := make([]time.Duration, times), clock.System{}
	for i := range took {
		began := system.Elapsed()
		f, err := api.GetFigure(ctx, req)
		took[i] = system.Elapsed() - began
		if err != nil {
			return 0, err
		}
		got := f.GetValue().GetNumber()
		if a := f.GetValue().GetAmount(); a != nil {
			got = a.GetUnits()*100 + int64(a.GetNanos()/10_000_000)
		}
		if !d.Ratio() && got != want {
			return 0, fmt.Errorf("got %d, want %d", got, want)
		}
	}
	slices.Sort(took)
	return took[times/2], nil
}
