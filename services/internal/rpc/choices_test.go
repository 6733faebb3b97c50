package rpc_test

import (
	"strings"
	"testing"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/status"

	"github.com/jiebang/jiebang/services/internal/markettest"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// TestChoices names what a field can be when it is something else.
func TestChoices(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		for field, c := range map[string]struct {
			req  *pb.SearchDemandsRequest
			want string
		}{
			"facets[0]": {&pb.SearchDemandsRequest{Facets: []string{"organization"}}, "facets[0] 填写有误:只能是:field, state, jurisdiction"},
			"order_by":  {&pb.SearchDemandsRequest{OrderBy: "foo"}, "order_by 填写有误:只能是:publish_time, deadline, budget;要倒序,在后面加“ desc”"},
			"states[0]": {&pb.SearchDemandsRequest{States: []pb.Demand_State{99}}, "states[0] 填写有误:不是允许的选项"},
		} {
			for _, d := range status.Convert(markettest.Failed(m.Searches.SearchDemands(t.Context(), c.req))).Details() {
				switch d := d.(type) {
				case *errdetails.LocalizedMessage:
					if d.GetMessage() != c.want {
						t.Errorf("%s: got %q, want %q", field, d.GetMessage(), c.want)
					}
				case *errdetails.ErrorInfo:
					if limit := d.GetMetadata()["limit"]; strings.Contains(limit, "0x") || d.GetMetadata()["field"] != field {
						t.Errorf("%s: got %v", field, d.GetMetadata())
					}
				}
			}
		}
	})
}
