package scope

import (
	"fmt"

	"entgo.io/ent/dialect"
	"entgo.io/ent/dialect/sql"

	"github.com/jiebang/jiebang/services/identity/party"
)

// of are the rows whose column names the caller's organization; nobody's organization has none.
func of(c party.Caller, s *sql.Selector, column string) *sql.Predicate {
	if c.Organization == "" {
		return sql.False()
	}
	return sql.EQ(s.C(column), c.Organization)
}

// watched are the rows of the jurisdiction that the caller oversees.
func watched(c party.Caller, s *sql.Selector, roles ...party.Role) *sql.Predicate {
	if c.Kind != party.Bureau && c.Kind != party.AuditOffice {
		return sql.False()
	}
	for _, r := range roles {
		if c.Has(r) {
			return sql.EQ(s.C("jurisdiction"), c.Jurisdiction)
		}
	}
	return sql.False()
}

// watchers are the roles of an authority that read what others do.
var watchers = []party.Role{party.Operator, party.Approver, party.Registrar, party.Auditor}

// demands are public from their publication on, for ever.
func demands(c party.Caller, s *sql.Selector) *sql.Predicate {
	return sql.Or(sql.NEQ(s.C("state"), "draft"), of(c, s, "organization_id"))
}

// listed are achievements and profiles: public while they are listed.
func listed(c party.Caller, s *sql.Selector) *sql.Predicate {
	return sql.Or(sql.EQ(s.C("state"), "listed"), of(c, s, "organization_id"))
}

// bids are their bidders'. Once they are opened they are the demander's and the authority's too.
func bids(c party.Caller, s *sql.Selector) *sql.Predicate {
	asked := sql.False()
	if c.Organization != "" {
		d := sql.Dialect(s.Dialect()).Table("demands").As("asked")
		asked = sql.In(s.C("demand_id"), sql.Dialect(s.Dialect()).Select(d.C("id")).From(d).Where(sql.EQ(d.C("organization_id"), c.Organization)))
	}
	opened := sql.In(s.C("state"), "opened", "won", "not_selected")
	return sql.Or(of(c, s, "organization_id"), sql.And(opened, sql.Or(asked, watched(c, s, watchers...))))
}

// contracts are those of their sides and their broker, and the authority's.
func contracts(c party.Caller, s *sql.Selector) *sql.Predicate {
	return sql.Or(of(c, s, "buyer_id"), of(c, s, "seller_id"), of(c, s, "broker_id"), watched(c, s, watchers...))
}

// files are their organization's. Who reads one by something to which it is attached is told by that thing.
func files(c party.Caller, s *sql.Selector) *sql.Predicate { return of(c, s, "organization_id") }

// accounts are what an organization lets people and programs in with. The bureau keeps them too.
func accounts(c party.Caller, s *sql.Selector) *sql.Predicate {
	keeper := sql.False()
	if c.Kind == party.Bureau {
		keeper = watched(c, s, party.Secadmin)
	}
	return sql.Or(of(c, s, "organization_id"), keeper)
}

// by are the rows whose column names the caller's person; nobody has none.
func by(c party.Caller, s *sql.Selector, column string) *sql.Predicate {
	if c.Person == "" {
		return sql.False()
	}
	return sql.EQ(s.C(column), c.Person)
}

// members are an organization's, and whoever is one of them knows.
func members(c party.Caller, s *sql.Selector) *sql.Predicate {
	return sql.Or(accounts(c, s), by(c, s, "person_id"))
}

// approvals are the organization's whose first person has asked, and that person's wherever it belongs.
func approvals(c party.Caller, s *sql.Selector) *sql.Predicate {
	return sql.Or(accounts(c, s), by(c, s, "requested_by"))
}

// engagements are counted by the authority.
func engagements(c party.Caller, s *sql.Selector) *sql.Predicate { return watched(c, s, watchers...) }

// entries are the auditors', unless they tell of a bid whose demand still takes bids, and those of whom they tell: their bytes name them as the owner or
// as a party.
func entries(c party.Caller, s *sql.Selector) *sql.Predicate {
	told := []*sql.Predicate{sql.And(watched(c, s, party.Auditor), sql.Not(sealed(s)))}
	if c.Organization != "" {
		name := "organizations/" + c.Organization
		told = append(told, holds(s, "body", fmt.Sprintf("\norganization %d %s\n", len(name), name)))
		for _, side := range []string{"buyer_id", "seller_id", "broker_id"} {
			told = append(told, holds(s, "body", fmt.Sprintf("\nrow.%s %d %s\n", side, len(c.Organization), c.Organization)))
		}
	}
	return sql.Or(told...)
}

// bidSubject begins the line of an entry that names a bid: it is followed by the 24 letters of the demand's id.
const bidSubject = "\nsubject 62 demands/"

// sealed are the entries of bids for demands that take bids.
func sealed(s *sql.Selector) *sql.Predicate {
	d := sql.Dialect(s.Dialect()).Table("demands").As("taking")
	taking := sql.Dialect(s.Dialect()).Select(d.C("id")).From(d).Where(sql.EQ(d.C("state"), "published"))
	return sql.P(func(b *sql.Builder) {
		body, after := s.C("body"), fmt.Sprintf(") + %d, 24)", len(bidSubject))
		if b.Dialect() == dialect.Postgres {
			b.WriteString("encode(substr(").Ident(body).WriteString(", position(").Arg([]byte(bidSubject)).WriteString("::bytea IN ").Ident(body).WriteString(after + ", 'escape')")
		} else {
			b.WriteString("CAST(substr(").Ident(body).WriteString(", instr(").Ident(body).WriteString(", ").Arg([]byte(bidSubject)).WriteString(after + " AS TEXT)")
		}
		b.WriteString(" IN (").Join(taking).WriteString(")")
	})
}

// holds are the rows whose column of bytes holds a text.
func holds(s *sql.Selector, column, text string) *sql.Predicate {
	find := "instr("
	if s.Dialect() == dialect.Postgres {
		find = "position("
	}
	return sql.P(func(b *sql.Builder) {
		b.WriteString(find)
		if b.Dialect() == dialect.Postgres {
			b.Arg([]byte(text)).WriteString("::bytea IN ").Ident(s.C(column))
		} else {
			b.Ident(s.C(column)).WriteString(", ").Arg([]byte(text))
		}
		b.WriteString(") > 0")
	})
}
