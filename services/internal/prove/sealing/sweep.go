package sealing

import (
	"bufio"
	"bytes"
	"context"
	"database/sql"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf16"

	_ "github.com/jackc/pgx/v5/stdlib" // to read what is in the tables

	"github.com/jiebang/jiebang/ent/gen/ent/migrate"
)

// forms are how a word may be written somewhere.
func forms(word string) map[string][]byte {
	var wide []byte
	for _, u := range utf16.Encode([]rune(word)) {
		wide = append(wide, byte(u), byte(u>>8))
	}
	all := map[string][]byte{"plain": []byte(word), "UTF-16": wide, "hexadecimal": []byte(hex.EncodeToString([]byte(word)))}
	for shift := range 3 { // wherever it begins in a group of three
		text := base64.StdEncoding.EncodeToString([]byte(strings.Repeat(" ", shift) + word))
		all[fmt.Sprintf("base64 %d", shift)] = []byte(text[4 : len(text)-4])
	}
	return all
}

// Places are everything that a server keeps: the files of its directories, and on PostgreSQL each row of each table as text.
func Places(ctx context.Context, database string, dirs ...string) (map[string][]byte, error) {
	all := map[string][]byte{}
	for _, dir := range dirs {
		err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err != nil || !d.Type().IsRegular() {
				return err
			}
			all[path], err = os.ReadFile(filepath.Clean(path))
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	if !strings.HasPrefix(database, "postgres") {
		return all, nil
	}
	db, err := sql.Open("pgx", database)
	if err != nil {
		return nil, err
	}
	for _, table := range migrate.Tables {
		if all["table "+table.Name], err = text(ctx, db, table.Name); err != nil {
			return nil, errors.Join(err, db.Close())
		}
	}
	return all, db.Close()
}

// text is a table of PostgreSQL as text.
func text(ctx context.Context, db *sql.DB, table string) (all []byte, err error) {
	rows, err := db.QueryContext(ctx, `SELECT x::text FROM "`+table+`" x`) // #nosec G202 -- the name of one of our own tables
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var row string
		if err := rows.Scan(&row); err != nil {
			return nil, err
		}
		all = append(all, row...)
	}
	return all, rows.Err()
}

// Found says where a word is written, and how.
func Found(all map[string][]byte, word string) (where []string) {
	for place, content := range all {
		for form, text := range forms(word) {
			if bytes.Contains(content, text) {
				where = append(where, place+" "+form)
			}
		}
	}
	slices.Sort(where)
	return where
}

// Memory reads the memory of a process, as a dump of its core would have it, and says in which forms it has words.
func Memory(pid int, words ...string) (found map[string][]string, err error) {
	maps, err := os.Open(fmt.Sprintf("/proc/%d/maps", pid))
	if err != nil {
		return nil, err
	}
	defer maps.Close()
	mem, err := os.Open(fmt.Sprintf("/proc/%d/mem", pid))
	if err != nil {
		return nil, err
	}
	defer mem.Close()
	found = map[string][]string{}
	for lines := bufio.NewScanner(maps); lines.Scan(); {
		var from, to int64
		var rights string
		if _, err := fmt.Sscanf(lines.Text(), "%x-%x %s", &from, &to, &rights); err != nil || !strings.HasPrefix(rights, "r") || strings.HasSuffix(lines.Text(), "[vvar]") {
			continue
		}
		content, err := io.ReadAll(io.NewSectionReader(mem, from, to-from))
		if err != nil && len(content) == 0 {
			continue // a page that no core has either
		}
		for _, word := range words {
			found[word] = append(found[word], Found(map[string][]byte{strings.Join(strings.Fields(lines.Text()), " "): content}, word)...)
		}
	}
	return found, nil
}
