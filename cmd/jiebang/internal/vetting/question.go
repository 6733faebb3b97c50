package vetting

import (
	"context"
	"strings"

	"github.com/spf13/cobra"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/jiebang/jiebang/cmd/jiebang/internal/cli"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/output"
	jiebangv1 "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

type (
	asking   = jiebangv1.QuestionServiceClient
	question = *jiebangv1.Question
)

// questions is how questions are read: there is no reading of one alone.
func questions() cli.Kind[asking, question] {
	return cli.Kind[asking, question]{
		Chinese: "提问", English: "question", Collection: "demands", Depth: 4, Plain: true, Unordered: true,
		Client: func(c grpc.ClientConnInterface) asking { return jiebangv1.NewQuestionServiceClient(c) },
		Get: func(ctx context.Context, c asking, name string) (question, error) {
			parent, _, _ := strings.Cut(name, "/questions/")
			for token := ""; ; {
				r, err := c.ListQuestions(ctx, &jiebangv1.ListQuestionsRequest{Parent: parent, PageSize: 200, PageToken: token})
				if err != nil {
					return nil, err
				}
				for _, q := range r.GetQuestions() {
					if q.GetName() == name {
						return q, nil
					}
				}
				if token = r.GetNextPageToken(); token == "" {
					return nil, status.Error(codes.NotFound, "没有这个提问")
				}
			}
		},
		Title: question.GetText,
		Columns: []output.Column[question]{
			output.Plain("提问", question.GetText).Flexible(), output.Plain("答复", question.GetAnswer).Flexible(), output.Plain("提问者", question.GetAsker),
			output.Instant("提问时间", question.GetCreateTime), output.Plain("名称", question.GetName),
		},
	}
}

func askCommand(a *cli.App, k kind) *cobra.Command {
	text := ""
	c := a.Action("ask DEMAND", "就需求公开提问,不显示提问单位", "Ask about a demand", func(ctx context.Context, c *cobra.Command, args []string) error {
		if err := cli.Require(c, "text"); err != nil {
			return err
		}
		name, err := k.Name(ctx, a, args[0])
		if err != nil {
			return err
		}
		_, err = cli.Mutate(ctx, a, questions(), &jiebangv1.AskQuestionRequest{Parent: name, Text: text}, asking.AskQuestion)
		return err
	})
	c.Flags().StringVar(&text, "text", "", "问题,不要写单位、姓名和联系方式")
	a.ChangeFlags(c)
	return c
}

func answerCommand(a *cli.App) *cobra.Command {
	text := ""
	c := cli.VerbCommand(a, questions(), cli.Verb[asking, *jiebangv1.AnswerQuestionRequest, question]{
		Use: "answer QUESTION", Chinese: "答复提问,所有人可见", English: "Answer a question", Call: asking.AnswerQuestion, Needs: []string{"text"},
		Fill: func(_ context.Context, r *jiebangv1.AnswerQuestionRequest, _ cli.Target[question]) error {
			r.Answer = text
			return nil
		},
	})
	c.Flags().StringVar(&text, "text", "", "答复")
	return c
}

func questionsCommand(a *cli.App, k kind) *cobra.Command {
	l := cli.Listing{}
	c := a.Action("questions DEMAND", "列出需求的提问和答复", "List questions and answers", func(ctx context.Context, _ *cobra.Command, args []string) error {
		name, err := k.Name(ctx, a, args[0])
		if err != nil {
			return err
		}
		conn, err := a.Connection()
		if err != nil {
			return err
		}
		client := jiebangv1.NewQuestionServiceClient(conn)
		return cli.List(ctx, a, l, questions().Columns, func(ctx context.Context, q cli.Query) ([]question, string, error) {
			r, err := client.ListQuestions(ctx, &jiebangv1.ListQuestionsRequest{Parent: name, PageSize: q.Size, PageToken: q.Token})
			return r.GetQuestions(), r.GetNextPageToken(), err
		})
	})
	l.Flags(c, true)
	return c
}
