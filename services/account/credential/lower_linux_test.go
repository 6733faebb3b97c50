package credential

import (
	"runtime"
	"syscall"
	"testing"
)

// TestAside makes sure that a hash has the low priority and nobody else does: not who waits for it, and not who comes after it.
func TestAside(t *testing.T) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	priority := func() int {
		n, err := syscall.Getpriority(syscall.PRIO_PROCESS, syscall.Gettid()) // 20 less than the nice value
		if err != nil {
			t.Error(err)
		}
		return 20 - n
	}
	before, within := priority(), 0
	aside(func() []byte { within = priority(); return nil })
	if want := max(before, modest); within != want || priority() != before {
		t.Errorf("got %d within and %d after it, want %d and %d", within, priority(), want, before)
	}
	for range 100 {
		done := make(chan int)
		go func() {
			runtime.LockOSThread()
			defer runtime.UnlockOSThread()
			done <- priority()
		}()
		if got := <-done; got != before {
			t.Fatalf("a thread that hashed goes on with priority %d", got)
		}
	}
}
