// Package listing is what every list of the API shares: sealed page tokens, orders, and filters of AIP-160.
package listing

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"entgo.io/ent/dialect/sql"

	"github.com/jiebang/jiebang/services/fault"
	"github.com/jiebang/jiebang/services/internal/chance"
)

// Faults of lists.
var (
	ErrPageToken = fault.New(fault.Invalid, "PAGE_TOKEN_INVALID", "the page_token is not one of this list; begin again without one")
	ErrOrderBy   = fault.New(fault.Invalid, "ORDER_BY_INVALID", "order_by is not one that this list has")
)

// Sizes of pages.
const (
	DefaultPage = 30
	MaxPage     = 200
)

// Pager seals page tokens: they are opaque, belong to one list with its filter and order, and cannot be made by callers.
type Pager struct {
	aead cipher.AEAD
	rand chance.Source
}

// NewPager derives its key from a secret that all servers of a platform share.
func NewPager(secret []byte, rand chance.Source) (*Pager, error) {
	key, err := hkdf.Key(sha256.New, secret, nil, "jiebang page tokens", 32)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	aead, err := cipher.NewGCM(block)
	return &Pager{aead, rand}, err
}

// position is where a page ended: the sort value and the id of its last row.
type position struct {
	Time time.Time `json:"t,omitzero"`
	ID   string    `json:"i,omitempty"`
	N    int64     `json:"n,omitempty"`
}

// Query is what a caller asks of a list.
type Query struct {
	List      string // the method and its parent: a token of one list is none of another
	Size      int32
	Token     string
	Filter    string
	OrderBy   string
	Sorts     map[string]Sort // the orders that the list has
	Default   string          // the order if none is asked for
	MaxSize   int
	UsualSize int
}

// Sort is an order by a time column, then by id.
type Sort struct {
	Column string
	Desc   bool
}

// Page is a decoded Query.
type Page struct {
	Limit int
	sort  Sort
	after *position
	key   string
	pager *Pager
}

// Open decodes a query. A list in the order of a sequence has no Sorts and is read on by Number.
func (p *Pager) Open(q Query) (*Page, error) {
	if q.MaxSize == 0 {
		q.MaxSize, q.UsualSize = MaxPage, DefaultPage
	}
	page := &Page{Limit: int(q.Size), pager: p}
	if page.Limit == 0 {
		page.Limit = q.UsualSize
	}
	page.Limit = min(page.Limit, q.MaxSize)
	order := strings.Join(strings.Fields(q.OrderBy), " ")
	if order == "" {
		order = q.Default
	}
	if len(q.Sorts) > 0 {
		sort, ok := q.Sorts[order]
		if !ok {
			var allowed []string
			for o := range q.Sorts {
				allowed = append(allowed, o)
			}
			slices.Sort(allowed)
			return nil, ErrOrderBy.With("order_by", q.OrderBy).With("allowed", strings.Join(allowed, "; ")).At("order_by")
		}
		page.sort = sort
	}
	page.key = fmt.Sprintf("%q %q %q", q.List, q.Filter, order)
	if q.Token == "" {
		return page, nil
	}
	sealed, err := base64.RawURLEncoding.Strict().DecodeString(q.Token)
	if err != nil || len(sealed) < p.aead.NonceSize() {
		return nil, ErrPageToken.At("page_token")
	}
	plain, err := p.aead.Open(nil, sealed[:p.aead.NonceSize()], sealed[p.aead.NonceSize():], []byte(page.key))
	if err != nil {
		return nil, ErrPageToken.At("page_token")
	}
	page.after = &position{}
	if err := json.Unmarshal(plain, page.after); err != nil {
		return nil, ErrPageToken.At("page_token")
	}
	return page, nil
}

// Number is the number that the token of a page carries, or otherwise.
func (p *Page) Number(otherwise int64) int64 {
	if p.after == nil {
		return otherwise
	}
	return p.after.N
}

// Next seals the token of the page that begins at number n.
func (p *Page) Next(n int64) (string, error) { return p.seal(position{N: n}) }

func (p *Page) seal(at position) (string, error) {
	plain, err := json.Marshal(at)
	if err != nil {
		return "", err
	}
	nonce := chance.Bytes(p.pager.rand, p.pager.aead.NonceSize())
	return base64.RawURLEncoding.EncodeToString(p.pager.aead.Seal(nonce, nonce, plain, []byte(p.key))), nil
}

// Where restricts a query to the rows after the page before, puts it in order and limits it to one row more than the page, which tells
// whether there is another page. Rows without a value in the sorted column are left out.
func (p *Page) Where(s *sql.Selector) {
	column, key := s.C(p.sort.Column), s.C("id")
	s.Where(sql.NotNull(column))
	if p.after != nil {
		beyond := sql.GT
		if p.sort.Desc {
			beyond = sql.LT
		}
		s.Where(sql.Or(beyond(column, p.after.Time), sql.And(sql.EQ(column, p.after.Time), beyond(key, p.after.ID))))
	}
	if p.sort.Desc {
		s.OrderBy(sql.Desc(column), sql.Desc(key))
	} else {
		s.OrderBy(sql.Asc(column), sql.Asc(key))
	}
	s.Limit(p.Limit + 1)
}

// Cut returns the rows of the page and the token of the next; at tells a row's sort value and id.
func Cut[T any](p *Page, rows []T, at func(T) (time.Time, string)) ([]T, string, error) {
	if len(rows) <= p.Limit {
		return rows, "", nil
	}
	rows = rows[:p.Limit]
	t, key := at(rows[p.Limit-1])
	token, err := p.seal(position{Time: t.UTC(), ID: key})
	return rows, token, err
}

// SortedBy reports whether the page is sorted by the column.
func (p *Page) SortedBy(column string) bool { return p.sort.Column == column }

// Created are the orders of a list that is sorted by creation only.
var Created = map[string]Sort{"create_time desc": {"created_at", true}, "create_time": {"created_at", false}}

// After is the key that the token of a page carries; empty on the first page.
func (p *Page) After() string {
	if p.after == nil {
		return ""
	}
	return p.after.ID
}

// NextAfter seals the token of the page that begins after a key.
func (p *Page) NextAfter(key string) (string, error) { return p.seal(position{ID: key}) }
