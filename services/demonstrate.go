package services

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/jiebang/jiebang/services/counting"
	"github.com/jiebang/jiebang/services/demo"
	"github.com/jiebang/jiebang/services/demo/rehearsal"
	"github.com/jiebang/jiebang/services/internal/clock"
	"github.com/jiebang/jiebang/services/ledger"
	"github.com/jiebang/jiebang/services/money"
	"github.com/jiebang/jiebang/services/posting/demand"
	"github.com/jiebang/jiebang/services/reporting"
)

// ErrNotEmpty says that there is a market already, which a demonstration must not touch.
var ErrNotEmpty = errors.New("the database is not empty; the demonstration fills a fresh one only: choose another --data directory")

// OpenDemo opens an empty database, fills it with one bureau's last year through the API, and returns the server at the present time. The
// sentence is the report's own, each number computed from the ledger.
func OpenDemo(ctx context.Context, c Config, progress io.Writer) (s *Server, sentence string, err error) {
	now := clock.System{}.Now()
	year := now.In(demand.Zone).Year() - 1
	manual := clock.NewManual(time.Date(year, 1, 1, 8, 0, 0, 0, demand.Zone))
	shown := clock.NewSwitch(manual)
	c.Clock = shown
	c.Jurisdictions = []Jurisdiction{{"330182", "建德市科学技术局(演示)"}}
	if s, err = Open(ctx, c); err != nil {
		return nil, "", err
	}
	token := s.FirstTokens["330182"]
	if token == "" {
		return nil, "", errors.Join(ErrNotEmpty, s.Close())
	}
	err = demo.Fill(ctx, demo.Market{Conn: s.Conn(), Token: token, Set: manual.Set, Settle: s.Settle, Year: year, Now: now, Progress: progress})
	if err != nil {
		return nil, "", errors.Join(err, s.Close())
	}
	shown.To(clock.System{})
	if s.FirstTokens["330182"], err = s.identity.AdminToken(ctx, "330182"); err != nil {
		return nil, "", errors.Join(err, s.Close())
	}
	sentence, err = s.Sentence(ctx, "330182", year)
	return s, sentence, err
}

// Stage is this server for a rehearsal.
func (s *Server) Stage() rehearsal.Stage {
	return rehearsal.Stage{Conn: s.Conn(), Rand: s.db.Rand(), Now: s.db.Clock().Now, Found: func(ctx context.Context, p rehearsal.Part) (string, error) {
		f, err := s.Found(ctx, Founder{Login: p.Login, DisplayName: p.Name, Password: p.Password, Jurisdiction: p.Jurisdiction, Organization: p.Organization, Roles: []string{string(p.Role)}})
		return f.Member, err
	}}
}

// Rehearse founds the people of a rehearsal, by their logins: what each needs to log in, and a session.
func (s *Server) Rehearse(ctx context.Context, jurisdiction string) ([]rehearsal.Actor, error) {
	return s.Stage().Cast(ctx, jurisdiction)
}

// Settle does what is due and lets the consumers catch up, at once.
func (s *Server) Settle(ctx context.Context) error {
	if err := s.ledger.DoubtDue(ctx, s.config.Log); err != nil {
		return err
	}
	_, err := s.bidding.CloseDue(ctx)
	_, err2 := s.members.ExpireDue(ctx)
	_, err6 := s.opening.OpenDue(ctx)
	_, err3 := s.wiltDue(ctx)
	_, err4 := s.judging.SettleDue(ctx)
	_, err5 := s.objecting.EscalateDue(ctx)
	for _, due := range s.files.Jobs() {
		_, failed := due(ctx)
		err = errors.Join(err, failed)
	}
	_, err7 := s.registering.RemindDue(ctx)
	_, err8 := s.backfilling.RecordDue(ctx)
	return errors.Join(err, err2, err3, err4, err5, err6, err7, err8, s.ledger.CatchUp(ctx, reporting.Totals()), s.ledger.CatchUp(ctx, counting.Figures()), s.ledger.SignDue(ctx), s.witnessing.AskDue(ctx))
}

// Sentence is the sentence of the bureau's annual report, from the totals of its ledger.
func (s *Server) Sentence(ctx context.Context, jurisdiction string, year int) (string, error) {
	if _, err := ledger.Head(ctx, s.db.Read, jurisdiction); err != nil {
		return "", err
	}
	t, err := s.reporting.Total(ctx, reporting.Question{Jurisdiction: jurisdiction, From: fmt.Sprintf("%d-01", year), To: fmt.Sprintf("%d-12", year)})
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%d年,以“揭榜挂帅”形式发布需求%d项,揭榜并签订产学研合作、成果拍卖%d项,合作总金额%s万元。", year, t.All.Published,
		t.All.Signed.Count, money.Fen(t.All.Signed.Amount).Wan()), nil
}

// AdminToken issues another token for the bureau of a jurisdiction.
func (s *Server) AdminToken(ctx context.Context, jurisdiction string) (string, error) {
	return s.identity.AdminToken(ctx, jurisdiction)
}
