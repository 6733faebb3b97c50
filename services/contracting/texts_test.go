package contracting_test

import (
	"bytes"
	"crypto/sha256"
	"strings"
	"testing"

	"google.golang.org/genproto/googleapis/type/date"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	"github.com/jiebang/jiebang/services/internal/markettest"
	fen "github.com/jiebang/jiebang/services/money"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// clauses are what a contract can say beyond its total.
func clauses() *pb.Contract {
	return &pb.Contract{Price: &pb.Contract_Price{TechnicalAmount: markettest.Fen(40_000_050), Vat: pb.Contract_INCLUDED},
		Insurance: &pb.Contract_Insurance{Insurer: "某某财险", PolicyNumber: "P-1", Cover: markettest.Fen(20_000_000), Premium: markettest.Fen(300_000), Subsidy: markettest.Fen(150_000)},
		Trial:     &pb.Contract_Trial{StartDate: &date.Date{Year: 2024, Month: 1, Day: 5}, EndDate: &date.Date{Year: 2024, Month: 6, Day: 30}, Terms: "连续三批达标"}}
}

// written is a contract that is drafted with clauses.
func (d deal) written(t *testing.T, m *markettest.Market, k *pb.Contract) *pb.Contract {
	t.Helper()
	k.Demand, k.Title, k.Class, k.Plan = d.demand.GetName(), "技术开发合同 <一>|二", pb.ContractClass_DEVELOPMENT, plan(3000, 7000)
	return markettest.Must(m.Contracts.CreateContract(d.firm.Ctx(), &pb.CreateContractRequest{RequestId: markettest.ID(), Contract: k}))(t)
}

func text(m *markettest.Market, who *markettest.Member, k *pb.Contract, as pb.GenerateContractTextRequest_Format) (*pb.GenerateContractTextResponse, error) {
	return m.Contracts.GenerateContractText(who.Ctx(), &pb.GenerateContractTextRequest{Name: k.GetName(), Format: as})
}

// TestText writes a contract out, signs what was written, and reads it again, also when its parties have other names by then.
func TestText(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		d := award(m)
		k := d.written(t, m, clauses())
		if diff := proto.Equal(&pb.Contract{Price: k.GetPrice(), Insurance: k.GetInsurance(), Trial: k.GetTrial()}, clauses()); !diff {
			t.Errorf("got %v", k)
		}
		preview := markettest.Must(text(m, d.zju, k, pb.GenerateContractTextRequest_HTML))(t)
		if preview.GetProposed() || !strings.Contains(string(preview.GetContent()), "技术开发合同 &lt;一&gt;|二") {
			t.Errorf("got %v %s", preview.GetProposed(), preview.GetContent())
		}
		k = markettest.Must(m.Contracts.ProposeContract(d.firm.Ctx(), &pb.ProposeContractRequest{RequestId: markettest.ID(), Name: k.GetName(), Etag: k.GetEtag(), GenerateText: true}))(t)
		if sum := sha256.Sum256(preview.GetContent()); !bytes.Equal(sum[:], k.GetTextDigest()) {
			t.Error("what is signed is not what was shown")
		}
		k = m.Sign(d.zju, m.Sign(d.firm, k))
		if k.GetState() != pb.Contract_ACTIVE {
			t.Errorf("got %v", k)
		}
		signed := markettest.Must(text(m, d.firm, k, pb.GenerateContractTextRequest_HTML))(t)
		if !signed.GetProposed() || !bytes.Equal(signed.GetContent(), preview.GetContent()) || signed.GetTemplate() != "development@1" {
			t.Errorf("got %v, want the text that was signed", signed)
		}
		docx := markettest.Must(text(m, d.firm, k, pb.GenerateContractTextRequest_DOCX))(t)
		if !bytes.HasPrefix(docx.GetContent(), []byte("PK")) || !bytes.Equal(docx.GetTextDigest(), k.GetTextDigest()) || docx.GetFilename() == signed.GetFilename() {
			t.Errorf("got %d bytes as %s", len(docx.GetContent()), docx.GetFilename())
		}
		stranger := m.Firm()
		m.Refuse(t, func() error { return markettest.Failed(text(m, stranger, k, 0)) }, codes.NotFound, "CONTRACT_NOT_FOUND", "")
		verify(t, m)
	})
}

// TestTextVersions asks for changes: each version has its text, and the parties may go on with one of their own.
func TestTextVersions(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		d := award(m)
		propose := func(k *pb.Contract, generate bool) *pb.Contract {
			return markettest.Must(m.Contracts.ProposeContract(d.firm.Ctx(), &pb.ProposeContractRequest{RequestId: markettest.ID(), Name: k.GetName(), Etag: k.GetEtag(), GenerateText: generate}))(t)
		}
		revise := func(k *pb.Contract) *pb.Contract {
			return markettest.Must(m.Contracts.RequireContractChanges(d.zju.Ctx(), &pb.RequireContractChangesRequest{RequestId: markettest.ID(), Name: k.GetName(), Etag: k.GetEtag(), Reason: "改"}))(t)
		}
		first := propose(d.written(t, m, clauses()), true)
		second := propose(revise(first), true)
		if bytes.Equal(first.GetTextDigest(), second.GetTextDigest()) {
			t.Error("the second text is the first")
		}
		k := revise(second)
		k.TextDigest = bytes.Repeat([]byte{7}, 32)
		k = markettest.Must(m.Contracts.UpdateContract(d.firm.Ctx(), &pb.UpdateContractRequest{RequestId: markettest.ID(), Contract: k,
			UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"text_digest", "insurance", "trial"}}}))(t)
		k = propose(k, false)
		m.Refuse(t, func() error { return markettest.Failed(text(m, d.firm, k, 0)) }, codes.NotFound, "CONTRACT_TEXT_OWN", "")
		m.Sign(d.zju, m.Sign(d.firm, k))
		verify(t, m)
	})
}

// TestClauses tries what a contract cannot say.
func TestClauses(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		d := award(m)
		for name, test := range map[string]struct {
			change        func(*pb.Contract)
			reason, field string
		}{
			"more for technology than in all": {func(k *pb.Contract) { k.Price.TechnicalAmount = markettest.Fen(41_800_001) }, "PRICE_PARTS", "contract.price.technical_amount"},
			"no insurer":                      {func(k *pb.Contract) { k.Insurance.Insurer = " " }, "INSURANCE_INVALID", "contract.insurance"},
			"no cover":                        {func(k *pb.Contract) { k.Insurance.Cover = nil }, "INSURANCE_INVALID", "contract.insurance"},
			"more subsidy than premium":       {func(k *pb.Contract) { k.Insurance.Subsidy = markettest.Fen(300_001) }, "INSURANCE_INVALID", "contract.insurance"},
			"a trial that ends before":        {func(k *pb.Contract) { k.Trial.EndDate = &date.Date{Year: 2024, Month: 1, Day: 4} }, "TRIAL_INVALID", "contract.trial"},
			"a trial without terms":           {func(k *pb.Contract) { k.Trial.Terms = " " }, "TRIAL_INVALID", "contract.trial"},
		} {
			k := clauses()
			test.change(k)
			k.Demand, k.Title, k.Class = d.demand.GetName(), "技术开发合同", pb.ContractClass_DEVELOPMENT
			req := &pb.CreateContractRequest{RequestId: markettest.ID(), Contract: k}
			t.Run(name, func(t *testing.T) {
				m.Refuse(t, func() error { return markettest.Failed(m.Contracts.CreateContract(d.firm.Ctx(), req)) }, codes.InvalidArgument, test.reason, test.field)
			})
		}
		k := d.written(t, m, &pb.Contract{})
		for _, generate := range []bool{false, true} {
			m.Refuse(t, func() error {
				return markettest.Failed(m.Contracts.ProposeContract(d.firm.Ctx(), &pb.ProposeContractRequest{RequestId: markettest.ID(), Name: k.GetName(), Etag: k.GetEtag(), GenerateText: generate}))
			}, codes.FailedPrecondition, "PRICE_MISSING", "contract.price")
		}
		k.Price = &pb.Contract_Price{TechnicalAmount: markettest.Fen(41_800_000), Vat: pb.Contract_EXCLUDED}
		k = markettest.Must(m.Contracts.UpdateContract(d.firm.Ctx(), &pb.UpdateContractRequest{RequestId: markettest.ID(), Contract: k, UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"price"}}}))(t)
		lower := &pb.Contract{Name: k.GetName(), Etag: k.GetEtag(), Total: markettest.Fen(fen.Fen(41_799_999))}
		m.Refuse(t, func() error {
			return markettest.Failed(m.Contracts.UpdateContract(d.firm.Ctx(), &pb.UpdateContractRequest{RequestId: markettest.ID(), Contract: lower, UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"total"}}}))
		}, codes.InvalidArgument, "PRICE_PARTS", "contract.price.technical_amount")
	})
}
