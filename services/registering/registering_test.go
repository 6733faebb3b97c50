package registering_test

import (
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"

	"github.com/jiebang/jiebang/services/internal/markettest"
	"github.com/jiebang/jiebang/services/internal/registertest"
	"github.com/jiebang/jiebang/services/posting/demand"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// at is an instant in China.
func at(month time.Month, day int) time.Time {
	return time.Date(2026, month, day, 0, 0, 0, 0, demand.Zone)
}

// TestRegister registers a contract: the certificate's amounts stand beside the contract's, which stay, and count when a second officer has confirmed them.
func TestRegister(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		o, d := registertest.New(t, m), m.Deal(100_000)
		signed := markettest.Must(m.Contracts.GetContract(d.Firm.Ctx(), &pb.GetContractRequest{Name: d.Contract.GetName()}))(t)
		r := o.Draft(d, 90_000)
		if r.GetState() != pb.Registration_NOT_FILED || !proto.Equal(r.GetClaimedTotal(), markettest.Fen(100_000)) || r.GetDuty() != pb.Registration_NONE {
			t.Errorf("got %v", r)
		}
		r = do(t, o, d.Zju, r, &pb.FileRegistrationRequest{Declaration: true, ClaimedTechnology: markettest.Fen(80_000)})
		if r.GetState() != pb.Registration_FILED || !proto.Equal(r.GetClaimedTechnology(), markettest.Fen(80_000)) || r.GetFileTime() == nil {
			t.Errorf("got %v", r)
		}
		r = do(t, o, o.Registrar, r, &pb.AcceptRegistrationRequest{})
		c := o.Certificate(d, first, 70_000)
		c.ContractTotal = markettest.Fen(99_000)
		r = do(t, o, d.Zju, r, &pb.RecordCertificateRequest{Certificate: c})
		if !proto.Equal(r.GetRecorded(), c) || r.GetCertificate() != nil || r.GetState() != pb.Registration_ACCEPTED {
			t.Errorf("got %v, want it recorded and nothing more", r)
		}
		amounts(t, d, 100_000, 100_000, 0)
		r = do(t, o, o.Approver, r, &pb.ConfirmCertificateRequest{})
		if !proto.Equal(r.GetCertificate(), c) || r.GetRecorded() != nil || r.GetState() != pb.Registration_REGISTERED || r.GetDueTime() != nil {
			t.Errorf("got %v, want it registered", r)
		}
		amounts(t, d, 100_000, 100_000, 70_000)
		if k := markettest.Must(m.Contracts.GetContract(d.Firm.Ctx(), &pb.GetContractRequest{Name: d.Contract.GetName()}))(t); !proto.Equal(k, signed) {
			t.Errorf("got the contract %v, want it as it was signed: %v", k, signed)
		}
		total := markettest.Must(m.Audits.GetTotal(t.Context(), &pb.GetTotalRequest{Name: "ledgers/" + markettest.Jurisdiction + "/total"}))(t)
		m.Settle()
		total = markettest.Must(m.Audits.GetTotal(t.Context(), &pb.GetTotalRequest{Name: total.GetName()}))(t)
		if !proto.Equal(total.GetAmount(), markettest.Fen(100_000)) {
			t.Errorf("got a headline of %v, want what was signed", total.GetAmount())
		}
		c.Technology = markettest.Fen(60_000)
		r = do(t, o, o.Registrar, r, &pb.RecordCertificateRequest{Certificate: c})
		amounts(t, d, 100_000, 100_000, 70_000)
		r = do(t, o, o.Officer, r, &pb.ConfirmCertificateRequest{})
		amounts(t, d, 100_000, 100_000, 60_000)
		r = do(t, o, o.Registrar, r, &pb.CancelRegistrationRequest{Reason: "登记有误", Benefits: "已免增值税 120 元,已报税务机关"})
		if r.GetState() != pb.Registration_DEREGISTERED || r.GetBenefits() == "" {
			t.Errorf("got %v", r)
		}
		amounts(t, d, 100_000, 100_000, 0)
		if again := o.Register(d, second, 50_000); again.GetName() == r.GetName() {
			t.Errorf("got %v again", again)
		}
		amounts(t, d, 100_000, 100_000, 50_000)
		verify(t, m)
	})
}

// TestReviewLimit registers technology parts about the limit: 5,000,000 yuan are reviewed, a fen less is not, unless it is disputed.
func TestReviewLimit(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		o := registertest.New(t, m)
		const limit = 500_000_000
		below := m.Deal(2 * limit)
		r := o.Take(below, first, limit-1, 3)
		below.Contract.Total = markettest.Fen(2 * limit)
		do(t, o, o.Officer, r, &pb.ConfirmCertificateRequest{})
		amounts(t, below, 2*limit, 2*limit, limit-1)
		large := m.Deal(2 * limit)
		r = o.Take(large, second, limit, 2)
		record := &pb.RecordCertificateRequest{Certificate: o.Certificate(large, second, limit)}
		less := &pb.RecordCertificateRequest{Certificate: o.Certificate(large, second, limit-1)}
		refuse(t, m, []refusal{{"at the limit", func() error { return markettest.Failed(o.Do(o.Registrar, r, record)) }, codes.FailedPrecondition, "REVIEW_NEEDED", ""}})
		if _, err := o.Do(o.Registrar, r, less); err != nil {
			t.Errorf("a fen below what was claimed: %v", err)
		}
		r = o.Read(r)
		r = do(t, o, o.Registrar, r, &pb.StartRegistrationReviewRequest{Reason: "技术交易额达到限额"})
		refuse(t, m, []refusal{
			{"before the experts", func() error { return markettest.Failed(o.Do(o.Registrar, r, record)) }, codes.FailedPrecondition, "REVIEW_OPEN", ""},
			{"confirmed before the experts", func() error { return markettest.Failed(o.Do(o.Officer, r, &pb.ConfirmCertificateRequest{})) }, codes.FailedPrecondition, "REVIEW_OPEN", ""},
			{"two experts", func() error { return markettest.Failed(o.Do(o.Registrar, r, registertest.Experts(limit, 2, 0))) }, codes.InvalidArgument, "REVIEWERS_MISSING", "opinions"},
		})
		r = do(t, o, o.Registrar, r, registertest.Experts(limit, 2, 2))
		refuse(t, m, []refusal{{"half of them", func() error { return markettest.Failed(o.Do(o.Registrar, r, record)) }, codes.FailedPrecondition, "REVIEW_AGAINST", ""}})
		r = do(t, o, o.Registrar, r, registertest.Experts(limit-1, 3, 0))
		refuse(t, m, []refusal{{"more than they say", func() error { return markettest.Failed(o.Do(o.Registrar, r, record)) }, codes.FailedPrecondition, "REVIEW_AGAINST", ""}})
		r = do(t, o, o.Registrar, r, registertest.Experts(limit, 2, 1))
		r = do(t, o, o.Officer, do(t, o, o.Registrar, r, record), &pb.ConfirmCertificateRequest{})
		if len(r.GetOpinions()) != 3 || r.GetState() != pb.Registration_REGISTERED {
			t.Errorf("got %v", r)
		}
		amounts(t, large, 2*limit, 2*limit, limit)
		small := m.Deal(1000)
		r = o.Take(small, old, 900, 2)
		refuse(t, m, []refusal{{"small and undisputed", func() error {
			return markettest.Failed(o.Do(o.Registrar, r, &pb.StartRegistrationReviewRequest{Reason: "看看"}))
		}, codes.InvalidArgument, "REVIEW_UNDISPUTED", "disputed"}})
		r = do(t, o, o.Registrar, r, &pb.RecordCertificateRequest{Certificate: o.Certificate(small, old, 900)})
		r = do(t, o, o.Registrar, r, &pb.StartRegistrationReviewRequest{Disputed: true, Reason: "设备占比有争议"})
		refuse(t, m, []refusal{{"disputed", func() error { return markettest.Failed(o.Do(o.Officer, r, &pb.ConfirmCertificateRequest{})) }, codes.FailedPrecondition, "REVIEW_OPEN", ""}})
		r = do(t, o, o.Registrar, r, registertest.Experts(900, 3, 0))
		do(t, o, o.Officer, r, &pb.ConfirmCertificateRequest{})
		amounts(t, small, 1000, 1000, 900)
		verify(t, m)
	})
}

// due makes sure that nobody is reminded before an instant, and somebody at it.
func due(t *testing.T, m *markettest.Market, o *registertest.Office, r *pb.Registration, want time.Time) *pb.Registration {
	t.Helper()
	r = o.Read(r)
	if !r.GetDueTime().AsTime().Equal(want) || r.GetOverdueTime() != nil {
		t.Fatalf("got %v due, want %v", r.GetDueTime().AsTime(), want)
	}
	m.Clock.Set(want.Add(-time.Microsecond))
	m.Settle()
	if early := o.Read(r); early.GetOverdueTime() != nil {
		t.Errorf("reminded early: %v", early)
	}
	m.Clock.Set(want)
	m.Settle()
	late := o.Read(r)
	if !late.GetOverdueTime().AsTime().Equal(want) || late.GetState() != r.GetState() {
		t.Errorf("got %v, want it overdue and in the state that it was in", late)
	}
	before := markettest.Sizes(t, m)
	m.Clock.Advance(24 * time.Hour)
	m.Settle()
	if got := markettest.Sizes(t, m); got != before {
		t.Errorf("reminded twice: %v, want %v", got, before)
	}
	return late
}

// TestTerms lets times run out, in working days over 清明: 15 from the acceptance, 30 from the review, anew after a correction.
func TestTerms(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		o, d := registertest.New(t, m), m.Deal(100_000)
		r := o.Take(d, first, 90_000, 2) // Monday 2 March 2026
		r = due(t, m, o, r, at(time.March, 24))
		r = do(t, o, o.Registrar, r, &pb.ReturnRegistrationRequest{Reason: "缺附件"})
		if r.GetDueTime() != nil || r.GetAcceptTime() != nil || r.GetState() != pb.Registration_CORRECTION {
			t.Errorf("got %v, want nothing due while it is corrected", r)
		}
		r = do(t, o, d.Zju, r, &pb.FileRegistrationRequest{Declaration: true})
		r = do(t, o, o.Registrar, r, &pb.AcceptRegistrationRequest{}) // 25 March; 6 April is a holiday
		if want := at(time.April, 17); !r.GetDueTime().AsTime().Equal(want) || r.GetOverdueTime() != nil {
			t.Errorf("got %v due, want %v", r.GetDueTime().AsTime(), want)
		}
		r = do(t, o, o.Registrar, r, &pb.StartRegistrationReviewRequest{Disputed: true, Reason: "有争议"})
		due(t, m, o, r, at(time.May, 12)) // 30 working days: the holiday of May, worked on Saturday 9 May
		late := do(t, o, o.Registrar, o.Read(r), registertest.Experts(90_000, 3, 0))
		late = do(t, o, o.Registrar, late, &pb.RecordCertificateRequest{Certificate: o.Certificate(d, first, 90_000)})
		if late = do(t, o, o.Officer, late, &pb.ConfirmCertificateRequest{}); late.GetOverdueTime() != nil || late.GetState() != pb.Registration_REGISTERED {
			t.Errorf("got %v: what is late can still be done", late)
		}
		verify(t, m)
	})
}

// TestDuties amends and terminates registered contracts: the registration is to be changed, or cancelled, in time, and is not before somebody does it.
func TestDuties(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		o, d, e, f := registertest.New(t, m), m.Deal(100_000), m.Deal(100_000), m.Deal(100_000)
		r := o.Register(d, first, 90_000)
		ended := o.Register(e, second, 80_000)
		m.Clock.Advance(time.Minute)
		f.Amend(110_000) // nobody has filed it
		d.Amend(200_000)
		r = o.Read(r)
		if r.GetDuty() != pb.Registration_CHANGE || r.GetState() != pb.Registration_REGISTERED {
			t.Errorf("got %v, want it to be changed", r)
		}
		amounts(t, d, 100_000, 200_000, 90_000)
		terminate := func() {
			t.Helper()
			e.Contract = markettest.Must(m.Contracts.TerminateContract(e.Firm.Ctx(), &pb.TerminateContractRequest{RequestId: markettest.ID(), Name: e.Contract.GetName(),
				Etag: e.Contract.GetEtag(), EndCode: pb.Contract_BREACH, Reason: "违约", AmountPaid: markettest.Yuan(0)}))(t)
		}
		terminate()
		if ended = o.Read(ended); ended.GetDuty() != pb.Registration_CANCEL {
			t.Errorf("got %v, want it to be cancelled", ended)
		}
		amounts(t, e, 100_000, 100_000, 80_000)
		want := at(time.April, 15) // 30 working days after Monday 2 March
		r, ended = due(t, m, o, r, want), o.Read(ended)
		if !ended.GetOverdueTime().AsTime().Equal(want) {
			t.Errorf("got %v", ended)
		}
		c := o.Certificate(d, first, 170_000)
		c.ContractTotal = markettest.Fen(200_000)
		r = do(t, o, o.Officer, do(t, o, o.Registrar, r, &pb.RecordCertificateRequest{Certificate: c}), &pb.ConfirmCertificateRequest{})
		if r.GetState() != pb.Registration_CHANGED || r.GetDuty() != pb.Registration_NONE || r.GetOverdueTime() != nil {
			t.Errorf("got %v, want it changed", r)
		}
		amounts(t, d, 100_000, 200_000, 170_000)
		record := &pb.RecordCertificateRequest{Certificate: o.Certificate(e, second, 10)}
		refuse(t, m, []refusal{{"a contract that has ended", func() error { return markettest.Failed(o.Do(o.Registrar, ended, record)) }, codes.FailedPrecondition, "REGISTRATION_CONTRACT", ""}})
		ended = do(t, o, o.Registrar, ended, &pb.CancelRegistrationRequest{Reason: "合同解除", Benefits: "无"})
		if ended.GetState() != pb.Registration_DEREGISTERED || ended.GetDuty() != pb.Registration_NONE {
			t.Errorf("got %v", ended)
		}
		amounts(t, e, 100_000, 100_000, 0)
		verify(t, m)
	})
}

// TestCalendarEnds amends a registered contract beyond the calendar: the amendment does not wait for it, and the duty has no time.
func TestCalendarEnds(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		o, d := registertest.New(t, m), m.Deal(100_000)
		r := o.Register(d, first, 90_000)
		filed := o.Take(m.Deal(1000), "", 900, 1)
		m.Clock.Set(at(time.December, 20))
		d.Amend(200_000)
		if r = o.Read(r); r.GetDuty() != pb.Registration_CHANGE || r.GetDueTime() != nil {
			t.Errorf("got %v, want a duty without a time", r)
		}
		refuse(t, m, []refusal{{"an acceptance", func() error { return markettest.Failed(o.Do(o.Registrar, filed, &pb.AcceptRegistrationRequest{})) },
			codes.FailedPrecondition, "CALENDAR_YEAR_MISSING", ""}})
		verify(t, m)
	})
}
