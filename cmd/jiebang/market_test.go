package main

import (
	"context"
	"fmt"
	"net"
	"path"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	gmoney "google.golang.org/genproto/googleapis/type/money"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/protoadapt"
	"google.golang.org/protobuf/types/known/timestamppb"

	jiebangv1 "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
	"github.com/jiebang/jiebang/services/ledger/entry"
)

// market is a server that answers by a script: it can lie, fail and break off, which the real one cannot.
type market struct {
	jiebangv1.UnimplementedOrganizationServiceServer
	jiebangv1.UnimplementedDemandServiceServer
	jiebangv1.UnimplementedBidServiceServer
	jiebangv1.UnimplementedContractServiceServer
	jiebangv1.UnimplementedLedgerServiceServer
	jiebangv1.UnimplementedAuditServiceServer

	mu       sync.Mutex
	attempts map[string]int // by request_id
	ledgers  map[string]*fakeLedger
}

// startMarket serves on a loopback port until the test ends, and returns its address.
func startMarket(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	m := &market{attempts: map[string]int{}, ledgers: map[string]*fakeLedger{
		"330182": newLedger(t, "330182", 2345), "330183": newLedger(t, "330183", 3),
	}}
	m.ledgers["330183"].lie = true
	server := grpc.NewServer()
	jiebangv1.RegisterOrganizationServiceServer(server, m)
	jiebangv1.RegisterDemandServiceServer(server, m)
	jiebangv1.RegisterBidServiceServer(server, m)
	jiebangv1.RegisterContractServiceServer(server, m)
	jiebangv1.RegisterLedgerServiceServer(server, m)
	jiebangv1.RegisterAuditServiceServer(server, m)
	jiebangv1.RegisterCodeServiceServer(server, fewCodes{})
	jiebangv1.RegisterAchievementServiceServer(server, someAchievements{})
	jiebangv1.RegisterProfileServiceServer(server, someProfiles{})
	p := &fakePerson{polls: map[string]int{}}
	jiebangv1.RegisterAccountServiceServer(server, p)
	jiebangv1.RegisterLoginServiceServer(server, p)
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(server.Stop)
	return listener.Addr().String()
}

// fault makes a status as the real server does.
func fault(code codes.Code, reason, zh string, more ...protoadapt.MessageV1) error {
	details := append([]protoadapt.MessageV1{
		&errdetails.ErrorInfo{Reason: reason, Domain: "jiebang"}, &errdetails.LocalizedMessage{Locale: "zh-CN", Message: zh},
	}, more...)
	s, err := status.New(code, "for developers").WithDetails(details...)
	if err != nil {
		return err
	}
	return s.Err()
}

func yuan(units int64, nanos int32) *gmoney.Money {
	return &gmoney.Money{CurrencyCode: "CNY", Units: units, Nanos: nanos}
}

func instant(text string) *timestamppb.Timestamp {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		panic(err)
	}
	return timestamppb.New(t)
}

func fakeDemands() []*jiebangv1.Demand {
	return []*jiebangv1.Demand{
		{
			Name: "demands/d1", Number: "XQ-330182-2026-0001", Title: "纳米碳酸钙“连续”制备①", Field: jiebangv1.TechnologyField_NEW_MATERIALS,
			State: jiebangv1.Demand_PUBLISHED, Budget: yuan(418_000, 0), Deadline: instant("2026-12-31T10:00:00Z"), Etag: `"3"`,
			Description: "第一行\n第二行", Receipt: &jiebangv1.Receipt{Jurisdiction: "330182", Sequence: 17, EntryHash: []byte{0xab, 0xcd}},
		},
		{
			Name: "demands/d2", Title: "=HYPERLINK(1)", Field: jiebangv1.TechnologyField_AGRICULTURE, State: jiebangv1.Demand_DRAFT, Etag: `"1"`,
		},
		{
			Name: "demands/d3", Number: "XQ-330182-2026-0002", Title: "red\x1b[31m alert", Field: jiebangv1.TechnologyField_NUCLEAR,
			State: jiebangv1.Demand_EVALUATING, Budget: yuan(1_234_567, 890_000_000), Deadline: instant("2026-01-01T00:00:00Z"), Etag: `"9"`,
		},
	}
}

func (m *market) ListDemands(_ context.Context, r *jiebangv1.ListDemandsRequest) (*jiebangv1.ListDemandsResponse, error) {
	all := fakeDemands()
	switch r.GetFilter() {
	case "":
	case `number = "XQ-330182-2026-0001"`, `state = "PUBLISHED"`:
		all = all[:1]
	case "broken":
		if r.GetPageToken() != "" {
			return nil, status.Error(codes.Internal, "lost")
		}
	default:
		return &jiebangv1.ListDemandsResponse{}, nil
	}
	from, _ := strconv.Atoi(r.GetPageToken())
	to := min(len(all), from+min(int(r.GetPageSize()), 2)) // pages of two, so that lists of three have a second page
	next := ""
	if to < len(all) {
		next = strconv.Itoa(to)
	}
	return &jiebangv1.ListDemandsResponse{Demands: all[from:to], NextPageToken: next}, nil
}

func (m *market) GetDemand(_ context.Context, r *jiebangv1.GetDemandRequest) (*jiebangv1.Demand, error) {
	for _, d := range fakeDemands() {
		if d.GetName() == r.GetName() {
			return d, nil
		}
	}
	return nil, fault(codes.NotFound, "DEMAND_NOT_FOUND", "没有这个需求")
}

// CreateDemand is unavailable twice if the title asks for it, and for ever if it asks for that.
func (m *market) CreateDemand(_ context.Context, r *jiebangv1.CreateDemandRequest) (*jiebangv1.Demand, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.attempts[r.GetRequestId()]++
	d := r.GetDemand()
	switch {
	case d.GetTitle() == "暂不可用" && m.attempts[r.GetRequestId()] < 3, d.GetTitle() == "一直不可用":
		return nil, status.Error(codes.Unavailable, "starting")
	case d.GetTitle() == "短":
		return nil, fault(codes.InvalidArgument, "FIELD_INVALID", "请求有误", &errdetails.BadRequest{
			FieldViolations: []*errdetails.BadRequest_FieldViolation{{Field: "demand.title", Description: "至少 4 个字"}},
		})
	}
	d.Name, d.State, d.Etag = "demands/new", jiebangv1.Demand_DRAFT, `"1"`
	if !r.GetValidateOnly() {
		d.Receipt = &jiebangv1.Receipt{Jurisdiction: "330182", Sequence: int64(m.attempts[r.GetRequestId()]), EntryHash: []byte{0x0f}}
	}
	return d, nil
}

func (m *market) PublishDemand(_ context.Context, r *jiebangv1.PublishDemandRequest) (*jiebangv1.Demand, error) {
	for _, d := range fakeDemands() {
		if d.GetName() != r.GetName() {
			continue
		}
		if d.GetEtag() != r.GetEtag() {
			return nil, fault(codes.Aborted, "ETAG_STALE", "版本已过期")
		}
		d.State = jiebangv1.Demand_PUBLISHED
		return d, nil
	}
	return nil, fault(codes.NotFound, "DEMAND_NOT_FOUND", "没有这个需求")
}

func (m *market) GetCaller(ctx context.Context, _ *jiebangv1.GetCallerRequest) (*jiebangv1.Caller, error) {
	md, _ := metadata.FromIncomingContext(ctx)
	caller := &jiebangv1.Caller{
		Name: "caller", Roles: []jiebangv1.Role{jiebangv1.Role_AUDITOR}, ExpireTime: instant("2027-01-01T00:00:00Z"), Privileges: []string{"ledger.entries", "token.list"},
		Organization: &jiebangv1.Organization{Name: "organizations/o1", DisplayName: "建德市科技局", Jurisdiction: "330182"},
	}
	switch strings.Join(md.Get("authorization"), ",") {
	case "Bearer good":
		caller.Token = &jiebangv1.Token{Name: "organizations/o1/tokens/t1"}
	case "Bearer session":
		caller.Person, caller.StepUpExpireTime = "persons/u1", instant("2026-12-31T12:05:00Z")
	case "Bearer ended":
		return nil, fault(codes.Unauthenticated, "SESSION_ENDED", "登录已失效,请重新登录")
	default:
		return nil, fault(codes.Unauthenticated, "TOKEN_INVALID", "令牌无效")
	}
	return caller, nil
}

func (m *market) GetBid(context.Context, *jiebangv1.GetBidRequest) (*jiebangv1.Bid, error) {
	return &jiebangv1.Bid{Name: "demands/d1/bids/b1", Amount: yuan(400_000, 0), Proposal: "方案", Etag: `"2"`}, nil
}

func (m *market) SubmitBid(_ context.Context, r *jiebangv1.SubmitBidRequest) (*jiebangv1.Bid, error) {
	return &jiebangv1.Bid{Name: r.GetName(), Amount: yuan(400_000, 0), State: jiebangv1.Bid_SUBMITTED, Version: 1}, nil
}

// GetContract gives contracts to sign: c1 with the digest of its terms, c2 with the digest of others.
func (m *market) GetContract(_ context.Context, r *jiebangv1.GetContractRequest) (*jiebangv1.Contract, error) {
	c := &jiebangv1.Contract{
		Name: r.GetName(), Title: "纳米碳酸钙技术开发\n成交额: 1.00 元", Buyer: "organizations/buyer", Seller: "organizations/seller", Etag: `"4"`,
		Class: jiebangv1.ContractClass_DEVELOPMENT, Field: jiebangv1.TechnologyField_NEW_MATERIALS, Channel: jiebangv1.Channel_JIEBANG,
		Total: yuan(418_000, 500_000_000), TextDigest: make([]byte, 32), State: jiebangv1.Contract_PENDING_SIGNATURE,
	}
	c.SignDigest = digestOf(c)
	if r.GetName() == "contracts/c2" {
		c.Total = yuan(1, 0)
	}
	return c, nil
}

func (m *market) SignContract(_ context.Context, r *jiebangv1.SignContractRequest) (*jiebangv1.Contract, error) {
	if len(r.GetSignDigest()) != 32 {
		return nil, fault(codes.Aborted, "DIGEST_MISMATCH", "摘要不符")
	}
	return &jiebangv1.Contract{Name: r.GetName(), State: jiebangv1.Contract_ACTIVE, Total: yuan(418_000, 500_000_000)}, nil
}

func (m *market) GetTotal(_ context.Context, r *jiebangv1.GetTotalRequest) (*jiebangv1.Total, error) {
	if r.GetAtLeastSequence() > 100 {
		return nil, fault(codes.Unavailable, "TOTAL_BEHIND", "统计尚未更新")
	}
	t := &jiebangv1.Total{
		Name: r.GetName(), DemandsPublished: 55, ContractsSigned: 47, Amount: yuan(64_180_000, 0),
		AsOf: []*jiebangv1.Total_AsOf{{Jurisdiction: "330182", Sequence: 2345}},
	}
	if r.GetGroupBy() == jiebangv1.GetTotalRequest_CHANNEL {
		t.Groups = []*jiebangv1.Total_Group{
			{Key: "JIEBANG", DisplayName: "揭榜", ContractsSigned: 40, Amount: yuan(60_000_000, 0)},
			{Key: "AUCTION", DisplayName: "成果拍卖", ContractsSigned: 7, Amount: yuan(4_180_000, 0)},
		}
	}
	return t, nil
}

// fakeLedger is a ledger in memory.
type fakeLedger struct {
	name, key, note string
	entries         []*jiebangv1.Entry
	hashes          tlog.HashReader
	lie             bool // its proofs are of another entry
}

func newLedger(t *testing.T, jurisdiction string, size int64) *fakeLedger {
	t.Helper()
	private, public, err := note.GenerateKey(nil, entry.Origin(jurisdiction))
	if err != nil {
		t.Fatal(err)
	}
	signer, err := note.NewSigner(private)
	if err != nil {
		t.Fatal(err)
	}
	l := &fakeLedger{name: "ledgers/" + jurisdiction, key: public}
	var stored []tlog.Hash
	l.hashes = tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		var list []tlog.Hash
		for _, i := range indexes {
			list = append(list, stored[i])
		}
		return list, nil
	})
	for i := range size {
		e := entry.Entry{
			Jurisdiction: jurisdiction, Sequence: i, Time: time.Date(2026, 1, 1, 0, 0, int(i), 0, time.UTC), Kind: "organization.registered",
			Subject: fmt.Sprintf("organizations/o%d", i), Organization: "o1", Actor: "t1", Request: "r",
		}
		e.Row = new(entry.Image).Int("version", 1).Row()
		salt, body := make([]byte, entry.SaltSize), e.Encode()
		leaf := entry.Leaf(salt, body)
		more, err := tlog.StoredHashesForRecordHash(i, leaf, l.hashes)
		if err != nil {
			t.Fatal(err)
		}
		stored = append(stored, more...)
		l.entries = append(l.entries, &jiebangv1.Entry{
			Name: fmt.Sprintf("%s/entries/%d", l.name, i), Sequence: i, Kind: e.Kind, Body: body, Salt: salt, EntryHash: leaf[:],
		})
	}
	root, err := tlog.TreeHash(size, l.hashes)
	if err != nil {
		t.Fatal(err)
	}
	if l.note, err = (entry.Checkpoint{Origin: entry.Origin(jurisdiction), Size: size, Root: root}).Sign(signer); err != nil {
		t.Fatal(err)
	}
	return l
}

func (m *market) ledger(name string) (*fakeLedger, error) {
	parts := strings.Split(name, "/")
	if l := m.ledgers[parts[1]]; l != nil {
		return l, nil
	}
	return nil, fault(codes.NotFound, "LEDGER_NOT_FOUND", "没有这个账本")
}

func (m *market) GetLedger(_ context.Context, r *jiebangv1.GetLedgerRequest) (*jiebangv1.Ledger, error) {
	l, err := m.ledger(r.GetName())
	if err != nil {
		return nil, err
	}
	return &jiebangv1.Ledger{Name: l.name, Size: int64(len(l.entries)), Origin: "jiebang/" + path.Base(l.name), VerifierKey: l.key}, nil
}

func (m *market) GetCheckpoint(_ context.Context, r *jiebangv1.GetCheckpointRequest) (*jiebangv1.Checkpoint, error) {
	l, err := m.ledger(r.GetName())
	if err != nil {
		return nil, err
	}
	return &jiebangv1.Checkpoint{Name: r.GetName(), Note: l.note}, nil
}

// ListEntries skips an entry of the ledger that lies.
func (m *market) ListEntries(_ context.Context, r *jiebangv1.ListEntriesRequest) (*jiebangv1.ListEntriesResponse, error) {
	l, err := m.ledger(r.GetParent())
	if err != nil {
		return nil, err
	}
	if l.lie {
		return &jiebangv1.ListEntriesResponse{Entries: []*jiebangv1.Entry{l.entries[0], l.entries[2]}}, nil
	}
	from, _ := strconv.Atoi(r.GetPageToken())
	to, next := min(len(l.entries), from+int(r.GetPageSize())), ""
	if to < len(l.entries) {
		next = strconv.Itoa(to)
	}
	return &jiebangv1.ListEntriesResponse{Entries: l.entries[from:to], NextPageToken: next}, nil
}

func (m *market) ProveInclusion(_ context.Context, r *jiebangv1.ProveInclusionRequest) (*jiebangv1.InclusionProof, error) {
	l, err := m.ledger(r.GetName())
	if err != nil {
		return nil, err
	}
	n, _ := strconv.ParseInt(path.Base(r.GetName()), 10, 64)
	proof, err := tlog.ProveRecord(r.GetTreeSize(), n, l.hashes)
	if err != nil {
		return nil, status.Error(codes.InvalidArgument, err.Error())
	}
	answer := &jiebangv1.InclusionProof{Sequence: n, TreeSize: r.GetTreeSize(), EntryHash: l.entries[n].GetEntryHash()}
	if l.lie {
		answer.EntryHash = l.entries[(n+1)%3].GetEntryHash()
	}
	for _, h := range proof {
		answer.Hashes = append(answer.Hashes, h[:])
	}
	return answer, nil
}
