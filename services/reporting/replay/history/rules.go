package history

import (
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jiebang/jiebang/services/bidding/bid"
	"github.com/jiebang/jiebang/services/contracting/contract"
	"github.com/jiebang/jiebang/services/ledger/entry"
	"github.com/jiebang/jiebang/services/money"
	"github.com/jiebang/jiebang/services/posting/demand"
	"github.com/jiebang/jiebang/services/posting/procedure"
	"github.com/jiebang/jiebang/services/reporting/replay/history/terms"
	"github.com/jiebang/jiebang/services/reporting/replay/history/together"
)

var demandEvents = map[string]demand.Event{
	"published": demand.Publish, "withdrawn": demand.Withdraw, "closed": demand.Close, "awarded": demand.Award, "contracted": demand.Sign,
	"fulfilled": demand.Fulfil,
	"submitted": demand.Submit, "vetted": demand.Vet, "returned": demand.Return, "approved": demand.Approve, "rejected": demand.TurnDown, "amended": demand.Amend,
	"confirmed": demand.Confirm, "wilted": demand.Wilt, "revived": demand.Revive, "cancelled": demand.Cancel,
	"announced": demand.Announce, "reopened": demand.Uphold,
}

// demandFailures are the events that make a demand fail, by the reason in its row.
var demandFailures = map[demand.Failure]demand.Event{
	demand.NoBids: demand.Lapse, demand.NoQualified: demand.Reject, demand.NoContract: demand.Refuse, demand.Terminated: demand.Abandon, demand.Abandoned: demand.Expire,
}

func (r *History) applyDemand(e *entry.Entry, s *subject, event string, known bool) error {
	state := demand.State(value(e, "state"))
	switch event {
	case "drafted", "edited":
		if !state.Editable() || known != (event == "edited") || known && s.state != string(state) {
			return fmt.Errorf("需求不能在状态 %s 下起草或修改", s.state)
		}
		return nil
	case "cancellation_asked", "amendment_asked", "request_refused":
		if s.state != string(state) || s.fixed != fixedColumns(e, publishedColumns...) {
			return fmt.Errorf("申请本身不改变需求")
		}
		return nil
	}
	ev, ok := demandEvents[event]
	if event == "failed" {
		ev, ok = demandFailures[demand.Failure(value(e, "failure"))]
	}
	ev = judgedEvent(demand.State(s.state), ev)
	next, err := demand.State(s.state).Next(ev)
	if !ok || err != nil || next != state {
		return fmt.Errorf("状态不能由 %s 变为 %s(%s)", s.state, state, e.Kind)
	}
	if err := sure(r, ev, byTime); err != nil {
		return err
	}
	fixed := fixedColumns(e, publishedColumns...)
	switch ev {
	case demand.Submit, demand.Vet, demand.Return, demand.Approve, demand.TurnDown:
		return vetDemand(e, s, ev)
	case demand.Publish:
		return r.publishDemand(e, s, fixed)
	case demand.Amend:
		return amendDemand(e, s, fixed)
	}
	if s.fixed != fixed {
		return fmt.Errorf("需求发布后内容被改动")
	}
	switch ev {
	case demand.Close, demand.Lapse:
		if e.Time.Before(s.deadline) {
			return fmt.Errorf("截止时间未到即截止")
		}
		live := s.live
		if ev == demand.Close {
			live += r.withheld // which may be bids of it that are not opened yet
		}
		if (live >= max(s.least, 1)) != (ev == demand.Close) {
			return fmt.Errorf("有效揭榜 %d 份,与截止结果不符", s.live)
		}
	case demand.Award:
		return r.award(e, s)
	case demand.Announce, demand.Promote:
		return r.announce(e, s)
	case demand.Settle:
		return r.settle(e, s)
	}
	return nil
}

func (r *History) publishDemand(e *entry.Entry, s *subject, fixed string) error {
	if s.vetted != "" && s.vetted != fixedColumns(e, vettedColumns...) {
		return fmt.Errorf("发布的内容不是论证通过的内容")
	}
	deadline, err := entry.ParseTime(value(e, "deadline"))
	if err != nil || !deadline.After(e.Time) {
		return fmt.Errorf("截止时间不在发布之后")
	}
	s.deadline, s.fixed, s.asked, s.forever = deadline, fixed, fixedColumns(e, materialColumns...), fixedColumns(e, foreverColumns...)
	s.owner, s.bids = value(e, "organization_id"), &together.Bids{}
	s.least = 1
	if p, known := e.Row.Get("procedure"); known {
		how, err := procedure.Of(&p)
		if err != nil {
			return fmt.Errorf("办理程序 %s 不存在", p)
		}
		s.least = max(how.MinBids, 1)
	}
	return r.number(e)
}

// number makes sure that a number was given once.
func (r *History) number(e *entry.Entry) error {
	n := value(e, "number")
	if n == "" {
		return fmt.Errorf("没有编号")
	}
	if other, ok := r.numbers[n]; ok {
		return fmt.Errorf("编号 %s 已用于 %s", n, other)
	}
	r.numbers[n] = e.Subject
	return nil
}

func (r *History) award(e *entry.Entry, s *subject) error {
	winner := value(e, "winning_bid_id")
	b, ok := r.subjects[e.Subject+"/bids/"+winner]
	if !ok || b.state != string(bid.Opened) {
		return fmt.Errorf("中榜的揭榜 %s 未曾开启", winner)
	}
	s.winner = winner
	return nil
}

var bidEvents = map[string]bid.Event{
	"submitted": bid.Submit, "replaced": bid.Replace, "withdrawn": bid.Withdraw, "opened": bid.Open, "invalid": bid.Spoil, "won": bid.Win, "not_selected": bid.Lose,
	"unsettled": bid.Unsettle, "confirmed": bid.Confirm, "lapsed": bid.Lapse,
	"shortlisted": bid.Shortlist, "selected": bid.Select, "reserved": bid.Keep, "disqualified": bid.Disqualify, "demoted": bid.Demote, "declined": bid.Decline, "excluded": bid.Exclude,
}

// bidColumns are what an opening fixes.
var bidColumns = []string{"amount_fen", "proposal", "consortium"}

func (r *History) applyBid(e *entry.Entry, s *subject, event string, known bool) error {
	if event == "refused" {
		return r.refused(e)
	}
	name, _, _ := strings.Cut(e.Subject, "/bids/")
	d, ok := r.subjects[name]
	if !ok {
		return fmt.Errorf("账本中没有需求 %s", name)
	}
	if event == "drafted" || event == "edited" {
		if value(e, "state") != string(bid.Draft) || known != (event == "edited") || known && s.state != string(bid.Draft) {
			return fmt.Errorf("揭榜不能在状态 %s 下起草或修改", s.state)
		}
		return nil
	}
	ev := bidEvents[event]
	if !known && ev == bid.Submit { // sealed by the bidder, so nothing was drafted
		s.state = string(bid.Draft)
	}
	next, err := bid.State(s.state).Next(ev)
	if err != nil || string(next) != value(e, "state") {
		return fmt.Errorf("状态不能由 %s 变为 %s(%s)", s.state, value(e, "state"), e.Kind)
	}
	if err := sure(r, ev, inTime); err != nil {
		return err
	}
	if s.fixed != "" && s.fixed != fixedColumns(e, bidColumns...) {
		return fmt.Errorf("揭榜书开启后内容被改动")
	}
	switch ev {
	case bid.Unsettle, bid.Confirm, bid.Lapse:
		return settleBid(e, s, d, ev)
	case bid.Submit, bid.Replace, bid.Withdraw:
		if err := demand.Admits(demand.State(d.state), d.deadline, receivedAt(e, ev)); err != nil {
			return fmt.Errorf("需求当时不接受揭榜(截止 %s)", d.deadline.Format(time.RFC3339Nano))
		}
		switch {
		case ev == bid.Submit, ev == bid.Replace && s.state == string(bid.Unconfirmed):
			d.live++
		case ev == bid.Withdraw && s.state == string(bid.Submitted):
			d.live--
		}
		if ev != bid.Withdraw {
			s.digest, s.policy, s.settled, s.received = value(e, "content_digest"), value(e, "policy"), e.Sequence, receivedAt(e, ev)
		}
	default:
		return r.revealed(e, s, d, ev)
	}
	return nil
}

// revealed checks what becomes of a bid from its opening on.
func (r *History) revealed(e *entry.Entry, s, d *subject, ev bid.Event) error {
	_, bidID, _ := strings.Cut(e.Subject, "/bids/")
	switch ev {
	case bid.Open, bid.Spoil:
		d.live--
		s.united, s.fixed = value(e, "consortium"), fixedColumns(e, bidColumns...)
		return errors.Join(r.openBid(e, s, d, bidID), d.bids.Open(e, bidID, d.live, d.owner, r.bodies))
	case bid.Exclude:
		return d.bids.Exclude(e, bidID)
	}
	if s.state == string(bid.Opened) {
		if err := d.bids.Stays(bidID, d.live); err != nil {
			return err
		}
	}
	switch ev {
	case bid.Win, bid.Lose:
		if d.judging != nil {
			return d.judging.won(bidID, s.state, ev)
		}
		if (ev == bid.Win) != (d.winner == bidID) {
			return fmt.Errorf("与需求的定榜结果不符")
		}
	}
	return nil
}

// openBid makes sure that what was opened is what was submitted.
func (r *History) openBid(e *entry.Entry, s, d *subject, bidID string) error {
	if d.state != string(demand.Evaluating) || e.Time.Before(d.deadline) {
		return fmt.Errorf("截止之前开启")
	}
	if s.settled < d.material {
		return fmt.Errorf("需求变更后未经确认的揭榜被开启")
	}
	if s.policy != "" {
		return r.unseal(e, s)
	}
	nonce, err1 := hex.DecodeString(value(e, "nonce"))
	amount, err2 := entry.ParseInt(value(e, "amount_fen"))
	submission, err3 := entry.ParseInt(value(e, "submission"))
	if err1 != nil || err2 != nil || err3 != nil || value(e, "consortium") != "" {
		return fmt.Errorf("开启的内容不完整")
	}
	digest := hex.EncodeToString(bid.Digest(bidID, int(submission), nonce, money.Fen(amount), value(e, "proposal")))
	if digest != s.digest {
		return fmt.Errorf("开启的内容与截止前密封的摘要不符")
	}
	return nil
}

var contractColumns = []string{"total_fen", "class", "field", "channel", "buyer_id", "seller_id", "broker_id", "demand_id", "text_digest", "title", "plan", "clauses", "consortium", "text_version", "created_at"}

var contractEvents = map[string]contract.Event{
	"proposed": contract.Propose, "signed": contract.Sign, "activated": contract.Activate, "cancelled": contract.Refuse, "revised": contract.Revise,
	"completion_confirmed": contract.Confirm, "completed": contract.Complete, "terminated": contract.Terminate,
}

// won is the consortium of the bid that has won a demand; empty if its bidder is alone.
func (r *History) won(demandID string) string {
	if d := r.subjects["demands/"+demandID]; d != nil {
		if b := r.subjects["demands/"+demandID+"/bids/"+d.winner]; b != nil {
			return b.united
		}
	}
	return ""
}

func (r *History) applyContract(e *entry.Entry, s *subject, event string, known bool) error {
	total, err := entry.ParseInt(value(e, "total_fen"))
	if err != nil || money.Fen(total).Check() != nil {
		return fmt.Errorf("合同金额 %q 无效", value(e, "total_fen"))
	}
	state := contract.State(value(e, "state"))
	fixed := fixedColumns(e, contractColumns...)
	was := s.text
	s.sides, s.text = fixedColumns(e, "buyer_id", "seller_id"), terms.TextVersion(e)
	if s.text != max(was, 1) && !(event == "revised" && s.text == was+1) || event == "revised" && s.text == was {
		return fmt.Errorf("合同文本的版次不对")
	}
	if err := terms.Joint(e, s.signed, r.won(value(e, "demand_id")), event); err != nil {
		return err
	}
	s.signed = value(e, "member_signatures")
	switch event {
	case "drafted", "edited":
		if state != contract.Drafting || known != (event == "edited") || known && s.state != string(contract.Drafting) {
			return fmt.Errorf("合同不能在状态 %s 下起草或修改", s.state)
		}
		if d := r.subjects["demands/"+value(e, "demand_id")]; event == "drafted" && (d == nil || d.state != string(demand.Awarded)) {
			return fmt.Errorf("合同所依据的需求尚未定榜")
		}
		return nil
	case "recorded":
		if known || state != contract.Active || value(e, "recorded") != "true" {
			return fmt.Errorf("登记的合同状态不对")
		}
		s.fixed = fixed
		if err := r.begin(e, s); err != nil {
			return err
		}
		return r.number(e)
	}
	next, err := contract.State(s.state).Next(contractEvents[event])
	if err != nil || next != state {
		return fmt.Errorf("状态不能由 %s 变为 %s(%s)", s.state, state, e.Kind)
	}
	if event == "proposed" || event == "revised" {
		s.fixed = fixed
	} else if s.fixed != fixed {
		return fmt.Errorf("合同定稿后内容或金额被改动")
	}
	if event == "activated" {
		if value(e, "buyer_signed_at") == "" || value(e, "seller_signed_at") == "" {
			return fmt.Errorf("合同生效但缺少一方签署")
		}
		if err := r.begin(e, s); err != nil {
			return err
		}
		return errors.Join(r.number(e), terms.OfContract(e))
	}
	if event == "completed" || event == "completion_confirmed" || event == "terminated" {
		return ended(e, s)
	}
	return terms.OfContract(e)
}
