// Command workbook measures an export of 100,000 contracts as a workbook, from the call of the bureau to the last byte: xlsx_100k_s and xlsx_100k_mb, the most
// memory that the Go runtime had from the operating system, with the receiver in the same process.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"path/filepath"
	"runtime"

	"google.golang.org/grpc/metadata"

	"github.com/jiebang/jiebang/services"
	"github.com/jiebang/jiebang/services/internal/bench/contracts"
	"github.com/jiebang/jiebang/services/internal/chance"
	"github.com/jiebang/jiebang/services/internal/clock"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

const (
	jurisdiction = "330182"
	rows         = 100_000
)

func main() {
	log.SetFlags(0)
	if err := run(context.Background()); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context) (err error) {
	dir, err := os.MkdirTemp("", "jiebang-workbook-*")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	s, err := services.Open(ctx, services.Config{DataDir: dir, Limits: services.Unlimited})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	db, err := contracts.Fill(ctx, filepath.Join(dir, "jiebang.db"), rows)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	ctx = metadata.AppendToOutgoingContext(ctx, "authorization", "Bearer "+s.FirstTokens[jurisdiction])
	began := clock.System{}.Now()
	stream, err := pb.NewPublishingServiceClient(s.Conn()).ExportOwnTable(ctx, &pb.ExportOwnTableRequest{Parent: "ledgers/" + jurisdiction, Table: pb.Export_CONTRACTS,
		Format: pb.Export_XLSX, RequestId: chance.UUID(chance.System())})
	if err != nil {
		return err
	}
	first, err := stream.Recv()
	if err != nil {
		return err
	}
	if n := first.GetExport().GetRows(); n != rows {
		return fmt.Errorf("%d rows, want %d", n, rows)
	}
	for err == nil {
		_, err = stream.Recv()
	}
	if !errors.Is(err, io.EOF) {
		return err
	}
	took := clock.System{}.Now().Sub(began)
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	fmt.Printf("xlsx_100k_s %.2f s\nxlsx_100k_mb %d MB\n", took.Seconds(), m.Sys>>20)
	return nil
}
