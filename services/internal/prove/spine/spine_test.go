package spine_test

import (
	"context"
	"log"
	"os"
	"testing"

	"github.com/jiebang/jiebang/services/internal/prove/spine"
)

// TestMain is also the server that the tests kill.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "server" {
		if err := spine.Server(context.Background(), os.Args[2:]); err != nil {
			log.Fatal(err)
		}
		return
	}
	os.Exit(m.Run())
}

func TestKill(t *testing.T) {
	for name, test := range map[string]struct {
		database string
		rounds   int
	}{"sqlite": {"", 10}, "postgres": {os.Getenv("JIEBANG_TEST_POSTGRES"), 5}} {
		if name == "postgres" && test.database == "" {
			t.Log("PostgreSQL is not there: killed on SQLite alone")
			continue
		}
		t.Run(name, func(t *testing.T) {
			r, err := spine.Kill(t.Context(), spine.Killing{Program: []string{os.Args[0], "server"}, Database: test.database, Rounds: test.rounds, Progress: t.Output()})
			if err != nil {
				t.Fatal(err)
			}
			if r.Lost > 0 || r.Acked == 0 || r.Unsure == 0 {
				t.Errorf("got %+v, want nothing lost, and some writes with and some without an answer", r)
			}
		})
	}
}

func TestRaceAwards(t *testing.T) {
	double, err := spine.RaceAwards(t.Context(), 20)
	if err != nil || double > 0 {
		t.Errorf("got %d demands without exactly one winner, %v", double, err)
	}
}

func TestRaceDeadlines(t *testing.T) {
	wrong, err := spine.RaceDeadlines(t.Context(), 1000)
	if err != nil || wrong > 0 {
		t.Errorf("got %d wrong decisions, %v", wrong, err)
	}
}
