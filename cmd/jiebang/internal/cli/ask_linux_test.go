package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"syscall"
	"testing"
	"unsafe"
)

// terminal is a pseudo-terminal: what is written to the keyboard is typed.
func terminal(t *testing.T) (keyboard, screen *os.File) {
	t.Helper()
	keyboard, err := os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = keyboard.Close() })
	var locked, number uint32
	control(t, keyboard, syscall.TIOCSPTLCK, unsafe.Pointer(&locked))
	control(t, keyboard, syscall.TIOCGPTN, unsafe.Pointer(&number))
	screen, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = screen.Close() })
	return keyboard, screen
}

func control(t *testing.T, f *os.File, request uintptr, at unsafe.Pointer) {
	t.Helper()
	if _, _, failed := syscall.Syscall(syscall.SYS_IOCTL, f.Fd(), request, uintptr(at)); failed != 0 {
		t.Fatal(failed)
	}
}

// shows reports whether a terminal shows what is typed.
func shows(t *testing.T, f *os.File) bool {
	t.Helper()
	var s syscall.Termios
	control(t, f, syscall.TCGETS, unsafe.Pointer(&s))
	return s.Lflag&syscall.ECHO != 0
}

// TestHidden asks on a terminal, which shows nothing while a secret is typed, and shows again what is typed afterwards, also after an interruption.
func TestHidden(t *testing.T) {
	for name, interrupt := range map[string]bool{"answered": false, "interrupted": true} {
		t.Run(name, func(t *testing.T) {
			keyboard, screen := terminal(t)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			type answer struct {
				secret string
				err    error
			}
			done := make(chan answer, 1)
			a := &App{In: screen, Err: io.Discard}
			go func() {
				secret, err := a.Secret(ctx, "密码")
				done <- answer{secret, err}
			}()
			for looks := 0; shows(t, screen); looks++ {
				if looks > 5_000_000 {
					t.Fatal("the terminal goes on showing what is typed")
				}
				select {
				case got := <-done:
					t.Fatalf("got %q, %v while the terminal shows what is typed", got.secret, got.err)
				default:
					runtime.Gosched()
				}
			}
			if interrupt {
				cancel()
				if got := <-done; !errors.Is(got.err, context.Canceled) {
					t.Errorf("got %q, %v", got.secret, got.err)
				}
			} else {
				if _, err := keyboard.WriteString("geheim \n"); err != nil {
					t.Fatal(err)
				}
				if got := <-done; got.err != nil || got.secret != "geheim " {
					t.Errorf("got %q, %v", got.secret, got.err)
				}
			}
			if !shows(t, screen) {
				t.Error("the terminal hides what is typed ever after")
			}
		})
	}
}
