// Package clamav asks clamd whether something is infected, by its command INSTREAM. The address is the operator's; nothing that a caller sends names it.
package clamav

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"
)

// Client asks one clamd. It keeps no connection: clamd takes one command on each.
type Client struct{ network, address string }

// patience is how long clamd may be silent.
const patience = 2 * time.Minute

// Errors of a scan.
var (
	ErrDown   = errors.New("clamd does not answer")
	ErrFailed = errors.New("clamd could not scan it")
)

// New returns the client of a clamd at unix:/path or host:port.
func New(address string) (*Client, error) {
	if path, ok := strings.CutPrefix(address, "unix:"); ok && path != "" {
		return &Client{"unix", path}, nil
	}
	address = strings.TrimPrefix(address, "tcp:")
	if host, port, err := net.SplitHostPort(address); err != nil || host == "" || port == "" {
		return nil, fmt.Errorf("clamd %q: want unix:/path or host:port", address)
	}
	return &Client{"tcp", address}, nil
}

// Ping makes sure that clamd answers.
func (c *Client) Ping(ctx context.Context) error {
	answer, err := c.ask(ctx, "PING", nil)
	if err == nil && answer != "PONG" {
		err = fmt.Errorf("%w: it says %q", ErrDown, answer)
	}
	return err
}

// Scan has content scanned and returns the name of what was found; empty if it is clean. ErrDown says that it is worth asking again, ErrFailed that clamd
// does not scan this content, for instance because it is longer than its StreamMaxLength. Any other error is one of reading the content.
func (c *Client) Scan(ctx context.Context, content io.Reader) (found string, err error) {
	answer, err := c.ask(ctx, "INSTREAM", content)
	if err != nil {
		return "", err
	}
	said, ok := strings.CutPrefix(answer, "stream: ")
	name, infected := strings.CutSuffix(said, " FOUND")
	switch {
	case ok && said == "OK":
		return "", nil
	case ok && infected && name != "":
		return name, nil
	case strings.HasSuffix(answer, "ERROR"):
		return "", fmt.Errorf("%w: %s", ErrFailed, answer)
	}
	return "", fmt.Errorf("%w: it says %q", ErrDown, answer)
}

// maxAnswer is more than clamd ever answers.
const maxAnswer = 4096

// ask sends a command, and content if it takes some, and reads the answer.
func (c *Client) ask(ctx context.Context, command string, content io.Reader) (string, error) {
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, c.network, c.address)
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrDown, err)
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { _ = conn.Close() })()
	to := newSteady(conn)
	defer to.silence.Stop()
	_, sent := io.WriteString(to, "z"+command+"\x00")
	if sent == nil && content != nil {
		if sent, err = stream(to, content); err != nil {
			return "", err
		}
	}
	// Whether everything was sent is not looked at before the answer: clamd stops listening to what is too long for it, and says so.
	answer, err := io.ReadAll(io.LimitReader(to, maxAnswer))
	text, ended := strings.CutSuffix(string(answer), "\x00")
	if !ended {
		return "", fmt.Errorf("%w: %w", ErrDown, errors.Join(sent, err, io.ErrUnexpectedEOF))
	}
	return text, nil
}

// stream sends content in chunks of INSTREAM. The first error is of sending, the second of reading.
func stream(to io.Writer, content io.Reader) (sent, read error) {
	const size = 64 << 10
	chunk := make([]byte, 4+size)
	for {
		n, err := io.ReadFull(content, chunk[4:])
		if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
			return nil, err
		}
		if n > 0 {
			binary.BigEndian.PutUint32(chunk, uint32(n))
			if _, err := to.Write(chunk[:4+n]); err != nil {
				return err, nil
			}
		}
		if err != nil {
			_, err = to.Write(make([]byte, 4))
			return err, nil
		}
	}
}

// steady is a connection that is closed when nothing has moved on it for a while.
type steady struct {
	net.Conn
	silence *time.Timer
}

func newSteady(c net.Conn) *steady {
	return &steady{c, time.AfterFunc(patience, func() { _ = c.Close() })}
}

func (s *steady) Write(b []byte) (int, error) {
	s.silence.Reset(patience)
	return s.Conn.Write(b)
}

func (s *steady) Read(b []byte) (int, error) {
	s.silence.Reset(patience)
	return s.Conn.Read(b)
}
