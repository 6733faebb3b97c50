// Package clamavtest is a clamd for tests: it speaks PING and INSTREAM as clamd does, and finds EICAR's test file wherever it stands.
package clamavtest

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"testing"
)

// EICAR is the text that every scanner finds. It is in two parts here, or it would be found in this file.
const EICAR = "X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + "EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"

// MaxStream is how many bytes it takes, as clamd's StreamMaxLength.
const MaxStream = 1 << 20

// Daemon is a running clamd.
type Daemon struct {
	Address string
	Scans   atomic.Int64
	Down    atomic.Bool // it hangs up without a word
	done    sync.WaitGroup
}

// Start runs a clamd until the test ends.
func Start(t testing.TB) *Daemon {
	t.Helper()
	l, err := net.Listen("tcp", "localhost:0")
	if err != nil {
		t.Fatal(err)
	}
	d := &Daemon{Address: l.Addr().String()}
	d.done.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			d.done.Go(func() {
				defer conn.Close()
				d.serve(conn)
			})
		}
	})
	t.Cleanup(func() {
		_ = l.Close()
		d.done.Wait()
	})
	return d
}

func (d *Daemon) serve(conn net.Conn) {
	in := bufio.NewReader(conn)
	command, err := in.ReadString(0)
	if err != nil || d.Down.Load() {
		return
	}
	answer := "UNKNOWN COMMAND"
	switch command {
	case "zPING\x00":
		answer = "PONG"
	case "zINSTREAM\x00":
		d.Scans.Add(1)
		answer = scan(in)
	}
	_, _ = io.WriteString(conn, answer+"\x00")
}

// scan reads chunks with their lengths until one has none.
func scan(in io.Reader) string {
	var all bytes.Buffer
	for {
		var n uint32
		if err := binary.Read(in, binary.BigEndian, &n); err != nil {
			return "INSTREAM read ERROR"
		}
		if n == 0 {
			break
		}
		if all.Len()+int(n) > MaxStream {
			return "INSTREAM size limit exceeded. ERROR"
		}
		if _, err := io.CopyN(&all, in, int64(n)); err != nil {
			return "INSTREAM read ERROR"
		}
	}
	if bytes.Contains(all.Bytes(), []byte(EICAR)) {
		return "stream: Eicar-Test-Signature FOUND"
	}
	return "stream: OK"
}
