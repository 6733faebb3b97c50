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

// OpenCheckpoint verifies the signature of a note by the key in verifierKey, and reads it.
func OpenCheckpoint(text, verifierKey string) (Checkpoint, error) {
	verifier, err := note.NewVerifier(verifierKey)
	if err != nil {
		return Checkpoint{}, fmt.Errorf("verifier key: %w", err)
	}
	n, err := note.Open([]byte(text), note.VerifierList(verifier))
	if err != nil {
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

// CheckpointSize reads the size of a checkpoint without verifying it.
func CheckpointSize(text string) (int64, error) {
	c, err := parseCheckpoint(text)
	return c.Size, err
}

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
