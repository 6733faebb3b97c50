package contracting

import (
	"bytes"
	"context"
	"fmt"
	"strings"

	"github.com/jiebang/jiebang/ent/gen/ent"
	"github.com/jiebang/jiebang/services/codes"
	"github.com/jiebang/jiebang/services/contracting/contract"
	"github.com/jiebang/jiebang/services/contracting/wording"
	"github.com/jiebang/jiebang/services/identity"
	"github.com/jiebang/jiebang/services/internal/scope"
	"github.com/jiebang/jiebang/services/internal/storage"
	"github.com/jiebang/jiebang/services/posting/detail"
)

// clauses are those of a contract after one field of them has changed. Where they do not decode, what is there is of another build, and refused when checked.
func (c Content) clauses(kept, field string) string {
	all, err := contract.DecodeClauses(kept)
	if err != nil {
		return kept
	}
	switch field {
	case "price":
		all.VAT, all.Technical = c.Clauses.VAT, c.Clauses.Technical
	case "insurance":
		all.Insurance = c.Clauses.Insurance
	case "trial":
		all.Trial = c.Clauses.Trial
	}
	return contract.EncodeClauses(all)
}

// checkClauses makes sure that a contract can say what it says of its price and its risk.
func checkClauses(k *ent.Contract) (contract.Clauses, error) {
	c, err := contract.DecodeClauses(k.Clauses)
	if err != nil {
		return c, err
	}
	return c, c.Check(k.TotalFen)
}

// priced are the clauses of a contract that can be signed: they say what its total is paid for.
func priced(k *ent.Contract) (contract.Clauses, error) {
	c, err := checkClauses(k)
	if err == nil {
		err = c.Priced()
	}
	return c, err
}

// Propose fixes the text for signature: the parties' own, or one that is generated and kept.
func (s *Contracting) Propose(ctx context.Context, contractID, etag string, generate bool) (*ent.Contract, error) {
	return s.change(ctx, contractID, at{"etag", etag}, func(tx *storage.Txn, k *ent.Contract) (err error) {
		if _, err := SideOf(k, tx.Caller); err != nil {
			return err
		}
		if k.State, err = k.State.Next(contract.Propose); err != nil {
			return err
		}
		if !generate {
			if _, err := priced(k); err != nil {
				return err
			}
			if err := contract.CheckText(k.TextDigest); err != nil {
				return err
			}
			return save(ctx, tx, "contract.proposed", k)
		}
		page, err := write(ctx, tx.Client, k)
		if err != nil {
			return err
		}
		k.TextDigest = page.Digest()
		if err := save(ctx, tx, "contract.proposed", k); err != nil {
			return err
		}
		return tx.ContractText.Create().SetID(textID(k)).SetJurisdiction(k.Jurisdiction).SetContractID(k.ID).SetTemplate(page.Template).SetContent(page.HTML).Exec(ctx)
	})
}

// textID names the text of a contract that is in force or was proposed last.
func textID(k *ent.Contract) string { return fmt.Sprintf("%s-%d", k.ID, k.TextVersion) }

// Text is the text of a contract: what was proposed, or what would be.
func (s *Contracting) Text(ctx context.Context, contractID string) (page wording.Page, proposed bool, err error) {
	k, err := find(ctx, s.db.Read, identity.Caller(ctx), contractID)
	if err != nil {
		return page, false, err
	}
	if k.State == contract.Drafting {
		page, err = write(ctx, s.db.Read, k)
		return page, false, err
	}
	text, err := s.db.Read.ContractText.Get(ctx, textID(k))
	if ent.IsNotFound(err) {
		return page, false, contract.ErrTextOwn
	}
	if err != nil {
		return page, false, err
	}
	page = wording.Page{HTML: text.Content, Template: text.Template}
	if !bytes.Equal(page.Digest(), k.TextDigest) {
		return page, false, fmt.Errorf("the text %s is not the one that was proposed", text.ID)
	}
	return page, true, nil
}

// write writes a contract out.
func write(ctx context.Context, c *ent.Client, k *ent.Contract) (wording.Page, error) {
	clauses, err := priced(k)
	if err != nil {
		return wording.Page{}, err
	}
	field, _ := codes.Lookup(codes.TechnologyField, strings.ToUpper(string(k.Field)))
	f := wording.Facts{Contract: wording.Words("contracts/" + k.ID), Version: k.TextVersion, Class: k.Class, Title: wording.Words(k.Title), Field: wording.Words(field.Name),
		Total: k.TotalFen, Clauses: clauses}
	if err := parties(ctx, c, k, &f); err != nil {
		return wording.Page{}, err
	}
	stages, err := contract.DecodePlan(k.Plan)
	if err != nil {
		return wording.Page{}, err
	}
	for i, amount := range k.TotalFen.Split(contract.Shares(stages)) {
		f.Stages = append(f.Stages, wording.Stage{Title: wording.Words(stages[i].Title), Due: stages[i].Due, Share: stages[i].Share, Amount: amount, Indicators: every(stages[i].Indicators)})
	}
	return wording.Write(f)
}

// parties writes who contracts about what.
func parties(ctx context.Context, c *ent.Client, k *ent.Contract, f *wording.Facts) error {
	party := func(organizationID string) (wording.Party, error) {
		o, err := identity.Organization(ctx, c, organizationID)
		if err != nil {
			return wording.Party{}, err
		}
		return wording.Party{Name: wording.Words(o.DisplayName), Code: wording.Words(o.Uscc)}, nil
	}
	var err error
	if f.Buyer, err = party(k.BuyerID); err != nil {
		return err
	}
	if f.Seller, err = party(k.SellerID); err != nil {
		return err
	}
	if k.BrokerID != nil {
		broker, err := party(*k.BrokerID)
		if err != nil {
			return err
		}
		f.Broker = &broker
	}
	if k.DemandID == nil {
		return nil
	}
	d, err := c.Demand.Get(scope.Open(ctx, "a contract names the demand that it answers"), *k.DemandID)
	if err != nil {
		return err
	}
	content, err := detail.Decode(d.Details)
	if err != nil {
		return err
	}
	f.Demand = &wording.Demand{Title: wording.Words(d.Title)}
	if d.Number != nil {
		f.Demand.Number = wording.Words(*d.Number)
	}
	for _, i := range content.Indicators {
		f.Demand.Indicators = append(f.Demand.Indicators, wording.Words(i.String()))
	}
	return nil
}

func every(texts []string) (all []wording.Words) {
	for _, text := range texts {
		all = append(all, wording.Words(text))
	}
	return all
}
