package retries_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/jiebang/jiebang/services"
	"github.com/jiebang/jiebang/services/internal/clock"
	"github.com/jiebang/jiebang/services/internal/markettest"
)

// serving tells a process of this test that it is the server that dies: its value is the data directory.
const serving = "JIEBANG_RETRIES_SERVER"

func TestMain(m *testing.M) {
	if os.Getenv(serving) == "" {
		os.Exit(m.Run())
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := serve(ctx, os.Getenv(serving), os.Args[1], os.Args[2])
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// config is that of the server, on a database at an instant.
func config(dir, url string, at time.Time) services.Config {
	return services.Config{DataDir: dir, Database: url, GRPCAddress: "localhost:0", HTTPAddress: "localhost:0", Clock: clock.NewManual(at), Limits: services.Unlimited,
		Jurisdictions: []services.Jurisdiction{{Code: markettest.Jurisdiction, Bureau: "建德市科学技术局"}, {Code: markettest.Other, Bureau: "淳安县科学技术局"}}}
}

// serve prints its address and serves until it is interrupted.
func serve(ctx context.Context, dir, url, micro string) error {
	at, err := strconv.ParseInt(micro, 10, 64)
	if err != nil {
		return err
	}
	s, err := services.Open(ctx, config(dir, url, time.UnixMicro(at).UTC()))
	if err != nil {
		return err
	}
	defer s.Close()
	return s.Serve(ctx, func(a services.Addresses) { fmt.Println(a.GRPC) })
}

// server is one life of it.
type server struct {
	cmd     *exec.Cmd
	address string
}

// start starts a server that dies at a point of a method, if it has one.
func (x *crashed) start(t *testing.T, point, method string) *server {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self, x.url, strconv.FormatInt(x.at.UnixMicro(), 10))
	cmd.Env = append(os.Environ(), serving+"="+x.dir, "JIEBANG_CRASH="+point+" "+method)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	address, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("the server does not start: %v", err)
	}
	return &server{cmd, strings.TrimSpace(address)}
}

// kill kills it some time after it was asked.
func (s *server) kill(t *testing.T, after time.Duration) {
	t.Helper()
	time.Sleep(after)
	if err := s.cmd.Process.Kill(); err != nil {
		t.Error(err)
	}
}

// died makes sure that it was killed, by itself or by the test: a point that is not reached proves nothing.
func (s *server) died(t *testing.T, where string) {
	t.Helper()
	late := time.AfterFunc(20*time.Second, func() { _ = s.cmd.Process.Signal(os.Interrupt) })
	defer late.Stop()
	_ = s.cmd.Wait()
	if status, ok := s.cmd.ProcessState.Sys().(syscall.WaitStatus); !ok || !status.Signaled() || status.Signal() != syscall.SIGKILL {
		t.Errorf("the server did not die at %s: %v", where, s.cmd.ProcessState)
	}
}

// end stops it as an operator does.
func (s *server) end(t *testing.T) {
	t.Helper()
	if err := s.cmd.Process.Signal(os.Interrupt); err != nil {
		t.Error(err)
	}
	if err := s.cmd.Wait(); err != nil {
		t.Errorf("the server stopped badly: %v", err)
	}
}

// dial connects to a server.
func dial(t *testing.T, address string) *grpc.ClientConn {
	t.Helper()
	conn, err := grpc.NewClient(address, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}
