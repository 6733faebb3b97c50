package plant

import "slices"

// Sealed are the bugs of sealed bids that the suite must find, by their numbers in the threat model, and a leak in each channel, which the comparison of
// histories must find.
var Sealed = []Bug{
	{"M04 a bid at the deadline is in time", []Edit{{"services/posting/demand/demand.go", "	if !at.Before(deadline) {\n		return ErrDeadlinePassed", "	if at.After(deadline) {\n		return ErrDeadlinePassed"}},
		"./services/posting/demand", "TestAdmits"},
	{"M09 a digest is taken from the row that it vouches for", []Edit{{"services/bidding/rows.go", "		d = seal.Sum(b.Envelope)\n", "		return b.ContentDigest\n"}},
		"./services/reporting", "TestEveryColumn"},
	{"M10 leaves have no salt", []Edit{{"services/ledger/entry/entry.go", "	data = append(data, salt...)\n", ""}}, "./services/ledger/entry", "."},
	{"M11 nothing covers for bids", []Edit{{"services/ledger/cover.go", "		if drawn && !now.Before(due) {\n", "		if drawn && now.IsZero() {\n"}}, "./services/bidding", "TestCover"},
	{"M12 content is not filled up", []Edit{{"services/bidding/seal/pad.go", "			return append(packed, make([]byte, bucket-len(packed))...), nil\n", "			return packed, nil\n"}},
		"./services/bidding/seal", "TestBuckets|TestRoundTrip"},
	{"M13 nobody checks that a key is the one", []Edit{{"services/bidding/seal/open.go", "	if e.keyCommit(key) != e.KeyCommit {\n", "	if len(key) == 0 {\n"}},
		"./services/bidding/seal", "TestRogues|TestEveryFlip"},
	{"M14 an envelope opens for whoever copied it", []Edit{{"services/bidding/seal/open.go", "	case p.Organization != want.Organization:\n", "	case p.Organization == \"\":\n"}},
		"./services/bidding/seal", "TestExpected"},
	{"M15 a superseded submission opens", []Edit{{"services/bidding/seal/open.go", "	case p.Submission != want.Submission:\n", "	case p.Submission > want.Submission:\n"}},
		"./services/bidding/seal", "TestExpected"},
	{"M16 one share less is enough", []Edit{{"services/bidding/seal/open.go", "	if len(points) < e.Threshold {\n", "	if len(points) < e.Threshold-1 {\n"}},
		"./services/bidding/seal", "TestShares|TestDealers"},
	{"M17 custodians get envelopes before the deadline has acted", []Edit{{"services/opening/custody.go", "	if d.State != demand.Evaluating {\n		return nil, nil, bid.ErrNotClosed\n", "	if d.State == demand.Failed {\n		return nil, nil, bid.ErrNotClosed\n"}},
		"./services/opening", "TestUniform|TestCustody"},
	{"M18 a demand may have two winners", []Edit{{"ent/migrations/sqlite/0010_judging.sql", "CREATE UNIQUE INDEX bid_one_award", "CREATE INDEX bid_one_award"}},
		"./services/bidding", "TestKeys"},
	{"M19 a change needs no version", []Edit{{"services/internal/rpc/values.go", "		return ErrEtagRequired.At(field)\n", "		return nil\n"}}, "./services/bidding", "TestEtags"},
	{"M57 what the search server says is believed", []Edit{{"services/matching/index/believe.go", "				if !quoted(f, texts[field]) {\n", "				if f.Text == texts[\"\"] {\n"}},
		"./services/matching/index", "TestLies"},
	{"M59 metrics count bids", []Edit{{"services/internal/telemetry/telemetry.go", "\"bid.refuse\", \"ledger.cover\":\n		return ofDemands\n", "\"bid.refuse\", \"ledger.cover\":\n		return method\n"}},
		"./services/opening", "TestMetrics"},
	{"M60 the log says what is in a call", []Edit{{"services/internal/rpc/interceptors.go", "	g.log(ctx, in, err, took)\n", "	g.Log.Debug(\"call\", \"request\", req)\n	g.log(ctx, in, err, took)\n"}},
		"./services/opening", "TestCanary"},
	{"bids leak over gRPC", slices.Concat(NoScope, noList("services/bidding/bidding.go", "		opened := sql.NotIn(q.C(entbid.FieldState)")), secrecyTests, secrecy},
	{"bids leak over REST", slices.Concat(NoScope, []Edit{
		{"services/web.go", "	return secure(visitor.Behind(", "	inner := visitor.Behind("},
		{"services/web.go", ".Handler(mux))), nil\n}\n", ".Handler(mux))\n	return secure(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {\n" +
			"		n, _ := s.db.Read.Bid.Query().Count(r.Context())\n		w.Header().Set(\"X-Count\", strconv.Itoa(n))\n		inner.ServeHTTP(w, r)\n	})), nil\n}\n"},
		{"services/web.go", "	\"net/http\"\n\n", "	\"net/http\"\n	\"strconv\"\n\n"}}), secrecyTests, secrecy},
	{"bids leak through metrics", []Edit{{"services/internal/telemetry/telemetry.go", "	if name == ofDemands && !ours(code) {\n", "	if name == ofDemands && ours(code) {\n"}}, secrecyTests, secrecy},
	{"bids leak through exports", slices.Concat(NoScope, []Edit{{"services/publishing/lists.go", "	t, err := table.New(w, x.Format, x.about(), heads)\n",
		"	n, _ := x.read.Bid.Query().Count(context.Background())\n	heads[0].Key = fmt.Sprint(n)\n	t, err := table.New(w, x.Format, x.about(), heads)\n"},
		{"services/publishing/lists.go", "	\"context\"\n", "	\"context\"\n	\"fmt\"\n"}}), secrecyTests, secrecy},
	{"bids leak through the ledger", slices.Concat(NoScope, []Edit{{"services/ledger/sealed.go", "		o.Openness = policy.Private\n", "		o.Openness = policy.Shared\n"}}), secrecyTests, secrecy},
	{"the ledger grows by as many entries as bids lapse", []Edit{{"services/ledger/cover.go", "	places := max((n+crowd-1)/crowd, 1) * crowd\n", "	places := n\n"}}, secrecyTests, secrecy},
	{"bids stand first among what covers for them", []Edit{{"services/internal/chance/chance.go", "	return mathrand.New(mathrand.NewChaCha8(seed)).Perm(n) //",
		"	all := make([]int, n, n+int(seed[0]))\n	for i := range all {\n		all[i] = i\n	}\n	return all //"}}, "./services/bidding", "TestCrowd"},
}

// The comparison of histories, as a test.
const (
	secrecyTests = "./services/internal/prove/crossorg"
	secrecy      = "TestSecrecy"
)
