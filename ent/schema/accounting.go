package schema

import (
	"strings"

	"entgo.io/ent"
	"entgo.io/ent/dialect/entsql"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"

	"github.com/jiebang/jiebang/services/accounting/account"
)

// amounts are a column for each account.
func amounts() (fields []ent.Field) {
	for _, a := range account.Accounts {
		fields = append(fields, field.Int64(string(a)).Default(0).Comment("fen"))
	}
	return fields
}

// Posting is a group of postings 分录: what one ledger entry moves between the accounts of one contract, a column for each account. It is written once.
// Triggers add it to the contract's Balance and the jurisdiction's AccountTotal in the same statement, and refuse every other change of the three.
type Posting struct{ ent.Schema }

// Annotations of Posting: what is posted to one account is taken from another.
func (Posting) Annotations() []schema.Annotation {
	var names []string
	for _, a := range account.Accounts {
		names = append(names, string(a))
	}
	return []schema.Annotation{entsql.Checks(map[string]string{"posting_sums_to_zero": strings.Join(names, " + ") + " = 0"})}
}

// Fields of Posting.
func (Posting) Fields() []ent.Field {
	return append([]ent.Field{
		field.Int64("id").Immutable().Comment("of the ledger entry that is posted: jurisdiction × 10^12 + sequence"),
		field.String("jurisdiction").MaxLen(6).Immutable(),
		field.String("contract_id").MaxLen(40).Immutable(),
	}, amounts()...)
}

// Indexes of Posting.
func (Posting) Indexes() []ent.Index { return []ent.Index{index.Fields("contract_id")} }

// Balance is what the postings of a contract add up to.
type Balance struct{ ent.Schema }

// Annotations of Balance: paid and accepted never exceed the current total.
func (Balance) Annotations() []schema.Annotation {
	return []schema.Annotation{entsql.Checks(map[string]string{
		"balance_current":  "committed + amended > 0",
		"balance_paid":     "paid >= 0 AND paid <= committed + amended",
		"balance_accepted": "accepted >= 0 AND accepted <= committed + amended",
	})}
}

// Fields of Balance.
func (Balance) Fields() []ent.Field {
	return append([]ent.Field{
		field.String("id").MaxLen(40).Immutable().Comment("of the contract"),
		field.String("jurisdiction").MaxLen(6).Immutable(),
		field.Int64("posting_id").Comment("the last that it has"),
	}, amounts()...)
}

// AccountTotal is what all postings of a jurisdiction add up to.
type AccountTotal struct{ ent.Schema }

// Fields of AccountTotal.
func (AccountTotal) Fields() []ent.Field {
	return append([]ent.Field{
		field.String("id").MaxLen(6).Immutable().Comment("行政区划代码"),
		field.Int64("posting_id").Comment("the last that it has"),
	}, amounts()...)
}
