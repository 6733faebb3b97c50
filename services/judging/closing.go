package judging

import (
	"context"
	"slices"
	"strings"

	"github.com/jiebang/jiebang/ent/gen/ent"
	entsheet "github.com/jiebang/jiebang/ent/gen/ent/sheet"
	"github.com/jiebang/jiebang/services/bidding"
	"github.com/jiebang/jiebang/services/bidding/bid"
	"github.com/jiebang/jiebang/services/internal/scope"
	"github.com/jiebang/jiebang/services/internal/storage"
	"github.com/jiebang/jiebang/services/judging/evaluation"
	"github.com/jiebang/jiebang/services/judging/score"
	"github.com/jiebang/jiebang/services/posting"
	"github.com/jiebang/jiebang/services/posting/demand"
)

// FinishScoring ends scoring and makes the ranking, once enough experts have locked their sheets of each bid. Where others who have no conflict have
// not, why it ends without them is said.
func (j *Judging) FinishScoring(ctx context.Context, demandID, etag, missing string) (*Case, error) {
	return j.change(ctx, demandID, etag, func(tx *storage.Txn, k *Case) error {
		if _, err := k.Evaluation.State.Next(evaluation.Finish); err != nil {
			return err
		}
		ranking, _, err := k.ranking(ctx, tx)
		if err != nil {
			return err
		}
		rows, err := bids(ctx, tx, demandID, judged...)
		if err != nil {
			return err
		}
		for _, b := range rows {
			i := slices.IndexFunc(ranking, func(p score.Place) bool { return p.Bid == b.ID })
			if i < 0 || ranking[i].Sheets < k.how.Experts {
				return evaluation.ErrUnlocked.With("bid", b.ID).With("least", k.how.Experts)
			}
		}
		open, err := tx.Sheet.Query().Where(entsheet.DemandID(demandID), entsheet.StateIn(evaluation.Assigned, evaluation.Cleared)).Exist(ctx)
		if err != nil {
			return err
		}
		if open && strings.TrimSpace(missing) == "" {
			return evaluation.ErrOpenLeft.At("missing_reason")
		}
		k.Evaluation.Ranking, k.Evaluation.MissingReason = score.EncodeRanking(ranking), ""
		if open {
			k.Evaluation.MissingReason = missing
		}
		return move(ctx, tx, k.Evaluation, evaluation.Finish, "evaluation.scored")
	})
}

// Recommend signs the ranking as the chair of the panel has seen it, once each sheet that lies far from the mean says why. The bids in it are shortlisted.
func (j *Judging) Recommend(ctx context.Context, demandID, etag string, seen []string) (*Case, error) {
	return j.change(ctx, demandID, etag, func(tx *storage.Txn, k *Case) error {
		panel, err := k.panel()
		if err != nil {
			return err
		}
		if p := panel.Of(tx.Caller.Organization, tx.Caller.Person); p == nil || !p.Chair {
			return evaluation.ErrNotChair
		}
		if _, err := k.Evaluation.State.Next(evaluation.Recommend); err != nil {
			return err
		}
		if err := k.explained(ctx, tx); err != nil {
			return err
		}
		ranking, _, err := k.ranking(ctx, tx)
		if err != nil {
			return err
		}
		if score.EncodeRanking(ranking) != k.Evaluation.Ranking ||
			!slices.EqualFunc(seen, ranking, func(bid string, p score.Place) bool { return bid == p.Bid }) {
			return evaluation.ErrRanking.At("ranking")
		}
		if err := move(ctx, tx, k.Evaluation, evaluation.Recommend, "evaluation.recommended"); err != nil {
			return err
		}
		return each(ctx, tx, demandID, bid.Shortlist, "bid.shortlisted", bid.Opened)
	})
}

// explained makes sure that each sheet which lies far from the mean of its bid says why.
func (k *Case) explained(ctx context.Context, tx *storage.Txn) error {
	plan, err := k.Plan()
	if err != nil {
		return err
	}
	all, err := sheets(ctx, tx, k.demand.ID)
	if err != nil {
		return err
	}
	counts, err := counted(all)
	if err != nil {
		return err
	}
	for _, s := range all {
		i := slices.IndexFunc(counts, func(c score.Sheet) bool { return c.Expert == s.OrganizationID && c.Bid == s.BidID })
		if i >= 0 && s.Words == "" && score.Deviates(plan, counts, counts[i]) {
			return evaluation.ErrUnsaid.With("sheet", s.ID)
		}
	}
	return nil
}

// each moves every bid of a demand in the states by an event.
func each(ctx context.Context, tx *storage.Txn, demandID string, e bid.Event, kind string, states ...bid.State) error {
	rows, err := bids(ctx, tx, demandID, states...)
	if err != nil {
		return err
	}
	for _, b := range rows {
		if err := bidding.Move(ctx, tx, b, e, kind); err != nil {
			return err
		}
	}
	return nil
}

// GiveFeedback writes the sentence that a bidder is told if it does not win.
func (j *Judging) GiveFeedback(ctx context.Context, demandID, etag, bidID, sentence string) (*Case, error) {
	return j.change(ctx, demandID, etag, func(tx *storage.Txn, k *Case) error {
		rows, err := bids(ctx, tx, demandID, judged...)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(rows, func(b *ent.Bid) bool { return b.ID == bidID })
		if i < 0 {
			return bid.ErrNotFound.At("bid")
		}
		if strings.TrimSpace(sentence) == "" {
			return evaluation.ErrReason.At("sentence")
		}
		all, err := evaluation.Decode[[]evaluation.Feedback](k.Evaluation.Feedback)
		if err != nil {
			return err
		}
		all = slices.DeleteFunc(all, func(f evaluation.Feedback) bool { return f.Bid == bidID })
		k.Evaluation.Feedback = evaluation.Encode(append(all, evaluation.Feedback{Bid: bidID, Organization: rows[i].OrganizationID, Sentence: sentence}))
		return move(ctx, tx, k.Evaluation, evaluation.Note, "evaluation.feedback_given")
	})
}

// Decide closes the evaluation. Without a winner the demand fails; with one it waits to be announced. A decision that is not the ranking's has a reason,
// and each bidder that does not win is told why.
func (j *Judging) Decide(ctx context.Context, demandID, etag string, d evaluation.Decision) (*Case, error) {
	return j.change(ctx, demandID, etag, func(tx *storage.Txn, k *Case) error {
		e := k.Evaluation
		if _, err := e.State.Next(evaluation.Decide); err != nil {
			return err
		}
		if tx.Principal == e.NamedBy {
			return evaluation.ErrSame
		}
		ranking, err := score.DecodeRanking(e.Ranking)
		if err != nil {
			return err
		}
		if err := d.Check(ranking, k.how.Winners); err != nil {
			return err
		}
		if err := k.tell(ctx, tx, d.Wants(ranking)); err != nil {
			return err
		}
		e.Decision, e.DecidedBy = evaluation.Encode(d), tx.Principal
		if err := move(ctx, tx, e, evaluation.Decide, "evaluation.closed"); err != nil {
			return err
		}
		if err := k.dispose(ctx, tx, d); err != nil || len(d.Winners) > 0 {
			return err
		}
		if err := posting.Move(ctx, tx, k.demand, demand.Reject, "demand.failed"); err != nil {
			return err
		}
		return each(ctx, tx, demandID, bid.Lose, "bid.not_selected", bid.Shortlisted, bid.Reserve)
	})
}

// tell makes sure that each of the bids has its sentence, and adds how it stands on each criterion.
func (k *Case) tell(ctx context.Context, tx *storage.Txn, wants []string) error {
	all, err := evaluation.Decode[[]evaluation.Feedback](k.Evaluation.Feedback)
	if err != nil {
		return err
	}
	if missing := evaluation.Missing(wants, all); missing != "" {
		return evaluation.ErrFeedback.With("bid", missing)
	}
	plan, err := k.Plan()
	if err != nil {
		return err
	}
	_, counts, err := k.ranking(ctx, tx)
	if err != nil {
		return err
	}
	for i := range all {
		all[i].Bands = score.Bands(plan, counts, all[i].Bid)
	}
	k.Evaluation.Feedback = evaluation.Encode(all)
	return nil
}

// dispose moves the bids as a decision says: winners in lanes where there may be several, reserves, and those that are disqualified.
func (k *Case) dispose(ctx context.Context, tx *storage.Txn, d evaluation.Decision) error {
	rows, err := bids(ctx, tx, k.demand.ID, bid.Shortlisted)
	if err != nil {
		return err
	}
	for _, b := range rows {
		event, kind := bid.Event(""), ""
		lane := slices.Index(d.Winners, b.ID) + 1
		switch {
		case lane > 0:
			event, kind = bid.Select, "bid.selected"
			if k.how.Winners > 1 {
				b.Lane = &lane
			}
		case slices.Contains(d.Reserves, b.ID):
			event, kind = bid.Keep, "bid.reserved"
		case slices.ContainsFunc(d.Disqualified, func(o evaluation.Out) bool { return o.Bid == b.ID }):
			event, kind = bid.Disqualify, "bid.disqualified"
		default:
			continue
		}
		if err := bidding.Move(ctx, tx, b, event, kind); err != nil {
			return err
		}
	}
	return nil
}

// Announce makes the decision public 公示; it can be objected to until the period of the demand's procedure is over.
func (j *Judging) Announce(ctx context.Context, demandID, etag string) (*Case, error) {
	return j.change(ctx, demandID, etag, func(tx *storage.Txn, k *Case) error {
		d, err := evaluation.Decode[evaluation.Decision](k.Evaluation.Decision)
		if err != nil {
			return err
		}
		if k.Evaluation.State != evaluation.Closed || len(d.Winners) == 0 {
			return evaluation.ErrState.With("state", strings.ToUpper(string(k.Evaluation.State))).With("event", "announce")
		}
		ranking, err := score.DecodeRanking(k.Evaluation.Ranking)
		if err != nil {
			return err
		}
		feedback, err := evaluation.Decode[[]evaluation.Feedback](k.Evaluation.Feedback)
		if err != nil {
			return err
		}
		if missing := evaluation.Missing(d.Wants(ranking), feedback); missing != "" {
			return evaluation.ErrFeedback.With("bid", missing)
		}
		return k.publicize(ctx, tx, publicity{d.Winners[0], evaluation.Announce, "evaluation.announced", demand.Announce})
	})
}

// publicity is how a decision becomes public: which bid it names, and by which events.
type publicity struct {
	winner string
	event  evaluation.Event
	kind   string
	demand demand.Event
}

// publicize begins a period of publicity.
func (k *Case) publicize(ctx context.Context, tx *storage.Txn, p publicity) error {
	until, err := Until(tx.Now, k.how.PublicityDays)
	if err != nil {
		return err
	}
	e := k.Evaluation
	e.AnnouncedAt, e.StandstillUntil, e.NextEventAt = &tx.Now, &until, &until
	if err := move(ctx, tx, e, p.event, p.kind); err != nil {
		return err
	}
	k.demand.WinningBidID = &p.winner
	return posting.Move(ctx, tx, k.demand, p.demand, "demand.announced")
}

// reserve is the reserve that moves up next; nil if none is left.
func (k *Case) reserve(ctx context.Context, tx *storage.Txn, d evaluation.Decision) (*ent.Bid, error) {
	for _, bidID := range d.Reserves {
		b, err := tx.Bid.Get(scope.Open(ctx, "whoever refuses to sign moves the reserve up"), bidID)
		if err != nil || b.State == bid.Reserve {
			return b, err
		}
	}
	return nil, nil
}
