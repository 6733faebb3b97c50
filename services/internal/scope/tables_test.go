package scope_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/jiebang/jiebang/ent/gen/ent/migrate"
)

// public are the tables without a wall, each with the reason.
var public = map[string]string{
	"organizations": "who takes part is public", "ledger_heads": "the size and the root of a ledger are public", "checkpoints": "signed heads are public", "totals": "sums that name nobody", "account_totals": "sums that name nobody", "cursors": "positions in ledgers",
	"figure_parties": "who takes part is public", "closures": "what a bureau has reported is public",
	"custodians": "who keeps keys is public", "sealings": "what bids are sealed under is public",
	"serials": "the last numbers given", "requests": "read by the hash of principal, method and request_id alone",
	"persons": "ids and states; who they are is in facts", "facts": "read by the login of who logs in, or for the person itself; red flags compare phones and show none",
	"credentials": "read to compare with what is shown", "sessions": "read by the hash of what is shown, or by the person itself; red flags compare addresses and show none", "links": "read by issuer and subject",
	"device_logins": "read by the hash of what is shown", "throttles": "counts by hash", "questions": "public, and without the name of who asked", "ceremonies": "read by what is shown",
}

// walled are the tables with one.
var walled = []string{"demands", "achievements", "profiles", "bids", "contracts", "contract_texts", "files", "amendments", "milestones", "payments", "registrations", "registry_records", "postings", "balances", "tokens", "memberships", "approvals", "ledger_entries", "engagements", "evaluations", "sheets", "objections", "monitoring_cases", "opinions", "disclosures", "openings", "refusals",
	"notices", "notice_switches", "imprints", "webhooks", "deliveries", "watches", "watch_mutes", "watch_tolds", "digests", "tallies", "figures", "figure_members"}

// TestTables wants each table behind the wall, or a reason why not.
func TestTables(t *testing.T) {
	for _, table := range migrate.Tables {
		if (public[table.Name] == "") != slices.Contains(walled, table.Name) {
			t.Errorf("%s: want it behind the wall, or else a reason why anyone's query may read all of it", table.Name)
		}
	}
}

// past are the files that look past the wall, and why.
var past = map[string][]string{
	"account/outside.go":         {"as which member a session acts is its person's own"},
	"account/session.go":         {"who logs in has no session yet, and has proved who it is"},
	"bidding/settle.go":          {"an amendment or the end of a demand reaches every bid, and the answer tells of none"},
	"bidding/opening.go":         {"custodians open what is sealed to them, and decisions wait until they have, after the deadline"},
	"ledger/sealed.go":           {"entries of bids are sealed until all bids of the demand are opened"},
	"contracting/contracting.go": {"who won decides who may draft the contract"},
	"contracting/proposing.go":   {"a contract names the demand that it answers"},
	"filing/filing.go":           {"what a file is attached to decides who else reads it"},
	"judging/closing.go":         {"whoever refuses to sign moves the reserve up"},
	"judging/judging.go": {"criteria are public, and what else of an evaluation a caller sees is decided on each field",
		"what becomes of one bid becomes of all bids of the demand", "a ranking is made of all sheets"},
	"judging/panel.go":       {"whether somebody is an expert decides whether it may judge", "whether an expert has had a contract with a bidder is a hint of a conflict"},
	"judging/settle.go":      {"whoever refuses to sign declines the award"},
	"objecting/objecting.go": {"when a publicity ends is public"},
	"ledger/ledger.go": {"salted hashes tell nothing of their entries, and prove them to anyone",
		"salted hashes tell nothing of their entries, and prove them to anyone"},
	"publishing/changes.go":  {"kinds that are public tell what anyone may read of their subjects; of the others nothing is told"},
	"publishing/releases.go": {"what a demand is like from its publication on is public, and so is what its entries say of it"},
	"opening/custody.go":     {"how many custodians have given their shares decides whether bids are opened"},
	"monitoring/load.go":     {"whether two organizations share persons is told of those that do, without a word about the others"},
	"witnessing/officers.go": {"the server's own operator has two officers prove themselves before anybody is served"},
	"matching/index/rows.go": {"how many contracts an organization has signed is public"},
	"vetting/experts.go":     {"who is an expert stands in memberships of other organizations"},
	"counting/counting.go":   {"a period is closed with everything that is committed, whatever of it the officer may read"},
	"identity/issued.go":     {"the tokens of somebody who is disabled end, whichever organization they act for"},
	"member/person.go":       {"what is done to a person's account is done in all of its organizations"},
	"member/invitation.go":   {"whoever has the code of an invitation may read it"},
	"member/member.go": {"whether anybody runs an organization decides what that of which it is a part may do",
		"nobody has two of the three offices, whatever the organizations"},
	"scoring/scoring.go": {"an expert must know who bids to declare a conflict"},
}

// TestOpens lists who looks past the wall, and why, and who reads in SQL.
func TestOpens(t *testing.T) {
	opens, raw := map[string][]string{}, []string{}
	why := regexp.MustCompile(`scope\.Open\([a-z]+, "([^"]*)"`)
	err := filepath.WalkDir("../..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(filepath.Clean(path))
		name := strings.TrimPrefix(filepath.ToSlash(path), "../../")
		for _, m := range why.FindAllStringSubmatch(string(text), -1) {
			opens[name] = append(opens[name], m[1])
		}
		if n := strings.Count(string(text), "scope.Open("); n != len(opens[name]) {
			t.Errorf("%s: %d reasons for looking past the wall %d times", name, len(opens[name]), n)
		}
		tool := strings.HasPrefix(name, "internal/storage/") || strings.HasPrefix(name, "internal/bench") || strings.HasPrefix(name, "internal/prove") || strings.HasPrefix(name, "internal/storagetest") ||
			strings.HasPrefix(name, "internal/markettest")
		if !tool && regexp.MustCompile(`ReadSQL\(\)|\.Row\(ctx, |QueryContext\(`).Match(text) {
			raw = append(raw, name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(past, opens); diff != "" {
		t.Errorf("who looks past the wall (-want +got):\n%s", diff)
	}
	// A bid of the caller's organization, which the query names; the caller itself; the totals, which name nobody; the figures, and their
	// records after MayOpen; what the clock of the database shows; whether it answers.
	if diff := cmp.Diff([]string{"bidding/rows.go", "counting/ask.go", "counting/records.go", "identity/bearer.go", "ledger/doubt.go", "reporting/reporting.go", "serve.go"}, raw); diff != "" {
		t.Errorf("who reads in SQL (-want +got):\n%s", diff)
	}
}
