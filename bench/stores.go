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
	"github.com/saldo-pix/saldo/store/postgres"
)

// stores makes and finds the stores of a run. A store has a URL, as for a server.
type stores interface {
	// create makes room for an empty store, which remove takes away.
	create(ctx context.Context, name string) (url string, err error)
	// find returns where a big store is, and whether it is complete; room is
	// made for one that is not.
	find(ctx context.Context, name string) (url string, complete bool, err error)
	// finish notes that a big store is complete.
	finish(ctx context.Context, url string, took time.Duration) error
	// settle has the store of a URL end what it would else do later, beside a
	// measurement.
	settle(ctx context.Context, url string) error
	remove(ctx context.Context, url string) error
	// close removes what is not to be kept.
	close(ctx context.Context) error
}

// The kinds of stores.
const (
	inMemory   = "memory"
	onPebble   = "pebble"
	onPostgres = "postgres"
)

// kindOf returns the kind of store that a URL names, empty if there is none.
func kindOf(url string) string {
	switch kind, _, _ := strings.Cut(url, ":"); kind {
	case inMemory, onPebble, onPostgres:
		return kind
	case "postgresql":
		return onPostgres
	}
	return ""
}

// openStore opens the store of a URL.
func openStore(ctx context.Context, url string) (server.Store, error) {
	switch kindOf(url) {
	case inMemory:
		return memory.New(), nil
	case onPebble:
		return pebble.Open(strings.TrimPrefix(url, onPebble+":"), pebble.Options{})
	case onPostgres:
		return postgres.Open(ctx, url, postgres.Options{Migrate: true})
	}
	return nil, fmt.Errorf("no store %q", url)
}

// nowhere makes stores in memory.
type nowhere struct{}

func (nowhere) create(context.Context, string) (string, error)      { return inMemory + ":", nil }
func (nowhere) find(context.Context, string) (string, bool, error)  { return inMemory + ":", false, nil }
func (nowhere) finish(context.Context, string, time.Duration) error { return nil }
func (nowhere) settle(context.Context, string) error                { return nil }
func (nowhere) remove(context.Context, string) error                { return nil }
func (nowhere) close(context.Context) error                         { return nil }

// folders makes stores in folders.
type folders struct {
	dir  string // of this run
	keep string // of big stores
}

func (f *folders) create(_ context.Context, name string) (string, error) {
	return onPebble + ":" + filepath.Join(f.dir, name), nil
}

// find looks for the file beside a folder that says that it is complete.
func (f *folders) find(_ context.Context, name string) (string, bool, error) {
	dir := filepath.Join(f.keep, name)
	url := onPebble + ":" + dir
	if _, err := os.Stat(dir + completeSuffix); err == nil {
		return url, true, nil
	}
	return url, false, errors.Join(os.RemoveAll(dir), os.MkdirAll(f.keep, 0o700))
}

const completeSuffix = ".complete"

func (f *folders) finish(_ context.Context, url string, took time.Duration) error {
	return os.WriteFile(strings.TrimPrefix(url, onPebble+":")+completeSuffix, []byte(took.String()+"\n"), 0o600)
}

func (f *folders) settle(context.Context, string) error { return nil }

func (f *folders) remove(_ context.Context, url string) error {
	return os.RemoveAll(strings.TrimPrefix(url, onPebble+":"))
}

func (f *folders) close(context.Context) error { return nil } // the run's folder goes as a whole

// newStores reads what Options.Store and Options.Keep say. It returns a folder for
// files of this run, which whoever called it removes.
func newStores(ctx context.Context, from, keep string) (stores, string, error) {
	kind := kindOf(from)
	_, parent, _ := strings.Cut(from, ":")
	switch {
	case kind == "":
		return nil, "", fmt.Errorf(`no store %q: it is "pebble:DIR", "postgres://…" or "memory:"`, from)
	case kind == onPostgres:
		parent = os.TempDir()
	case parent == "":
		parent = "."
	}
	dir, err := os.MkdirTemp(parent, "saldo-bench-")
	if err != nil {
		return nil, "", err
	}
	switch kind {
	case inMemory:
		return nowhere{}, dir, nil
	case onPebble:
		if keep == "" {
			keep = dir
		}
		return &folders{dir, keep}, dir, nil
	}
	c, err := newCluster(ctx, from, keep)
	if err != nil {
		return nil, "", errors.Join(err, os.Remove(dir))
	}
	return c, dir, nil
}

// cleaning returns a context for cleaning up, which must be done after an
// interruption as well.
func cleaning(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
}

// withHouse calls do with a Saldo over a new store of the payers' accounts.
func (s *session) withHouse(ctx context.Context, name string, do func(*house) error) error {
	return s.withStore(ctx, name, func(url string) error {
		store, err := openStore(ctx, url)
		if err != nil {
			return err
		}
		h, err := openHouse(ctx, store)
		if err != nil {
			return err
		}
		if err = s.fill(ctx, h, s.Payers, 0); err == nil {
			err = h.signIn(ctx, s.Payers)
		}
		if err == nil {
			err = do(h)
		}
		return errors.Join(err, h.close())
	})
}

// withStore calls do with the URL of an empty store.
func (s *session) withStore(ctx context.Context, name string, do func(url string) error) error {
	url, err := s.stores.create(ctx, name)
	if err != nil {
		return err
	}
	err = do(url)
	ctx, cancel := cleaning(ctx)
	defer cancel()
	return errors.Join(err, s.stores.remove(ctx, url))
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

// built returns the URL of a big store, which it fills if it was not kept.
func (s *session) built(ctx context.Context, name string, accounts, payments int) (string, error) {
	url, complete, err := s.stores.find(ctx, name)
	if err != nil || complete {
		return url, err
	}
	begin := time.Now()
	store, err := openStore(ctx, url)
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
	if err := s.stores.settle(ctx, url); err != nil {
		return "", err
	}
	took := time.Since(begin)
	s.progress("built %s in %s", name, took.Round(time.Millisecond))
	return url, s.stores.finish(ctx, url, took)
}
