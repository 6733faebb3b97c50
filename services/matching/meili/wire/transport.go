package wire

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"strconv"
	"time"
)

const (
	attempts  = 3                     // of one request
	patience  = time.Second           // a server that wants to be left alone for longer is not waited for
	firstWait = 50 * time.Millisecond // doubled with each attempt
	maxAnswer = 64 << 20              // bytes of an answer that are read
)

// Transport sends a request again, whole, when the server was not reached or says that it cannot answer now. The client library's own retries are off:
// they send the second request without its body. Nor is an answer asked for compressed: the server sends that in pieces, the last of which waits for an
// acknowledgement that the client's system delays, which was measured to take 44 ms of a search that takes 2.
type Transport struct {
	Next  http.RoundTripper
	Sleep func(context.Context, time.Duration) error
}

// RoundTrip sends a request, at most three times.
func (t Transport) RoundTrip(req *http.Request) (*http.Response, error) {
	var body []byte
	if req.Body != nil {
		var err error
		if body, err = io.ReadAll(req.Body); err != nil {
			return nil, err
		}
		if err := req.Body.Close(); err != nil {
			return nil, err
		}
	}
	for attempt := 1; ; attempt++ {
		once := req.Clone(req.Context())
		once.Header.Set("Accept-Encoding", "identity")
		if req.Body != nil {
			once.Body, once.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
		}
		resp, err := t.Next.RoundTrip(once)
		wait, again := pause(attempt, resp, err)
		if !again || attempt == attempts || !repeatable(req) || req.Context().Err() != nil {
			if resp != nil {
				resp.Body = limited{io.LimitReader(resp.Body, maxAnswer), resp.Body}
			}
			return resp, err
		}
		if resp != nil {
			_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, 1<<16))
			_ = resp.Body.Close()
		}
		if err := t.Sleep(req.Context(), wait); err != nil {
			return nil, err
		}
	}
}

// repeatable reports whether a request has the same effect twice as once. All have but the swap, which a second one undoes.
func repeatable(req *http.Request) bool { return req.URL.Path != "/swap-indexes" }

// pause says whether an outcome deserves another attempt, and after how long.
func pause(attempt int, resp *http.Response, err error) (time.Duration, bool) {
	wait := firstWait << (attempt - 1)
	if err != nil {
		return wait, true
	}
	switch resp.StatusCode {
	case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		wait = max(wait, retryAfter(resp.Header))
		return wait, wait <= patience
	}
	return 0, false
}

// retryAfter reads Retry-After: seconds, or a date, which is counted from the answer's own.
func retryAfter(h http.Header) time.Duration {
	if seconds, err := strconv.Atoi(h.Get("Retry-After")); err == nil {
		return time.Duration(min(max(seconds, 0), 3600)) * time.Second
	}
	until, err := http.ParseTime(h.Get("Retry-After"))
	from, err2 := http.ParseTime(h.Get("Date"))
	if err != nil || err2 != nil {
		return 0
	}
	return until.Sub(from)
}

// limited is a body of which so much is read.
type limited struct {
	io.Reader
	io.Closer
}

// Sleep waits on the machine's timer.
func Sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
