package matrix

import (
	"context"

	"google.golang.org/genproto/googleapis/type/date"
	"google.golang.org/protobuf/proto"

	"github.com/jiebang/jiebang/services/identity/policy"
	"github.com/jiebang/jiebang/services/internal/id"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// register begins the registration of a contract in force, imports a row of the registry's list, and notes the requests that are about them.
func (m *market) register(ctx context.Context, s sides, k *pb.Contract, between policy.Object) error {
	conn := m.server.Conn()
	create := &pb.CreateRegistrationRequest{RequestId: uuid(), Parent: k.GetName(), Registration: &pb.Registration{Registry: "建德市技术合同登记点", ClaimedTechnology: yuan(1)}}
	r, err := pb.NewRegistrationServiceClient(conn).CreateRegistration(s.zju.ctx(ctx), create)
	if err != nil {
		return err
	}
	m.add(thingOf{object: between, hidden: "CONTRACT_NOT_FOUND", foreign: "CONTRACT_FOREIGN", rule: true, requests: []proto.Message{create}})
	name, etag := r.GetName(), r.GetEtag()
	experts := []*pb.ReviewOpinion{{Expert: "甲", Organization: "省院", Verdict: pb.ReviewOpinion_OPPOSE, Remark: "不属技术合同"}}
	certificate := &pb.Certificate{Number: "2026330182000001", ContractTotal: yuan(1), Technology: yuan(1), RegisterDate: &date.Date{Year: 2030, Month: 1, Day: 1}, Digest: zeros}
	m.add(thingOf{object: between, hidden: "REGISTRATION_NOT_FOUND", foreign: "CONTRACT_FOREIGN", rule: true, requests: []proto.Message{&pb.GetRegistrationRequest{Name: name},
		&pb.FileRegistrationRequest{Name: name, Etag: etag, Declaration: true}, &pb.AcceptRegistrationRequest{Name: name, Etag: etag},
		&pb.ReturnRegistrationRequest{Name: name, Etag: etag, Reason: "缺页"}, &pb.StartRegistrationReviewRequest{Name: name, Etag: etag, Disputed: true, Reason: "有争议"},
		&pb.ConcludeRegistrationReviewRequest{Name: name, Etag: etag, Opinions: experts, MinutesDigest: zeros}, &pb.RefuseRegistrationRequest{Name: name, Etag: etag, Reason: "不属技术合同"},
		&pb.RecordCertificateRequest{Name: name, Etag: etag, Certificate: certificate}, &pb.ConfirmCertificateRequest{Name: name, Etag: etag},
		&pb.CancelRegistrationRequest{Name: name, Etag: etag, Reason: "合同解除", Benefits: "无"}}})
	m.add(thingOf{requests: []proto.Message{&pb.ListRegistrationsRequest{Parent: "contracts/-"}, &pb.ListUnfiledContractsRequest{Parent: "ledgers/" + home}, &pb.ListRegistryRecordsRequest{},
		&pb.ReconcileRegistryRecordsRequest{}, &pb.GetRegistryRecordTemplateRequest{Name: "registryRecordTemplate"}, &pb.ProposeContractClassRequest{},
		&pb.ImportRegistryRecordsRequest{RequestId: uuid(), Format: pb.ImportFormat_JSONL, Content: []byte(`{"number":"2026330182000001","contract_total":"2","technology":"1"}`)}}})
	return m.backfill(ctx, s)
}

// backfill hands a list of the past in, and notes the requests that are about it.
func (m *market) backfill(ctx context.Context, s sides) error {
	firm, err := pb.NewOrganizationServiceClient(m.server.Conn()).GetOrganization(s.bureau.ctx(ctx), &pb.GetOrganizationRequest{Name: id.OrganizationName(s.firm.Organization)})
	if err != nil {
		return err
	}
	list := &pb.ImportBackfillRequest{RequestId: uuid(), Source: "台账", Format: pb.ImportFormat_JSONL,
		Content: []byte(`{"编号":"1","类型":"需求","名称":"超细碳酸钙","需求方代码":"` + firm.GetUscc() + `","技术领域":"农业","征集日期":"2024-03-01"}`)}
	resp, err := pb.NewBackfillServiceClient(m.server.Conn()).ImportBackfill(s.bureau.ctx(ctx), list)
	if err != nil {
		return err
	}
	b := resp.GetBackfill()
	m.add(thingOf{object: policy.Object{Is: true, Jurisdiction: home, Openness: policy.Shared}, hidden: "BACKFILL_NOT_FOUND", foreign: "ROLE_NOT_ALLOWED",
		requests: []proto.Message{&pb.GetBackfillRequest{Name: b.GetName()}, &pb.ListBackfillRowsRequest{Parent: b.GetName()},
			&pb.RecordBackfillRequest{Name: b.GetName(), Etag: b.GetEtag(), Digest: b.GetDigest()}, &pb.DiscardBackfillRequest{Name: b.GetName(), Etag: b.GetEtag(), Reason: "有误"}}})
	m.add(thingOf{requests: []proto.Message{&pb.ListBackfillsRequest{}, &pb.ListPastRecordsRequest{}, &pb.GetBackfillTemplateRequest{Name: "backfillTemplate"}, list}})
	return nil
}
