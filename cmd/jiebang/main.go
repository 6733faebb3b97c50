// Command jiebang is the client app of the marketplace for firms, universities, institutes, the bureau and its auditors.
//
//   - stdout has data only; notes, prompts, receipts and errors go to stderr.
//   - Exit codes keep their meaning (jiebang help exit-codes).
//   - What changes something carries a request_id, printed before the call, and can be repeated with it safely.
//   - What binds an organization is shown before it is confirmed.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/jedib0t/go-pretty/v6/text"
	"github.com/spf13/cobra"

	"github.com/jiebang/jiebang/cmd/jiebang/internal/account"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/backfilling"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/cli"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/contracting"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/custody"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/exporting"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/failure"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/filing"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/judging"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/keeping"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/member"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/monitoring"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/noticing"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/offering"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/organization"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/reference"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/registering"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/reporting"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/searching"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/settling"
	"github.com/jiebang/jiebang/cmd/jiebang/internal/witness"
)

func main() {
	// Ambiguous characters such as “ and ① are one column wide in every locale, or tables would not line up in all of them.
	text.OverrideRuneWidthEastAsianWidth(false)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second Ctrl-C ends the program at once
	os.Exit(run(ctx, os.Args[1:], &cli.App{Getenv: os.Getenv, In: os.Stdin, Out: os.Stdout, Err: os.Stderr, Now: time.Now}))
}

// app has the commands.
type app struct{ *cli.App }

// run is the program without the process around it, which is c.
func run(ctx context.Context, args []string, c *cli.App) int {
	c.English = cli.English(args, c.Getenv)
	a := &app{c}
	err := a.Execute(ctx, a.root(), args)
	if err != nil {
		failure.Print(a.Err, err, a.Failure())
	}
	return failure.Code(err)
}

func (a *app) root() *cobra.Command {
	root := a.Root("jiebang", "揭榜挂帅技术需求交易平台客户端", "Client of the Jiebang technology marketplace",
		organization.Command(a.App), organization.Token(a.App), member.Command(a.App), member.Invitation(a.App), member.Approval(a.App), member.Approve(a.App),
		a.demandCommand(), offering.Achievement(a.App), offering.Profile(a.App), a.bidCommand(), judging.Evaluation(a.App), judging.Panel(a.App), judging.Score(a.App), judging.Objection(a.App),
		contracting.Command(a.App, contracting.Demand{Name: demandKind().Name, CompleteFlag: demandKind().CompleteFlag}), settling.Amendment(a.App, contracting.Lookup()),
		settling.Milestone(a.App, contracting.Lookup()), settling.Payment(a.App, contracting.Lookup()), registering.Command(a.App, contracting.Lookup()), backfilling.Command(a.App), a.auditCommand(), reporting.Command(a.App, reporting.Ledger{Name: a.ledger, Flag: a.ledgerFlag}), monitoring.Command(a.App, monitoring.Ledger{Name: a.ledger, Flag: a.ledgerFlag}), witness.Command(a.App), reference.Command(a.App),
		searching.Search(a.App), searching.Match(a.App), noticing.Inbox(a.App), noticing.Webhook(a.App), noticing.Watch(a.App),
		exporting.Command(a.App),
		filing.Command(a.App),
		custody.Command(a.App, keeping.Commands(a.App)...), custody.ReceiptCommand(a.App),
		account.Login(a.App), account.Logout(a.App), account.Whoami(a.App), account.Session(a.App), account.Password(a.App), account.Factor(a.App), account.StepUp(a.App),
		account.Account(a.App), account.Device(a.App), a.completionCommand(), a.versionCommand(),
		a.exitCodesTopic(), a.formattingTopic(), a.environmentTopic(),
	)
	root.Example = "  jiebang login --server jiebang.example.gov.cn:9090\n" +
		"  jiebang demand list --state published\n" +
		"  jiebang demand create --title 纳米碳酸钙连续制备 --field 新材料 --amount 41.8万元 --deadline \"2026-12-31 18:00\""
	return root
}
