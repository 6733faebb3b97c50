// Package wording writes contracts out: the text that the parties read and sign, from what the contract says.
//
//   - Templates are data (templates/), one for each class of contract and version. A version that contracts were signed by is never edited: the next has its own file.
//   - A page is what is signed. It needs nothing else: no script, no font, no picture. The same facts make the same bytes.
//   - A document for word processors is made of the page, so that the two cannot say different things.
package wording

import (
	"crypto/sha256"
	"embed"
	"fmt"
	"strings"
	"text/template"
	"unicode"
	"unicode/utf8"

	"github.com/jiebang/jiebang/services/contracting/contract"
	"github.com/jiebang/jiebang/services/money"
)

// Words are a value in a text. They stay in their line and their cell, whatever they are.
type Words string

var lined = strings.NewReplacer("\r\n", " ", "\n", " ", "\r", " ", "\u2028", " ", "\u2029", " ", "|", `\|`, `\`, `\\`)

// String is how a template writes the words.
func (w Words) String() string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == utf8.RuneError || r == 0xFFFE || r == 0xFFFF {
			return -1 // a page could not hold it
		}
		return r
	}, lined.Replace(string(w)))
}

// Party is a party of a contract.
type Party struct{ Name, Code Words }

// Member is a member of the consortium that is the seller's side, its lead among them.
type Member struct {
	Party
	Share int // in hundredths of a percent
	Task  Words
	Lead  bool
}

// Stage is a milestone.
type Stage struct {
	Title      Words
	Due        string // as contract.DateLayout has it
	Share      int    // in hundredths of a percent
	Amount     money.Fen
	Indicators []Words
}

// Demand is what a contract answers.
type Demand struct {
	Number, Title Words
	Indicators    []Words
}

// Facts are what is written.
type Facts struct {
	Contract      Words // the id
	Version       int   // of the text
	Class         contract.Class
	Title, Field  Words
	Buyer, Seller Party
	Members       []Member // none if the seller is alone
	Broker        *Party
	Demand        *Demand
	Total         money.Fen
	Clauses       contract.Clauses
	Stages        []Stage
}

// Rest is what of the total is not paid for technology.
func (f Facts) Rest() money.Fen { return f.Total - f.Clauses.Technical }

//go:embed templates
var files embed.FS

// edition is the newest version of the templates that has what the facts need: the second knows consortia, and says nothing else that the first does not.
func (f Facts) edition() int {
	if len(f.Members) > 0 {
		return 2
	}
	return 1
}

var editions = template.Must(template.New("").Funcs(template.FuncMap{
	"percent": func(share int) string {
		return strings.TrimSuffix(strings.TrimRight(fmt.Sprintf("%d.%02d", share/100, share%100), "0"), ".") + "%"
	},
	"words": func(s string) Words { return Words(s) },
	"day": func(date string) string {
		if len(date) != len(contract.DateLayout) {
			return date
		}
		return strings.TrimLeft(date[:4], "0") + "年" + strings.TrimLeft(date[5:7], "0") + "月" + strings.TrimLeft(date[8:], "0") + "日"
	},
	"next": func(n int) int { return n + 1 },
}).ParseFS(files, "templates/*.tmpl"))

// Page is a text as a page.
type Page struct {
	HTML     []byte
	Template string // its name and version
}

// Digest is what the contract keeps of the page.
func (p Page) Digest() []byte {
	sum := sha256.Sum256(p.HTML)
	return sum[:]
}

// Write writes the facts by the newest template of the contract's class.
func Write(f Facts) (Page, error) {
	var text strings.Builder
	name := fmt.Sprintf("%s@%d", f.Class, f.edition())
	if err := editions.ExecuteTemplate(&text, name, f); err != nil {
		return Page{}, fmt.Errorf("writing %s by %s: %w", f.Contract, name, err)
	}
	return Page{page(read(text.String())), name}, nil
}
