package contracting_test

import (
	"bytes"
	"crypto/ed25519"
	"fmt"
	"testing"
	"time"

	"google.golang.org/genproto/googleapis/type/date"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"

	"github.com/jiebang/jiebang/services/internal/chance"
	"github.com/jiebang/jiebang/services/internal/markettest"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

var due = &date.Date{Year: 2026, Month: 12, Day: 31}

func plan(shares ...int32) (stages []*pb.Contract_Stage) {
	for i, s := range shares {
		stages = append(stages, &pb.Contract_Stage{Title: fmt.Sprintf("阶段 %d", i+1), Share: s, DueDate: due, Indicators: []string{"白度不低于 95"}})
	}
	return stages
}

// TestVersions sends a text back after one side has signed: no signature under it counts any more, and the old digest signs nothing.
func TestVersions(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		d := award(m)
		first := m.Sign(d.firm, m.Contract(d.firm, d.demand))
		k := markettest.Must(m.Contracts.RequireContractChanges(d.zju.Ctx(), &pb.RequireContractChangesRequest{RequestId: markettest.ID(), Name: first.GetName(), Etag: first.GetEtag(),
			Reason: " 改价款 "}))(t)
		if k.GetState() != pb.Contract_DRAFTING || k.GetTextVersion() != 2 || k.GetBuyerSignTime() != nil || k.GetChangeRequest() != "改价款" {
			t.Errorf("got %v, want the second text, drafted and unsigned", k)
		}
		k = markettest.Must(m.Contracts.ProposeContract(d.firm.Ctx(), &pb.ProposeContractRequest{RequestId: markettest.ID(), Name: k.GetName(), Etag: k.GetEtag()}))(t)
		if bytes.Equal(k.GetSignDigest(), first.GetSignDigest()) {
			t.Error("an unchanged second text has the digest of the first")
		}
		stale := &pb.SignContractRequest{RequestId: markettest.ID(), Name: k.GetName(), Etag: k.GetEtag(), SignDigest: first.GetSignDigest()}
		m.Refuse(t, func() error { return markettest.Failed(m.Contracts.SignContract(d.firm.Ctx(), stale)) }, codes.Aborted, "DIGEST_MISMATCH", "sign_digest")
		blank := &pb.RequireContractChangesRequest{RequestId: markettest.ID(), Name: k.GetName(), Etag: k.GetEtag(), Reason: " "}
		m.Refuse(t, func() error { return markettest.Failed(m.Contracts.RequireContractChanges(d.firm.Ctx(), blank)) }, codes.InvalidArgument, "REASON_MISSING", "reason")
		if k = m.Sign(d.zju, k); k.GetState() != pb.Contract_PENDING_SIGNATURE {
			t.Errorf("in force by one signature and a superseded one: %v", k)
		}
		if k = m.Sign(d.firm, k); k.GetState() != pb.Contract_ACTIVE || k.GetTextVersion() != 2 {
			t.Errorf("got %v, want the second text in force", k)
		}
		verify(t, m)
	})
}

// TestSignatures signs with keys of the signers' own: only what fits the digest is taken, and kept.
func TestSignatures(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		d := award(m)
		k := m.Contract(d.firm, d.demand)
		public, private, err := ed25519.GenerateKey(chance.System())
		if err != nil {
			t.Fatal(err)
		}
		good := &pb.Signature{Algorithm: pb.Signature_ED25519, PublicKey: public, Value: ed25519.Sign(private, k.GetSignDigest())}
		sign := func(o *markettest.Member, s *pb.Signature) (*pb.Contract, error) {
			return m.Contracts.SignContract(o.Ctx(), &pb.SignContractRequest{RequestId: markettest.ID(), Name: k.GetName(), Etag: k.GetEtag(), SignDigest: k.GetSignDigest(), Signature: s})
		}
		bad := []*pb.Signature{proto.CloneOf(good), proto.CloneOf(good), proto.CloneOf(good)}
		bad[0].Value[0]++
		bad[1].PublicKey[0]++
		bad[2].PublicKey = nil
		for i, s := range bad {
			t.Run(fmt.Sprint(i), func(t *testing.T) {
				m.Refuse(t, func() error { return markettest.Failed(sign(d.firm, s)) }, codes.InvalidArgument, "SIGNATURE_INVALID", "signature")
			})
		}
		none := proto.CloneOf(good)
		none.Algorithm = 2
		m.Refuse(t, func() error { return markettest.Failed(sign(d.firm, none)) }, codes.InvalidArgument, "FIELD_INVALID", "signature.algorithm")
		if k = markettest.Must(sign(d.firm, good))(t); !proto.Equal(k.GetBuyerSignature(), good) || k.GetSellerSignature() != nil {
			t.Errorf("got %v, want the buyer's signature", k)
		}
		if k = markettest.Must(sign(d.zju, nil))(t); k.GetState() != pb.Contract_ACTIVE || !proto.Equal(k.GetBuyerSignature(), good) {
			t.Errorf("got %v, want it in force with the buyer's signature", k)
		}
		verify(t, m)
	})
}

// TestPlans drafts contracts with plans that cannot be, and one that can; the signatures bind it.
func TestPlans(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		d := award(m)
		draft := func(stages []*pb.Contract_Stage) (*pb.Contract, error) {
			return m.Contracts.CreateContract(d.firm.Ctx(), &pb.CreateContractRequest{RequestId: markettest.ID(), Contract: &pb.Contract{Demand: d.demand.GetName(), Title: "技术开发合同",
				Class: pb.ContractClass_DEVELOPMENT, TextDigest: make([]byte, 32), Plan: stages}})
		}
		blank, early, none, impossible := plan(5000, 5000), plan(5000, 5000), plan(10000), plan(10000)
		blank[1].Title = " "
		early[1].DueDate = &date.Date{Year: 2026, Month: 12, Day: 30}
		none[0].DueDate = nil
		impossible[0].DueDate = &date.Date{Year: 2026, Month: 2, Day: 30}
		for _, r := range []struct {
			name          string
			plan          []*pb.Contract_Stage
			reason, field string
		}{
			{"99.99 %", plan(3333, 3333, 3333), "PLAN_SHARES", "contract.plan"}, {"100.01 %", plan(3334, 3334, 3333), "PLAN_SHARES", "contract.plan"},
			{"a share of nothing", plan(0, 10000), "FIELD_INVALID", "contract.plan[0].share"}, {"blank", blank, "PLAN_TEXT", "contract.plan"},
			{"earlier than the one before", early, "PLAN_DATE", "contract.plan"}, {"no date", none, "PLAN_DATE", "contract.plan"},
			{"no such date", impossible, "FIELD_INVALID", "contract.plan[0].due_date"},
		} {
			t.Run(r.name, func(t *testing.T) {
				m.Refuse(t, func() error { return markettest.Failed(draft(r.plan)) }, codes.InvalidArgument, r.reason, r.field)
			})
		}
		k := markettest.Must(draft(plan(3333, 3333, 3334)))(t)
		before := k.GetSignDigest()
		k.Plan[2].Indicators[0] = "白度不低于 96"
		k = markettest.Must(m.Contracts.UpdateContract(d.zju.Ctx(), &pb.UpdateContractRequest{RequestId: markettest.ID(), Contract: k}))(t)
		if bytes.Equal(before, k.GetSignDigest()) || k.GetPlan()[2].GetIndicators()[0] != "白度不低于 96" {
			t.Error("the signatures do not bind the plan")
		}
		verify(t, m)
	})
}

// TestAmountPaid ends contracts: what was paid is said, by both alike, and can be.
func TestAmountPaid(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		d := award(m)
		k := bring(t, m, d, pb.Contract_ACTIVE)
		m.Clock.Advance(time.Hour)
		complete := func(o *markettest.Member, r *pb.CompleteContractRequest) error {
			r.RequestId, r.Name, r.Etag = markettest.ID(), k.GetName(), k.GetEtag()
			made, err := m.Contracts.CompleteContract(o.Ctx(), r)
			if err == nil {
				k = made
			}
			return err
		}
		terminate := func(r *pb.TerminateContractRequest) error {
			r.RequestId, r.Name, r.Etag = markettest.ID(), k.GetName(), k.GetEtag()
			return markettest.Failed(m.Contracts.TerminateContract(d.firm.Ctx(), r))
		}
		over := markettest.Fen(41_800_001)
		refuse(t, m, []refusal{
			{"unsaid", func() error { return complete(d.firm, &pb.CompleteContractRequest{}) }, codes.InvalidArgument, "AMOUNT_PAID_MISSING", "amount_paid"},
			{"one fen too many", func() error { return complete(d.firm, &pb.CompleteContractRequest{AmountPaid: over}) }, codes.FailedPrecondition, "AMOUNT_PAID_RANGE", ""},
			{"terminated unsaid", func() error { return terminate(&pb.TerminateContractRequest{EndCode: 1, Reason: "x"}) }, codes.InvalidArgument, "AMOUNT_PAID_MISSING", "amount_paid"},
			{"terminated for no code", func() error {
				return terminate(&pb.TerminateContractRequest{AmountPaid: markettest.Yuan(0), Reason: "x"})
			}, codes.InvalidArgument, "FIELD_INVALID", "end_code"},
			{"terminated with too much", func() error {
				return terminate(&pb.TerminateContractRequest{AmountPaid: over, EndCode: 1, Reason: "x"})
			}, codes.FailedPrecondition, "AMOUNT_PAID_RANGE", ""},
		})
		if err := complete(d.firm, &pb.CompleteContractRequest{AmountPaid: markettest.Yuan(418_000)}); err != nil {
			t.Fatal(err)
		}
		m.Refuse(t, func() error {
			return complete(d.zju, &pb.CompleteContractRequest{AmountPaid: markettest.Yuan(417_999)})
		}, codes.FailedPrecondition, "AMOUNT_PAID_DIFFERS", "")
		if err := complete(d.zju, &pb.CompleteContractRequest{AmountPaid: markettest.Yuan(418_000)}); err != nil || k.GetState() != pb.Contract_COMPLETED ||
			!proto.Equal(k.GetAmountPaid(), markettest.Yuan(418_000)) {
			t.Errorf("got %v %v, want it completed with what was paid", k, err)
		}
		verify(t, m)
	})
}
