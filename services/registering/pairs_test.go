package registering_test

import (
	"strings"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/jiebang/jiebang/services/internal/markettest"
	"github.com/jiebang/jiebang/services/internal/registertest"
	"github.com/jiebang/jiebang/services/internal/rpc"
	"github.com/jiebang/jiebang/services/money"
	"github.com/jiebang/jiebang/services/registering/registration"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// ask asks for an event of a registration without doing it.
func ask(o *registertest.Office, as *markettest.Member, r *pb.Registration, req proto.Message) error {
	req = proto.Clone(req)
	f := req.ProtoReflect().Descriptor().Fields().ByName("validate_only")
	req.ProtoReflect().Set(f, protoreflect.ValueOfBool(true))
	return markettest.Failed(o.Do(as, r, req))
}

// guards are what else than the state refuses a listed pair, where a registration comes by in the test.
var guards = map[registration.State]map[registration.Event]string{
	registration.ExpertReview: {registration.Record: "REVIEW_OPEN", registration.Register: "CERTIFICATE_UNRECORDED"},
	registration.Registered:   {registration.Change: "CERTIFICATE_UNRECORDED"}, registration.Changed: {registration.Change: "CERTIFICATE_UNRECORDED"},
}

// TestPairs tries every pair of a state and an event that somebody asks for: what the machine lists is allowed, and nothing else.
func TestPairs(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		o, tried := registertest.New(t, m), 0
		try := func(d *markettest.Deal, r *pb.Registration, number string, want registration.State) {
			t.Helper()
			if s := rpc.Stored[registration.State](r.GetState()); s != want {
				t.Fatalf("got a registration in state %s, want %s", s, want)
			}
			before := markettest.Sizes(t, m)
			for event, step := range map[registration.Event]registertest.Step{
				registration.File: {As: d.Zju, Req: &pb.FileRegistrationRequest{Declaration: true}}, registration.Return: {As: o.Registrar, Req: &pb.ReturnRegistrationRequest{Reason: "缺页"}},
				registration.Accept: {As: o.Registrar, Req: &pb.AcceptRegistrationRequest{}}, registration.Review: {As: o.Registrar, Req: &pb.StartRegistrationReviewRequest{Disputed: true, Reason: "有争议"}},
				registration.Conclude: {As: o.Registrar, Req: registertest.Experts(900, 3, 0)}, registration.Record: {As: o.Registrar, Req: &pb.RecordCertificateRequest{Certificate: o.Certificate(d, number, 900)}},
				registration.Register: {As: o.Officer, Req: &pb.ConfirmCertificateRequest{}}, registration.Change: {As: o.Officer, Req: &pb.ConfirmCertificateRequest{}},
				registration.Refuse: {As: o.Registrar, Req: &pb.RefuseRegistrationRequest{Reason: "不属技术合同"}}, registration.Deregister: {As: o.Registrar, Req: &pb.CancelRegistrationRequest{Reason: "解除", Benefits: "无"}},
			} {
				if event == registration.Change && want.Confirms() == registration.Register || event == registration.Register && want.Confirms() == registration.Change {
					continue // it is one method
				}
				reason := "REGISTRATION_STATE"
				if _, err := want.Next(event); err == nil {
					reason = guards[want][event]
				}
				tried++
				if err := ask(o, step.As, r, step.Req); rpc.Reason(err) != reason || reason == "" && err != nil {
					t.Errorf("%s in state %s: got %v, want %q", event, want, err, reason)
				}
			}
			if got := markettest.Sizes(t, m); got != before {
				t.Errorf("only asking in state %s: the ledgers grew from %v to %v", want, before, got)
			}
		}
		states := []registration.State{registration.NotFiled, registration.Filed, "", registration.Accepted, registration.Registered, "", registration.Changed}
		for steps, want := range states {
			number := "202633018200001" + string(rune('0'+steps))
			if want != "" {
				d := m.Deal(1000)
				if want == registration.Accepted {
					steps = 3 // its certificate is recorded
				}
				try(d, o.Take(d, number, 900, steps), number, want)
			}
		}
		d := m.Deal(1000)
		review := do(t, o, o.Registrar, o.Take(d, "", 900, 2), &pb.StartRegistrationReviewRequest{Disputed: true, Reason: "有争议"})
		try(d, review, first, registration.ExpertReview)
		d = m.Deal(1000)
		try(d, do(t, o, o.Registrar, o.Take(d, "", 900, 1), &pb.ReturnRegistrationRequest{Reason: "缺页"}), first, registration.Correction)
		d = m.Deal(1000)
		try(d, do(t, o, o.Registrar, o.Take(d, "", 900, 1), &pb.RefuseRegistrationRequest{Reason: "不属技术合同"}), first, registration.Refused)
		d = m.Deal(1000)
		try(d, do(t, o, o.Registrar, o.Register(d, second, 900), &pb.CancelRegistrationRequest{Reason: "登记有误", Benefits: "无"}), second, registration.Deregistered)
		if tried != 9*len(registration.Machine) {
			t.Errorf("tried %d pairs, want %d", tried, 9*len(registration.Machine))
		}
		verify(t, m)
	})
}

// TestRefusals makes every refusal that is not about a state.
func TestRefusals(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		o, d, other := registertest.New(t, m), m.Deal(1000), m.Deal(1000)
		unsigned := *d
		firm, zju := m.Firm(), m.University()
		posted := m.Publish(firm, 1e9)
		bid := m.Bid(zju, posted, 1)
		unsigned.Contract, unsigned.Firm, unsigned.Zju = m.Contract(firm, m.Award(firm, m.Close(firm, posted), bid)), firm, zju
		ended := m.Deal(1000)
		filed := o.Take(ended, "", 900, 2)
		drafted := m.Deal(1000)
		draft := o.Draft(drafted, 900)
		for _, e := range []*markettest.Deal{ended, drafted} {
			markettest.Must(m.Contracts.TerminateContract(e.Firm.Ctx(), &pb.TerminateContractRequest{RequestId: markettest.ID(), Name: e.Contract.GetName(), Etag: e.Contract.GetEtag(),
				EndCode: pb.Contract_BREACH, Reason: "违约", AmountPaid: markettest.Yuan(0)}))(t)
		}
		begin := func(d *markettest.Deal, as *markettest.Member, technology money.Fen) func() error {
			return func() error { return markettest.Failed(o.Begin(d, as, technology)) }
		}
		registered := o.Register(other, second, 900)
		accepted := o.Take(d, "", 900, 2)
		failed, invalid, denied := codes.FailedPrecondition, codes.InvalidArgument, codes.PermissionDenied
		refuse(t, m, []refusal{
			{"an unsigned contract", begin(&unsigned, zju, 1), failed, "REGISTRATION_CONTRACT", ""},
			{"a terminated contract", begin(ended, ended.Zju, 1), failed, "REGISTRATION_CONTRACT", ""},
			{"filed after the termination", func() error { return ask(o, drafted.Zju, draft, &pb.FileRegistrationRequest{Declaration: true}) }, failed, "REGISTRATION_CONTRACT", ""},
			{"recorded after the termination", func() error {
				return ask(o, o.Registrar, filed, &pb.RecordCertificateRequest{Certificate: o.Certificate(ended, first, 900)})
			}, failed, "REGISTRATION_CONTRACT", ""},
			{"by the buyer", begin(d, d.Firm, 1), denied, "SIDE_WRONG", ""},
			{"by the bureau", begin(d, o.Officer, 1), denied, "CONTRACT_FOREIGN", ""},
			{"by another firm", begin(d, other.Zju, 1), codes.NotFound, "CONTRACT_NOT_FOUND", ""},
			{"twice", begin(d, d.Zju, 1), codes.AlreadyExists, "REGISTRATION_EXISTS", ""},
			{"again once registered", begin(other, other.Zju, 1), codes.AlreadyExists, "REGISTRATION_EXISTS", ""},
			{"recorded by the buyer", func() error {
				return ask(o, d.Firm, accepted, &pb.RecordCertificateRequest{Certificate: o.Certificate(d, first, 900)})
			}, denied, "SIDE_WRONG", ""},
			{"nothing recorded", func() error { return ask(o, o.Officer, accepted, &pb.ConfirmCertificateRequest{}) }, failed, "CERTIFICATE_UNRECORDED", ""},
			{"no reason", func() error { return ask(o, o.Registrar, accepted, &pb.ReturnRegistrationRequest{Reason: " "}) }, invalid, "REGISTRATION_REASON", "reason"},
			{"no word of benefits", func() error {
				return ask(o, o.Registrar, registered, &pb.CancelRegistrationRequest{Reason: "解除", Benefits: " "})
			}, invalid, "REGISTRATION_REASON", "benefits"},
			{"an old version", func() error {
				old := proto.CloneOf(accepted)
				old.Etag = "1"
				return ask(o, o.Registrar, old, &pb.ReturnRegistrationRequest{Reason: "缺页"})
			}, codes.Aborted, "ETAG_STALE", "etag"},
		})
		fresh := m.Deal(1000)
		refuse(t, m, []refusal{{"too much technology", begin(fresh, fresh.Zju, 1001), invalid, "TECHNOLOGY_EXCEEDS", "registration.claimed_technology"}})
		r := o.Draft(fresh, 1000)
		refuse(t, m, []refusal{{"undeclared", func() error { return ask(o, fresh.Zju, r, &pb.FileRegistrationRequest{}) }, invalid, "DECLARATION_MISSING", "declaration"}})
		both := m.Token(m.Bureau.Name, pb.Role_OPERATOR, pb.Role_REGISTRAR)
		mine := do(t, o, both, accepted, &pb.RecordCertificateRequest{Certificate: o.Certificate(d, first, 900)})
		refuse(t, m, []refusal{{"one's own record", func() error { return ask(o, both, mine, &pb.ConfirmCertificateRequest{}) }, denied, "CERTIFICATE_OFFICER_SAME", ""}})
		verify(t, m)
	})
}

// TestRefusedCertificates records certificates that cannot be.
func TestRefusedCertificates(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		o, d, other := registertest.New(t, m), m.Deal(1000), m.Deal(1000)
		registered, accepted := o.Register(other, second, 900), o.Take(d, "", 900, 2)
		certificate := func(change func(*pb.Certificate)) func() error {
			c := o.Certificate(d, first, 900)
			change(c)
			return func() error { return ask(o, o.Registrar, accepted, &pb.RecordCertificateRequest{Certificate: c}) }
		}
		invalid := codes.InvalidArgument
		refuse(t, m, []refusal{
			{"a number of 15 digits", certificate(func(c *pb.Certificate) { c.Number = first[1:] }), invalid, "REGISTRATION_NUMBER", "certificate.number"},
			{"another's number", certificate(func(c *pb.Certificate) { c.Number = second }), codes.AlreadyExists, "REGISTRATION_NUMBER_TAKEN", "certificate.number"},
			{"more technology than the certificate's total", certificate(func(c *pb.Certificate) { c.ContractTotal = markettest.Fen(899) }), invalid, "TECHNOLOGY_EXCEEDS", "certificate.technology"},
			{"before the signing", certificate(func(c *pb.Certificate) { c.RegisterDate.Day-- }), invalid, "REGISTRATION_DATE", "certificate.register_date"},
			{"in the future", certificate(func(c *pb.Certificate) { c.RegisterDate.Day++ }), invalid, "REGISTRATION_DATE", "certificate.register_date"},
			{"no image", certificate(func(c *pb.Certificate) { c.Digest = nil }), invalid, "CERTIFICATE_MISSING", "certificate.digest"},
			{"another number for a change", func() error {
				return ask(o, o.Registrar, registered, &pb.RecordCertificateRequest{Certificate: o.Certificate(other, first, 900)})
			}, invalid, "REGISTRATION_NUMBER_OTHER", "certificate.number"},
		})
		verify(t, m)
	})
}

// TestVisibility reads registrations as everybody: the sides and the authority do, and nobody else.
func TestVisibility(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		o, d, e := registertest.New(t, m), m.Deal(1000), m.Deal(1000)
		a, b := o.Draft(d, 900), o.Draft(e, 900)
		for _, test := range []struct {
			as  *markettest.Member
			see string
		}{{d.Firm, "a"}, {d.Zju, "a"}, {e.Firm, "b"}, {e.Zju, "b"}, {o.Registrar, "ab"}, {o.Officer, "ab"}, {o.Approver, "ab"}, {m.Firm(), ""}, {m.Token(m.Bureau.Name, pb.Role_AUDITOR), "ab"}} {
			listed := ""
			for _, r := range markettest.Must(o.ListRegistrations(test.as.Ctx(), &pb.ListRegistrationsRequest{Parent: "contracts/-", OrderBy: "create_time"}))(t).GetRegistrations() {
				listed += map[string]string{a.GetName(): "a", b.GetName(): "b"}[r.GetName()]
			}
			got := ""
			for _, r := range []*pb.Registration{a, b} {
				if _, err := o.GetRegistration(test.as.Ctx(), &pb.GetRegistrationRequest{Name: r.GetName()}); err == nil {
					got += map[string]string{a.GetName(): "a", b.GetName(): "b"}[r.GetName()]
				}
			}
			if sorted(listed) != test.see || got != test.see {
				t.Errorf("got %q, listed %q, want %q", got, listed, test.see)
			}
		}
	})
}

func sorted(text string) string {
	if strings.Contains(text, "a") && strings.Contains(text, "b") {
		return "ab"
	}
	return text
}
