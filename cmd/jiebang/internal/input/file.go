package input

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"unicode/utf8"
)

// Digest is the SHA-256 of a file.
func Digest(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("读不了合同文本: %w", err)
	}
	defer f.Close()
	h := sha256.New()
	n, err := io.Copy(h, f)
	switch {
	case err != nil:
		return nil, fmt.Errorf("读不了合同文本: %w", err)
	case n == 0:
		return nil, fmt.Errorf("合同文本 %s 是空文件", path)
	}
	return h.Sum(nil), nil
}

// Text reads a text of at most limit bytes from a file, or from stdin if path is "-".
func Text(path string, stdin io.Reader, limit int64) (string, error) {
	r := stdin
	if path != "-" {
		f, err := os.Open(path)
		if err != nil {
			return "", err
		}
		defer f.Close()
		r = f
	}
	data, err := io.ReadAll(io.LimitReader(r, limit+1))
	switch {
	case err != nil:
		return "", err
	case int64(len(data)) > limit:
		return "", fmt.Errorf("%s 超过 %d 字节", path, limit)
	case !utf8.Valid(data):
		return "", errors.New(path + " 不是 UTF-8 文本")
	}
	text := strings.TrimPrefix(string(data), "\uFEFF") // editors on Windows put it there
	return strings.TrimRight(text, "\r\n"), nil
}
