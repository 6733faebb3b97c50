package contracting_test

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"github.com/jiebang/jiebang/services/internal/markettest"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// change is a change of a contract that is there.
type change struct {
	name  string
	call  func(o *markettest.Member, etag string) error
	field string // where the request has the etag
}

// changes are the changes of a contract.
func changes(m *markettest.Market, k *pb.Contract) []change {
	name := k.GetName()
	return []change{
		{"update", func(o *markettest.Member, etag string) error {
			k := proto.CloneOf(k)
			k.Etag = etag
			return markettest.Failed(m.Contracts.UpdateContract(o.Ctx(), &pb.UpdateContractRequest{RequestId: markettest.ID(), Contract: k}))
		}, "contract.etag"},
		{"propose", func(o *markettest.Member, etag string) error {
			return markettest.Failed(m.Contracts.ProposeContract(o.Ctx(), &pb.ProposeContractRequest{RequestId: markettest.ID(), Name: name, Etag: etag}))
		}, "etag"},
		{"sign", func(o *markettest.Member, etag string) error {
			return markettest.Failed(m.Contracts.SignContract(o.Ctx(), &pb.SignContractRequest{RequestId: markettest.ID(), Name: name, Etag: etag, SignDigest: k.GetSignDigest()}))
		}, "etag"},
		{"refuse", func(o *markettest.Member, etag string) error {
			return markettest.Failed(m.Contracts.RefuseContract(o.Ctx(), &pb.RefuseContractRequest{RequestId: markettest.ID(), Name: name, Etag: etag, Reason: "不签"}))
		}, "etag"},
		{"complete", func(o *markettest.Member, etag string) error {
			return markettest.Failed(m.Contracts.CompleteContract(o.Ctx(), &pb.CompleteContractRequest{RequestId: markettest.ID(), Name: name, Etag: etag, AmountPaid: markettest.Yuan(0)}))
		}, "etag"},
		{"terminate", func(o *markettest.Member, etag string) error {
			return markettest.Failed(m.Contracts.TerminateContract(o.Ctx(), &pb.TerminateContractRequest{RequestId: markettest.ID(), Name: name, Etag: etag, Reason: "违约", AmountPaid: markettest.Yuan(0), EndCode: pb.Contract_BREACH}))
		}, "etag"},
		{"revise", func(o *markettest.Member, etag string) error {
			return markettest.Failed(m.Contracts.RequireContractChanges(o.Ctx(), &pb.RequireContractChangesRequest{RequestId: markettest.ID(), Name: name, Etag: etag, Reason: "价款"}))
		}, "etag"},
	}
}

// allowed are the changes that each state allows.
var allowed = map[pb.Contract_State][]string{
	pb.Contract_DRAFTING: {"update", "propose"}, pb.Contract_PENDING_SIGNATURE: {"sign", "refuse", "revise"}, pb.Contract_ACTIVE: {"complete", "terminate"},
	pb.Contract_COMPLETED: nil, pb.Contract_CANCELLED: nil, pb.Contract_TERMINATED: nil,
}

// bring brings the contract of a deal into a state.
func bring(t *testing.T, m *markettest.Market, d deal, state pb.Contract_State) *pb.Contract {
	t.Helper()
	k := markettest.Must(m.Contracts.CreateContract(d.firm.Ctx(), &pb.CreateContractRequest{RequestId: markettest.ID(), Contract: &pb.Contract{Demand: d.demand.GetName(), Title: "技术开发合同",
		Class: pb.ContractClass_DEVELOPMENT, TextDigest: bytes.Repeat([]byte{7}, 32), Price: markettest.Price()}}))(t)
	step := func(n int, o *markettest.Member) {
		t.Helper()
		if err := changes(m, k)[n].call(o, k.GetEtag()); err != nil {
			t.Fatal(err)
		}
		k = markettest.Must(m.Contracts.GetContract(d.firm.Ctx(), &pb.GetContractRequest{Name: k.GetName()}))(t)
	}
	const propose, sign, refuse, complete, terminate = 1, 2, 3, 4, 5
	if state != pb.Contract_DRAFTING {
		step(propose, d.zju)
	}
	if state == pb.Contract_CANCELLED {
		step(refuse, d.zju)
	}
	if state == pb.Contract_ACTIVE || state == pb.Contract_COMPLETED || state == pb.Contract_TERMINATED {
		step(sign, d.firm)
		step(sign, d.zju)
	}
	if state == pb.Contract_COMPLETED {
		step(complete, d.zju)
		step(complete, d.firm)
	}
	if state == pb.Contract_TERMINATED {
		step(terminate, d.zju)
	}
	if k.GetState() != state {
		t.Fatalf("got %s, want %s", k.GetState(), state)
	}
	return k
}

// TestStates tries every change in every state, with the etags that are none, and by those who may not.
func TestStates(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		stranger := m.University()
		for state, may := range allowed {
			d := award(m)
			k := bring(t, m, d, state)
			editor := m.Token(d.firm.Name, pb.Role_EDITOR)
			var refusals []refusal
			for _, c := range changes(m, k) {
				name := fmt.Sprint(state, " ", c.name)
				refusals = append(refusals,
					refusal{name + " without etag", func() error { return c.call(d.zju, "") }, codes.InvalidArgument, "ETAG_REQUIRED", c.field},
					refusal{name + " with an old etag", func() error { return c.call(d.zju, "0") }, codes.Aborted, "ETAG_STALE", c.field},
					refusal{name + " by a stranger", func() error { return c.call(stranger, k.GetEtag()) }, codes.NotFound, "CONTRACT_NOT_FOUND", ""})
				if c.name != "update" {
					refusals = append(refusals, refusal{name + " by an editor", func() error { return c.call(editor, k.GetEtag()) }, codes.PermissionDenied, "ROLE_NOT_ALLOWED", ""})
				}
				reason, code := "CONTRACT_STATE", codes.FailedPrecondition
				if c.name == "update" {
					reason = "CONTRACT_NOT_DRAFTING"
				}
				if !slices.Contains(may, c.name) {
					refusals = append(refusals, refusal{name, func() error { return c.call(d.zju, k.GetEtag()) }, code, reason, ""})
				} else if c.name == "complete" || c.name == "terminate" {
					refusals = append(refusals, refusal{name + " by the bureau", func() error { return c.call(m.Bureau, k.GetEtag()) }, codes.PermissionDenied, "CONTRACT_FOREIGN", ""})
				} else {
					refusals = append(refusals, refusal{name + " by the bureau", func() error { return c.call(m.Bureau, k.GetEtag()) }, codes.PermissionDenied, "ROLE_NOT_ALLOWED", ""})
				}
			}
			refuse(t, m, refusals)
		}
	})
}

// TestSigning has the refusals of signing, completing, refusing and terminating that are not of the state.
func TestSigning(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		d, e, bare := award(m), award(m), award(m)
		pending, active := m.Sign(d.firm, m.Contract(d.firm, d.demand)), bring(t, m, e, pb.Contract_ACTIVE)
		active = markettest.Must(m.Contracts.CompleteContract(e.firm.Ctx(), &pb.CompleteContractRequest{RequestId: markettest.ID(), Name: active.GetName(), Etag: active.GetEtag(), AmountPaid: markettest.Yuan(0)}))(t)
		drafting := markettest.Must(m.Contracts.CreateContract(bare.firm.Ctx(), &pb.CreateContractRequest{RequestId: markettest.ID(), Contract: &pb.Contract{Demand: bare.demand.GetName(), Title: "技术开发合同",
			Class: pb.ContractClass_DEVELOPMENT, Price: markettest.Price()}}))(t)
		sign := func(o *markettest.Member, digest []byte) func() error {
			return func() error {
				return markettest.Failed(m.Contracts.SignContract(o.Ctx(), &pb.SignContractRequest{RequestId: markettest.ID(), Name: pending.GetName(), Etag: pending.GetEtag(), SignDigest: digest}))
			}
		}
		refuseFor := func(reason string) func() error {
			return func() error {
				return markettest.Failed(m.Contracts.RefuseContract(d.zju.Ctx(), &pb.RefuseContractRequest{RequestId: markettest.ID(), Name: pending.GetName(), Etag: pending.GetEtag(), Reason: reason}))
			}
		}
		terminateFor := func(reason string) func() error {
			return func() error {
				return markettest.Failed(m.Contracts.TerminateContract(e.zju.Ctx(), &pb.TerminateContractRequest{RequestId: markettest.ID(), Name: active.GetName(), Etag: active.GetEtag(), Reason: reason, AmountPaid: markettest.Yuan(0), EndCode: pb.Contract_BREACH}))
			}
		}
		refuse(t, m, []refusal{
			{"propose without a digest", func() error { return changes(m, drafting)[1].call(bare.firm, "1") }, codes.InvalidArgument, "DIGEST_MISSING", ""},
			{"sign twice", sign(d.firm, pending.GetSignDigest()), codes.FailedPrecondition, "SIGNED_ALREADY", ""},
			{"sign nothing", sign(d.zju, nil), codes.Aborted, "DIGEST_MISMATCH", "sign_digest"},
			{"sign the text alone", sign(d.zju, pending.GetTextDigest()), codes.Aborted, "DIGEST_MISMATCH", "sign_digest"},
			{"sign another contract", sign(d.zju, active.GetSignDigest()), codes.Aborted, "DIGEST_MISMATCH", "sign_digest"},
			{"complete twice", func() error { return changes(m, active)[4].call(e.firm, active.GetEtag()) }, codes.FailedPrecondition, "COMPLETED_ALREADY", ""},
			{"refuse for nothing", refuseFor(""), codes.InvalidArgument, "REASON_MISSING", "reason"},
			{"refuse for spaces", refuseFor(" \n\u3000"), codes.InvalidArgument, "REASON_MISSING", "reason"},
			{"refuse at length", refuseFor(strings.Repeat("字", 501)), codes.InvalidArgument, "FIELD_INVALID", "reason"},
			{"terminate for nothing", terminateFor(""), codes.InvalidArgument, "REASON_MISSING", "reason"},
			{"terminate at length", terminateFor(strings.Repeat("字", 501)), codes.InvalidArgument, "FIELD_INVALID", "reason"},
		})
	})
}

// TestRaces lets many do the same to one contract: one wins, and the ledger grows by the winner's entries alone.
func TestRaces(t *testing.T) {
	t.Parallel()
	const callers = 32
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		for n, r := range []struct {
			state pb.Contract_State
			grow  int64
		}{{pb.Contract_DRAFTING, 1}, {pb.Contract_DRAFTING, 1}, {pb.Contract_PENDING_SIGNATURE, 1}, {pb.Contract_PENDING_SIGNATURE, 2}, {pb.Contract_ACTIVE, 1}, {pb.Contract_ACTIVE, 2},
			{pb.Contract_PENDING_SIGNATURE, 1}} {
			d := award(m)
			k := bring(t, m, d, r.state)
			before := markettest.Sizes(t, m)
			c := changes(m, k)[n]
			count := markettest.Race(callers, func(i int) error {
				return c.call([]*markettest.Member{d.firm, d.zju}[i%2], k.GetEtag())
			})
			if count[""] != 1 || count["ETAG_STALE"] != callers-1 {
				t.Errorf("%s: got %v, want one winner and ETAG_STALE for the others", c.name, count)
			}
			if got := markettest.Sizes(t, m); got[0] != before[0]+r.grow {
				t.Errorf("%s: got %d entries, want %d", c.name, got[0], before[0]+r.grow)
			}
		}
		d := award(m)
		count := markettest.Race(callers, func(i int) error {
			return markettest.Failed(m.Contracts.CreateContract([]*markettest.Member{d.firm, d.zju}[i%2].Ctx(), &pb.CreateContractRequest{RequestId: markettest.ID(), Contract: &pb.Contract{
				Demand: d.demand.GetName(), Title: "技术开发合同", Class: pb.ContractClass_DEVELOPMENT}}))
		})
		if count[""] != 1 || count["CONTRACT_EXISTS"] != callers-1 {
			t.Errorf("create: got %v, want one winner and CONTRACT_EXISTS for the others", count)
		}
		verify(t, m)
	})
}

// TestVisibility compares, for each caller, the list with what the caller gets one by one; a contract of others is as one that never was.
func TestVisibility(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		d, e, broker := award(m), award(m), m.Join(pb.Organization_BROKER)
		k := recorded(d.firm, e.zju)
		k.Broker = broker.Name
		names := []string{bring(t, m, d, pb.Contract_DRAFTING).GetName(), bring(t, m, e, pb.Contract_ACTIVE).GetName(),
			markettest.Must(m.Contracts.RecordContract(m.Bureau.Ctx(), &pb.RecordContractRequest{RequestId: markettest.ID(), Contract: k}))(t).GetName()}
		never := markettest.Failed(m.Contracts.GetContract(broker.Ctx(), &pb.GetContractRequest{Name: "contracts/c330182-0000000000000000"}))
		markettest.Want(t, never, codes.NotFound, "CONTRACT_NOT_FOUND", "")
		counts := map[string]int{}
		for who, ctx := range map[string]context.Context{"firm": d.firm.Ctx(), "zju": d.zju.Ctx(), "other firm": e.firm.Ctx(), "other zju": e.zju.Ctx(), "broker": broker.Ctx(),
			"bureau": m.Bureau.Ctx(), "auditor": m.Token(m.Bureau.Name, pb.Role_AUDITOR).Ctx(), "admin": m.Token(m.Bureau.Name, pb.Role_SECADMIN).Ctx(),
			"stranger": m.Firm().Ctx(), "other bureau": markettest.As(t.Context(), m.Server.FirstTokens[markettest.Other])} {
			listed := contracts(t, ctx, m, 200)
			counts[who] = len(listed)
			for _, name := range names {
				_, err := m.Contracts.GetContract(ctx, &pb.GetContractRequest{Name: name})
				if in := slices.Contains(listed, name); in != (err == nil) {
					t.Errorf("%s %s: listed %t, but get says %v", who, name, in, err)
				}
				if err != nil && strings.ReplaceAll(fmt.Sprint(status.Convert(err).Proto()), name[10:], "c330182-0000000000000000") != fmt.Sprint(status.Convert(never).Proto()) {
					t.Errorf("%s: got %v, want as for a contract that never was: %v", who, status.Convert(err).Proto(), status.Convert(never).Proto())
				}
			}
			if got := contracts(t, ctx, m, 1); !slices.Equal(got, listed) {
				t.Errorf("%s in pages of 1: got %v, want %v", who, got, listed)
			}
		}
		want := map[string]int{"firm": 2, "zju": 1, "other firm": 1, "other zju": 2, "broker": 1, "bureau": 3, "auditor": 3, "admin": 0, "stranger": 0, "other bureau": 0}
		if fmt.Sprint(counts) != fmt.Sprint(want) {
			t.Errorf("got %v, want %v", counts, want)
		}
		markettest.Want(t, markettest.Failed(m.Contracts.GetContract(t.Context(), &pb.GetContractRequest{Name: names[0]})), codes.Unauthenticated, "TOKEN_MISSING", "")
		markettest.Want(t, markettest.Failed(m.Contracts.GetContract(broker.Ctx(), &pb.GetContractRequest{Name: "contracts"})), codes.InvalidArgument, "FIELD_INVALID", "name")
	})
}

// contracts reads the names of all contracts that a caller may read, in pages.
func contracts(t testing.TB, ctx context.Context, m *markettest.Market, size int32) (names []string) {
	t.Helper()
	req := &pb.ListContractsRequest{PageSize: size}
	for {
		resp := markettest.Must(m.Contracts.ListContracts(ctx, req))(t)
		for _, k := range resp.GetContracts() {
			names = append(names, k.GetName())
		}
		if req.PageToken = resp.GetNextPageToken(); req.PageToken == "" {
			return names
		}
	}
}
