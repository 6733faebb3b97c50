package rpc_test

import (
	"testing"

	"google.golang.org/protobuf/proto"

	"github.com/jiebang/jiebang/services/internal/backfilltest"
	"github.com/jiebang/jiebang/services/internal/markettest"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// backfillChanges prepares the changes of lists of the past, each of a source of its own.
func backfillChanges(t *testing.T, m *markettest.Market, all map[string]change, add func(*markettest.Member, proto.Message, int64)) {
	t.Helper()
	o := backfilltest.New(t, m)
	add(m.Bureau, backfilltest.Request("甲台账", backfilltest.CSV(o.Contract("1", "2025-06-01", "1"))), 1)
	kept, given := o.Stage("乙台账", o.Contract("2", "2025-06-01", "1")), o.Stage("丙台账", o.Contract("3", "2025-06-01", "1"))
	add(m.Bureau, &pb.DiscardBackfillRequest{Name: given.GetName(), Etag: given.GetEtag(), Reason: "台账有误"}, 1)
	all["RecordBackfill"] = change{o.First.Ctx(), &pb.RecordBackfillRequest{Name: kept.GetName(), Etag: kept.GetEtag(), Digest: kept.GetDigest()}, 2}
}
