package matrix

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/jiebang/jiebang/services/identity/party"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// Lists lets a market live through a random history and then compares, for every caller of it, each list with what the caller gets one by one: exactly what
// it may get is listed, and a search finds what it may get. It returns how many pairs of a caller and a thing it compared.
func Lists(ctx context.Context, database string, seed uint64, steps int) (compared int, wrong []string, err error) {
	m, remove, err := openMarket(ctx, database)
	if err != nil {
		return 0, nil, err
	}
	defer func() { _ = remove() }()
	names := m.named()
	r := rand.New(rand.NewPCG(seed, 0)) // #nosec G404 -- a history of a test
	for range steps {
		name, err := m.live(ctx, r, names)
		if err != nil {
			return 0, nil, err
		}
		names[name] = true
	}
	if err := m.again(ctx); err != nil {
		return 0, nil, err
	}
	methods, err := policiesOf()
	if err != nil {
		return 0, nil, err
	}
	for _, c := range m.callers {
		for _, l := range lists {
			listed, err := m.walk(c.ctx(ctx), methods[l.list], l)
			if err != nil {
				continue // that the whole list is refused, and to whom, is the matrix's
			}
			for name := range names {
				if l.of(name) {
					compared++
					gets := m.gets(c.ctx(ctx), methods[l.get], name)
					if in := slices.Contains(listed, name); in && !gets || !in && gets && !l.some {
						wrong = append(wrong, fmt.Sprintf("%s by %s: %s is there: %t, get allows it: %t", l.list, c.name, name, in, gets))
					}
				}
			}
		}
	}
	return compared, wrong, nil
}

// list is a method that lists, the one that gets, and which names are of its things.
type list struct {
	list, get string
	request   proto.Message
	segments  int
	first     string
	some      bool // it finds some of what may be got
	third     string
}

func (l list) of(name string) bool {
	parts := strings.Split(name, "/")
	return strings.HasPrefix(name, l.first) && len(parts) == l.segments && (l.third == "" || parts[2] == l.third)
}

var lists = []list{
	{"ListDemands", "GetDemand", &pb.ListDemandsRequest{PageSize: 7}, 2, "demands/", false, ""},
	{"ListAchievements", "GetAchievement", &pb.ListAchievementsRequest{PageSize: 3}, 2, "achievements/", false, ""},
	{"ListProfiles", "GetProfile", &pb.ListProfilesRequest{PageSize: 3}, 2, "profiles/", false, ""},
	{"ListBids", "GetBid", &pb.ListBidsRequest{Parent: "demands/-", PageSize: 3}, 4, "demands/", false, ""},
	{"ListContracts", "GetContract", &pb.ListContractsRequest{PageSize: 2}, 2, "contracts/", false, ""},
	{list: "ListAmendments", get: "GetAmendment", request: &pb.ListAmendmentsRequest{Parent: "contracts/-"}, segments: 4, first: "contracts/", third: "amendments"},
	{list: "ListMilestones", get: "GetMilestone", request: &pb.ListMilestonesRequest{Parent: "contracts/-"}, segments: 4, first: "contracts/", third: "milestones"},
	{list: "ListPayments", get: "GetPayment", request: &pb.ListPaymentsRequest{Parent: "contracts/-"}, segments: 4, first: "contracts/", third: "payments"},
	{list: "ListRegistrations", get: "GetRegistration", request: &pb.ListRegistrationsRequest{Parent: "contracts/-"}, segments: 4, first: "contracts/", third: "registrations"},
	{list: "ListRegistryRecords", get: "GetRegistryRecord", request: &pb.ListRegistryRecordsRequest{}, segments: 2, first: "registryRecords/"},
	{list: "ListMonitoringCases", get: "GetMonitoringCase", request: &pb.ListMonitoringCasesRequest{PageSize: 1}, segments: 2, first: "monitoringCases/"},
	{"ListOrganizations", "GetOrganization", &pb.ListOrganizationsRequest{PageSize: 4}, 2, "organizations/", false, ""},
	{"ListEntries", "GetEntry", &pb.ListEntriesRequest{Parent: "ledgers/" + home, PageSize: 50}, 4, "ledgers/" + home + "/entries/", false, ""},
	{"SearchDemands", "GetDemand", &pb.SearchDemandsRequest{PageSize: 50}, 2, "demands/", true, ""},
	{"SearchAchievements", "GetAchievement", &pb.SearchAchievementsRequest{PageSize: 50}, 2, "achievements/", true, ""},
	{"SearchOrganizations", "GetProfile", &pb.SearchOrganizationsRequest{PageSize: 50}, 2, "profiles/", true, ""},
}

// walk walks the pages of a list and returns the names in it. An entry of which no more than its hash is told is not in it.
func (m *market) walk(ctx context.Context, by method, l list) (names []string, err error) {
	req := proto.Clone(l.request).ProtoReflect()
	for {
		answer := by.answer.New()
		if err := m.server.Conn().Invoke(ctx, by.path, req.Interface(), answer.Interface()); err != nil {
			return nil, err
		}
		answer.Range(func(f protoreflect.FieldDescriptor, v protoreflect.Value) bool {
			for i := 0; f.IsList() && f.Message() != nil && i < v.List().Len(); i++ {
				row := v.List().Get(i).Message()
				name := row.Descriptor().Fields().ByName("name")
				if body := row.Descriptor().Fields().ByName("body"); name != nil && (body == nil || row.Has(body)) {
					names = append(names, row.Get(name).String())
				}
			}
			return true
		})
		next := answer.Get(answer.Descriptor().Fields().ByName("next_page_token"))
		if next.String() == "" {
			return names, nil
		}
		req.Set(req.Descriptor().Fields().ByName("page_token"), next)
	}
}

func (m *market) gets(ctx context.Context, by method, name string) bool {
	var req proto.Message
	switch parts := strings.Split(name, "/"); {
	case len(parts) == 4 && parts[2] == "bids":
		req = &pb.GetBidRequest{Name: name}
	case len(parts) == 4 && parts[2] == "entries":
		req = &pb.GetEntryRequest{Name: name}
	case len(parts) == 4 && parts[2] == "amendments":
		req = &pb.GetAmendmentRequest{Name: name}
	case len(parts) == 4 && parts[2] == "milestones":
		req = &pb.GetMilestoneRequest{Name: name}
	case len(parts) == 4 && parts[2] == "payments":
		req = &pb.GetPaymentRequest{Name: name}
	case len(parts) == 4 && parts[2] == "registrations":
		req = &pb.GetRegistrationRequest{Name: name}
	case parts[0] == "registryRecords":
		req = &pb.GetRegistryRecordRequest{Name: name}
	case parts[0] == "demands":
		req = &pb.GetDemandRequest{Name: name}
	case parts[0] == "monitoringCases":
		req = &pb.GetMonitoringCaseRequest{Name: name}
	case parts[0] == "achievements":
		req = &pb.GetAchievementRequest{Name: name}
	case parts[0] == "profiles":
		req = &pb.GetProfileRequest{Name: name}
	case parts[0] == "contracts":
		req = &pb.GetContractRequest{Name: name}
	default:
		req = &pb.GetOrganizationRequest{Name: name}
	}
	return m.server.Conn().Invoke(ctx, by.path, req, by.answer.New().Interface()) == nil
}

// named are the names in the requests that the market was filled with.
func (m *market) named() map[string]bool {
	names := map[string]bool{}
	for _, t := range m.things {
		for _, req := range t.requests {
			if f := req.ProtoReflect().Descriptor().Fields().ByName("name"); f != nil && strings.HasPrefix(nameOf(req), "Get") {
				names[req.ProtoReflect().Get(f).String()] = true
			}
		}
	}
	return names
}

func nameOf(req proto.Message) string {
	return strings.TrimSuffix(string(req.ProtoReflect().Descriptor().Name()), "Request")
}

// live does one random thing and returns the name of what it did it to.
func (m *market) live(ctx context.Context, r *rand.Rand, names map[string]bool) (string, error) {
	of := func(k party.Kind) served {
		for {
			c := m.callers[r.IntN(len(m.callers))]
			if c.login == "" && c.Kind == k && c.Has(party.Signer) && c.Has(party.Editor) && len(c.Scopes) == 0 && c.Check == party.Valid && c.State == party.Registered {
				return c
			}
		}
	}
	firm, zju := of(party.Enterprise), of(party.University)
	switch r.IntN(6) {
	case 0:
		d, err := m.draft(ctx, firm)
		return d.GetName(), err
	case 1:
		d, err := m.publish(ctx, firm)
		return d.GetName(), err
	case 2, 3:
		d, err := m.publish(ctx, firm)
		if err != nil {
			return "", err
		}
		names[d.GetName()] = true
		b, err := m.bid(ctx, zju, d, r.IntN(3) > 0)
		return b.GetName(), err
	case 4:
		achievements := pb.NewAchievementServiceClient(m.server.Conn())
		a, err := achievements.CreateAchievement(zju.ctx(ctx), &pb.CreateAchievementRequest{RequestId: uuid(), Achievement: &pb.Achievement{Title: "碳酸钙成果", Field: pb.TechnologyField_NUCLEAR}})
		for step := r.IntN(3); step > 0 && err == nil; step-- {
			if a.GetState() == pb.Achievement_DRAFT {
				a, err = achievements.PublishAchievement(zju.ctx(ctx), &pb.PublishAchievementRequest{RequestId: uuid(), Name: a.GetName(), Etag: a.GetEtag()})
			} else {
				a, err = achievements.WithdrawAchievement(zju.ctx(ctx), &pb.WithdrawAchievementRequest{RequestId: uuid(), Name: a.GetName(), Etag: a.GetEtag()})
			}
		}
		return a.GetName(), err
	}
	m.clock.Advance(time.Duration(r.IntN(40)) * time.Minute)
	return "organizations/" + firm.Organization, m.server.Settle(ctx)
}
