// Package registertest takes contracts of a test market through their registration 认定登记.
package registertest

import (
	"testing"
	"time"

	"google.golang.org/genproto/googleapis/type/date"
	"google.golang.org/genproto/googleapis/type/money"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/jiebang/jiebang/services/internal/markettest"
	fen "github.com/jiebang/jiebang/services/money"
	"github.com/jiebang/jiebang/services/posting/demand"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// Office is the bureau's people who have to do with registrations, and the API.
type Office struct {
	pb.RegistrationServiceClient
	Records                      pb.RegistryRecordServiceClient
	Registrar, Officer, Approver *markettest.Member

	t testing.TB
	m *markettest.Market
}

// New opens the office of a market.
func New(t testing.TB, m *markettest.Market) *Office {
	t.Helper()
	conn := m.Server.Conn()
	return &Office{RegistrationServiceClient: pb.NewRegistrationServiceClient(conn), Records: pb.NewRegistryRecordServiceClient(conn), t: t, m: m,
		Registrar: m.Token(m.Bureau.Name, pb.Role_REGISTRAR), Officer: m.Token(m.Bureau.Name, pb.Role_OPERATOR), Approver: m.Token(m.Bureau.Name, pb.Role_APPROVER)}
}

// Draft begins the registration of a deal's contract with a technology part.
func (o *Office) Draft(d *markettest.Deal, technology fen.Fen) *pb.Registration {
	o.t.Helper()
	return markettest.Must(o.Begin(d, d.Zju, technology))(o.t)
}

// Begin begins it as somebody.
func (o *Office) Begin(d *markettest.Deal, as *markettest.Member, technology fen.Fen) (*pb.Registration, error) {
	return o.CreateRegistration(as.Ctx(), &pb.CreateRegistrationRequest{RequestId: markettest.ID(), Parent: d.Contract.GetName(),
		Registration: &pb.Registration{Registry: "建德市技术合同登记点", ClaimedTechnology: markettest.Fen(technology)}})
}

// Do makes a change of a registration as somebody; the request lacks what names the registration and itself.
func (o *Office) Do(as *markettest.Member, r *pb.Registration, req proto.Message) (*pb.Registration, error) {
	req = proto.Clone(req)
	for field, value := range map[protoreflect.Name]string{"name": r.GetName(), "etag": r.GetEtag(), "request_id": markettest.ID()} {
		set(req, field, value)
	}
	ctx := as.Ctx()
	switch q := req.(type) {
	case *pb.FileRegistrationRequest:
		return o.FileRegistration(ctx, q)
	case *pb.AcceptRegistrationRequest:
		return o.AcceptRegistration(ctx, q)
	case *pb.ReturnRegistrationRequest:
		return o.ReturnRegistration(ctx, q)
	case *pb.StartRegistrationReviewRequest:
		return o.StartRegistrationReview(ctx, q)
	case *pb.ConcludeRegistrationReviewRequest:
		return o.ConcludeRegistrationReview(ctx, q)
	case *pb.RecordCertificateRequest:
		return o.RecordCertificate(ctx, q)
	case *pb.ConfirmCertificateRequest:
		return o.ConfirmCertificate(ctx, q)
	case *pb.RefuseRegistrationRequest:
		return o.RefuseRegistration(ctx, q)
	}
	return o.CancelRegistration(ctx, req.(*pb.CancelRegistrationRequest))
}

// Step is what somebody does to a registration.
type Step struct {
	As  *markettest.Member
	Req proto.Message
}

// Steps are what takes a registration from being begun to being registered under a number, and changed after that.
func (o *Office) Steps(d *markettest.Deal, number string, technology fen.Fen) []Step {
	record := &pb.RecordCertificateRequest{Certificate: o.Certificate(d, number, technology)}
	return []Step{{d.Zju, &pb.FileRegistrationRequest{Declaration: true}}, {o.Registrar, &pb.AcceptRegistrationRequest{}}, {o.Registrar, record},
		{o.Officer, &pb.ConfirmCertificateRequest{}}, {o.Registrar, record}, {o.Officer, &pb.ConfirmCertificateRequest{}}}
}

// Take begins a registration and takes it so many steps.
func (o *Office) Take(d *markettest.Deal, number string, technology fen.Fen, steps int) *pb.Registration {
	o.t.Helper()
	r := o.Draft(d, technology)
	for _, s := range o.Steps(d, number, technology)[:steps] {
		r = markettest.Must(o.Do(s.As, r, s.Req))(o.t)
	}
	return r
}

// Register registers a deal's contract under a number.
func (o *Office) Register(d *markettest.Deal, number string, technology fen.Fen) *pb.Registration {
	o.t.Helper()
	return o.Take(d, number, technology, 4)
}

// Certificate is one of a deal's contract, of today.
func (o *Office) Certificate(d *markettest.Deal, number string, technology fen.Fen) *pb.Certificate {
	return &pb.Certificate{Number: number, ContractTotal: proto.Clone(d.Contract.GetTotal()).(*money.Money), Technology: markettest.Fen(technology), Digest: make([]byte, 32),
		RegisterDate: o.Today()}
}

// Today is the market's day in China.
func (o *Office) Today() *date.Date {
	year, month, day := o.m.Clock.Now().In(demand.Zone).Date()
	return &date.Date{Year: int32(year), Month: int32(month), Day: int32(day)}
}

// Experts are so many experts for a technology part, and so many against any.
func Experts(technology fen.Fen, agree, oppose int) *pb.ConcludeRegistrationReviewRequest {
	req := &pb.ConcludeRegistrationReviewRequest{MinutesDigest: make([]byte, 32)}
	for i := range agree + oppose {
		e := &pb.ReviewOpinion{Expert: string(rune('甲' + i)), Organization: "省技术合同专家库", Verdict: pb.ReviewOpinion_AGREE, Technology: markettest.Fen(technology), Remark: "核减设备"}
		if i >= agree {
			e.Verdict, e.Technology = pb.ReviewOpinion_OPPOSE, nil
		}
		req.Opinions = append(req.Opinions, e)
	}
	return req
}

// Read reads a registration anew.
func (o *Office) Read(r *pb.Registration) *pb.Registration {
	o.t.Helper()
	return markettest.Must(o.GetRegistration(o.Registrar.Ctx(), &pb.GetRegistrationRequest{Name: r.GetName()}))(o.t)
}

// set sets a text of a message.
func set(m proto.Message, field protoreflect.Name, value string) {
	m.ProtoReflect().Set(m.ProtoReflect().Descriptor().Fields().ByName(field), protoreflect.ValueOfString(value))
}

// Story registers a contract after a review, and lets its registration be owed a change, be late, be changed and be cancelled; and imports the registry's list.
func Story(t testing.TB, m *markettest.Market) {
	t.Helper()
	o, d := New(t, m), m.Deal(2_000_000_000)
	certificate := &pb.RecordCertificateRequest{Certificate: o.Certificate(d, "2026330182000001", 600_000_000)}
	r := o.Take(d, "", 700_000_000, 2)
	for _, s := range []Step{{As: o.Registrar, Req: &pb.ReturnRegistrationRequest{Reason: "缺附件"}}, {As: d.Zju, Req: &pb.FileRegistrationRequest{Declaration: true}},
		{As: o.Registrar, Req: &pb.AcceptRegistrationRequest{}}, {As: o.Registrar, Req: &pb.StartRegistrationReviewRequest{Disputed: true, Reason: "达到限额"}},
		{As: o.Registrar, Req: Experts(600_000_000, 3, 0)}, {As: d.Zju, Req: certificate}, {As: o.Officer, Req: &pb.ConfirmCertificateRequest{}}} {
		r = markettest.Must(o.Do(s.As, r, s.Req))(t)
	}
	m.Clock.Advance(time.Minute)
	d.Amend(2_100_000_000)
	m.Clock.Advance(60 * 24 * time.Hour)
	m.Settle()
	certificate.Certificate.Technology = markettest.Fen(650_000_000)
	r = markettest.Must(o.Do(o.Registrar, o.Read(r), certificate))(t)
	r = markettest.Must(o.Do(o.Officer, r, &pb.ConfirmCertificateRequest{}))(t)
	markettest.Must(o.Do(o.Registrar, r, certificate))(t) // and again, unconfirmed
	gone := o.Register(m.Deal(1000), "2026330182000002", 900)
	markettest.Must(o.Do(o.Registrar, gone, &pb.CancelRegistrationRequest{Reason: "登记有误", Benefits: "无"}))(t)
	o.Take(m.Deal(1000), "", 900, 2)
	markettest.Must(o.Records.ImportRegistryRecords(o.Registrar.Ctx(), &pb.ImportRegistryRecordsRequest{RequestId: markettest.ID(), Format: pb.ImportFormat_CSV,
		Content: []byte("合同登记编号,合同成交额,技术交易额\n2026330182000003,2,1\n")}))(t)
}
