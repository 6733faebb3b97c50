package seal

import (
	"bytes"
	"crypto/hpke"
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"filippo.io/age"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/jiebang/jiebang/services/bidding/seal/bech32"
	"github.com/jiebang/jiebang/services/internal/chance"
)

var update = flag.Bool("update", false, "write the envelopes in testdata anew")

// TestEnvelopeIsForever opens envelopes that were sealed once: by their bytes, their custodians' keys and their terms. It does not seal them
// again, because compression may become better.
func TestEnvelopeIsForever(t *testing.T) {
	for name, c := range map[string]struct {
		threshold, n int
		policy, sum  string
	}{
		"s1": {2, 3, "d22eaab2e2ca83eabaa16a7a0519ed60d0068db476383eaa0586d1a8eff2b88d", "19c5c3d86def34c4391e834dab364d9946afeece98338ab7d24ed550c6d2844e"},
		"s0": {1, 1, "d95843dea2e57627b2f03f625e293ac234bfbb5d55a11af6e7856dcfb33211f8", "96bc300f0e86838271710b4e26ce3900e427b3f17b9748465242d45334c321b3"},
	} {
		w := newWorld(t, "forever", c.threshold, c.n)
		golden := "testdata/" + name + ".jbb"
		if *update {
			e, _ := w.sealed(t, full())
			if err := os.WriteFile(golden, e.Encode(), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		b, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if got := w.terms.Policy().String(); got != c.policy {
			t.Errorf("%s: policy %s, want %s", name, got, c.policy)
		}
		if got := Sum(b).String(); got != c.sum {
			t.Errorf("%s: envelope %s, want %s", name, got, c.sum)
		}
		e, err := Parse(b)
		if err != nil {
			t.Fatal(err)
		}
		for _, places := range subsets(c.n, c.threshold) {
			got, err := Combine(e, w.shares(t, e, places...), w.expected(e))
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(full(), got.Plain); d != "" {
				t.Error(d)
			}
		}
	}
}

// TestContentIsForever pins the bytes of content.
func TestContentIsForever(t *testing.T) {
	p := full()
	got := p.encode(inner{Part: Whole, Demand: "demands/d1", Policy: Sum(nil), Nonce: Sum([]byte("n"))})
	want := "jiebang bid 2\npart 5 whole\norganization 38 " + bidder + "\ndemand 10 demands/d1\npolicy 32 " + raw(Sum(nil)) + "\nnonce 32 " +
		raw(Sum([]byte("n"))) + "\nsubmission 1 3\namount_fen 8 41800000\nproposal 21 硬脂酸干法包覆\n" +
		"answer 86 indicator 9 吸油值\nvalue 13 ≤35 mL/100g\ntext 32 按 GB/T 5211.15 第三方检测\n\nanswer 41 indicator 6 白度\nvalue 5 ≥93\ntext 0 \n\n"
	if !strings.HasPrefix(string(got), want) {
		t.Errorf("got %q\nwant %q", got, want)
	}
	if sum := Sum(got).String(); sum != pinnedContent {
		t.Errorf("got %s, want %s", sum, pinnedContent)
	}
}

const pinnedContent = "8312c860dbfc672f92871177114f9768a7bbfceba624b3291f463a5a9bd89fc8"

func raw(d Digest) string { return string(d[:]) }

// TestRoundTrip seals and opens whatever can be sealed.
func TestRoundTrip(t *testing.T) {
	for _, c := range []struct{ threshold, n int }{{1, 1}, {2, 2}, {2, 3}, {3, 5}, {7, 7}} {
		w := newWorld(t, "round", c.threshold, c.n)
		e, key := w.sealed(t, full())
		for _, places := range subsets(c.n, c.threshold) {
			got, err := Combine(e, w.shares(t, e, places...), w.expected(e))
			if err != nil {
				t.Fatalf("%v: %v", places, err)
			}
			if d := cmp.Diff(full(), got.Plain); d != "" || got.Key != key {
				t.Errorf("%v: another key or %s", places, d)
			}
		}
	}
}

// TestOneEncoding makes sure that content has one encoding and that bytes stand for one content.
func TestOneEncoding(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		p := drawPlain(r)
		in := inner{Whole, rapid.String().Draw(r, "demand"), Sum(nil), Sum([]byte("n"))}
		b := p.encode(in)
		back, backIn, ok := decode(b)
		if !ok || in != backIn {
			r.Fatalf("%q was not read back", b)
		}
		if d := cmp.Diff(p, back); d != "" {
			r.Fatal(d)
		}
		at := rapid.IntRange(0, len(b)-1).Draw(r, "at")
		b[at] ^= byte(rapid.IntRange(1, 255).Draw(r, "flip"))
		if other, otherIn, ok := decode(b); ok && !bytes.Equal(other.encode(otherIn), b) {
			r.Fatalf("%q is accepted, and encodes to something else", b)
		}
	})
}

func drawPlain(r *rapid.T) Plain {
	text := rapid.StringOfN(rapid.RuneFrom([]rune("a 0\n碳=.")), 0, 6, -1)
	p := Plain{Organization: text.Draw(r, "organization"), Submission: rapid.IntRange(0, 9).Draw(r, "submission"), Proposal: text.Draw(r, "proposal")}
	if rapid.Bool().Draw(r, "has amount") {
		p.Amount = small().Amount
	}
	for range rapid.IntRange(0, 2).Draw(r, "answers") {
		p.Answers = append(p.Answers, Answer{text.Draw(r, "indicator"), text.Draw(r, "value"), text.Draw(r, "text")})
	}
	for range rapid.IntRange(0, 2).Draw(r, "members") {
		p.Consortium = append(p.Consortium, Member{text.Draw(r, "member"), rapid.Int64().Draw(r, "share"), text.Draw(r, "task")})
	}
	for range rapid.IntRange(0, 2).Draw(r, "attachments") {
		p.Attachments = append(p.Attachments, Attachment{Name: text.Draw(r, "name"), Size: rapid.Int64().Draw(r, "size"), Label: text.Draw(r, "label")})
	}
	return p
}

// TestNumbersAreCanonical refuses content whose numbers or lengths are written in another way.
func TestNumbersAreCanonical(t *testing.T) {
	p := full()
	good := string(p.encode(inner{Part: Whole}))
	for name, change := range map[string][2]string{
		"a number with a zero":  {"submission 1 3", "submission 2 03"},
		"a number with a plus":  {"submission 1 3", "submission 2 +3"},
		"a length with a zero":  {"submission 1 3", "submission 01 3"},
		"a field twice":         {"submission 1 3\n", "submission 1 3\nsubmission 1 3\n"},
		"a field less":          {"submission 1 3\n", ""},
		"an entry with more":    {"member 95 ", "member 96 "},
		"not UTF-8":             {"硬脂酸", "\xff硬脂酸"[:9]},
		"another format":        {"jiebang bid 2", "jiebang bid 3"},
		"fields exchanged":      {"part 5 whole\n", ""},
		"an end missing":        {"label 2 a1\n\n", "label 2 a1\n"},
		"an amount that is not": {"amount_fen 8 41800000", "amount_fen 8 4180000x"},
	} {
		bad := strings.Replace(good, change[0], change[1], 1)
		if bad == good {
			t.Fatalf("%s: nothing changed", name)
		}
		if _, _, ok := decode([]byte(bad)); ok {
			t.Errorf("%s: accepted", name)
		}
	}
	if _, _, ok := decode([]byte(good + "x")); ok {
		t.Error("something after: accepted")
	}
}

// TestKeysAreAges compares keys with those of age, both ways.
func TestKeysAreAges(t *testing.T) {
	for range 20 {
		theirs, err := age.GenerateX25519Identity()
		if err != nil {
			t.Fatal(err)
		}
		ours, err := ParseIdentity(theirs.String())
		if err != nil {
			t.Fatal(err)
		}
		if ours.Recipient() != theirs.Recipient().String() || ours.Secret() != theirs.String() {
			t.Errorf("got %s of %s, want %s", ours.Recipient(), ours.Secret(), theirs.Recipient())
		}
	}
	ours, err := NewIdentity(chance.Seeded("age"))
	if err != nil {
		t.Fatal(err)
	}
	if theirs, err := age.ParseX25519Identity(ours.Secret()); err != nil || theirs.Recipient().String() != ours.Recipient() {
		t.Errorf("age does not read our key: %v", err)
	}
}

// TestFingerprintIsForever pins a fingerprint, which people have on paper.
func TestFingerprintIsForever(t *testing.T) {
	i, err := NewIdentity(chance.Seeded("key"))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := Fingerprint(i.Recipient()), "4647 7512 8788 3304 8461 8856"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if Fingerprint(i.Recipient()) == Fingerprint(newWorld(t, "key2", 1, 1).terms.Recipients[0]) {
		t.Error("two keys have one fingerprint")
	}
}

// TestKeysThatAreNone refuses what is no key, and the keys with which everybody knows the secret.
func TestKeysThatAreNone(t *testing.T) {
	i, err := NewIdentity(chance.Seeded("key"))
	if err != nil {
		t.Fatal(err)
	}
	good := i.Recipient()
	bad := []string{"", "age1", good[1:], good[:len(good)-1], good + "q", strings.ToUpper(good), strings.Replace(good, "age1", "ago1", 1), i.Secret(),
		bech32.Text(recipientPrefix, make([]byte, KeySize)), bech32.Text(recipientPrefix, append([]byte{1}, make([]byte, KeySize-1)...))}
	for at := range good {
		sign := byte('q')
		if good[at] == 'q' {
			sign = 'p'
		}
		bad = append(bad, good[:at]+string(sign)+good[at+1:])
	}
	for _, text := range bad {
		if CheckRecipient(text) == nil {
			t.Errorf("%q is accepted", text)
		}
	}
	for _, text := range []string{"", good, strings.ToLower(i.Secret()), i.Secret()[1:], strings.Replace(i.Secret(), "Q", "P", 1)} {
		if _, err := ParseIdentity(text); err == nil {
			t.Errorf("%q is accepted", text)
		}
	}
	if CheckRecipient(good) != nil {
		t.Error("a good key is refused")
	}
}

// TestStanzasAreHPKE opens what sealTo seals with the standard library, and refuses another info.
func TestStanzasAreHPKE(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		seed := rapid.String().Draw(r, "seed")
		i, err := NewIdentity(chance.Seeded(seed))
		if err != nil {
			r.Fatal(err)
		}
		info, plain := []byte(rapid.String().Draw(r, "info")), []byte(rapid.String().Draw(r, "plain"))
		sealed, err := sealTo(i.key.PublicKey(), chance.Bytes(chance.Seeded(seed+"e"), KeySize), info, plain)
		if err != nil {
			r.Fatal(err)
		}
		key, err := hpke.NewDHKEMPrivateKey(i.key)
		if err != nil {
			r.Fatal(err)
		}
		if got, err := hpke.Open(key, hpke.HKDFSHA256(), hpke.ChaCha20Poly1305(), info, sealed); err != nil || !bytes.Equal(got, plain) {
			r.Fatalf("got %q, %v", got, err)
		}
		if _, err := i.open(append(info, 'x'), sealed); err == nil {
			r.Fatal("opened under another info")
		}
	})
}

// TestKeysAreNotPrinted prints what holds keys in every way that a log has.
func TestKeysAreNotPrinted(t *testing.T) {
	key := Key{0xab, 0xcd}
	for _, verb := range []string{"%v", "%+v", "%s", "%x", "%q"} {
		for _, v := range []any{key, Share{"r", key}, Opened{Key: key}, &Opened{Key: key}} {
			if got := fmt.Sprintf(verb, v); strings.Contains(strings.ToLower(got), "abcd") || strings.Contains(got, "171") {
				t.Errorf("%s prints %s", verb, got)
			}
		}
	}
}

// TestDigestText writes and reads a digest.
func TestDigestText(t *testing.T) {
	b, err := json.Marshal(Sum([]byte("abc")))
	if err != nil || string(b) != `"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"` {
		t.Errorf("got %s, %v", b, err)
	}
	var d Digest
	if err := json.Unmarshal(b, &d); err != nil || d != Sum([]byte("abc")) {
		t.Errorf("got %s, %v", d, err)
	}
	for _, bad := range []string{"", "ab", strings.Repeat("0", 66), strings.Repeat("g", 64)} {
		if d.UnmarshalText([]byte(bad)) == nil {
			t.Errorf("%q is accepted", bad)
		}
	}
	if hex.EncodeToString(d[:]) != d.String() {
		t.Error("two texts")
	}
}

// TestTermsCheck tries terms that cannot be.
func TestTermsCheck(t *testing.T) {
	for name, change := range map[string]func(*Terms){
		"no demand":          func(x *Terms) { x.Demand = "" },
		"a long demand":      func(x *Terms) { x.Demand = strings.Repeat("d", maxName+1) },
		"no level":           func(x *Terms) { x.Level = "" },
		"S0 with three":      func(x *Terms) { x.Level = Platform },
		"one is enough":      func(x *Terms) { x.Threshold = 1 },
		"more than there is": func(x *Terms) { x.Threshold = 4 },
		"one twice":          func(x *Terms) { x.Recipients[2] = x.Recipients[0] },
		"no key":             func(x *Terms) { x.Recipients[1] = "age1x" },
		"nobody":             func(x *Terms) { x.Recipients = nil },
		"no deadline":        func(x *Terms) { x.Deadline = x.Deadline.AddDate(-3000, 0, 0); x.Deadline = Terms{}.Deadline },
	} {
		w := newWorld(t, "terms", 2, 3)
		change(&w.terms)
		if w.terms.Check() == nil {
			t.Errorf("%s: accepted", name)
		}
		if _, err := Seal(w.rand, Key{}, w.terms, Whole, small()); err == nil {
			t.Errorf("%s: sealed", name)
		}
	}
}

// TestPolicyBindsEverything changes each part of the terms.
func TestPolicyBindsEverything(t *testing.T) {
	seen := map[Digest]string{}
	for name, change := range map[string]func(*Terms){
		"nothing":    func(*Terms) {},
		"demand":     func(x *Terms) { x.Demand += "0" },
		"digest":     func(x *Terms) { x.Digest[0] ^= 1 },
		"deadline":   func(x *Terms) { x.Deadline = x.Deadline.Add(1000) },
		"level":      func(x *Terms) { x.Level = Platform },
		"threshold":  func(x *Terms) { x.Threshold = 3 },
		"recipients": func(x *Terms) { x.Recipients[0], x.Recipients[1] = x.Recipients[1], x.Recipients[0] },
		"fewer":      func(x *Terms) { x.Recipients = x.Recipients[:2] },
	} {
		w := newWorld(t, "policy", 2, 3)
		change(&w.terms)
		if other, twice := seen[w.terms.Policy()]; twice {
			t.Errorf("%s and %s have one policy", name, other)
		}
		seen[w.terms.Policy()] = name
	}
}
