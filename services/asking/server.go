package asking

import (
	"context"
	"time"

	"google.golang.org/grpc"

	"github.com/jiebang/jiebang/ent/gen/ent"
	entquestion "github.com/jiebang/jiebang/ent/gen/ent/question"
	"github.com/jiebang/jiebang/services/identity"
	"github.com/jiebang/jiebang/services/internal/id"
	"github.com/jiebang/jiebang/services/internal/listing"
	"github.com/jiebang/jiebang/services/internal/rpc"
	"github.com/jiebang/jiebang/services/internal/storage"
	"github.com/jiebang/jiebang/services/posting"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

type server struct {
	pb.UnimplementedQuestionServiceServer
	asking *Asking
	pager  *listing.Pager
}

// Serve serves questions.
func (a *Asking) Serve(reg grpc.ServiceRegistrar, pager *listing.Pager) {
	pb.RegisterQuestionServiceServer(reg, server{asking: a, pager: pager})
}

func (s server) AskQuestion(ctx context.Context, req *pb.AskQuestionRequest) (*pb.Question, error) {
	ids, err := rpc.Resource("parent", req.GetParent(), "demands/*")
	if err != nil {
		return nil, err
	}
	q, err := s.asking.Ask(ctx, ids[0], req.GetText())
	if err != nil {
		return nil, err
	}
	return s.message(ctx, q), nil
}

func (s server) AnswerQuestion(ctx context.Context, req *pb.AnswerQuestionRequest) (*pb.Question, error) {
	ids, err := rpc.Resource("name", req.GetName(), "demands/*/questions/*")
	if err != nil {
		return nil, err
	}
	q, err := s.asking.Answer(ctx, ids[0], ids[1], req.GetEtag(), req.GetAnswer())
	if err != nil {
		return nil, err
	}
	return s.message(ctx, q), nil
}

func (s server) ListQuestions(ctx context.Context, req *pb.ListQuestionsRequest) (*pb.ListQuestionsResponse, error) {
	ids, err := rpc.Resource("parent", req.GetParent(), "demands/*")
	if err != nil {
		return nil, err
	}
	read := s.asking.db.Read
	if _, err := posting.Find(ctx, read, ids[0], identity.Caller(ctx)); err != nil {
		return nil, err
	}
	page, err := s.pager.Open(listing.Query{List: req.GetParent() + "/questions", Size: req.GetPageSize(), Token: req.GetPageToken(), Sorts: listing.Created, Default: "create_time"})
	if err != nil {
		return nil, err
	}
	rows, err := read.Question.Query().Where(entquestion.DemandID(ids[0]), page.Where).All(ctx)
	if err != nil {
		return nil, err
	}
	open, err := read.Question.Query().Where(entquestion.DemandID(ids[0]), entquestion.AnsweredAtIsNil()).Count(ctx)
	if err != nil {
		return nil, err
	}
	resp := &pb.ListQuestionsResponse{Unanswered: int32(open)}
	rows, resp.NextPageToken, err = listing.Cut(page, rows, func(q *ent.Question) (time.Time, string) { return q.CreatedAt, q.ID })
	for _, q := range rows {
		resp.Questions = append(resp.Questions, s.message(ctx, q))
	}
	return resp, err
}

// message writes a question for who called.
func (s server) message(ctx context.Context, q *ent.Question) *pb.Question {
	c := identity.Caller(ctx)
	return &pb.Question{Name: id.QuestionName(q.DemandID, q.ID), Asker: q.Asker, Mine: c.Organization != "" && q.Asker == s.asking.pseudonym(q.DemandID, c.Organization),
		Text: q.Text, Answer: q.Answer, AnswerTime: rpc.OptionalStamp(q.AnsweredAt), Etag: rpc.Etag(q.Version), CreateTime: rpc.Stamp(q.CreatedAt),
		Receipt: rpc.Receipt(storage.Receipt{Jurisdiction: q.Jurisdiction, Sequence: q.EntrySeq, Hash: q.EntryHash})}
}
