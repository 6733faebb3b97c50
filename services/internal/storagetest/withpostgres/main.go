// Command withpostgres starts a private PostgreSQL on loopback, runs a command with its address in JIEBANG_TEST_POSTGRES, and stops it.
// Without PostgreSQL's programs it runs the command on SQLite alone and says so, or fails if JIEBANG_REQUIRE_ALL is set.
//
// Usage: withpostgres COMMAND [ARGUMENT…]
package main

import (
	"errors"
	"fmt"
	"log"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"time"
)

const addressVariable = "JIEBANG_TEST_POSTGRES"

func main() {
	log.SetFlags(0)
	log.SetPrefix("withpostgres: ")
	code, err := run(os.Args[1:])
	if err != nil {
		log.Print(err)
	}
	os.Exit(code)
}

func run(args []string) (int, error) {
	if len(args) == 0 {
		return 2, errors.New("no command given")
	}
	if os.Getenv(addressVariable) != "" {
		return execute(args, os.Environ())
	}
	bin, ok := programs()
	if !ok {
		if os.Getenv("JIEBANG_REQUIRE_ALL") != "" {
			return 1, errors.New("PostgreSQL's programs (initdb, postgres) are not installed")
		}
		log.Print("PostgreSQL is not installed: running on SQLite alone")
		return execute(args, os.Environ())
	}
	address, stop, err := start(bin)
	if err != nil {
		return 1, err
	}
	defer stop()
	return execute(args, append(os.Environ(), addressVariable+"="+address))
}

// programs finds the directory of PostgreSQL's programs; Debian keeps them off the path.
func programs() (string, bool) {
	candidates, _ := filepath.Glob("/usr/lib/postgresql/*/bin")
	slices.Sort(candidates)
	slices.Reverse(candidates)
	if p, err := exec.LookPath("initdb"); err == nil {
		candidates = append(candidates, filepath.Dir(p))
	}
	for _, dir := range candidates {
		if _, err := os.Stat(filepath.Join(dir, "initdb")); err == nil {
			return dir, true
		}
	}
	return "", false
}

// start makes a cluster in a temporary directory and waits until it answers.
func start(bin string) (address string, stop func(), err error) {
	dir, err := os.MkdirTemp("", "jiebang-postgres-")
	if err != nil {
		return "", nil, err
	}
	credential, err := unprivileged(dir)
	if err != nil {
		return "", nil, err
	}
	data := filepath.Join(dir, "data")
	initdb := exec.Command(filepath.Join(bin, "initdb"), "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync")
	initdb.SysProcAttr = &syscall.SysProcAttr{Credential: credential}
	if out, err := initdb.CombinedOutput(); err != nil {
		return "", nil, fmt.Errorf("initdb: %w: %s", err, out)
	}
	port, err := freePort()
	if err != nil {
		return "", nil, err
	}
	server := exec.Command(filepath.Join(bin, "postgres"), "-D", data, "-k", dir, "-p", strconv.Itoa(port),
		"-c", "listen_addresses=127.0.0.1", "-c", "max_connections=300", "-c", "shared_buffers=256MB", "-c", "logging_collector=off")
	server.SysProcAttr = &syscall.SysProcAttr{Credential: credential, Setpgid: true}
	logFile, err := os.Create(filepath.Join(dir, "log"))
	if err != nil {
		return "", nil, err
	}
	server.Stdout, server.Stderr = logFile, logFile
	if err := server.Start(); err != nil {
		return "", nil, err
	}
	stop = func() {
		_ = server.Process.Signal(syscall.SIGINT) // fast shutdown
		_ = server.Wait()
		_ = os.RemoveAll(dir)
	}
	for range 200 {
		c, err := net.DialTimeout("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)), time.Second)
		if err == nil {
			_ = c.Close()
			return fmt.Sprintf("postgres://postgres@127.0.0.1:%d/postgres?sslmode=disable", port), stop, nil
		}
		time.Sleep(50 * time.Millisecond)
	}
	out, _ := os.ReadFile(logFile.Name())
	stop()
	return "", nil, fmt.Errorf("PostgreSQL does not answer: %s", out)
}

// unprivileged gives dir to a user that PostgreSQL agrees to run as: postgres if we are root, else ourselves.
func unprivileged(dir string) (*syscall.Credential, error) {
	if os.Getuid() != 0 {
		return nil, nil
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		return nil, err
	}
	uid, err := strconv.Atoi(u.Uid)
	if err != nil {
		return nil, err
	}
	gid, err := strconv.Atoi(u.Gid)
	if err != nil {
		return nil, err
	}
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, os.Chown(dir, uid, gid)
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

func execute(args, env []string) (int, error) {
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Env, cmd.Stdin, cmd.Stdout, cmd.Stderr = env, os.Stdin, os.Stdout, os.Stderr
	signals := make(chan os.Signal, 4)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	if err := cmd.Start(); err != nil {
		return 1, err
	}
	go func() {
		for s := range signals {
			_ = cmd.Process.Signal(s)
		}
	}()
	err := cmd.Wait()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return exit.ExitCode(), nil
	}
	if err != nil {
		return 1, err
	}
	return 0, nil
}
