package reconcile

import (
	"bytes"
	"encoding/binary"
	"iter"
	"time"
)

// cursor reads sorted pairs one at a time.
type cursor struct {
	pull func() (pair, error, bool)
	stop func()
	now  pair
	ok   bool
}

func newCursor(s *sorter) (*cursor, error) {
	c := new(cursor)
	c.pull, c.stop = iter.Pull2(s.all())
	return c, c.next()
}

func (c *cursor) next() (err error) {
	c.now, err, c.ok = c.pull()
	return err
}

// join goes through lines and entries that have the same key, in one way or another.
type join struct {
	lines, entries *cursor
	// pair is told of two that go together, and alone of those that found nobody.
	pair       func(l *Line, e *Entry) error
	aloneLine  func(l *Line) error
	aloneEntry func(e *Entry) error
}

// groupMax is how many lines or entries with one id are weighed against each other.
const groupMax = 64

// groups pairs within groups that have one key: first those with the same amount,
// then the rest in order. If mark is set, lines beyond the first that stay alone, or
// that come beside one that is paired, are marked as repeated.
func (j *join) groups(mark bool) error {
	var key []byte
	for j.lines.ok || j.entries.ok {
		key = append(key[:0], lower(j.lines, j.entries)...)
		lines, err := collect[Line](j.lines, key)
		if err != nil {
			return err
		}
		entries, err := collect[Entry](j.entries, key)
		if err != nil {
			return err
		}
		if err := j.group(lines, entries, mark); err != nil {
			return err
		}
		if err := j.rest(key, mark); err != nil {
			return err
		}
	}
	return nil
}

// lower is the lower key of two cursors, of which one has one at least.
func lower(a, b *cursor) []byte {
	if !b.ok || a.ok && bytes.Compare(a.now.key, b.now.key) <= 0 {
		return a.now.key
	}
	return b.now.key
}

// collect reads the records with a key, but not more than groupMax.
func collect[T any, P interface {
	*T
	record
}](c *cursor, key []byte) ([]T, error) {
	var all []T
	for c.ok && len(all) < groupMax && bytes.Equal(c.now.key, key) {
		var one T
		P(&one).unpack(c.now.value)
		all = append(all, one)
		if err := c.next(); err != nil {
			return nil, err
		}
	}
	return all, nil
}

func (j *join) group(lines []Line, entries []Entry, mark bool) error {
	taken := make([]bool, len(lines))
	paired := make([]bool, len(entries))
	some := false
	for _, exact := range [...]bool{true, false} {
		for k := range entries {
			for i := range lines {
				if taken[i] || paired[k] || exact && !entries[k].agrees(lines[i].Amount) {
					continue
				}
				taken[i], paired[k], some = true, true, true
				if err := j.pair(&lines[i], &entries[k]); err != nil {
					return err
				}
			}
		}
	}
	for i := range lines {
		if taken[i] {
			continue
		}
		lines[i].repeated = lines[i].repeated || mark && some
		some = true
		if err := j.aloneLine(&lines[i]); err != nil {
			return err
		}
	}
	for k := range entries {
		if !paired[k] {
			if err := j.aloneEntry(&entries[k]); err != nil {
				return err
			}
		}
	}
	return nil
}

// rest passes on what a group has beyond its bound.
func (j *join) rest(key []byte, mark bool) error {
	for j.lines.ok && bytes.Equal(j.lines.now.key, key) {
		var l Line
		l.unpack(j.lines.now.value)
		l.repeated = l.repeated || mark
		if err := j.aloneLine(&l); err != nil {
			return err
		}
		if err := j.lines.next(); err != nil {
			return err
		}
	}
	for j.entries.ok && bytes.Equal(j.entries.now.key, key) {
		if err := j.passEntry(); err != nil {
			return err
		}
	}
	return nil
}

func (j *join) passEntry() error {
	var e Entry
	e.unpack(j.entries.now.value)
	if err := j.aloneEntry(&e); err != nil {
		return err
	}
	return j.entries.next()
}

func (j *join) passLine(l *Line) error {
	if err := j.aloneLine(l); err != nil {
		return err
	}
	return j.lines.next()
}

// anyTime is no bound on how far apart two may be.
const anyTime time.Duration = -1

// stampSize is how long the time at the end of a key is, in bytes.
const stampSize = 8

// stamped appends a time to a key, so that keys are in order of it.
func stamped(key []byte, at time.Time) []byte {
	return binary.BigEndian.AppendUint64(key, uint64(at.UnixMicro())^1<<63)
}

// sequences pairs in order of time what has the same key up to its time, and is not
// further apart than window. What is close enough in that order is paired at once,
// which leaves as few alone as there can be.
func (j *join) sequences(window time.Duration) error {
	for j.lines.ok {
		var l Line
		l.unpack(j.lines.now.value)
		order := 1
		if j.entries.ok {
			order = bytes.Compare(trimStamp(j.entries.now.key), trimStamp(j.lines.now.key))
		}
		var e Entry
		if order == 0 {
			e.unpack(j.entries.now.value)
			order = apart(&l, &e, window)
		}
		var err error
		switch {
		case order < 0:
			err = j.passEntry()
		case order > 0:
			err = j.passLine(&l)
		default:
			if err = j.pair(&l, &e); err == nil {
				err = j.lines.next()
			}
			if err == nil {
				err = j.entries.next()
			}
		}
		if err != nil {
			return err
		}
	}
	for j.entries.ok {
		if err := j.passEntry(); err != nil {
			return err
		}
	}
	return nil
}

func trimStamp(key []byte) []byte { return key[:len(key)-stampSize] }

// apart is negative if the entry is too long before the line, positive if it is too
// long after it, and else zero.
func apart(l *Line, e *Entry, window time.Duration) int {
	switch {
	case window == anyTime:
		return 0
	case e.At.Add(window).Before(l.At):
		return -1
	case l.Day && !e.At.Add(-window).Before(l.until()), !l.Day && e.At.Add(-window).After(l.At):
		return 1
	}
	return 0
}
