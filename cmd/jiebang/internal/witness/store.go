// Package witness is a small witness: it signs each head of the ledgers that it knows which continues the last one it signed, and nothing else.
//
//   - What it signed last is on the disk before a signature leaves it, so it contradicts itself neither after a crash nor after a restart.
//   - It does not start without its state, or beside another process that has it: a witness that forgot what it signed would sign anything.
//   - Its key is a file that its owner alone can read.
package witness

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"github.com/jiebang/jiebang/services/ledger/entry"
	"github.com/jiebang/jiebang/services/ledger/witness"
)

const (
	keyFile   = "key.json"
	stateFile = "state.json"
)

// secret is the key file.
type secret struct {
	Name string `json:"name"`
	Seed []byte `json:"seed"`
}

// state is the state file: for each origin the checkpoint that was signed last, with the witness's own signature.
type state map[string]string

// Why a witness does not start.
var (
	ErrExists = errors.New("这里已有一个见证人;它的密钥和状态不能覆盖")
	ErrNone   = errors.New("这里没有见证人;请先运行 jiebang witness init")
	ErrState  = errors.New("见证人的状态丢失或损坏,拒绝启动:不知道签过什么,就可能签出两份互相矛盾的账本。请从备份恢复 " + stateFile +
		";恢复不了的,请用 jiebang witness init 以新名称另立一个见证人,并告知采信它的各方停用旧公钥")
	ErrBusy = errors.New("另一个进程正在使用这个见证人")
)

// Init makes a witness in a directory and returns its verifier key.
func Init(dir, name string, seed []byte) (string, error) {
	signer, err := witness.NewSigner(name, seed)
	if err != nil {
		return "", err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", err
	}
	key, err := json.Marshal(secret{name, seed})
	if err != nil {
		return "", err
	}
	f, err := os.OpenFile(filepath.Join(dir, keyFile), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return "", ErrExists
	}
	if err != nil {
		return "", err
	}
	_, err = f.Write(append(key, '\n'))
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return "", err
	}
	return signer.String(), write(dir, state{})
}

// readKey reads the key file.
func readKey(dir string) (*witness.Signer, error) {
	data, err := os.ReadFile(filepath.Join(dir, keyFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ErrNone
	}
	if err != nil {
		return nil, err
	}
	var s secret
	if err := json.Unmarshal(data, &s); err != nil {
		return nil, fmt.Errorf("%s: %w", keyFile, err)
	}
	return witness.NewSigner(s.Name, s.Seed)
}

// Key is the verifier key of the witness in a directory.
func Key(dir string) (string, error) {
	s, err := readKey(dir)
	if err != nil {
		return "", err
	}
	return s.String(), nil
}

// lock keeps every other process from the witness until the returned file is closed. The key file carries the lock, since it is never replaced.
func lock(dir string) (*os.File, error) {
	f, err := os.Open(filepath.Join(dir, keyFile))
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = f.Close()
		return nil, ErrBusy
	}
	return f, nil
}

// read reads the state and makes sure that every head in it is one that the ledger and this witness have signed.
func read(dir string, key *witness.Verifier, logs witness.Logs) (state, error) {
	data, err := os.ReadFile(filepath.Join(dir, stateFile))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrState, err)
	}
	s := state{}
	if err := json.Unmarshal(data, &s); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrState, err)
	}
	for origin, note := range s {
		signed, err := witness.Cosignatures(note, []*witness.Verifier{key})
		if err != nil || len(signed) != 1 {
			return nil, fmt.Errorf("%w: %s 的记录没有本见证人的签名", ErrState, origin)
		}
		head, err := entry.Unverified(note)
		if err != nil || head.Origin != origin {
			return nil, fmt.Errorf("%w: %s 的记录是另一个账本的", ErrState, origin)
		}
		if log, known := logs[origin]; known {
			if _, err := entry.OpenCheckpoint(note, log); err != nil {
				return nil, fmt.Errorf("%w: %s 的记录不是由 --log 给出的公钥签名的", ErrState, origin)
			}
		}
	}
	return s, nil
}

// write replaces the state file. It is whole at any moment, and on the disk when write returns.
func write(dir string, s state) error {
	data, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, "."+stateFile+".*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.Write(append(data, '\n'))
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), filepath.Join(dir, stateFile)); err != nil {
		return err
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
