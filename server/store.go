package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"

	"github.com/saldo-pix/saldo/store/memory"
	"github.com/saldo-pix/saldo/store/pebble"
	"github.com/saldo-pix/saldo/store/postgres"
)

// StoreOptions say how a store is opened.
type StoreOptions struct {
	ReadOnly bool // refuse every change; a folder that is not there is not made
	// PastMemory is how many bytes of balances of the past a folder keeps in memory;
	// 0 is its default.
	PastMemory int64
	Log        *slog.Logger
}

// OpenStore opens the store that a URL names: pebble:DIR, which is made if there
// is none; postgres://…, whose tables are made or brought up to this release if
// need be; or memory:, which is empty and forgets. The caller closes it after the
// server has stopped.
func OpenStore(url string, o StoreOptions) (Store, error) {
	scheme, rest, _ := strings.Cut(url, ":")
	switch scheme {
	case "memory":
		if rest != "" {
			return nil, fmt.Errorf("store %s: memory: takes nothing after the colon", url)
		}
		return memory.New(), nil
	case "pebble":
		if rest == "" {
			return nil, errors.New("store pebble: needs a folder, as in pebble:./saldo-data")
		}
		if !o.ReadOnly {
			// Books are nobody else's on this machine.
			if err := os.MkdirAll(rest, 0o700); err != nil {
				return nil, fmt.Errorf("store %s: %w", url, err)
			}
		}
		return pebble.Open(rest, pebble.Options{ReadOnly: o.ReadOnly, ChaptersSize: o.PastMemory, Log: o.Log})
	case "postgres", "postgresql":
		return postgres.Open(context.Background(), url, postgres.Options{
			ReadOnly: o.ReadOnly, Migrate: !o.ReadOnly, Log: o.Log,
		})
	}
	return nil, fmt.Errorf("store %q: write memory:, pebble:DIR or postgres://…", url)
}
