package noticing_test

import (
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/jiebang/jiebang/services/internal/markettest"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// crowd is everybody who could be told something, under the name that a test gives them.
type crowd struct {
	m             *markettest.Market
	organizations map[string]*markettest.Member
	persons       map[string]*markettest.Founder
	heard         map[string]bool // names of notices
	last          map[string][]*pb.Notice
}

func newCrowd(m *markettest.Market, organizations map[string]*markettest.Member, persons map[string]*markettest.Founder) *crowd {
	return &crowd{m: m, organizations: organizations, persons: persons, heard: map[string]bool{}}
}

// news is what each of the crowd has been told since it was last asked, kind and text.
func (c *crowd) news(t *testing.T) map[string][]string {
	t.Helper()
	catchUp(c.m)
	all := map[string][]string{}
	c.last = map[string][]*pb.Notice{}
	hear := func(who, receiver string, got []*pb.Notice) {
		for _, n := range got {
			if n.GetReceiver() == receiver && !c.heard[n.GetName()] {
				c.heard[n.GetName()] = true
				all[who], c.last[who] = append(all[who], n.GetKind()+" "+n.GetText()), append(c.last[who], n)
			}
		}
		slices.Sort(all[who])
	}
	for who, o := range c.organizations {
		hear(who, o.Name, notices(t, c.m, o.Ctx()))
	}
	for who, p := range c.persons {
		p.LogIn(p.Name)
		hear(who, p.Person, notices(t, c.m, p.Ctx()))
	}
	maps.DeleteFunc(all, func(_ string, told []string) bool { return len(told) == 0 })
	return all
}

// told makes sure that a step of a test has told the crowd this, and nobody of it anything else.
func (c *crowd) told(t *testing.T, step string, want map[string][]string) {
	t.Helper()
	for _, texts := range want {
		slices.Sort(texts)
	}
	if diff := cmp.Diff(want, c.news(t)); diff != "" {
		t.Errorf("%s (-want +got):\n%s", step, diff)
	}
}

// nobody is whom a step tells that tells nobody.
var nobody = map[string][]string{}

// officers are the persons of a bureau who could be told of its business.
func officers(m *markettest.Market) map[string]*markettest.Founder {
	return map[string]*markettest.Founder{
		"operator": m.Found(m.Bureau.Name, pb.Role_OPERATOR), "approver": m.Found(m.Bureau.Name, pb.Role_APPROVER), "auditor": m.Found(m.Bureau.Name, pb.Role_AUDITOR),
		"registrar": m.Found(m.Bureau.Name, pb.Role_REGISTRAR), "sysadmin": m.Found(m.Bureau.Name, pb.Role_SYSADMIN),
	}
}
