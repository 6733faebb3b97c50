// Package secretfile keeps secrets of the server in files of its data directory.
package secretfile

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/jiebang/jiebang/services/internal/chance"
)

// Read reads a secret of 32 bytes, such as the seed of the signing key, or makes it the first time.
func Read(path string, rand chance.Source) ([]byte, error) {
	const size = 32
	seed, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		seed = chance.Bytes(rand, size)
		return seed, Write(path, seed)
	}
	if err != nil {
		return nil, err
	}
	if len(seed) != size {
		return nil, fmt.Errorf("%s: a secret has %d bytes, this file %d", path, size, len(seed))
	}
	return seed, nil
}

// Write writes a file that its owner alone can read, and makes sure that it stays: what is signed with a lost key cannot be continued.
func Write(path string, data []byte) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	return errors.Join(err, f.Sync(), f.Close(), syncDir(filepath.Dir(path)))
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
