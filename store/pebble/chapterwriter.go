package pebble

import (
	"errors"
	"fmt"
	"log/slog"

	"github.com/cockroachdb/pebble/v2"

	"github.com/saldo-pix/saldo/book"
	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/money"
)

// filledBy returns how many chapters an account's entries fill.
func (c *chapters) filledBy(a *ledger.Account) int { return int(min(a.Entries/c.lines, contentsMax)) }

// due tells whether the chapters of an account that had so many entries are to be
// written. That is cheaper for several at once; who misses one sooner has it written.
// The operator's own accounts have lines in nearly all entries, and next to nobody
// asks for their past.
func (c *chapters) due(id ledger.AccountID, before, now uint64) bool {
	const together = 4
	lines := together * c.lines
	return before/lines != now/lines && id.Role() == ledger.Customer
}

// writeChapters has the chapters of accounts written that are not yet. It does not
// wait for that, and does nothing when too many are asked for: they will be again.
func (s *Store) writeChapters(ids ...ledger.AccountID) {
	if len(ids) == 0 || s.opts.ReadOnly {
		return
	}
	c := s.chapters
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, id := range ids {
		if len(c.overdue) < overdueMax {
			c.overdue[id] = struct{}{}
		}
	}
	if c.done == nil {
		c.done = make(chan struct{})
		go s.writeOverdue()
	}
}

// writeOverdue writes chapters until nothing is overdue.
func (s *Store) writeOverdue() {
	for {
		id, ok := s.chapters.nextOverdue()
		if !ok {
			return
		}
		if err := s.catchUp(id); err != nil && !errors.Is(err, book.ErrUnavailable) {
			s.opts.Log.Error("chapters of balances", slog.Any("account", id), slog.Any("error", err))
		}
	}
}

func (c *chapters) nextOverdue() (id ledger.AccountID, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for id = range c.overdue {
		delete(c.overdue, id)
		return id, true
	}
	close(c.done)
	c.done = nil
	return 0, false
}

// catchUp writes the chapters that an account's durable entries fill and that are
// not written yet. One caller at a time may call it.
func (s *Store) catchUp(id ledger.AccountID) error {
	for {
		if err := s.begin(); err != nil {
			return err
		}
		written, err := s.writeNext(id)
		s.users.end()
		if err != nil || written < chaptersAtOnce {
			return err
		}
	}
}

// writeNext writes the next chapters of an account, and returns how many.
func (s *Store) writeNext(id ledger.AccountID) (written int, err error) {
	account, _ := s.accounts.durable(id)
	c := s.chapters.lock(id)
	err = s.loadContents(c, id)
	count := len(c.starts)
	c.mu.Unlock()
	missing := s.chapters.filledBy(&account) - count
	if err != nil || missing <= 0 {
		return 0, err
	}
	starts, err := s.copyLines(id, count, min(missing, chaptersAtOnce))
	if err != nil {
		return 0, err
	}
	s.chapters.add(id, count, starts)
	return len(starts), nil
}

// add notes chapters that were written after so many. What is not loaded will be
// found.
func (c *chapters) add(id ledger.AccountID, count int, starts []int64) {
	of := c.lock(id)
	follows := of.loaded && len(of.starts) == count
	if follows {
		of.starts = append(of.starts, starts...)
		of.texts = append(of.texts, make([][]byte, len(starts))...)
	}
	of.mu.Unlock()
	if follows {
		c.grown(len(starts), 0)
	}
}

// copyLines writes an account's next chapters from its entries, and returns the
// times of their first lines. It does not wait until they are durable, since they
// can be written again, but they will not be sooner than the entries are.
func (s *Store) copyLines(id ledger.AccountID, count, wanted int) (starts []int64, err error) {
	batch := s.db.NewBatch()
	defer func() { err = errors.Join(err, batch.Close()) }()
	lines := make([]moment, 0, s.chapters.lines)
	var key, value []byte
	err = s.linesAfter(id, count, func(m moment) (more bool, err error) {
		lines = append(lines, m)
		if uint64(len(lines)) < s.chapters.lines {
			return true, nil
		}
		key = s.chapters.appendKey(key[:0], id, count+len(starts))
		value = appendChapter(value[:0], lines)
		starts, lines = append(starts, lines[0].at), lines[:0]
		return len(starts) < wanted, batch.Set(key, value, nil)
	})
	if err != nil || len(starts) == 0 {
		return nil, err
	}
	return starts, s.guard(func() error { return s.db.Apply(batch, pebble.NoSync) })
}

// linesAfter calls do for an account's lines that come after so many chapters,
// until it returns false.
func (s *Store) linesAfter(id ledger.AccountID, count int, do func(moment) (bool, error)) (err error) {
	from, err := s.lastMoment(id, count)
	if err != nil {
		return err
	}
	done := uint64(count) * s.chapters.lines // the number of the last line
	it, err := s.db.NewIter(under(appendOf(nil, prefixEntry, id)))
	if err != nil {
		return unreadable(err)
	}
	defer func() { err = firstError(err, it.Close()) }()
	// The record before may be a run of references that reaches further.
	ok := count > 0 && it.SeekLT(appendEntryKey(nil, id, from, done+1))
	if !ok {
		ok = it.First()
	}
	more := true
	for ; ok && more; ok = it.Next() {
		data, err := it.ValueAndErr()
		if err != nil {
			return unreadable(err)
		}
		err = linesIn(it.Key(), data, func(n uint64, m moment) error {
			if n <= done || !more {
				return nil
			}
			if n != done+1 {
				return fmt.Errorf("%w: key %q: line %d follows %d", ErrCorrupt, it.Key(), n, done)
			}
			done++
			more, err = do(m)
			return err
		})
		if err != nil {
			return err
		}
	}
	return unreadable(it.Error())
}

// lastMoment returns the time of the last line of so many chapters.
func (s *Store) lastMoment(id ledger.AccountID, count int) (at int64, err error) {
	if count == 0 {
		return 0, nil
	}
	key := s.chapters.appendKey(nil, id, count-1)
	text, err := s.readChapter(key)
	if err != nil {
		return 0, err
	}
	err = eachMoment(key, text, func(m moment) bool {
		at = m.at
		return true
	})
	return at, err
}

// linesIn calls do for the lines of an account in a record under one of its
// entries' keys.
func linesIn(key, data []byte, do func(number uint64, m moment) error) error {
	if !isReferences(data) {
		n, m, err := firstLine(key, data)
		if err != nil {
			return err
		}
		return do(n, m)
	}
	run, err := decode(key, data, readReferences)
	if err != nil {
		return err
	}
	for i := range run {
		if err := do(run[i].number, moment{run[i].at, run[i].after}); err != nil {
			return err
		}
	}
	return nil
}

// firstLine reads the number, time and balance of an entry's first line, and no
// more of the entry.
func firstLine(key, data []byte) (n uint64, m moment, err error) {
	d := decoder{key: key, data: data}
	if d.byte() != recordVersion || !ledger.Kind(d.byte()).Valid() {
		d.fail()
	}
	d.uint()
	at := micros(d.time(epoch))
	if d.count(lineSizeMin) == 0 {
		d.fail()
	}
	d.uint()
	n, m.at = d.uint(), micros(d.time(at))
	d.int()
	d.int()
	m.balance.Posted, m.balance.Held = money.Centavos(d.int()), money.Centavos(d.int())
	if d.bad {
		return 0, m, corrupt(key)
	}
	return n, m, nil
}
