package crossorg

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"google.golang.org/protobuf/proto"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// theirs are the metrics of the process and of the machine, how long things took, and how often a job looked whether it was time: what the clock of the machine
// makes of the same history differs by itself.
var theirs = regexp.MustCompile(`(?m)^(#|go_|process_|promhttp_|\w+_(bucket|sum)\{|\w+_count\{method="[a-z]+\.[a-z_]+"\}).*\n`)

// metrics are what anybody reads of the figures of a world.
func (w *world) metrics(ctx context.Context) (string, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+w.http+"/metrics", nil)
	if err != nil {
		return "", err
	}
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	return theirs.ReplaceAllString(string(body), ""), err
}

// exports are the bytes of every table that somebody takes, those of its own organization too.
func (w *world) exports(ctx context.Context, who somebody) (string, error) {
	var all strings.Builder
	publishing := pb.NewPublishingServiceClient(w.server.Conn())
	take := func(what string, next func() (*pb.ExportTableResponse, error)) error {
		for {
			part, err := next()
			if errors.Is(err, io.EOF) {
				return nil
			}
			if err != nil {
				_, err = fmt.Fprintf(&all, "%s: %v\n", what, err)
				return err
			}
			bytes, err := proto.MarshalOptions{Deterministic: true}.Marshal(part)
			if err != nil {
				return err
			}
			_, _ = fmt.Fprintf(&all, "%s: %x\n", what, bytes)
		}
	}
	for _, table := range []pb.Export_Table{pb.Export_DEMANDS, pb.Export_TOTALS, pb.Export_RELEASES, pb.Export_RECORDS, pb.Export_CHANGES} {
		s, err := publishing.ExportTable(who.as(ctx), &pb.ExportTableRequest{Parent: "ledgers/" + home, Table: table, Format: pb.Export_NDJSON})
		if err := errors.Join(err, take(table.String(), s.Recv)); err != nil {
			return "", err
		}
	}
	if who.secret == "" {
		return all.String(), nil
	}
	for _, table := range []pb.Export_Table{pb.Export_DEMANDS, pb.Export_CONTRACTS} {
		s, err := publishing.ExportOwnTable(who.as(ctx), &pb.ExportOwnTableRequest{RequestId: w.id(), Parent: "ledgers/" + home, Table: table, Format: pb.Export_CSV})
		if err := errors.Join(err, take("own "+table.String(), s.Recv)); err != nil {
			return "", err
		}
	}
	return all.String(), nil
}

// channels compares what the worlds answered while their histories went on, what they tell of themselves, and the exports that somebody takes.
func (r *Result) channels(ctx context.Context, both [2]*world, who string) error {
	r.compare("public moves", &pb.GetDemandRequest{}, [2]string{strings.Join(both[0].heard, "\n"), strings.Join(both[1].heard, "\n")})
	var heard [2]string
	for _, channel := range []struct {
		name string
		read func(*world) (string, error)
	}{
		{"exports of " + who, func(w *world) (string, error) { return w.exports(ctx, w.observers[who]) }},
		{"metrics", func(w *world) (string, error) { return w.metrics(ctx) }},
	} {
		for v, w := range both {
			var err error
			if heard[v], err = channel.read(w); err != nil {
				return err
			}
		}
		if heard[0] != heard[1] {
			a, b := apart(heard)
			heard = [2]string{strings.Join(a, "\n"), strings.Join(b, "\n")}
		}
		r.compare(channel.name, &pb.ListDemandsRequest{}, heard)
	}
	return nil
}

// apart are the lines that the one has and the other has not.
func apart(heard [2]string) (a, b []string) {
	left, right := strings.Split(heard[0], "\n"), strings.Split(heard[1], "\n")
	without := func(of, others []string) []string {
		return slices.DeleteFunc(slices.Clone(of), func(line string) bool { return slices.Contains(others, line) })
	}
	return without(left, right), without(right, left)
}
