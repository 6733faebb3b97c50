package services_test

import (
	"bufio"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/mod/modfile"
)

const module = "github.com/jiebang/jiebang/"

// areas are the activities in the order in which they may import one another: each those above it.
var areas = []string{
	"reference", "identity", "account", "login", "approving", "member", "ledger", "witnessing", "keeping", "filing", "posting", "vetting", "asking", "offering",
	"bidding", "revising", "opening", "disclosing", "judging", "scoring", "objecting", "accounting", "contracting", "settling", "amending", "registering", "counting", "closing", "noticing", "matching/index", "matching/outcome", "matching", "watching", "reporting", "publishing",
}

// things are the packages of pure rules, top first. A thing may import the leaves and the things above it.
var things = []string{
	"identity/party", "identity/policy", "ledger/entry", "ledger/witness", "ledger/evidence", "filing/file", "filing/sniff",
	"posting/demand", "posting/procedure", "posting/workday", "posting/detail", "vetting/opinion", "offering/achievement", "offering/profile",
	"bidding/bid", "bidding/seal/shamir", "bidding/seal/bech32", "bidding/seal", "bidding/consortium", "keeping/custodian",
	"judging/score", "judging/draw", "judging/evaluation", "judging/objection",
	"contracting/contract", "contracting/classify", "contracting/signature", "contracting/joint", "contracting/wording", "accounting/account", "settling/milestone", "settling/payment", "amending/amendment", "registering/registration",
	"counting/figure", "closing/closure",
	"matching/text", "matching/shingle", "matching/match", "reporting/metric", "reporting/replay/history/terms", "reporting/replay/history/certificates", "reporting/replay/history/doubts", "reporting/replay/history/together", "reporting/replay/history/unsealing", "reporting/replay/history", "reporting/replay", "noticing/notice", "noticing/hook", "watching/watch", "publishing/mask", "publishing/ocds",
}

// engines are search engines, their port and what holds them to it, top first. They know text, those above them, and no database.
var engines = []string{"matching/engine", "matching/embedded/segment", "matching/embedded", "matching/meili/wire", "matching/meili", "matching/conformance"}

// leaves import the standard library and one another.
var leaves = []string{"fault", "money", "lifecycle", "codes"}

// pure is what leaves and things may import beyond our own: nothing that reads the world, the tree and signatures of x/mod, and a cipher.
var pureImports = []string{"golang.org/x/crypto/chacha20poly1305", "golang.org/x/mod/sumdb/note", "golang.org/x/mod/sumdb/tlog"}

// impure are standard packages that a rule must not have: it gets time, chance and context by value or not at all.
var impure = []string{"context", "crypto/rand", "database/sql", "log", "log/slog", "math/rand", "math/rand/v2", "net", "net/http", "os", "sync"}

// wire are the files of an area that may speak of protocol buffers and gRPC.
var wire = []string{"server.go", "message.go"}

// file is a parsed source file.
type file struct {
	path, dir string // relative to the root of the repository
	ast       *ast.File
	set       *token.FileSet
	lines     int
}

func (f file) test() bool { return strings.HasSuffix(f.path, "_test.go") }

// sources parses every hand-written Go file of the module.
func sources(t *testing.T) []file {
	t.Helper()
	var files []file
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if slices.Contains([]string{"gen", "tools", ".git", ".build", "testdata"}, d.Name()) {
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(path, ".go") {
			return nil
		}
		set := token.NewFileSet()
		parsed, err := parser.ParseFile(set, path, nil, parser.ParseComments)
		if err != nil {
			return err
		}
		rel := strings.TrimPrefix(filepath.ToSlash(path), "../")
		files = append(files, file{rel, filepath.ToSlash(filepath.Dir(rel)), parsed, set, set.File(parsed.Pos()).LineCount()})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// TestImports keeps the table of imports of ARCHITECTURE.md.
func TestImports(t *testing.T) {
	for _, f := range sources(t) {
		if f.test() {
			continue
		}
		for _, i := range f.ast.Imports {
			path := strings.Trim(i.Path.Value, `"`)
			if why := forbidden(f, path); why != "" {
				t.Errorf("%s imports %s: %s", f.path, path, why)
			}
		}
	}
}

func forbidden(f file, path string) string {
	own, isOwn := strings.CutPrefix(path, module)
	place, inServices := strings.CutPrefix(f.dir, "services/")
	switch {
	case path == "unsafe" || path == "C":
		return "never"
	case inServices && slices.Contains(leaves, place):
		if isOwn && !slices.Contains(leaves, strings.TrimPrefix(own, "services/")) || !isOwn && strings.Contains(path, ".") || slices.Contains(impure, path) {
			return "a leaf has the standard library only"
		}
	case inServices && slices.Contains(things, place):
		return forbiddenInThing(place, path, own, isOwn)
	case inServices && slices.Contains(engines, place):
		target := strings.TrimPrefix(own, "services/")
		if above := slices.Index(engines, target); isOwn && target != "matching/text" && !(place == "matching/conformance" && target == "demo/corpus") &&
			(above < 0 || above >= slices.Index(engines, place)) {
			return "an engine knows its port and text"
		}
	case strings.HasPrefix(f.dir, "ent/schema"):
		if isOwn && own != "ent/schema/part" && !slices.Contains(slices.Concat(things, leaves), strings.TrimPrefix(own, "services/")) {
			return "a schema knows things and leaves"
		}
	case inServices && slices.Contains(areas, place):
		return forbiddenInArea(f, place, path, own, isOwn)
	case strings.HasPrefix(f.dir, "cmd/jiebangd"):
		if isOwn && own != "services" {
			return "the server app knows services only"
		}
	case strings.HasPrefix(f.dir, "cmd/jiebang"):
		target := strings.TrimPrefix(own, "services/")
		if isOwn && !strings.HasPrefix(own, "cmd/jiebang/") && own != "proto/gen/jiebang/v1" && !slices.Contains(slices.Concat(things, leaves), target) {
			return "the client app knows the API and the pure packages"
		}
	}
	return ""
}

func forbiddenInThing(place, path, own string, isOwn bool) string {
	if !isOwn {
		if slices.Contains(impure, path) || strings.Contains(path, ".") && !slices.Contains(pureImports, path) {
			return "a rule reads nothing but its arguments"
		}
		return ""
	}
	target := strings.TrimPrefix(own, "services/")
	if slices.Contains(leaves, target) {
		return ""
	}
	if above := slices.Index(things, target); above < 0 || above >= slices.Index(things, place) {
		return "a thing knows the leaves and the things above it"
	}
	return ""
}

func forbiddenInArea(f file, place, path, own string, isOwn bool) string {
	onWire := slices.Contains(wire, filepath.Base(f.path))
	if !isOwn {
		if strings.HasPrefix(path, "google.golang.org/g") && !onWire {
			return "only server.go and message.go speak of gRPC"
		}
		return ""
	}
	target := strings.TrimPrefix(own, "services/")
	switch {
	case strings.HasPrefix(own, "proto/"):
		if !onWire {
			return "only server.go and message.go speak of protocol buffers"
		}
	case slices.Contains(areas, target) && slices.Index(areas, target) >= slices.Index(areas, place):
		return "an area knows the areas above it"
	case target == "demo" || own == "services":
		return "an area does not know who composes it"
	}
	return ""
}

// TestBudgets counts: functions, files, packages, parameters, direct dependencies.
func TestBudgets(t *testing.T) {
	const maxFunction, maxFile, maxPackage, maxParameters = 60, 400, 1500, 5
	packages := map[string]int{}
	for _, f := range sources(t) {
		if f.lines > maxFile {
			t.Errorf("%s has %d lines, at most %d", f.path, f.lines, maxFile)
		}
		if !f.test() {
			packages[f.dir] += f.lines
		}
		for _, d := range f.ast.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok {
				continue
			}
			if n := f.set.Position(fn.End()).Line - f.set.Position(fn.Pos()).Line + 1; n > maxFunction {
				t.Errorf("%s: %s has %d lines, at most %d", f.path, fn.Name.Name, n, maxFunction)
			}
			if n := fn.Type.Params.NumFields(); n > maxParameters && !f.test() && !hasContext(fn) || n > maxParameters+1 {
				t.Errorf("%s: %s has %d parameters, at most %d and a context", f.path, fn.Name.Name, n, maxParameters)
			}
		}
	}
	for dir, n := range packages {
		if n > maxPackage && dir != "ent/schema" { // which is one declaration for each table, and no logic
			t.Errorf("%s has %d lines, at most %d", dir, n, maxPackage)
		}
	}
}

// hasContext reports whether the first parameter is a context, which does not count.
func hasContext(fn *ast.FuncDecl) bool {
	if len(fn.Type.Params.List) == 0 {
		return false
	}
	sel, ok := fn.Type.Params.List[0].Type.(*ast.SelectorExpr)
	return ok && sel.Sel.Name == "Context"
}

// TestDocumented makes sure that every package and every exported name has a comment.
func TestDocumented(t *testing.T) {
	commented := map[string]bool{}
	seen := map[string]string{}
	for _, f := range sources(t) {
		if f.test() {
			continue
		}
		seen[f.dir] = f.path
		commented[f.dir] = commented[f.dir] || f.ast.Doc != nil
		for _, d := range f.ast.Decls {
			if name, ok := undocumented(d); ok {
				t.Errorf("%s: %s has no comment", f.path, name)
			}
		}
	}
	for dir, path := range seen {
		if !commented[dir] {
			t.Errorf("package %s (%s) has no comment", dir, path)
		}
	}
}

func undocumented(d ast.Decl) (string, bool) {
	switch d := d.(type) {
	case *ast.FuncDecl:
		exportedReceiver := d.Recv == nil || receiverExported(d)
		return d.Name.Name, d.Name.IsExported() && exportedReceiver && d.Doc == nil
	case *ast.GenDecl:
		for _, s := range d.Specs {
			switch s := s.(type) {
			case *ast.TypeSpec:
				if s.Name.IsExported() && d.Doc == nil && s.Doc == nil {
					return s.Name.Name, true
				}
			case *ast.ValueSpec:
				for _, n := range s.Names {
					if n.IsExported() && d.Doc == nil && s.Doc == nil && s.Comment == nil {
						return n.Name, true
					}
				}
			}
		}
	}
	return "", false
}

func receiverExported(d *ast.FuncDecl) bool {
	t := d.Recv.List[0].Type
	if star, ok := t.(*ast.StarExpr); ok {
		t = star.X
	}
	if index, ok := t.(*ast.IndexExpr); ok {
		t = index.X
	}
	if index, ok := t.(*ast.IndexListExpr); ok {
		t = index.X
	}
	name, ok := t.(*ast.Ident)
	return !ok || name.IsExported()
}

// TestClockAndChance makes sure that nothing but clock and chance reads the machine's time or makes randomness.
func TestClockAndChance(t *testing.T) {
	for _, f := range sources(t) {
		if f.test() || !strings.HasPrefix(f.dir, "services") || f.dir == "services/internal/clock" || f.dir == "services/internal/chance" ||
			f.dir == "services/internal/bench" || strings.HasPrefix(f.dir, "services/internal/storagetest") || strings.HasPrefix(f.dir, "services/internal/prove") {
			continue
		}
		ast.Inspect(f.ast, func(n ast.Node) bool {
			if sel, ok := n.(*ast.SelectorExpr); ok {
				if x, ok := sel.X.(*ast.Ident); ok && x.Name == "time" && sel.Sel.Name == "Now" {
					t.Errorf("%s reads the time; use the injected clock", f.set.Position(n.Pos()))
				}
			}
			return true
		})
		for _, i := range f.ast.Imports {
			if p := strings.Trim(i.Path.Value, `"`); p == "crypto/rand" || strings.HasPrefix(p, "math/rand") {
				t.Errorf("%s makes randomness; use the injected source", f.path)
			}
		}
	}
}

// TestMoneyIsWhole makes sure that no amount is a floating-point number.
func TestMoneyIsWhole(t *testing.T) {
	for _, f := range sources(t) {
		if strings.HasPrefix(f.dir, "services/internal/bench") || f.dir == "services" || f.dir == "services/internal/rpc" || f.dir == "services/internal/telemetry" || strings.HasPrefix(f.dir, "services/internal/prove") {
			continue // seconds of metrics and benchmarks, and the guard itself
		}
		if strings.HasPrefix(f.dir, "services/matching") {
			continue // scores; no amount reaches an engine but as an attribute to filter by
		}
		ast.Inspect(f.ast, func(n ast.Node) bool {
			if id, ok := n.(*ast.Ident); ok && (id.Name == "float64" || id.Name == "float32") {
				t.Errorf("%s: a floating-point number", f.set.Position(n.Pos()))
			}
			return true
		})
	}
}

// TestDependencies counts the direct dependencies, and wants a reason for each in CONTRIBUTING.md.
func TestDependencies(t *testing.T) {
	const most = 40 // gocloud.dev: a directory and a bucket that speaks S3 behind one store of files
	text, err := os.ReadFile("../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	mod, err := modfile.Parse("go.mod", text, nil)
	if err != nil {
		t.Fatal(err)
	}
	reasons := reasonsOf(t)
	direct := 0
	for _, r := range mod.Require {
		if r.Indirect {
			continue
		}
		direct++
		if !reasons[r.Mod.Path] {
			t.Errorf("CONTRIBUTING.md gives no reason for %s", r.Mod.Path)
		}
	}
	if direct > most {
		t.Errorf("%d direct dependencies, at most %d", direct, most)
	}
}

// reasonsOf reads the table of dependencies of CONTRIBUTING.md: lines that begin with | `path` |.
func reasonsOf(t *testing.T) map[string]bool {
	t.Helper()
	f, err := os.Open("../CONTRIBUTING.md")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	reasons := map[string]bool{}
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		if path, reason, ok := strings.Cut(strings.TrimPrefix(lines.Text(), "| `"), "` |"); ok && len(strings.Trim(reason, " |")) > 3 {
			reasons[path] = true
		}
	}
	return reasons
}
