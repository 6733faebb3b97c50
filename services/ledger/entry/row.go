package entry

import (
	"encoding/hex"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Image collects the audited columns of a record. Each method adds one column; null columns are left out.
type Image struct{ row Row }

// Text adds a text.
func (i *Image) Text(name, value string) *Image {
	i.row = append(i.row, Column{name, value})
	return i
}

// Int adds a whole number.
func (i *Image) Int(name string, value int64) *Image {
	return i.Text(name, strconv.FormatInt(value, 10))
}

// Bool adds true or false.
func (i *Image) Bool(name string, value bool) *Image { return i.Text(name, strconv.FormatBool(value)) }

// Bytes adds bytes in hexadecimal; nil is null.
func (i *Image) Bytes(name string, value []byte) *Image {
	if value == nil {
		return i
	}
	return i.Text(name, hex.EncodeToString(value))
}

// Time adds an instant.
func (i *Image) Time(name string, value time.Time) *Image {
	return i.Text(name, value.UTC().Format(TimeLayout))
}

// Fact begins the name of a column that no row keeps: something of the moment that an entry tells besides, such as how a party stood then.
const Fact = "fact_"

// With returns the row and facts of the moment, in the order of their names.
func (r Row) With(facts Row) Row {
	if len(facts) == 0 {
		return r
	}
	return (&Image{row: slices.Concat(r, facts)}).Row()
}

// Optional adds what a pointer points to; nil is null.
func Optional[T any](i *Image, name string, value *T, add func(string, T) *Image) *Image {
	if value == nil {
		return i
	}
	return add(name, *value)
}

// Row returns the columns in the order of their names.
func (i *Image) Row() Row {
	slices.SortFunc(i.row, func(a, b Column) int { return strings.Compare(a.Name, b.Name) })
	return i.row
}
