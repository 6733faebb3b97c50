package consortium_test

import (
	"errors"
	"maps"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/jiebang/jiebang/services/bidding/consortium"
	"github.com/jiebang/jiebang/services/fault"
)

func with(id, lead string, others ...string) consortium.Bid {
	b := consortium.Bid{ID: id, Lead: lead}
	if len(others) > 0 {
		b.Members = append(b.Members, consortium.Member{Organization: lead, Share: int64(consortium.Whole - 100*len(others))})
	}
	for _, o := range others {
		b.Members = append(b.Members, consortium.Member{Organization: o, Share: 100})
	}
	return b
}

// TestExclude decides between bids, in every order: what excludes one depends on none of them being excluded.
func TestExclude(t *testing.T) {
	stands := func(o string) *fault.Fault {
		return map[string]*fault.Fault{"nobody": consortium.ErrUnknown, "closed": consortium.ErrStanding, "firm": consortium.ErrDemander}[o]
	}
	for name, test := range map[string]struct {
		bids []consortium.Bid
		want map[string]string
	}{
		"alone":                       {[]consortium.Bid{with("1", "a"), with("2", "b")}, nil},
		"a good one":                  {[]consortium.Bid{with("1", "a", "b", "c"), with("2", "d")}, nil},
		"a lead alone in it":          {[]consortium.Bid{{ID: "1", Lead: "a", Members: []consortium.Member{{Organization: "a", Share: consortium.Whole}}}}, nil},
		"an unknown member":           {[]consortium.Bid{with("1", "a", "nobody"), with("2", "b")}, map[string]string{"1": "CONSORTIUM_MEMBER_UNKNOWN"}},
		"a suspended member":          {[]consortium.Bid{with("1", "a", "b", "closed")}, map[string]string{"1": "CONSORTIUM_MEMBER_STANDING"}},
		"the demander":                {[]consortium.Bid{with("1", "a", "firm")}, map[string]string{"1": "CONSORTIUM_DEMANDER"}},
		"a member that bids":          {[]consortium.Bid{with("1", "a", "b"), with("2", "b")}, map[string]string{"1": "CONSORTIUM_MEMBER_BIDS"}},
		"a member that leads":         {[]consortium.Bid{with("1", "a", "b"), with("2", "b", "c")}, map[string]string{"1": "CONSORTIUM_MEMBER_BIDS"}},
		"two that name each other":    {[]consortium.Bid{with("1", "a", "b"), with("2", "b", "a")}, map[string]string{"1": "CONSORTIUM_MEMBER_BIDS", "2": "CONSORTIUM_MEMBER_BIDS"}},
		"a member of two":             {[]consortium.Bid{with("1", "a", "c"), with("2", "b", "c"), with("3", "d")}, map[string]string{"1": "CONSORTIUM_MEMBER_SHARED", "2": "CONSORTIUM_MEMBER_SHARED"}},
		"a member of one barred":      {[]consortium.Bid{with("1", "a", "c", "nobody"), with("2", "b", "c")}, map[string]string{"1": "CONSORTIUM_MEMBER_UNKNOWN", "2": "CONSORTIUM_MEMBER_SHARED"}},
		"the first reason of several": {[]consortium.Bid{with("1", "a", "c", "b", "firm"), with("2", "b", "c")}, map[string]string{"1": "CONSORTIUM_DEMANDER", "2": "CONSORTIUM_MEMBER_SHARED"}},
	} {
		t.Run(name, func(t *testing.T) {
			for range 20 {
				rand.Shuffle(len(test.bids), func(i, j int) { test.bids[i], test.bids[j] = test.bids[j], test.bids[i] })
				got := map[string]string{}
				for id, f := range consortium.Exclude(test.bids, stands) {
					got[id] = f.Reason
				}
				if !maps.Equal(got, test.want) {
					t.Errorf("%v: got %v, want %v", test.bids, got, test.want)
				}
			}
		})
	}
}

// TestCheck wants the whole, the lead, and each once.
func TestCheck(t *testing.T) {
	of := func(shares ...int64) (members []consortium.Member) {
		for i, s := range shares {
			members = append(members, consortium.Member{Organization: string(rune('a' + i)), Share: s})
		}
		return members
	}
	for name, test := range map[string]struct {
		members []consortium.Member
		want    error
	}{
		"none": {nil, nil}, "the whole": {of(6000, 4000), nil}, "thirds": {of(3334, 3333, 3333), nil}, "too little": {of(6000, 3999), consortium.ErrShares},
		"too much": {of(6000, 4001), consortium.ErrShares}, "nothing": {of(consortium.Whole, 0), consortium.ErrShares}, "a negative one": {of(10001, -1), consortium.ErrShares},
		"twice":       {append(of(6000), consortium.Member{Organization: "a", Share: 4000}), consortium.ErrRepeated},
		"without one": {[]consortium.Member{{Organization: "b", Share: consortium.Whole}}, consortium.ErrLead}, "too many": {of(make([]int64, 201)...), consortium.ErrShares},
	} {
		if err := consortium.Check(test.members, "a"); !errors.Is(err, test.want) {
			t.Errorf("%s: got %v, want %v", name, err, test.want)
		}
	}
}

// TestEncodeIsForever pins what stands in ledgers and is signed, and reads nothing that was written otherwise.
func TestEncodeIsForever(t *testing.T) {
	members := []consortium.Member{{"o330182-0123456789abcdef", 7000, "研发 <a>"}, {"o330182-1123456789abcdef", 3000, ""}}
	const want = `[{"member":"o330182-0123456789abcdef","share":7000,"task":"研发 \u003ca\u003e"},{"member":"o330182-1123456789abcdef","share":3000}]`
	got := consortium.Encode(members)
	if got != want {
		t.Errorf("got %s", got)
	}
	back, err := consortium.Decode(want)
	if diff := cmp.Diff(members, back); err != nil || diff != "" || len(consortium.Opened(consortium.Sealed(members))) != 2 {
		t.Error(err, diff)
	}
	for _, text := range []string{"[]", "null", " " + want, `[{"member":"a","share":1,"task":""}]`, `[{"share":1,"member":"a"}]`, "x"} {
		if got, err := consortium.Decode(text); err == nil {
			t.Errorf("%s: got %v", text, got)
		}
	}
}
