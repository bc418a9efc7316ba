// Package pebble is a book.Store in one folder, on the storage engine Pebble:
// the default. The folder belongs to one process, which keeps the state of all
// accounts in memory in step with what is durable. It knows nothing of money.
package pebble

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/cockroachdb/pebble/v2"

	"github.com/saldo-pix/saldo/auth"
	"github.com/saldo-pix/saldo/book"
	"github.com/saldo-pix/saldo/outbox"
)

// What Open refuses.
var (
	ErrLocked   = errors.New("in use by another process")
	ErrNewer    = errors.New("written by a newer release")
	ErrNotBooks = errors.New("not a folder of books")
)

// What a store that is closed or read-only answers, as book.ErrUnavailable.
var (
	errClosed   = errors.New("closed")
	errReadOnly = errors.New("opened for reading only")
)

// Store keeps the books in a folder. Use Open.
type Store struct {
	db   *pebble.DB
	opts Options

	accounts *accounts
	profiles *profiles
	jobs     *jobs
	holds    *openHolds
	chapters *chapters
	lastID   atomic.Uint64 // of durable commits

	// deciding is held by the one commit that loads, decides and applies.
	deciding sync.Mutex
	writer   writer // guarded by deciding
	flight   flight

	users   users
	stopped chan struct{} // closed once broken is set
	once    sync.Once
	broken  atomic.Pointer[error]
	jammed  atomic.Bool // the engine panicked with its locks held
}

var (
	_ book.Store   = (*Store)(nil)
	_ outbox.Store = (*Store)(nil)
	_ auth.Store   = (*Store)(nil)
)

// Open opens the books in a folder, which it creates if there is none. It
// returns ErrLocked, ErrNewer or ErrNotBooks for a folder that it can't use. It
// takes time for every account, open hold and job, not for entries.
func Open(dir string, opts Options) (*Store, error) {
	opts = opts.withDefaults()
	s := &Store{
		opts: opts, accounts: newAccounts(), profiles: newProfiles(opts.ProfilesMax), jobs: newJobs(),
		holds: newOpenHolds(), chapters: newChapters(opts.chapterLines, opts.ChaptersSize),
		stopped: make(chan struct{}), users: users{idle: make(chan struct{}, 1)},
	}
	db, err := pebble.Open(dir, opts.engine(s.stop))
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", dir, err)
	}
	s.db, s.writer.db = db, db
	if err := s.load(); err != nil {
		return nil, fmt.Errorf("open %s: %w", dir, errors.Join(err, db.Close()))
	}
	return s, nil
}

// Close waits for calls and commits in flight and closes the folder. A store
// whose engine broke down keeps it until the process ends.
func (s *Store) Close() error {
	if !s.users.leave() {
		return nil
	}
	s.stop(errClosed)
	if s.jammed.Load() {
		return s.health()
	}
	if err := s.db.Close(); err != nil {
		return fmt.Errorf("close: %w", err)
	}
	return nil
}

// Checkpoint writes the books as they are now into a new folder, which can be
// opened like this one. Files that do not change any more are linked, not
// copied, where the file system can. A store that is read-only can't do it.
func (s *Store) Checkpoint(dir string) error {
	if err := s.begin(); err != nil {
		return err
	}
	defer s.users.end()
	if s.opts.ReadOnly {
		return fmt.Errorf("%w: %w", book.ErrUnavailable, errReadOnly)
	}
	if err := s.db.Checkpoint(dir, pebble.WithFlushedWAL()); err != nil {
		return fmt.Errorf("checkpoint %s: %w", dir, err)
	}
	return s.health()
}

// stop makes every later call fail with book.ErrUnavailable and why.
func (s *Store) stop(why error) {
	s.once.Do(func() {
		err := fmt.Errorf("%w: %w", book.ErrUnavailable, why)
		s.broken.Store(&err)
		close(s.stopped)
	})
}

// health returns why the store is stopped, nil if it is not.
func (s *Store) health() error {
	if err := s.broken.Load(); err != nil {
		return *err
	}
	return nil
}

// begin starts a call, which ends with s.users.end.
func (s *Store) begin() error {
	if !s.users.begin() {
		return fmt.Errorf("%w: %w", book.ErrUnavailable, errClosed)
	}
	if err := s.health(); err != nil {
		s.users.end()
		return err
	}
	return nil
}

// users counts the calls that the engine is used by, so that it is not closed
// under them. Calls may nest.
type users struct {
	count atomic.Int64
	gone  atomic.Bool
	idle  chan struct{} // told when the last one ends, once gone
}

func (u *users) begin() bool {
	u.count.Add(1)
	if u.gone.Load() {
		u.end()
		return false
	}
	return true
}

func (u *users) end() {
	if u.count.Add(-1) == 0 && u.gone.Load() {
		select {
		case u.idle <- struct{}{}:
		default:
		}
	}
}

// leave refuses new calls and waits for those that run. It returns false when
// that was done before.
func (u *users) leave() bool {
	if u.gone.Swap(true) {
		return false
	}
	for u.count.Load() != 0 {
		<-u.idle
	}
	return true
}
