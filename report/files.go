package report

import (
	"bufio"
	"errors"
	"io"
	"os"
	"path/filepath"

	"github.com/saldo-pix/saldo/statement"
)

// files are what is written of one day: the report of the house as JSON and CSV, and
// of all accounts a row each in CSV and a line each in JSON Lines. They are in a
// folder that has its name only once all of them are whole.
type files struct {
	dir, day    string
	temporary   string
	rows, lines *file
}

type file struct {
	*os.File
	*bufio.Writer
}

func (f *file) end() error { return errors.Join(f.Flush(), f.Sync(), f.File.Close()) }

func (f *file) Write(p []byte) (int, error) { return f.Writer.Write(p) }

func openFiles(dir string, on statement.Day) (*files, error) {
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return nil, err
	}
	f := &files{dir: dir, day: on.String()}
	var err error
	if f.temporary, err = os.MkdirTemp(dir, "."+f.day+"-*"); err != nil {
		return nil, err
	}
	if f.rows, err = f.create("accounts.csv"); err == nil {
		if f.lines, err = f.create("accounts.jsonl"); err == nil {
			err = writeHeader(f.rows)
		}
	}
	if err != nil {
		f.discard()
	}
	return f, err
}

func (f *files) create(name string) (*file, error) {
	created, err := os.OpenFile(filepath.Join(f.temporary, name), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o640)
	if err != nil {
		return nil, err
	}
	return &file{created, bufio.NewWriter(created)}, nil
}

// account writes the report of an account.
func (f *files) account(a *Account) error {
	return errors.Join(writeRow(f.rows, a), writeJSON(f.lines, a))
}

// finish writes the report of the house and gives the folder its name. One that has
// it already is of an earlier try, and goes.
func (f *files) finish(h *House) error {
	err := errors.Join(f.rows.end(), f.lines.end())
	f.rows, f.lines = nil, nil
	for _, format := range []Format{JSON, CSV} {
		err = errors.Join(err, f.house(format, h))
	}
	if err != nil {
		return err
	}
	named := filepath.Join(f.dir, f.day)
	old := f.temporary + ".old"
	if err := os.Rename(named, old); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	if err := os.Rename(f.temporary, named); err != nil {
		return err
	}
	f.temporary = ""
	return os.RemoveAll(old)
}

func (f *files) house(format Format, h *House) error {
	to, err := f.create("house." + string(format))
	if err != nil {
		return err
	}
	return errors.Join(WriteHouse(to, format, h), to.end())
}

// discard removes what has no name yet.
func (f *files) discard() {
	for _, open := range []io.Closer{f.rows.closer(), f.lines.closer()} {
		if open != nil {
			_ = open.Close()
		}
	}
	f.rows, f.lines = nil, nil
	if f.temporary != "" {
		_ = os.RemoveAll(f.temporary)
	}
}

func (f *file) closer() io.Closer {
	if f == nil {
		return nil
	}
	return f.File
}
