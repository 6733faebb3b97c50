package rpc_test

import (
	"strings"

	"google.golang.org/protobuf/proto"

	"github.com/jiebang/jiebang/services/internal/markettest"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// tellings are requests about what somebody is told and looks for, which leave no entry: of a person who runs a firm.
func tellings(m *markettest.Market, all map[string]change) {
	firm := m.Firm().Name
	owner, hook := m.Person(firm, pb.Role_OWNER), firm+"/webhooks/w330182-0000000000000000"
	for _, req := range []proto.Message{
		&pb.ListNoticesRequest{}, &pb.GetNoticeRequest{Name: "notices/x"}, &pb.MarkNoticeReadRequest{Name: "notices/x"}, &pb.MarkNoticesReadRequest{Name: "notices/x"},
		&pb.ListNoticeKindsRequest{}, &pb.SwitchNoticesRequest{Name: "noticeKinds/x"}, &pb.SwitchOwnNoticesRequest{Name: "noticeKinds/x"},
		&pb.CreateWebhookRequest{Parent: firm, Webhook: &pb.Webhook{Url: "https://jiebang.invalid/"}}, &pb.ListWebhooksRequest{Parent: firm}, &pb.GetWebhookRequest{Name: hook},
		&pb.DeleteWebhookRequest{Name: hook}, &pb.TestWebhookRequest{Name: hook}, &pb.ListDeliveriesRequest{Parent: hook}, &pb.RedeliverRequest{Name: hook + "/deliveries/x"},
		&pb.CreateWatchRequest{Watch: &pb.Watch{DisplayName: "x", Target: pb.Watch_DEMANDS, Query: "x"}}, &pb.GetWatchRequest{Name: "watches/x"}, &pb.ListWatchesRequest{},
		&pb.UpdateWatchRequest{Watch: &pb.Watch{Name: "watches/x", DisplayName: "x"}}, &pb.DeleteWatchRequest{Name: "watches/x"}, &pb.MuteDemandRequest{Name: "demands/x"},
		&pb.GetDigestRequest{Name: "digest"}, &pb.UpdateDigestRequest{Digest: &pb.Digest{Name: "digest"}},
	} {
		all[strings.TrimSuffix(string(req.ProtoReflect().Descriptor().Name()), "Request")] = change{owner.Ctx(), req, 0}
	}
}
