package contracting_test

import (
	"bytes"
	"crypto/ed25519"
	"fmt"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	"github.com/jiebang/jiebang/services/identity/policy"
	"github.com/jiebang/jiebang/services/internal/markettest"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// union is a contract whose seller is a consortium.
type union struct {
	firm, lead, one, two, stranger *markettest.Member
	demand                         *pb.Demand
	contract                       *pb.Contract
}

// unite lets a consortium win a demand, and proposes its contract.
func unite(t *testing.T, m *markettest.Market) *union {
	t.Helper()
	u := &union{firm: m.Firm(), lead: m.University(), one: m.University(), two: m.Firm(), stranger: m.University()}
	d := m.Publish(u.firm, time.Hour)
	b := markettest.Must(m.Bids.CreateBid(u.lead.Ctx(), &pb.CreateBidRequest{RequestId: markettest.ID(), Parent: d.GetName(), Bid: &pb.Bid{Amount: markettest.Yuan(418_000), Proposal: "合作",
		Consortium: []*pb.ConsortiumMember{{Organization: u.one.Name, Share: 2500, Task: "中试\n放大"}, {Organization: u.lead.Name, Share: 5000, Task: "研发"}, {Organization: u.two.Name, Share: 2500}}}}))(t)
	b = markettest.Must(m.Bids.SubmitBid(u.lead.Ctx(), &pb.SubmitBidRequest{RequestId: markettest.ID(), Name: b.GetName(), Etag: b.GetEtag()}))(t)
	u.demand = m.Award(u.firm, m.Close(u.firm, d), b)
	u.contract = m.Contract(u.firm, u.demand)
	return u
}

func (u *union) read(t *testing.T, m *markettest.Market, who *markettest.Member) *pb.Contract {
	t.Helper()
	u.contract = markettest.Must(m.Contracts.GetContract(who.Ctx(), &pb.GetContractRequest{Name: u.contract.GetName()}))(t)
	return u.contract
}

func (u *union) sign(m *markettest.Market, who *markettest.Member, s *pb.Signature) error {
	return markettest.Failed(m.Contracts.SignContract(who.Ctx(), &pb.SignContractRequest{RequestId: markettest.ID(), Name: u.contract.GetName(), Etag: u.contract.GetEtag(),
		SignDigest: u.contract.GetSignDigest(), Signature: s}))
}

// TestConsortium signs in every order in which somebody is the last: the contract is in force with the last signature and not before, and each signs once.
func TestConsortium(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		for last := range 4 {
			u := unite(t, m)
			all := []*markettest.Member{u.firm, u.lead, u.one, u.two}
			for i := range all {
				who := all[(last+1+i)%4]
				if err := u.sign(m, who, nil); err != nil {
					t.Fatal(err)
				}
				k := u.read(t, m, who)
				if active := k.GetState() == pb.Contract_ACTIVE; active != (i == 3) || len(k.GetMembers()) != 3 || active && (k.GetNumber() == "" || k.GetSignDate() == nil) {
					t.Errorf("after %d signatures: got %v", i+1, k)
				}
				if i < 3 {
					m.Refuse(t, func() error { return u.sign(m, who, nil) }, codes.FailedPrecondition, "SIGNED_ALREADY", "")
				}
			}
			for _, one := range u.contract.GetMembers() {
				if one.GetSignTime() == nil {
					t.Errorf("got %v", one)
				}
			}
			if d := markettest.Must(m.Demands.GetDemand(u.firm.Ctx(), &pb.GetDemandRequest{Name: u.demand.GetName()}))(t); d.GetState() != pb.Demand_CONTRACTED {
				t.Errorf("got %v", d)
			}
		}
		m.Verified()
	})
}

// TestConsortiumRights lets members read, sign with keys of their own, send back and refuse, and do nothing else; a stranger does not find the contract.
func TestConsortiumRights(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		u := unite(t, m)
		public, private, err := ed25519.GenerateKey(bytes.NewReader(bytes.Repeat([]byte{5}, 64)))
		if err != nil {
			t.Fatal(err)
		}
		by := func(digest []byte) *pb.Signature {
			return &pb.Signature{Algorithm: pb.Signature_ED25519, PublicKey: public, Value: ed25519.Sign(private, digest)}
		}
		m.Refuse(t, func() error { return u.sign(m, u.one, by(make([]byte, 32))) }, codes.InvalidArgument, "SIGNATURE_INVALID", "signature")
		m.Refuse(t, func() error { return u.sign(m, u.stranger, nil) }, codes.NotFound, "CONTRACT_NOT_FOUND", "")
		if err := u.sign(m, u.one, by(u.contract.GetSignDigest())); err != nil {
			t.Fatal(err)
		}
		if k := u.read(t, m, u.one); !bytes.Equal(k.GetMembers()[0].GetSignature().GetPublicKey(), public) {
			t.Errorf("got %v", k.GetMembers())
		}
		for who, want := range map[*markettest.Member]int{u.one: 1, u.two: 1, u.lead: 1, u.stranger: 0} {
			if list := markettest.Must(m.Contracts.ListContracts(who.Ctx(), &pb.ListContractsRequest{}))(t); len(list.GetContracts()) != want {
				t.Errorf("%s lists %d contracts, want %d", who.Name, len(list.GetContracts()), want)
			}
		}
		receipt := u.contract.GetReceipt()
		entry := func(who *markettest.Member) func() error {
			return func() error {
				return markettest.Failed(m.Ledgers.GetEntry(who.Ctx(), &pb.GetEntryRequest{Name: fmt.Sprintf("ledgers/%s/entries/%d", receipt.GetJurisdiction(), receipt.GetSequence())}))
			}
		}
		if err := entry(u.two)(); err != nil {
			t.Errorf("a member reads no entry of its contract: %v", err)
		}
		if entry(u.stranger)() == nil {
			t.Error("a stranger reads an entry of the contract")
		}

		m.Verified()
	})
}

// TestConsortiumChanges lets a member send the text back, and another refuse the next one: what was signed before counts no more, and a member drafts nothing.
func TestConsortiumChanges(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		u := unite(t, m)
		if err := u.sign(m, u.one, nil); err != nil {
			t.Fatal(err)
		}
		u.read(t, m, u.one)
		boss := m.Found(u.two.Name, pb.Role_SIGNER)
		m.Clock.Advance(policy.Fresh + time.Second)
		m.Refuse(t, func() error {
			return markettest.Failed(m.Contracts.SignContract(boss.Ctx(), &pb.SignContractRequest{RequestId: markettest.ID(), Name: u.contract.GetName(), Etag: u.contract.GetEtag(),
				SignDigest: u.contract.GetSignDigest()}))
		}, codes.PermissionDenied, "STEP_UP_REQUIRED", "")

		// Sent back by a member, the text is drafted anew, and nobody has signed.
		back := &pb.RequireContractChangesRequest{RequestId: markettest.ID(), Name: u.contract.GetName(), Etag: u.contract.GetEtag(), Reason: "分工"}
		k := markettest.Must(m.Contracts.RequireContractChanges(u.two.Ctx(), back))(t)
		if k.GetState() != pb.Contract_DRAFTING || k.GetTextVersion() != 2 || k.GetMembers()[0].GetSignTime() != nil || k.GetMembers()[0].GetSignature() != nil {
			t.Errorf("got %v", k)
		}
		u.contract = k
		for _, c := range changes(m, k) {
			if c.name == "update" || c.name == "propose" {
				m.Refuse(t, func() error { return c.call(u.one, k.GetEtag()) }, codes.PermissionDenied, "CONTRACT_FOREIGN", "")
			}
		}
		priced := &pb.Contract{Name: k.GetName(), Etag: k.GetEtag(), Price: &pb.Contract_Price{TechnicalAmount: markettest.Yuan(400_000), Vat: pb.Contract_INCLUDED}}
		k = markettest.Must(m.Contracts.UpdateContract(u.lead.Ctx(), &pb.UpdateContractRequest{RequestId: markettest.ID(), Contract: priced, UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"price"}}}))(t)
		k = markettest.Must(m.Contracts.ProposeContract(u.lead.Ctx(), &pb.ProposeContractRequest{RequestId: markettest.ID(), Name: k.GetName(), Etag: k.GetEtag(), GenerateText: true}))(t)
		page := markettest.Must(m.Contracts.GenerateContractText(u.two.Ctx(), &pb.GenerateContractTextRequest{Name: k.GetName()}))(t)
		for _, want := range []string{"联合体牵头单位", "<td>25%</td>", "<td>50%</td>", "中试 放大", "乙方(成员单位)"} {
			if !strings.Contains(string(page.GetContent()), want) {
				t.Errorf("the text has no %s: %s", want, page.GetContent())
			}
		}
		if page.GetTemplate() != "development@2" || !page.GetProposed() {
			t.Errorf("got %s", page.GetTemplate())
		}
		u.contract = k
		for _, who := range []*markettest.Member{u.firm, u.lead} {
			if err := u.sign(m, who, nil); err != nil {
				t.Fatal(err)
			}
			u.read(t, m, who)
		}
		refused := &pb.RefuseContractRequest{RequestId: markettest.ID(), Name: k.GetName(), Etag: u.contract.GetEtag(), Reason: "不签"}
		if k := markettest.Must(m.Contracts.RefuseContract(u.one.Ctx(), refused))(t); k.GetState() != pb.Contract_CANCELLED {
			t.Errorf("got %v", k)
		}
		m.Verified()
	})
}

// TestConsortiumInForce lets the lead act for its consortium once all have signed: another member neither completes nor ends the contract.
func TestConsortiumInForce(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		u := unite(t, m)
		for _, who := range []*markettest.Member{u.two, u.firm, u.one, u.lead} {
			if err := u.sign(m, who, nil); err != nil {
				t.Fatal(err)
			}
			u.read(t, m, who)
		}
		for _, c := range changes(m, u.contract) {
			if c.name == "complete" || c.name == "terminate" {
				m.Refuse(t, func() error { return c.call(u.one, u.contract.GetEtag()) }, codes.PermissionDenied, "CONTRACT_FOREIGN", "")
				if c.name == "complete" {
					continue
				}
				if err := c.call(u.lead, u.contract.GetEtag()); err != nil {
					t.Error(err)
				}
			}
		}
		m.Verified()
	})
}

// TestConsortiumTold tells each member what has become of its contract.
func TestConsortiumTold(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		u := unite(t, m)
		m.Notify()
		for _, who := range []*markettest.Member{u.firm, u.lead, u.one, u.two, u.stranger} {
			list := markettest.Must(m.Notices.ListNotices(who.Ctx(), &pb.ListNoticesRequest{}))(t)
			told := false
			for _, n := range list.GetNotices() {
				told = told || strings.Contains(n.GetText(), "请核对后签署")
			}
			if told == (who == u.stranger) {
				t.Errorf("%s is told: %v", who.Name, list.GetNotices())
			}
		}
	})
}
