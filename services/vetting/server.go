package vetting

import (
	"context"
	"strings"

	"google.golang.org/grpc"

	"github.com/jiebang/jiebang/ent/gen/ent"
	"github.com/jiebang/jiebang/services/identity"
	"github.com/jiebang/jiebang/services/internal/id"
	"github.com/jiebang/jiebang/services/internal/rpc"
	"github.com/jiebang/jiebang/services/internal/storage"
	"github.com/jiebang/jiebang/services/posting"
	"github.com/jiebang/jiebang/services/posting/detail"
	"github.com/jiebang/jiebang/services/vetting/opinion"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

type server struct {
	pb.UnimplementedVettingServiceServer
	vetting *Vetting
}

// Serve serves the vetting.
func (v *Vetting) Serve(reg grpc.ServiceRegistrar) {
	pb.RegisterVettingServiceServer(reg, server{vetting: v})
}

func (s server) SubmitDemand(ctx context.Context, req *pb.SubmitDemandRequest) (*pb.Demand, error) {
	return about(ctx, req.GetName(), func(demandID string) (*ent.Demand, error) { return s.vetting.Submit(ctx, demandID, req.GetEtag()) })
}

func (s server) StartVetting(ctx context.Context, req *pb.StartVettingRequest) (*pb.Demand, error) {
	var persons []string
	for _, name := range req.GetExperts() {
		ids, err := rpc.Resource("experts", name, "persons/*")
		if err != nil {
			return nil, err
		}
		persons = append(persons, ids[0])
	}
	return about(ctx, req.GetName(), func(demandID string) (*ent.Demand, error) {
		return s.vetting.Start(ctx, demandID, req.GetEtag(), persons)
	})
}

func (s server) ReturnDemand(ctx context.Context, req *pb.ReturnDemandRequest) (*pb.Demand, error) {
	var comments []detail.Comment
	for _, c := range req.GetComments() {
		if !isField(c.GetField()) {
			return nil, opinion.ErrCommentField.With("path", c.GetField()).At("comments")
		}
		comments = append(comments, detail.Comment{Field: c.GetField(), Text: c.GetText()})
	}
	return about(ctx, req.GetName(), func(demandID string) (*ent.Demand, error) {
		return s.vetting.Return(ctx, demandID, req.GetEtag(), comments)
	})
}

// isField reports whether a path begins with a field of a demand that its firm writes: the form of what follows is for people.
func isField(path string) bool {
	first, _, _ := strings.Cut(path, ".")
	for _, f := range posting.ContentFields() {
		if first == f {
			return true
		}
	}
	return false
}

func (s server) ApproveDemand(ctx context.Context, req *pb.ApproveDemandRequest) (*pb.Demand, error) {
	return about(ctx, req.GetName(), func(demandID string) (*ent.Demand, error) { return s.vetting.Approve(ctx, demandID, req.GetEtag()) })
}

func (s server) TurnDownDemand(ctx context.Context, req *pb.TurnDownDemandRequest) (*pb.Demand, error) {
	return about(ctx, req.GetName(), func(demandID string) (*ent.Demand, error) {
		return s.vetting.TurnDown(ctx, demandID, req.GetEtag(), req.GetReason(), req.GetRemark())
	})
}

// about reads the name of a demand, changes it, and writes it for who called.
func about(ctx context.Context, name string, change func(demandID string) (*ent.Demand, error)) (*pb.Demand, error) {
	ids, err := rpc.Resource("name", name, "demands/*")
	if err != nil {
		return nil, err
	}
	d, err := change(ids[0])
	if err != nil {
		return nil, err
	}
	return posting.MessageTo(d, identity.Caller(ctx)), nil
}

func (s server) GiveOpinion(ctx context.Context, req *pb.GiveOpinionRequest) (*pb.Opinion, error) {
	ids, err := rpc.Resource("name", req.GetName(), "demands/*/opinions/*")
	if err != nil {
		return nil, err
	}
	o, err := s.vetting.Give(ctx, ids[0], ids[1], req.GetEtag(), rpc.Stored[opinion.Verdict](req.GetVerdict()), req.GetText())
	if err != nil {
		return nil, err
	}
	return message(o), nil
}

func (s server) ListOpinions(ctx context.Context, req *pb.ListOpinionsRequest) (*pb.ListOpinionsResponse, error) {
	ids, err := rpc.Resource("parent", req.GetParent(), "demands/*")
	if err != nil {
		return nil, err
	}
	all, err := s.vetting.List(ctx, ids[0])
	if err != nil {
		return nil, err
	}
	resp := &pb.ListOpinionsResponse{}
	for _, o := range all {
		resp.Opinions = append(resp.Opinions, message(o))
	}
	return resp, nil
}

// message writes an opinion; one without its expert does not say whose it is.
func message(o *ent.Opinion) *pb.Opinion {
	m := &pb.Opinion{Name: id.OpinionName(o.DemandID, o.ID), Text: o.Text, GiveTime: rpc.OptionalStamp(o.GivenAt), Etag: rpc.Etag(o.Version), CreateTime: rpc.Stamp(o.CreatedAt),
		Receipt: rpc.Receipt(storage.Receipt{Jurisdiction: o.Jurisdiction, Sequence: o.EntrySeq, Hash: o.EntryHash})}
	if o.PersonID != "" {
		m.Expert, m.Organization = id.PersonName(o.PersonID), id.OrganizationName(o.OrganizationID)
	}
	if o.Verdict != nil {
		m.Verdict = rpc.Enum[pb.Opinion_Verdict](pb.Opinion_Verdict_value, *o.Verdict)
	}
	return m
}
