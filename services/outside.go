package services

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/jiebang/jiebang/services/ledger/witness"
	"github.com/jiebang/jiebang/services/witnessing"
)

// Officers are two who answer for going on from a database that was rolled back.
type Officers = witnessing.Officers

// Officer is one of them.
type Officer = witnessing.Officer

// guard refuses a database that does not continue what is known outside of its ledgers, unless two officers answer for it; then the ledger says so.
func (s *Server) guard(ctx context.Context) error {
	var members []witness.Member
	if s.config.WitnessesFile != "" {
		text, err := os.ReadFile(s.config.WitnessesFile)
		if err != nil {
			return err
		}
		p, err := witness.ParsePolicy(string(text))
		if err != nil {
			return fmt.Errorf("%s: %w", s.config.WitnessesFile, err)
		}
		members = p.Witnesses
	}
	s.witnessing = witnessing.New(s.db, s.ledger, s.config.AnchorFile, members)
	var codes []string
	for _, j := range s.config.Jurisdictions {
		codes = append(codes, j.Code)
	}
	found, err := s.witnessing.Guard(ctx, codes, s.config.Log)
	if err != nil {
		return err
	}
	var errs []error
	var by witnessing.Pair
	for _, r := range found {
		two := s.config.AcceptRollback
		if two == nil || two.Jurisdiction != r.Jurisdiction {
			errs = append(errs, r)
			continue
		}
		if by == (witnessing.Pair{}) { // a code is good for once
			if by, err = s.witnessing.Vouched(ctx, s.accounts, *two); err != nil {
				return err
			}
		}
		errs = append(errs, s.witnessing.Accept(ctx, r, by))
	}
	return errors.Join(errs...)
}
