package seal

import (
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/jiebang/jiebang/services/fault"
	"github.com/jiebang/jiebang/services/money"
)

// Plain is the content of a bid, or of a part of it. Empty texts and lists are left out by the bidder; an absent amount is not 0.
type Plain struct {
	Organization string       `json:"organization"` // the bidder, organizations/…
	Submission   int          `json:"submission"`   // 1 for the first, one more for each replacement
	Amount       *money.Fen   `json:"amountFen,omitempty"`
	Proposal     string       `json:"proposal,omitempty"`
	Answers      []Answer     `json:"answers,omitempty"`
	Milestones   []Milestone  `json:"milestones,omitempty"`
	Team         []Person     `json:"team,omitempty"`
	Consortium   []Member     `json:"consortium,omitempty"`
	Commitment   string       `json:"commitment,omitempty"` // 承诺书, its text
	Attachments  []Attachment `json:"attachments,omitempty"`
}

// Answer is what a bid offers for an indicator of the demand.
type Answer struct {
	Indicator string `json:"indicator"` // its name in the demand
	Value     string `json:"value"`     // such as ≤3.5 or 是
	Text      string `json:"text"`      // how it is reached and shown
}

// Milestone is a step of the schedule.
type Milestone struct {
	Title       string `json:"title"`
	Due         string `json:"due"` // 2027-03-31
	Deliverable string `json:"deliverable"`
}

// Person is a member of the team.
type Person struct {
	Name  string `json:"name"`
	Title string `json:"title"` // 职称, 职务
	Task  string `json:"task"`
}

// Member is a member of the consortium that bids together, the bidder among them.
type Member struct {
	Organization string `json:"organization"`     // organizations/…
	Share        int64  `json:"shareBasisPoints"` // 10,000 are the whole
	Task         string `json:"task"`
}

// Attachment is a file that was sealed and uploaded before.
type Attachment struct {
	Name   string `json:"name"`
	Size   int64  `json:"size"`   // bytes, of the file itself
	SHA256 Digest `json:"sha256"` // of the file itself
	Label  string `json:"label"`  // which key of the file key seals it, see AttachmentKey
}

// Bounds of content, in characters and in entries of a list.
const (
	MaxProposal   = 20_000
	maxText       = 4_000
	maxName       = 200
	maxList       = 200
	maxAttachment = 1 << 40
	wholeShare    = 10_000
)

// inner is what an envelope says inside of itself.
type inner struct {
	Part          Part
	Demand        string
	Policy, Nonce Digest
}

const plainFormat = "jiebang bid 2\n"

// encode returns the one encoding of the content.
func (p *Plain) encode(in inner) []byte {
	w := writer(plainFormat)
	w.text("part", string(in.Part))
	w.text("organization", p.Organization)
	w.text("demand", in.Demand)
	w.bytes("policy", in.Policy[:])
	w.bytes("nonce", in.Nonce[:])
	w.int("submission", int64(p.Submission))
	if p.Amount != nil {
		w.int("amount_fen", int64(*p.Amount))
	}
	w.text("proposal", p.Proposal)
	list(&w, "answer", p.Answers, func(w *writer, a Answer) {
		w.text("indicator", a.Indicator)
		w.text("value", a.Value)
		w.text("text", a.Text)
	})
	list(&w, "milestone", p.Milestones, func(w *writer, m Milestone) {
		w.text("title", m.Title)
		w.text("due", m.Due)
		w.text("deliverable", m.Deliverable)
	})
	list(&w, "person", p.Team, func(w *writer, m Person) { w.text("name", m.Name); w.text("title", m.Title); w.text("task", m.Task) })
	list(&w, "member", p.Consortium, func(w *writer, m Member) {
		w.text("organization", m.Organization)
		w.int("share_basis_points", m.Share)
		w.text("task", m.Task)
	})
	w.text("commitment", p.Commitment)
	list(&w, "attachment", p.Attachments, func(w *writer, a Attachment) {
		w.text("name", a.Name)
		w.int("size", a.Size)
		w.bytes("sha256", a.SHA256[:])
		w.text("label", a.Label)
	})
	return w
}

func list[T any](w *writer, name string, items []T, write func(*writer, T)) {
	for _, item := range items {
		var inside writer
		write(&inside, item)
		w.bytes(name, inside)
	}
}

// decode is the inverse of encode; whatever encode does not write is refused.
func decode(b []byte) (p Plain, in inner, ok bool) {
	body, ok := strings.CutPrefix(string(b), plainFormat)
	if !ok {
		return p, in, false
	}
	r := &reader{rest: []byte(body)}
	in.Part, p.Organization, in.Demand = Part(r.text("part")), r.text("organization"), r.text("demand")
	in.Policy, in.Nonce, p.Submission = r.digest("policy"), r.digest("nonce"), int(r.int("submission"))
	if r.is("amount_fen") {
		amount := money.Fen(r.int("amount_fen"))
		p.Amount = &amount
	}
	p.Proposal = r.text("proposal")
	p.Answers = items(r, "answer", func(r *reader) Answer { return Answer{r.text("indicator"), r.text("value"), r.text("text")} })
	p.Milestones = items(r, "milestone", func(r *reader) Milestone { return Milestone{r.text("title"), r.text("due"), r.text("deliverable")} })
	p.Team = items(r, "person", func(r *reader) Person { return Person{r.text("name"), r.text("title"), r.text("task")} })
	p.Consortium = items(r, "member", func(r *reader) Member {
		return Member{r.text("organization"), r.int("share_basis_points"), r.text("task")}
	})
	p.Commitment = r.text("commitment")
	p.Attachments = items(r, "attachment", func(r *reader) Attachment {
		return Attachment{r.text("name"), r.int("size"), r.digest("sha256"), r.text("label")}
	})
	return p, in, r.ok() && string(p.encode(in)) == string(b)
}

func items[T any](r *reader, name string, read func(*reader) T) (found []T) {
	for r.is(name) {
		inside := &reader{rest: r.bytes(name)}
		found = append(found, read(inside))
		r.broken = r.broken || !inside.ok()
	}
	return found
}

// Check reports whether p can be sealed as a part of a bid. A fault names the wrong field.
func (p *Plain) Check(part Part) error {
	if f := p.check(part); f != nil {
		return f
	}
	return nil
}

func (p *Plain) check(part Part) *fault.Fault {
	c := &checker{}
	c.must(part.known(), "part")
	c.text("organization", p.Organization, 1, maxName)
	c.must(p.Submission >= 1, "submission")
	c.must((p.Amount != nil) == (part != Technical), "amountFen")
	c.must(p.Amount == nil || p.Amount.Check() == nil, "amountFen")
	least := 1
	if part == Price {
		least = 0
		c.must(p.Proposal == "" && len(p.Answers)+len(p.Team)+len(p.Consortium) == 0, "proposal")
	}
	c.text("proposal", p.Proposal, least, MaxProposal)
	for i, a := range c.list("answers", len(p.Answers)) {
		c.text(i+"indicator", p.Answers[a].Indicator, 1, maxName)
		c.text(i+"value", p.Answers[a].Value, 0, maxName)
		c.text(i+"text", p.Answers[a].Text, 0, maxText)
	}
	for i, m := range c.list("milestones", len(p.Milestones)) {
		_, err := time.Parse(time.DateOnly, p.Milestones[m].Due)
		c.must(err == nil, i+"due")
		c.text(i+"title", p.Milestones[m].Title, 1, maxName)
		c.text(i+"deliverable", p.Milestones[m].Deliverable, 0, maxText)
	}
	for i, m := range c.list("team", len(p.Team)) {
		c.text(i+"name", p.Team[m].Name, 1, maxName)
		c.text(i+"title", p.Team[m].Title, 0, maxName)
		c.text(i+"task", p.Team[m].Task, 0, maxText)
	}
	c.text("commitment", p.Commitment, 0, MaxProposal)
	p.checkConsortium(c)
	p.checkAttachments(c)
	return c.found
}

// checkConsortium wants the bidder among the members, each once, and shares that are the whole together.
func (p *Plain) checkConsortium(c *checker) {
	seen, sum := map[string]bool{}, int64(0)
	for i, m := range c.list("consortium", len(p.Consortium)) {
		member := p.Consortium[m]
		c.text(i+"organization", member.Organization, 1, maxName)
		c.must(!seen[member.Organization], i+"organization")
		c.must(member.Share >= 1 && member.Share <= wholeShare, i+"shareBasisPoints")
		c.text(i+"task", member.Task, 0, maxText)
		seen[member.Organization] = true
		sum += member.Share
	}
	c.must(len(p.Consortium) == 0 || sum == wholeShare && seen[p.Organization], "consortium")
}

// checkAttachments wants each label once, so that no two files share a key.
func (p *Plain) checkAttachments(c *checker) {
	seen := map[string]bool{}
	for i, n := range c.list("attachments", len(p.Attachments)) {
		a := p.Attachments[n]
		c.text(i+"name", a.Name, 1, maxName)
		c.must(a.Size >= 0 && a.Size <= maxAttachment, i+"size")
		c.text(i+"label", a.Label, 1, maxName)
		c.must(!seen[a.Label], i+"label")
		seen[a.Label] = true
	}
}

// checker keeps the first fault.
type checker struct{ found *fault.Fault }

func (c *checker) must(ok bool, field string) {
	if !ok && c.found == nil {
		c.found = ErrContent.At(field).With("field", field)
	}
}

// text wants between least and most characters that every database and every person can read: no control signs but line feeds and tabs.
func (c *checker) text(field, value string, least, most int) {
	n := utf8.RuneCountInString(value)
	control := strings.ContainsFunc(value, func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' })
	c.must(utf8.ValidString(value) && !control && n >= least && n <= most, field)
}

// list goes through the places of a list that is not too long, with the path of each.
func (c *checker) list(field string, n int) func(yield func(string, int) bool) {
	c.must(n <= maxList, field)
	return func(yield func(string, int) bool) {
		for i := 0; i < n && c.found == nil && yield(fmt.Sprintf("%s[%d].", field, i), i); i++ {
		}
	}
}
