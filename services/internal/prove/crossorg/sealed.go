package crossorg

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"time"

	"google.golang.org/genproto/googleapis/type/money"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/fieldmaskpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/jiebang/jiebang/services/bidding/seal"
	"github.com/jiebang/jiebang/services/internal/chance"
	"github.com/jiebang/jiebang/services/internal/prove/sealing"
	fen "github.com/jiebang/jiebang/services/money"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// Secrecy compares n pairs of histories of sealed bids. In the two worlds of a pair the university bids other things, or in one of them it bids and in the
// other it looks on; where an entry of a bid stands in the one, an entry that covers for bids stands in the other. Everybody else, the demander, rivals,
// custodians and all of the bureau, gets the same bytes over gRPC, REST, the metrics and the exports.
func Secrecy(ctx context.Context, n int) (Result, error) { return run(ctx, n, sealedThemes) }

var sealedThemes = []theme{
	{name: "sealed by the platform", steps: []step{sealedHistory("direct")}, privy: []string{"university"}, channels: true},
	{name: "sealed by the bidder", steps: []step{sealedHistory(sealing.Procedure)}, privy: []string{"university"}, channels: true},
}

// rival is the name of an observer who bids as well.
const rival = "other university"

// play is one history of a demand.
type play struct {
	*world
	demand   *pb.Demand
	byBidder bool       // who seals
	common   *rand.Rand // the same in both worlds
	terms    seal.Terms
	moves    int
}

// player is somebody who bids for the demand of a play, and what it has done so far.
type player struct {
	play  *play
	who   somebody
	own   *rand.Rand
	bid   *pb.Bid // nil, or its live bid
	taken int     // submissions of a bid that the bidder seals
}

// sealedHistory lets the university and a rival bid for a demand of the other firm, in any order, while other things happen to the demand.
func sealedHistory(procedure string) step {
	return func(w *world, ctx context.Context, r *rand.Rand) (err error) {
		p := &play{world: w, common: r, byBidder: procedure == sealing.Procedure}
		if p.demand, err = w.publishUnder(ctx, w.other, procedure, fmt.Sprintf("公开的需求 %d", r.IntN(1000)), 200*24*time.Hour); err != nil {
			return err
		}
		w.note(p.demand.GetName())
		kind, seed := r.IntN(3), r.Uint64()
		secret := &player{play: p, who: w.zju, own: rand.New(rand.NewPCG(seed, uint64(w.variant)))}
		other := &player{play: p, who: w.sspu, own: rand.New(rand.NewPCG(seed, 2))}
		for range 2 + r.IntN(5) {
			refused := r.IntN(6) == 0
			if err := p.secretly(ctx, secret, kind == w.variant, refused); err != nil {
				return err
			}
			if err := p.openly(ctx, other, secret); err != nil {
				return err
			}
		}
		if r.IntN(3) == 0 {
			return p.end(ctx)
		}
		return nil
	}
}

// secretly lets the university make one call that leaves one entry, or none if it is refused. Where it looks on, it makes a call as well, and the entry covers.
func (p *play) secretly(ctx context.Context, u *player, looks, refused bool) (err error) {
	p.moves++
	id := p.id()
	if p.terms, err = (&sealing.Market{Server: p.server, Conn: p.server.Conn()}).Terms(ctx, p.demand.GetName()); err != nil { // whoever may bid reads them
		return err
	}
	p.chance.turn(fmt.Sprintf("secret %s %d %d", p.demand.GetName(), p.moves, p.variant))
	switch {
	case refused:
		err = u.refused(ctx, id)
	case !looks:
		_, err = u.move(ctx, id)
	default:
		if _, err = pb.NewBidServiceClient(p.server.Conn()).ListBids(u.who.as(ctx), &pb.ListBidsRequest{Parent: p.demand.GetName()}); err == nil {
			err = p.server.Cover(ctx, home)
		}
	}
	if err != nil {
		return fmt.Errorf("secret move %d: %w", p.moves, err)
	}
	return p.quiet(ctx)
}

// quiet waits until nothing is going on, and lets the worlds draw the same from here on.
func (p *play) quiet(ctx context.Context) error {
	if err := p.server.Settle(ctx); err != nil {
		return err
	}
	if err := p.server.Notify(ctx); err != nil {
		return err
	}
	p.clock.Advance(time.Second)
	p.chance.turn(fmt.Sprintf("open %s %d", p.demand.GetName(), p.moves))
	return nil
}

// openly lets something happen that is the same in both worlds, and keeps what was answered.
func (p *play) openly(ctx context.Context, other, secret *player) error {
	p.moves++
	demands, questions, id := pb.NewDemandServiceClient(p.server.Conn()), pb.NewQuestionServiceClient(p.server.Conn()), p.id()
	var answer proto.Message
	var err error
	switch p.common.IntN(7) {
	case 0, 1, 2:
		answer, err = other.move(ctx, id)
	case 3:
		answer, err = questions.AskQuestion(p.broker.as(ctx), &pb.AskQuestionRequest{RequestId: id, Parent: p.demand.GetName(), Text: fmt.Sprintf("问题 %d", p.moves)})
	case 4:
		answer, err = p.amend(ctx, id, "deadline")
	case 6:
		if answer, err = p.amend(ctx, id, "description"); err == nil {
			err = errors.Join(other.reread(ctx), secret.reread(ctx))
		}
	case 5:
		answer, err = demands.WithdrawDemand(p.other.as(ctx), &pb.WithdrawDemandRequest{RequestId: id, Name: p.demand.GetName(), Etag: p.demand.GetEtag(), ValidateOnly: true})
	}
	p.heard = append(p.heard, fmt.Sprintf("%s %v", protojson.Format(answer), err))
	return p.quiet(ctx)
}

// amend lets the demander change the deadline, or what is material, which reaches every bid.
func (p *play) amend(ctx context.Context, id, field string) (*pb.Demand, error) {
	defer p.place(ctx)()
	to := &pb.Demand{Name: p.demand.GetName(), Etag: p.demand.GetEtag(), Deadline: timestamppb.New(p.demand.GetDeadline().AsTime().Add(time.Hour)), Description: fmt.Sprintf("说明 %d", p.moves)}
	d, err := pb.NewDemandServiceClient(p.server.Conn()).AmendDemand(p.other.as(ctx), &pb.AmendDemandRequest{RequestId: id, Demand: to, UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{field}}})
	if err == nil {
		p.demand = d
	}
	return d, err
}

// end lets the demander withdraw, and the bids lapse.
func (p *play) end(ctx context.Context) error {
	defer p.place(ctx)()
	d, err := pb.NewDemandServiceClient(p.server.Conn()).WithdrawDemand(p.other.as(ctx), &pb.WithdrawDemandRequest{RequestId: p.id(), Name: p.demand.GetName(), Etag: p.demand.GetEtag()})
	p.heard = append(p.heard, fmt.Sprintf("%s %v", protojson.Format(d), err))
	return errors.Join(err, p.quiet(ctx))
}

// place notes that the entries which are made until the returned function is called stand in an order that chance draws: of a bidder's own the place differs.
func (p *play) place(ctx context.Context) func() {
	size := func() int64 {
		l, err := pb.NewLedgerServiceClient(p.server.Conn()).GetLedger(ctx, &pb.GetLedgerRequest{Name: "ledgers/" + home})
		if err != nil {
			return 0
		}
		return l.GetSize()
	}
	before := size()
	return func() {
		for n := before; n < size(); n++ {
			p.drawn[n] = true
		}
	}
}

// reread reads a bid again after it was moved, or what bids there are.
func (u *player) reread(ctx context.Context) (err error) {
	bids := pb.NewBidServiceClient(u.play.server.Conn())
	if u.bid == nil {
		_, err = bids.ListBids(u.who.as(ctx), &pb.ListBidsRequest{Parent: u.play.demand.GetName()})
		return err
	}
	b, err := bids.GetBid(u.who.as(ctx), &pb.GetBidRequest{Name: u.bid.GetName()})
	if err == nil {
		u.bid = b
	}
	return err
}

// move makes the next move of a bidder, whichever: a call that leaves one entry.
func (u *player) move(ctx context.Context, id string) (answer proto.Message, err error) {
	bids, as := pb.NewBidServiceClient(u.play.server.Conn()), u.who.as(ctx)
	choice := u.own.IntN(3)
	switch {
	case u.bid != nil && choice == 0:
		answer, err = bids.WithdrawBid(as, &pb.WithdrawBidRequest{RequestId: id, Name: u.bid.GetName(), Etag: u.bid.GetEtag()})
		u.bid, u.taken = nil, 0
		return answer, err
	case u.play.byBidder:
		return u.finalize(ctx, id)
	case u.bid == nil:
		u.bid, err = bids.CreateBid(as, &pb.CreateBidRequest{RequestId: id, Parent: u.play.demand.GetName(), Bid: &pb.Bid{Amount: u.amount(), Proposal: u.text()}})
	case u.bid.GetState() == pb.Bid_DRAFT && choice == 1:
		u.bid.Amount, u.bid.Proposal = u.amount(), u.text()
		u.bid, err = bids.UpdateBid(as, &pb.UpdateBidRequest{RequestId: id, Bid: u.bid})
	case u.bid.GetState() == pb.Bid_DRAFT:
		u.bid, err = bids.SubmitBid(as, &pb.SubmitBidRequest{RequestId: id, Name: u.bid.GetName(), Etag: u.bid.GetEtag()})
	default:
		u.bid, err = bids.ReplaceBid(as, &pb.ReplaceBidRequest{RequestId: id, Name: u.bid.GetName(), Etag: u.bid.GetEtag(), Amount: u.amount(), Proposal: u.text()})
	}
	u.hide()
	return u.bid, err
}

// finalize submits the next envelope.
func (u *player) finalize(ctx context.Context, id string) (proto.Message, error) {
	envelope, err := sealing.Seal(chance.Seeded(fmt.Sprint("envelope", u.own.Uint64())), u.play.terms,
		sealing.Plain(u.who.organization, u.taken+1, fen.Fen(1+u.own.IntN(1_000_000)), u.text()))
	if err != nil {
		return nil, err
	}
	bids := pb.NewBidServiceClient(u.play.server.Conn())
	r, err := bids.FinalizeBid(u.who.as(ctx), &pb.FinalizeBidRequest{RequestId: id, Parent: u.play.demand.GetName(), Envelope: envelope, Submission: int32(u.taken + 1)})
	if err != nil {
		return nil, err
	}
	version, _ := strconv.Atoi(u.bid.GetEtag()) // 0 of a bid that is new
	u.taken++
	u.bid = &pb.Bid{Name: r.GetBid(), Etag: strconv.Itoa(version + 1)}
	u.hide()
	return r, nil
}

// hide notes the name of a bid that is there in one of the worlds only.
func (u *player) hide() {
	if u.who == u.play.zju && !slices.Contains(u.play.hidden, u.bid.GetName()) {
		u.play.hidden = append(u.play.hidden, u.bid.GetName())
	}
}

// refused makes a call that is refused under the lock, for a reason that depends on what the bidder has done.
func (u *player) refused(ctx context.Context, id string) error {
	bids, name := pb.NewBidServiceClient(u.play.server.Conn()), never(u.play.demand.GetName()+"/bids/b330182-0000000000000000")
	if u.bid != nil {
		name = u.bid.GetName()
	}
	if _, err := bids.WithdrawBid(u.who.as(ctx), &pb.WithdrawBidRequest{RequestId: id, Name: name, Etag: "999"}); err == nil {
		return fmt.Errorf("%s was withdrawn at a version that it never had", name)
	}
	return nil
}

func (u *player) amount() *money.Money {
	return &money.Money{CurrencyCode: "CNY", Units: int64(1 + u.own.IntN(1_000_000))}
}

// text is a proposal, as short or long as its bidder likes.
func (u *player) text() string {
	return fmt.Sprintf("方案 %d", u.own.IntN(1000)) + strings.Repeat("密", u.own.IntN(3000))
}
