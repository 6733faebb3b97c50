package entry

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// Checkpoint is a signed head in the form of C2SP tlog-checkpoint: the text is origin, size and root, a line each.
type Checkpoint struct {
	Origin string
	Size   int64
	Root   tlog.Hash
}

// Origin is the origin line, and the key name, of the checkpoints of a jurisdiction.
func Origin(jurisdiction string) string { return "jiebang/" + jurisdiction }

// Text is what is signed.
func (c Checkpoint) Text() string {
	return fmt.Sprintf("%s\n%d\n%s\n", c.Origin, c.Size, base64.StdEncoding.EncodeToString(c.Root[:]))
}

// Sign returns the signed note.
func (c Checkpoint) Sign(signer note.Signer) (string, error) {
	msg, err := note.Sign(&note.Note{Text: c.Text()}, signer)
	return string(msg), err
}

// ErrCheckpoint says that a text is no checkpoint.
var ErrCheckpoint = errors.New("not a checkpoint")

// OpenCheckpoint verifies the signature of a note by the key in verifierKey, and reads it. Key and note must be written in the one way in which
// they are printed, and no signer may stand there twice; signatures of others are not looked at.
func OpenCheckpoint(text, verifierKey string) (Checkpoint, error) {
	verifier, err := newVerifier(verifierKey)
	if err != nil {
		return Checkpoint{}, fmt.Errorf("verifier key: %w", err)
	}
	n, err := note.Open([]byte(text), note.VerifierList(verifier))
	if err != nil {
		return Checkpoint{}, err
	}
	if err := onlyWay(n, text); err != nil {
		return Checkpoint{}, err
	}
	c, err := parseCheckpoint(n.Text)
	if err != nil {
		return c, err
	}
	if c.Origin != verifier.Name() {
		return c, fmt.Errorf("%w: origin %q is not the key's name %q", ErrCheckpoint, c.Origin, verifier.Name())
	}
	return c, nil
}

// newVerifier reads a verifier key, which package note would also read in upper case.
func newVerifier(key string) (note.Verifier, error) {
	v, err := note.NewVerifier(key)
	if err != nil {
		return nil, err
	}
	b, err := base64.StdEncoding.DecodeString(strings.SplitN(key, "+", 3)[2])
	if err != nil || fmt.Sprintf("%s+%08x+%s", v.Name(), v.KeyHash(), base64.StdEncoding.EncodeToString(b)) != key {
		return nil, errNotCanonical
	}
	return v, nil
}

// onlyWay refuses a note whose signatures could be written in another way, or twice: package note reads over both.
func onlyWay(n *note.Note, text string) error {
	seen := map[string]bool{}
	if strings.Count(text[len(n.Text)+1:], "\n") != len(n.Sigs)+len(n.UnverifiedSigs) {
		return fmt.Errorf("%w: a signature twice", ErrCheckpoint)
	}
	for _, s := range append(append([]note.Signature{}, n.Sigs...), n.UnverifiedSigs...) {
		b, err := base64.StdEncoding.DecodeString(s.Base64)
		signer := fmt.Sprintf("%s+%08x", s.Name, s.Hash)
		if err != nil || base64.StdEncoding.EncodeToString(b) != s.Base64 || seen[signer] {
			return fmt.Errorf("%w: signature of %s", ErrCheckpoint, s.Name)
		}
		seen[signer] = true
	}
	return nil
}

// CheckpointSize reads the size of a checkpoint without verifying it.
func CheckpointSize(text string) (int64, error) {
	c, err := parseCheckpoint(text)
	return c.Size, err
}

// Unverified reads a checkpoint without verifying it.
func Unverified(text string) (Checkpoint, error) { return parseCheckpoint(text) }

func parseCheckpoint(text string) (Checkpoint, error) {
	lines := strings.SplitN(text, "\n", 4)
	if len(lines) != 4 || lines[0] == "" {
		return Checkpoint{}, ErrCheckpoint
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil || size < 0 || strconv.FormatInt(size, 10) != lines[1] {
		return Checkpoint{}, fmt.Errorf("%w: size %q", ErrCheckpoint, lines[1])
	}
	root, err := base64.StdEncoding.Strict().DecodeString(lines[2])
	if err != nil || len(root) != tlog.HashSize {
		return Checkpoint{}, fmt.Errorf("%w: root %q", ErrCheckpoint, lines[2])
	}
	c := Checkpoint{Origin: lines[0], Size: size}
	copy(c.Root[:], root)
	return c, nil
}
