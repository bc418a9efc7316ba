package postgres

import (
	"context"
	"errors"
	"time"

	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/pix"
)

// How often a commit is tried again before its callers are told to come back.
const (
	conflictsMax = 20 // deadlocks and the like, which pass
	takenMax     = 4  // what somebody else was first to write, which is seen the next time
	lostMax      = 3  // connections that turn out to be dead
	unlockedMax  = 8  // accounts that turned out to be led to
	backoffMin   = 500 * time.Microsecond
	backoffMax   = 50 * time.Millisecond
)

// Commit locks and loads in one round trip, decides, and writes and commits in a
// second one. All accounts that are named or led to are locked, in order of id,
// before anything else is read, so that of two commits that share an account the
// second sees what the first has done. That a key is not there is certain only
// if the commit takes the key: of two that take it, the second decides anew.
func (s *Store) Commit(ctx context.Context, n pix.Needs, decide func(*pix.Books) error) error {
	if err := s.enter(); err != nil {
		return err
	}
	defer s.inside.Done()
	t := attempts{s: s}
	for {
		err := t.once(ctx, n, decide)
		if err == nil {
			return nil
		}
		var final *finalError
		if errors.As(err, &final) {
			return final.err
		}
		if !t.again(ctx, err) {
			return translate(ctx, err)
		}
	}
}

// CommitsInParallel says that commits that post to stripes of their own do not
// wait for each other.
func (s *Store) CommitsInParallel() {}

// finalError is what a commit came to that must not be tried again.
type finalError struct{ err error }

func (e *finalError) Error() string { return e.err.Error() }

// attempts are the tries of one commit.
type attempts struct {
	s                      *Store
	conflicts, taken, lost int
	unlocked               int
	more                   []ledger.AccountID // to be locked besides
}

// again tells whether the commit should be tried again after err, and waits as
// long as it should.
func (t *attempts) again(ctx context.Context, err error) bool {
	switch classify(err) {
	case kindUnlocked:
		t.unlocked++
		t.s.stats.retried("unlocked")
		return t.unlocked <= unlockedMax
	case kindConflict:
		t.conflicts++
		t.s.stats.retried("conflict")
	case kindUnique:
		t.taken++
		t.s.stats.retried("taken")
	case kindLost:
		t.lost++
		t.s.stats.retried("connection")
		t.s.commits.Reset() // the others are dead as well, most likely
	default:
		return false
	}
	if t.conflicts > conflictsMax || t.taken > takenMax || t.lost > lostMax {
		return false
	}
	wait := min(backoffMin<<min(t.conflicts+t.taken+t.lost-1, 10), backoffMax)
	select {
	case <-time.After(wait/2 + t.s.chance.duration(wait/2)):
		return true
	case <-ctx.Done():
		return false
	}
}

// once tries the commit once. An error that is not final may be tried again:
// nothing was done.
func (t *attempts) once(ctx context.Context, n pix.Needs, decide func(*pix.Books) error) error {
	l, err := t.s.line(ctx)
	if err != nil {
		return err
	}
	patience, cancel := context.WithTimeout(context.WithoutCancel(ctx), t.s.opts.Timeout)
	defer cancel()
	o := newLoading(t.s, l, t.more)
	failed, broken := o.load(patience, n)
	t.more = append(t.more, o.unlocked...)
	switch {
	case broken != nil:
		l.drop()
		return errors.Join(failed, broken)
	case failed != nil:
		l.end(patience)
		return failed
	}
	w, err := decideOn(ctx, o, decide)
	if err != nil || w == nil {
		l.end(patience)
		return err
	}
	return t.s.finish(l, w, o.books)
}

// decideOn lets decide decide on what was loaded, and returns what to write, nil
// if nothing. Its errors are final.
func decideOn(ctx context.Context, o *loading, decide func(*pix.Books) error) (*writes, error) {
	if err := ctx.Err(); err != nil {
		return nil, &finalError{err}
	}
	if err := decide(o.books); err != nil {
		return nil, &finalError{err}
	}
	if !o.books.Changed() && !o.books.Overwrite {
		return nil, nil
	}
	w, err := gather(o)
	if err != nil {
		return nil, &finalError{err}
	}
	return w, nil
}
