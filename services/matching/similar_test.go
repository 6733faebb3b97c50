package matching_test

import (
	"testing"
	"time"

	"google.golang.org/grpc/codes"

	"github.com/jiebang/jiebang/services/internal/markettest"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// TestSimilar looks for what another firm, in another year, has posted in nearly the same words: the officer who vets a demand sees it, and no draft.
func TestSimilar(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		const text = "超细碳酸钙在塑料中分散差,需要表面改性;现有硬脂酸湿法包覆能耗高。要求白度不低于 95,活化度不低于 98%,吸油值不高于 45 mL/100 g。"
		write := func(who *markettest.Member, procedure, description string) *pb.Demand {
			t.Helper()
			d := m.Detailed(procedure, 30*24*time.Hour)
			d.Description = description
			return markettest.Must(m.Demands.CreateDemand(who.Ctx(), &pb.CreateDemandRequest{RequestId: markettest.ID(), Demand: d}))(t)
		}
		publish := func(who *markettest.Member, d *pb.Demand) *pb.Demand {
			t.Helper()
			return markettest.Must(m.Demands.PublishDemand(who.Ctx(), &pb.PublishDemandRequest{RequestId: markettest.ID(), Name: d.GetName(), Etag: d.GetEtag()}))(t)
		}
		o, one, two := m.Office(), m.Firm(), m.Firm()
		old := publish(one, write(one, "direct", text))
		publish(one, write(one, "direct", "无人机长航时动力系统需要提高能量密度,要求混合动力续航不低于 3 小时,整机质量不超过 25 kg,噪声不高于 70 dB,适应零下二十度。"))
		write(one, "direct", text) // a draft is nobody else's
		m.Clock.Advance(300 * 24 * time.Hour)
		m.Settle() // what falls due by then is not the refusal's
		d := o.Submit(two, write(two, "open", text+"另需提供样品。"))
		list := markettest.Must(m.Matches.ListSimilarDemands(o.Operator.Ctx(), &pb.ListSimilarDemandsRequest{Parent: d.GetName()}))(t)
		if got := list.GetSimilarDemands(); len(got) != 1 || got[0].GetDemand() != old.GetName() || got[0].GetNumber() != old.GetNumber() || got[0].GetSimilarity() < 70 || got[0].GetOrganization() != one.Name {
			t.Errorf("got %v, want %s", list, old.GetName())
		}
		m.Refuse(t, func() error {
			return markettest.Failed(m.Matches.ListSimilarDemands(two.Ctx(), &pb.ListSimilarDemandsRequest{Parent: d.GetName()}))
		}, codes.PermissionDenied, "ROLE_NOT_ALLOWED", "")
	})
}
