package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"time"
)

const (
	starts     = 5
	idleAfter  = 3 * time.Second
	startLimit = 30 * time.Second
	megabyte   = 1 << 20
)

// start measures the server as it is shipped: how fast it answers from nothing, what it weighs at rest and on disk.
func start(ctx context.Context, b *bench) error {
	binary := filepath.Join(b.dir, "jiebangd")
	build := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags", "-s -w", "-o", binary, "github.com/jiebang/jiebang/cmd/jiebangd")
	if out, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("build the server: %w: %s", err, out)
	}
	info, err := os.Stat(binary)
	if err != nil {
		return err
	}
	var times []float64
	var idle float64
	for i := range starts {
		rest := time.Duration(0)
		if i == starts-1 {
			rest = idleAfter
		}
		ms, mb, err := startOnce(ctx, b, binary, rest)
		if err != nil {
			return err
		}
		log.Printf("  start %d: %.0f ms", i+1, ms)
		times, idle = append(times, ms), mb
	}
	b.print("start_ms", median(times), "ms")
	b.print("idle_mb", idle, "MB")
	b.print("binary_mb", float64(info.Size())/megabyte, "MB")
	return nil
}

// startOnce starts the server in an empty directory and returns when it was ready, and its memory once it has rested.
func startOnce(ctx context.Context, b *bench, binary string, rest time.Duration) (ms, mb float64, err error) {
	dir, err := b.sub("start")
	if err != nil {
		return 0, 0, err
	}
	grpcAddress, err1 := freeAddress()
	httpAddress, err2 := freeAddress()
	if err := errors.Join(err1, err2); err != nil {
		return 0, 0, err
	}
	cmd := exec.CommandContext(ctx, binary, "serve", "--data", filepath.Join(dir, "data"), "--grpc", grpcAddress, "--http", httpAddress)
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	began := time.Now()
	if err := cmd.Start(); err != nil {
		return 0, 0, err
	}
	err = awaitReady(ctx, "http://"+httpAddress+"/readyz")
	ms = milliseconds(time.Since(began))
	if err == nil && rest > 0 {
		time.Sleep(rest - time.Since(began))
		mb, err = memory(cmd.Process.Pid, "VmRSS:")
	}
	err = errors.Join(err, cmd.Process.Signal(syscall.SIGTERM), cmd.Wait())
	if err != nil {
		err = fmt.Errorf("%w: %s", err, said.String())
	}
	return ms, mb, err
}

func awaitReady(ctx context.Context, url string) error {
	ctx, cancel := context.WithTimeout(ctx, startLimit)
	defer cancel()
	for {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			return err
		}
		resp, err := http.DefaultClient.Do(req)
		if err == nil {
			_ = resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				return nil
			}
		}
		if ctx.Err() != nil {
			return fmt.Errorf("%s does not answer: %w", url, errors.Join(err, ctx.Err()))
		}
		time.Sleep(time.Millisecond)
	}
}

func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

// memory reads a size of a process from Linux in MB: VmRSS is what it has, VmHWM the most that it had.
func memory(pid int, name string) (float64, error) {
	text, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "status"))
	if err != nil {
		return 0, err
	}
	for line := range bytes.Lines(text) {
		if fields := bytes.Fields(line); len(fields) == 3 && string(fields[0]) == name {
			kilobytes, err := strconv.ParseFloat(string(fields[1]), 64)
			return kilobytes / 1024, err
		}
	}
	return 0, fmt.Errorf("process %d has no %s", pid, name)
}
