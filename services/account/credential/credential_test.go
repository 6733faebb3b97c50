package credential_test

import (
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/pquerna/otp/totp"
	"pgregory.net/rapid"

	"github.com/jiebang/jiebang/services/account/credential"
	"github.com/jiebang/jiebang/services/fault"
	"github.com/jiebang/jiebang/services/internal/chance"
)

// TestLogin reads login names.
func TestLogin(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ text, want, reason string }{
		{"zhou.mingyuan", "zhou.mingyuan", ""},
		{"  Zhou.Mingyuan ", "zhou.mingyuan", ""},
		{"周明远", "周明远", ""},
		{"ＺＨＯＵ_8", "zhou_8", ""},
		{"a@b", "a@b", ""},
		{"раура1", "paypa1", ""}, // Cyrillic
		{"ﬁrma", "firma", ""},    // a ligature
		{"⼤学一号", "大学一号", ""},     // a radical
		{"ab", "", "LOGIN_LENGTH"},
		{"", "", "LOGIN_LENGTH"},
		{strings.Repeat("a", 41), "", "LOGIN_LENGTH"},
		{".abc", "", "LOGIN_SIGN"},
		{"abc-", "", "LOGIN_SIGN"},
		{"a b c", "", "LOGIN_SIGN"},
		{"a\u200bbc", "", "LOGIN_SIGN"},
		{"a\u202ebc", "", "LOGIN_SIGN"},
		{"abc/def", "", "LOGIN_SIGN"},
		{"e\u0301tude\u0323x", "", "LOGIN_SIGN"},
		{"ひらがな", "", "LOGIN_SIGN"},
		{"👤👤👤", "", "LOGIN_SIGN"},
	} {
		got, err := credential.NewLogin(test.text)
		reason := ""
		if f := fault.As(err); f != nil {
			reason = f.Reason
		}
		if got.Text != test.want || reason != test.reason {
			t.Errorf("%q: got %q %s, want %q %s", test.text, got.Text, reason, test.want, test.reason)
		}
	}
}

// TestTwins has names that a person takes for one another: they have one fold.
func TestTwins(t *testing.T) {
	t.Parallel()
	for _, pair := range [][2]string{
		{"admin", "ADMIN"}, {"admin", "аdmіn"}, {"admin", "adrnin"}, {"admin", "admln"}, {"admin", "adm1n"}, {"bolo", "b0l0"}, {"bolo", "bo1o"}, {"wang", "vvang"},
		{"zhou.my", "zhou-my"}, {"zhou_my", "zhou-my"}, {"kelo", "κelo"}, {"周曰明", "周日明"}, {"管户员", "管戶员"}, {"ａｄｍｉｎ", "admin"}, {"alice", "aIice"}, {"modern", "modem"},
	} {
		one, err1 := credential.NewLogin(pair[0])
		two, err2 := credential.NewLogin(pair[1])
		if err1 != nil || err2 != nil || one.Fold != two.Fold {
			t.Errorf("%q and %q: got %q %v and %q %v, want one fold", pair[0], pair[1], one.Fold, err1, two.Fold, err2)
		}
	}
	for _, pair := range [][2]string{{"zhou", "zhao"}, {"wang1", "wang2"}, {"周明远", "周朋远"}} {
		one, _ := credential.NewLogin(pair[0])
		two, _ := credential.NewLogin(pair[1])
		if one.Fold == two.Fold {
			t.Errorf("%q and %q have one fold", pair[0], pair[1])
		}
	}
}

// TestFoldHolds makes sure that reading what was read changes nothing, and that case is nothing.
func TestFoldHolds(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(rapid.String(), rapid.StringMatching(`[A-Za-z0-9._@\-а-яα-ω一-龥]{3,12}`)).Draw(t, "text")
		one, err := credential.NewLogin(text)
		if err != nil {
			return
		}
		again, err := credential.NewLogin(one.Text)
		upper, errUpper := credential.NewLogin(strings.ToUpper(one.Text))
		if err != nil || again != one || errUpper != nil || upper != one || !utf8.ValidString(one.Fold) || strings.ContainsAny(one.Fold, "01i_. ") {
			t.Fatalf("%q: got %v, again %v %v, in capitals %v %v", text, one, again, err, upper, errUpper)
		}
	})
}

// TestPasswords says which passwords are taken.
func TestPasswords(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		password, reason string
	}{
		{"紫檀 lantern 47 上游 quartz", ""},
		{"correct horse battery staple", ""},
		{"long enough a secret 7", ""},
		{"xK9#mQ2$vL7!", ""},
		{strings.Repeat("窗前明月光", 3)[:36], "PASSWORD_COMMON"},
		{"short", "PASSWORD_LENGTH"},
		{strings.Repeat("ab7!", 33), "PASSWORD_LENGTH"},
		{"password1234", "PASSWORD_COMMON"},
		{"P@ssw0rd!P@ssw0rd!", "PASSWORD_COMMON"},
		{"123456789012", "PASSWORD_COMMON"},
		{"qwertyuiop12345", "PASSWORD_COMMON"},
		{"aaaaaaaaaaaaaa", "PASSWORD_COMMON"},
		{"abcabcabcabcabc", "PASSWORD_COMMON"},
		{"1qaz2wsx3edc4rfv", "PASSWORD_COMMON"},
		{"Woaini1314520!", "PASSWORD_COMMON"},
		{"jiebang2026jiebang", "PASSWORD_COMMON"},
		{"建德市科学技术局建德市科学技术局", "PASSWORD_COMMON"},
		{"zhou.mingyuan2026", "PASSWORD_COMMON"},
		{"admin@123456789", "PASSWORD_COMMON"},
		{"Welcome2024!!!", "PASSWORD_COMMON"},
	} {
		reason := ""
		if f := fault.As(credential.CheckPassword(test.password, "zhou.mingyuan", "周明远")); f != nil {
			reason = f.Reason
		}
		if reason != test.reason {
			t.Errorf("%q: got %s, want %s", test.password, reason, test.reason)
		}
	}
}

var quick = credential.Cost{MemoryKiB: 64, Time: 1, Threads: 1}

// TestHash hashes and verifies.
func TestHash(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	h := credential.NewHasher(chance.Seeded("hash"), quick)
	phc, err := h.Hash(ctx, "caf\u00e9 au lait")
	if err != nil || !strings.HasPrefix(phc, "$argon2id$v=19$m=64,t=1,p=1$") {
		t.Fatalf("got %q %v, want a PHC string", phc, err)
	}
	for _, test := range []struct {
		phc, password string
		fits          bool
	}{
		{phc, "caf\u00e9 au lait", true}, {phc, "cafe\u0301 au lait", true}, {phc, "cafe au lait", false}, {phc, "", false}, {"", "", false}, {"", "caf\u00e9 au lait", false},
	} {
		if fits, stale, err := h.Verify(ctx, test.phc, test.password); fits != test.fits || stale || err != nil {
			t.Errorf("%q: got %t %t %v, want %t", test.password, fits, stale, err, test.fits)
		}
	}
	slower := credential.NewHasher(chance.Seeded("slower"), credential.Cost{MemoryKiB: 128, Time: 1, Threads: 1})
	if fits, stale, err := slower.Verify(ctx, phc, "caf\u00e9 au lait"); !fits || !stale || err != nil {
		t.Errorf("of another cost: got %t %t %v, want fits and stale", fits, stale, err)
	}
	for _, bad := range []string{"$argon2i$v=19$m=64,t=1,p=1$YWFhYWFhYWE$YWFh", strings.Replace(phc, "v=19", "v=16", 1), phc[:len(phc)-4], strings.Replace(phc, "t=1", "t=0", 1), "x"} {
		if _, _, err := h.Verify(ctx, bad, "x"); err == nil {
			t.Errorf("%q: verified", bad)
		}
	}
}

// TestHashIsForever pins the hash of a password: those that are stored must be understood for ever.
func TestHashIsForever(t *testing.T) {
	t.Parallel()
	h := credential.NewHasher(chance.Seeded("hash"), quick)
	if fits, _, err := h.Verify(t.Context(), pinned, "紫檀 lantern 47"); !fits || err != nil {
		t.Errorf("got %t %v, want %s to fit", fits, err, pinned)
	}
}

const pinned = "$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHRzb21lc2FsdA$/1S5urrQ4TrTOFnAeo7q9SN4Q50BHKmvoflcnQKArBY"

// TestBusy has more callers than may wait: those that are too many, or whose time is over, are told to come again.
func TestBusy(t *testing.T) {
	t.Parallel()
	h := credential.NewHasher(chance.System(), credential.Cost{MemoryKiB: 1 << 10, Time: 30, Threads: 1})
	var running sync.WaitGroup
	var mu sync.Mutex
	count := map[bool]int{}
	start := make(chan struct{})
	for range 400 {
		running.Go(func() {
			<-start
			_, err := h.Hash(t.Context(), "x")
			mu.Lock()
			defer mu.Unlock()
			count[err == nil]++
		})
	}
	close(start)
	running.Wait()
	if count[false] == 0 || int64(count[true]) != h.Done() {
		t.Errorf("got %v and %d hashes, want some turned away, and a hash for each of the others", count, h.Done())
	}
}

// TestStep takes the codes of one step before and after, and each once.
func TestStep(t *testing.T) {
	t.Parallel()
	secret, uri, err := credential.NewTOTP(chance.System(), "Jiebang", "zhou")
	if err != nil || !strings.HasPrefix(uri, "otpauth://totp/") || !strings.Contains(uri, secret) || len(secret) != 32 {
		t.Fatalf("got %q %q %v, want a secret of 160 bits and its address", secret, uri, err)
	}
	rapid.Check(t, func(t *rapid.T) {
		now := time.Unix(rapid.Int64Range(1e9, 4e9).Draw(t, "now"), 0)
		shift := rapid.IntRange(-4, 4).Draw(t, "shift")
		shown := now.Add(time.Duration(shift) * 30 * time.Second)
		code, err := totp.GenerateCode(secret, shown)
		if err != nil {
			t.Fatal(err)
		}
		step, ok := credential.Step(secret, code[:3]+" "+code[3:], now, 0)
		if want := shift >= -1 && shift <= 1; ok != want && (want || step == shown.Unix()/30) {
			t.Fatalf("%d steps away: got %t, want %t", shift, ok, want)
		}
		if ok {
			if again, ok := credential.Step(secret, code, now, step); ok && again <= step {
				t.Fatalf("taken twice: step %d after %d", again, step)
			}
		}
	})
}

// TestRecoveryCodes reads a code however it is written.
func TestRecoveryCodes(t *testing.T) {
	t.Parallel()
	code := credential.NewRecoveryCode(chance.System())
	if len(code) != 19 || !credential.IsRecoveryCode(code+"z") || credential.IsRecoveryCode("123 456") {
		t.Errorf("got %q", code)
	}
	for _, written := range []string{strings.ToUpper(code), strings.ReplaceAll(code, "-", ""), " " + code + " ", strings.ReplaceAll(code, "0", "O"), strings.ReplaceAll(code, "1", "l")} {
		if credential.CodeHash(written) != credential.CodeHash(code) {
			t.Errorf("%q is not %q", written, code)
		}
	}
	if credential.CodeHash(code) == credential.CodeHash(credential.NewRecoveryCode(chance.System())) {
		t.Error("two codes with one hash")
	}
}

// TestDelay doubles, and ends at five minutes.
func TestDelay(t *testing.T) {
	t.Parallel()
	for failures, want := range map[int]time.Duration{0: 0, 5: 0, 6: time.Second, 7: 2 * time.Second, 8: 4 * time.Second, 14: 256 * time.Second, 15: 5 * time.Minute, 1 << 30: 5 * time.Minute} {
		if got := credential.Delay(failures, 5); got != want {
			t.Errorf("after %d failures: got %v, want %v", failures, got, want)
		}
	}
}

// TestBox opens what it sealed, for its owner alone and with its seed alone.
func TestBox(t *testing.T) {
	t.Parallel()
	box, err := credential.NewBox([]byte("seed"), chance.System())
	if err != nil {
		t.Fatal(err)
	}
	sealed := box.Seal("secret", "me")
	if got, err := box.Open(sealed, "me"); got != "secret" || err != nil || strings.Contains(string(sealed), "secret") {
		t.Errorf("got %q %v from %q", got, err, sealed)
	}
	other, err := credential.NewBox([]byte("another seed"), chance.System())
	if err != nil {
		t.Fatal(err)
	}
	for _, open := range []func() (string, error){
		func() (string, error) { return box.Open(sealed, "you") },
		func() (string, error) { return other.Open(sealed, "me") },
		func() (string, error) { return box.Open(sealed[:5], "me") },
	} {
		if got, err := open(); err == nil {
			t.Errorf("opened: %q", got)
		}
	}
}
