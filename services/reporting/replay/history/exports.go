package history

import (
	"errors"

	"github.com/jiebang/jiebang/services/ledger/entry"
)

// applyExport makes sure that an export is told of once. Who took what is known by its entry alone.
func applyExport(_ *History, _ *entry.Entry, _ *subject, event string, known bool) error {
	if known || event != "made" {
		return errors.New("导出只能记一次")
	}
	return nil
}
