package seal

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"math/bits"

	"golang.org/x/crypto/chacha20poly1305"

	"github.com/jiebang/jiebang/services/fault"
)

// ErrAttachment says that a sealed attachment does not open to the file that the bid names.
var ErrAttachment = fault.New(fault.Precondition, "ATTACHMENT_INVALID", "the sealed attachment does not open to the file that the bid names")

// chunkSize is how much of a file is sealed at once.
const chunkSize = 64 << 10

// AttachmentKey is the key of the attachment with that label. It tells nothing about the file key or another label's.
func AttachmentKey(key Key, label string) (k Key) {
	copy(k[:], derive(key[:], nil, "jiebang attachment 1\n"+label))
	return k
}

// Padded is the length that a file of n bytes is filled up to before it is sealed, by Padmé: at most 12 % more, and only the order of
// magnitude of n is told.
func Padded(n int64) int64 {
	if n < 2 {
		return n
	}
	exponent := bits.Len64(uint64(n)) - 1
	loose := exponent - bits.Len64(uint64(exponent))
	mask := int64(1)<<max(loose, 0) - 1
	return (n + mask) &^ mask
}

// SealAttachment seals the size bytes of file, filled up to Padded(size) with zeros, chunk by chunk. The key must be of this file alone.
// Each chunk is ChaCha20-Poly1305 under its number, and the last one says that it is the last, so none can be changed, moved or cut off.
func SealAttachment(w io.Writer, file io.Reader, size int64, key Key) error {
	aead, err := chacha20poly1305.New(key[:])
	if err != nil {
		return err
	}
	in := io.MultiReader(io.LimitReader(file, size), io.LimitReader(zeros{}, Padded(size)-size))
	err = eachChunk(in, chunkSize, Padded(size), func(nonce, chunk []byte) error {
		_, err := w.Write(aead.Seal(nil, nonce, chunk, nil))
		return err
	})
	if err != nil {
		return err
	}
	return ended(file)
}

// OpenAttachment is the inverse of SealAttachment. What it wrote before an error must be thrown away. Whether the file is the one that the
// bid names, its SHA-256 tells.
func OpenAttachment(w io.Writer, sealed io.Reader, size int64, key Key) error {
	aead, err := chacha20poly1305.New(key[:])
	if err != nil {
		return err
	}
	total := Padded(size)
	left := size
	err = eachChunk(sealed, chunkSize+aead.Overhead(), total+chunks(total)*int64(aead.Overhead()), func(nonce, chunk []byte) error {
		plain, err := aead.Open(chunk[:0], nonce, chunk, nil)
		if err != nil {
			return ErrAttachment
		}
		file := plain[:min(left, int64(len(plain)))]
		if len(bytes.TrimLeft(plain[len(file):], "\x00")) > 0 {
			return ErrAttachment
		}
		left -= int64(len(file))
		_, err = w.Write(file)
		return err
	})
	if err == nil {
		err = ended(sealed)
	}
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, errLonger) {
		return ErrAttachment
	}
	return err
}

func chunks(n int64) int64 { return max((n+chunkSize-1)/chunkSize, 1) }

var errLonger = errors.New("there is more than the stated size")

// ended reports whether r has nothing more to give.
func ended(r io.Reader) error {
	switch n, err := io.ReadFull(r, make([]byte, 1)); {
	case n > 0:
		return errLonger
	case errors.Is(err, io.EOF):
		return nil
	default:
		return err
	}
}

// eachChunk cuts total bytes of r into chunks and gives each with its nonce: its number, and whether it is the last.
func eachChunk(r io.Reader, size int, total int64, do func(nonce, chunk []byte) error) error {
	chunk := make([]byte, size)
	for number := uint64(0); ; number++ {
		part := chunk[:min(total, int64(size))]
		if n, err := io.ReadFull(r, part); n < len(part) {
			if errors.Is(err, io.EOF) {
				err = io.ErrUnexpectedEOF
			}
			return err
		}
		total -= int64(len(part))
		last := byte(0)
		if total == 0 {
			last = 1
		}
		nonce := binary.BigEndian.AppendUint64(make([]byte, chacha20poly1305.NonceSize-9), number)
		if err := do(append(nonce, last), part); err != nil || total == 0 {
			return err
		}
	}
}

// zeros is a reader of zeros without end.
type zeros struct{}

// Read implements io.Reader.
func (zeros) Read(b []byte) (int, error) {
	clear(b)
	return len(b), nil
}
