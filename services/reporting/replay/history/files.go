package history

import (
	"fmt"

	"github.com/jiebang/jiebang/services/filing/file"
	"github.com/jiebang/jiebang/services/ledger/entry"
)

// fileEvents are the events by which files move. To be scanned, attached and detached leaves a file where it is.
var fileEvents = map[string]file.Event{"completed": file.Finish, "quarantined": file.Quarantine, "deleted": file.Delete, "expired": file.Expire}

// fileColumns are what is declared of a file.
var fileColumns = []string{"organization_id", "purpose", "display_name", "size", "sha256", "created_at"}

// applyFile makes sure that a file moves as its machine allows, is what was declared of it for ever, and goes only when nothing refers to it.
func applyFile(_ *History, e *entry.Entry, s *subject, _ string, _ bool) error {
	fixed := fixedColumns(e, fileColumns...)
	if s.version > 1 && s.fixed != fixed {
		return fmt.Errorf("文件登记后的内容被改动")
	}
	s.fixed = fixed
	if state := file.State(value(e, "state")); state != file.Complete && state != file.Quarantined && value(e, "attachments") != "" {
		return fmt.Errorf("被引用的文件处于状态 %s", state)
	}
	return follow(e, s, "文件", fileEvents, file.Machine)
}
