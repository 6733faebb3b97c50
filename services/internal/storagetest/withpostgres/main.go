// Command withpostgres starts a private PostgreSQL on loopback, runs a command with its address in JIEBANG_TEST_POSTGRES, and stops it.
// Without PostgreSQL's programs it runs the command on SQLite alone and says so, or fails if JIEBANG_REQUIRE_ALL is set.
//
// Usage: withpostgres COMMAND [ARGUMENT…]
package main

import (
	"errors"
	"log"
	"os"
	"os/exec"
	"os/signal"
	"syscall"

	"github.com/jiebang/jiebang/services/internal/storagetest"
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
	address, stop, err := storagetest.StartPostgres()
	if errors.Is(err, storagetest.ErrNoPostgres) && os.Getenv("JIEBANG_REQUIRE_ALL") == "" {
		log.Print(err, ": running on SQLite alone")
		return execute(args, os.Environ())
	}
	if err != nil {
		return 1, err
	}
	defer stop()
	return execute(args, append(os.Environ(), addressVariable+"="+address))
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
