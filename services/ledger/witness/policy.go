package witness

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
)

// Policy says which ledgers are accepted and which witnesses are enough. Its file is C2SP tlog-policy:
//
//	log <ledger's verifier key>
//	witness <name> <verifier key> [<URL>]
//	group <name> any|all|<k> <name>…
//	quorum <name>|none
type Policy struct {
	Logs      []string // verifier keys
	Witnesses []Member
	groups    map[string]group
	quorum    string
}

// Member is a witness of a policy.
type Member struct {
	Name string // in this file
	Key  *Verifier
	URL  string // where it is asked; empty for one that is not
}

type group struct {
	need    int
	members []string
}

// ErrPolicy says that a file is no policy.
var ErrPolicy = errors.New("不是见证策略文件")

const none = "none"

// ParsePolicy reads a policy.
func ParsePolicy(text string) (*Policy, error) {
	p := &Policy{groups: map[string]group{}}
	used := map[string]bool{}
	for i, line := range strings.Split(text, "\n") {
		words := strings.FieldsFunc(line, func(r rune) bool { return r == ' ' || r == '\t' })
		if len(words) == 0 || strings.HasPrefix(words[0], "#") {
			continue
		}
		if err := p.line(words, used); err != nil {
			return nil, fmt.Errorf("%w: 第 %d 行: %w", ErrPolicy, i+1, err)
		}
	}
	if p.quorum == "" {
		return nil, fmt.Errorf("%w: 缺少 quorum 行,请写明需要哪个见证人或哪一组,或写 quorum none", ErrPolicy)
	}
	return p, nil
}

func (p *Policy) line(words []string, used map[string]bool) error {
	switch {
	case words[0] == "log" && (len(words) == 2 || len(words) == 3):
		v, err := note.NewVerifier(words[1])
		if err != nil {
			return fmt.Errorf("%q 不是账本公钥", words[1])
		}
		if slices.Contains(p.Logs, words[1]) {
			return fmt.Errorf("账本 %s 重复", v.Name())
		}
		p.Logs = append(p.Logs, words[1])
	case words[0] == "witness" && (len(words) == 3 || len(words) == 4):
		return p.witness(words[1:])
	case words[0] == "group" && len(words) >= 4:
		return p.group(words[1:], used)
	case words[0] == "quorum" && len(words) == 2 && p.quorum == "":
		if words[1] != none && !p.known(words[1]) {
			return fmt.Errorf("%q 尚未定义", words[1])
		}
		p.quorum = words[1]
	default:
		return fmt.Errorf("%q 看不懂,或参数个数不对,或重复", words[0])
	}
	return nil
}

func (p *Policy) known(name string) bool {
	_, isGroup := p.groups[name]
	return isGroup || slices.ContainsFunc(p.Witnesses, func(m Member) bool { return m.Name == name })
}

// fresh makes sure that a name is new.
func (p *Policy) fresh(name string) error {
	if name == none || p.known(name) {
		return fmt.Errorf("名称 %q 已经用过", name)
	}
	return nil
}

func (p *Policy) witness(words []string) error {
	if err := p.fresh(words[0]); err != nil {
		return err
	}
	key, err := NewVerifier(words[1])
	if err != nil {
		return fmt.Errorf("%q 不是见证人公钥", words[1])
	}
	for _, m := range p.Witnesses {
		if m.Key.Same(key) {
			return fmt.Errorf("%s 与 %s 是同一把公钥,一个见证人只算一次", words[0], m.Name)
		}
	}
	m := Member{Name: words[0], Key: key}
	if len(words) == 3 {
		m.URL = strings.TrimSuffix(words[2], "/")
	}
	p.Witnesses = append(p.Witnesses, m)
	return nil
}

// group defines a group. Each name is a member once, so that each witness counts in one way only.
func (p *Policy) group(words []string, used map[string]bool) error {
	if err := p.fresh(words[0]); err != nil {
		return err
	}
	g := group{members: words[2:]}
	for _, m := range g.members {
		if !p.known(m) || used[m] {
			return fmt.Errorf("成员 %q 尚未定义,或已在某一组中", m)
		}
		used[m] = true
	}
	switch words[1] {
	case "any":
		g.need = 1
	case "all":
		g.need = len(g.members)
	default:
		k, err := strconv.Atoi(words[1])
		if err != nil || strconv.Itoa(k) != words[1] || k < 1 || k > len(g.members) {
			return fmt.Errorf("%q 应为 any、all 或 1 至 %d", words[1], len(g.members))
		}
		g.need = k
	}
	p.groups[words[0]] = g
	return nil
}

// Keys are the keys of the witnesses.
func (p *Policy) Keys() []*Verifier {
	keys := make([]*Verifier, len(p.Witnesses))
	for i, m := range p.Witnesses {
		keys[i] = m.Key
	}
	return keys
}

// Check reads the cosignatures on a note, and reports whether they are enough.
func (p *Policy) Check(msg string) ([]Cosignature, bool, error) {
	found, err := Cosignatures(msg, p.Keys())
	if err != nil {
		return nil, false, err
	}
	signed := map[string]bool{}
	for _, m := range p.Witnesses {
		signed[m.Name] = slices.ContainsFunc(found, func(c Cosignature) bool { return c.Key == m.Key })
	}
	return found, p.quorum == none || p.met(p.quorum, signed), nil
}

// met reports whether a witness or a group has signed.
func (p *Policy) met(name string, signed map[string]bool) bool {
	g, isGroup := p.groups[name]
	if !isGroup {
		return signed[name]
	}
	n := 0
	for _, m := range g.members {
		if p.met(m, signed) {
			n++
		}
	}
	return n >= g.need
}
