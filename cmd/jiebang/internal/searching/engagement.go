package searching

import (
	"bytes"
	"context"
	"encoding/json"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/jiebang/jiebang/cmd/jiebang/internal/cli"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/failure"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/input"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/output"
	jiebangv1 "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

func modelCommand(a *cli.App) *cobra.Command {
	c := a.Action("model", "查看匹配所用的权重及其版本", "Show the weights of matching", func(ctx context.Context, _ *cobra.Command, _ []string) error {
		conn, err := a.Connection()
		if err != nil {
			return err
		}
		m, err := jiebangv1.NewMatchServiceClient(conn).GetMatchModel(ctx, &jiebangv1.GetMatchModelRequest{Name: "matchModel"})
		if err != nil {
			return err
		}
		data, err := output.Encode(m)
		if err != nil {
			return err
		}
		return a.Printer.Document(ctx, output.Document{
			JSON: data, Name: m.GetName(), Header: []string{"名称", "版本", "权重"}, Rows: [][]string{{m.GetName(), m.GetVersion(), m.GetDocument()}},
			Text: func(w *output.Text, _ output.View) error {
				document := bytes.Buffer{}
				if json.Indent(&document, []byte(m.GetDocument()), "", "  ") != nil {
					document.Reset()
					document.WriteString(m.GetDocument()) // not the JSON that this program knows: shown as it is
				}
				return w.Pairs([][]string{{"版本", m.GetVersion()}, {"权重", strings.TrimSpace(document.String())}})
			},
		})
	})
	c.Example = "  jiebang match model\n  jiebang match model --jq '.document | fromjson | .weights'"
	return c
}

// engaged is what a step was taken with: the organization on the other side of the demand, and where the match came from.
type engaged struct {
	demand       string
	organization string
	source       jiebangv1.MatchSource
	show         func() error // prints what was opened
}

// engage finds what a caller names: a counterpart of the demand, or, when none is named, the demand itself for the caller's own organization.
func engage(ctx context.Context, a *cli.App, args []string, source jiebangv1.MatchSource) (e engaged, err error) {
	conn, err := a.Connection()
	if err != nil {
		return e, err
	}
	if e.demand, err = demandKind().Name(ctx, a, args[0]); err != nil {
		return e, err
	}
	e.source = jiebangv1.MatchSource_MATCH_DEMAND
	var with string
	if len(args) > 1 {
		with = args[1]
	}
	switch {
	case with == "":
		e.source = jiebangv1.MatchSource_MATCH_ORGANIZATION
		d, err := demandKind().Read(ctx, a, e.demand)
		if err != nil {
			return e, err
		}
		e.show = func() error { return output.One(ctx, a.Printer, demandColumns, d) }
		if e.organization, err = own(ctx, conn); err != nil {
			return e, err
		}
		if e.organization == d.GetOrganization() {
			return e, failure.Usagef("这是本单位自己的需求;请写明打开的是哪项成果或哪位专家")
		}
	case strings.HasPrefix(with, "achievements/"):
		x, err := jiebangv1.NewAchievementServiceClient(conn).GetAchievement(ctx, &jiebangv1.GetAchievementRequest{Name: with})
		if err != nil {
			return e, err
		}
		e.organization, e.show = x.GetOrganization(), func() error { return output.One(ctx, a.Printer, achievementColumns, x) }
	case strings.HasPrefix(with, "profiles/"):
		p, err := jiebangv1.NewProfileServiceClient(conn).GetProfile(ctx, &jiebangv1.GetProfileRequest{Name: with})
		if err != nil {
			return e, err
		}
		e.organization, e.show = p.GetOrganization(), func() error { return output.One(ctx, a.Printer, profileColumns, p) }
	default:
		return e, failure.Usagef("%q 不是成果或专家、实验室、技术经纪人的名称;名称以 achievements/ 或 profiles/ 开头", with)
	}
	if source != 0 {
		e.source = source
	}
	return e, nil
}

// record tells the server how far a match has come.
func (e engaged) record(ctx context.Context, a *cli.App, step jiebangv1.EngagementStep) error {
	conn, err := a.Connection()
	if err != nil {
		return err
	}
	_, err = jiebangv1.NewMatchServiceClient(conn).RecordEngagement(ctx,
		&jiebangv1.RecordEngagementRequest{Demand: e.demand, Organization: e.organization, Source: e.source, Step: step})
	return err
}

// stepCommand makes the command of a step. What was shown is counted by the server; the client tells what its user did then.
func stepCommand(a *cli.App, use, zh, en string, do func(context.Context, engaged) error) *cobra.Command {
	source := jiebangv1.MatchSource(0)
	c := a.Action(use+" DEMAND [COUNTERPART]", zh, en, func(ctx context.Context, _ *cobra.Command, args []string) error {
		e, err := engage(ctx, a, args, source)
		if err != nil {
			return err
		}
		return do(ctx, e)
	})
	cli.CodeFlag(c, &source, "source", "从哪里看到的(默认:写了 COUNTERPART 为按需求匹配,否则为按单位匹配)")
	c.ValidArgsFunction = demandKind().Complete(a)
	return c
}

func openCommand(a *cli.App) *cobra.Command {
	c := stepCommand(a, "open", "打开匹配到的成果、专家或需求,并计入匹配的成效", "Open what was matched, and count it", func(ctx context.Context, e engaged) error {
		if err := e.record(ctx, a, jiebangv1.EngagementStep_OPENED); err != nil {
			return err
		}
		return e.show()
	})
	c.Example = "  jiebang match open XQ-330182-2026-0001 achievements/a330182-…    # 企业打开匹配到的成果\n" +
		"  jiebang match open XQ-330182-2026-0001                           # 高校打开匹配到的需求"
	return c
}

func contactCommand(a *cli.App) *cobra.Command {
	c := stepCommand(a, "contact", "记下已经联系了对方,计入匹配的成效", "Count that the other side was contacted", func(ctx context.Context, e engaged) error {
		if err := e.record(ctx, a, jiebangv1.EngagementStep_CONTACTED); err != nil {
			return err
		}
		a.Note("已记下: %s 与 %s 有了联系", e.demand, e.organization)
		return nil
	})
	c.Example = "  jiebang match contact XQ-330182-2026-0001 profiles/p330182-…"
	return c
}

// reportCommand is for the bureau.
func reportCommand(a *cli.App) *cobra.Command {
	r := &jiebangv1.SummarizeEngagementsRequest{}
	c := a.Action("report", "匹配的成效:展示、打开、联系、揭榜、签约各多少(科技局)", "What became of matches", func(ctx context.Context, _ *cobra.Command, _ []string) error {
		for _, day := range []*string{&r.FromDay, &r.ToDay} {
			if *day == "" {
				continue
			}
			if _, err := input.Date(*day); err != nil {
				return failure.AsUsage(err)
			}
		}
		conn, err := a.Connection()
		if err != nil {
			return err
		}
		summary, err := jiebangv1.NewMatchServiceClient(conn).SummarizeEngagements(ctx, r)
		if err != nil {
			return err
		}
		data, err := output.Encode(summary)
		if err != nil {
			return err
		}
		g := output.Grid{Header: []string{"来源", "展示", "打开", "联系", "揭榜", "签约"}, Right: []bool{false, true, true, true, true, true}}
		for _, row := range summary.GetRows() {
			cells := []string{input.Chinese(row.GetSource())}
			for _, n := range []int64{row.GetShown(), row.GetOpened(), row.GetContacted(), row.GetBid(), row.GetSigned()} {
				cells = append(cells, strconv.FormatInt(n, 10))
			}
			g.Rows = append(g.Rows, cells)
		}
		return a.Printer.Document(ctx, output.Document{JSON: data, Header: g.Header, Rows: g.Rows, Text: func(w *output.Text, _ output.View) error { return w.Grid(g) }})
	})
	c.Flags().StringVar(&r.FromDay, "from", "", "第一天,如 2026-01-01(默认从头算起)")
	c.Flags().StringVar(&r.ToDay, "to", "", "最后一天(含),如 2026-12-31(默认到现在)")
	c.Example = "  jiebang match report --from 2026-01-01 --to 2026-12-31"
	return c
}
