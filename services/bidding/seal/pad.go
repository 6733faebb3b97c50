package seal

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"io"
)

// Buckets are the lengths that padded content can have, in bytes. The largest is such that a technical and a price envelope for
// MaxRecipients still fit together into a call of 64 KiB.
var Buckets = []int{4 << 10, 8 << 10, 16 << 10, 32 << 10, 52 << 10}

// MaxPlain bounds content before it is compressed, in bytes. It is what an opening is ready to unpack.
const MaxPlain = 256 << 10

const lengthSize = 4

// pack compresses content and fills it up to a bucket: its compressed length, itself, zeros. 20,000 Chinese characters are 60,000 bytes,
// and about 40,000 at most when they are compressed. Nobody but the bidder chooses what is compressed, so the bucket tells nobody what is in it.
func pack(content []byte) ([]byte, error) {
	if len(content) > MaxPlain {
		return nil, ErrTooLarge.With("bytes", len(content)).With("max", MaxPlain)
	}
	b := bytes.NewBuffer(make([]byte, lengthSize))
	w, err := flate.NewWriter(b, flate.BestSpeed)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(content); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	packed := b.Bytes()
	binary.BigEndian.PutUint32(packed, uint32(len(packed)-lengthSize))
	for _, bucket := range Buckets {
		if len(packed) <= bucket {
			return append(packed, make([]byte, bucket-len(packed))...), nil
		}
	}
	return nil, ErrTooLarge.With("bytes", len(packed)).With("max", Buckets[len(Buckets)-1])
}

// unpack is the inverse of pack. It refuses padding that is not zero, and more content than MaxPlain.
func unpack(packed []byte) ([]byte, bool) {
	if len(packed) < lengthSize {
		return nil, false
	}
	length, rest := binary.BigEndian.Uint32(packed), packed[lengthSize:]
	if int64(length) > int64(len(rest)) || len(bytes.TrimLeft(rest[length:], "\x00")) > 0 {
		return nil, false
	}
	in := bytes.NewReader(rest[:length])
	content, err := io.ReadAll(io.LimitReader(flate.NewReader(in), MaxPlain+1))
	return content, err == nil && len(content) <= MaxPlain && in.Len() == 0
}
