package plant

import "slices"

// Bugs are the bugs of authorization that the suite must find, by their numbers in the threat model. Where a wall behind the one that is broken would hide
// a bug from everybody, which is what it is for, that wall is taken down with it.
var Bugs = []Bug{
	{"M30 the filter by organization is missing in a list", slices.Concat(NoScope, []Edit{{"services/posting/server.go",
		"		s.Where(sql.Or(public, sql.EQ(s.C(entdemand.FieldOrganizationID), caller.Organization), vetted(s, caller)))\n", ""}}), "./services/posting", "TestVisibility"},
	{"M31 sealed bids are counted", slices.Concat(NoScope, []Edit{
		{"services/matching/outcome/outcome.go", "entbid.StateIn(bid.Opened, bid.Won, bid.NotSelected)", "entbid.StateIn(bid.Submitted, bid.Opened, bid.Won, bid.NotSelected)"},
		{"services/matching/outcome/outcome.go", "	opened := func(s *sql.Selector) {\n", "	opened := func(s *sql.Selector) {\n		if true {\n			return\n		}\n"}}),
		"./services/matching", "TestOutcomes"},
	{"M32 an export has what is sealed", slices.Concat(NoScope, []Edit{{"services/ledger/server.go", " && sees(identity.Caller(ctx), e, sealed) == nil {", " && len(sealed) >= 0 {"}}), "./services/bidding", "TestSealedInLedger"},
	{"M33 the error of what is another's differs", slices.Concat(NoScope, []Edit{{"services/bidding/bidding.go", "	return b, identity.May(ctx, caller, o, bid.ErrNotFound, bid.ErrNotFound)",
		"	return b, identity.May(ctx, caller, o, bid.ErrNotFound.With(\"bid\", bidID), bid.ErrNotFound)"}}), "./services/bidding", "TestSealed$"},
	{"M34 a caller is remembered", []Edit{{"services/internal/rpc/interceptors.go", "	caller, err := g.Authenticate(ctx, strings.TrimSpace(secret), in.Address)\n",
		"	caller, known := remembered[secret]\n	var err error\n	if !known {\n		caller, err = g.Authenticate(ctx, strings.TrimSpace(secret), in.Address)\n	}\n"},
		{"services/internal/rpc/interceptors.go", "	in.Caller = caller\n	return nil\n}\n",
			"	in.Caller = caller\n	remembered[secret] = caller\n	return nil\n}\n\nvar remembered = map[string]party.Caller{}\n"}}, "./services/identity", "TestAtOnce"},
	{"M35 a method streams, and nobody checks again", []Edit{{"services/internal/prove/matrix/serve_test.go", "d.IsStreamingServer()", "d.Name() == \"GetDemand\""}},
		"./services/internal/prove/matrix", "TestNoStreams"},
	{"M36 a method needs no policy", []Edit{{"services/internal/rpc/policy.go", "	if !policy.Fits(method) {\n", "	if false {\n"},
		{"services/internal/rpc/policy.go", "	if method.Action == \"\" || method.Access == policy.Closed {\n", "	if false {\n"}}, "./services/internal/rpc", "TestPolicies"},
	{"M37 a reason to allow wins", []Edit{{"services/identity/policy/policy.go", "	case m.Access != Public && m.Mutates && !m.personal() && (c.State == party.Suspended || c.State == party.Closed):\n",
		"	case relation&Own == 0 && m.Access != Public && m.Mutates && !m.personal() && (c.State == party.Suspended || c.State == party.Closed):\n"}}, "./services/identity/policy", "TestMatrix"},
	{"M38 the age of a second factor is ignored", []Edit{{"services/identity/policy/policy.go", " || e.Now.Sub(c.Stepped) > Fresh):", "):"}}, "./services/identity/policy", "TestGolden"},
	{"M39 a person approves its own request", []Edit{{"services/identity/policy/policy.go", " && a.Person != c.Person && ", " && "}}, "./services/identity/policy", "TestGolden"},
	{"M41 the audience of an ID token is unchecked", []Edit{{"services/login/sso/claims.go", "	case !slices.Contains(c.audience, config.Audience):\n", "	case len(c.audience) == 0:\n"},
		{"services/login/sso/oidc.go", "ClientID: p.config.Audience", "SkipClientIDCheck: true"}}, "./services/login/sso", "TestZoo"},
	{"M42 Grpc-Metadata-* is passed on", []Edit{{"services/internal/rpc/gateway.go", "			return strings.ToLower(key), strings.EqualFold(key, \"traceparent\")\n",
		"			return runtime.LegacyHeaderMatcher(key)\n"}}, "./services/internal/rpc", "TestHeaders"},
	{"the third wall stands open", NoScope, "./services/internal/scope", "TestWall"},
	{"the areas check nothing, and the third wall stands open", slices.Concat(NoObjects, NoScope), "./services/posting", "TestVisibility|TestForeign"},
	{"everyone is let into every method", NoMethods, "./services/internal/rpc", "TestOrder"},
	{"everyone oversees the ledger", []Edit{{"services/identity/policy/policy.go", "		return r &^ Oversight\n", "		return r\n"}}, "./services/identity/policy", "TestGolden"},
	{"a material amendment leaves bids valid", []Edit{{"services/revising/revising.go", "posting.Image(d)); err != nil || !material {\n",
		"posting.Image(d)); err != nil || material {\n"}}, "./services/revising", "TestAmend"},
	{"the officer who had a demand vetted approves it", []Edit{{"services/vetting/opinion/opinion.go", "	if vettedBy == \"\" || vettedBy == decides {\n", "	if vettedBy == \"\" {\n"}},
		"./services/vetting", "TestRefusals"},
	{"M58 what is confidential is in the search projection", []Edit{{"services/matching/index/docs.go", "\"description\": d.Description})\n", "\"description\": d.Description + d.Gated})\n"}},
		"./services/disclosing", "TestLayers"},
	{"an answer shows the asker", []Edit{{"services/asking/server.go", "Asker: q.Asker, Mine:", "Asker: c.Organization + q.Asker, Mine:"},
		{"services/asking/asking.go", "	asker := a.pseudonym(demandID, tx.Caller.Organization)\n", "	asker := tx.Caller.Organization\n"}}, "./services/asking", "TestPseudonyms"},
	{"an action without a rule is allowed", []Edit{{"services/identity/policy/policy.go", "	case !Fits(m):\n", "	case m.Access == Closed:\n"}}, "./services/identity/policy", "TestMatrix"},
}
