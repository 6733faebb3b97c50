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

// demands are public from their publication on, for ever. From their submission on the authority reads them, and the experts who are asked.
func demands(c party.Caller, s *sql.Selector) *sql.Predicate {
	o := sql.Dialect(s.Dialect()).Table("opinions").As("asked")
	asked := sql.False()
	if c.Person != "" {
		asked = sql.In(s.C("id"), sql.Dialect(s.Dialect()).Select(o.C("demand_id")).From(o).Where(sql.EQ(o.C("person_id"), c.Person)))
	}
	return sql.Or(sql.NotIn(s.C("state"), "draft", "submitted", "vetting", "returned", "rejected", "approved"), of(c, s, "organization_id"),
		sql.And(sql.NEQ(s.C("state"), "draft"), sql.Or(watched(c, s, watchers...), asked)))
}

// opinions are their experts', and those of the firm whose demand they are about, and the authority's.
func opinions(c party.Caller, s *sql.Selector) *sql.Predicate {
	return sql.Or(by(c, s, "person_id"), about(c, s), watched(c, s, watchers...))
}

// disclosures are of those who have read, of the firm, and of the authority.
func disclosures(c party.Caller, s *sql.Selector) *sql.Predicate {
	return sql.Or(of(c, s, "organization_id"), about(c, s), watched(c, s, watchers...))
}

// about are the rows about demands of the caller's organization.
func about(c party.Caller, s *sql.Selector) *sql.Predicate {
	if c.Organization == "" {
		return sql.False()
	}
	d := sql.Dialect(s.Dialect()).Table("demands").As("owned")
	return sql.In(s.C("demand_id"), sql.Dialect(s.Dialect()).Select(d.C("id")).From(d).Where(sql.EQ(d.C("organization_id"), c.Organization)))
}

// listed are achievements and profiles: public while they are listed.
func listed(c party.Caller, s *sql.Selector) *sql.Predicate {
	return sql.Or(sql.EQ(s.C("state"), "listed"), of(c, s, "organization_id"))
}

// bids are their bidders'. Once they are opened they are the demander's and the authority's too, and those experts' who judge them without a conflict.
func bids(c party.Caller, s *sql.Selector) *sql.Predicate {
	asked := sql.False()
	if c.Organization != "" {
		d := sql.Dialect(s.Dialect()).Table("demands").As("asked")
		asked = sql.In(s.C("demand_id"), sql.Dialect(s.Dialect()).Select(d.C("id")).From(d).Where(sql.EQ(d.C("organization_id"), c.Organization)))
	}
	opened := sql.NotIn(s.C("state"), "draft", "submitted", "needs_confirmation", "withdrawn", "lapsed")
	return sql.Or(of(c, s, "organization_id"), sql.And(opened, sql.Or(asked, watched(c, s, watchers...), among(c, s, "id", "cleared", "locked"))))
}

// among are the rows whose column names a bid about which the caller, as an expert, has a sheet in one of the states.
func among(c party.Caller, s *sql.Selector, column string, states ...any) *sql.Predicate {
	if c.Organization == "" || !c.Has(party.Expert) {
		return sql.False()
	}
	t := sql.Dialect(s.Dialect()).Table("sheets").As("judging")
	return sql.In(s.C(column), sql.Dialect(s.Dialect()).Select(t.C("bid_id")).From(t).
		Where(sql.And(sql.EQ(t.C("organization_id"), c.Organization), sql.In(t.C("person_id"), "", c.Person), sql.In(t.C("state"), states...))))
}

// sheets are their experts'. Another expert of the bid has to do with one once both are locked; the authority with all.
func sheets(c party.Caller, s *sql.Selector) *sql.Predicate {
	return sql.Or(sql.And(of(c, s, "organization_id"), sql.In(s.C("person_id"), "", c.Person)), watched(c, s, watchers...),
		sql.And(sql.EQ(s.C("state"), "locked"), among(c, s, "bid_id", "locked")))
}

// evaluations are the authority's: they tell who the experts are.
func evaluations(c party.Caller, s *sql.Selector) *sql.Predicate { return watched(c, s, watchers...) }

// objections are theirs who object, and the authority's.
func objections(c party.Caller, s *sql.Selector) *sql.Predicate {
	return sql.Or(of(c, s, "organization_id"), watched(c, s, watchers...))
}

// contracts are those of their sides, the members of a consortium and their broker, and the authority's.
func contracts(c party.Caller, s *sql.Selector) *sql.Predicate {
	joint := sql.False()
	if c.Organization != "" {
		m := sql.Dialect(s.Dialect()).Table("contract_members").As("joint")
		joint = sql.In(s.C("id"), sql.Dialect(s.Dialect()).Select(m.C("contract_id")).From(m).Where(sql.EQ(m.C("organization_id"), c.Organization)))
	}
	return sql.Or(of(c, s, "buyer_id"), of(c, s, "seller_id"), of(c, s, "broker_id"), joint, watched(c, s, watchers...))
}

// written are the texts of contracts: theirs who read the contract.
func written(c party.Caller, s *sql.Selector) *sql.Predicate {
	k := sql.Dialect(s.Dialect()).Table("contracts").As("written")
	of := sql.Dialect(s.Dialect()).Select(k.C("id")).From(k)
	return sql.In(s.C("contract_id"), of.Where(contracts(c, of)))
}

// files are their organization's. Who reads one by something to which it is attached is told by that thing.
func files(c party.Caller, s *sql.Selector) *sql.Predicate { return of(c, s, "organization_id") }

// between are what hangs on contracts: their sides' and the authority's.
func between(c party.Caller, s *sql.Selector) *sql.Predicate {
	return sql.Or(of(c, s, "buyer_id"), of(c, s, "seller_id"), watched(c, s, watchers...))
}

// lists are the registry's list: the authority's.
func lists(c party.Caller, s *sql.Selector) *sql.Predicate { return watched(c, s, watchers...) }

// accounted are the accounts of contracts, whose ids are in a column: their sides' and the authority's.
func accounted(column string) rule {
	return func(c party.Caller, s *sql.Selector) *sql.Predicate {
		mine := sql.False()
		if c.Organization != "" {
			k := sql.Dialect(s.Dialect()).Table("contracts").As("accounted")
			mine = sql.In(s.C(column), sql.Dialect(s.Dialect()).Select(k.C("id")).From(k).
				Where(sql.Or(sql.EQ(k.C("buyer_id"), c.Organization), sql.EQ(k.C("seller_id"), c.Organization))))
		}
		return sql.Or(mine, watched(c, s, watchers...))
	}
}

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

// told are notices and what belongs to them: the organization's or the person's that they are for, and no authority's.
func told(c party.Caller, s *sql.Selector) *sql.Predicate {
	return sql.Or(of(c, s, "organization_id"), by(c, s, "person_id"))
}

// own are the rows of an organization alone.
func own(c party.Caller, s *sql.Selector) *sql.Predicate { return of(c, s, "organization_id") }

// personal are their person's alone.
func personal(c party.Caller, s *sql.Selector) *sql.Predicate { return by(c, s, "person_id") }

// digests are their person's, whose id they have.
func digests(c party.Caller, s *sql.Selector) *sql.Predicate { return by(c, s, "id") }

// nobodys are for the platform itself.
func nobodys(party.Caller, *sql.Selector) *sql.Predicate { return sql.False() }

// engagements are counted by the authority.
func engagements(c party.Caller, s *sql.Selector) *sql.Predicate { return watched(c, s, watchers...) }

// entries are the auditors', unless they tell of a bid whose demand still takes bids or of who has asked a question, and those of whom they tell: their
// bytes name them as the owner or as a party.
func entries(c party.Caller, s *sql.Selector) *sql.Predicate {
	told := []*sql.Predicate{sql.And(watched(c, s, party.Auditor), sql.Not(sealed(s)), sql.Not(holds(s, "body", questionSubject)))}
	if c.Organization != "" {
		name := "organizations/" + c.Organization
		told = append(told, holds(s, "body", fmt.Sprintf("\norganization %d %s\n", len(name), name)))
		told = append(told, holds(s, "body", fmt.Sprintf("{\"member\":\"%s\"", c.Organization))) // of a consortium
		for _, side := range []string{"buyer_id", "seller_id", "broker_id"} {
			told = append(told, holds(s, "body", fmt.Sprintf("\nrow.%s %d %s\n", side, len(c.Organization), c.Organization)))
		}
	}
	return sql.Or(told...)
}

// bidSubject begins the line of an entry that names a bid: it is followed by the 24 letters of the demand's id.
const bidSubject = "\nsubject 62 demands/"

// questionSubject begins the line of an entry that names a question.
const questionSubject = "\nsubject 67 demands/"

// sealed are the entries of bids for demands that take bids or whose bids wait to be opened, those of what came too late, and those that cover for
// them.
func sealed(s *sql.Selector) *sql.Predicate {
	d := sql.Dialect(s.Dialect()).Table("demands").As("taking")
	b := sql.Dialect(s.Dialect()).Table("bids").As("waiting")
	waiting := sql.Dialect(s.Dialect()).Select(b.C("demand_id")).From(b).Where(sql.EQ(b.C("state"), "submitted"))
	taking := sql.Dialect(s.Dialect()).Select(d.C("id")).From(d).Where(sql.Or(sql.In(d.C("state"), "published", "stale"), sql.In(d.C("id"), waiting)))
	return sql.Or(ofKind(s, "cover.made"), ofKind(s, "bid.refused"), within(s, taking))
}

// ofKind are the entries of a kind. Only the first line of that name is looked at, which is the entry's own: a text further down may say anything.
func ofKind(s *sql.Selector, kind string) *sql.Predicate {
	const name = "\nkind "
	line := fmt.Sprintf("%s%d %s\n", name, len(kind), kind)
	return sql.P(func(b *sql.Builder) {
		body := s.C("body")
		if b.Dialect() == dialect.Postgres {
			b.WriteString("substr(").Ident(body).WriteString(", position(").Arg([]byte(name)).WriteString("::bytea IN ").Ident(body)
		} else {
			b.WriteString("substr(").Ident(body).WriteString(", instr(").Ident(body).WriteString(", ").Arg([]byte(name))
		}
		b.WriteString(fmt.Sprintf("), %d) = ", len(line))).Arg([]byte(line))
	})
}

// within are the entries of bids for the demands of a query.
func within(s *sql.Selector, taking *sql.Selector) *sql.Predicate {
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

// tallies are the authority's: they name records.
func tallies(c party.Caller, s *sql.Selector) *sql.Predicate { return watched(c, s, watchers...) }

// figures are public, but for those of one organization.
func figures(c party.Caller, s *sql.Selector) *sql.Predicate {
	return sql.Or(sql.NotIn(s.C("dimension"), "buyer", "seller"), watched(c, s, watchers...))
}
