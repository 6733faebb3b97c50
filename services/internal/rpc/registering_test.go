package rpc_test

import (
	"testing"

	"google.golang.org/protobuf/proto"

	"github.com/jiebang/jiebang/services/internal/markettest"
	"github.com/jiebang/jiebang/services/internal/registertest"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// registeringChanges prepares the changes of registrations, each of a contract of its own, and of the registry's list.
func registeringChanges(t *testing.T, m *markettest.Market, add func(*markettest.Member, proto.Message, int64)) {
	t.Helper()
	o := registertest.New(t, m)
	d := m.Deal(1000)
	add(d.Zju, &pb.CreateRegistrationRequest{Parent: d.Contract.GetName(), Registration: &pb.Registration{Registry: "建德市技术合同登记点", ClaimedTechnology: markettest.Fen(900)}}, 1)
	r := make([]*pb.Registration, 5)
	for steps := range r {
		if d = m.Deal(1000); steps > 0 {
			r[steps] = o.Take(d, "202633018200000"+string(rune('0'+steps)), 900, steps)
		}
	}
	add(o.Registrar, &pb.AcceptRegistrationRequest{Name: r[1].GetName(), Etag: r[1].GetEtag()}, 1)
	add(o.Registrar, &pb.CancelRegistrationRequest{Name: r[4].GetName(), Etag: r[4].GetEtag(), Reason: "登记有误", Benefits: "无"}, 1)
	add(o.Officer, &pb.ConfirmCertificateRequest{Name: r[3].GetName(), Etag: r[3].GetEtag()}, 1)
	add(o.Registrar, &pb.StartRegistrationReviewRequest{Name: r[2].GetName(), Etag: r[2].GetEtag(), Disputed: true, Reason: "有争议"}, 1)
	filed := m.Deal(1000)
	drafted := o.Draft(filed, 900)
	add(filed.Zju, &pb.FileRegistrationRequest{Name: drafted.GetName(), Etag: drafted.GetEtag(), Declaration: true}, 1)
	back, none := o.Take(m.Deal(1000), "", 900, 1), o.Take(m.Deal(1000), "", 900, 1)
	add(o.Registrar, &pb.ReturnRegistrationRequest{Name: back.GetName(), Etag: back.GetEtag(), Reason: "缺页"}, 1)
	add(o.Registrar, &pb.RefuseRegistrationRequest{Name: none.GetName(), Etag: none.GetEtag(), Reason: "不属技术合同"}, 1)
	deal := m.Deal(1000)
	accepted := o.Take(deal, "", 900, 2)
	add(o.Registrar, &pb.RecordCertificateRequest{Name: accepted.GetName(), Etag: accepted.GetEtag(), Certificate: o.Certificate(deal, "2026330182000008", 800)}, 1)
	review := markettest.Must(o.Do(o.Registrar, o.Take(m.Deal(1000), "", 900, 2), &pb.StartRegistrationReviewRequest{Disputed: true, Reason: "有争议"}))(t)
	concluded := registertest.Experts(900, 3, 0)
	concluded.Name, concluded.Etag = review.GetName(), review.GetEtag()
	add(o.Registrar, concluded, 1)
	add(o.Registrar, &pb.ImportRegistryRecordsRequest{Format: pb.ImportFormat_CSV, Content: []byte("合同登记编号,合同成交额,技术交易额\n2026330182000009,2,1\n")}, 1)
}
