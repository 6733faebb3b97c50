package rpc

import (
	"strconv"
	"strings"
	"time"

	"google.golang.org/genproto/googleapis/type/money"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/jiebang/jiebang/services/fault"
	"github.com/jiebang/jiebang/services/internal/id"
	"github.com/jiebang/jiebang/services/internal/storage"
	fen "github.com/jiebang/jiebang/services/money"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// Faults of common values.
var (
	ErrEtagRequired = fault.New(fault.Invalid, "ETAG_REQUIRED", "the change needs the etag of the version that the caller has seen")
	ErrEtagStale    = fault.New(fault.Conflict, "ETAG_STALE", "somebody else has changed it since")
)

// Amount reads an amount that must be there and positive. An absent one is refused by the request's shape where it is required.
func Amount(field string, m *money.Money) (fen.Fen, error) {
	f, err := fen.FromUnits(m.GetCurrencyCode(), m.GetUnits(), m.GetNanos())
	if err == nil {
		err = f.Check()
	}
	return f, At(field, err)
}

// OptionalAmount reads an amount that may be absent (面议), which is not 0.
func OptionalAmount(field string, m *money.Money) (*fen.Fen, error) {
	if m == nil {
		return nil, nil
	}
	f, err := Amount(field, m)
	return &f, err
}

// Money writes an amount.
func Money(f fen.Fen) *money.Money {
	units, nanos := f.Units()
	return &money.Money{CurrencyCode: "CNY", Units: units, Nanos: nanos}
}

// OptionalMoney writes an amount that may be absent.
func OptionalMoney(f *fen.Fen) *money.Money {
	if f == nil {
		return nil
	}
	return Money(*f)
}

// Time reads an instant, cut to microseconds; nil if it is absent.
func Time(field string, t *timestamppb.Timestamp) (*time.Time, error) {
	if t == nil {
		return nil, nil
	}
	if err := t.CheckValid(); err != nil {
		return nil, ErrField.At(field).With("field", field).With("rule", "timestamp.out_bounds")
	}
	at := t.AsTime().Truncate(time.Microsecond)
	return &at, nil
}

// Stamp writes an instant.
func Stamp(t time.Time) *timestamppb.Timestamp { return timestamppb.New(t) }

// OptionalStamp writes an instant that may be absent.
func OptionalStamp(t *time.Time) *timestamppb.Timestamp {
	if t == nil {
		return nil
	}
	return timestamppb.New(*t)
}

// Etag writes a version.
func Etag(version int) string { return strconv.Itoa(version) }

// CheckEtag compares the version that a caller has seen with the present one.
func CheckEtag(field, etag string, version int) error {
	if etag == "" {
		return ErrEtagRequired.At(field)
	}
	if strings.Trim(etag, `"`) != Etag(version) {
		return ErrEtagStale.With("etag", etag).With("current", version).At(field)
	}
	return nil
}

// Receipt writes the receipt of a row's last entry.
func Receipt(r storage.Receipt) *pb.Receipt {
	return &pb.Receipt{Jurisdiction: r.Jurisdiction, Sequence: r.Sequence, EntryHash: r.Hash}
}

// Enum returns the number of a proto enum for a stored value such as new_materials.
func Enum[E ~int32, S ~string](numbers map[string]int32, s S) E {
	return E(numbers[strings.ToUpper(string(s))])
}

// Stored returns the stored value of a proto enum; empty for its zero value.
func Stored[S ~string, E interface {
	~int32
	String() string
}](e E) S {
	if e == 0 {
		return ""
	}
	return S(strings.ToLower(e.String()))
}

// Resource reads the ids of a resource name, which must have the pattern's shape, such as demands/*/bids/*.
func Resource(field, name, pattern string) ([]string, error) {
	parts, want := strings.Split(name, "/"), strings.Split(pattern, "/")
	var ids []string
	for i, w := range want {
		if len(parts) != len(want) || parts[i] == "" || w != "*" && parts[i] != w {
			return nil, ErrField.At(field).With("field", field).With("rule", "resource_name").With("limit", pattern)
		}
		if w == "*" {
			ids = append(ids, parts[i])
		}
	}
	return ids, nil
}

// Home returns the jurisdiction that an id of kind k names; an id that names none is of nothing that exists.
func Home(k id.Kind, text string, missing *fault.Fault) (string, error) {
	j, ok := id.Jurisdiction(k, text)
	if !ok {
		return "", missing
	}
	return j, nil
}

// At adds the field to a fault.
func At(field string, err error) error {
	if f := fault.As(err); f != nil {
		return f.At(field)
	}
	return err
}
