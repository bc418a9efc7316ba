// Package postgres is a book.Store on PostgreSQL, for any number of nodes on one
// truth. A commit takes two round trips whatever it carries, locks accounts in
// one order for all nodes, and is known to have happened or not even when its
// answer is lost. It knows nothing of money.
package postgres

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/saldo-pix/saldo/auth"
	"github.com/saldo-pix/saldo/book"
	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/outbox"
)

// Store keeps the books in a PostgreSQL database. Use Open.
type Store struct {
	opts  Options
	stats *stats

	commits *pgxpool.Pool // speak through a line
	asks    *pgxpool.Pool // reads and small writes
	walks   *pgxpool.Pool // held for as long as a walk takes

	profiles *profiles
	guide    *guide
	accounts *sharer[ledger.AccountID, ledger.Account]
	chance   *chance

	identity [16]byte // drawn when the store was opened
	batches  atomic.Uint64
	node     atomic.Pointer[place]

	unsettled atomic.Int64 // commits whose outcome is being asked after

	gate    sync.RWMutex
	closed  bool           // guarded by gate
	closing chan struct{}  // closed once closed is set
	inside  sync.WaitGroup // commits and what runs in the background
}

var (
	_ book.Store   = (*Store)(nil)
	_ outbox.Store = (*Store)(nil)
	_ auth.Store   = (*Store)(nil)
)

// Open opens the books in the database that a URL names, as PostgreSQL's own
// tools understand it: several hosts may be given, and that which takes writes is
// found. It returns ErrNotMigrated, ErrNewer or ErrServer for a database that it
// can't use.
func Open(ctx context.Context, url string, opts Options) (*Store, error) {
	s := &Store{opts: opts.withDefaults(), stats: newStats(), closing: make(chan struct{})}
	s.profiles, s.guide = newProfiles(s.opts.ProfilesMax), newGuide(s.opts.KeysMax)
	s.accounts = newSharer(s.loadAccounts)
	s.node.Store(&place{number: nobody})
	err := errors.Join(
		s.open(&s.commits, url, s.opts.CommitConns, forCommits),
		s.open(&s.asks, url, s.opts.ReadConns, forReads),
		s.open(&s.walks, url, s.opts.WalkConns, forWalks))
	if err == nil {
		err = s.check(ctx, url)
	}
	if err != nil {
		s.closePools()
		return nil, err
	}
	if !s.opts.ReadOnly {
		s.inside.Go(s.prune)
	}
	return s, nil
}

func (s *Store) open(pool **pgxpool.Pool, url string, conns int, use purpose) (err error) {
	*pool, err = s.newPool(url, conns, use)
	return err
}

// check looks whether the database can be used, and draws what makes this store
// differ from all others.
func (s *Store) check(ctx context.Context, url string) error {
	ctx, cancel := context.WithTimeout(ctx, s.opts.Timeout)
	defer cancel()
	var version int
	var encoding, fsync string
	err := s.asks.QueryRow(ctx, `
		SELECT current_setting('server_version_num')::int, current_setting('server_encoding'),
			current_setting('fsync'), gen_random_uuid()`,
	).Scan(&version, &encoding, &fsync, &s.identity)
	switch {
	case err != nil:
		return translate(ctx, err)
	case version < 15_00_00:
		return fmt.Errorf("%w: it is older than PostgreSQL 15", ErrServer)
	case encoding != "UTF8":
		return fmt.Errorf("%w: its encoding is %s, not UTF8", ErrServer, encoding)
	}
	if fsync != "on" {
		s.opts.Log.Warn("the server runs with fsync off: a crash can lose or break the books",
			slog.String("fsync", fsync))
	}
	s.chance = newChance(s.identity)
	return s.checkTables(ctx, url)
}

// Close waits for calls in flight and closes all connections. A commit whose
// outcome is being asked after stays unknown.
func (s *Store) Close() error {
	s.gate.Lock()
	if !s.closed {
		s.closed = true
		close(s.closing)
	}
	s.gate.Unlock()
	s.inside.Wait()
	s.closePools()
	return nil
}

// whileOpen returns a context that ends when a query takes too long, and when the
// store is closed.
func (s *Store) whileOpen() (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithTimeout(context.Background(), s.opts.Timeout)
	go func() {
		select {
		case <-s.closing:
			cancel()
		case <-ctx.Done():
		}
	}()
	return ctx, cancel
}

// enter starts a commit, which ends with inside.Done.
func (s *Store) enter() error {
	s.gate.RLock()
	defer s.gate.RUnlock()
	switch {
	case s.opts.ReadOnly:
		return fmt.Errorf("%w: %w", book.ErrUnavailable, errReadOnly)
	case s.closed:
		return fmt.Errorf("%w: %w", book.ErrUnavailable, errClosed)
	case s.unsettled.Load() > 0:
		return fmt.Errorf("%w: %w", book.ErrUnavailable, errUnsettled)
	}
	s.inside.Add(1)
	return nil
}

func (s *Store) closePools() {
	for _, pool := range []*pgxpool.Pool{s.commits, s.asks, s.walks} {
		if pool != nil {
			pool.Close()
		}
	}
}

// line takes a connection for a commit.
func (s *Store) line(ctx context.Context) (*line, error) {
	conn, err := s.acquire(ctx, s.commits)
	if err != nil {
		return nil, err
	}
	return newLine(conn), nil
}

// acquire takes a connection of a pool, waiting for as long as a query may take.
func (s *Store) acquire(ctx context.Context, pool *pgxpool.Pool) (*pgxpool.Conn, error) {
	patience, cancel := context.WithTimeout(ctx, s.opts.Timeout)
	defer cancel()
	conn, err := pool.Acquire(patience)
	if err != nil && classify(err) != kindBug {
		err = fmt.Errorf("%w: %w", book.ErrUnavailable, err)
	}
	return conn, err
}
