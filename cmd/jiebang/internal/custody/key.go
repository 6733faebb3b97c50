// Package custody has the commands of those who seal bids and of those who keep the keys to them. They need no server: what is secret never
// leaves the machine, and what is proved is computed here.
package custody

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"filippo.io/age"
	"filippo.io/age/armor"

	"github.com/jiebang/jiebang/services/bidding/seal"
	"github.com/jiebang/jiebang/services/fault"
)

// maxKeyFile bounds a key file, in bytes; one has about 500.
const maxKeyFile = 16 << 10

// work is how much guessing a passphrase costs, as a power of two: about a second for each guess.
const work = 18

// lockKey writes the key file of an identity: an age identity under a passphrase, as text, which `age -d` opens too.
func lockKey(i *seal.Identity, passphrase string, work int) ([]byte, error) {
	recipient, err := age.NewScryptRecipient(passphrase)
	if err != nil {
		return nil, err
	}
	recipient.SetWorkFactor(work)
	var file bytes.Buffer
	text := armor.NewWriter(&file)
	w, err := age.Encrypt(text, recipient)
	if err != nil {
		return nil, err
	}
	_, err = fmt.Fprintf(w, "# public key: %s\n%s\n", i.Recipient(), i.Secret())
	if err := errors.Join(err, w.Close(), text.Close()); err != nil {
		return nil, err
	}
	return file.Bytes(), nil
}

var (
	errKeyFile    = errors.New("不是密钥保管人的密钥文件,应由 jiebang custodian init 生成")
	errPassphrase = errors.New("口令不对,或密钥文件已损坏;请重新输入,或用纸质备份恢复")
)

// unlockKey is the inverse of lockKey.
func unlockKey(file []byte, passphrase string) (*seal.Identity, error) {
	identity, err := age.NewScryptIdentity(passphrase)
	if err != nil {
		return nil, err
	}
	if !bytes.HasPrefix(bytes.TrimSpace(file), []byte(armor.Header)) {
		return nil, errKeyFile
	}
	r, err := age.Decrypt(armor.NewReader(bytes.NewReader(bytes.TrimSpace(file))), identity)
	if err != nil {
		return nil, errPassphrase
	}
	text, err := io.ReadAll(io.LimitReader(r, maxKeyFile))
	if err != nil {
		return nil, errPassphrase
	}
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			i, err := seal.ParseIdentity(line)
			return i, explain(err)
		}
	}
	return nil, errKeyFile
}

// create writes a file that is not there yet, for its owner alone, and leaves none that is not whole.
func create(path string, write func(io.Writer) error) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, os.ErrExist) {
		return fmt.Errorf("文件 %s 已存在,不会覆盖;请换一个文件名,或自己移走它", path)
	}
	if err != nil {
		return err
	}
	if err := errors.Join(write(f), f.Sync(), f.Close()); err != nil {
		return errors.Join(err, os.Remove(path))
	}
	return nil
}

// read reads a file of at most limit bytes.
func read(path string, limit int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err == nil && int64(len(b)) > limit {
		return nil, fmt.Errorf("文件 %s 超过 %d 字节", path, limit)
	}
	return b, err
}

// Explain puts a fault of package seal into Chinese, with its reason.
func Explain(err error) error { return explain(err) }

// explain puts a fault of package seal into Chinese, with its reason.
func explain(err error) error {
	if f := fault.As(err); f != nil && seal.Chinese[f.Reason] != "" {
		return fmt.Errorf("%s(%s)", seal.Explain(f), f.Reason)
	}
	return err
}
