package credential

import (
	"context"
	"crypto/subtle"
	_ "embed"
	"encoding/base64"
	"fmt"
	"runtime"
	"runtime/metrics"
	"strings"
	"sync"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"
	"golang.org/x/text/unicode/norm"

	"github.com/jiebang/jiebang/services/fault"
	"github.com/jiebang/jiebang/services/internal/chance"
)

// Faults of passwords.
var (
	ErrPasswordLength = fault.New(fault.Invalid, "PASSWORD_LENGTH", "a password has 12 to 128 characters, of any kind")
	ErrPasswordCommon = fault.New(fault.Invalid, "PASSWORD_COMMON", "the password is among the first that anybody would try; take several unrelated words")
	ErrBusy           = fault.New(fault.Exhausted, "LOGIN_BUSY", "too many passwords are being checked; try again in a moment")
)

const minPassword, maxPassword = 12, 128

// normal is the one form of a password that several keyboards write differently.
func normal(password string) string { return norm.NFC.String(password) }

// CheckPassword reports whether a new password is long enough and not easily guessed. own are names that it must not be made of: the login, the platform's.
func CheckPassword(password string, own ...string) error {
	password = normal(password)
	if n := utf8.RuneCountInString(password); n < minPassword || n > maxPassword {
		return ErrPasswordLength.With("length", n)
	}
	if common(password, own) {
		return ErrPasswordCommon
	}
	return nil
}

// Cost is how slow a hash is.
type Cost struct {
	MemoryKiB, Time uint32
	Threads         uint8
}

// Slow is the cost of a new hash.
var Slow = Cost{MemoryKiB: 46 << 10, Time: 1, Threads: 1}

const (
	saltBytes, keyBytes = 16, 32
	most                = 4               // hashes at once, and no more than half of the processors: the others' calls go on
	waiting             = 64              // callers that queue for their hash
	patience            = 4 * time.Second // of one that queues
)

const (
	collected = 16 << 10 // KiB: from what size on the memory of hashes is counted
	blocks    = 5        // hashes, running or over, whose memory may be there at once
)

// Hasher hashes passwords, a few at once: each takes Slow.MemoryKiB.
type Hasher struct {
	slots, queue chan struct{}
	door         chan struct{} // those who log in
	rand         chance.Source
	cost         Cost
	nobody       string // the hash of a password that nobody has
	done         atomic.Int64

	heap   sync.Mutex
	over   int    // hashes that are over since the last collection
	cycles uint64 // collections, when it was last looked
}

// NewHasher returns a hasher of a cost.
func NewHasher(rand chance.Source, cost Cost) *Hasher {
	atOnce := min(most, max(1, runtime.GOMAXPROCS(0)/2))
	h := &Hasher{slots: make(chan struct{}, atOnce), queue: make(chan struct{}, atOnce+waiting), door: make(chan struct{}, waiting), rand: rand, cost: cost}
	h.nobody = encode(cost, chance.Bytes(rand, saltBytes), chance.Bytes(rand, keyBytes))
	return h
}

// Enter lets in somebody who logs in, until it leaves; whoever finds the house full is told to come again before anything is done for it.
func (h *Hasher) Enter() (leave func(), err error) {
	select {
	case h.door <- struct{}{}:
		return func() { <-h.door }, nil
	default:
		return nil, ErrBusy
	}
}

// Done is how many hashes were computed.
func (h *Hasher) Done() int64 { return h.done.Load() }

// Hash returns the PHC string of a new password.
func (h *Hasher) Hash(ctx context.Context, password string) (string, error) {
	salt := chance.Bytes(h.rand, saltBytes)
	key, err := h.key(ctx, password, salt, h.cost)
	if err != nil {
		return "", err
	}
	return encode(h.cost, salt, key), nil
}

// Verify reports whether a password fits a PHC string, and whether the string is of another cost than a new one. An empty string is nobody's: it fits
// nothing and takes as long.
func (h *Hasher) Verify(ctx context.Context, phc, password string) (fits, stale bool, err error) {
	known := phc != ""
	if !known {
		phc = h.nobody
	}
	cost, salt, want, err := decode(phc)
	if err != nil {
		return false, false, err
	}
	got, err := h.key(ctx, password, salt, cost)
	if err != nil {
		return false, false, err
	}
	return subtle.ConstantTimeCompare(got, want) == 1 && known, cost != h.cost, nil
}

// key waits for a slot and hashes. Who finds the queue full, or waits too long, is told to come again: waiting callers must not pile up.
func (h *Hasher) key(ctx context.Context, password string, salt []byte, c Cost) ([]byte, error) {
	select {
	case h.queue <- struct{}{}:
		defer func() { <-h.queue }()
	default:
		return nil, ErrBusy
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	select {
	case h.slots <- struct{}{}:
		defer func() { <-h.slots }()
	case <-ctx.Done():
		return nil, ErrBusy
	}
	h.done.Add(1)
	key := aside(func() []byte {
		return argon2.IDKey([]byte(normal(password)), salt, c.Time, c.MemoryKiB, c.Threads, keyBytes)
	})
	if c.MemoryKiB >= collected {
		h.collect()
	}
	return key, nil
}

// collect collects garbage when the memory of hashes that are over would be too much beside that of those that run. It does so no more often than it
// must: a collection after each hash is what other calls wait for most.
func (h *Hasher) collect() {
	h.heap.Lock()
	defer h.heap.Unlock()
	sample := []metrics.Sample{{Name: "/gc/cycles/total:gc-cycles"}}
	metrics.Read(sample)
	if n := sample[0].Value.Uint64(); n != h.cycles {
		h.cycles, h.over = n, 0
	}
	h.over++
	if h.over+cap(h.slots) > blocks {
		runtime.GC()
	}
}

// aside computes something long on a thread of its own, which everyone else's goes before.
func aside(compute func() []byte) []byte {
	done := make(chan []byte, 1)
	go func() {
		runtime.LockOSThread() // and never unlocks it: the thread ends with its low priority
		lower()
		done <- compute()
	}()
	return <-done
}

var phcEncoding = base64.RawStdEncoding

func encode(c Cost, salt, key []byte) string {
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, c.MemoryKiB, c.Time, c.Threads, phcEncoding.EncodeToString(salt),
		phcEncoding.EncodeToString(key))
}

func decode(phc string) (c Cost, salt, key []byte, err error) {
	parts, version := strings.Split(phc, "$"), 0
	if len(parts) != 6 || parts[1] != "argon2id" {
		return c, nil, nil, fmt.Errorf("a stored password is no PHC string of argon2id")
	}
	_, err1 := fmt.Sscanf(parts[2], "v=%d", &version)
	_, err2 := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &c.MemoryKiB, &c.Time, &c.Threads)
	salt, err3 := phcEncoding.DecodeString(parts[4])
	key, err4 := phcEncoding.DecodeString(parts[5])
	if err1 != nil || err2 != nil || err3 != nil || err4 != nil || version != argon2.Version || len(key) != keyBytes || c.Time == 0 || c.Threads == 0 {
		return c, nil, nil, fmt.Errorf("a stored password has a PHC string that cannot be read")
	}
	return c, salt, key, nil
}

//go:embed common.txt
var commonText string

// commonWords are words that passwords are made of, folded.
var commonWords = func() map[string]bool {
	words := map[string]bool{}
	for _, w := range strings.Fields(commonText) {
		words[plain(w)] = true
	}
	return words
}()

// leet are the signs that stand for letters.
var leet = strings.NewReplacer("0", "o", "1", "l", "!", "l", "3", "e", "4", "a", "@", "a", "5", "s", "$", "s", "7", "t", "8", "b")

// plain is a text without case, without signs that stand for letters, and without what is neither letter nor digit.
func plain(text string) string {
	return strings.Map(func(r rune) rune {
		if r < 0x80 && (r < '0' || r > '9') && (r < 'a' || r > 'z') {
			return -1
		}
		return r
	}, leet.Replace(strings.ToLower(norm.NFKC.String(text))))
}

// fewest is how many different signs must remain of a password once common words and runs are taken out of it.
const fewest = 6

// common reports whether little remains of a password without common words, names of its own, runs along the alphabet or the keyboard, and repetitions.
func common(password string, own []string) bool {
	rest := strings.ToLower(norm.NFKC.String(password))
	for _, text := range []string{rest, plain(rest)} {
		if len(unfamiliar(text, own)) < fewest {
			return true
		}
	}
	return false
}

// unfamiliar are the signs that remain of a text, greedily: at each place the longest word, run or repetition is taken out.
func unfamiliar(text string, own []string) map[rune]bool {
	signs, rest := []rune(text), map[rune]bool{}
	names := map[string]bool{}
	for _, o := range own {
		names[plain(o)], names[strings.ToLower(o)] = true, true
	}
	for i := 0; i < len(signs); {
		n := 1
		for length := min(len(signs)-i, 24); length > 2; length-- {
			word := string(signs[i : i+length])
			if commonWords[word] || commonWords[plain(word)] || names[word] || run(signs[i:i+length]) || strings.Contains(string(signs[:i]), word) {
				n = length
				break
			}
		}
		if n == 1 {
			rest[signs[i]] = true
		}
		i += n
	}
	return rest
}

// rows are what fingers run along.
var rows = []string{"abcdefghijklmnopqrstuvwxyz", "01234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm", "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p", "qazwsxedcrfvtgbyhnujmikolp"}

// run reports whether signs follow one another in a row, forwards or backwards, or are all the same.
func run(signs []rune) bool {
	text, back := string(signs), make([]rune, len(signs))
	for i, r := range signs {
		back[len(signs)-1-i] = r
	}
	for _, row := range rows {
		if strings.Contains(row, text) || strings.Contains(row, string(back)) {
			return true
		}
	}
	return strings.Count(text, string(signs[:1])) == len(signs)
}
