package cli

import (
	"fmt"
	"os"
	"strconv"

	"golang.org/x/term"
)

func isTerminal(stream any) bool {
	f, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// width is the width of the terminal, 0 if it is not known.
func (a *App) width() int {
	if n, err := strconv.Atoi(a.Getenv("COLUMNS")); err == nil {
		return n
	}
	if f, ok := a.Out.(*os.File); ok {
		if n, _, err := term.GetSize(int(f.Fd())); err == nil {
			return n
		}
	}
	return 0
}

// Progress tells how far a long work is: always on a terminal, else every 10,000 entries.
func (a *App) Progress(what string, done, total int64) {
	const step = 10_000
	switch {
	case isTerminal(a.Err) && total > 0:
		fmt.Fprintf(a.Err, "\r%s %d / %d 条", what, done, total)
		if done == total {
			fmt.Fprintln(a.Err)
		}
	case isTerminal(a.Err):
		fmt.Fprintf(a.Err, "\r%s %d 条", what, done)
	case done%step == 0 && done > 0:
		a.Note("%s %d 条", what, done)
	}
}

// Erase takes the last progress off a terminal.
func (a *App) Erase() {
	if isTerminal(a.Err) {
		fmt.Fprint(a.Err, "\r\x1b[K")
	}
}
