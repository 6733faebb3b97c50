package opening_test

import (
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/jiebang/jiebang/services"
	"github.com/jiebang/jiebang/services/internal/markettest"
	"github.com/jiebang/jiebang/services/internal/prove/sealing"
	"github.com/jiebang/jiebang/services/internal/storagetest"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// written collects what a server writes to its log.
type written struct {
	mu sync.Mutex
	b  bytes.Buffer
}

// Write implements io.Writer.
func (w *written) Write(b []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.b.Write(b)
}

func (w *written) text() []byte {
	w.mu.Lock()
	defer w.mu.Unlock()
	return bytes.Clone(w.b.Bytes())
}

// places are everything that a server keeps, and its log.
func places(t *testing.T, url string, log *written, dirs ...string) map[string][]byte {
	t.Helper()
	all := markettest.Must(sealing.Places(t.Context(), url, dirs...))(t)
	all["log"] = log.text()
	return all
}

// TestCanary puts a word that is nowhere else into bids of both levels and into a draft, and looks for it in everything that the server keeps:
// database, journal, log, directory. It is found after the opening, so the looking works, and never in the log.
func TestCanary(t *testing.T) {
	t.Parallel()
	storagetest.Each(t, func(t *testing.T, url string) {
		log, dir := &written{}, t.TempDir()
		m := markettest.Open(t, url, func(c *services.Config) {
			c.Log, c.DataDir = slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug})), dir
		})
		keepers, firm, zju, sspu := m.Keepers(3), m.Firm(), m.University(), m.University()
		const word = "CANARY-7f3a9c51d2e8"
		sealed, plain := m.SealedDemand(firm, 10*time.Minute), m.Publish(firm, 10*time.Minute)
		p := m.Plain(zju, 987_654_321, 1)
		p.Proposal = word
		markettest.Must(m.Finalize(zju, sealed.GetName(), m.Seal(m.Terms(sealed.GetName()), p), 1))(t)
		for _, bidder := range []*markettest.Member{zju, sspu} {
			b := markettest.Must(m.Bids.CreateBid(bidder.Ctx(), &pb.CreateBidRequest{RequestId: markettest.ID(), Parent: plain.GetName(),
				Bid: &pb.Bid{Amount: markettest.Yuan(5), Proposal: word}}))(t)
			b.Proposal = word + "。"
			b = markettest.Must(m.Bids.UpdateBid(bidder.Ctx(), &pb.UpdateBidRequest{RequestId: markettest.ID(), Bid: b}))(t)
			if bidder == zju {
				b = markettest.Must(m.Bids.SubmitBid(bidder.Ctx(), &pb.SubmitBidRequest{RequestId: markettest.ID(), Name: b.GetName(), Etag: b.GetEtag()}))(t)
				markettest.Must(m.Bids.ReplaceBid(bidder.Ctx(), &pb.ReplaceBidRequest{RequestId: markettest.ID(), Name: b.GetName(), Etag: b.GetEtag(), Amount: markettest.Yuan(6), Proposal: word}))(t)
			}
			if got := bid(t, m, bidder.Ctx(), b.GetName()); !strings.Contains(got.GetProposal(), word) {
				t.Errorf("its bidder reads %v", got)
			}
		}
		dirs := []string{dir}
		if !strings.HasPrefix(url, "postgres") {
			dirs = append(dirs, filepath.Dir(url))
		}
		if where := sealing.Found(places(t, url, log, dirs...), word); len(where) > 0 {
			t.Errorf("before the opening: found in %v", where)
		}
		sealed = m.Close(firm, sealed)
		m.Give(keepers[0], sealed.GetName())
		m.Give(keepers[1], sealed.GetName())
		m.Settle()
		where := sealing.Found(places(t, url, log, dirs...), word)
		if len(where) == 0 || slices.ContainsFunc(where, func(place string) bool { return strings.HasPrefix(place, "log") }) {
			t.Errorf("after the opening: found in %v, want it in the database and not in the log", where)
		}
	})
}

// known are the figures of a server that grow with what anybody does.
var known = regexp.MustCompile(`^(go_|process_|promhttp_|jiebang_call_seconds|jiebang_ledger_head_held_seconds|jiebang_ledger_entries)`)

// figures are the metrics of a server: by name and labels, the value of each that is not known to grow anyway.
func figures(t *testing.T, m *markettest.Market) map[string]string {
	t.Helper()
	resp := markettest.Must(http.Get("http://" + m.HTTP + "/metrics"))(t)
	defer resp.Body.Close()
	text := string(markettest.Must(io.ReadAll(resp.Body))(t))
	all := map[string]string{}
	for line := range strings.Lines(text) {
		name, value, ok := strings.Cut(strings.TrimSpace(line), "} ")
		if !ok {
			name, value, _ = strings.Cut(strings.TrimSpace(line), " ")
		}
		if strings.HasPrefix(line, "#") || strings.HasPrefix(name, "go_") {
			continue
		}
		if known.MatchString(name) {
			value = ""
		}
		all[name] = value
	}
	return all
}

// TestMetrics bids while somebody watches the metrics: no figure tells of it, but those that are shared with all that is done with bids.
func TestMetrics(t *testing.T) {
	t.Parallel()
	m := markettest.Open(t, storagetest.SQLite(t))
	m.Keepers(3)
	firm := m.Firm()
	sealed, plain := m.SealedDemand(firm, 10*time.Minute), m.Publish(firm, 10*time.Minute)
	bid := func() {
		zju := m.University()
		m.SealedBid(zju, sealed.GetName(), 5)
		m.Bid(zju, plain, 5)
	}
	markettest.Must(m.Bids.ListBids(firm.Ctx(), &pb.ListBidsRequest{Parent: plain.GetName()}))(t)
	zju := m.University()
	m.Terms(sealed.GetName())
	before := figures(t, m)
	m.Bid(zju, plain, 5)
	m.SealedBid(zju, sealed.GetName(), 5)
	bid()
	if _, err := m.Bids.CreateBid(zju.Ctx(), &pb.CreateBidRequest{RequestId: markettest.ID(), Parent: plain.GetName(), Bid: &pb.Bid{Amount: markettest.Yuan(5), Proposal: "再投"}}); err == nil {
		t.Error("the university bids twice")
	}
	for name, value := range figures(t, m) {
		if was, ok := before[name]; (!ok && strings.Contains(name, "id")) || ok && was != value || !ok && !known.MatchString(name) {
			t.Errorf("%s was %q and is %q", name, was, value)
		}
		for _, secret := range []string{"Finalize", "SubmitBid", "CreateBid", "AlreadyExists", "demands/", "bids/", "d330182", "o330182", zju.Name} {
			if strings.Contains(name, secret) {
				t.Errorf("%s names %s", name, secret)
			}
		}
	}
}

// TestUniform compares what anybody but the bidder gets of a demand with sealed bids and of one without, byte for byte but for their names.
func TestUniform(t *testing.T) {
	t.Parallel()
	markettest.Each(t, func(t *testing.T, m *markettest.Market) {
		keepers, firm, zju := m.Keepers(3), m.Firm(), m.University()
		with, without := m.SealedDemand(firm, 10*time.Minute), m.SealedDemand(firm, 10*time.Minute)
		r := m.SealedBid(zju, with.GetName(), 5)
		for who, somebody := range map[string]*markettest.Member{"firm": firm, "bureau": m.Bureau, "custodian": &keepers[0].Member, "rival": m.University()} {
			see := func(d *pb.Demand) string {
				var seen []string
				note := func(m proto.Message, err error) {
					text := fmt.Sprint(err)
					if err == nil {
						text = string(markettest.Must(proto.MarshalOptions{Deterministic: true}.Marshal(m))(t))
					}
					seen = append(seen, strings.ReplaceAll(text, d.GetName(), "DEMAND"))
				}
				got := markettest.Must(m.Demands.GetDemand(somebody.Ctx(), &pb.GetDemandRequest{Name: d.GetName()}))(t)
				if !proto.Equal(got, d) {
					t.Errorf("%s: the demand has changed: %v", who, got)
				}
				note(m.Bids.ListBids(somebody.Ctx(), &pb.ListBidsRequest{Parent: d.GetName()}))
				note(m.Bids.GetBid(somebody.Ctx(), &pb.GetBidRequest{Name: d.GetName() + "/bids/" + markettest.BidID(r.GetBid())}))
				note(m.Openings.ListEnvelopes(somebody.Ctx(), &pb.ListEnvelopesRequest{Parent: d.GetName(), Custodian: keepers[0].Custodian}))
				return strings.Join(seen, "\n")
			}
			if a, b := see(with), see(without); a != b {
				t.Errorf("%s: got %q with a bid, %q without", who, a, b)
			}
		}
	})
}
