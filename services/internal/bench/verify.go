package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/jiebang/jiebang/services/internal/bench/bundle"
	"github.com/jiebang/jiebang/services/reporting/replay"
)

// verifyArgument makes this program verify a bundle and do nothing else.
const verifyArgument = "verify-bundle"

// verifyMillion verifies a bundle of a million entries offline, in a process of its own.
func verifyMillion(ctx context.Context, b *bench) error {
	file := filepath.Join(b.dir, "bundle.jsonl")
	began := time.Now()
	if err := bundle.Write(file, million); err != nil {
		return err
	}
	info, err := os.Stat(file)
	if err != nil {
		return err
	}
	log.Printf("  wrote a bundle of %d entries, %d MB, in %s", million, info.Size()/megabyte, time.Since(began).Round(time.Second))
	self, err := os.Executable()
	if err != nil {
		return err
	}
	child := exec.CommandContext(ctx, self, verifyArgument, file)
	child.Stderr = os.Stderr
	out, err := child.Output()
	if err != nil {
		return fmt.Errorf("verify: %w", err)
	}
	var seconds, mb float64
	if _, err := fmt.Sscan(string(out), &seconds, &mb); err != nil {
		return fmt.Errorf("verify said %q: %w", out, err)
	}
	b.print("verify_million_s", seconds, "s")
	b.print("verify_million_mb", mb, "MB")
	return nil
}

// verifyHere verifies a bundle as the client app does and prints the seconds and the most memory. The memory is VmHWM: the Maxrss of a child
// counts what its parent had when it was started.
func verifyHere(file string, out io.Writer) error {
	f, err := os.Open(filepath.Clean(file))
	if err != nil {
		return err
	}
	began := time.Now()
	report, err := replay.Verify(bufio.NewReaderSize(f, 1<<16), replay.Options{})
	took := time.Since(began)
	if err := errors.Join(err, f.Close()); err != nil {
		return err
	}
	for _, p := range report.Problems {
		log.Printf("  %s", p)
	}
	if len(report.Problems) > 0 || report.Size != million {
		return fmt.Errorf("%d entries and %d problems in a bundle of %d good entries", report.Size, int64(len(report.Problems))+report.More, million)
	}
	log.Printf("  %d demands, %d contracts, no problem", report.DemandsPublished, report.ContractsSigned)
	mb, err := memory(os.Getpid(), "VmHWM:")
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(out, took.Seconds(), mb)
	return err
}
