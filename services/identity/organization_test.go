package identity_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/fieldmaskpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/jiebang/jiebang/services/internal/markettest"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// twice does what two persons do: it asks, lets the second approve, and does it.
func twice(t *testing.T, m *markettest.Market, second *markettest.Founder, do func() (*pb.Organization, error)) (*pb.Organization, error) {
	t.Helper()
	_, err := do()
	name := ""
	for _, d := range status.Convert(err).Details() {
		if info, ok := d.(*errdetails.ErrorInfo); ok {
			name = info.GetMetadata()["approval"]
		}
	}
	if name == "" {
		return nil, err
	}
	v := markettest.Must(m.Approvals.GetApproval(second.Ctx(), &pb.GetApprovalRequest{Name: name}))(t)
	markettest.Must(m.Approvals.ApproveRequest(second.Ctx(), &pb.ApproveRequestRequest{RequestId: markettest.ID(), Name: name, Etag: v.GetEtag(), Digest: v.GetDigest()}))(t)
	return do()
}

// update changes an organization as a caller.
func update(m *markettest.Market, ctx context.Context, o *pb.Organization, fields ...string) (*pb.Organization, error) {
	return m.Organizations.UpdateOrganization(ctx, &pb.UpdateOrganizationRequest{RequestId: markettest.ID(), Organization: o, UpdateMask: &fieldmaskpb.FieldMask{Paths: fields}})
}

// TestUpdateOrganization changes what an organization says of itself, and nothing else.
func TestUpdateOrganization(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		firm, stranger := m.Firm(), m.Found(m.Firm().Name, pb.Role_OWNER)
		owner := m.Found(firm.Name, pb.Role_OWNER)
		was := markettest.Must(m.Organizations.GetOrganization(owner.Ctx(), &pb.GetOrganizationRequest{Name: firm.Name}))(t)
		if was.GetState() != pb.Organization_REGISTERED || was.GetParent() != "" || was.GetVerifiedUntil() != nil {
			t.Errorf("registered: got %v", was)
		}
		said := proto.CloneOf(was)
		said.DisplayName, said.Region, said.Industry, said.Kind, said.State, said.Uscc = "另一名称", "330182", "c2613", pb.Organization_BROKER, pb.Organization_VERIFIED, "91350100M000100Y43"
		got := markettest.Must(update(m, owner.Ctx(), said, "industry", "region"))(t)
		want := proto.CloneOf(was)
		want.Region, want.Industry, want.Etag, want.Receipt = "330182", "C2613", "2", got.GetReceipt()
		if !proto.Equal(got, want) {
			t.Errorf("changed: got %v, want %v", got, want)
		}
		with := func(change func(*pb.Organization)) *pb.Organization {
			o := proto.CloneOf(got)
			change(o)
			return o
		}
		fails := func(ctx context.Context, o *pb.Organization, fields ...string) func() error {
			return func() error { return markettest.Failed(update(m, ctx, o, fields...)) }
		}
		refuse(t, m, []refusal{
			{"by another", fails(stranger.Ctx(), got, "region"), codes.NotFound, "ORGANIZATION_NOT_FOUND", ""},
			{"by the bureau's 经办", fails(m.Found(m.Bureau.Name, pb.Role_OPERATOR).Ctx(), got, "region"), codes.PermissionDenied, "ROLE_NOT_ALLOWED", ""},
			{"by an editor", fails(firm.Ctx(), got, "region"), codes.PermissionDenied, "ROLE_NOT_ALLOWED", ""},
			{"its kind", fails(owner.Ctx(), said, "kind"), codes.InvalidArgument, "UPDATE_MASK_INVALID", "update_mask"},
			{"its state", fails(owner.Ctx(), said, "state"), codes.InvalidArgument, "UPDATE_MASK_INVALID", "update_mask"},
			{"no name", fails(owner.Ctx(), with(func(o *pb.Organization) { o.DisplayName = "" }), "display_name"), codes.InvalidArgument, "FIELD_INVALID", "organization.display_name"},
			{"a region of five digits", fails(owner.Ctx(), with(func(o *pb.Organization) { o.Region = "33018" }), "region"), codes.InvalidArgument, "FIELD_INVALID", "organization.region"},
			{"an unknown industry", fails(owner.Ctx(), with(func(o *pb.Organization) { o.Industry = "C9999" }), "industry"), codes.InvalidArgument, "INDUSTRY_UNKNOWN", "organization.industry"},
			{"no etag", fails(owner.Ctx(), with(func(o *pb.Organization) { o.Etag = "" }), "region"), codes.InvalidArgument, "ETAG_REQUIRED", "organization.etag"},
			{"an old etag", fails(owner.Ctx(), was, "region"), codes.Aborted, "ETAG_STALE", "organization.etag"},
		})
		count := markettest.Race(16, func(int) error { return fails(owner.Ctx(), got, "region")() })
		if count[""] != 1 || count["ETAG_STALE"] != 15 {
			t.Errorf("raced for: got %v, want one winner", count)
		}
	})
}

// TestDivide makes a laboratory of a university an organization: it bids on its own behalf, and not for a demand of its own body.
func TestDivide(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		zju, firm := m.University(), m.Firm()
		owner, boss := m.Found(zju.Name, pb.Role_OWNER), m.Found(firm.Name, pb.Role_OWNER)
		divide := func(ctx context.Context, name, display string) (*pb.Organization, error) {
			return m.Organizations.DivideOrganization(ctx, &pb.DivideOrganizationRequest{RequestId: markettest.ID(), Name: name, DisplayName: display, Region: "330106", Industry: "M7320"})
		}
		whole := markettest.Must(m.Organizations.GetOrganization(owner.Ctx(), &pb.GetOrganizationRequest{Name: zju.Name}))(t)
		lab := markettest.Must(divide(owner.Ctx(), zju.Name, "粉体工程重点实验室"))(t)
		if lab.GetParent() != zju.Name || lab.GetUscc() != whole.GetUscc() || lab.GetKind() != pb.Organization_LAB || lab.GetIndustry() != "M7320" || lab.GetCodeCheck() != pb.Organization_VALID {
			t.Errorf("got %v, want a part of %v", lab, whole)
		}
		// The university lets the first person of the laboratory in, who then runs it.
		chief := markettest.Must(m.Members.InviteMember(owner.Ctx(), &pb.InviteMemberRequest{RequestId: markettest.ID(), Parent: lab.GetName(), Roles: []pb.Role{pb.Role_OWNER}}))(t)
		labBoss := m.Found(lab.GetName(), pb.Role_OWNER)
		refuse(t, m, []refusal{
			{"a part of a part", func() error { return markettest.Failed(divide(labBoss.Ctx(), lab.GetName(), "课题组")) }, codes.FailedPrecondition, "ORGANIZATION_PART", ""},
			{"by another", func() error { return markettest.Failed(divide(boss.Ctx(), zju.Name, "课题组")) }, codes.NotFound, "ORGANIZATION_NOT_FOUND", ""},
			{"the name again", func() error { return markettest.Failed(divide(owner.Ctx(), zju.Name, "粉体工程重点实验室")) }, codes.AlreadyExists, "NAME_TAKEN", "display_name"},
			{"the university's name", func() error { return markettest.Failed(divide(owner.Ctx(), zju.Name, whole.GetDisplayName())) }, codes.AlreadyExists, "NAME_TAKEN", "display_name"},
			{"renamed to the university's name", func() error {
				return markettest.Failed(update(m, labBoss.Ctx(), &pb.Organization{Name: lab.GetName(), DisplayName: whole.GetDisplayName(), Etag: "1"}, "display_name"))
			}, codes.AlreadyExists, "NAME_TAKEN", "organization.display_name"},
			{"invited by the university once there is an owner", func() error {
				return markettest.Failed(m.Members.InviteMember(owner.Ctx(), &pb.InviteMemberRequest{RequestId: markettest.ID(), Parent: lab.GetName(), Roles: []pb.Role{pb.Role_OWNER}}))
			}, codes.FailedPrecondition, "ORGANIZATION_SELF_RUN", ""},
		})
		if chief.GetCode() == "" {
			t.Error("the university invited nobody")
		}
		demand := m.Publish(firm, time.Hour)
		m.Bid(m.Token(lab.GetName(), pb.Role_EDITOR, pb.Role_SIGNER), demand, 5)
		m.Bid(zju, demand, 5) // and so may the university
		own := m.Token(markettest.Must(divide(boss.Ctx(), firm.Name, "企业实验室"))(t).GetName(), pb.Role_EDITOR)
		// The same firm, registered in another jurisdiction.
		uscc := markettest.Must(m.Organizations.GetOrganization(firm.Ctx(), &pb.GetOrganizationRequest{Name: firm.Name}))(t).GetUscc()
		other := markettest.As(t.Context(), m.Server.FirstTokens[markettest.Other])
		twin := markettest.Must(m.Organizations.CreateOrganization(other, &pb.CreateOrganizationRequest{RequestId: markettest.ID(), Organization: &pb.Organization{DisplayName: "机构",
			Kind: pb.Organization_ENTERPRISE, Uscc: uscc}}))(t)
		token := markettest.Must(m.Organizations.CreateToken(other, &pb.CreateTokenRequest{RequestId: markettest.ID(), Parent: twin.GetName(), Token: &pb.Token{DisplayName: "x", Roles: []pb.Role{pb.Role_EDITOR}}}))(t)
		bid := func(ctx context.Context) func() error {
			return func() error {
				return markettest.Failed(m.Bids.CreateBid(ctx, &pb.CreateBidRequest{RequestId: markettest.ID(), Parent: demand.GetName(), Bid: &pb.Bid{Amount: markettest.Yuan(5), Proposal: "方案"}}))
			}
		}
		refuse(t, m, []refusal{
			{"a bid of the firm's own laboratory", bid(own.Ctx()), codes.FailedPrecondition, "BIDDER_IS_POSTER", ""},
			{"a bid of the firm from elsewhere", bid(markettest.As(t.Context(), token.GetSecret())), codes.FailedPrecondition, "BIDDER_IS_POSTER", ""},
		})
		count := markettest.Race(8, func(int) error { return markettest.Failed(divide(owner.Ctx(), zju.Name, "另一实验室")) })
		if count[""] != 1 || count["NAME_TAKEN"] != 7 {
			t.Errorf("raced for: got %v, want one winner", count)
		}
	})
}

// TestVerify verifies an organization, again, and around the bounds.
func TestVerify(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		firm, operator, now := m.Firm(), m.Found(m.Bureau.Name, pb.Role_OPERATOR), m.Clock.Now()
		verify := func(ctx context.Context, etag string, until time.Time) (*pb.Organization, error) {
			return m.Organizations.VerifyOrganization(ctx, &pb.VerifyOrganizationRequest{RequestId: markettest.ID(), Name: firm.Name, Etag: etag, VerifyUntil: timestamppb.New(until)})
		}
		most := now.Add(400 * 24 * time.Hour)
		fails := func(ctx context.Context, etag string, until time.Time) func() error {
			return func() error { return markettest.Failed(verify(ctx, etag, until)) }
		}
		refuse(t, m, []refusal{
			{"until now", fails(operator.Ctx(), "1", now), codes.InvalidArgument, "VERIFICATION_EXPIRY", "verify_until"},
			{"too long", fails(operator.Ctx(), "1", most.Add(time.Microsecond)), codes.InvalidArgument, "VERIFICATION_EXPIRY", "verify_until"},
			{"no time", func() error {
				return markettest.Failed(m.Organizations.VerifyOrganization(operator.Ctx(), &pb.VerifyOrganizationRequest{RequestId: markettest.ID(), Name: firm.Name, Etag: "1"}))
			}, codes.InvalidArgument, "FIELD_INVALID", "verify_until"},
			{"by itself", fails(firm.Ctx(), "1", most), codes.PermissionDenied, "ROLE_NOT_ALLOWED", ""},
			{"by another bureau", fails(markettest.As(t.Context(), m.Server.FirstTokens[markettest.Other]), "1", most), codes.NotFound, "ORGANIZATION_NOT_FOUND", ""},
			{"an old etag", fails(operator.Ctx(), "0", most), codes.Aborted, "ETAG_STALE", "etag"},
		})
		o := markettest.Must(verify(operator.Ctx(), "1", most))(t)
		if o.GetState() != pb.Organization_VERIFIED || !o.GetVerifiedUntil().AsTime().Equal(most) {
			t.Errorf("got %v, want it verified until %v", o, most)
		}
		o = markettest.Must(verify(operator.Ctx(), "2", now.Add(time.Hour)))(t)
		list := markettest.Must(m.Organizations.ListOrganizations(firm.Ctx(), &pb.ListOrganizationsRequest{Filter: `state = "VERIFIED"`}))(t)
		if len(list.GetOrganizations()) != 1 || !proto.Equal(list.GetOrganizations()[0], o) {
			t.Errorf("listed: got %v, want %v", list, o)
		}
		count := markettest.Race(16, func(int) error { return fails(operator.Ctx(), "3", most)() })
		if count[""] != 1 || count["ETAG_STALE"] != 15 {
			t.Errorf("raced for: got %v, want one winner", count)
		}
	})
}

// TestSuspend suspends a university with its laboratory and reinstates it: what is suspended reads and changes nothing.
func TestSuspend(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		first, second := m.Found(m.Bureau.Name, pb.Role_OPERATOR), m.Found(m.Bureau.Name, pb.Role_APPROVER)
		zju := m.University()
		lab := markettest.Must(m.Organizations.DivideOrganization(m.Found(zju.Name, pb.Role_OWNER).Ctx(), &pb.DivideOrganizationRequest{RequestId: markettest.ID(), Name: zju.Name, DisplayName: "实验室"}))(t)
		labToken := m.Token(lab.GetName(), pb.Role_EDITOR)
		markettest.Must(m.Organizations.VerifyOrganization(first.Ctx(), &pb.VerifyOrganizationRequest{RequestId: markettest.ID(), Name: zju.Name, Etag: "1", VerifyUntil: timestamppb.New(m.Clock.Now().Add(time.Hour))}))(t)
		suspend := func(etag string) (*pb.Organization, error) {
			req := &pb.SuspendOrganizationRequest{RequestId: markettest.ID(), Name: zju.Name, Etag: etag, Reason: "材料不实"}
			return twice(t, m, second, func() (*pb.Organization, error) { return m.Organizations.SuspendOrganization(first.Ctx(), req) })
		}
		reinstate := func(ctx context.Context, name, etag string) (*pb.Organization, error) {
			return m.Organizations.ReinstateOrganization(ctx, &pb.ReinstateOrganizationRequest{RequestId: markettest.ID(), Name: name, Etag: etag, Reason: "已补正"})
		}
		draft := func(ctx context.Context) func() error {
			return func() error {
				return markettest.Failed(m.Achievements.CreateAchievement(ctx, &pb.CreateAchievementRequest{RequestId: markettest.ID(), Achievement: &pb.Achievement{Title: "超细碳酸钙", Field: pb.TechnologyField_NUCLEAR}}))
			}
		}
		refuse(t, m, []refusal{{"reinstated before", func() error { return markettest.Failed(reinstate(first.Ctx(), zju.Name, "2")) }, codes.FailedPrecondition, "ORGANIZATION_STATE", ""}})
		o := markettest.Must(suspend("2"))(t)
		if o.GetState() != pb.Organization_SUSPENDED || o.GetVerifiedUntil() != nil {
			t.Errorf("suspended: got %v", o)
		}
		if e := entry(t, m, o.GetReceipt()); !strings.Contains(e, "row.fact_reason 12 材料不实\n") {
			t.Errorf("the entry does not say why: %s", e)
		}
		refuse(t, m, []refusal{
			{"a change by the university", draft(zju.Ctx()), codes.FailedPrecondition, "ORGANIZATION_SUSPENDED", ""},
			{"a change by its laboratory", draft(labToken.Ctx()), codes.FailedPrecondition, "ORGANIZATION_SUSPENDED", ""},
			{"the bureau suspended", func() error {
				return markettest.Failed(m.Organizations.SuspendOrganization(first.Ctx(), &pb.SuspendOrganizationRequest{RequestId: markettest.ID(), Name: m.Bureau.Name, Etag: "1", Reason: "材料不实"}))
			}, codes.FailedPrecondition, "ORGANIZATION_BUREAU", ""},
			{"suspended twice", func() error { return markettest.Failed(suspend("3")) }, codes.FailedPrecondition, "ORGANIZATION_STATE", ""},
			{"reinstated by itself", func() error { return markettest.Failed(reinstate(zju.Ctx(), zju.Name, "3")) }, codes.PermissionDenied, "ROLE_NOT_ALLOWED", ""},
			{"without a reason", func() error {
				return markettest.Failed(m.Organizations.ReinstateOrganization(first.Ctx(), &pb.ReinstateOrganizationRequest{RequestId: markettest.ID(), Name: zju.Name, Etag: "3"}))
			}, codes.InvalidArgument, "FIELD_INVALID", "reason"},
		})
		if got := markettest.Must(m.Organizations.GetCaller(labToken.Ctx(), &pb.GetCallerRequest{Name: "caller"}))(t); got.GetOrganization().GetState() != pb.Organization_SUSPENDED {
			t.Errorf("the laboratory reads %v, want it suspended", got)
		}
		count := markettest.Race(16, func(int) error { return markettest.Failed(reinstate(first.Ctx(), zju.Name, "3")) })
		if count[""] != 1 || count["ETAG_STALE"] != 15 {
			t.Errorf("raced for: got %v, want one winner", count)
		}
		if err := draft(zju.Ctx())(); err != nil {
			t.Errorf("a change after it was reinstated: %v", err)
		}
	})
}

// TestClose closes a university with its laboratory for good.
func TestClose(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		chief, second, operator := m.Found(m.Bureau.Name, pb.Role_SECADMIN), m.Found(m.Bureau.Name, pb.Role_APPROVER), m.Found(m.Bureau.Name, pb.Role_OPERATOR)
		zju := m.University()
		lab := markettest.Must(m.Organizations.DivideOrganization(m.Found(zju.Name, pb.Role_OWNER).Ctx(), &pb.DivideOrganizationRequest{RequestId: markettest.ID(), Name: zju.Name, DisplayName: "实验室"}))(t)
		closing := &pb.CloseOrganizationRequest{RequestId: markettest.ID(), Name: zju.Name, Etag: "1", Reason: "已注销"}
		o := markettest.Must(twice(t, m, second, func() (*pb.Organization, error) { return m.Organizations.CloseOrganization(chief.Ctx(), closing) }))(t)
		gone := markettest.Must(m.Organizations.GetOrganization(operator.Ctx(), &pb.GetOrganizationRequest{Name: lab.GetName()}))(t)
		if o.GetState() != pb.Organization_CLOSED || gone.GetState() != pb.Organization_CLOSED {
			t.Errorf("closed: got %v and %v", o, gone)
		}
		refuse(t, m, []refusal{
			{"reinstated after its end", func() error {
				return markettest.Failed(m.Organizations.ReinstateOrganization(operator.Ctx(), &pb.ReinstateOrganizationRequest{RequestId: markettest.ID(), Name: zju.Name, Etag: "2", Reason: "已补正"}))
			}, codes.FailedPrecondition, "ORGANIZATION_STATE", ""},
			{"a change after its end", func() error {
				return markettest.Failed(m.Achievements.CreateAchievement(zju.Ctx(), &pb.CreateAchievementRequest{RequestId: markettest.ID(), Achievement: &pb.Achievement{Title: "超细碳酸钙", Field: pb.TechnologyField_NUCLEAR}}))
			}, codes.FailedPrecondition, "ORGANIZATION_SUSPENDED", ""},
		})
	})
}

// entry is the body of the entry of a receipt, as an auditor reads it.
func entry(t *testing.T, m *markettest.Market, r *pb.Receipt) string {
	t.Helper()
	e := markettest.Must(m.Ledgers.GetEntry(m.Bureau.Ctx(), &pb.GetEntryRequest{Name: fmt.Sprintf("ledgers/%s/entries/%d", r.GetJurisdiction(), r.GetSequence())}))(t)
	return string(e.GetBody())
}

// TestFacts awards a demand and signs its contract: the entries tell how both parties stood then, and no later change of a party changes that.
func TestFacts(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		firm, zju, operator := m.Firm(), m.University(), m.Found(m.Bureau.Name, pb.Role_OPERATOR)
		until := m.Clock.Now().Add(24 * time.Hour)
		markettest.Must(m.Organizations.VerifyOrganization(operator.Ctx(), &pb.VerifyOrganizationRequest{RequestId: markettest.ID(), Name: zju.Name, Etag: "1", VerifyUntil: timestamppb.New(until)}))(t)
		markettest.Must(update(m, m.Found(firm.Name, pb.Role_OWNER).Ctx(), &pb.Organization{Name: firm.Name, Region: "330182", Industry: "C2613", Etag: "1"}, "region", "industry"))(t)
		d := m.Publish(firm, time.Minute)
		b := m.Bid(zju, d, 5)
		d = m.Award(firm, m.Close(firm, d), b)
		k := m.Sign(zju, m.Sign(firm, m.Contract(firm, d)))
		markettest.Must(update(m, m.Found(zju.Name, pb.Role_OWNER).Ctx(), &pb.Organization{Name: zju.Name, DisplayName: "另一名称", Etag: "2"}, "display_name"))(t)
		for _, want := range []struct {
			receipt     *pb.Receipt
			part, other string
		}{{awarded(t, m, d), "winner", "demander"}, {activated(t, m, k), "seller", "buyer"}} {
			e := entry(t, m, want.receipt)
			for _, line := range []string{
				fmt.Sprintf("row.fact_%s_display_name 8 机构 2\n", want.part), fmt.Sprintf("row.fact_%s_state 8 verified\n", want.part), fmt.Sprintf("row.fact_%s_kind 10 university\n", want.part),
				fmt.Sprintf("row.fact_%s_code_check 5 valid\n", want.part), fmt.Sprintf("row.fact_%s_verified_until 27 %s\n", want.part, until.UTC().Format("2006-01-02T15:04:05.000000Z")),
				fmt.Sprintf("row.fact_%s_display_name 8 机构 1\n", want.other), fmt.Sprintf("row.fact_%s_state 10 registered\n", want.other),
				fmt.Sprintf("row.fact_%s_region 6 330182\n", want.other), fmt.Sprintf("row.fact_%s_industry 5 C2613\n", want.other),
			} {
				if !strings.Contains(e, line) {
					t.Errorf("%s lacks %q", e, line)
				}
			}
		}
		report, err := m.Server.Verify(t.Context(), markettest.Jurisdiction)
		if err != nil || len(report.Problems) > 0 {
			t.Errorf("verify: got %v %v, want nothing", report, err)
		}
	})
}

// awarded is the receipt of the award of a demand, and activated that of the contract's coming into force: both are the last of their subject before.
func awarded(t *testing.T, m *markettest.Market, d *pb.Demand) *pb.Receipt {
	return receiptOf(t, m, "demand.awarded", d.GetName())
}

func activated(t *testing.T, m *markettest.Market, k *pb.Contract) *pb.Receipt {
	return receiptOf(t, m, "contract.activated", k.GetName())
}

func receiptOf(t *testing.T, m *markettest.Market, kind, subject string) *pb.Receipt {
	t.Helper()
	list := markettest.Must(m.Ledgers.ListEntries(m.Bureau.Ctx(), &pb.ListEntriesRequest{Parent: "ledgers/" + markettest.Jurisdiction, PageSize: 1000}))(t)
	i := slices.IndexFunc(list.GetEntries(), func(e *pb.Entry) bool { return e.GetKind() == kind && e.GetSubject() == subject })
	if i < 0 {
		t.Fatalf("no %s of %s", kind, subject)
	}
	return &pb.Receipt{Jurisdiction: markettest.Jurisdiction, Sequence: list.GetEntries()[i].GetSequence()}
}

// TestAlike refuses names that a person would take for another organization's, whoever asks and however.
func TestAlike(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		create := func(ctx context.Context, name string) (*pb.Organization, error) {
			return m.Organizations.CreateOrganization(ctx, &pb.CreateOrganizationRequest{RequestId: markettest.ID(),
				Organization: &pb.Organization{DisplayName: name, Kind: pb.Organization_ENTERPRISE, Uscc: m.Code()}})
		}
		o := markettest.Must(create(m.Bureau.Ctx(), " 建德 ABC  新材料(集团) "))(t)
		if got, want := o.GetDisplayName(), "建德 ABC 新材料(集团)"; got != want {
			t.Errorf("kept as %q, want %q", got, want)
		}
		firm, zju := m.Firm(), m.University()
		boss, head := m.Found(firm.Name, pb.Role_OWNER), m.Found(zju.Name, pb.Role_OWNER)
		divide := func(name string) (*pb.Organization, error) {
			return m.Organizations.DivideOrganization(head.Ctx(), &pb.DivideOrganizationRequest{RequestId: markettest.ID(), Name: zju.Name, DisplayName: name})
		}
		for _, c := range []struct {
			name, reason string
			code         codes.Code
		}{
			{"建德 ABC 新材料(集团)", "NAME_ALIKE", codes.AlreadyExists},
			{"建德ABC新材料(集团)", "NAME_ALIKE", codes.AlreadyExists},
			{"建德 abc 新材料(集团)", "NAME_ALIKE", codes.AlreadyExists},
			{"建德 АВС 新材料(集团)", "NAME_ALIKE", codes.AlreadyExists},
			{"建德 AВC 新材料(集团)", "NAME_SCRIPT", codes.InvalidArgument},
			{"建德 ABC\u200b 新材料(集团)", "NAME_SIGN", codes.InvalidArgument},
			{"——", "NAME_SHORT", codes.InvalidArgument},
		} {
			refuse(t, m, []refusal{
				{"registered as " + c.name, func() error { return markettest.Failed(create(m.Bureau.Ctx(), c.name)) }, c.code, c.reason, "organization.display_name"},
				{"divided as " + c.name, func() error { return markettest.Failed(divide(c.name)) }, c.code, c.reason, "display_name"},
				{"renamed to " + c.name, func() error {
					return markettest.Failed(update(m, boss.Ctx(), &pb.Organization{Name: firm.Name, DisplayName: c.name, Etag: "1"}, "display_name"))
				}, c.code, c.reason, "organization.display_name"},
			})
		}
		if err := markettest.Failed(create(m.Bureau.Ctx(), "建德 АВС 新材料(集团)")); !strings.Contains(fmt.Sprint(status.Convert(err).Details()...), o.GetDisplayName()) {
			t.Errorf("got %v, want it to name %s", err, o.GetDisplayName())
		}
		// Elsewhere the name is free, and laboratories of different organizations may be called the same.
		markettest.Must(create(markettest.As(t.Context(), m.Server.FirstTokens[markettest.Other]), o.GetDisplayName()))(t)
		markettest.Must(divide("粉体工程重点实验室"))(t)
		markettest.Must(m.Organizations.DivideOrganization(boss.Ctx(), &pb.DivideOrganizationRequest{RequestId: markettest.ID(), Name: firm.Name, DisplayName: "粉体工程重点实验室"}))(t)
		// An organization writes its own name another way.
		got := markettest.Must(m.Organizations.GetOrganization(boss.Ctx(), &pb.GetOrganizationRequest{Name: firm.Name}))(t)
		markettest.Must(update(m, boss.Ctx(), &pb.Organization{Name: firm.Name, DisplayName: strings.ReplaceAll(got.GetDisplayName(), " ", ""), Etag: got.GetEtag()}, "display_name"))(t)
		count := markettest.Race(8, func(i int) error {
			return markettest.Failed(create(m.Bureau.Ctx(), []string{"寿昌 HAN 科技", "寿昌 han 科技"}[i%2]))
		})
		if count[""] != 1 || count["NAME_ALIKE"] != 7 {
			t.Errorf("raced for: got %v, want one winner", count)
		}
	})
}
