package pebble

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/cockroachdb/pebble/v2"

	"github.com/saldo-pix/saldo/ledger"
	"github.com/saldo-pix/saldo/money"
)

// A chapter is the times of so many lines of an account that follow each other,
// and the balances after them: what a balance at an instant needs of entries, in a
// twentieth of their room. The times of the chapters' first lines are kept in
// memory, and so are chapters that were asked for, as many as there is room for.
// One that is not is read by its key, which costs less than to seek in a store of
// many levels.
//
// Chapters only repeat what entries say, and entries never change. Therefore they
// are written after the commit that fills them, by nobody who waits, and may lag
// behind or be missing: whoever finds no chapter looks for the entry, and has the
// chapters written. Those of an account are without gaps from its first line on.
const chapterLines = 64

const (
	// contentsMax is how many chapters of one account are used, and half of how
	// many of all accounts are known by their times. Each takes 32 bytes, and an
	// account as much as contentsCost of them.
	contentsMax  = 1 << 19
	contentsCost = 4
	// overdueMax is how many accounts may wait for their chapters to be written.
	overdueMax = 4096
	// chaptersAtOnce are written in one batch.
	chaptersAtOnce = 64
)

// chapters knows what chapters there are of the accounts that were asked for.
type chapters struct {
	lines uint64 // of a chapter

	mu sync.Mutex
	// The fields below are guarded by mu.
	room    int64 // bytes of chapters that may be kept
	most    int   // that may be known
	of      map[ledger.AccountID]*contents
	known   int   // chapters in all contents, and contentsCost for each of these
	kept    int64 // bytes of those that are kept
	overdue map[ledger.AccountID]struct{}
	done    chan struct{} // closed when nothing is overdue any more; nil if nothing is
}

// contents are an account's chapters.
type contents struct {
	mu sync.Mutex
	// The fields below are guarded by mu.
	loaded bool
	gone   bool     // forgotten, and not to be used any more
	starts []int64  // times of the first lines in microseconds, in order
	texts  [][]byte // the chapters, nil where they are not kept
	kept   int64    // bytes of them
}

func newChapters(lines uint64, room int64) *chapters {
	return &chapters{
		lines: lines, room: room, most: 2 * contentsMax,
		of: make(map[ledger.AccountID]*contents), overdue: make(map[ledger.AccountID]struct{}),
	}
}

// moment is an instant and the balance since then.
type moment struct {
	at      int64 // microseconds
	balance ledger.Balance
}

func appendChapter(b []byte, lines []moment) []byte {
	b = appendUint(append(b, recordVersion), uint64(len(lines)))
	last := moment{at: epoch}
	for _, l := range lines {
		b = appendInt(b, l.at-last.at)
		b = appendInt(b, int64(l.balance.Posted-last.balance.Posted))
		b = appendInt(b, int64(l.balance.Held-last.balance.Held))
		last = l
	}
	return b
}

const momentSizeMin = 3

// readMoments calls do for the lines of a chapter until it returns false.
func readMoments(d *decoder, do func(moment) bool) {
	n := d.count(momentSizeMin)
	if n == 0 {
		d.fail()
	}
	last := moment{at: epoch}
	for range n {
		last.at += d.int()
		last.balance.Posted += money.Centavos(d.int())
		last.balance.Held += money.Centavos(d.int())
		if d.bad || !do(last) {
			return
		}
	}
}

// eachMoment calls do for the lines of a chapter until it returns false.
func eachMoment(key, data []byte, do func(moment) bool) error {
	d := decoder{key: key, data: data}
	if d.byte() != recordVersion {
		d.fail()
	}
	readMoments(&d, do)
	if d.bad {
		return corrupt(key)
	}
	return nil
}

// appendKey makes the key of an account's chapter, which tells the number of its
// first line.
func (c *chapters) appendKey(key []byte, id ledger.AccountID, chapter int) []byte {
	return appendNumbered(key, prefixChapter, id, uint64(chapter)*c.lines+1)
}

// lock returns what is known of an account's chapters, not yet loaded if nothing is.
// The caller unlocks it.
func (c *chapters) lock(id ledger.AccountID) *contents {
	for {
		known := c.contents(id)
		known.mu.Lock()
		if !known.gone {
			return known
		}
		known.mu.Unlock()
	}
}

func (c *chapters) contents(id ledger.AccountID) *contents {
	c.mu.Lock()
	defer c.mu.Unlock()
	known, ok := c.of[id]
	if !ok {
		known = new(contents)
		c.of[id] = known
		c.known += contentsCost
	}
	return known
}

// grown notes that more chapters are known, and more bytes of them kept. When that
// is too much, those of some accounts are forgotten.
func (c *chapters) grown(known int, kept int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.known += known
	c.kept += kept
	for id, other := range c.of {
		full := c.known > c.most
		if !full && c.kept <= c.room {
			return
		}
		if !other.mu.TryLock() {
			continue
		}
		c.kept -= other.kept
		other.kept = 0
		clear(other.texts)
		if full {
			c.known -= len(other.starts) + contentsCost
			other.gone = true
			delete(c.of, id)
		}
		other.mu.Unlock()
	}
}

// place is where an instant lies among an account's chapters.
type place struct {
	chapter int    // -1 before all of them
	count   int    // of the chapters
	text    []byte // of the chapter, nil if it is not kept
}

func (s *Store) findChapter(id ledger.AccountID, at int64) (place, error) {
	c := s.chapters.lock(id)
	defer c.mu.Unlock()
	if err := s.loadContents(c, id); err != nil {
		return place{}, err
	}
	after, _ := slices.BinarySearch(c.starts, at+1) // times of several lines may be the same
	p := place{chapter: after - 1, count: len(c.starts)}
	if after > 0 {
		p.text = c.texts[after-1]
	}
	return p, nil
}

// loadContents reads what chapters there are. The caller holds c.mu.
func (s *Store) loadContents(c *contents, id ledger.AccountID) error {
	if c.loaded {
		return nil
	}
	c.starts = nil
	err := scan(s.db, appendOf(nil, prefixChapter, id), func(key, data []byte) error {
		if number(key, secondNumber) != uint64(len(c.starts))*s.chapters.lines+1 || len(c.starts) == contentsMax {
			return errEnough
		}
		return eachMoment(key, data, func(first moment) bool {
			c.starts = append(c.starts, first.at)
			return false
		})
	})
	if err != nil && !errors.Is(err, errEnough) {
		return err
	}
	c.loaded, c.texts = true, make([][]byte, len(c.starts))
	s.chapters.grown(len(c.starts), 0)
	return nil
}

// keep keeps the text of a chapter that was read.
func (c *chapters) keep(id ledger.AccountID, chapter int, text []byte) {
	of := c.lock(id)
	fits := chapter < len(of.texts) && of.texts[chapter] == nil
	if fits {
		of.texts[chapter] = text
		of.kept += int64(len(text))
	}
	of.mu.Unlock()
	if fits {
		c.grown(0, int64(len(text)))
	}
}

// chapterBalance returns the balance of an account as of an instant, if chapters
// tell it.
func (s *Store) chapterBalance(account *ledger.Account, at int64) (b ledger.Balance, ok bool, err error) {
	if account.Entries < s.chapters.lines {
		return b, false, nil
	}
	p, err := s.findChapter(account.ID, at)
	if err != nil {
		return b, false, err
	}
	if p.count < s.chapters.filledBy(account) {
		s.writeChapters(account.ID)
	}
	if p.chapter < 0 {
		return b, p.count > 0, nil
	}
	var room [thirdNumber]byte
	key := s.chapters.appendKey(room[:0], account.ID, p.chapter)
	if p.text == nil {
		if p.text, err = s.readChapter(key); err != nil {
			return b, false, err
		}
		s.chapters.keep(account.ID, p.chapter, p.text)
	}
	var seen uint64
	err = eachMoment(key, p.text, func(m moment) bool {
		if m.at > at {
			return false
		}
		b = m.balance
		seen++
		return true
	})
	// After the last line that there is a chapter of there may be others.
	return b, seen < s.chapters.lines || p.chapter+1 < p.count, err
}

// readChapter reads a chapter that there is.
func (s *Store) readChapter(key []byte) (text []byte, err error) {
	data, closer, err := s.db.Get(key)
	if errors.Is(err, pebble.ErrNotFound) {
		return nil, fmt.Errorf("%w: no chapter at key %q", ErrCorrupt, key)
	}
	if err != nil {
		return nil, unreadable(err)
	}
	return bytes.Clone(data), firstError(nil, closer.Close())
}

// balanceAt returns the balance of an account as of an instant before its last
// line, and waits until what it read is durable.
func (s *Store) balanceAt(ctx context.Context, account *ledger.Account, at time.Time) (ledger.Balance, error) {
	b, ok, err := s.chapterBalance(account, micros(at))
	if err == nil && !ok {
		b, err = s.entryBalance(account.ID, at)
	}
	if err != nil {
		return ledger.Balance{}, err
	}
	return b, s.settled(ctx)
}
