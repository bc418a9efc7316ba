package bench

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"os"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/saldo-pix/saldo/money"
)

const streamPath = "/api/balance/stream"

// streams keeps many balances watched while payments are made at a steady pace, and
// measures how long after the payer's answer each stream shows what was answered. On
// a store that several nodes share, all watch at another node than the one that is
// paid at.
func (s *session) streams(ctx context.Context) error {
	nodes := 1
	if s.kind == onPostgres {
		nodes = 2
	}
	return s.withFleet(ctx, "streams", nodes, func(f fleet) error {
		w := newWatching(f[0].payers)
		before := residentNow()
		err := w.open(ctx, s, f[nodes-1].public)
		if err == nil {
			err = s.payAndWatch(ctx, f[0], w, before)
		}
		return errors.Join(err, w.close())
	})
}

// lateMax is how late no stream may be, and lateBound when it is given up.
const (
	lateMax   = time.Second
	lateBound = 20 * time.Second
)

// payAndWatch makes payments, and reports what those who watch saw of them. before is
// what the process had in memory without the streams.
func (s *session) payAndWatch(ctx context.Context, h *house, w *watching, before int64) error {
	opened := residentNow()
	most, t, right := opened, newTill(h.public, h.operator), 0
	var rates []float64
	for round := range s.Rounds {
		rate, err := s.atAPace(ctx, t, w)
		if err != nil {
			return err
		}
		if right, err = w.settled(ctx); err != nil {
			return err
		}
		now, _ := memoryOf(os.Getpid())
		most, rates = max(most, now), append(rates, rate)
		s.progress("%s, round %d: %.0f payments/s, late at most %s so far", Streams, round+1, rate, w.late.max)
	}
	if err := h.check(ctx, t.count.Load()); err != nil {
		return err
	}
	milliseconds := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1e3 }
	figure := func(name string, value float64, unit string, t *Target) {
		s.report.figure("streams: "+name, value, unit, t)
	}
	figure("payments meanwhile", median(rates), "/s", atLeast(float64(s.Pace)))
	figure("ended on the right balance", float64(right), "streams", atLeast(float64(s.Streams)))
	figure("late at most", milliseconds(w.late.max), "ms", atMost(milliseconds(lateMax)))
	figure("late, p99", milliseconds(w.late.quantile(0.99)), "ms", nil)
	figure("memory of one, both ends", float64(opened-before)/float64(s.Streams)/(1<<10), "KiB", nil)
	figure("memory at most, of all that ran", megabytes(most), "MB", nil)
	return nil
}

// residentNow is what the process has in memory that it needs.
func residentNow() int64 {
	debug.FreeOSMemory()
	resident, _ := memoryOf(os.Getpid())
	return resident
}

// atAPace makes payments for the time of a measurement, each begun at an instant of
// its own, or at once if that has passed, and returns how many that were a second. A
// machine that can't keep the pace gets as much time again.
func (s *session) atAPace(ctx context.Context, t *till, w *watching) (float64, error) {
	count := min(s.Connections, len(w.accounts))
	every := time.Duration(count) * time.Second / time.Duration(s.Pace)
	group, ctx := errgroup.WithContext(ctx)
	begin := time.Now()
	before, last := t.count.Load(), make([]time.Time, count)
	for i := range count {
		group.Go(func() error {
			c, err := s.payingAt(ctx, t, w, i, count)
			if err != nil {
				return err
			}
			due := begin.Add(every * time.Duration(i) / time.Duration(count))
			for ; due.Sub(begin) < s.Duration; due = due.Add(every) {
				pause(ctx, time.Until(due))
				if last[i] = time.Now(); ctx.Err() != nil || last[i].Sub(begin) > 2*s.Duration {
					break
				}
				if err = c.do(); err != nil {
					break
				}
			}
			return errors.Join(err, c.close())
		})
	}
	err := group.Wait()
	took := s.Duration
	for _, at := range last {
		took = max(took, at.Sub(begin))
	}
	return math.Round(float64(t.count.Load()-before) / took.Seconds()), err
}

// payingAt returns a cashier of every count-th account from the i-th on, of whom
// nobody else makes payments.
func (s *session) payingAt(ctx context.Context, t *till, w *watching, i, count int) (*cashier, error) {
	var own []*watched
	var payers []payer
	for at := i; at < len(w.accounts); at += count {
		own, payers = append(own, w.accounts[at]), append(payers, w.accounts[at].payer)
	}
	c, err := s.paying(ctx, t, func(int) []payer { return payers })(i)
	if err != nil {
		return nil, err
	}
	paying := c.(*cashier)
	paying.answered = func(account int) { w.answered(own[account], time.Now()) }
	return paying, nil
}

// watching is all streams and what they have shown.
type watching struct {
	accounts []*watched
	streams  []*stream
	readers  errgroup.Group

	mu    sync.Mutex // guards all below, and the fields of accounts and streams
	late  histogram  // from each answer to its being shown, of each stream
	ended bool
}

// watched is an account that pays. Its entries are one for each answer that its payer
// got: a payment's hold and its settlement.
type watched struct {
	payer
	entries uint64 // of all that was answered
	streams []*stream
}

// stream is one that watches an account.
type stream struct {
	*conn
	account *watched
	seen    uint64    // the newest entry that was shown
	waits   []pending // the oldest first
}

// pending is an answer that a stream has not shown.
type pending struct {
	entry uint64
	since time.Time
}

// opening is the entry that opened an account.
const opening = 1

func newWatching(payers []payer) *watching {
	w := new(watching)
	for _, p := range payers {
		w.accounts = append(w.accounts, &watched{payer: p, entries: opening})
	}
	return w
}

// open opens the streams, spread over the accounts, and waits for the first balance of
// each.
func (w *watching) open(ctx context.Context, s *session, address string) error {
	life := time.Duration(s.Rounds)*(2*s.Duration+lateBound) + patience
	for i := range s.Streams {
		a := w.accounts[i%len(w.accounts)]
		c, err := dial(ctx, address, life)
		if err != nil {
			return err
		}
		one := &stream{conn: c, account: a}
		w.streams, a.streams = append(w.streams, one), append(a.streams, one)
		if _, err := c.Write(newHead("GET", streamPath, address, a.token).bare()); err != nil {
			return err
		}
		answer, err := http.ReadResponse(c.reader, nil)
		if err != nil {
			return err
		}
		if answer.StatusCode != http.StatusOK {
			return fmt.Errorf("stream %d: status %d", i+1, answer.StatusCode)
		}
		w.readers.Go(func() error { return w.read(one, bufio.NewScanner(answer.Body)) })
	}
	_, err := w.settled(ctx)
	return err
}

// close ends the streams and returns what ended one before.
func (w *watching) close() error {
	w.mu.Lock()
	w.ended = true
	w.mu.Unlock()
	for _, one := range w.streams {
		_ = one.Close() // nothing is lost with it
	}
	return w.readers.Wait()
}

// read takes what a stream shows until it ends.
func (w *watching) read(one *stream, lines *bufio.Scanner) error {
	var err error
	var entry uint64
	for err == nil && lines.Scan() {
		switch name, value, _ := strings.Cut(lines.Text(), ": "); name {
		case "id":
			entry, err = strconv.ParseUint(value, 10, 64)
		case "data":
			err = w.shown(one, entry, value, time.Now())
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.ended {
		return nil
	}
	one.seen = 0 // it shows nothing any more
	return errors.Join(err, lines.Err(), errors.New("a stream has ended"))
}

// answered notes that a payer was told of the next entry of its account.
func (w *watching) answered(a *watched, at time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	a.entries++
	for _, one := range a.streams {
		if one.seen >= a.entries { // before the payer could read the answer
			w.late.record(0)
			continue
		}
		one.waits = append(one.waits, pending{a.entries, at})
	}
}

// shown notes that a stream shows the balance after an entry, which must be what the
// payments up to then left.
func (w *watching) shown(one *stream, entry uint64, balance string, at time.Time) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if want := balanceAfter(entry); entry <= one.seen || !strings.HasPrefix(balance, want) {
		return fmt.Errorf("a stream shows %s after entry %d, want %s", balance, entry, want)
	}
	one.seen = entry
	for len(one.waits) > 0 && one.waits[0].entry <= entry {
		w.late.record(at.Sub(one.waits[0].since))
		one.waits = one.waits[1:]
	}
	return nil
}

// balanceAfter is how the balance after an entry begins: every payment of an account
// is one entry that holds, and one that takes what was held.
func balanceAfter(entry uint64) string {
	payments, held := money.Centavos(entry-opening)/2, money.Centavos(entry-opening)%2
	return fmt.Sprintf(`{"grossBalance":%s,"blockedBalance":%s,`, funds-payments*(amount+fee), held*(amount+fee))
}

// settled waits until every stream has shown the balance after all that was answered,
// and returns how many do.
func (w *watching) settled(ctx context.Context) (right int, err error) {
	for deadline := time.Now().Add(lateBound); ; pause(ctx, time.Millisecond) {
		if right = w.right(); right == len(w.streams) || ctx.Err() != nil {
			return right, ctx.Err()
		}
		if time.Now().After(deadline) {
			return right, fmt.Errorf("%d of %d streams are at the end %s later", right, len(w.streams), lateBound)
		}
	}
}

func (w *watching) right() (count int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, one := range w.streams {
		if one.seen == one.account.entries {
			count++
		}
	}
	return count
}
