package bundles

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"os/exec"
	"reflect"

	"github.com/jiebang/jiebang/services/reporting/replay"
)

// Verdict is what a verifier says of a bundle; what it is refused for is for people.
type Verdict struct {
	OK       bool                `json:"ok"`
	Why      string              `json:"why"`
	Size     int64               `json:"size"`
	Root     string              `json:"root"`
	Withheld int64               `json:"withheld"`
	Years    map[string][3]int64 `json:"years"`    // demands, contracts, fen
	Channels map[string][3]int64 `json:"channels"` // 0, contracts, fen
}

// Same reports whether two verifiers say the same: both refuse, or both accept and count alike.
func (v Verdict) Same(o Verdict) bool {
	if !v.OK || !o.OK {
		return v.OK == o.OK
	}
	v.Why, o.Why = "", ""
	return reflect.DeepEqual(v, o)
}

// Go asks the verifier of jiebang audit verify.
func Go(file []byte) Verdict {
	r, err := replay.Verify(bytes.NewReader(file), replay.Options{})
	if err != nil {
		return Verdict{Why: err.Error()}
	}
	if len(r.Problems) > 0 {
		return Verdict{Why: r.Problems[0].String()}
	}
	v := Verdict{OK: true, Size: r.Size, Root: r.Root, Withheld: r.Withheld, Years: map[string][3]int64{}, Channels: map[string][3]int64{}}
	for year, y := range r.Years {
		v.Years[year] = [3]int64{y.Demands, y.Contracts, int64(y.Amount)}
	}
	for channel, s := range r.Channels {
		v.Channels[channel] = [3]int64{0, s.Contracts, int64(s.Amount)}
	}
	return v
}

// Python is the second verifier, running.
type Python struct {
	command *exec.Cmd
	in      io.WriteCloser
	out     *bufio.Reader
}

// Start starts the second verifier, which is the program at a path.
func Start(ctx context.Context, program string) (*Python, error) {
	p := &Python{command: exec.CommandContext(ctx, "python3", "-I", program, "--serve")} // #nosec G204 -- our own
	var err error
	if p.in, err = p.command.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := p.command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	p.out = bufio.NewReader(out)
	return p, p.command.Start()
}

// Ask gives it a bundle.
func (p *Python) Ask(file []byte) (v Verdict, err error) {
	if _, err := fmt.Fprintf(p.in, "%d\n%s", len(file), file); err != nil {
		return v, err
	}
	line, err := p.out.ReadBytes('\n')
	if err != nil {
		return v, fmt.Errorf("the second verifier died on %s: %w", base64.StdEncoding.EncodeToString(file), err)
	}
	return v, json.Unmarshal(line, &v)
}

// Close ends it.
func (p *Python) Close() error {
	if err := p.in.Close(); err != nil {
		return err
	}
	return p.command.Wait()
}
