package publishing_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/jiebang/jiebang/services/internal/markettest"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

const ledger = "ledgers/" + markettest.Jurisdiction

// api is the service of a market over its port.
func api(t testing.TB, m *markettest.Market) pb.PublishingServiceClient {
	t.Helper()
	conn, err := grpc.NewClient(m.GRPC, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return pb.NewPublishingServiceClient(conn)
}

// collect takes an export, and makes sure that it is as long and as it says.
func collect(stream grpc.ServerStreamingClient[pb.ExportTableResponse], err error) (*pb.Export, string, error) {
	if err != nil {
		return nil, "", err
	}
	first, err := stream.Recv()
	if err != nil {
		return nil, "", err
	}
	var b strings.Builder
	for {
		part, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, "", err
		}
		b.Write(part.GetChunk())
	}
	e := first.GetExport()
	if sum := sha256.Sum256([]byte(b.String())); int64(b.Len()) != e.GetSize() || string(sum[:]) != string(e.GetSha256()) {
		return e, "", errors.New("the bytes are not those that were announced")
	}
	return e, b.String(), nil
}

// public exports what anyone may read.
func public(ctx context.Context, t testing.TB, m *markettest.Market, table pb.Export_Table, f pb.Export_Format) (*pb.Export, string) {
	t.Helper()
	e, text, err := collect(api(t, m).ExportTable(ctx, &pb.ExportTableRequest{Parent: ledger, Table: table, Format: f}))
	if err != nil {
		t.Fatal(err)
	}
	return e, text
}

// own exports what a member may read.
func own(t testing.TB, m *markettest.Market, who *markettest.Member, table pb.Export_Table, f pb.Export_Format) (*pb.Export, string) {
	t.Helper()
	e, text, err := collect(api(t, m).ExportOwnTable(who.Ctx(), &pb.ExportOwnTableRequest{Parent: ledger, Table: table, Format: f, RequestId: markettest.ID()}))
	if err != nil {
		t.Fatal(err)
	}
	return e, text
}

// deal lets a firm and a university sign a contract of 418,000.01 yuan less a fen; a second bid loses, a second demand is open with a bid, a third is a draft.
type deal struct {
	firm, won, lost *markettest.Member
	demand, open    *pb.Demand
	contract        *pb.Contract
}

func dealt(m *markettest.Market) deal {
	d := deal{firm: m.Firm(), won: m.University(), lost: m.University()}
	posted := m.Publish(d.firm, time.Hour)
	first := m.Bid(d.won, posted, 418_000)
	m.Bid(d.lost, posted, 455_555)
	d.demand = m.Award(d.firm, m.Close(d.firm, posted), first)
	d.contract = m.Sign(d.won, m.Sign(d.firm, m.Contract(d.firm, d.demand)))
	d.open = m.Publish(d.firm, time.Hour)
	m.Bid(d.won, d.open, 433_333)
	m.Draft(d.firm, time.Hour)
	m.Settle()
	return d
}

// failed is the error of a taken export.
func failed(_ *pb.Export, _ string, err error) error { return err }
