package spine

import (
	"bufio"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/proto"

	"github.com/jiebang/jiebang/services"
	"github.com/jiebang/jiebang/services/internal/chance"

	pb "github.com/jiebang/jiebang/proto/gen/jiebang/v1"
)

// Server is the server that is killed: it prints its address and its first token, if it has one.
func Server(ctx context.Context, args []string) error {
	if len(args) != 2 {
		return errors.New("usage: server DATA DATABASE")
	}
	s, err := services.Open(ctx, services.Config{DataDir: args[0], Database: args[1], GRPCAddress: "localhost:0", HTTPAddress: "localhost:0", Limits: services.Unlimited})
	if err != nil {
		return err
	}
	err = s.Serve(ctx, func(a services.Addresses) { fmt.Printf("%s %s\n", a.GRPC, s.FirstTokens[jurisdiction]) })
	return errors.Join(err, s.Close())
}

// Killing is how a server is killed.
type Killing struct {
	Program  []string // starts Server; the data directory and the database follow
	Database string   // URL of a PostgreSQL in which a schema is made; SQLite if empty
	Rounds   int
	Progress io.Writer
}

// Killed is what came of it.
type Killed struct {
	Kills  int // rounds in which the server was killed under load
	Acked  int // writes that were acknowledged
	Lost   int // acknowledged writes that were not there, or not as they were answered, or twice
	Unsure int // writes without an answer, repeated with the same request_id after the restart
}

const writers = 8

// Kill starts the server, writes from several callers, kills it with SIGKILL at a random moment, starts it again and looks at every answer
// that was given; what had no answer is repeated with its request_id and must then be there once. The ledger must verify each time.
func Kill(ctx context.Context, k Killing) (r Killed, err error) {
	dir, err := os.MkdirTemp("", "jiebang-kill-")
	if err != nil {
		return r, err
	}
	defer os.RemoveAll(dir)
	database := filepath.Join(dir, "jiebang.db")
	if k.Database != "" {
		var drop func() error
		if database, drop, err = Schema(ctx, k.Database); err != nil {
			return r, err
		}
		defer func() { err = errors.Join(err, drop()) }()
	}
	p := &patient{killing: k, dir: dir, database: database}
	for round := range k.Rounds {
		if err := p.round(ctx, &r, round); err != nil {
			return r, fmt.Errorf("round %d: %w", round, err)
		}
		_, _ = fmt.Fprintf(k.Progress, "\rkilled %d/%d, %d acknowledged, %d without an answer, %d lost ", round+1, k.Rounds, r.Acked, r.Unsure, r.Lost)
	}
	_, _ = fmt.Fprintln(k.Progress)
	return r, nil
}

// Schema makes an empty schema in a PostgreSQL database and returns its address, and how it is dropped.
func Schema(ctx context.Context, base string) (address string, drop func() error, err error) {
	db, err := sql.Open("pgx", base)
	if err != nil {
		return "", nil, err
	}
	name := fmt.Sprintf("kill_%x", chance.Bytes(chance.System(), 16))
	if _, err := db.ExecContext(ctx, "CREATE SCHEMA "+name); err != nil {
		return "", nil, err
	}
	u, err := url.Parse(base)
	if err != nil {
		return "", nil, err
	}
	q := u.Query()
	q.Set("search_path", name)
	u.RawQuery = q.Encode()
	return u.String(), func() error {
		_, err := db.ExecContext(context.Background(), "DROP SCHEMA "+name+" CASCADE")
		return errors.Join(err, db.Close())
	}, nil
}

// patient is the server that is killed again and again.
type patient struct {
	killing       Killing
	dir, database string
	admin         string
	firm          member
}

// process is one life of the server.
type process struct {
	cmd *exec.Cmd
	client
	conn *grpc.ClientConn
}

func (p *patient) start(ctx context.Context) (*process, error) {
	args := append(append([]string{}, p.killing.Program...), p.dir, p.database)
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		return nil, errors.Join(fmt.Errorf("the server does not start: %w", err), cmd.Wait())
	}
	address, token, _ := strings.Cut(strings.TrimSpace(line), " ")
	if token != "" {
		p.admin = token
	}
	conn, err := grpc.NewClient(address, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return nil, err
	}
	s := &process{cmd: cmd, client: newClient(conn), conn: conn}
	if p.firm.name == "" {
		p.firm, err = s.join(ctx, p.admin, pb.Organization_ENTERPRISE, 0)
	}
	return s, err
}

func (s *process) kill() {
	_ = s.cmd.Process.Kill() // SIGKILL
	_ = s.cmd.Wait()
	_ = s.conn.Close()
}

// attempt is one write: its request, and the answer if there was one.
type attempt struct {
	request *pb.CreateDemandRequest
	answer  *pb.Demand
}

func (p *patient) round(ctx context.Context, r *Killed, round int) error {
	s, err := p.start(ctx)
	if err != nil {
		return err
	}
	var mu sync.Mutex
	var attempts []*attempt
	stop := make(chan struct{})
	var running sync.WaitGroup
	for w := range writers {
		running.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-stop:
					return
				default:
				}
				a := &attempt{request: &pb.CreateDemandRequest{RequestId: chance.UUID(chance.System()), Demand: &pb.Demand{
					Title: fmt.Sprintf("写入 %d-%d-%d", round, w, i), Field: pb.TechnologyField_NEW_MATERIALS}}}
				mu.Lock()
				attempts = append(attempts, a)
				mu.Unlock()
				answer, err := s.demands.CreateDemand(as(ctx, p.firm.secret), a.request)
				if err != nil {
					return
				}
				a.answer = answer
			}
		})
	}
	time.Sleep(time.Duration(20+rand.IntN(180)) * time.Millisecond)
	s.kill()
	close(stop)
	running.Wait()
	r.Kills++
	return p.examine(ctx, r, attempts)
}

// examine starts the server again and compares it with what was answered.
func (p *patient) examine(ctx context.Context, r *Killed, attempts []*attempt) error {
	s, err := p.start(ctx)
	if err != nil {
		return err
	}
	defer s.kill()
	ctx = as(ctx, p.firm.secret)
	for _, a := range attempts {
		again, err := s.demands.CreateDemand(ctx, a.request)
		if err != nil {
			return err
		}
		if a.answer == nil {
			r.Unsure++
		} else {
			r.Acked++
			if !proto.Equal(again, a.answer) {
				r.Lost++
				continue
			}
		}
		if there, err := s.demands.GetDemand(ctx, &pb.GetDemandRequest{Name: again.GetName()}); err != nil || !proto.Equal(there, again) {
			r.Lost++
		}
	}
	n, err := s.count(ctx, attempts)
	if err != nil {
		return err
	}
	if n != len(attempts) {
		r.Lost += max(n-len(attempts), len(attempts)-n) // a write that was done twice is as bad
	}
	return s.verify(ctx, p.admin)
}

// count counts the demands of a round.
func (s *process) count(ctx context.Context, attempts []*attempt) (n int, err error) {
	if len(attempts) == 0 {
		return 0, nil
	}
	prefix, _, _ := strings.Cut(attempts[0].request.GetDemand().GetTitle(), "-")
	token := ""
	for {
		page, err := s.demands.ListDemands(ctx, &pb.ListDemandsRequest{PageSize: 200, PageToken: token, Filter: fmt.Sprintf("title:%q", prefix+"-")})
		if err != nil {
			return n, err
		}
		n += len(page.GetDemands())
		if token = page.GetNextPageToken(); token == "" {
			return n, nil
		}
	}
}
