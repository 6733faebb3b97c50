// Command prove attacks the spine at full size and counts: it kills the server under load and looks for acknowledged writes that are gone,
// lets 32 callers award one demand, and submits bids around deadlines in virtual time. Each count is a line `name value`; what must be 0
// makes it fail. Tests run the same parts at a smaller size.
//
// With the argument "server" it is the server that is killed, and with "sealing-server" the one whose memory is read. With "identity" it proves who may do what
// instead, see identity.go; with "bundle" it sets two verifiers of bundles against each other, see bundle.go; with "sealed" it proves that bids are sealed, see
// sealed.go; with "contracts" that nobody bends what contracts come to, see contracts.go; with "monitoring" it plants
// bugs in red flags and monitoring cases.
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"os"
	"os/signal"
	"syscall"

	"github.com/jiebang/jiebang/services/internal/prove/sealing"
	"github.com/jiebang/jiebang/services/internal/prove/spine"
)

// parts are what the first argument may say.
var parts = map[string]func(context.Context, []string) error{
	"server": spine.Server, "sealing-server": sealing.Serve, "identity": proveIdentity, "bundle": proveBundle, "sealed": proveSealed, "contracts": proveContracts,
	"monitoring": proveMonitoring,
}

func main() {
	log.SetFlags(0)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if len(os.Args) > 1 && parts[os.Args[1]] != nil {
		if err := parts[os.Args[1]](ctx, os.Args[2:]); err != nil {
			log.Fatal(err)
		}
		return
	}
	sqlite := flag.Int("kills-sqlite", 200, "rounds of kill -9 on SQLite")
	postgres := flag.Int("kills-postgres", 50, "rounds of kill -9 on PostgreSQL, where it is installed")
	races := flag.Int("races", 200, "demands that 32 callers award at once")
	bids := flag.Int("bids", 10_000, "bids around deadlines")
	flag.Parse()
	if err := run(ctx, *sqlite, *postgres, *races, *bids); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, sqlite, postgres, races, bids int) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	kills, lost := 0, 0
	for _, d := range []struct {
		url    string
		rounds int
	}{{"", sqlite}, {os.Getenv("JIEBANG_TEST_POSTGRES"), postgres}} {
		if d.rounds == 0 || d.url == "" && d.rounds == postgres && kills > 0 {
			log.Print("PostgreSQL is not there: killed on SQLite alone")
			continue
		}
		r, err := spine.Kill(ctx, spine.Killing{Program: []string{self, "server"}, Database: d.url, Rounds: d.rounds, Progress: os.Stderr})
		if err != nil {
			return err
		}
		kills, lost = kills+r.Kills, lost+r.Lost
	}
	fmt.Printf("kills %d\nlost %d\n", kills, lost)
	double, err := spine.RaceAwards(ctx, races)
	if err != nil {
		return err
	}
	fmt.Printf("award_races %d\ndouble_awards %d\n", races, double)
	wrong, err := spine.RaceDeadlines(ctx, bids)
	if err != nil {
		return err
	}
	fmt.Printf("deadline_bids %d\ndeadline_wrong %d\n", bids, wrong)
	if lost+double+wrong > 0 {
		return fmt.Errorf("the spine does not hold")
	}
	return nil
}
