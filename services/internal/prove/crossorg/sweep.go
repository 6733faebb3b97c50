package crossorg

import (
	"fmt"
	"strings"

	"google.golang.org/protobuf/proto"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// never is a name like another one that nothing has ever had.
func never(name string) string { return name[:len(name)-16] + strings.Repeat("0", 16) }

// reads are the requests of every method that reads, about what the history of a pair is about and about everything there is. Size is the size of the
// ledger: the entries of the pair are read one by one.
func (w *world) reads(size int64) []proto.Message {
	all := append(w.lists(), w.told()...)
	for _, name := range w.names {
		all = append(all, about(name)...)
		if strings.HasPrefix(name, "demands/") && !strings.Contains(name, "/bids/") {
			all = append(all, &pb.ListEnvelopesRequest{Parent: name, Custodian: w.keeper.Name})
		}
	}
	for n := w.sequence; n < size; n++ {
		entry := fmt.Sprintf("ledgers/%s/entries/%d", home, n)
		all = append(all, &pb.GetEntryRequest{Name: entry}, &pb.ProveInclusionRequest{Name: entry})
	}
	return all
}

// about are the requests that read one thing.
func about(name string) []proto.Message {
	switch parts := strings.Split(name, "/"); {
	case len(parts) == 4 && parts[2] == "bids":
		return []proto.Message{&pb.GetBidRequest{Name: name}}
	case len(parts) == 4 && parts[2] == "tokens", len(parts) == 4 && parts[2] == "members":
		return nil // they are read as lists
	case len(parts) == 4 && parts[2] == "amendments":
		return []proto.Message{&pb.GetAmendmentRequest{Name: name}}
	case len(parts) == 4 && parts[2] == "milestones":
		return []proto.Message{&pb.GetMilestoneRequest{Name: name}}
	case len(parts) == 4 && parts[2] == "payments":
		return []proto.Message{&pb.GetPaymentRequest{Name: name}}
	case len(parts) == 4 && parts[2] == "registrations":
		return []proto.Message{&pb.GetRegistrationRequest{Name: name}}
	case parts[0] == "demands":
		return []proto.Message{&pb.GetDemandRequest{Name: name}, &pb.GetSealingRequest{Name: name + "/sealing"},
			&pb.ListEnvelopesRequest{Parent: name, Custodian: nobody}, &pb.MatchDemandRequest{Name: name}, &pb.GetEvaluationRequest{Name: name + "/evaluation"},
			&pb.ListSheetsRequest{Parent: name}, &pb.ListObjectionsRequest{Parent: name}, &pb.GetSheetRequest{Name: name + "/sheets/h330182-0000000000000000"},
			&pb.GetObjectionRequest{Name: name + "/objections/j330182-0000000000000000"}, &pb.ListBidsRequest{Parent: name},
			&pb.ListBidsRequest{Parent: name, Filter: `state = "SUBMITTED"`}, &pb.AdviseDemandRequest{Name: name}, &pb.ListSimilarDemandsRequest{Parent: name}, &pb.ListOpinionsRequest{Parent: name},
			&pb.ListQuestionsRequest{Parent: name}, &pb.ListDisclosuresRequest{Parent: name}}
	case parts[0] == "files":
		return []proto.Message{&pb.GetFileRequest{Name: name}}
	case parts[0] == "monitoringCases":
		return []proto.Message{&pb.GetMonitoringCaseRequest{Name: name}}
	case parts[0] == "achievements":
		return []proto.Message{&pb.GetAchievementRequest{Name: name}}
	case parts[0] == "profiles":
		return []proto.Message{&pb.GetProfileRequest{Name: name}}
	case parts[0] == "contracts":
		return []proto.Message{&pb.GetContractRequest{Name: name}, &pb.GenerateContractTextRequest{Name: name}, &pb.GetContractBalanceRequest{Name: name + "/balance"}, &pb.ListAmendmentsRequest{Parent: name},
			&pb.ListMilestonesRequest{Parent: name}, &pb.ListPaymentsRequest{Parent: name}, &pb.ListRegistrationsRequest{Parent: name}}
	}
	return nil
}

// nobody is a custodian that never was.
const nobody = "custodians/k330182-0000000000000000"

// told are the requests about what everybody is told, and about webhooks that nobody has: none of them changes anything.
func (w *world) told() []proto.Message {
	none, hook := "notices/n330182-0000000000000000", w.firm.organization+"/webhooks/w330182-0000000000000000"
	return []proto.Message{
		&pb.ListNoticesRequest{}, &pb.ListNoticesRequest{PageSize: 2, Unread: true, Filter: `kind:"demand"`}, &pb.ListNoticeKindsRequest{}, &pb.GetNoticeRequest{Name: none},
		&pb.MarkNoticeReadRequest{Name: none}, &pb.MarkNoticesReadRequest{Name: none}, &pb.SwitchNoticesRequest{Name: "noticeKinds/none"},
		&pb.SwitchOwnNoticesRequest{Name: "noticeKinds/none"}, &pb.ListWebhooksRequest{Parent: w.firm.organization}, &pb.GetWebhookRequest{Name: hook},
		&pb.CreateWebhookRequest{Parent: w.firm.organization, Webhook: &pb.Webhook{Url: "none"}}, &pb.DeleteWebhookRequest{Name: hook}, &pb.TestWebhookRequest{Name: hook},
		&pb.ListDeliveriesRequest{Parent: hook}, &pb.RedeliverRequest{Name: hook + "/deliveries/y330182-0000000000000000"},
	}
}

// lists are the requests that read much.
func (w *world) lists() []proto.Message {
	firm, zju, ledger := w.firm.organization, w.zju.organization, "ledgers/"+home
	return []proto.Message{
		&pb.ListDemandsRequest{PageSize: 5}, &pb.ListDemandsRequest{Filter: `state = "DRAFT"`}, &pb.ListDemandsRequest{Filter: fmt.Sprintf("organization = %q", firm), OrderBy: "deadline"},
		&pb.ListDemandsRequest{Filter: `title:"未公开"`}, &pb.ListAchievementsRequest{PageSize: 5}, &pb.ListAchievementsRequest{Filter: `state = "DRAFT"`},
		&pb.ListAchievementsRequest{Filter: fmt.Sprintf("organization = %q", zju), OrderBy: "publish_time"}, &pb.ListAchievementsRequest{Filter: `external_id:"X"`},
		&pb.ListFilesRequest{}, &pb.GetFileRequest{Name: "files/f330182-0000000000000000"}, &pb.ListProfilesRequest{}, &pb.ListProfilesRequest{Filter: `kind = "LAB"`}, &pb.ListProfilesRequest{Filter: `external_id:"Y"`},
		&pb.ListBidsRequest{Parent: "demands/-", PageSize: 5}, &pb.ListBidsRequest{Parent: "demands/-", Filter: fmt.Sprintf("organization = %q", zju)},
		&pb.ListCustodiansRequest{}, &pb.GetCustodianRequest{Name: nobody}, &pb.ChallengeCustodianRequest{Name: nobody},
		&pb.ListRedFlagRulesRequest{}, &pb.ListFindingsRequest{Parent: ledger, PageSize: 200}, &pb.GetMonitoringCaseRequest{Name: "monitoringCases/mc330182-0000000000000000"}, &pb.ListMonitoringCasesRequest{},
		&pb.ListSheetsRequest{Parent: "demands/-"}, &pb.ListObjectionsRequest{Parent: "demands/-"},
		&pb.GetContractRequest{Name: "contracts/c330182-0000000000000000"}, &pb.GenerateContractTextRequest{Name: "contracts/c330182-0000000000000000"},
		&pb.GetAchievementRequest{Name: "achievements/a330182-0000000000000000"}, &pb.GetProfileRequest{Name: "profiles/p330182-0000000000000000"},
		&pb.ListContractsRequest{}, &pb.ListContractsRequest{Filter: `state = "DRAFTING"`}, &pb.ListAmendmentsRequest{Parent: "contracts/-"},
		&pb.ListMilestonesRequest{Parent: "contracts/-"}, &pb.ListPaymentsRequest{Parent: "contracts/-"}, &pb.GetAmendmentRequest{Name: "contracts/c330182-0000000000000000/amendments/x"},
		&pb.GetMilestoneRequest{Name: "contracts/c330182-0000000000000000/milestones/x"}, &pb.GetPaymentRequest{Name: "contracts/c330182-0000000000000000/payments/x"},
		&pb.GetContractBalanceRequest{Name: "contracts/c330182-0000000000000000/balance"},
		&pb.ListRegistrationsRequest{Parent: "contracts/-"}, &pb.GetRegistrationRequest{Name: "contracts/c330182-0000000000000000/registrations/x"},
		&pb.ListUnfiledContractsRequest{Parent: ledger}, &pb.ListRegistryRecordsRequest{}, &pb.GetRegistryRecordRequest{Name: "registryRecords/rr330182-0000000000000000"},
		&pb.ReconcileRegistryRecordsRequest{}, &pb.GetRegistryRecordTemplateRequest{Name: "registryRecordTemplate"}, &pb.ProposeContractClassRequest{},
		&pb.ListBackfillsRequest{}, &pb.GetBackfillRequest{Name: "backfills/bf330182-0000000000000000"}, &pb.ListBackfillRowsRequest{Parent: "backfills/bf330182-0000000000000000"},
		&pb.GetBackfillTemplateRequest{Name: "backfillTemplate"}, &pb.ListPastRecordsRequest{}, &pb.GetPastRecordRequest{Name: "pastRecords/pr330182-0000000000000000"},
		&pb.GetOrganizationRequest{Name: firm}, &pb.ListOrganizationsRequest{PageSize: 5}, &pb.ListTokensRequest{Parent: firm}, &pb.ListMembersRequest{Parent: firm},
		&pb.ListMembersRequest{Parent: zju}, &pb.GetCallerRequest{Name: "caller"}, &pb.ListApprovalsRequest{}, &pb.GetApprovalRequest{Name: "approvals/v330182-0000000000000000"},
		&pb.PreviewInvitationRequest{Code: strings.Repeat("A", 40)},
		&pb.GetLedgerRequest{Name: ledger}, &pb.ListLedgersRequest{}, &pb.GetCheckpointRequest{Name: ledger + "/checkpoint"}, &pb.ListCheckpointsRequest{Parent: ledger, PageSize: 1}, &pb.ListEntriesRequest{Parent: ledger, FromSequence: w.sequence},
		&pb.ProveConsistencyRequest{Name: ledger, OldSize: 3}, &pb.GetTotalRequest{Name: ledger + "/total", GroupBy: pb.GetTotalRequest_CHANNEL},
		&pb.GetTotalRequest{Name: "ledgers/-/total", GroupBy: pb.GetTotalRequest_FIELD},
		&pb.ListFigureDefinitionsRequest{}, &pb.GetFigureRequest{Name: ledger + "/figures/bids_opened"}, &pb.GetFigureRequest{Name: ledger + "/figures/posted_amount"},
		&pb.ListFigureGroupsRequest{Parent: ledger + "/figures/demands_published", Dimension: pb.FigureDimension_FIELD},
		&pb.ListFigureGroupsRequest{Parent: ledger + "/figures/bids_opened", Dimension: pb.FigureDimension_SELLER},
		&pb.ListFigureRecordsRequest{Parent: ledger + "/figures/bids_opened"}, &pb.ListClosuresRequest{}, &pb.GetClosureRequest{Name: "closures/cl330182-0000000000000000"},
		&pb.CompareClosureRequest{Name: "closures/cl330182-0000000000000000"},
		&pb.ListDifferencesRequest{Parent: "closures/cl330182-0000000000000000", Figure: "bids_opened"}, &pb.ListChangesRequest{Parent: ledger, FromSequence: w.sequence},
		&pb.SearchDemandsRequest{Query: "需求", Facets: []string{"field", "state"}}, &pb.SearchDemandsRequest{Query: "未公开的需求"},
		&pb.SearchAchievementsRequest{Query: "成果", Facets: []string{"field", "region"}}, &pb.SearchAchievementsRequest{}, &pb.SearchOrganizationsRequest{Query: "未公开的人", Facets: []string{"kind"}},
		&pb.SuggestQueriesRequest{Query: "未公开"}, &pb.SuggestQueriesRequest{Query: "词"}, &pb.MatchDemandRequest{Name: w.public.GetName()},
		&pb.MatchOrganizationRequest{Name: zju}, &pb.MatchOrganizationRequest{Name: firm}, &pb.GetMatchModelRequest{Name: "matchModel"}, &pb.SummarizeEngagementsRequest{},
		&pb.RecordEngagementRequest{Demand: w.public.GetName(), Organization: firm, Source: pb.MatchSource_SEARCH, Step: 2},
		&pb.ListCodeListsRequest{}, &pb.GetCodeListRequest{Name: "codeLists/trl"}, &pb.GetCodeRequest{Name: "codeLists/trl/codes/1"}, &pb.ListCodesRequest{Parent: "codeLists/trl"},
		&pb.GetAgreementRequest{Name: "agreement"}, &pb.GetAchievementTemplateRequest{Name: "achievementTemplate"}, &pb.GetProfileTemplateRequest{Name: "profileTemplate"},
	}
}
