//go:build !linux

package credential

// lower does nothing: threads have priorities of their own on Linux alone.
func lower() {}
