package listing

import (
	"fmt"
	"strings"
	"time"

	"entgo.io/ent/dialect"
	"entgo.io/ent/dialect/sql"
	"go.einride.tech/aip/filtering"
	expr "google.golang.org/genproto/googleapis/api/expr/v1alpha1"

	"github.com/jiebang/jiebang/services/fault"
)

// ErrFilter says that a filter cannot be read.
var ErrFilter = fault.New(fault.Invalid, "FILTER_INVALID", "the filter is not AIP-160 over the fields of this list")

const (
	maxFilter = 1000 // characters
	maxTerms  = 30   // comparisons
)

// Field is a field that a list can be filtered by.
type Field struct {
	Column string
	Type   FieldType
	Prefix string // of a resource name: `organizations/` for a column that keeps the id
}

// FieldType is how a field's values are compared.
type FieldType int

// The types of fields.
const (
	Text    FieldType = iota // =, !=, and : for a part of it
	Code                     // an enumeration: =, !=
	Instant                  // a time: =, !=, <, <=, >, >=
)

// Fields are the fields of a list by their names in the API.
type Fields map[string]Field

// ParseFilter reads a filter and returns a predicate, or nil for an empty filter.
func (f Fields) ParseFilter(text string) (func(*sql.Selector), error) {
	if strings.TrimSpace(text) == "" {
		return nil, nil
	}
	if len(text) > maxFilter {
		return nil, filterError("longer than 1,000 bytes")
	}
	options := []filtering.DeclarationOption{filtering.DeclareStandardFunctions()}
	for name, field := range f {
		t := filtering.TypeString
		if field.Type == Instant {
			t = filtering.TypeTimestamp
		}
		options = append(options, filtering.DeclareIdent(name, t))
	}
	declarations, err := filtering.NewDeclarations(options...)
	if err != nil {
		return nil, err
	}
	filter, err := filtering.ParseFilterString(text, declarations)
	if err != nil {
		return nil, filterError(err.Error())
	}
	terms := 0
	// Built once to find faults; built again for each selector, because a predicate belongs to one.
	if _, err := f.build(filter.CheckedExpr.GetExpr(), sql.Dialect("").Select().From(sql.Table("t")), &terms); err != nil {
		return nil, err
	}
	return func(s *sql.Selector) {
		n := 0
		if p, err := f.build(filter.CheckedExpr.GetExpr(), s, &n); err == nil {
			s.Where(p)
		}
	}, nil
}

func filterError(detail string) error { return ErrFilter.With("detail", detail).At("filter") }

func (f Fields) build(e *expr.Expr, s *sql.Selector, terms *int) (*sql.Predicate, error) {
	call := e.GetCallExpr()
	if call == nil {
		return nil, filterError("only comparisons can stand here")
	}
	args := call.GetArgs()
	switch call.GetFunction() {
	case filtering.FunctionAnd, filtering.FunctionFuzzyAnd, filtering.FunctionOr, filtering.FunctionNot:
		var parts []*sql.Predicate
		for _, a := range args {
			p, err := f.build(a, s, terms)
			if err != nil {
				return nil, err
			}
			parts = append(parts, p)
		}
		switch call.GetFunction() {
		case filtering.FunctionOr:
			return sql.Or(parts...), nil
		case filtering.FunctionNot:
			return sql.Not(parts[0]), nil
		}
		return sql.And(parts...), nil
	}
	if *terms++; *terms > maxTerms {
		return nil, filterError(fmt.Sprintf("more than %d comparisons", maxTerms))
	}
	if len(args) != 2 {
		return nil, filterError("a comparison has two sides")
	}
	field, ok := f[args[0].GetIdentExpr().GetName()]
	if !ok {
		return nil, filterError("the left side of a comparison must be a field")
	}
	return field.compare(call.GetFunction(), args[1], s.C(field.Column), s.Dialect())
}

func (f Field) compare(operator string, value *expr.Expr, column, dialectName string) (*sql.Predicate, error) {
	if f.Type == Instant {
		return compareTime(operator, value, column)
	}
	text := value.GetConstExpr().GetStringValue()
	if value.GetConstExpr() == nil {
		return nil, filterError("the right side of a comparison must be a quoted text")
	}
	if f.Type == Code {
		text = strings.ToLower(text)
	}
	text = strings.TrimPrefix(text, f.Prefix)
	switch operator {
	case filtering.FunctionEquals:
		return sql.EQ(column, text), nil
	case filtering.FunctionNotEquals:
		return sql.Or(sql.NEQ(column, text), sql.IsNull(column)), nil
	case filtering.FunctionHas:
		if f.Type == Text {
			return contains(dialectName, column, text), nil
		}
	}
	return nil, filterError(fmt.Sprintf("this field has no operator %s", operator))
}

// contains finds a part of a text, in its own case on both databases, where LIKE would differ.
func contains(dialectName, column, part string) *sql.Predicate {
	find := "instr"
	if dialectName == dialect.Postgres {
		find = "strpos"
	}
	return sql.P(func(b *sql.Builder) {
		b.WriteString(find + "(").Ident(column).WriteString(", ").Arg(part).WriteString(") > 0")
	})
}

func compareTime(operator string, value *expr.Expr, column string) (*sql.Predicate, error) {
	text := value.GetConstExpr().GetStringValue()
	if call := value.GetCallExpr(); call.GetFunction() == filtering.FunctionTimestamp && len(call.GetArgs()) == 1 {
		text = call.GetArgs()[0].GetConstExpr().GetStringValue()
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return nil, filterError("a time must be like \"2024-01-02T15:04:05Z\"")
	}
	t = t.UTC()
	if !t.Equal(t.Truncate(time.Microsecond)) || t.Year() < 1 || t.Year() > 9999 {
		return nil, filterError("a time has at most six decimals and lies in the years 1 to 9999")
	}
	compare, ok := map[string]func(string, any) *sql.Predicate{
		filtering.FunctionEquals: sql.EQ, filtering.FunctionNotEquals: sql.NEQ, filtering.FunctionLessThan: sql.LT,
		filtering.FunctionLessEquals: sql.LTE, filtering.FunctionGreaterThan: sql.GT, filtering.FunctionGreaterEquals: sql.GTE,
	}[operator]
	if !ok {
		return nil, filterError(fmt.Sprintf("a time has no operator %s", operator))
	}
	return compare(column, t), nil
}
