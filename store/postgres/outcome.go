package postgres

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/saldo-pix/saldo/book"
	"github.com/saldo-pix/saldo/pix"
)

// batchID names one try of a commit, for ever and over all nodes.
type batchID [16]byte

// newBatchID returns a number of this store's own: ten bytes that were drawn
// when it was opened, and a count.
func (s *Store) newBatchID() batchID {
	id := batchID(s.identity)
	count := s.batches.Add(1)
	binary.BigEndian.PutUint16(id[10:], uint16(count>>32))
	binary.BigEndian.PutUint32(id[12:], uint32(count))
	return id
}

// finish writes and commits. It returns nil only once that is durable, a final
// error if nobody knows, and any other error if nothing was done.
func (s *Store) finish(l *line, w *writes, b *pix.Books) error {
	id := s.newBatchID()
	node := s.node.Load()
	w.send(l)
	l.send(&insertBatch, nil, id[:])
	l.send(&markCommitter, nil, small(node.number), small(b.Stripe%slots), number(node.epoch), number(int64(b.LastID)))
	l.send(&commit, nil)
	// The caller's time is not asked any more: what has begun is brought to an end.
	ctx, cancel := context.WithTimeout(context.Background(), s.opts.Timeout)
	defer cancel()
	failed, broken := l.exchange(ctx)
	switch {
	case broken != nil:
		done := l.lastTag() == commitTag && !l.warned
		l.drop()
		if done {
			break
		}
		return s.settle(id, errors.Join(failed, broken))
	case failed != nil && l.lastTag() == "":
		l.end(ctx)
		return s.refused(failed)
	case l.lastTag() != commitTag:
		l.end(ctx)
		return fmt.Errorf("%w: commit was answered with %q", errNotCommitted, l.lastTag())
	case l.warned:
		// It is committed, but somebody kept it from waiting for its standby.
		l.drop()
		return s.settle(id, errWarned)
	case l.vanished():
		// That can't be, short of somebody who deletes rows by hand.
		l.give()
		s.opts.Log.Error("commit", slog.Any("error", errVanished))
		return &finalError{errVanished}
	default:
		l.give()
	}
	s.stats.committed()
	s.guide.learn(w.leads)
	return nil
}

const commitTag = "COMMIT"

var (
	errNotCommitted = errors.New("not committed")
	errWarned       = errors.New("the server warned during the commit")
)

// refused logs what should never happen.
func (s *Store) refused(err error) error {
	switch classify(err) {
	case kindFenced:
		err = fmt.Errorf("%w: %w", ErrNodeTaken, err)
	case kindBug, kindUnfit:
	default:
		return err
	}
	s.opts.Log.Error("commit refused by the server", slog.Any("error", err))
	return err
}

// How long to wait between questions after an outcome.
const (
	askAgainMin = 20 * time.Millisecond
	askAgainMax = time.Second
)

// errUnsettled means that it is not known yet what became of an earlier commit.
var errUnsettled = errors.New("an earlier commit waits for its outcome")

// settle finds out what became of a commit whose answer was lost, and sees to it
// that it stays so. It returns when it knows or patience ends; the question goes
// on being asked until it is answered or the store is closed, and no commit is
// begun before that.
func (s *Store) settle(id batchID, cause error) error {
	s.opts.Log.Warn("answer of a commit lost", slog.Any("error", cause))
	s.unsettled.Add(1)
	answer := make(chan bool, 1)
	s.inside.Go(func() {
		defer s.unsettled.Add(-1)
		defer close(answer)
		if committed, known := s.askUntilKnown(id); known {
			answer <- committed
		}
	})
	timer := time.NewTimer(s.opts.Patience)
	defer timer.Stop()
	select {
	case committed, known := <-answer:
		switch {
		case known && committed:
			return nil
		case known:
			return cause
		}
	case <-timer.C:
	}
	s.opts.Log.Error("outcome of a commit is unknown", slog.Any("error", cause))
	return &finalError{fmt.Errorf("%w: %w", book.ErrOutcomeUnknown, cause)}
}

// askUntilKnown asks until it knows or the store is closed.
func (s *Store) askUntilKnown(id batchID) (committed, known bool) {
	for wait := askAgainMin; ; wait = min(2*wait, askAgainMax) {
		ctx, cancel := s.whileOpen()
		committed, err := s.askAfter(ctx, id)
		cancel()
		if err == nil {
			s.stats.settled(committed)
			return committed, true
		}
		select {
		case <-time.After(wait):
		case <-s.closing:
			return false, false
		}
	}
}

// askAfter tells whether a commit happened. If it has not, its place is taken, so
// that it never will. Either way a row is written, so that the answer, and with
// it what it tells of, is on every standby that must have it.
func (s *Store) askAfter(ctx context.Context, id batchID) (committed bool, err error) {
	var fence bool
	err = s.asks.QueryRow(ctx, `
		INSERT INTO batches (id, fence) VALUES ($1, true)
		ON CONFLICT (id) DO UPDATE SET at = batches.at
		RETURNING fence`, [16]byte(id)).Scan(&fence)
	return !fence, err
}

// Batches are kept for much longer than anybody asks after them.
const (
	pruneEvery = time.Minute
	pruneMax   = 5_000 // rows at a time
)

// prune removes old batches until the store is closed.
func (s *Store) prune() {
	ticker := time.NewTicker(pruneEvery)
	defer ticker.Stop()
	for {
		select {
		case <-s.closing:
			return
		case <-ticker.C:
		}
		for s.pruneSome() == pruneMax {
		}
	}
}

// pruneSome removes some old batches and returns how many.
func (s *Store) pruneSome() int64 {
	ctx, cancel := s.whileOpen()
	defer cancel()
	tag, err := s.asks.Exec(ctx, `
		DELETE FROM batches WHERE id IN (
			SELECT id FROM batches WHERE at < now() - interval '30 minutes'
			ORDER BY at LIMIT $1 FOR UPDATE SKIP LOCKED)`, pruneMax)
	if err != nil && ctx.Err() == nil {
		s.opts.Log.Warn("prune batches", slog.Any("error", err))
	}
	return tag.RowsAffected()
}
