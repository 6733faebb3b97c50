// Package index_test keeps a search server of a test in step with a real market, and breaks it.
package index_test

import (
	"database/sql"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"entgo.io/ent/dialect"
	entsql "entgo.io/ent/dialect/sql"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/jiebang/jiebang/ent/gen/ent"
	entcontract "github.com/jiebang/jiebang/ent/gen/ent/contract"
	"github.com/jiebang/jiebang/services"
	"github.com/jiebang/jiebang/services/contracting/contract"
	"github.com/jiebang/jiebang/services/internal/enginetest"
	"github.com/jiebang/jiebang/services/internal/markettest"
	"github.com/jiebang/jiebang/services/internal/storage"
	"github.com/jiebang/jiebang/services/internal/storagetest"
	"github.com/jiebang/jiebang/services/matching/engine"
	"github.com/jiebang/jiebang/services/matching/index"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// world is a market with a search server.
type world struct {
	*markettest.Market
	t         *testing.T
	server    *enginetest.Server
	firm, zju *markettest.Member
}

// each runs test in a world of its own on each database; the search server is broken as start has it when the market starts.
func each(t *testing.T, start enginetest.Fault, test func(t *testing.T, w *world)) {
	t.Helper()
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, url string) {
		s := enginetest.New()
		s.Break(start)
		w := &world{Market: markettest.Open(t, url, with(s)), t: t, server: s}
		w.firm, w.zju = w.Firm(), w.University()
		test(t, w)
	})
}

// with configures a search server.
func with(s *enginetest.Server) func(*services.Config) {
	return func(c *services.Config) { c.Search.Remote = s.Open }
}

// demand publishes a demand with a title.
func (w *world) demand(title string) *pb.Demand {
	w.t.Helper()
	d := markettest.Must(w.Demands.CreateDemand(w.firm.Ctx(), &pb.CreateDemandRequest{RequestId: markettest.ID(), Demand: &pb.Demand{Title: title, Description: "白度",
		Field: pb.TechnologyField_NEW_MATERIALS, Deadline: timestamppb.New(w.Clock.Now().Add(1000 * time.Hour))}}))(w.t)
	return markettest.Must(w.Demands.PublishDemand(w.firm.Ctx(), &pb.PublishDemandRequest{RequestId: markettest.ID(), Name: d.GetName(), Etag: d.GetEtag()}))(w.t)
}

func (w *world) withdraw(d *pb.Demand) {
	w.t.Helper()
	markettest.Must(w.Demands.WithdrawDemand(w.firm.Ctx(), &pb.WithdrawDemandRequest{RequestId: markettest.ID(), Name: d.GetName(), Etag: d.GetEtag()}))(w.t)
}

// await returns when the search server and the memory have all that is committed now.
func (w *world) await() {
	w.t.Helper()
	if err := w.Server.AwaitSearch(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
	if err := w.Server.AwaitSearchServer(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
}

// finds searches for demands and says who answered.
func (w *world) finds(query string, want ...*pb.Demand) (by string) {
	w.t.Helper()
	resp := markettest.Must(w.Searches.SearchDemands(w.t.Context(), &pb.SearchDemandsRequest{Query: query}))(w.t)
	if got, want := names(resp.GetDemands()), names(want); !slices.Equal(got, want) {
		w.t.Errorf("%q by %s: got %v, want %v", query, resp.GetInfo().GetEngine(), got, want)
	}
	return resp.GetInfo().GetEngine()
}

// answered searches as finds does and wants an engine to answer.
func (w *world) answered(by, query string, want ...*pb.Demand) {
	w.t.Helper()
	if got := w.finds(query, want...); got != by {
		w.t.Errorf("%q: %s answered, want %s", query, got, by)
	}
}

func names(all []*pb.Demand) (out []string) {
	for _, d := range all {
		out = append(out, d.GetName())
	}
	slices.Sort(out)
	return out
}

func (w *world) sqlite() bool { return !strings.Contains(w.URL, "://") }

// rows reads the market's database beside its server.
func (w *world) rows() *ent.Client {
	w.t.Helper()
	driver, name := dialect.Postgres, "pgx"
	url := w.URL
	if w.sqlite() {
		driver, name, url = dialect.SQLite, "sqlite", "file:"+url+"?mode=ro"
	}
	db := markettest.Must(sql.Open(name, url))(w.t)
	w.t.Cleanup(func() { _ = db.Close() })
	return ent.NewClient(ent.Driver(entsql.OpenDB(driver, db)))
}

// beside is an index as another process has it, which does not follow. SQLite lets no other process in.
func (w *world) beside() *index.Index {
	w.t.Helper()
	log := slog.New(slog.DiscardHandler)
	db := markettest.Must(storage.Open(w.t.Context(), storage.Options{URL: w.URL, Clock: w.Clock, Log: log}))(w.t)
	w.t.Cleanup(func() { _ = db.Close() })
	return index.New(db, log, w.server.Open)
}

// same checks that the search server holds what is public, in the version that it has, and nothing else.
func (w *world) same() {
	w.t.Helper()
	rows, ctx := w.rows(), w.t.Context()
	want := map[engine.Kind]map[string]int64{engine.Demands: {}, engine.Achievements: {}, engine.Profiles: {}}
	add := func(k engine.Kind) func(engine.Doc, bool) {
		return func(d engine.Doc, public bool) {
			if public {
				want[k][d.ID] = d.Version
			}
		}
	}
	for _, d := range markettest.Must(rows.Demand.Query().All(ctx))(w.t) {
		add(engine.Demands)(index.Demand(d))
	}
	for _, a := range markettest.Must(rows.Achievement.Query().All(ctx))(w.t) {
		add(engine.Achievements)(index.Achievement(a))
	}
	for _, p := range markettest.Must(rows.Profile.Query().All(ctx))(w.t) {
		signed := markettest.Must(rows.Contract.Query().Where(entcontract.SellerID(p.OrganizationID), entcontract.StateIn(contract.Active, contract.Completed)).Count(ctx))(w.t)
		add(engine.Profiles)(index.Profile(p, signed))
	}
	for k, docs := range want {
		if got := w.server.Documents(k); !maps.Equal(got, docs) {
			w.t.Errorf("%s: the server has %v, want %v", k, got, docs)
		}
	}
}

// behind is how many entries of the ledgers the cursor of the search server is behind.
func (w *world) behind() (n int64) {
	w.t.Helper()
	rows := w.rows()
	for _, h := range markettest.Must(rows.LedgerHead.Query().All(w.t.Context()))(w.t) {
		n += h.Size
	}
	for _, c := range markettest.Must(rows.Cursor.Query().All(w.t.Context()))(w.t) {
		if strings.HasPrefix(c.ID, "search/meilisearch/") {
			n -= c.Position
		}
	}
	return n
}
