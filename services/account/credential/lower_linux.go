package credential

import "syscall"

// modest is the priority of a thread that hashes: a tenth of what others get where they compete, so that a busy server still lets people in.
const modest = 10

// lower lets the calling thread yield to every other. If the system does not let it, it hashes as any other.
func lower() { _ = syscall.Setpriority(syscall.PRIO_PROCESS, syscall.Gettid(), modest) }
