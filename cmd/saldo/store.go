package main

import (
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"strings"

	"github.com/saldo-pix/saldo/store/pebble"
)

// storeFlags say where the books are. No environment variable does: one that is
// set for a real server must not lead saldo dev to its books.
type storeFlags struct {
	Data  string `placeholder:"DIR" xor:"store" help:"Folder of the books; ./saldo-data if neither is given."`
	Store string `placeholder:"URL" xor:"store" help:"Store of the books: pebble:DIR, postgres://… or memory:."`
}

func (f *storeFlags) url() string {
	if f.Data == "" && f.Store == "" {
		return storeURL(dataDefault, "")
	}
	return storeURL(f.Data, f.Store)
}

// storeURL is the URL of the store, for which a folder alone may stand.
func storeURL(data, url string) string {
	if url == "" {
		return "pebble:" + data
	}
	return url
}

// folder is where the store of a URL keeps its files, empty if it keeps none.
func folder(url string) string {
	dir, ok := strings.CutPrefix(url, "pebble:")
	if !ok {
		return ""
	}
	return filepath.Clean(dir)
}

// inPostgres tells whether a URL names books in PostgreSQL.
func inPostgres(url string) bool {
	return strings.HasPrefix(url, "postgres:") || strings.HasPrefix(url, "postgresql:")
}

// redacted is a store's URL without the password in it.
func redacted(text string) string {
	if parsed, err := url.Parse(text); err == nil && inPostgres(text) {
		return parsed.Redacted()
	}
	return text
}

// explain tells what to do about a store that can't be opened.
func explain(err error) error {
	if errors.Is(err, pebble.ErrLocked) {
		return fmt.Errorf("%w: a server is running on it; stop that first", err)
	}
	return err
}
