// Package keeping_test tests custodians as their callers use them: over gRPC, on each database.
package keeping_test

import (
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/jiebang/jiebang/services/bidding/seal"
	"github.com/jiebang/jiebang/services/internal/chance"
	"github.com/jiebang/jiebang/services/internal/markettest"
	"github.com/jiebang/jiebang/services/internal/rpc"
	"github.com/jiebang/jiebang/services/keeping/custodian"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// key is a new public key.
func key(t *testing.T) string {
	t.Helper()
	return markettest.Must(seal.NewIdentity(chance.System()))(t).Recipient()
}

// TestLife registers, confirms, proves and retires a custodian; it is fresh in between, for thirty days.
func TestLife(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		officer := m.Found(m.Bureau.Name, pb.Role_SECADMIN)
		k := m.Keeper()
		c := markettest.Must(m.Custodians.GetCustodian(t.Context(), &pb.GetCustodianRequest{Name: k.Custodian}))(t)
		want := &pb.Custodian{Name: k.Custodian, Organization: m.Bureau.Name, DisplayName: "机关纪委", Recipient: k.Key.Recipient(), Fingerprint: seal.Fingerprint(k.Key.Recipient()),
			State: pb.Custodian_REGISTERED, Jurisdiction: markettest.Jurisdiction, Etag: "1", CreateTime: timestamppb.New(m.Clock.Now()), UpdateTime: timestamppb.New(m.Clock.Now()),
			Receipt: c.GetReceipt()}
		check := func(c *pb.Custodian) {
			t.Helper()
			want.UpdateTime, want.Receipt = timestamppb.New(m.Clock.Now()), c.GetReceipt()
			if !proto.Equal(c, want) {
				t.Errorf("got %v, want %v", c, want)
			}
		}
		check(c)
		typed := strings.ReplaceAll(c.GetFingerprint(), " ", "-")
		want.State, want.Etag = pb.Custodian_ACTIVE, "2"
		check(markettest.Must(m.Custodians.ConfirmCustodian(officer.Ctx(), &pb.ConfirmCustodianRequest{RequestId: markettest.ID(), Name: k.Custodian, Etag: "1", Fingerprint: typed}))(t))
		want.Fresh, want.CheckTime, want.Etag = true, timestamppb.New(m.Clock.Now()), "3"
		check(k.Prove())
		for after, fresh := range map[time.Duration]bool{custodian.Freshness - time.Microsecond: true, custodian.Freshness: false} {
			m.Clock.Set(want.GetCheckTime().AsTime().Add(after))
			if got := markettest.Must(m.Custodians.ListCustodians(t.Context(), &pb.ListCustodiansRequest{Filter: `state = "ACTIVE"`}))(t).GetCustodians(); len(got) != 1 || got[0].GetFresh() != fresh {
				t.Errorf("after %v: got %v, want it fresh: %t", after, got, fresh)
			}
		}
		officer.LogIn(m.Bureau.Name)
		want.Fresh, want.State, want.Etag = false, pb.Custodian_RETIRED, "4"
		check(markettest.Must(m.Custodians.RetireCustodian(officer.Ctx(), &pb.RetireCustodianRequest{RequestId: markettest.ID(), Name: k.Custodian, Etag: "3"}))(t))
	})
}

// TestRefusals has the refusals of custodians.
func TestRefusals(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		officer, both := m.Found(m.Bureau.Name, pb.Role_SECADMIN), m.Found(m.Bureau.Name, pb.Role_SECADMIN, pb.Role_CUSTODIAN)
		k, other := m.Keeper(), m.Keepers(1)[0]
		register := func(who *markettest.Member, recipient string) func() error {
			return func() error {
				return markettest.Failed(m.Custodians.CreateCustodian(who.Ctx(), &pb.CreateCustodianRequest{RequestId: markettest.ID(), Custodian: &pb.Custodian{DisplayName: "公证处", Recipient: recipient}}))
			}
		}
		confirm := func(who *markettest.Member, name, fingerprint string) func() error {
			return func() error {
				return markettest.Failed(m.Custodians.ConfirmCustodian(who.Ctx(), &pb.ConfirmCustodianRequest{RequestId: markettest.ID(), Name: name, Etag: "1", Fingerprint: fingerprint}))
			}
		}
		prove := func(who *markettest.Keeper, name string, answer []byte) func() error {
			return func() error {
				return markettest.Failed(m.Custodians.ProveCustodian(who.Ctx(), &pb.ProveCustodianRequest{RequestId: markettest.ID(), Name: name, Answer: answer}))
			}
		}
		right := seal.Fingerprint(k.Key.Recipient())
		mine := markettest.Must(m.Custodians.CreateCustodian(both.Ctx(), &pb.CreateCustodianRequest{RequestId: markettest.ID(), Custodian: &pb.Custodian{DisplayName: "业务处", Recipient: key(t)}}))(t)
		program := m.Token(m.Bureau.Name, pb.Role_CUSTODIAN)
		secretary := m.Token(m.Bureau.Name, pb.Role_SECADMIN)
		asked := markettest.Must(m.Custodians.ChallengeCustodian(k.Ctx(), &pb.ChallengeCustodianRequest{Name: k.Custodian}))(t)
		answer := markettest.Must(k.Key.Answer(asked.GetAbout(), asked.GetChallenge()))(t)
		if _, err := other.Key.Answer(asked.GetAbout(), asked.GetChallenge()); err == nil {
			t.Error("another key answers")
		}
		refuse(t, m, []refusal{
			{"no key", register(&both.Member, "age1xyz"), codes.InvalidArgument, "SEAL_RECIPIENT", "custodian.recipient"},
			{"a program", register(program, key(t)), codes.FailedPrecondition, "CUSTODIAN_PERSON", ""},
			{"one who waits", register(&k.Member, key(t)), codes.AlreadyExists, "CUSTODIAN_EXISTS", ""},
			{"a key twice", register(&other.Member, k.Key.Recipient()), codes.AlreadyExists, "CUSTODIAN_KEY_TAKEN", "custodian.recipient"},
			{"another role", register(&officer.Member, key(t)), codes.PermissionDenied, "ROLE_NOT_ALLOWED", ""},
			{"one's own key", confirm(&both.Member, mine.GetName(), mine.GetFingerprint()), codes.PermissionDenied, "APPROVAL_CONFLICT", ""},
			{"a wrong fingerprint", confirm(&officer.Member, k.Custodian, string(right[0]^1)+right[1:]), codes.FailedPrecondition, "FINGERPRINT_WRONG", "fingerprint"},
			{"a part of a fingerprint", confirm(&officer.Member, k.Custodian, right[:20]), codes.FailedPrecondition, "FINGERPRINT_WRONG", "fingerprint"},
			{"confirmed by a program", confirm(secretary, k.Custodian, right), codes.FailedPrecondition, "CUSTODIAN_PERSON", ""},
			{"a wrong answer", prove(k, k.Custodian, make([]byte, 32)), codes.FailedPrecondition, "CHALLENGE_ANSWER", "answer"},
			{"another's", prove(other, k.Custodian, answer[:]), codes.PermissionDenied, "CUSTODIAN_FOREIGN", ""},
			{"nobody", prove(k, "custodians/k330182-0000000000000000", answer[:]), codes.NotFound, "CUSTODIAN_NOT_FOUND", ""},
		})
		m.Clock.Set(asked.GetExpireTime().AsTime())
		refuse(t, m, []refusal{{"too late", prove(k, k.Custodian, answer[:]), codes.FailedPrecondition, "CHALLENGE_ANSWER", "answer"}})
		m.Clock.Set(asked.GetExpireTime().AsTime().Add(-time.Microsecond))
	})
}

// TestPublishGate publishes a demand of level S1 while keys are missing, stale, retired, unconfirmed or of one person: three fresh ones of three
// persons are needed, and what was published stays as it was fixed.
func TestPublishGate(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		firm, officer := m.Firm(), m.Found(m.Bureau.Name, pb.Role_SECADMIN)
		draft := m.DraftUnder(firm, markettest.Sealed, 60*24*time.Hour)
		publish := func() (*pb.Demand, error) {
			return m.Demands.PublishDemand(firm.Ctx(), &pb.PublishDemandRequest{RequestId: markettest.ID(), Name: draft.GetName(), Etag: draft.GetEtag(), ValidateOnly: true})
		}
		blocked := func(when string) {
			t.Helper()
			if _, err := publish(); rpc.Reason(err) != "CUSTODIANS_NOT_FRESH" {
				t.Errorf("%s: got %v, want CUSTODIANS_NOT_FRESH", when, err)
			}
		}
		blocked("without custodians")
		keepers := m.Keepers(2)
		blocked("two of three")
		m.Keeper().Prove()
		blocked("the third is not confirmed")
		a := keepers[0]
		second := markettest.Must(seal.NewIdentity(chance.System()))(t)
		c := markettest.Must(m.Custodians.CreateCustodian(a.Ctx(), &pb.CreateCustodianRequest{RequestId: markettest.ID(), Custodian: &pb.Custodian{DisplayName: "机关纪委", Recipient: second.Recipient()}}))(t)
		markettest.Must(m.Custodians.ConfirmCustodian(officer.Ctx(), &pb.ConfirmCustodianRequest{RequestId: markettest.ID(), Name: c.GetName(), Etag: "1", Fingerprint: c.GetFingerprint()}))(t)
		rotated := &markettest.Keeper{Founder: a.Founder, Custodian: c.GetName(), Key: second}
		rotated.Prove()
		blocked("the third key is of the first person")
		third := m.Keepers(1)[0]
		d := markettest.Must(m.Demands.PublishDemand(firm.Ctx(), &pb.PublishDemandRequest{RequestId: markettest.ID(), Name: draft.GetName(), Etag: draft.GetEtag()}))(t)
		terms := m.Terms(d.GetName())
		if len(terms.Recipients) != 3 || terms.Threshold != 2 || terms.Level != seal.Custodians || !terms.Deadline.Equal(d.GetDeadline().AsTime()) || strings.Contains(strings.Join(terms.Recipients, " "), a.Key.Recipient()) {
			t.Errorf("got %v, want the newest keys of three persons", terms)
		}
		draft = m.DraftUnder(firm, markettest.Sealed, 60*24*time.Hour)
		if _, err := publish(); err != nil {
			t.Errorf("three of three: got %v", err)
		}
		got := markettest.Must(m.Custodians.GetCustodian(t.Context(), &pb.GetCustodianRequest{Name: third.Custodian}))(t)
		markettest.Must(m.Custodians.RetireCustodian(third.Ctx(), &pb.RetireCustodianRequest{RequestId: markettest.ID(), Name: third.Custodian, Etag: got.GetEtag()}))(t)
		blocked("the third is retired")
		m.Keepers(1)
		m.Clock.Advance(custodian.Freshness)
		blocked("all are stale")
		if again := m.Terms(d.GetName()); again.Policy() != terms.Policy() {
			t.Errorf("got %v, want what was fixed", again)
		}
	})
}

// TestTwoEnvelopes is refused: it would open the price with the rest.
func TestTwoEnvelopes(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		m.Keepers(3)
		firm, office := m.Firm(), m.Office()
		started := office.Start(office.Submit(firm, m.DraftDetailed(firm, "two_envelopes", 60*24*time.Hour)))
		office.Opine(started)
		approved := office.Approve(started)
		_, err := m.Demands.PublishDemand(office.Operator.Ctx(), &pb.PublishDemandRequest{RequestId: markettest.ID(), Name: approved.GetName(), Etag: approved.GetEtag()})
		markettest.Want(t, err, codes.FailedPrecondition, "TWO_ENVELOPES", "")
	})
}
