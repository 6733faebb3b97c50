package bundles

import (
	"encoding/hex"
	"slices"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	"github.com/jiebang/jiebang/services/bidding/seal"
	"github.com/jiebang/jiebang/services/internal/chance"
	"github.com/jiebang/jiebang/services/internal/markettest"
	"github.com/jiebang/jiebang/services/internal/storagetest"
	"github.com/jiebang/jiebang/services/ledger/entry"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// forger rewrites the entries of a ledger whose key it keeps.
type forger struct {
	t *testing.T
	*Bundle
}

// edit rewrites the first entry of a kind.
func (f forger) edit(kind string, change func(e *entry.Entry)) {
	f.t.Helper()
	if f.each(kind, func(e *entry.Entry) bool { change(e); return false }) == 0 {
		f.t.Fatalf("no entry of kind %s", kind)
	}
}

// each rewrites the entries whose kind begins so, until change answers that it has enough.
func (f forger) each(kind string, change func(e *entry.Entry) bool) (n int) {
	for i, s := range f.Entries {
		e, err := entry.Decode([]byte(s.Body))
		if err != nil || !strings.HasPrefix(e.Kind, kind) {
			continue
		}
		n++
		more := change(e)
		f.set(i, string(e.Encode()))
		if !more {
			break
		}
	}
	return n
}

// put sets a column of an entry.
func put(e *entry.Entry, column, value string) {
	for i := range e.Row {
		if e.Row[i].Name == column {
			e.Row[i].Value = value
			return
		}
	}
	e.Row = append(e.Row, entry.Column{Name: column, Value: value})
	slices.SortFunc(e.Row, func(a, b entry.Column) int { return strings.Compare(a.Name, b.Name) })
}

// cover makes an entry one that covers for a bid.
func cover(e *entry.Entry) {
	e.Kind, e.Subject, e.Organization, e.Request, e.Row = "cover.bid", "ledgers/330182/covers/1", "", "", nil
}

// confirmed is a bid in its bidder's envelope that was confirmed after its demand was amended, and opened.
func confirmed(t *testing.T, m *markettest.Market) {
	firm, zju := m.Firm(), m.University()
	d := m.Publish(firm, time.Hour)
	r := m.SealedBid(zju, d.GetName(), 7)
	changed := proto.CloneOf(d)
	changed.Description = "白度不低于 96"
	d = markettest.Must(m.Demands.AmendDemand(firm.Ctx(), &pb.AmendDemandRequest{RequestId: markettest.ID(), Demand: changed, UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"description"}}}))(t)
	b := markettest.Must(m.Bids.GetBid(zju.Ctx(), &pb.GetBidRequest{Name: r.GetBid()}))(t)
	markettest.Must(m.Bids.ConfirmBid(zju.Ctx(), &pb.ConfirmBidRequest{RequestId: markettest.ID(), Name: b.GetName(), Etag: b.GetEtag()}))(t)
	m.Close(firm, d)
}

// priceless puts an envelope without a price in place of one, under a key of the forger's.
func priceless(f forger) {
	key := markettest.Must(seal.NewIdentity(chance.System()))(f.t)
	var terms seal.Terms
	var envelope []byte
	var share seal.Share
	f.edit("sealing.", func(e *entry.Entry) {
		put(e, "recipients", key.Recipient())
		demand, _, _ := strings.Cut(e.Subject, "/sealings/")
		deadline, _ := e.Row.Get("deadline")
		digest, _ := e.Row.Get("terms_digest")
		terms = seal.Terms{Demand: demand, Deadline: markettest.Must(entry.ParseTime(deadline))(f.t), Level: "S0", Threshold: 1, Recipients: []string{key.Recipient()}}
		markettest.Must(0, terms.Digest.UnmarshalText([]byte(digest)))(f.t)
		put(e, "policy", terms.Policy().String())
	})
	f.each("bid.", func(e *entry.Entry) bool {
		if envelope == nil {
			owner, _ := e.Row.Get("organization_id")
			p := seal.Plain{Organization: "organizations/" + owner, Submission: 1, Proposal: "硬脂酸干法包覆"}
			envelope = markettest.Must(seal.Seal(chance.System(), markettest.Must(seal.NewKey(chance.System()))(f.t), terms, seal.Technical, p))(f.t)
			share = markettest.Must(seal.OpenStanza(key, markettest.Must(seal.Parse(envelope))(f.t)))(f.t)
		}
		put(e, "content_digest", seal.Sum(envelope).String())
		put(e, "policy", terms.Policy().String())
		if e.Kind == "bid.opened" {
			e.Row = slices.DeleteFunc(e.Row, func(c entry.Column) bool { return strings.HasPrefix(c.Name, entry.Fact+"share_") })
			put(e, entry.Fact+"envelope", hex.EncodeToString(envelope))
			put(e, entry.Fact+"share_"+key.Recipient(), hex.EncodeToString(share.Value[:]))
		}
		return true
	})
}

// lie is what a forger tells of a tale.
type lie struct {
	name string
	tell func(t *testing.T, m *markettest.Market)
	lie  func(f forger)
	why  string // of the first verifier
}

// TestLies gives both verifiers ledgers that their keeper wrote anew, so that every hash and signature fits: each refuses what cannot have happened.
func TestLies(t *testing.T) {
	t.Parallel()
	program := second(t)
	for _, test := range append([]lie{
		{"a token that ends a contract", tales["settled"], func(f forger) {
			f.edit("contract.terminated", func(e *entry.Entry) { e.Kind = "token.terminated"; put(e, "amount_paid_fen", "999999999") })
		}, "不是一类"},
		{"an amendment without a draft", tales["settled"], func(f forger) {
			f.edit("amendment.drafted", func(e *entry.Entry) { e.Kind = "amendment.found" })
		}, "未经起草"},
		{"a text that half reads", tales["settled"], func(f forger) {
			f.each("contract.", func(e *entry.Entry) bool { put(e, "text_digest", "00x"); return true })
		}, "十六进制"},
		{"what was not confirmed is opened", confirmed, func(f forger) {
			f.edit("bid.unsettled", cover)
			f.edit("bid.confirmed", func(e *entry.Entry) { cover(e); e.Subject = "ledgers/330182/covers/2" })
			f.edit("bid.opened", func(e *entry.Entry) {
				v, _ := e.Row.Get("version")
				put(e, "version", string(v[0]-2))
			})
		}, "未经确认"},
		{"an envelope without a price", confirmed, priceless, "没有报价"},
	}, aboutConsortia...) {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			m := markettest.Open(t, storagetest.SQLite(t))
			test.tell(t, m)
			honest := markettest.Must(Export(m.Bureau.Ctx(), m.Ledgers))(t)
			f := forger{t, Forge(honest.Header, slices.Clone(honest.Entries))}
			python := markettest.Must(Start(t.Context(), program))(t)
			for _, lied := range []bool{false, true} {
				if lied {
					test.lie(f)
				}
				file := f.sign().File()
				one, two := Go(file), markettest.Must(python.Ask(file))(t)
				if one.OK == lied || two.OK == lied || lied && !strings.Contains(one.Why, test.why) {
					t.Errorf("lied %t: got %+v and %+v, want %q", lied, one, two, test.why)
				}
			}
			if err := python.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}
