package rpc_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/jiebang/jiebang/services/internal/markettest"
	"github.com/jiebang/jiebang/services/internal/rpc"
	"github.com/jiebang/jiebang/services/internal/storagetest"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// reads are requests of the methods that change nothing, by the methods' names.
func reads(m *markettest.Market) map[string]change {
	home := "ledgers/" + markettest.Jurisdiction
	all := map[string]change{}
	for _, req := range []proto.Message{
		&pb.GetOrganizationRequest{Name: m.Bureau.Name}, &pb.ListOrganizationsRequest{}, &pb.ListTokensRequest{Parent: m.Bureau.Name}, &pb.GetCallerRequest{Name: "caller"},
		&pb.GetApprovalRequest{Name: "approvals/x"}, &pb.ListApprovalsRequest{}, &pb.ListMembersRequest{Parent: m.Bureau.Name}, &pb.PreviewInvitationRequest{Code: "x"},
		&pb.GetDemandRequest{Name: "demands/d330182-0000000000000000"}, &pb.ListDemandsRequest{}, &pb.GetFileRequest{Name: "files/x"}, &pb.ListFilesRequest{}, &pb.GetBidRequest{Name: "demands/x/bids/y"},
		&pb.GetEvaluationRequest{Name: "demands/x/evaluation"}, &pb.GetSheetRequest{Name: "demands/x/sheets/y"}, &pb.ListSheetsRequest{Parent: "demands/-"},
		&pb.GetObjectionRequest{Name: "demands/x/objections/y"}, &pb.ListObjectionsRequest{Parent: "demands/-"}, &pb.ListBidsRequest{Parent: "demands/-"},
		&pb.ListRedFlagRulesRequest{}, &pb.ListFindingsRequest{Parent: home}, &pb.GetMonitoringCaseRequest{Name: "monitoringCases/x"}, &pb.ListMonitoringCasesRequest{},
		&pb.GetContractRequest{Name: "contracts/x"}, &pb.GenerateContractTextRequest{Name: "contracts/x"}, &pb.ListContractsRequest{}, &pb.GetAmendmentRequest{Name: "contracts/x/amendments/y"},
		&pb.ListAmendmentsRequest{Parent: "contracts/-"}, &pb.GetMilestoneRequest{Name: "contracts/x/milestones/y"}, &pb.ListMilestonesRequest{Parent: "contracts/-"},
		&pb.GetRegistrationRequest{Name: "contracts/x/registrations/y"}, &pb.ListRegistrationsRequest{Parent: "contracts/-"}, &pb.ListUnfiledContractsRequest{Parent: home},
		&pb.GetRegistryRecordRequest{Name: "registryRecords/x"}, &pb.ListRegistryRecordsRequest{}, &pb.ReconcileRegistryRecordsRequest{},
		&pb.GetRegistryRecordTemplateRequest{Name: "registryRecordTemplate"}, &pb.ProposeContractClassRequest{},
		&pb.GetBackfillRequest{Name: "backfills/x"}, &pb.ListBackfillsRequest{}, &pb.ListBackfillRowsRequest{Parent: "backfills/x"}, &pb.GetBackfillTemplateRequest{Name: "backfillTemplate"},
		&pb.GetPastRecordRequest{Name: "pastRecords/x"}, &pb.ListPastRecordsRequest{},
		&pb.GetPaymentRequest{Name: "contracts/x/payments/y"}, &pb.ListPaymentsRequest{Parent: "contracts/-"}, &pb.GetContractBalanceRequest{Name: "contracts/x/balance"},
		&pb.GetLedgerRequest{Name: home}, &pb.ListLedgersRequest{}, &pb.GetCheckpointRequest{Name: home + "/checkpoint"}, &pb.ListCheckpointsRequest{Parent: home},
		&pb.GetSealingRequest{Name: "demands/x/sealing"}, &pb.GetCustodianRequest{Name: "custodians/x"}, &pb.ListCustodiansRequest{},
		&pb.ChallengeCustodianRequest{Name: "custodians/x"}, &pb.ListEnvelopesRequest{Parent: "demands/x", Custodian: "custodians/x"},
		&pb.GetEntryRequest{Name: home + "/entries/0"}, &pb.ListEntriesRequest{Parent: home}, &pb.ProveInclusionRequest{Name: home + "/entries/0"}, &pb.ProveConsistencyRequest{Name: home, OldSize: 1},
		&pb.ListSignOnProvidersRequest{}, &pb.BeginSignOnRequest{Name: "signOnProviders/x"}, &pb.FinishSignOnRequest{Name: "signOnProviders/x", Flow: "x", State: "x"},
		&pb.ListSignOnLinksRequest{}, &pb.StartDeviceLoginRequest{Agent: "x"}, &pb.PollDeviceLoginRequest{DeviceCode: "x"}, &pb.GetDeviceLoginRequest{Name: "deviceLogins/x"},
		&pb.ApproveDeviceLoginRequest{Name: "deviceLogins/x"}, &pb.DenyDeviceLoginRequest{Name: "deviceLogins/x"},
		&pb.GetTotalRequest{Name: home + "/total"}, &pb.ListChangesRequest{Parent: home}, &pb.ListFigureDefinitionsRequest{}, &pb.GetFigureRequest{Name: home + "/figures/signed_amount", Period: "2026"},
		&pb.ListFigureGroupsRequest{Parent: home + "/figures/signed_amount", Dimension: pb.FigureDimension_CHANNEL, Key: "auction"},
		&pb.ListFigureRecordsRequest{Parent: home + "/figures/signed_amount", Period: "2026"}, &pb.GetClosureRequest{Name: "closures/x"}, &pb.ListClosuresRequest{},
		&pb.CompareClosureRequest{Name: "closures/x"}, &pb.ListDifferencesRequest{Parent: "closures/x", Figure: "signed_amount"}, &pb.SearchDemandsRequest{Query: "x"},
		&pb.SearchAchievementsRequest{Query: "x"}, &pb.SearchOrganizationsRequest{Query: "x"}, &pb.SuggestQueriesRequest{Query: "x"},
		&pb.GetMatchModelRequest{Name: "matchModel"}, &pb.MatchDemandRequest{Name: "demands/x"}, &pb.MatchOrganizationRequest{Name: "organizations/x"},
		&pb.RecordEngagementRequest{Demand: "demands/x", Organization: "organizations/x", Source: 1, Step: 2}, &pb.SummarizeEngagementsRequest{},
		&pb.GetCodeListRequest{Name: "codeLists/trl"}, &pb.ListCodeListsRequest{}, &pb.GetCodeRequest{Name: "codeLists/trl/codes/1"}, &pb.ListCodesRequest{Parent: "codeLists/trl"},
		&pb.GetAchievementRequest{Name: "achievements/x"}, &pb.ListAchievementsRequest{}, &pb.GetAchievementTemplateRequest{Name: "achievementTemplate"},
		&pb.LoginRequest{Login: "x"}, &pb.BeginPasskeyRequest{}, &pb.StepUpRequest{}, &pb.SwitchOrganizationRequest{}, &pb.LogoutRequest{}, &pb.ListSessionsRequest{},
		&pb.RevokeSessionRequest{Name: "sessions/x"}, &pb.GetAccountRequest{Name: "account"}, &pb.ListFactorsRequest{}, &pb.EnrollTotpRequest{}, &pb.BeginPasskeyRegistrationRequest{},
		&pb.ExportPersonalDataRequest{Name: "account"}, &pb.EraseAccountRequest{Name: "account"},
		&pb.GetProfileRequest{Name: "profiles/x"}, &pb.ListProfilesRequest{}, &pb.GetProfileTemplateRequest{Name: "profileTemplate"},
		&pb.AdviseDemandRequest{Name: "demands/x"}, &pb.ListSimilarDemandsRequest{Parent: "demands/x"}, &pb.ListOpinionsRequest{Parent: "demands/x"}, &pb.ListQuestionsRequest{Parent: "demands/x"},
		&pb.GetAgreementRequest{Name: "agreement"}, &pb.ListDisclosuresRequest{Parent: "demands/x"},
	} {
		all[strings.TrimSuffix(string(req.ProtoReflect().Descriptor().Name()), "Request")] = change{m.Bureau.Ctx(), req, 0}
	}
	tellings(m, all)
	return all
}

// eachText calls every method with every text field of its request spoilt in turn.
func eachText(t *testing.T, m *markettest.Market, spoil func(was string) string, check func(method, field string, err error)) {
	t.Helper()
	conn, all := dial(t, m), changes(t, m)
	for name, c := range reads(m) {
		all[name] = c
	}
	for _, d := range methods() {
		c, ok := all[string(d.Name())]
		if !ok {
			t.Errorf("no request of %s is tested", d.Name())
			continue
		}
		req := c.req
		if policy(d).GetMutates() {
			req = set(set(req, "request_id", markettest.ID()), "validate_only", true)
		}
		texts(req.ProtoReflect(), "", func(path string, m protoreflect.Message, f protoreflect.FieldDescriptor) {
			was := m.Get(f)
			m.Set(f, protoreflect.ValueOfString(spoil(was.String())))
			_, err := invoke(c.ctx, conn, d, req)
			m.Set(f, was)
			check(string(d.Name()), path, err)
		})
	}
}

// texts visits the text fields of a message and of the messages in it.
func texts(m protoreflect.Message, prefix string, visit func(path string, m protoreflect.Message, f protoreflect.FieldDescriptor)) {
	fields := m.Descriptor().Fields()
	for i := range fields.Len() {
		switch f := fields.Get(i); {
		case f.IsList() || f.IsMap():
		case f.Kind() == protoreflect.StringKind:
			visit(prefix+string(f.Name()), m, f)
		case f.Kind() == protoreflect.MessageKind && m.Has(f):
			texts(m.Mutable(f).Message(), prefix+string(f.Name())+".", visit)
		}
	}
}

// TestNUL puts U+0000, which PostgreSQL's texts cannot hold, into every text of every request. It is nobody's fault but the caller's.
func TestNUL(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		before := [2]int64{}
		eachText(t, m, func(was string) string {
			before = markettest.Sizes(t, m)
			return was + "\x00"
		}, func(method, field string, err error) {
			if c := status.Code(err); c == codes.Internal || c == codes.Unknown || c == codes.Unavailable {
				t.Errorf("%s with NUL in %s: got %v, want a refusal that blames the caller", method, field, err)
			}
			if got := markettest.Sizes(t, m); got != before {
				t.Errorf("%s with NUL in %s: got ledgers of %v entries, want %v", method, field, got, before)
			}
		})
	})
}

// TestSmallErrors puts 100 kB into every text of every request. A refusal does not send them back: many clients take trailers of 8 kB.
func TestSmallErrors(t *testing.T) {
	t.Parallel()
	m := markettest.Open(t, storagetest.SQLite(t))
	long := strings.Repeat("长", 100<<10/3)
	eachText(t, m, func(was string) string { return was + long }, func(method, field string, err error) {
		st := status.Convert(err)
		if n := proto.Size(st.Proto()); n > 4<<10 {
			t.Errorf("%s with 100 kB in %s: got a status of %d bytes for %s, want at most 4 kB", method, field, n, rpc.Reason(err))
		}
		if st.Code() != codes.OK && rpc.Reason(err) == "" || st.Code() == codes.Internal || st.Code() == codes.Unavailable {
			t.Errorf("%s with 100 kB in %s: got %v, want a reason", method, field, err)
		}
	})
}

// TestFilterErrors sends filters that a parser has much to say about: what it says stays small.
func TestFilterErrors(t *testing.T) {
	t.Parallel()
	m := markettest.Open(t, storagetest.SQLite(t))
	for _, filter := range []string{strings.Repeat("(", 30), strings.Repeat("title:(", 20), strings.Repeat("NOT ", 100), strings.Repeat("a.", 400)} {
		_, err := m.Demands.ListDemands(t.Context(), &pb.ListDemandsRequest{Filter: filter})
		if n := proto.Size(status.Convert(err).Proto()); n > 4<<10 || rpc.Reason(err) != "FILTER_INVALID" {
			t.Errorf("%.20s…: got %s of %d bytes, want FILTER_INVALID of at most 4 kB", filter, rpc.Reason(err), n)
		}
	}
}

// TestTooLarge sends messages around the limit.
func TestTooLarge(t *testing.T) {
	t.Parallel()
	m := markettest.Open(t, storagetest.SQLite(t))
	firm := m.Firm()
	send := func(bytes int) func() error {
		req := &pb.CreateDemandRequest{RequestId: markettest.ID(), Demand: &pb.Demand{Title: "超细碳酸钙", Field: pb.TechnologyField_NUCLEAR, Description: "x"}}
		for proto.Size(req) < bytes {
			req.Demand.Description += strings.Repeat("x", bytes-proto.Size(req))
			if over := proto.Size(req) - bytes; over > 0 { // the lengths grew too
				req.Demand.Description = req.Demand.Description[over:]
			}
		}
		return func() error { return markettest.Failed(m.Demands.CreateDemand(firm.Ctx(), req)) }
	}
	refuse(t, m, []refusal{
		{"at the limit", send(rpc.MaxMessage), codes.InvalidArgument, "FIELD_INVALID", "demand.description"},
		{"above", send(rpc.MaxMessage + 1), codes.ResourceExhausted, "MESSAGE_TOO_LARGE", ""},
		{"far above", send(rpc.MaxMessage * 3 / 2), codes.ResourceExhausted, "MESSAGE_TOO_LARGE", ""},
	})
	before := markettest.Sizes(t, m)
	if err := send(3 * rpc.MaxMessage)(); status.Code(err) != codes.ResourceExhausted || markettest.Sizes(t, m) != before {
		t.Errorf("3 MiB: got %v, want RESOURCE_EXHAUSTED and no change", err)
	}
}

// raw sends bytes as they are.
type raw struct{}

func (raw) Name() string                  { return "proto" }
func (raw) Marshal(v any) ([]byte, error) { return v.([]byte), nil }
func (raw) Unmarshal([]byte, any) error   { return nil }

// TestGarbage sends bytes that are no message. It is nobody's fault but the caller's.
func TestGarbage(t *testing.T) {
	t.Parallel()
	m := markettest.Open(t, storagetest.SQLite(t))
	conn, before := dial(t, m), markettest.Sizes(t, m)
	for name, body := range map[string][]byte{"no tag": {0xff}, "cut": {0x0a, 0x7f, 'x'}, "wrong wire type": {0x0b}, "not UTF-8": {0x0a, 2, 0xc3, 0x28}} {
		for _, method := range []string{"DemandService/GetDemand", "DemandService/CreateDemand", "OrganizationService/CreateToken"} {
			var reply []byte
			err := conn.Invoke(m.Firm().Ctx(), "/jiebang.v1."+method, body, &reply, grpc.ForceCodec(raw{}))
			if status.Code(err) != codes.InvalidArgument || rpc.Reason(err) == "" {
				t.Errorf("%s %s: got %v of reason %q, want INVALID_ARGUMENT with a reason", method, name, err, rpc.Reason(err))
			}
			before[0] += 2 // the firm and its token
		}
	}
	if got := markettest.Sizes(t, m); got != before {
		t.Errorf("got ledgers of %v entries, want %v", got, before)
	}
}

// TestDeadlines leaves a call too little time, and enough. In process, so that the answer arrives although the caller's time is over.
func TestDeadlines(t *testing.T) {
	t.Parallel()
	m := markettest.Open(t, storagetest.SQLite(t))
	demands := pb.NewDemandServiceClient(m.Server.Conn())
	call := func(left time.Duration) error {
		ctx, cancel := context.WithTimeout(m.Bureau.Ctx(), left)
		defer cancel()
		return markettest.Failed(demands.ListDemands(ctx, &pb.ListDemandsRequest{}))
	}
	for _, left := range []time.Duration{-time.Second, time.Nanosecond, 99 * time.Millisecond} {
		refuse(t, m, []refusal{{fmt.Sprint(left), func() error { return call(left) }, codes.DeadlineExceeded, "DEADLINE_TOO_SHORT", ""}})
	}
	if err := call(5 * time.Second); err != nil {
		t.Errorf("5 s: got %v, want success", err)
	}
}

// TestMetadata pretends by metadata to be somebody or to know a deadline: only authorization counts.
func TestMetadata(t *testing.T) {
	t.Parallel()
	m := markettest.Open(t, storagetest.SQLite(t))
	for _, key := range []string{"x-authorization", "grpc-metadata-authorization", "grpcgateway-authorization", "x-jiebang-caller", "token", "cookie"} {
		ctx := metadata.AppendToOutgoingContext(t.Context(), key, "Bearer "+m.Bureau.Secret)
		markettest.Want(t, markettest.Failed(m.Organizations.GetCaller(ctx, &pb.GetCallerRequest{Name: "caller"})), codes.Unauthenticated, "TOKEN_MISSING", "")
	}
}
