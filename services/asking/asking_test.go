// Package asking_test tests questions and answers over gRPC, on each database.
package asking_test

import (
	"bytes"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"

	"github.com/jiebang/jiebang/services/internal/markettest"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

func ask(m *markettest.Market, who *markettest.Member, d *pb.Demand, text string) (*pb.Question, error) {
	return m.Questions.AskQuestion(who.Ctx(), &pb.AskQuestionRequest{RequestId: markettest.ID(), Parent: d.GetName(), Text: text})
}

func answer(m *markettest.Market, who *markettest.Member, q *pb.Question, text string) (*pb.Question, error) {
	return m.Questions.AnswerQuestion(who.Ctx(), &pb.AnswerQuestionRequest{RequestId: markettest.ID(), Name: q.GetName(), Etag: q.GetEtag(), Answer: text})
}

// TestPseudonyms asks as two organizations about two demands: one asker is one within a demand, and another in the other; nobody else is told who it is, in
// any answer and in any entry of the ledger.
func TestPseudonyms(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		firm, zju, sspu := m.Firm(), m.University(), m.University()
		first, second := m.Publish(firm, time.Hour), m.Publish(firm, time.Hour)
		one := markettest.Must(ask(m, zju, first, "白度按哪个标准测?"))(t)
		m.Clock.Advance(time.Second) // they are listed in the order of the clock
		two := markettest.Must(ask(m, zju, first, "能否提供样品?"))(t)
		m.Clock.Advance(time.Second)
		other := markettest.Must(ask(m, sspu, first, "能否延长工期?"))(t)
		elsewhere := markettest.Must(ask(m, zju, second, "白度按哪个标准测?"))(t)
		if one.GetAsker() != two.GetAsker() || one.GetAsker() == other.GetAsker() || one.GetAsker() == elsewhere.GetAsker() || len(one.GetAsker()) != 32 {
			t.Errorf("got askers %s %s %s %s", one.GetAsker(), two.GetAsker(), other.GetAsker(), elsewhere.GetAsker())
		}
		answered := markettest.Must(answer(m, firm, one, "GB/T 5950"))(t)
		m.Settle()
		auditor := m.Token(m.Bureau.Name, pb.Role_AUDITOR)
		anyone := &markettest.Member{}
		asked := []byte(zju.Name[len("organizations/"):])
		for _, who := range []*markettest.Member{firm, sspu, m.Bureau, auditor, anyone} {
			ctx := t.Context()
			if who != anyone {
				ctx = who.Ctx()
			}
			list := markettest.Must(m.Questions.ListQuestions(ctx, &pb.ListQuestionsRequest{Parent: first.GetName()}))(t)
			if len(list.GetQuestions()) != 3 || list.GetUnanswered() != 2 || list.GetQuestions()[0].GetAnswer() != "GB/T 5950" {
				t.Errorf("%s: got %v", who.Name, list)
			}
			for _, q := range list.GetQuestions() {
				if q.GetMine() != (who == sspu && q.GetName() == other.GetName()) {
					t.Errorf("%s: got mine %v of %s", who.Name, q.GetMine(), q.GetName())
				}
			}
			told(t, who.Name, asked, list)
			told(t, who.Name, asked, markettest.Must(m.Demands.GetDemand(ctx, &pb.GetDemandRequest{Name: first.GetName()}))(t))
		}
		told(t, "the firm's own answer", asked, answered)
		entries := markettest.Must(m.Ledgers.ListEntries(auditor.Ctx(), &pb.ListEntriesRequest{Parent: "ledgers/" + markettest.Jurisdiction, PageSize: 1000}))(t)
		for _, e := range entries.GetEntries() {
			if bytes.Contains(e.GetBody(), []byte("question.asked")) {
				t.Errorf("an auditor reads who asked: %s", e.GetBody())
			}
			if got, err := m.Ledgers.GetEntry(firm.Ctx(), &pb.GetEntryRequest{Name: e.GetName()}); err == nil && bytes.Contains(got.GetBody(), []byte("question.asked")) {
				t.Errorf("the firm reads who asked: %s", got.GetBody())
			}
		}
		mine := 0
		for n := range entries.GetEntries() {
			if got, err := m.Ledgers.GetEntry(zju.Ctx(), &pb.GetEntryRequest{Name: entries.GetEntries()[n].GetName()}); err == nil && bytes.Contains(got.GetBody(), []byte("question.asked")) {
				mine++
			}
		}
		if mine != 3 {
			t.Errorf("the asker reads %d entries of its questions, want 3", mine)
		}
		m.Verified()
	})
}

// told fails the test if a message holds what it must not tell.
func told(t *testing.T, who string, secret []byte, msg proto.Message) {
	t.Helper()
	b, err := proto.Marshal(msg)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(b, secret) {
		t.Errorf("%s is told who asked: %v", who, msg)
	}
}

// TestRefusals has what is not asked and not answered.
func TestRefusals(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		firm, other, zju := m.Firm(), m.Firm(), m.University()
		d, draft := m.Publish(firm, time.Hour), m.Draft(firm, time.Hour)
		q := markettest.Must(ask(m, zju, d, "能否提供样品?"))(t)
		m.Refuse(t, func() error { return markettest.Failed(ask(m, zju, draft, "能否提供样品?")) }, codes.NotFound, "DEMAND_NOT_FOUND", "")
		m.Refuse(t, func() error { return markettest.Failed(ask(m, firm, d, "能否提供样品?")) }, codes.FailedPrecondition, "ASKER_IS_POSTER", "")
		m.Refuse(t, func() error { return markettest.Failed(ask(m, zju, d, "请回电 13812345678")) }, codes.InvalidArgument, "CONTACT_IN_TEXT", "text")
		m.Refuse(t, func() error { return markettest.Failed(answer(m, firm, q, "请写信到 a@b.cn")) }, codes.InvalidArgument, "CONTACT_IN_TEXT", "answer")
		m.Refuse(t, func() error { return markettest.Failed(answer(m, other, q, "可以")) }, codes.PermissionDenied, "DEMAND_FOREIGN", "")
		none := proto.CloneOf(q)
		none.Name = d.GetName() + "/questions/q330182-0000000000000000"
		m.Refuse(t, func() error { return markettest.Failed(answer(m, firm, none, "可以")) }, codes.NotFound, "QUESTION_NOT_FOUND", "")
		q = markettest.Must(answer(m, firm, q, "可以"))(t)
		m.Refuse(t, func() error { return markettest.Failed(answer(m, firm, q, "不可以")) }, codes.FailedPrecondition, "QUESTION_ANSWERED", "")
		for range 10 {
			q = markettest.Must(ask(m, zju, d, "还有一问?"))(t)
		}
		m.Refuse(t, func() error { return markettest.Failed(ask(m, zju, d, "再有一问?")) }, codes.ResourceExhausted, "QUESTIONS_TOO_MANY", "")
		m.Close(firm, d)
		m.Refuse(t, func() error { return markettest.Failed(ask(m, zju, d, "能否提供样品?")) }, codes.FailedPrecondition, "DEMAND_NOT_OPEN", "")
		m.Refuse(t, func() error { return markettest.Failed(answer(m, firm, q, "可以")) }, codes.FailedPrecondition, "DEMAND_NOT_OPEN", "")
		m.Verified()
	})
}
