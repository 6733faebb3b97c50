package catalogue

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// internalReasons are reasons that no caller meets through a method, or that every method may have.
var internalReasons = map[string]bool{"INTERNAL": true, "AMOUNT_TEXT": true, "ROUTE_NOT_FOUND": true, "JSON_INVALID": true, "MESSAGE_INVALID": true, "STORAGE_UNAVAILABLE": true,
	"RATE_LIMITED": true, "CLOCK_DOUBTED": true,
	"SEAL_TERMS": true, "SEAL_RECIPIENT": true, "SEAL_IDENTITY": true, "SEAL_CONTENT": true, "SEAL_TOO_LARGE": true, "ENVELOPE_FORM": true, "ENVELOPE_SUITE": true,
	"ENVELOPE_DEMAND": true, "ENVELOPE_POLICY": true, "ENVELOPE_STANZAS": true, "ENVELOPE_DIGEST": true, "STANZA_MISSING": true, "STANZA_UNREADABLE": true,
	"SHARE_FOREIGN": true, "SHARE_WRONG": true, "SHARES_FEW": true, "CHALLENGE_FOREIGN": true, "SHARES_DISAGREE": true, "KEY_COMMIT": true, "STANZA_FORGED": true, "PAYLOAD_INVALID": true,
	"INNER_CONTENT": true, "INNER_ORGANIZATION": true, "INNER_DEMAND": true, "INNER_POLICY": true, "INNER_NONCE": true, "INNER_PART": true, "INNER_SUBMISSION": true,
	"ATTACHMENT_INVALID": true, "CONSORTIUM_MEMBER_BIDS": true, "CONSORTIUM_MEMBER_SHARED": true}

// declared finds every fault.New of the product and returns the reasons with their places.
func declared(t *testing.T) map[string]string {
	t.Helper()
	reasons := map[string]string{}
	err := filepath.WalkDir("../../..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, path, nil, 0)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || len(call.Args) != 3 {
				return true
			}
			if sel, ok := call.Fun.(*ast.SelectorExpr); ok && sel.Sel.Name == "New" {
				if x, ok := sel.X.(*ast.Ident); ok && x.Name == "fault" {
					reason, err := strconv.Unquote(call.Args[1].(*ast.BasicLit).Value)
					if err != nil {
						t.Fatal(err)
					}
					if other, twice := reasons[reason]; twice {
						t.Errorf("%s is declared at %s and at %s", reason, other, set.Position(call.Pos()))
					}
					reasons[reason] = set.Position(call.Pos()).String()
				}
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return reasons
}

// TestCatalogue makes sure that each reason has a form, a Chinese text and a place in the API's documentation, and that no text is left over.
func TestCatalogue(t *testing.T) {
	reasons := declared(t)
	documented := documentedReasons(t)
	form := regexp.MustCompile(`^[A-Z][A-Z0-9_]{2,62}$`)
	for reason, place := range reasons {
		if !form.MatchString(reason) {
			t.Errorf("%s: %s is no UPPER_SNAKE reason", place, reason)
		}
		if chinese[reason] == "" {
			t.Errorf("%s: %s has no Chinese text", place, reason)
		}
		if !documented[reason] && !internalReasons[reason] {
			t.Errorf("%s: no method documents %s", place, reason)
		}
	}
	for reason := range chinese {
		if reasons[reason] == "" {
			t.Errorf("the catalogue has %s, which nothing declares", reason)
		}
	}
	for reason := range documented {
		if reasons[reason] == "" {
			t.Errorf("the API documents %s, which nothing declares", reason)
		}
	}
}

// documentedReasons are the reasons that the comments of the protos list.
func documentedReasons(t *testing.T) map[string]bool {
	t.Helper()
	files, err := filepath.Glob("../../../../proto/jiebang/v1/*_service.proto")
	if err != nil || len(files) == 0 {
		t.Fatal(err)
	}
	reasons := map[string]bool{}
	word := regexp.MustCompile(`\b[A-Z]+(_[A-Z]+)+\b`)
	sentence := regexp.MustCompile(`(?s)(Reasons[^:]*:.*?)\n\s*(rpc|service) `)
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range sentence.FindAllStringSubmatch(string(text), -1) {
			for _, reason := range word.FindAllString(s[1], -1) {
				if _, isCode := namesOfCodes[reason]; !isCode {
					reasons[reason] = true
				}
			}
		}
	}
	return reasons
}

// namesOfCodes are words of the comments that are codes and states, not reasons.
var namesOfCodes = map[string]bool{"INVALID_ARGUMENT": true, "ALREADY_EXISTS": true, "PERMISSION_DENIED": true, "NOT_FOUND": true, "FAILED_PRECONDITION": true,
	"RESOURCE_EXHAUSTED": true, "DEADLINE_EXCEEDED": true}
