package bench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/saldo-pix/saldo/server"
	"github.com/saldo-pix/saldo/store/memory"
	"github.com/saldo-pix/saldo/store/pebble"
)

// stores makes and finds the stores of a run.
type stores struct {
	dir    string // of this run, removed at the end
	keep   string // of big stores; dir if they are not kept
	memory bool
}

// newStores reads what Options.Store and Options.Keep say.
func newStores(from, keep string) (*stores, error) {
	kind, parent, _ := strings.Cut(from, ":")
	if kind != "pebble" && kind != "memory" {
		return nil, fmt.Errorf(`no store %q: it is "pebble:DIR" or "memory:"`, from)
	}
	if parent == "" {
		parent = "."
	}
	dir, err := os.MkdirTemp(parent, "saldo-bench-")
	if err != nil {
		return nil, err
	}
	s := &stores{dir: dir, keep: dir, memory: kind == "memory"}
	if keep != "" {
		s.keep = keep
	}
	return s, nil
}

func (s *stores) remove() error { return os.RemoveAll(s.dir) }

// open opens the store in a folder, or an empty one in memory.
func (s *stores) open(dir string) (server.Store, error) {
	if s.memory {
		return memory.New(), nil
	}
	return openFolder(dir)
}

func openFolder(dir string) (server.Store, error) { return pebble.Open(dir, pebble.Options{}) }

// withHouse calls do with a Saldo over a new store of the payers' accounts, with
// this many past payments.
func (s *session) withHouse(ctx context.Context, name string, payments int, do func(*house) error) error {
	dir := filepath.Join(s.stores.dir, name)
	store, err := s.stores.open(dir)
	if err != nil {
		return err
	}
	h, err := openHouse(ctx, store)
	if err != nil {
		return err
	}
	if err = s.fill(ctx, h, s.Payers, payments); err == nil {
		err = h.signIn(ctx, s.Payers)
	}
	if err == nil {
		err = do(h)
	}
	return errors.Join(err, h.close(), os.RemoveAll(dir))
}

// past is how long ago the oldest payment of a filled store was made.
const past = 365 * 24 * time.Hour

func (s *session) fill(ctx context.Context, h *house, accounts, payments int) error {
	now := time.Now()
	begin := now.Add(-past)
	if err := fillAccounts(ctx, h.Book, accounts, begin.Truncate(time.Microsecond)); err != nil {
		return err
	}
	return fillPayments(ctx, h.Book, accounts, payments, begin, now)
}

// built returns the folder of a big store, which it fills if it was not kept.
// A file beside the folder says that it is complete.
func (s *session) built(ctx context.Context, name string, accounts, payments int) (string, error) {
	dir := filepath.Join(s.stores.keep, name)
	complete := dir + ".complete"
	if _, err := os.Stat(complete); err == nil {
		return dir, nil
	}
	if err := os.RemoveAll(dir); err != nil {
		return "", err
	}
	if err := os.MkdirAll(s.stores.keep, 0o700); err != nil {
		return "", err
	}
	begin := time.Now()
	store, err := openFolder(dir)
	if err != nil {
		return "", err
	}
	h, err := openHouse(ctx, store)
	if err != nil {
		return "", err
	}
	if err := errors.Join(s.fill(ctx, h, accounts, payments), h.close()); err != nil {
		return "", err
	}
	took := time.Since(begin)
	s.progress("built %s in %s", name, took.Round(time.Millisecond))
	return dir, os.WriteFile(complete, []byte(took.String()+"\n"), 0o600)
}
