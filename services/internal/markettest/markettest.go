// Package markettest runs a whole market for a test: a server on a real database and real ports, a clock that stands still until the test
// moves it, and members who call it as its users would, over gRPC.
package markettest

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/jiebang/jiebang/services"
	"github.com/jiebang/jiebang/services/account/credential"
	"github.com/jiebang/jiebang/services/identity/party"
	"github.com/jiebang/jiebang/services/internal/chance"
	"github.com/jiebang/jiebang/services/internal/clock"
	"github.com/jiebang/jiebang/services/internal/ssotest"
	"github.com/jiebang/jiebang/services/internal/storagetest"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// Noon is when every market begins.
var Noon = time.Date(2026, 3, 2, 4, 0, 0, 0, time.UTC)

// Jurisdiction is the ledger of every market; Other is a second one beside it.
const (
	Jurisdiction = "330182"
	Other        = "330127"
)

// Market is a running market.
type Market struct {
	Clock  *clock.Manual
	Server *services.Server
	Bureau *Member
	URL    string // of its database
	HTTP   string // address
	GRPC   string // address

	Organizations pb.OrganizationServiceClient
	Members       pb.MemberServiceClient
	Approvals     pb.ApprovalServiceClient
	Accounts      pb.AccountServiceClient
	Logins        pb.LoginServiceClient
	Files         pb.FileServiceClient
	Custodians    pb.CustodianServiceClient
	Openings      pb.OpeningServiceClient
	Demands       pb.DemandServiceClient
	Vettings      pb.VettingServiceClient
	Questions     pb.QuestionServiceClient
	Disclosures   pb.DisclosureServiceClient
	Achievements  pb.AchievementServiceClient
	Profiles      pb.ProfileServiceClient
	Bids          pb.BidServiceClient
	Evaluations   pb.EvaluationServiceClient
	Sheets        pb.SheetServiceClient
	Objections    pb.ObjectionServiceClient
	Monitoring    pb.MonitoringServiceClient
	Contracts     pb.ContractServiceClient
	Amendments    pb.AmendmentServiceClient
	Milestones    pb.MilestoneServiceClient
	Payments      pb.PaymentServiceClient
	Ledgers       pb.LedgerServiceClient
	Audits        pb.AuditServiceClient
	Figures       pb.FigureServiceClient
	Closures      pb.ClosureServiceClient
	Searches      pb.SearchServiceClient
	Matches       pb.MatchServiceClient
	Codes         pb.CodeServiceClient
	Notices       pb.NoticeServiceClient
	Webhooks      pb.WebhookServiceClient
	Watches       pb.WatchServiceClient

	t       testing.TB
	dataDir string
	change  []func(*services.Config)
	cas     *ssotest.CAS
	members atomic.Int64
}

// Member is an organization of the market with a token.
type Member struct {
	Name, Secret string
	m            *Market
}

// Ctx is a context that calls as the member.
func (o *Member) Ctx() context.Context { return As(o.m.t.Context(), o.Secret) }

// As gives a context the token of a caller.
func As(ctx context.Context, secret string) context.Context {
	return metadata.AppendToOutgoingContext(ctx, "authorization", "Bearer "+secret)
}

// Each runs test in a market of its own on each kind of database.
func Each(t *testing.T, test func(t *testing.T, m *Market)) {
	t.Helper()
	storagetest.Each(t, func(t *testing.T, url string) { test(t, Open(t, url)) })
}

// Open runs a market on a database, configured as a test wants it.
func Open(t testing.TB, url string, change ...func(*services.Config)) *Market {
	t.Helper()
	m := &Market{Clock: clock.NewManual(Noon), URL: url, t: t, dataDir: t.TempDir(), change: change}
	m.start()
	m.Bureau = &Member{Secret: m.Server.FirstTokens[Jurisdiction], m: m}
	c, err := m.Organizations.GetCaller(m.Bureau.Ctx(), &pb.GetCallerRequest{Name: "caller"})
	if err != nil {
		t.Fatal(err)
	}
	m.Bureau.Name = c.GetOrganization().GetName()
	return m
}

// Beside runs a second server on the same database with the same clock and keys, as a second machine would.
func (m *Market) Beside() *Market {
	m.t.Helper()
	second := &Market{Clock: m.Clock, URL: m.URL, t: m.t, dataDir: m.dataDir, Bureau: m.Bureau, change: m.change, cas: m.cas}
	second.start()
	return second
}

func (m *Market) start() {
	m.t.Helper()
	config := services.Config{DataDir: m.dataDir, Database: m.URL, GRPCAddress: "localhost:0", HTTPAddress: "localhost:0", Clock: m.Clock, Limits: services.Unlimited,
		PasswordCost: credential.Cost{MemoryKiB: 64, Time: 1, Threads: 1}, Reflection: true, Jurisdictions: []services.Jurisdiction{{Code: Jurisdiction, Bureau: "建德市科学技术局"}, {Code: Other, Bureau: "淳安县科学技术局"}}}
	for _, change := range m.change {
		change(&config)
	}
	if config.Files.Space == nil { // no test knows how full its machine is
		config.Files.Space = func(string) (free, total int64, err error) { return 1 << 40, 1 << 40, nil }
	}
	m.outside(&config)
	s, err := services.Open(m.t.Context(), config)
	if err != nil {
		m.t.Fatal(err)
	}
	m.Server = s
	ctx, stop := context.WithCancel(context.Background())
	ready, done := make(chan services.Addresses, 1), make(chan error, 1)
	go func() { done <- s.Serve(ctx, func(a services.Addresses) { ready <- a }) }()
	select {
	case a := <-ready:
		m.GRPC, m.HTTP = a.GRPC, a.HTTP
	case err := <-done:
		m.t.Fatal(err)
	}
	conn, err := grpc.NewClient(m.GRPC, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		m.t.Fatal(err)
	}
	m.t.Cleanup(func() {
		_ = conn.Close()
		stop()
		if err := <-done; err != nil {
			m.t.Error(err)
		}
		if err := s.Close(); err != nil {
			m.t.Error(err)
		}
	})
	m.dial(conn)
}

func (m *Market) dial(conn grpc.ClientConnInterface) {
	m.Organizations, m.Demands, m.Bids = pb.NewOrganizationServiceClient(conn), pb.NewDemandServiceClient(conn), pb.NewBidServiceClient(conn)
	m.Contracts, m.Ledgers, m.Audits = pb.NewContractServiceClient(conn), pb.NewLedgerServiceClient(conn), pb.NewAuditServiceClient(conn)
	m.Amendments, m.Milestones, m.Payments = pb.NewAmendmentServiceClient(conn), pb.NewMilestoneServiceClient(conn), pb.NewPaymentServiceClient(conn)
	m.Monitoring = pb.NewMonitoringServiceClient(conn)
	m.Evaluations, m.Sheets, m.Objections = pb.NewEvaluationServiceClient(conn), pb.NewSheetServiceClient(conn), pb.NewObjectionServiceClient(conn)
	m.Accounts, m.Logins = pb.NewAccountServiceClient(conn), pb.NewLoginServiceClient(conn)
	m.Achievements, m.Profiles = pb.NewAchievementServiceClient(conn), pb.NewProfileServiceClient(conn)
	m.Files = pb.NewFileServiceClient(conn)
	m.Vettings, m.Questions, m.Disclosures = pb.NewVettingServiceClient(conn), pb.NewQuestionServiceClient(conn), pb.NewDisclosureServiceClient(conn)
	m.Matches = pb.NewMatchServiceClient(conn)
	m.Members, m.Approvals = pb.NewMemberServiceClient(conn), pb.NewApprovalServiceClient(conn)
	m.Custodians, m.Openings = pb.NewCustodianServiceClient(conn), pb.NewOpeningServiceClient(conn)
	m.Notices, m.Webhooks, m.Watches = pb.NewNoticeServiceClient(conn), pb.NewWebhookServiceClient(conn), pb.NewWatchServiceClient(conn)
	m.Figures, m.Closures = pb.NewFigureServiceClient(conn), pb.NewClosureServiceClient(conn)
	m.Searches, m.Codes = pb.NewSearchServiceClient(conn), pb.NewCodeServiceClient(conn)
}

// ID is a new request_id.
func ID() string { return chance.UUID(chance.System()) }

// Code is a valid 统一社会信用代码 that no other member has.
func (m *Market) Code() string { return codeOf(m.members.Add(1)) }

func codeOf(n int64) string { return party.Complete(fmt.Sprintf("91330182MA2T%05d", n)) }

// Join registers an organization of a kind and gives it a token as editor and signer.
func (m *Market) Join(kind pb.Organization_Kind) *Member {
	m.t.Helper()
	n := m.members.Add(1)
	o, err := m.Organizations.CreateOrganization(m.Bureau.Ctx(), &pb.CreateOrganizationRequest{RequestId: ID(), Organization: &pb.Organization{
		DisplayName: fmt.Sprintf("机构 %d", n), Kind: kind, Uscc: codeOf(n)}})
	if err != nil {
		m.t.Fatal(err)
	}
	return m.Token(o.GetName(), pb.Role_EDITOR, pb.Role_SIGNER)
}

// Token issues a token of an organization in roles.
func (m *Market) Token(organization string, roles ...pb.Role) *Member {
	m.t.Helper()
	t, err := m.Organizations.CreateToken(m.Bureau.Ctx(), &pb.CreateTokenRequest{RequestId: ID(), Parent: organization, Token: &pb.Token{
		DisplayName: "test", Roles: roles, ExpireTime: timestamppb.New(m.Clock.Now().Add(360 * 24 * time.Hour))}})
	if err != nil {
		m.t.Fatal(err)
	}
	return &Member{Name: organization, Secret: t.GetSecret(), m: m}
}

// Firm joins an enterprise.
func (m *Market) Firm() *Member { return m.Join(pb.Organization_ENTERPRISE) }

// University joins a university.
func (m *Market) University() *Member { return m.Join(pb.Organization_UNIVERSITY) }

// Draft drafts a demand of a firm that closes after d.
func (m *Market) Draft(firm *Member, d time.Duration) *pb.Demand {
	m.t.Helper()
	return m.DraftUnder(firm, "", d)
}

// DraftUnder drafts a demand of a firm, which follows a procedure and closes after d.
func (m *Market) DraftUnder(firm *Member, procedure string, d time.Duration) *pb.Demand {
	m.t.Helper()
	made, err := m.Demands.CreateDemand(firm.Ctx(), &pb.CreateDemandRequest{RequestId: ID(), Demand: &pb.Demand{Procedure: procedure,
		Title: "超细碳酸钙表面改性", Description: "白度不低于 95", Field: pb.TechnologyField_NEW_MATERIALS, Budget: Yuan(500_000),
		Deadline: timestamppb.New(m.Clock.Now().Add(d))}})
	if err != nil {
		m.t.Fatal(err)
	}
	return made
}

// Publish drafts and publishes a demand of a firm that closes after d.
func (m *Market) Publish(firm *Member, d time.Duration) *pb.Demand {
	m.t.Helper()
	return m.release(firm, m.Draft(firm, d))
}

// release publishes a draft that needs no vetting.
func (m *Market) release(firm *Member, draft *pb.Demand) *pb.Demand {
	m.t.Helper()
	made, err := m.Demands.PublishDemand(firm.Ctx(), &pb.PublishDemandRequest{RequestId: ID(), Name: draft.GetName(), Etag: draft.GetEtag()})
	if err != nil {
		m.t.Fatal(err)
	}
	return made
}

// Achieve drafts an achievement with every field.
func (m *Market) Achieve(owner *Member) *pb.Achievement {
	m.t.Helper()
	a, err := m.Achievements.CreateAchievement(owner.Ctx(), &pb.CreateAchievementRequest{RequestId: ID(), Achievement: &pb.Achievement{
		Title: "超细碳酸钙连续碳化技术", Summary: "平均粒径 80 nm", Field: pb.TechnologyField_NEW_MATERIALS, Industries: []string{"C2613"}, Disciplines: []string{"E0208"},
		Keywords: []string{"碳酸钙", "表面改性"}, Trl: 7, Maturity: pb.Achievement_PILOT, AskingPrice: Yuan(1_200_000), Region: "330182", ExternalId: ID(),
		IntellectualProperties: []*pb.IntellectualProperty{{Kind: pb.IntellectualProperty_INVENTION_PATENT, Number: "ZL201910123456.7", Stage: pb.IntellectualProperty_GRANTED}},
		CooperationModes:       []pb.Achievement_CooperationMode{pb.Achievement_LICENSE, pb.Achievement_USE_FIRST}}})
	if err != nil {
		m.t.Fatal(err)
	}
	return a
}

// Describe drafts a profile of a laboratory with every field.
func (m *Market) Describe(owner *Member) *pb.Profile {
	m.t.Helper()
	p, err := m.Profiles.CreateProfile(owner.Ctx(), &pb.CreateProfileRequest{RequestId: ID(), Profile: &pb.Profile{
		Kind: pb.Profile_LAB, DisplayName: "粉体工程重点实验室", Position: "省级重点实验室", Introduction: "粒径与白度测试", Fields: []pb.TechnologyField{pb.TechnologyField_NEW_MATERIALS},
		Industries: []string{"C2613"}, Disciplines: []string{"E0208"}, Keywords: []string{"粒径分析"}, Equipment: []string{"激光粒度仪", "捏合机"}, Region: "330182",
		Consented: true, ExternalId: ID()}})
	if err != nil {
		m.t.Fatal(err)
	}
	return p
}

// Offer lists an achievement and a profile of an organization.
func (m *Market) Offer(owner *Member) (*pb.Achievement, *pb.Profile) {
	m.t.Helper()
	a, p := m.Achieve(owner), m.Describe(owner)
	a, err := m.Achievements.PublishAchievement(owner.Ctx(), &pb.PublishAchievementRequest{RequestId: ID(), Name: a.GetName(), Etag: a.GetEtag()})
	if err != nil {
		m.t.Fatal(err)
	}
	p, err = m.Profiles.PublishProfile(owner.Ctx(), &pb.PublishProfileRequest{RequestId: ID(), Name: p.GetName(), Etag: p.GetEtag()})
	if err != nil {
		m.t.Fatal(err)
	}
	return a, p
}

// Declare declares a file.
func (m *Market) Declare(owner *Member) *pb.File {
	m.t.Helper()
	f, err := m.Files.CreateFile(owner.Ctx(), &pb.CreateFileRequest{RequestId: ID(), File: &pb.File{DisplayName: "方案.pdf", Purpose: pb.File_DEMAND, Size: 5, Sha256: make([]byte, 32)}})
	if err != nil {
		m.t.Fatal(err)
	}
	return f
}

// DraftBid drafts a bid.
func (m *Market) DraftBid(bidder *Member, demand *pb.Demand, yuan int64) *pb.Bid {
	m.t.Helper()
	b, err := m.Bids.CreateBid(bidder.Ctx(), &pb.CreateBidRequest{RequestId: ID(), Parent: demand.GetName(), Bid: &pb.Bid{Amount: Yuan(yuan), Proposal: "硬脂酸干法包覆"}})
	if err != nil {
		m.t.Fatal(err)
	}
	return b
}

// Bid drafts and submits a bid.
func (m *Market) Bid(bidder *Member, demand *pb.Demand, yuan int64) *pb.Bid {
	m.t.Helper()
	b := m.DraftBid(bidder, demand, yuan)
	b, err := m.Bids.SubmitBid(bidder.Ctx(), &pb.SubmitBidRequest{RequestId: ID(), Name: b.GetName(), Etag: b.GetEtag()})
	if err != nil {
		m.t.Fatal(err)
	}
	return b
}

// Close moves the clock to the deadline of a demand, lets it act, and reads the demand again.
func (m *Market) Close(firm *Member, d *pb.Demand) *pb.Demand {
	m.t.Helper()
	m.Clock.Set(d.GetDeadline().AsTime())
	m.Settle()
	d, err := m.Demands.GetDemand(firm.Ctx(), &pb.GetDemandRequest{Name: d.GetName()})
	if err != nil {
		m.t.Fatal(err)
	}
	return d
}

// Settle does what is due and lets the consumers catch up.
func (m *Market) Settle() {
	m.t.Helper()
	if err := m.Server.Settle(m.t.Context()); err != nil {
		m.t.Fatal(err)
	}
}

// Notify brings the inbox up to date and sends what is due.
func (m *Market) Notify() {
	m.t.Helper()
	if err := m.Server.Notify(m.t.Context()); err != nil {
		m.t.Fatal(err)
	}
}

// Award awards a demand under evaluation.
func (m *Market) Award(firm *Member, d *pb.Demand, winner *pb.Bid) *pb.Demand {
	m.t.Helper()
	d, err := m.Demands.AwardDemand(firm.Ctx(), &pb.AwardDemandRequest{RequestId: ID(), Name: d.GetName(), Bid: winner.GetName(), Etag: d.GetEtag()})
	if err != nil {
		m.t.Fatal(err)
	}
	return d
}

// Contract drafts and proposes the contract of an awarded demand.
func (m *Market) Contract(firm *Member, d *pb.Demand) *pb.Contract {
	m.t.Helper()
	k, err := m.Contracts.CreateContract(firm.Ctx(), &pb.CreateContractRequest{RequestId: ID(), Contract: &pb.Contract{
		Demand: d.GetName(), Title: "技术开发合同", Class: pb.ContractClass_DEVELOPMENT, TextDigest: make([]byte, 32), Price: Price()}})
	if err != nil {
		m.t.Fatal(err)
	}
	k, err = m.Contracts.ProposeContract(firm.Ctx(), &pb.ProposeContractRequest{RequestId: ID(), Name: k.GetName(), Etag: k.GetEtag()})
	if err != nil {
		m.t.Fatal(err)
	}
	return k
}

// Sign signs a contract for a member.
func (m *Market) Sign(signer *Member, k *pb.Contract) *pb.Contract {
	m.t.Helper()
	k, err := m.Contracts.SignContract(signer.Ctx(), &pb.SignContractRequest{RequestId: ID(), Name: k.GetName(), Etag: k.GetEtag(), SignDigest: k.GetSignDigest()})
	if err != nil {
		m.t.Fatal(err)
	}
	return k
}
