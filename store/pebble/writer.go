package pebble

import (
	"encoding/binary"
	"fmt"

	"github.com/cockroachdb/pebble/v2"

	"github.com/saldo-pix/saldo/book"
	"github.com/saldo-pix/saldo/internal/sheet"
	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/pix"
)

const (
	keyMax    = 32 << 10 // bytes
	topicMax  = 255      // bytes: its length is one of them
	recordMax = textMax  // bytes
)

// writer encodes changes into a batch. Records of one kind are written one
// after the other: they tend to be neighbours, which the engine is quickest
// with. It keeps its buffers from batch to batch.
type writer struct {
	db     reader
	batch  *pebble.Batch
	key    []byte
	value  []byte
	err    error // the first
	lastID uint64

	runs   []run
	latest map[ledger.AccountID]int // in runs
}

// run is references that are kept in one record.
type run struct {
	account ledger.AccountID
	lines   []reference
}

// books encodes all that was decided into c.
func (w *writer) books(c *commit, b *pix.Books) error {
	w.batch, w.err = c.batch, nil
	w.accounts(c, b)
	w.profiles(c, b)
	w.entries(b.Entries())
	w.movements(b)
	w.keys(b)
	w.holds(c, b)
	w.jobs(c, b)
	w.suspense(b)
	w.records(b)
	c.lastID = max(b.LastID, w.lastID)
	if c.lastID > w.lastID {
		w.set(append(w.key[:0], keyLastID...), appendUint(append(w.value[:0], recordVersion), c.lastID))
	}
	if w.err == nil {
		w.lastID = c.lastID
	}
	return w.err
}

// kept lists changes, of which none may remove a record.
func kept[K comparable, V any](w *writer, s *sheet.Sheet[K, V]) []sheet.Change[K, V] {
	changes := s.Changes()
	for i := range changes {
		if changes[i].Deleted {
			w.fail(fmt.Errorf("%w: only jobs and records can be removed", book.ErrUnfit))
			return nil
		}
	}
	return changes
}

func (w *writer) fail(err error) {
	if w.err == nil {
		w.err = err
	}
}

// set writes a record. key and value become the writer's buffers.
func (w *writer) set(key, value []byte) {
	w.key, w.value = key, value
	if len(key) > keyMax || len(value) > recordMax {
		w.fail(fmt.Errorf("%w: %w: record of %d bytes", book.ErrUnfit, ErrTooLong, len(key)+len(value)))
		return
	}
	if err := w.batch.Set(key, value, nil); err != nil {
		w.fail(fmt.Errorf("encode: %w", err))
	}
}

func (w *writer) delete(key []byte) {
	w.key = key
	if err := w.batch.Delete(key, nil); err != nil {
		w.fail(fmt.Errorf("encode: %w", err))
	}
}

func (w *writer) accounts(c *commit, b *pix.Books) {
	changes := kept(w, &b.Accounts)
	c.accounts = make([]ledger.Account, len(changes))
	for i := range changes {
		a := &changes[i].Value
		c.accounts[i] = *a
		w.set(appendAccountKey(w.key[:0], a.ID), appendAccount(w.value[:0], a))
	}
}

func (w *writer) profiles(c *commit, b *pix.Books) {
	for _, change := range kept(w, &b.Profiles) {
		p := change.Value
		c.profiles = append(c.profiles, p)
		w.set(appendProfileKey(w.key[:0], p.ID), appendProfile(w.value[:0], &p))
	}
}

// entries writes each entry once and gathers what refers to it.
func (w *writer) entries(entries []ledger.Entry) {
	if w.latest == nil {
		w.latest = make(map[ledger.AccountID]int)
	}
	clear(w.latest)
	w.runs = w.runs[:0]
	for i := range entries {
		e := &entries[i]
		home := homeOf(e)
		w.set(home.appendKey(w.key[:0]), appendEntry(w.value[:0], e))
		for j := range e.Lines[1:] {
			w.refer(&e.Lines[1+j], home)
		}
	}
	for _, r := range w.runs {
		first := &r.lines[0]
		key := appendEntryKey(w.key[:0], r.account, first.at, first.number)
		w.set(key, appendReferences(w.value[:0], r.lines))
	}
}

// refer adds a line to the account's run, or to a new one when the account's
// previous line is not in it.
func (w *writer) refer(l *ledger.Line, home home) {
	line := reference{number: l.Number, at: micros(l.At), after: l.After(), home: home}
	i, ok := w.latest[l.Account]
	if ok {
		r := &w.runs[i]
		if r.lines[len(r.lines)-1].number+1 == l.Number {
			r.lines = append(r.lines, line)
			return
		}
	}
	w.latest[l.Account] = len(w.runs)
	if len(w.runs) < cap(w.runs) {
		w.runs = w.runs[:len(w.runs)+1] // with the lines of an earlier batch
	} else {
		w.runs = append(w.runs, run{})
	}
	r := &w.runs[len(w.runs)-1]
	r.account, r.lines = l.Account, append(r.lines[:0], line)
}

func (w *writer) movements(b *pix.Books) {
	changes := kept(w, &b.Movements)
	for i := range changes {
		m := &changes[i].Value
		w.set(appendMovementKey(w.key[:0], m.ID), appendMovement(w.value[:0], m))
	}
	for i := range changes {
		if m := &changes[i].Value; !changes[i].Stored {
			w.set(appendNumbered(w.key[:0], prefixListed, m.Account, uint64(m.ID)), w.value[:0])
		}
	}
	for i := range changes {
		m := &changes[i].Value
		if book.SharesNames(m.Kind) && m.ExternalID != "" && !changes[i].Stored {
			key := appendReturns(w.key[:0], m.Account, m.ExternalID)
			w.set(binary.BigEndian.AppendUint64(key, uint64(m.ID)), w.value[:0])
		}
	}
}

func (w *writer) keys(b *pix.Books) {
	changes := kept(w, &b.Keys)
	for i := range changes {
		w.set(appendKeyKey(w.key[:0], changes[i].Key), appendTarget(w.value[:0], changes[i].Value))
	}
}

// holds writes holds where open or closed ones are, and the index of those that
// wait for credits.
func (w *writer) holds(c *commit, b *pix.Books) {
	changes := kept(w, &b.Holds)
	c.holds = make([]holdChange, 0, len(changes))
	for i := range changes {
		h, stored := &changes[i].Value, changes[i].Stored
		open, closed := byte(prefixOpen), byte(prefixClosed)
		switch {
		case h.Open():
			w.set(appendNumbered(w.key[:0], open, h.Account, uint64(h.ID)), appendHold(w.value[:0], h))
			c.holds = append(c.holds, holdChange{h.Account, h.ID, string(w.value)})
		case stored:
			w.delete(appendNumbered(w.key[:0], open, h.Account, uint64(h.ID)))
			c.holds = append(c.holds, holdChange{account: h.Account, id: h.ID})
			fallthrough
		default:
			w.set(appendNumbered(w.key[:0], closed, h.Account, uint64(h.ID)), appendHold(w.value[:0], h))
		}
		if !h.Sweep {
			continue
		}
		waiting := appendNumbered(w.key[:0], prefixWaiting, h.Account, uint64(h.ID))
		if h.Open() && h.Shortfall() > 0 {
			w.set(waiting, w.value[:0])
		} else if stored {
			w.delete(waiting)
		}
	}
}

func (w *writer) jobs(c *commit, b *pix.Books) {
	c.jobs = b.Jobs.Changes()
	for i := range c.jobs {
		change := &c.jobs[i]
		if len(change.Key.Topic) > topicMax {
			w.fail(fmt.Errorf("%w: %w: topic", book.ErrUnfit, ErrTooLong))
			return
		}
		key := appendJobKey(w.key[:0], change.Key)
		if change.Deleted {
			w.delete(key)
		} else {
			w.set(key, appendJob(w.value[:0], &change.Value))
		}
	}
}

func (w *writer) suspense(b *pix.Books) {
	for _, change := range kept(w, &b.Suspended) {
		s := &change.Value
		w.set(appendOne(w.key[:0], prefixSuspense, s.ID), appendSuspense(w.value[:0], s))
	}
}

// records writes records and their places in lists, where an older state of a
// record may stand elsewhere.
func (w *writer) records(b *pix.Books) {
	for _, change := range b.Records.Changes() {
		w.key = appendRecordKey(w.key[:0], change.Key)
		old, stood, err := get(w.db, w.key, readRecord)
		if err != nil {
			w.fail(err)
			return
		}
		r := &change.Value
		if stood && (change.Deleted || old.Owner != r.Owner || old.Number != r.Number) {
			w.delete(appendOrderedKey(w.key[:0], &old))
		}
		if change.Deleted {
			if stood {
				w.delete(appendRecordKey(w.key[:0], change.Key))
			}
			continue
		}
		w.set(appendRecordKey(w.key[:0], change.Key), appendRecord(w.value[:0], r))
		w.set(appendOrderedKey(w.key[:0], r), w.value[:0])
	}
}
