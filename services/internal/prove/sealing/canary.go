package sealing

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"google.golang.org/genproto/googleapis/type/money"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/jiebang/jiebang/services"
	"github.com/jiebang/jiebang/services/internal/chance"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// words are those of a sweep, which no program has in it: in a bid that its bidder sealed, in drafts and bids that the platform seals, and in the titles of the
// demands, which everybody may read.
type words struct{ sealed, platform, public string }

func newWords(r chance.Source) words {
	word := func() string { return fmt.Sprintf("CANARY-%x", chance.Bytes(r, 6)) }
	return words{word(), word(), word()}
}

const logFile = "server.log"

// Serve is the server whose memory is read: it prints its address, and logs all it can into its directory.
func Serve(ctx context.Context, args []string) error {
	if len(args) != 2 {
		return errors.New("usage: sealing-server DATA DATABASE")
	}
	log, err := os.Create(filepath.Join(args[0], logFile))
	if err != nil {
		return err
	}
	c := config(args[0], args[1])
	c.Log = slog.New(slog.NewJSONHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	s, err := services.Open(ctx, c)
	if err != nil {
		return err
	}
	err = s.Serve(ctx, func(a services.Addresses) { fmt.Println(a.GRPC) })
	return errors.Join(err, s.Close(), log.Close())
}

// Canary puts words into bids of a server that runs as program, and looks for them in all it keeps: database and journal, log, directory, and for what its
// bidder sealed the memory too. It returns where they are before the opening, and in the log after it. What may be found must be, or the looking does not work.
func Canary(ctx context.Context, program []string, database string) (hits []string, err error) {
	dir, err := os.MkdirTemp("", "jiebang-canary-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	h, stop, err := openIn(ctx, dir, database, 2)
	if err != nil {
		return nil, err
	}
	w, dirs := newWords(h.Rand), []string{dir}
	if database != "" && !strings.HasPrefix(database, "postgres") {
		dirs = append(dirs, filepath.Dir(database))
	}
	sealed, plain, err := h.canaries(ctx, w.public)
	if err := errors.Join(err, stop()); err != nil {
		return nil, err
	}
	pid, end, err := h.start(ctx, program, dir, database)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, end()) }()
	if err := h.whisper(ctx, w, sealed, plain); err != nil {
		return nil, err
	}
	places, err := Places(ctx, database, dirs...)
	if err != nil {
		return nil, err
	}
	hits = append(Found(places, w.sealed), Found(places, w.platform)...)
	memory, err := Memory(pid, w.sealed, w.public)
	if err != nil {
		return hits, err
	}
	hits = append(hits, memory[w.sealed]...)
	if len(memory[w.public]) == 0 || len(Found(places, w.public)) == 0 {
		return hits, errors.New("what everybody may read is not found either: the looking does not work")
	}
	if _, err := h.open(ctx, sealed); err != nil {
		return hits, err
	}
	if places, err = Places(ctx, database, dirs...); err != nil {
		return hits, err
	}
	log := map[string][]byte{"the log": places[filepath.Join(dir, logFile)]}
	hits = append(hits, append(Found(log, w.sealed), Found(log, w.platform)...)...)
	if len(Found(places, w.sealed)) == 0 || len(log["the log"]) == 0 {
		return hits, errors.New("the bid is not found after the opening: the looking does not work")
	}
	return hits, nil
}

// canaries are two demands, one for each level of sealing.
func (h *hall) canaries(ctx context.Context, word string) (sealed, plain *pb.Demand, err error) {
	if sealed, err = h.publish(ctx, "密封 "+word, Procedure, h.Clock.Now().Add(canaryTime)); err != nil {
		return nil, nil, err
	}
	plain, err = h.publish(ctx, "平台 "+word, "direct", h.Clock.Now().Add(time.Hour))
	return sealed, plain, err
}

// canaryTime is how long the words are looked for before the opening.
const canaryTime = 8 * time.Second

// start starts the program on a directory and calls it from then on.
func (h *hall) start(ctx context.Context, program []string, dir, database string) (pid int, end func() error, err error) {
	args := append(append([]string{}, program[1:]...), dir, database)
	cmd := exec.CommandContext(ctx, program[0], args...) // #nosec G204 -- this program
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return 0, nil, err
	}
	if err := cmd.Start(); err != nil {
		return 0, nil, err
	}
	interrupt := func() error { return errors.Join(cmd.Process.Signal(os.Interrupt), cmd.Wait()) }
	address, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		return 0, nil, errors.Join(fmt.Errorf("the server does not start: %w", err), interrupt())
	}
	conn, err := grpc.NewClient(strings.TrimSpace(address), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return 0, nil, errors.Join(err, interrupt())
	}
	h.call(conn)
	return cmd.Process.Pid, func() error { return errors.Join(conn.Close(), interrupt()) }, nil
}

// whisper bids with words that nobody may find, in every way in which one can.
func (h *hall) whisper(ctx context.Context, w words, sealed, plain *pb.Demand) error {
	tries, err := h.seal(ctx, sealed, h.bidders, w.sealed)
	if err != nil {
		return err
	}
	for _, t := range tries {
		if h.submit(ctx, t); t.err != nil {
			return t.err
		}
	}
	yuan := &money.Money{CurrencyCode: "CNY", Units: 418_000}
	for i, bidder := range h.bidders {
		as := As(ctx, bidder.secret)
		b, err := h.bids.CreateBid(as, &pb.CreateBidRequest{RequestId: h.ID(), Parent: plain.GetName(), Bid: &pb.Bid{Amount: yuan, Proposal: w.platform}})
		if err != nil {
			return err
		}
		b.Proposal = w.platform + "。"
		if b, err = h.bids.UpdateBid(as, &pb.UpdateBidRequest{RequestId: h.ID(), Bid: b}); err != nil || i > 0 { // the second stays a draft
			return err
		}
		if b, err = h.bids.SubmitBid(as, &pb.SubmitBidRequest{RequestId: h.ID(), Name: b.GetName(), Etag: b.GetEtag()}); err != nil {
			return err
		}
		if _, err = h.bids.ReplaceBid(as, &pb.ReplaceBidRequest{RequestId: h.ID(), Name: b.GetName(), Etag: b.GetEtag(), Amount: yuan, Proposal: w.platform}); err != nil {
			return err
		}
	}
	return nil
}
