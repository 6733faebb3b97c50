package storagetest

import (
	"database/sql"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"time"
)

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

// ErrNoPostgres says that PostgreSQL's programs are not on this machine.
var ErrNoPostgres = errors.New("PostgreSQL's programs (initdb, postgres) are not installed")

// StartPostgres makes a cluster in a temporary directory, starts a server with the settings (name=value) on loopback, and waits until it
// answers.
func StartPostgres(settings ...string) (address string, stop func(), err error) {
	bin, ok := programs()
	if !ok {
		return "", nil, ErrNoPostgres
	}
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
	arguments := []string{"-D", data, "-k", dir, "-p", strconv.Itoa(port)}
	for _, s := range append([]string{"listen_addresses=127.0.0.1", "max_connections=300", "shared_buffers=256MB", "logging_collector=off"}, settings...) {
		arguments = append(arguments, "-c", s)
	}
	server := exec.Command(filepath.Join(bin, "postgres"), arguments...)
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
	address = fmt.Sprintf("postgres://postgres@127.0.0.1:%d/postgres?sslmode=disable", port)
	db, err := sql.Open("pgx", address)
	if err != nil {
		return "", nil, err
	}
	defer db.Close()
	for range 400 {
		if db.Ping() == nil {
			return address, stop, nil
		}
		time.Sleep(25 * time.Millisecond)
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
