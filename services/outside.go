package services

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/jiebang/jiebang/services/ledger/witness"
	"github.com/jiebang/jiebang/services/witnessing"
)

// guard refuses a database that does not continue what is known outside of its ledgers. If the operator accepts that, it returns what is to be said of it in
// the ledgers.
func (s *Server) guard(ctx context.Context) ([]witnessing.Rollback, error) {
	var members []witness.Member
	if s.config.WitnessesFile != "" {
		text, err := os.ReadFile(s.config.WitnessesFile)
		if err != nil {
			return nil, err
		}
		p, err := witness.ParsePolicy(string(text))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", s.config.WitnessesFile, err)
		}
		members = p.Witnesses
	}
	s.witnessing = witnessing.New(s.db, s.ledger, s.config.AnchorFile, members)
	var codes []string
	for _, j := range s.config.Jurisdictions {
		codes = append(codes, j.Code)
	}
	found, err := s.witnessing.Guard(ctx, codes, s.config.Log)
	if err != nil || s.config.AcceptRollback {
		return found, err
	}
	var errs []error
	for _, r := range found {
		errs = append(errs, r)
	}
	return nil, errors.Join(errs...)
}
