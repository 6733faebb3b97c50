package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/jiebang/jiebang/cmd/jiebang/internal/failure"
)

// secretFlag is an annotation of a command: its flag that has secrets read from stdin.
const secretFlag = "secret-flag"

// SecretFlag adds the flag by which secrets are read from stdin, one a line in the order in which they would be asked for. None is ever an argument: others
// see the list of processes.
func (a *App) SecretFlag(c *cobra.Command, flag, usage string) {
	if c.Annotations == nil {
		c.Annotations = map[string]string{}
	}
	c.Annotations[secretFlag] = flag
	c.Flags().BoolVar(&a.secretsFromStdin, flag, false, usage+";从标准输入读取,一行一个")
}

// CanAsk reports whether there is somebody to ask.
func (a *App) CanAsk() bool { return isTerminal(a.In) }

// FromStdin reports whether the caller gives secrets on stdin.
func (a *App) FromStdin() bool { return a.secretsFromStdin }

// Secret asks for a password or a code, without showing what is typed, or takes the next line of stdin if the caller said so.
func (a *App) Secret(ctx context.Context, what string) (secret string, err error) {
	switch {
	case a.secretsFromStdin:
		secret, err = readWhole(ctx, a.lines()) // a password may begin and end with spaces
	case a.CanAsk():
		fmt.Fprintf(a.Err, "%s(不显示): ", what)
		secret, err = readHidden(ctx, a.In.(*os.File))
		fmt.Fprintln(a.Err)
	case a.secretFlag != "":
		return "", failure.Usagef("需要%s;不是终端,请用 --%s 从标准输入给出", what, a.secretFlag)
	default:
		return "", failure.Usagef("需要%s;请在终端运行", what)
	}
	if err == nil && secret == "" {
		if a.secretsFromStdin {
			return "", failure.Usagef("标准输入里没有%s", what)
		}
		return "", failure.ErrCancelled
	}
	return secret, err
}

// NewPassword asks for a new password, twice on a terminal.
func (a *App) NewPassword(ctx context.Context, what string) (string, error) {
	password, err := a.Secret(ctx, what)
	if err != nil || a.secretsFromStdin {
		return password, err
	}
	again, err := a.Secret(ctx, "再输入一次"+what)
	if err == nil && again != password {
		return "", failure.Usagef("两次输入的%s不同", what)
	}
	return password, err
}

// lines is stdin with what was read ahead of it.
func (a *App) lines() *bufio.Reader {
	if a.stdin == nil {
		a.stdin = bufio.NewReader(a.In)
	}
	return a.stdin
}

// readHidden reads a line from a terminal without showing it. A run that is interrupted leaves the terminal as it was.
func readHidden(ctx context.Context, f *os.File) (string, error) {
	fd := int(f.Fd())
	before, err := term.GetState(fd)
	if err != nil {
		return "", err
	}
	type answer struct {
		text []byte
		err  error
	}
	answers := make(chan answer, 1)
	go func() {
		var got answer
		read := func(fd uintptr) { got.text, got.err = term.ReadPassword(int(fd)) }
		if held, err := f.SyscallConn(); err != nil {
			got.err = err
		} else if err := held.Control(read); err != nil { // it mends the terminal by its number in the end, which nobody else gets until then
			got.err = err
		}
		answers <- got
	}()
	select {
	case <-ctx.Done():
		return "", errors.Join(ctx.Err(), term.Restore(fd, before))
	case got := <-answers:
		return string(got.text), got.err
	}
}

// Agree asks a question that only a yes answers; --yes answers it beforehand, and a dry run needs no answer.
func (a *App) Agree(ctx context.Context, question string) error {
	switch {
	case a.change.yes || a.change.dryRun:
		return nil
	case !a.CanAsk() || a.secretsFromStdin:
		return failure.Usagef("%s请核对以上内容,再加 --yes 运行", question)
	}
	fmt.Fprintf(a.Err, "%s输入 是 或 yes 以确认,直接回车取消: ", question)
	line, err := readLine(ctx, a.lines())
	if err != nil {
		return err
	}
	if line != "是" && line != "yes" && line != "y" {
		return failure.ErrCancelled
	}
	return nil
}

// YesFlag adds the flag that agrees beforehand.
func (a *App) YesFlag(c *cobra.Command) {
	c.Flags().BoolVar(&a.change.yes, "yes", false, "不再询问,确认执行")
}
