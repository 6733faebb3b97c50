package crossorg

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"google.golang.org/protobuf/proto"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// Result is what a comparison found.
type Result struct {
	Pairs, Answers, Differences int
	First                       []string // differences

	asked map[string]bool // methods
}

// perWorld is how many pairs are compared in two worlds before others begin.
const perWorld = 25

// Run compares n pairs, and makes sure that no method that reads was left out. A pair is one more piece of history in both worlds, and then everything that two observers read in each, of whom one reads by REST too.
func Run(ctx context.Context, n int) (Result, error) { return run(ctx, n, themes) }

func run(ctx context.Context, n int, themes []theme) (r Result, err error) {
	methods, err := readers()
	if err != nil {
		return r, err
	}
	r.asked = map[string]bool{}
	for i := 0; r.Pairs < n; i++ {
		if err := r.worlds(ctx, methods, themes[i%len(themes)], i, min(perWorld, (n+len(themes)-1)/len(themes), n-r.Pairs)); err != nil {
			return r, err
		}
	}
	var missing []string
	for name := range methods {
		if !r.asked[name] {
			missing = append(missing, name)
		}
	}
	if len(missing) > 0 {
		return r, fmt.Errorf("no requests of %v", missing)
	}
	return r, nil
}

func (r *Result) worlds(ctx context.Context, methods map[string]method, t theme, i, pairs int) (err error) {
	var both [2]*world
	for v := range both {
		w, openErr := open(ctx, fmt.Sprintf("crossorg %d", i), v)
		if openErr != nil {
			return openErr
		}
		defer func() { err = errors.Join(err, w.stop()) }()
		both[v] = w
	}
	for p := range pairs {
		if err := r.pair(ctx, methods, both, t, uint64(i*perWorld+p)); err != nil {
			return fmt.Errorf("%s, pair %d: %w", t.name, r.Pairs, err)
		}
		r.Pairs++
	}
	return nil
}

// pair lets both worlds go on, and compares them.
func (r *Result) pair(ctx context.Context, methods map[string]method, both [2]*world, t theme, seed uint64) error {
	size := int64(0)
	for _, w := range both {
		now, err := w.proceed(ctx, t, seed)
		if err != nil {
			return err
		}
		size = now
	}
	if !slices.Equal(both[0].names, both[1].names) || both[0].sequence != both[1].sequence {
		return fmt.Errorf("the histories are not alike: %v, %v", both[0].names, both[1].names)
	}
	requests := both[0].reads(size)
	random := rand.New(rand.NewPCG(seed, 1))
	var observers []string
	for name := range both[0].observers {
		if !slices.Contains(t.privy, name) {
			observers = append(observers, name)
		}
	}
	slices.Sort(observers)
	random.Shuffle(len(observers), func(i, j int) { observers[i], observers[j] = observers[j], observers[i] })
	if t.channels {
		return r.secret(ctx, methods, both, requests, observers[0])
	}
	for k, who := range observers[:2] {
		if err := r.observe(ctx, methods, both, requests, who, k == 0); err != nil {
			return err
		}
		r.foreign(ctx, methods, both[1], who)
	}
	return nil
}

// turns is how many pairs it takes until all that is not about the pair itself was asked for.
const turns = 5

// secret compares what one observer gets: of the pair itself all, over every channel, and of the rest a part in turn. Both worlds are asked the same, so that
// their metrics are comparable.
func (r *Result) secret(ctx context.Context, methods map[string]method, both [2]*world, requests []proto.Message, who string) error {
	general := len(both[0].lists()) + len(both[0].told())
	asked := requests[general:]
	for i, req := range requests[:general] {
		if i%turns == r.Pairs%turns {
			asked = append(asked, req)
		}
	}
	for _, name := range slices.Concat(both[0].hidden, both[1].hidden) {
		asked = append(asked, &pb.GetBidRequest{Name: name})
	}
	rest := r.Pairs%2 == 0
	if who == rival && len(both[0].drawn) > 0 {
		asked, rest = slices.DeleteFunc(asked, both[0].placed), false
	}
	for _, w := range both {
		w.chance.turn(fmt.Sprintf("sweep %d", r.Pairs))
	}
	if err := r.observe(ctx, methods, both, asked, who, rest); err != nil {
		return err
	}
	if err := r.channels(ctx, both, who); err != nil {
		return err
	}
	for _, w := range both {
		r.foreign(ctx, methods, w, who)
	}
	return nil
}

// placed is whether a request asks where the entries stand whose order chance draws: a bidder reads its own among them.
func (w *world) placed(req proto.Message) bool {
	switch r := req.(type) {
	case *pb.GetEntryRequest:
		n, err := strconv.ParseInt(path.Base(r.GetName()), 10, 64)
		return err == nil && w.drawn[n]
	case *pb.ListEntriesRequest:
		return true
	}
	return false
}

// proceed goes on with the history of a world and returns the size of its ledger.
func (w *world) proceed(ctx context.Context, t theme, seed uint64) (int64, error) {
	head := func() (int64, error) {
		l, err := pb.NewLedgerServiceClient(w.server.Conn()).GetLedger(ctx, &pb.GetLedgerRequest{Name: "ledgers/" + home})
		return l.GetSize(), err
	}
	var err error
	if w.sequence, err = head(); err != nil {
		return 0, err
	}
	w.names, w.hidden, w.heard = nil, nil, nil
	w.clock.Advance(time.Second)
	r := rand.New(rand.NewPCG(seed, 0))
	for _, do := range t.steps {
		if err := do(w, ctx, r); err != nil {
			return 0, err
		}
	}
	w.clock.Advance(time.Minute) // so that the head is kept as a checkpoint in both worlds, whichever was signed in between
	if err := errors.Join(w.server.Settle(ctx), w.server.AwaitSearch(ctx), w.server.Notify(ctx)); err != nil {
		return 0, err
	}
	return head()
}

// observe compares what somebody gets in both worlds.
func (r *Result) observe(ctx context.Context, methods map[string]method, both [2]*world, requests []proto.Message, name string, rest bool) error {
	for _, req := range requests {
		m, ok := methods[nameOf(req)]
		if !ok {
			return fmt.Errorf("no method %s", nameOf(req))
		}
		r.asked[nameOf(req)] = true
		if nameOf(req) == "SummarizeEngagements" { // what was shown is counted after a while, and here before it is read
			for _, w := range both {
				if err := w.server.FlushEngagements(ctx); err != nil {
					return err
				}
			}
		}
		var heard [2]string
		for v, w := range both {
			heard[v] = w.hear(ctx, w.observers[name], m, req)
		}
		r.compare(name, req, heard)
		if !rest || m.route == "" {
			continue
		}
		for v, w := range both {
			var err error
			if heard[v], err = w.fetch(ctx, w.observers[name], m, req); err != nil {
				return err
			}
		}
		r.compare(name+" by REST", req, heard)
	}
	return nil
}

func (r *Result) compare(who string, req proto.Message, heard [2]string) {
	r.Answers++
	if heard[0] == heard[1] {
		return
	}
	r.Differences++
	if len(r.First) < 10 {
		r.First = append(r.First, fmt.Sprintf("%s: %s %v:\n  %.600s\n  %.600s", who, nameOf(req), req, heard[0], heard[1]))
	}
}

// foreign compares how somebody is refused a thing that is another's with how it is refused one that never was.
func (r *Result) foreign(ctx context.Context, methods map[string]method, w *world, who string) {
	for _, name := range w.names {
		for i, req := range about(name) {
			if !strings.HasPrefix(nameOf(req), "Get") {
				continue
			}
			there := w.hear(ctx, w.observers[who], methods[nameOf(req)], req)
			if strings.Contains(there, " bytes ") {
				continue
			}
			not := w.hear(ctx, w.observers[who], methods[nameOf(req)], about(never(name))[i])
			r.compare(who+" (as if it never was)", req, [2]string{strings.ReplaceAll(there, name[len(name)-16:], strings.Repeat("0", 16)), not})
		}
	}
}
