package rpc_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"google.golang.org/genproto/googleapis/type/date"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	"github.com/jiebang/jiebang/services/internal/markettest"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// change is a change that can be made once.
type change struct {
	ctx   context.Context
	req   proto.Message
	grows int64 // entries that it leaves
}

// changes prepares a change by every method that changes something. Each is of things of its own.
func changes(t *testing.T, m *markettest.Market) map[string]change {
	t.Helper()
	firm, zju := m.Firm(), m.University()
	all := map[string]change{}
	add := func(o *markettest.Member, req proto.Message, grows int64) {
		all[strings.TrimSuffix(string(req.ProtoReflect().Descriptor().Name()), "Request")] = change{o.Ctx(), req, grows}
	}
	settlingChanges(m, add) // first, because it moves the clock
	registeringChanges(t, m, add)
	judgingChanges(t, m, add)
	monitoringChanges(t, m, firm, add)
	odd := markettest.Must(m.Organizations.CreateOrganization(m.Bureau.Ctx(), &pb.CreateOrganizationRequest{RequestId: markettest.ID(), Organization: &pb.Organization{DisplayName: "机构",
		Kind: pb.Organization_BROKER, Uscc: "91350100M000100Y4X"}}))(t)
	token := markettest.Must(m.Organizations.CreateToken(firm.Ctx(), &pb.CreateTokenRequest{RequestId: markettest.ID(), Parent: firm.Name, Token: &pb.Token{DisplayName: "test", Roles: []pb.Role{pb.Role_EDITOR}}}))(t)
	add(m.Bureau, &pb.CreateOrganizationRequest{Organization: &pb.Organization{DisplayName: "另一机构", Kind: pb.Organization_BROKER, Uscc: m.Code()}}, 1)
	add(m.Bureau, &pb.ConfirmOrganizationRequest{Name: odd.GetName(), Etag: odd.GetEtag()}, 1)
	add(firm, &pb.CreateTokenRequest{Parent: firm.Name, Token: &pb.Token{DisplayName: "test", Roles: []pb.Role{pb.Role_EDITOR}}}, 1)
	add(firm, &pb.RevokeTokenRequest{Name: token.GetName(), Etag: token.GetEtag()}, 1)
	draft, edited, published, open := m.Draft(firm, time.Hour), m.Draft(firm, time.Hour), m.Publish(firm, time.Hour), m.Publish(firm, 2*time.Hour)
	edited.Title = "另一标题"
	add(firm, &pb.CreateDemandRequest{Demand: &pb.Demand{Title: "超细碳酸钙", Field: pb.TechnologyField_NUCLEAR, Budget: markettest.Fen(7)}}, 1)
	add(firm, &pb.UpdateDemandRequest{Demand: edited}, 1)
	add(firm, &pb.PublishDemandRequest{Name: draft.GetName(), Etag: draft.GetEtag()}, 2)
	add(firm, &pb.WithdrawDemandRequest{Name: published.GetName(), Etag: published.GetEtag()}, 1+markettest.Crowd)
	bids := []*pb.Bid{m.DraftBid(m.University(), open, 5)}
	bidders := []*markettest.Member{zju, m.University(), m.University(), m.University()}
	for i, o := range bidders {
		if i < 2 {
			bids = append(bids, m.DraftBid(o, open, 5))
		} else {
			bids = append(bids, m.Bid(o, open, 5))
		}
	}
	bids[1].Proposal = "另一方案"
	add(m.University(), &pb.CreateBidRequest{Parent: open.GetName(), Bid: &pb.Bid{Amount: markettest.Fen(1), Proposal: "方案"}}, 1)
	add(bidders[0], &pb.UpdateBidRequest{Bid: bids[1]}, 1)
	add(bidders[1], &pb.SubmitBidRequest{Name: bids[2].GetName(), Etag: bids[2].GetEtag()}, 1)
	add(bidders[2], &pb.ReplaceBidRequest{Name: bids[3].GetName(), Etag: bids[3].GetEtag(), Amount: markettest.Fen(1), Proposal: "方案"}, 1)
	add(bidders[3], &pb.WithdrawBidRequest{Name: bids[4].GetName(), Etag: bids[4].GetEtag()}, 1)
	contractChanges(t, m, firm, zju, add)
	vettingChanges(t, m, firm, zju, add)
	offerChanges(m, zju, add)
	file := m.Declare(firm)
	add(firm, &pb.CreateFileRequest{File: &pb.File{DisplayName: "方案.pdf", Purpose: pb.File_DEMAND, Size: 5, Sha256: make([]byte, 32)}}, 1)
	add(firm, &pb.DeleteFileRequest{Name: file.GetName(), Etag: file.GetEtag()}, 1)
	sealedChanges(t, m, firm, all)
	linkChanges(t, m, firm, all)
	closingChanges(t, m, firm, zju, all)
	peopleChanges(t, m, all)
	accountChanges(t, m, all)
	resetChanges(t, m, all)
	return all
}

// linkChanges prepares the changes of what persons are linked to outside.
func linkChanges(t *testing.T, m *markettest.Market, firm *markettest.Member, all map[string]change) {
	t.Helper()
	linking, linked := m.Person(firm.Name, pb.Role_EDITOR), m.Person(firm.Name, pb.Role_EDITOR)
	link := markettest.Must(m.Logins.LinkSignOn(linked.Ctx(), &pb.LinkSignOnRequest{RequestId: markettest.ID(), Proof: m.Proof(t, "1"), Password: markettest.Password}))(t)
	all["LinkSignOn"] = change{linking.Ctx(), &pb.LinkSignOnRequest{Proof: m.Proof(t, "2"), Password: markettest.Password}, 1}
	all["UnlinkSignOn"] = change{linked.Ctx(), &pb.UnlinkSignOnRequest{Name: link.GetName(), Password: markettest.Password}, 1}
}

// offerChanges prepares the changes of what is offered.
func offerChanges(m *markettest.Market, zju *markettest.Member, add func(*markettest.Member, proto.Message, int64)) {
	edited, drafted := m.Achieve(zju), m.Achieve(zju)
	editedProfile, draftedProfile := m.Describe(zju), m.Describe(zju)
	listed, listedProfile := m.Offer(zju)
	edited.Title, editedProfile.DisplayName = "另一标题", "另一名称"
	file := []byte(`{"编号":"A-1","成果名称":"超细碳酸钙","技术领域":"新材料"}`)
	people := []byte(`{"编号":"P-1","姓名":"周明远","类型":"专家"}`)
	add(zju, &pb.CreateAchievementRequest{Achievement: &pb.Achievement{Title: "超细碳酸钙", Field: pb.TechnologyField_NUCLEAR,
		IntellectualProperties: []*pb.IntellectualProperty{{Kind: pb.IntellectualProperty_KNOW_HOW}}}}, 1)
	add(zju, &pb.UpdateAchievementRequest{Achievement: edited}, 1)
	add(zju, &pb.PublishAchievementRequest{Name: drafted.GetName(), Etag: drafted.GetEtag()}, 1)
	add(zju, &pb.WithdrawAchievementRequest{Name: listed.GetName(), Etag: listed.GetEtag()}, 1)
	add(zju, &pb.ImportAchievementsRequest{Format: pb.ImportFormat_JSONL, Content: file}, 1)
	add(zju, &pb.CreateProfileRequest{Profile: &pb.Profile{Kind: pb.Profile_EXPERT, DisplayName: "周明远"}}, 1)
	add(zju, &pb.UpdateProfileRequest{Profile: editedProfile}, 1)
	add(zju, &pb.PublishProfileRequest{Name: draftedProfile.GetName(), Etag: draftedProfile.GetEtag()}, 1)
	add(zju, &pb.WithdrawProfileRequest{Name: listedProfile.GetName(), Etag: listedProfile.GetEtag()}, 1)
	add(zju, &pb.ImportProfilesRequest{Format: pb.ImportFormat_JSONL, Content: people}, 1)
}

// contractChanges prepares the changes of awarded demands and of contracts.
func contractChanges(t *testing.T, m *markettest.Market, firm, zju *markettest.Member, add func(*markettest.Member, proto.Message, int64)) {
	t.Helper()
	judged := make([]*pb.Demand, 10)
	bids := make([]*pb.Bid, len(judged))
	for i := range judged {
		judged[i] = m.Publish(firm, time.Minute)
		bids[i] = m.Bid(zju, judged[i], 5)
	}
	for i := range judged {
		if judged[i] = m.Close(firm, judged[i]); i >= 2 {
			judged[i] = m.Award(firm, judged[i], bids[i])
		}
	}
	add(firm, &pb.AwardDemandRequest{Name: judged[0].GetName(), Bid: bids[0].GetName(), Etag: judged[0].GetEtag()}, 2)
	add(firm, &pb.RejectBidsRequest{Name: judged[1].GetName(), Etag: judged[1].GetEtag()}, 2)
	text := make([]byte, 32)
	draft := func(d *pb.Demand) *pb.Contract {
		return markettest.Must(m.Contracts.CreateContract(firm.Ctx(), &pb.CreateContractRequest{RequestId: markettest.ID(), Contract: &pb.Contract{Demand: d.GetName(), Title: "技术开发合同",
			Class: pb.ContractClass_DEVELOPMENT, TextDigest: text, Price: markettest.Price()}}))(t)
	}
	edited, drafted := draft(judged[3]), draft(judged[4])
	edited.Title = "另一标题"
	signed, refused := m.Sign(firm, m.Contract(firm, judged[5])), m.Contract(firm, judged[6])
	revised := m.Sign(firm, m.Contract(firm, judged[9]))
	add(zju, &pb.RequireContractChangesRequest{Name: revised.GetName(), Etag: revised.GetEtag(), Reason: "改价款"}, 1)
	completed, terminated := m.Sign(zju, m.Sign(firm, m.Contract(firm, judged[7]))), m.Sign(zju, m.Sign(firm, m.Contract(firm, judged[8])))
	completed = markettest.Must(m.Contracts.CompleteContract(firm.Ctx(), &pb.CompleteContractRequest{RequestId: markettest.ID(), Name: completed.GetName(), Etag: completed.GetEtag(), AmountPaid: markettest.Yuan(0)}))(t)
	add(firm, &pb.CreateContractRequest{Contract: &pb.Contract{Demand: judged[2].GetName(), Title: "技术开发合同", Class: pb.ContractClass_DEVELOPMENT}}, 1)
	add(zju, &pb.UpdateContractRequest{Contract: edited}, 1)
	add(firm, &pb.ProposeContractRequest{Name: drafted.GetName(), Etag: drafted.GetEtag()}, 1)
	add(zju, &pb.SignContractRequest{Name: signed.GetName(), Etag: signed.GetEtag(), SignDigest: signed.GetSignDigest()}, 2)
	add(zju, &pb.RefuseContractRequest{Name: refused.GetName(), Etag: refused.GetEtag(), Reason: "不签"}, 2)
	add(zju, &pb.CompleteContractRequest{Name: completed.GetName(), Etag: completed.GetEtag(), AmountPaid: markettest.Yuan(0)}, 2)
	add(zju, &pb.TerminateContractRequest{Name: terminated.GetName(), Etag: terminated.GetEtag(), Reason: "违约", AmountPaid: markettest.Yuan(0), EndCode: pb.Contract_BREACH}, 2)
	add(m.Bureau, &pb.RecordContractRequest{Contract: &pb.Contract{Title: "成果拍卖合同", Buyer: firm.Name, Seller: zju.Name, Channel: pb.Channel_AUCTION, Class: pb.ContractClass_TRANSFER,
		Field: pb.TechnologyField_NUCLEAR, Total: markettest.Fen(5), TextDigest: text, SignDate: &date.Date{Year: 2025, Month: 1, Day: 1}}}, 1)
}

// methods are the methods of the API.
func methods() (all []protoreflect.MethodDescriptor) {
	protoregistry.GlobalFiles.RangeFilesByPackage("jiebang.v1", func(f protoreflect.FileDescriptor) bool {
		for i := range f.Services().Len() {
			for j := range f.Services().Get(i).Methods().Len() {
				if d := f.Services().Get(i).Methods().Get(j); !d.IsStreamingClient() && !d.IsStreamingServer() { // their areas test them
					all = append(all, d)
				}
			}
		}
		return true
	})
	return all
}

// policy is the policy of a method.
func policy(d protoreflect.MethodDescriptor) *pb.Policy {
	return proto.GetExtension(d.Options(), pb.E_Policy).(*pb.Policy)
}

// invoke calls a method with a request.
func invoke(ctx context.Context, conn grpc.ClientConnInterface, d protoreflect.MethodDescriptor, req proto.Message) (proto.Message, error) {
	reply := messageOf(d.Output())
	return reply, conn.Invoke(ctx, "/"+string(d.Parent().FullName())+"/"+string(d.Name()), req, reply)
}

func messageOf(d protoreflect.MessageDescriptor) proto.Message {
	t, err := protoregistry.GlobalTypes.FindMessageByName(d.FullName())
	if err != nil {
		panic(err) // the API's messages are registered
	}
	return t.New().Interface()
}

// set sets the field of a request.
func set(req proto.Message, field protoreflect.Name, value any) proto.Message {
	req = proto.Clone(req)
	req.ProtoReflect().Set(req.ProtoReflect().Descriptor().Fields().ByName(field), protoreflect.ValueOf(value))
	return req
}

// TestRequestIDs makes a change by every method that changes something: with request_ids that are none, only to check, many times at once,
// again, and with another body. It leaves its entries once.
func TestRequestIDs(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		conn, all := dial(t, m), changes(t, m)
		var count int
		for _, d := range methods() {
			if !policy(d).GetMutates() {
				continue
			}
			c, ok := all[string(d.Name())]
			if !ok {
				t.Errorf("no change by %s is tested", d.Name())
				continue
			}
			count++
			if endsItself[d.Name()] {
				continue
			}
			t.Run(string(d.Name()), func(t *testing.T) { once(t, m, conn, d, c) })
		}
		if count != len(all) {
			t.Errorf("got %d methods that change something, want %d", count, len(all))
		}
		twice(t, m)
	})
}

// checked gives a change bad request_ids, and has it checked only. It returns the request with a good one; what two persons do, the second has approved.
func checked(t *testing.T, m *markettest.Market, conn grpc.ClientConnInterface, d protoreflect.MethodDescriptor, c change) proto.Message {
	before := markettest.Sizes(t, m)
	for _, id := range []string{"", "x", "00000000-0000-0000-0000-000000000000", "01936d3a-7c4e-7b1a-9f3e-2a5d8c6b4e10", "c232ab00-9414-11ec-b3c8-9e6bdeced846", "{" + markettest.ID() + "}",
		"urn:uuid:" + markettest.ID(), strings.ReplaceAll(markettest.ID(), "-", ""), markettest.ID() + " "} {
		_, err := invoke(c.ctx, conn, d, set(c.req, "request_id", id))
		markettest.Want(t, err, codes.InvalidArgument, "REQUEST_ID_REQUIRED", "request_id")
	}
	req := set(c.req, "request_id", markettest.ID())
	_, err := invoke(c.ctx, conn, d, set(req, "validate_only", true))
	if policy(d).GetTwoPersons() {
		markettest.Want(t, err, codes.FailedPrecondition, "APPROVAL_REQUIRED", "")
	} else if err != nil {
		t.Errorf("validate_only: got %v, want success", err)
	}
	if got := markettest.Sizes(t, m); got != before {
		t.Errorf("validate_only: got ledgers of %v entries, want %v", got, before)
	}
	if policy(d).GetTwoPersons() {
		approve(t, m, d, c.ctx, req)
	}
	return req
}

// once makes a change in every way that must not make it twice.
func once(t *testing.T, m *markettest.Market, conn grpc.ClientConnInterface, d protoreflect.MethodDescriptor, c change) {
	req := checked(t, m, conn, d, c)
	before := markettest.Sizes(t, m)
	const callers = 64
	answers, errs := make([]proto.Message, callers), make([]error, callers)
	var running sync.WaitGroup
	for i := range callers {
		running.Go(func() { answers[i], errs[i] = invoke(c.ctx, conn, d, req) })
	}
	running.Wait()
	after := markettest.Sizes(t, m)
	if after[0] != before[0]+c.grows || after[1] != before[1] {
		t.Errorf("got ledgers of %v entries, want %d more than %v", after, c.grows, before)
	}
	m.Clock.Advance(time.Millisecond)
	again, err := invoke(c.ctx, conn, d, req)
	secrets := 0
	for i, got := range append(answers, again) {
		if token, ok := got.(*pb.Token); ok && token.GetSecret() != "" {
			secrets++
			token.Secret = ""
		}
		if a, ok := got.(*pb.FactorAnswer); ok {
			a.RecoveryCodes = nil // in the first answer alone
		}
		if invited, ok := got.(*pb.InviteMemberResponse); ok && invited.GetCode() != "" {
			secrets++
			invited.Code = ""
		}
		if reset, ok := got.(*pb.ResetMemberResponse); ok && reset.GetCode() != "" {
			secrets++
			reset.Code = ""
		}
		if i < callers && errs[i] != nil || err != nil || !proto.Equal(got, again) {
			t.Fatalf("call %d: got %v %v, want %v", i, got, errs[min(i, callers-1)], again)
		}
	}
	if (d.Name() == "CreateToken" || d.Name() == "InviteMember" || d.Name() == "ResetMember") && secrets != 1 {
		t.Errorf("got %d answers with a secret, want 1", secrets)
	}
	_, err = invoke(c.ctx, conn, d, set(req, "validate_only", true))
	markettest.Want(t, err, codes.AlreadyExists, "REQUEST_ID_REUSED", "request_id")
	if d.Name() != "RejectInvitation" && d.Name() != "AcceptInvitation" && d.Name() != "ResetPassword" { // another code is another caller
		_, err = invoke(c.ctx, conn, d, other(req))
		markettest.Want(t, err, codes.AlreadyExists, "REQUEST_ID_REUSED", "request_id")
	}
	if got := markettest.Sizes(t, m); got != after {
		t.Errorf("after the repetitions: got ledgers of %v entries, want %v", got, after)
	}
}

// other is the request with something else in its body: its etag, its demand, its file, or the first text of what it makes.
func other(req proto.Message) proto.Message {
	req = proto.Clone(req)
	m := req.ProtoReflect()
	fields := m.Descriptor().Fields()
	if f := fields.ByName("etag"); f != nil {
		m.Set(f, protoreflect.ValueOfString("77"))
		return req
	}
	if otherSealed(m) || otherPeriod(m) {
		return req
	}
	for _, name := range []protoreflect.Name{"name", "parent"} { // of a demand that is all there is in the body
		if f := fields.ByName(name); f != nil && strings.HasPrefix(m.Get(f).String(), "demands/d") && fields.ByName("bid") == nil {
			m.Set(f, protoreflect.ValueOfString("demands/d330182-0000000000000000"))
			return req
		}
	}
	if f := fields.ByName("content"); f != nil {
		m.Set(f, protoreflect.ValueOfBytes(append(m.Get(f).Bytes(), '\n')))
		return req
	}
	if f := fields.ByName("password"); f != nil {
		m.Set(f, protoreflect.ValueOfString("another"))
		return req
	}
	if f := fields.ByName("roles"); f != nil {
		m.Mutable(f).List().Append(protoreflect.ValueOfEnum(pb.Role_EXPERT.Number()))
		return req
	}
	for _, name := range []protoreflect.Name{"display_name", "code", "new_password"} {
		if f := fields.ByName(name); f != nil {
			m.Set(f, protoreflect.ValueOfString("另外的内容"))
			return req
		}
	}
	switch m.Descriptor().Name() {
	case "RemoveFactorRequest":
		m.Set(fields.ByName("name"), protoreflect.ValueOfString("factors/recovery"))
		return req
	case "RenewRecoveryCodesRequest": // which says nothing: a field of a later version
		m.SetUnknown(protowire.AppendVarint(protowire.AppendTag(nil, 100, protowire.VarintType), 1))
		return req
	}
	if d := m.Descriptor().Name(); d == "LeaveOrganizationRequest" {
		m.Set(fields.ByName("name"), protoreflect.ValueOfString("organizations/o330182-0000000000000000"))
		return req
	}
	for i := range fields.Len() {
		if f := fields.Get(i); f.Message() != nil && m.Has(f) && f.Message().Fields().ByName("request_id") == nil {
			inner := m.Mutable(f).Message()
			for _, name := range []protoreflect.Name{"etag", "title", "proposal", "display_name", "explanation", "holder", "text", "registry"} {
				if g := inner.Descriptor().Fields().ByName(name); g != nil && (name != "etag" || inner.Has(g)) {
					inner.Set(g, protoreflect.ValueOfString("另外的内容.pdf")) // which names a file too
					return req
				}
			}
		}
	}
	return req
}

// TestRequestIDElsewhere uses a request_id again for another body that goes to another jurisdiction.
func TestRequestIDElsewhere(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		firm := m.Firm()
		req := &pb.CreateDemandRequest{RequestId: markettest.ID(), Demand: &pb.Demand{Title: "超细碳酸钙", Field: pb.TechnologyField_NUCLEAR}}
		markettest.Must(m.Demands.CreateDemand(firm.Ctx(), req))(t)
		before := markettest.Sizes(t, m)
		req.Demand.Jurisdiction = markettest.Other
		_, err := m.Demands.CreateDemand(firm.Ctx(), req)
		markettest.Want(t, err, codes.AlreadyExists, "REQUEST_ID_REUSED", "request_id")
		if got := markettest.Sizes(t, m); got != before {
			t.Errorf("got ledgers of %v entries, want %v", got, before)
		}
	})
}

// TestRequestIDMovesOn repeats a request after what it made has moved on: the answer is the first one. Another caller's id is its own.
func TestRequestIDMovesOn(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		firm := m.Firm()
		req := &pb.CreateDemandRequest{RequestId: markettest.ID(), Demand: &pb.Demand{Title: "超细碳酸钙", Field: pb.TechnologyField_NUCLEAR}}
		first := markettest.Must(m.Demands.CreateDemand(firm.Ctx(), req))(t)
		markettest.Must(m.Demands.UpdateDemand(firm.Ctx(), &pb.UpdateDemandRequest{RequestId: markettest.ID(), Demand: &pb.Demand{Name: first.GetName(), Etag: "1", Title: "另一标题", Field: pb.TechnologyField_NUCLEAR}}))(t)
		m.Clock.Advance(time.Hour)
		if again := markettest.Must(m.Demands.CreateDemand(firm.Ctx(), req))(t); !proto.Equal(again, first) {
			t.Errorf("got %v, want the first answer %v", again, first)
		}
		if another := markettest.Must(m.Demands.CreateDemand(m.Token(firm.Name, pb.Role_EDITOR).Ctx(), req))(t); another.GetName() == first.GetName() {
			t.Errorf("another caller's request_id: got %v, want another demand", another)
		}
	})
}
