package main

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"

	"github.com/jiebang/jiebang/cmd/jiebang/internal/cli"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/failure"
	jiebangv1 "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
	"github.com/jiebang/jiebang/services"
)

// joiner runs the program for one organization against a real market.
type joiner struct {
	server *services.Server
	env    map[string]string
}

// startRealMarket serves a new market on loopback ports until the test ends, and returns its bureau.
func startRealMarket(t *testing.T) joiner {
	t.Helper()
	s, err := services.Open(t.Context(), services.Config{DataDir: t.TempDir(), GRPCAddress: "127.0.0.1:0", HTTPAddress: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	ready, done := make(chan services.Addresses, 1), make(chan error, 1)
	go func() { done <- s.Serve(ctx, func(a services.Addresses) { ready <- a }) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	select {
	case err := <-done:
		done <- err
		t.Fatal(err)
	case a := <-ready:
		return joiner{s, map[string]string{"JIEBANG_SERVER": a.GRPC, "JIEBANG_TOKEN": s.FirstTokens["330182"], "XDG_CONFIG_HOME": t.TempDir()}}
	}
	panic("unreachable")
}

// run runs the program.
func (c joiner) run(t *testing.T, in string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, err bytes.Buffer
	a := &cli.App{Getenv: func(key string) string { return c.env[key] }, In: strings.NewReader(in), Out: &out, Err: &err, Now: time.Now}
	code = run(t.Context(), args, a)
	return code, out.String(), err.String()
}

// ok is stdout of a run that must succeed, without the line break at its end.
func (c joiner) ok(t *testing.T, args ...string) string {
	t.Helper()
	code, out, errors := c.run(t, "", args...)
	if code != failure.OK {
		t.Fatalf("%s: exit code %d: %s", strings.Join(args, " "), code, errors)
	}
	return strings.TrimSuffix(out, "\n")
}

// join registers an organization and returns it.
func (c joiner) join(t *testing.T, name, kind, uscc string) joiner {
	t.Helper()
	org := c.ok(t, "org", "create", "--display-name", name, "--kind", kind, "--uscc", uscc, "-o", "name")
	token := c.ok(t, "org", "token", "create", org, "--display-name", "科研院", "--roles", "editor,signer", "--jq", ".secret")
	return joiner{c.server, map[string]string{"JIEBANG_SERVER": c.env["JIEBANG_SERVER"], "JIEBANG_TOKEN": token, "ORGANIZATION": org, "XDG_CONFIG_HOME": c.env["XDG_CONFIG_HOME"]}}
}

// imports imports a list and lists what is in it.
func (c joiner) imports(t *testing.T, what string, rows ...string) {
	t.Helper()
	if code, _, errors := c.run(t, strings.Join(rows, "\n"), what, "import", "-", "--publish"); code != failure.OK {
		t.Fatalf("%s import: exit code %d: %s", what, code, errors)
	}
}

// post publishes a demand.
func (c joiner) post(t *testing.T, title, description, amount string) string {
	t.Helper()
	d := c.ok(t, "demand", "create", "--title", title, "--description", description, "--field", "新材料", "--amount", amount, "--deadline", "+30d", "-o", "name")
	c.ok(t, "demand", "publish", d)
	return d
}

// found waits until searches see all that was written.
func (c joiner) found(t *testing.T) {
	t.Helper()
	if err := c.server.AwaitSearch(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// step is a run of the program and what it must print.
type step struct {
	args   string // separated by ¦
	code   int
	stdout []string // all of them are in stdout; a text that begins with ! is not
	stderr []string
}

func (c joiner) steps(t *testing.T, steps []step) {
	t.Helper()
	for _, s := range steps {
		code, out, errors := c.run(t, "", strings.Split(s.args, "¦")...)
		if code != s.code {
			t.Errorf("%s: exit code %d, want %d: %s", s.args, code, s.code, errors)
		}
		for _, w := range []struct {
			name, text string
			want       []string
		}{{"stdout", out, s.stdout}, {"stderr", errors, s.stderr}} {
			for _, want := range w.want {
				if no, not := strings.CutPrefix(want, "!"); strings.Contains(w.text, no) == not {
					t.Errorf("%s: %s has %q: %v\n%s", s.args, w.name, no, not, w.text)
				}
			}
		}
	}
}

// town is a market with two demands of a firm, and two achievements and a laboratory of a university.
type town struct {
	bureau, firm, university joiner
	demand, achievement, lab string
}

func startTown(t *testing.T) (m town) {
	t.Helper()
	m.bureau = startRealMarket(t)
	m.firm = m.bureau.join(t, "新安江硅材料有限公司", "企业", "91330182MA2T00001P")
	m.university = m.bureau.join(t, "之江理工大学", "高校", "12330000MA2T000022")
	m.demand = m.firm.post(t, "超细碳酸钙表面改性", "活化度不低于 98%,用硬脂酸干法包覆超细碳酸钙粉体", "50万元")
	m.firm.post(t, "变压器绕组热点温度在线监测", "用光纤测温,误差不超过 1 ℃", "面议")
	m.university.imports(t, "achievement",
		`{"external_id":"A-1","title":"超细碳酸钙干法包覆技术","summary":"硬脂酸包覆碳酸钙,活化度 98% 以上","field":"新材料及其应用","keywords":["碳酸钙"],"maturity":"中试","trl":7,"asking_price":"41.8","cooperation_modes":["许可"],"region":"330182"}`,
		`{"external_id":"A-2","title":"水稻病虫害遥感识别方法","summary":"多光谱影像","field":"农业","maturity":"实验室","trl":3}`)
	m.university.imports(t, "profile",
		`{"external_id":"P-1","kind":"实验室","display_name":"粉体表面改性实验室","introduction":"碳酸钙等无机粉体的表面改性与检测","fields":["新材料及其应用"],"keywords":["碳酸钙","粉体"],"equipment":["激光粒度仪"]}`)
	m.bureau.found(t)
	m.achievement = m.university.ok(t, "search", "achievements", "碳酸钙", "-o", "name")
	m.lab = m.university.ok(t, "search", "organizations", "粉体", "-o", "name")
	return m
}

// TestSearching searches in a real market by the program alone.
func TestSearching(t *testing.T) {
	m := startTown(t)
	m.bureau.steps(t, []step{
		{args: "search¦demands¦碳酸钙", stdout: []string{"超细«碳酸钙»表面改性", "\n  ..脂酸干法包覆超细«碳酸钙»粉体\n", " 50 ", m.demand, "!变压器"}, stderr: []string{"共 1 条,由内置引擎检索"}},
		{args: "search¦demands¦tansuangai¦-o¦name", stdout: []string{m.demand}},
		{args: "search¦demands¦碳酸钙¦-o¦csv", stdout: []string{"标题,状态,榜额(元),", "超细碳酸钙表面改性,揭榜中,500000.00,", "!«"}},
		{args: "search¦demands¦碳酸钙¦--jq¦[.demands[0].title, .info.engine, (.snippets[0].fragments[0].parts | map(select(.found).text))]", stdout: []string{`["超细碳酸钙表面改性","embedded",["碳酸钙"]]`}},
		{args: "search¦demands¦--facets¦all¦--order-by¦budget desc", stdout: []string{"技术领域  新材料及其应用 2\n状态      揭榜中 2\n行政区划  330182 2\n", "变压器"}},
		{args: "search¦demands¦--min-amount¦50万元¦--max-amount¦500000¦-o¦name", stdout: []string{m.demand}},
		{args: "search¦demands¦--min-amount¦50.01万元¦-o¦name", stdout: []string{"!demands/"}, stderr: []string{"没有符合条件的记录", "可去掉 --min-amount 等筛选条件再试", "!您要找的"}},
		{args: "search¦demands¦碳酸钙¦--open-at¦now¦--field¦新材料¦--state¦揭榜中¦--jurisdiction¦330182¦-o¦name", stdout: []string{m.demand}},
		{args: "search¦demands¦--open-at¦+60d¦-o¦name", stdout: []string{"!demands/"}},
		{args: "search¦demands¦碳酸钙¦--state¦已签约¦--facets¦field", stdout: []string{"!技术领域"}, stderr: []string{"您要找的是不是: 碳酸钙", "--state"}},
		{args: "search¦demands¦飞毯 碳酸钙¦--field¦核应用", stderr: []string{"可去掉 --field 等筛选条件再试", "您要找的是不是: 碳酸钙"}},
		{args: "search¦achievements¦碳酸钙¦--maturity¦实验室,中试¦--min-trl¦6¦--modes¦许可¦--max-amount¦41.8万元¦--facets¦maturity,region¦--unit¦yuan",
			stdout: []string{"超细«碳酸钙»干法包覆技术", "418000.00", "成熟度  中试 1\n所在地  330182 1\n"}},
		{args: "search¦achievements¦--order-by¦trl¦-o¦csv", stdout: []string{"水稻病虫害遥感识别方法,实验室,,农业,achievements/"}},
		{args: "search¦achievements¦--max-amount¦41万元¦-o¦name", stdout: []string{"!achievements/"}},
		{args: "search¦organizations¦粉体¦--kind¦lab¦--facets¦kind", stdout: []string{"«粉体»表面改性实验室", "类型  实验室 1"}},
		{args: "search¦organizations¦粉体¦--kind¦专家¦-o¦csv", stdout: []string{"姓名或名称,类型", "!粉体"}},
		{args: "search¦demands¦碳酸钙¦--field¦农业¦-o¦name", stdout: []string{"!demands/"}},
		{args: "search¦demands¦碳酸钙¦--jurisdiction¦330183¦-o¦name", stdout: []string{"!demands/"}},
		{args: "search¦achievements¦碳酸钙¦--maturity¦小试¦-o¦name", stdout: []string{"!achievements/"}},
		{args: "search¦achievements¦碳酸钙¦--modes¦转让¦-o¦name", stdout: []string{"!achievements/"}},
		{args: "search¦achievements¦碳酸钙¦--min-trl¦8¦-o¦name", stdout: []string{"!achievements/"}},
		{args: "search¦achievements¦碳酸钙¦--field¦农业¦-o¦name", stdout: []string{"!achievements/"}},
		{args: "search¦organizations¦粉体¦--field¦农业¦-o¦name", stdout: []string{"!profiles/"}},
		{args: "search¦suggest¦tansuan", stdout: []string{"碳酸钙\n", "超细碳酸钙表面改性\n"}},
		{args: "search¦suggest¦碳酸¦-o¦csv", stdout: []string{"提示\n碳酸钙\n"}},
		{args: "search¦suggest¦飞毯¦-o¦name", stdout: []string{"!\n"}, stderr: []string{"没有提示"}},
		{args: "search¦demands¦--facets¦color", code: failure.Usage, stderr: []string{`--facets: 没有 "color" 这一项;可用 field、state、jurisdiction 或 all`}},
		{args: "search¦demands¦-碳酸钙", code: failure.Usage, stderr: []string{"-碳酸钙 不是参数;以 - 开头的文字请写在 -- 之后: -- -碳酸钙"}},
		{args: "search¦demands¦--¦-碳酸钙", stdout: []string{"碳酸钙"}},
		{args: "search¦demands¦--min-amount¦2万元¦--max-amount¦1万元", code: failure.Validation, stderr: []string{"min_budget", "RANGE_EMPTY"}},
		{args: "search¦demands¦--field¦炼金", code: failure.Usage, stderr: []string{"--field"}},
		{args: "search¦demands¦--open-at¦明天", code: failure.Usage, stderr: []string{"时间"}},
		{args: "search¦demands¦--min-amount¦很多", code: failure.Usage, stderr: []string{"金额"}},
		{args: "search¦demands¦--limit¦0", code: failure.Usage, stderr: []string{"--limit"}},
		{args: "search¦demands¦--order-by¦title", code: failure.Validation, stderr: []string{"order_by"}},
		{args: "search¦demands¦--page-token¦x", code: failure.Validation},
		{args: "search¦demands¦" + strings.Repeat("长", 101), code: failure.Validation, stderr: []string{"query"}},
	})
}

// TestMatching matches in a real market by the program alone, and reports to the bureau what became of it.
func TestMatching(t *testing.T) {
	m := startTown(t)
	d, achievement, lab := m.demand, m.achievement, m.lab
	m.bureau.ok(t, "search", "demands")
	m.firm.steps(t, []step{
		{args: "match¦demand¦" + d, stdout: []string{"超细碳酸钙干法包覆技术", achievement, "  需求标题中的词也出现在其中:", "  技术领域相同", "  已走出实验室", "\n+", "粉体表面改性实验室", lab}, stderr: []string{"模型 "}},
		{args: "match¦demand¦" + d + "¦-o¦csv", stdout: []string{"类型,得分,成果、姓名或名称,所属单位,名称,理由\n成果,", "实验室,", m.university.env["ORGANIZATION"]}},
		{args: "match¦demand¦" + d + "¦--jq¦[.achievements[0] | .score == (.reasons | map(.weight) | add), .achievement.externalId]", stdout: []string{`[true,"A-1"]`}},
		{args: "match¦demand¦" + d + "¦--limit¦1¦-o¦name", stdout: []string{achievement + "\n" + lab + "\n"}},
		{args: "match¦demand¦" + number(t, m.firm, d) + "¦-o¦name", stdout: []string{achievement}},
		{args: "match¦demand¦demands/d330182-0000000000000000", code: failure.NotFound, stderr: []string{"DEMAND_NOT_FOUND"}},
		{args: "match¦demand¦" + d + "¦--limit¦-1", code: failure.Validation},
		{args: "match¦organization", code: failure.Conflict, stderr: []string{"NOTHING_TO_MATCH", "jiebang achievement publish"}},
		{args: "match¦organization¦" + m.university.env["ORGANIZATION"] + "¦-o¦name", stdout: []string{d}},
		{args: "match¦open¦" + d, code: failure.Usage, stderr: []string{"本单位自己的需求"}},
		{args: "match¦open¦" + d + "¦x", code: failure.Usage, stderr: []string{"achievements/"}},
		{args: "match¦open¦" + d + "¦" + achievement, stdout: []string{"成果简介  硬脂酸包覆碳酸钙", "418000.00 元(41.8 万元)"}},
		{args: "match¦open¦" + d + "¦" + lab, stdout: []string{"仪器设备    激光粒度仪"}},
		{args: "match¦contact¦" + d + "¦" + lab, stdout: []string{"!demands"}, stderr: []string{"已记下"}},
		{args: "match¦report", code: failure.Permission},
	})
	m.university.steps(t, []step{
		{args: "match¦organization", stdout: []string{"超细碳酸钙表面改性", "  凭 achievements/", "  需求标题中的词也出现在其中:"}},
		{args: "match¦organization¦-o¦csv", stdout: []string{"得分,标题,榜额(元),截止时间,名称,凭借,理由\n", "500000.00", "技术领域相同"}},
		{args: "match¦open¦" + d, stdout: []string{"说明      活化度不低于 98%"}},
		{args: "search¦demands¦碳酸钙¦-o¦name"},
		{args: "match¦open¦" + d + "¦--source¦检索¦-o¦name", stdout: []string{d}},
	})
	if err := m.bureau.server.FlushEngagements(t.Context()); err != nil {
		t.Fatal(err)
	}
	m.bureau.steps(t, []step{
		{args: "match¦report¦-o¦csv", stdout: []string{"来源,展示,打开,联系,揭榜,签约\n按需求匹配,1,1,1,0,0\n按单位匹配,1,1,0,0,0\n检索,1,1,0,0,0\n"}},
		{args: "match¦report¦--from¦2001-01-01¦--to¦2001-12-31", stdout: []string{"按需求匹配     0"}},
		{args: "match¦report¦--from¦2001-1-1", code: failure.Usage, stderr: []string{"日期"}},
		{args: "match¦model", stdout: []string{"版本  ", `"title": `}},
		{args: "match¦model¦--jq¦.document | fromjson | .weights | has(\"title\")", stdout: []string{"true"}},
	})
	nobody := joiner{m.bureau.server, map[string]string{"JIEBANG_SERVER": m.bureau.env["JIEBANG_SERVER"], "XDG_CONFIG_HOME": t.TempDir()}}
	nobody.steps(t, []step{
		{args: "search¦achievements¦碳酸钙¦-o¦name", stdout: []string{achievement}},
		{args: "match¦model¦-o¦name", stdout: []string{"matchModel"}},
		{args: "match¦demand¦" + d, code: failure.Auth},
		{args: "match¦organization", code: failure.Auth},
	})
}

// number is the number that people know a demand by.
func number(t *testing.T, c joiner, demand string) string {
	t.Helper()
	return c.ok(t, "demand", "get", demand, "--jq", ".number")
}

// TestSearchPages follows a search that is longer than a page of the API: nothing is missing, nothing is twice, and the data are one answer.
func TestSearchPages(t *testing.T) {
	bureau := startRealMarket(t)
	university := bureau.join(t, "之江理工大学", "高校", "12330000MA2T000022")
	const many = 130
	rows := make([]string, many)
	for i := range rows {
		rows[i] = fmt.Sprintf(`{"external_id":"A-%d","title":"碳酸钙改性工艺之%d","field":"农业","keywords":["碳酸钙"]}`, i, i)
	}
	university.imports(t, "achievement", rows...)
	bureau.found(t)
	all := strings.Split(university.ok(t, "search", "achievements", "碳酸钙", "--all", "-o", "name"), "\n")
	if slices.Sort(all); len(all) != many || len(slices.Compact(slices.Clone(all))) != many {
		t.Fatalf("--all found %d, want %d different ones", len(all), many)
	}
	got := university.ok(t, "search", "achievements", "碳酸钙", "--all", "--facets", "field", "--jq",
		`[(.achievements | length), (.snippets | length), ([.snippets[] | select(.fragments[0].parts[0].text != "碳酸钙")] | length), .nextPageToken, (.facets | map(.values)), .info.totalSize]`)
	if want := fmt.Sprintf(`[%d,%d,0,"",[[{"count":%d,"value":"AGRICULTURE"}]],%d]`, many, many, many, many); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	var pieces []string
	for args := []string{"search", "achievements", "碳酸钙", "--limit", "60", "-o", "name"}; ; {
		code, out, errors := university.run(t, "", args...)
		if code != failure.OK {
			t.Fatalf("exit code %d: %s", code, errors)
		}
		pieces = append(pieces, strings.Fields(out)...)
		_, rest, more := strings.Cut(errors, "--page-token ")
		if !more {
			break
		}
		token, _, _ := strings.Cut(rest, " ")
		args = append(args[:7:7], "--page-token", token)
	}
	if slices.Sort(pieces); !slices.Equal(pieces, all) {
		t.Errorf("pages of 60 have %d, --all %d", len(pieces), len(all))
	}
}

// ill is a search that is not well, and whose texts want to act on a terminal.
type ill struct {
	jiebangv1.UnimplementedSearchServiceServer
	jiebangv1.UnimplementedMatchServiceServer
}

func (ill) SearchDemands(_ context.Context, r *jiebangv1.SearchDemandsRequest) (*jiebangv1.SearchDemandsResponse, error) {
	if r.GetQuery() == "无" {
		return &jiebangv1.SearchDemandsResponse{}, nil
	}
	return &jiebangv1.SearchDemandsResponse{
		Demands:  []*jiebangv1.Demand{{Name: "demands/d1", Title: "red\x1b[31m alert"}, {Name: "demands/d2", Title: "=HYPERLINK(1)"}},
		Snippets: []*jiebangv1.Snippet{{Fragments: []*jiebangv1.Fragment{{Field: "description", Parts: []*jiebangv1.Fragment_Part{{Text: "\x1b]0;x\x07", Found: true}}}}}},
		Facets:   []*jiebangv1.Facet{{Attribute: "field", Values: []*jiebangv1.Facet_Value{{Value: "TELEPATHY\x1b[1m", Count: 3}}}},
		Info:     &jiebangv1.SearchInfo{TotalSize: 1000, Engine: "database"},
	}, nil
}

func (ill) SuggestQueries(_ context.Context, r *jiebangv1.SuggestQueriesRequest) (*jiebangv1.SuggestQueriesResponse, error) {
	if r.GetQuery() == "无" {
		return nil, fault(codes.Unavailable, "STORAGE_UNAVAILABLE", "暂时无法确认")
	}
	return &jiebangv1.SuggestQueriesResponse{Suggestions: []string{"a\x1b[2J"}}, nil
}

func (ill) MatchDemand(_ context.Context, r *jiebangv1.MatchDemandRequest) (*jiebangv1.MatchDemandResponse, error) {
	if r.GetName() == "demands/d1" {
		return nil, fault(codes.Unavailable, "MATCHING_NOT_READY", "匹配所用的索引正在建立")
	}
	return &jiebangv1.MatchDemandResponse{ModelVersion: "1", Engine: "meilisearch"}, nil
}

func (ill) GetMatchModel(context.Context, *jiebangv1.GetMatchModelRequest) (*jiebangv1.MatchModel, error) {
	return &jiebangv1.MatchModel{Name: "matchModel", Version: "9", Document: "weights: none\x1b[1m"}, nil
}

// TestSearchIsIll searches where the real market would be well: an index that is being filled, values newer than this program, texts that are not harmless.
func TestSearchIsIll(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := grpc.NewServer()
	jiebangv1.RegisterSearchServiceServer(server, ill{})
	jiebangv1.RegisterMatchServiceServer(server, ill{})
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(server.Stop)
	c := joiner{nil, map[string]string{"JIEBANG_SERVER": listener.Addr().String(), "XDG_CONFIG_HOME": t.TempDir()}}
	c.steps(t, []step{
		{args: "search¦demands¦x", stdout: []string{"red\uFFFD[31m alert", "  «\uFFFD]0;x\uFFFD»", "TELEPATHY\uFFFD[1m 3", "!\x1b"}, stderr: []string{"约 1000 条,索引正在建立,只查了标题", "!\x1b"}},
		{args: "search¦demands¦x¦-o¦csv", stdout: []string{"'=HYPERLINK(1)"}},
		{args: "search¦demands¦无", stdout: []string{"!标题"}, stderr: []string{"没有符合条件的记录"}},
		{args: "search¦demands¦无¦-o¦json", stdout: []string{`"demands": [],`}},
		{args: "search¦suggest¦a", stdout: []string{"a\uFFFD[2J\n"}},
		{args: "search¦suggest¦无", code: failure.Unavailable},
		{args: "match¦demand¦d1", code: failure.Unavailable, stderr: []string{"MATCHING_NOT_READY"}},
		{args: "match¦demand¦d2", stdout: []string{"!得分"}, stderr: []string{"没有合适的", "由 meilisearch 检索"}},
		{args: "match¦model", stdout: []string{"weights: none\uFFFD[1m"}},
	})
}

// TestSearchCompletion completes the values of flags.
func TestSearchCompletion(t *testing.T) {
	for args, want := range map[string]string{
		"search demands --state ": "published\t揭榜中", "search achievements --facets ": "cooperation_mode\nregion\nall", "search demands --order-by ": "budget\nbudget desc",
		"search organizations --kind ": "lab\t实验室", "search achievements --modes ": "use-first\t先用后转", "match open --source ": "match-organization\t按单位匹配",
		"search demands --field nu": "nuclear\t核应用",
	} {
		if _, out, _ := execute(t, append([]string{"__complete"}, strings.Split(args, " ")...)...); !strings.Contains(out, want) {
			t.Errorf("%s completes %q, want %q", args, out, want)
		}
	}
}
