package server_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/saldo-pix/saldo/server"
)

func TestAURLNamesAStore(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "books")
	for _, url := range []string{"memory:", "pebble:" + dir} {
		store, err := server.OpenStore(url, server.StoreOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := store.LastID(t.Context()); err != nil {
			t.Errorf("%s: %v", url, err)
		}
		if err := store.Close(); err != nil {
			t.Errorf("%s: %v", url, err)
		}
	}
	if info, err := os.Stat(dir); err != nil || info.Mode().Perm() != fs.FileMode(0o700) {
		t.Errorf("the folder is open to others: %v %v", info.Mode(), err)
	}
}

func TestStoresThatCannotBeAreRefused(t *testing.T) {
	none := filepath.Join(t.TempDir(), "none")
	for _, c := range []struct {
		url, want string
		options   server.StoreOptions
	}{
		{url: "", want: "write memory:, pebble:DIR or postgres://…"},
		{url: "./saldo-data", want: "write memory:, pebble:DIR or postgres://…"},
		{url: "sqlite:books", want: "write memory:, pebble:DIR or postgres://…"},
		{url: "pebble:", want: "needs a folder"},
		{url: "memory:books", want: "takes nothing"},
		{url: "postgres://127.0.0.1:1/saldo", want: "unavailable"},
		{url: "postgresql://127.0.0.1:1/saldo", want: "unavailable"},
		{url: "postgres://127.0.0.1:port/saldo", want: "port"},
		{url: "pebble:" + none, want: none, options: server.StoreOptions{ReadOnly: true}},
	} {
		_, err := server.OpenStore(c.url, c.options)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: %v", c.url, err)
		}
	}
	if _, err := os.Stat(none); err == nil {
		t.Error("a folder was made for reading only")
	}
}
