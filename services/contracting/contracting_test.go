// Package contracting_test tests contracting as its callers use it: over gRPC, on each database.
package contracting_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"google.golang.org/genproto/googleapis/type/date"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/fieldmaskpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/jiebang/jiebang/services"
	"github.com/jiebang/jiebang/services/internal/markettest"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// deal is an awarded demand and its parties.
type deal struct {
	firm, zju *markettest.Member
	demand    *pb.Demand
}

// award brings a demand to its award.
func award(m *markettest.Market) deal {
	d := deal{firm: m.Firm(), zju: m.University()}
	d.demand = m.Publish(d.firm, time.Hour)
	b := m.Bid(d.zju, d.demand, 418_000)
	d.demand = m.Award(d.firm, m.Close(d.firm, d.demand), b)
	return d
}

// verify replays the ledgers against the database. SQLite serves one process, so it is verified on PostgreSQL alone.
func verify(t *testing.T, m *markettest.Market) {
	t.Helper()
	if !strings.HasPrefix(m.URL, "postgres") {
		return
	}
	m.Settle()
	reports, err := services.Verify(t.Context(), services.Config{Database: m.URL, DataDir: t.TempDir()}, func(string, int64) {})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range reports {
		for _, p := range r.Problems {
			t.Errorf("verify: got problem %+v, want none", p)
		}
	}
}

// reread reads a demand again.
func reread(t testing.TB, m *markettest.Market, d *pb.Demand) *pb.Demand {
	t.Helper()
	return markettest.Must(m.Demands.GetDemand(t.Context(), &pb.GetDemandRequest{Name: d.GetName()}))(t)
}

// TestDraft drafts the contract of an award with as little as may be said, and adds the rest.
func TestDraft(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		d, broker := award(m), m.Join(pb.Organization_BROKER)
		now := timestamppb.New(m.Clock.Now())
		k := markettest.Must(m.Contracts.CreateContract(d.zju.Ctx(), &pb.CreateContractRequest{RequestId: markettest.ID(), Contract: &pb.Contract{Demand: d.demand.GetName(), Title: "技术开发合同",
			Class: pb.ContractClass_DEVELOPMENT}}))(t)
		want := &pb.Contract{Name: k.GetName(), Title: "技术开发合同", Demand: d.demand.GetName(), Buyer: d.firm.Name, Seller: d.zju.Name, Channel: pb.Channel_JIEBANG,
			Class: pb.ContractClass_DEVELOPMENT, Field: d.demand.GetField(), Total: markettest.Yuan(418_000), State: pb.Contract_DRAFTING, Etag: "1", CreateTime: now, UpdateTime: now,
			Jurisdiction: markettest.Jurisdiction, SignDigest: k.GetSignDigest(), Receipt: k.GetReceipt(), TextVersion: 1}
		if !proto.Equal(k, want) || len(k.GetSignDigest()) != 32 {
			t.Errorf("got %v, want %v", k, want)
		}
		for _, e := range []struct {
			mask []string
			set  func(*pb.Contract)
		}{
			{[]string{"title"}, func(k *pb.Contract) { k.Title = "另一标题" }},
			{[]string{"total"}, func(k *pb.Contract) { k.Total = markettest.Fen(7) }},
			{[]string{"class", "field"}, func(k *pb.Contract) { k.Class, k.Field = pb.ContractClass_LICENSE, pb.TechnologyField_NUCLEAR }},
			{[]string{"text_digest"}, func(k *pb.Contract) { k.TextDigest = bytes.Repeat([]byte{7}, 32) }},
			{[]string{"broker"}, func(k *pb.Contract) { k.Broker = broker.Name }},
			{[]string{"text_digest", "broker"}, func(k *pb.Contract) { k.TextDigest, k.Broker = nil, "" }},
			{nil, func(k *pb.Contract) {
				k.Title, k.TextDigest, k.Broker = "第三个标题", bytes.Repeat([]byte{8}, 32), broker.Name
			}},
		} {
			e.set(want)
			req := &pb.UpdateContractRequest{RequestId: markettest.ID(), Contract: proto.CloneOf(want)}
			if e.mask != nil {
				req.UpdateMask = &fieldmaskpb.FieldMask{Paths: e.mask}
			}
			got, err := m.Contracts.UpdateContract(d.firm.Ctx(), req)
			if err != nil {
				t.Fatalf("%v: got %v, want success", e.mask, err)
			}
			if bytes.Equal(got.GetSignDigest(), want.GetSignDigest()) {
				t.Errorf("%v: got the same sign_digest %x, want another for other terms", e.mask, got.GetSignDigest())
			}
			want.Etag, want.Receipt, want.SignDigest = got.GetEtag(), got.GetReceipt(), got.GetSignDigest()
			if !proto.Equal(got, want) {
				t.Errorf("%v: got %v, want %v", e.mask, got, want)
			}
		}
		verify(t, m)
	})
}

// TestMaskLeavesOut changes one field in a request whose other fields are wrong: what the mask leaves out is not read.
func TestMaskLeavesOut(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		d := award(m)
		k := markettest.Must(m.Contracts.CreateContract(d.firm.Ctx(), &pb.CreateContractRequest{RequestId: markettest.ID(), Contract: &pb.Contract{Demand: d.demand.GetName(), Title: "技术开发合同",
			Class: pb.ContractClass_DEVELOPMENT}}))(t)
		for _, spoil := range []func(*pb.Contract){
			func(k *pb.Contract) { k.Class = 0 }, func(k *pb.Contract) { k.Total = markettest.Yuan(-1) }, func(k *pb.Contract) { k.TextDigest = []byte("short") },
			func(k *pb.Contract) { k.Broker = "nonsense" },
		} {
			said := &pb.Contract{Name: k.GetName(), Etag: k.GetEtag(), Title: "另一标题"}
			spoil(said)
			got, err := m.Contracts.UpdateContract(d.firm.Ctx(), &pb.UpdateContractRequest{RequestId: markettest.ID(), Contract: said, UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"title"}}})
			if err != nil {
				t.Errorf("%v: got %v, want success", said, err)
				continue
			}
			k = got
		}
	})
}

// TestSign signs a contract in either order and completes it: the demand goes with it, and the signing date is China's.
func TestSign(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		for n, reversed := range []bool{false, true} {
			d := award(m)
			first, second := d.firm, d.zju
			if reversed {
				first, second = second, first
			}
			k := m.Contract(d.firm, d.demand)
			m.Clock.Set(time.Date(2026, 4+time.Month(n), 0, 15, 59, 59, 0, time.UTC))
			one := m.Sign(first, k)
			if one.GetState() != pb.Contract_PENDING_SIGNATURE || (one.GetBuyerSignTime() != nil) == reversed || (one.GetSellerSignTime() != nil) != reversed || one.GetSignDate() != nil || one.GetNumber() != "" {
				t.Errorf("after one signature: got %v", one)
			}
			m.Clock.Advance(time.Second) // the next day, and month, in China
			k = m.Sign(second, one)
			wantDate, wantNumber := &date.Date{Year: 2026, Month: int32(4 + n), Day: 1}, []string{"HT-330182-2026-0001", "HT-330182-2026-0002"}[n]
			if k.GetState() != pb.Contract_ACTIVE || !proto.Equal(k.GetSignDate(), wantDate) || k.GetNumber() != wantNumber || k.GetTotal().GetUnits() != 418_000 {
				t.Errorf("after both signatures: got %v, want it active as %s of %v", k, wantNumber, wantDate)
			}
			if got := reread(t, m, d.demand); got.GetState() != pb.Demand_CONTRACTED {
				t.Errorf("got %v, want it contracted", got)
			}
			k = markettest.Must(m.Contracts.CompleteContract(first.Ctx(), &pb.CompleteContractRequest{RequestId: markettest.ID(), Name: k.GetName(), Etag: k.GetEtag(), AmountPaid: markettest.Yuan(0)}))(t)
			if k.GetState() != pb.Contract_ACTIVE {
				t.Errorf("completed by one side: got %s, want ACTIVE", k.GetState())
			}
			k = markettest.Must(m.Contracts.CompleteContract(second.Ctx(), &pb.CompleteContractRequest{RequestId: markettest.ID(), Name: k.GetName(), Etag: k.GetEtag(), AmountPaid: markettest.Yuan(0)}))(t)
			if got := reread(t, m, d.demand); k.GetState() != pb.Contract_COMPLETED || got.GetState() != pb.Demand_FULFILLED {
				t.Errorf("completed by both: got %s and %s, want COMPLETED and FULFILLED", k.GetState(), got.GetState())
			}
		}
		verify(t, m)
	})
}

// TestEnds refuses and terminates contracts.
func TestEnds(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		d := award(m)
		k := m.Sign(d.firm, m.Contract(d.firm, d.demand))
		k = markettest.Must(m.Contracts.RefuseContract(d.zju.Ctx(), &pb.RefuseContractRequest{RequestId: markettest.ID(), Name: k.GetName(), Etag: k.GetEtag(), Reason: " 条件变了 "}))(t)
		if got := reread(t, m, d.demand); k.GetState() != pb.Contract_CANCELLED || k.GetEndReason() != "条件变了" || got.GetFailure() != pb.Demand_NO_CONTRACT || got.GetState() != pb.Demand_FAILED {
			t.Errorf("refused: got %v and %v, want it cancelled and the demand failed for NO_CONTRACT", k, got)
		}
		d = award(m)
		k = m.Sign(d.zju, m.Sign(d.firm, m.Contract(d.firm, d.demand)))
		k = markettest.Must(m.Contracts.CompleteContract(d.zju.Ctx(), &pb.CompleteContractRequest{RequestId: markettest.ID(), Name: k.GetName(), Etag: k.GetEtag(), AmountPaid: markettest.Yuan(0)}))(t)
		k = markettest.Must(m.Contracts.TerminateContract(d.firm.Ctx(), &pb.TerminateContractRequest{RequestId: markettest.ID(), Name: k.GetName(), Etag: k.GetEtag(), Reason: "违约", AmountPaid: markettest.Yuan(0), EndCode: pb.Contract_BREACH}))(t)
		if got := reread(t, m, d.demand); k.GetState() != pb.Contract_TERMINATED || k.GetEndReason() != "违约" || got.GetFailure() != pb.Demand_TERMINATED || k.GetTotal().GetUnits() != 418_000 {
			t.Errorf("terminated: got %v and %v, want it terminated and the demand failed for TERMINATED", k, got)
		}
		verify(t, m)
	})
}

// recorded is a contract to record, with nothing wrong.
func recorded(buyer, seller *markettest.Member) *pb.Contract {
	return &pb.Contract{Title: "成果拍卖合同", Buyer: buyer.Name, Seller: seller.Name, Channel: pb.Channel_AUCTION, Class: pb.ContractClass_TRANSFER, Field: pb.TechnologyField_NUCLEAR,
		Total: markettest.Fen(12_345), TextDigest: bytes.Repeat([]byte{9}, 32), SignDate: &date.Date{Year: 2026, Month: 3, Day: 2}}
}

// TestRecord records contracts at the bureau; it completes or terminates them.
func TestRecord(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		firm, zju, broker := m.Firm(), m.University(), m.Join(pb.Organization_BROKER)
		record := func(c *pb.Contract) *pb.Contract {
			t.Helper()
			return markettest.Must(m.Contracts.RecordContract(m.Bureau.Ctx(), &pb.RecordContractRequest{RequestId: markettest.ID(), Contract: c}))(t)
		}
		c := recorded(firm, zju)
		c.Broker = broker.Name
		k := record(c)
		want := proto.CloneOf(c)
		want.Name, want.Number, want.State, want.Recorded, want.Etag, want.Receipt = k.GetName(), "HT-330182-2026-0001", pb.Contract_ACTIVE, true, "1", k.GetReceipt()
		want.CreateTime, want.UpdateTime, want.SignDigest, want.Jurisdiction = timestamppb.New(m.Clock.Now()), timestamppb.New(m.Clock.Now()), k.GetSignDigest(), markettest.Jurisdiction
		want.TextVersion, want.EvidenceGrade = 1, pb.Contract_C
		if !proto.Equal(k, want) {
			t.Errorf("got %v, want %v", k, want)
		}
		k = markettest.Must(m.Contracts.CompleteContract(m.Bureau.Ctx(), &pb.CompleteContractRequest{RequestId: markettest.ID(), Name: k.GetName(), Etag: k.GetEtag(), AmountPaid: markettest.Yuan(0)}))(t)
		if k.GetState() != pb.Contract_COMPLETED {
			t.Errorf("completed by the bureau: got %s, want COMPLETED", k.GetState())
		}
		c = recorded(firm, zju)
		c.SignDate = &date.Date{Year: 1985, Month: 1, Day: 1}
		k = record(c)
		k = markettest.Must(m.Contracts.TerminateContract(m.Bureau.Ctx(), &pb.TerminateContractRequest{RequestId: markettest.ID(), Name: k.GetName(), Etag: k.GetEtag(), Reason: "解除", AmountPaid: markettest.Yuan(0), EndCode: pb.Contract_BREACH}))(t)
		if k.GetState() != pb.Contract_TERMINATED || k.GetNumber() != "HT-330182-2026-0002" {
			t.Errorf("terminated by the bureau: got %v, want it terminated as HT-330182-2026-0002", k)
		}
		k = record(recorded(firm, zju))
		for _, o := range []*markettest.Member{firm, zju} {
			k = markettest.Must(m.Contracts.CompleteContract(o.Ctx(), &pb.CompleteContractRequest{RequestId: markettest.ID(), Name: k.GetName(), Etag: k.GetEtag(), AmountPaid: markettest.Yuan(0)}))(t)
		}
		if k.GetState() != pb.Contract_COMPLETED {
			t.Errorf("completed by both sides: got %s, want COMPLETED", k.GetState())
		}
		verify(t, m)
	})
}
